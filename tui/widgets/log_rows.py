"""The rows of a log in view: only these are laid out and drawn, each kept until it changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.cache import LRUCache
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from tui.widgets import log_row
from tui.widgets.log_row import Look, Piece, Row, Spans
from tui.widgets.log_signs import BOOKMARK, BOTH, CURSOR, SOURCE_SIGNS

_LEVELS = ("debug", "info", "warning", "error")
_COPY_LIMIT = 5_000
"""Rows that one selection with the mouse may take; more is what saving is for."""


@dataclass(frozen=True, slots=True)
class Page:
    """What was read for the screen: rows around those in view, and how many there are in all."""

    count: int = 0
    rows: Mapping[int, Row] = field(default_factory=dict[int, Row])
    last_top: int = 0
    """The row on top when the end is in view; behind it there is nothing to scroll to."""
    look: Look | None = None
    """How these rows are laid out best."""


class LogRows(ScrollView, can_focus=True, inherit_bindings=False):
    """Draws a `Page`. One unit of scrolling is one row, however many lines it is wrapped into."""

    ALLOW_SELECT: ClassVar[bool] = True
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *("log--quiet", "log--label", "log--mark", "log--match", "log--cursor"),
        *(f"log--{level}" for level in _LEVELS),
        *(f"log--source-{number}" for number in range(len(SOURCE_SIGNS))),
    }

    class Moved(Message):
        """Somebody brought other rows into view, by the wheel or the scrollbar."""

    class Resized(Message):
        """There is room for more rows, or for fewer."""

    class Pointed(Message):
        """A row was clicked."""

        def __init__(self, row: int, again: bool) -> None:
            super().__init__()
            self.row = row
            self.again = again

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.page = Page()
        self.look = Look(80)
        self.cursor: int | None = None
        """The row keys are about; None while the end is followed."""
        self.bookmarks: AbstractSet[tuple[str, int]] = frozenset()
        self.spans: Spans | None = None
        self.notice = ""
        """What stands where there are no rows."""
        self.steering = False
        """Whether the program scrolls now, not the person."""
        self._strips: LRUCache[tuple[str, int, int], list[Strip]] = LRUCache(512)
        self._mixed: dict[tuple[str, ...], Style] = {}
        self._lines: list[tuple[int, int]] | None = None
        self._painting = False
        self._laid_out_for = 0
        """The lines of the screen it was last told to have."""

    # What is shown -------------------------------------------------------------------------------------

    @property
    def top(self) -> int:
        """The first row in view."""
        return round(self.scroll_offset.y)

    @property
    def height(self) -> int:
        """Lines of the screen that show rows."""
        return max(1, self.size.height)

    @property
    def rows_in_view(self) -> range:
        """The rows of which at least one line is in view, as far as they were read."""
        lines = self._layout()
        if not lines:
            return range(self.top, self.top)
        return range(lines[0][0], lines[-1][0] + 1)

    @property
    def at_end(self) -> bool:
        """Whether the last row is in view."""
        return self.scroll_offset.y >= self.max_scroll_y

    @property
    def longest(self) -> int:
        """Cells of the longest text in view."""
        rows = (self.page.rows.get(row) for row in self.rows_in_view)
        return max((cell_len(log_row.shown_text(row, self.look)) for row in rows if row), default=0)

    def top_above(self, row: int, lines: int) -> int:
        """The row to have on top for `row` to stand about that many lines below it."""
        top = row
        while top > 0:
            found = self.page.rows.get(top - 1) if self.look.wrap else None
            lines -= len(self._drawn(found)) if found else 1
            if lines < 0:
                break
            top -= 1
        return top

    def put_on_top(self, row: int) -> None:
        """Scroll there at once, as far as it was read."""
        self.steering = True
        self.scroll_to(y=row, animate=False, force=True)
        self.steering = False

    def show(self, page: Page, top: int | None = None) -> None:
        """Show this page, with row `top` first where one is named."""
        self.page = page
        self._lines = None
        self.steering = True
        self._reach(Size(self.size.width, page.last_top + self.size.height))
        if top is not None:
            self.scroll_to(y=min(top, page.last_top), animate=False, force=True)
        self.steering = False
        self.refresh()

    def _reach(self, size: Size) -> None:
        """How far one can scroll. Setting `virtual_size` would lay out the whole screen, each time anew."""
        if size != self.virtual_size:
            self.set_reactive(LogRows.virtual_size, size)  # pyright: ignore[reportArgumentType]
            self.vertical_scrollbar.window_virtual_size = size.height

    def look_so(self, look: Look, spans: Spans | None) -> None:
        """Lay rows out like this from now on."""
        if look != self.look or spans is not self.spans:
            self.look, self.spans = look, spans
            self.forget()

    def say_instead(self, words: str) -> None:
        """What stands where there are no rows."""
        if words != self.notice:
            self.notice = words
            self.refresh()

    def forget(self) -> None:
        """Everything has to be drawn again."""
        self._strips.clear()
        self._lines = None
        self.refresh()

    def redraw(self, rows: Iterable[int]) -> None:
        """Draw these rows again: the cursor or a bookmark moved."""
        wanted = set(rows)
        for row in wanted:
            found = self.page.rows.get(row)
            if found is not None:
                self._strips.discard(_key(found))
        for y, (row, _) in enumerate(self._layout()):
            if row in wanted:
                self.refresh(Region(0, y, self.size.width, 1))

    # Layout and drawing --------------------------------------------------------------------------------

    def _layout(self) -> list[tuple[int, int]]:
        """For each line of the screen the row and which of its lines stands there."""
        if self._lines is None:
            self._lines = self._lay_out()
        return self._lines

    def _lay_out(self) -> list[tuple[int, int]]:
        top, height = self.top, self.size.height
        if not self.look.wrap:
            return [(row, 0) for row in range(top, min(top + height, self.page.count))]
        lines: list[tuple[int, int]] = []
        row = top
        while row < self.page.count and len(lines) < 2 * height:
            found = self.page.rows.get(row)
            lines += [(row, part) for part in range(len(self._drawn(found)) if found else 1)]
            if len(lines) >= height and top < self.page.last_top:
                break
            row += 1
        # At the end the last line counts: what does not fit goes at the top.
        return lines[-height:] if top >= self.page.last_top else lines[:height]

    def render_lines(self, crop: Region) -> list[Strip]:
        # Rows have neither border nor padding, and are kept here: what Textual does for widgets that have
        # them would take as long again as drawing.
        self._painting = True
        try:
            strips = [self.render_line(y) for y in crop.line_range]
        finally:
            self._painting = False
        _, background = self.background_colors
        for change in self.get_line_filters():
            strips = [strip.apply_filter(change, background) for strip in strips]
        return [strip.crop(crop.x, crop.right) for strip in strips]

    def render_line(self, y: int) -> Strip:
        lines = self._layout()
        if y >= len(lines):
            words = f"  {self.notice}" if self.notice and not y else ""
            text = Strip([Segment(words, self._style((), "log--quiet"))])
            return text.adjust_cell_length(self.size.width, self.rich_style)
        index, part = lines[y]
        row = self.page.rows.get(index)
        if row is None:  # on its way from the disk
            return Strip.blank(self.size.width, self.rich_style)
        strips = self._drawn(row)
        strip = strips[min(part, len(strips) - 1)]
        # Who asks outside of painting wants to know what is under the mouse: painting is dearer with it.
        return strip if self._painting else self._with_offsets(strip, row, part)

    def _drawn(self, row: Row) -> list[Strip]:
        key = _key(row)
        selection = self.text_selection
        strips = self._strips.get(key) if selection is None else None
        if strips is None:
            strips = self._strips[key] = self._draw(row, selection)
        return strips

    def _draw(self, row: Row, selection: Selection | None) -> list[Strip]:
        look = self.look
        under = ("log--cursor",) if row.place == self.cursor else ()
        base = self._style(under)
        front = log_row.gutter(row, look, self._mark(row))
        blank = [Piece(" " * look.gutter)]
        end = log_row.ending_piece(row) if look.ends else None
        strips: list[Strip] = []
        at = 0
        for number, pieces in enumerate(log_row.lines(row, look, self.spans)):
            text = self._segments(pieces, under, at, self._span(selection, row.place))
            at += sum(len(piece.text) for piece in pieces)
            head = [Segment(text, self._style(under, name)) for text, name in (blank if number else front)]
            body = Strip(text).adjust_cell_length(look.room, base)
            tail = [Segment(end.text, self._style(under, end.style))] if end and not number else []
            strip = Strip([*head, *body, *tail])
            strips.append(strip.adjust_cell_length(look.width, base))
        return strips

    def _segments(
        self, pieces: Sequence[Piece], under: tuple[str, ...], at: int, span: tuple[int, int] | None
    ) -> list[Segment]:
        if span is None:
            return [Segment(text, self._style(under, name)) for text, name in pieces]
        chosen = self.screen.get_component_rich_style("screen--selection")
        first, last = span[0] - at, span[1] - at if span[1] >= 0 else 1 << 30
        segments: list[Segment] = []
        for text, name in pieces:
            style = self._style(under, name)
            start, end = max(0, first), max(0, last)
            segments += [
                Segment(text[:start], style),
                Segment(text[start:end], style + chosen),
                Segment(text[max(start, end) :], style),
            ]
            first, last = first - len(text), last - len(text)
        return [segment for segment in segments if segment.text]

    @staticmethod
    def _span(selection: Selection | None, index: int) -> tuple[int, int] | None:
        return selection.get_span(index) if selection is not None else None

    def _mark(self, row: Row) -> str:
        marked = (row.line.source, row.line.number) in self.bookmarks
        if row.place == self.cursor:
            return BOTH if marked else CURSOR
        return BOOKMARK if marked else ""

    def _with_offsets(self, strip: Strip, row: Row, part: int) -> Strip:
        """The strip with the place of its text in the row, for the selection with the mouse."""
        before = log_row.lines(row, self.look)[:part]
        at = self.look.left + sum(len(piece.text) for line in before for piece in line)
        front, text = strip.divide([self.look.gutter, strip.cell_length])
        first = Style.from_meta({"offset": (0, row.place)})
        # The columns in front are no text: whoever points there means the beginning of the row.
        head = [Segment(" ", (style or Style.null()) + first) for words, style, _ in front for _ in words]
        return Strip.join([Strip(head), text.apply_offsets(at, row.place)])

    # Styles --------------------------------------------------------------------------------------------

    def _style(self, under: tuple[str, ...], name: str = "") -> Style:
        names = (*under, name)
        style = self._mixed.get(names)
        if style is None:
            style = self.rich_style
            for one in names:
                style += self._over(one)
            self._mixed[names] = style
        return style

    def _over(self, name: str) -> Style:
        if name not in self.COMPONENT_CLASSES:
            return Style.null()
        rules = self.get_component_styles(name)
        full = self.get_component_rich_style(name)
        return (
            Style(
                color=full.color if rules.has_rule("color") else None,
                bgcolor=full.bgcolor if rules.has_rule("background") else None,
            )
            + rules.text_style
        )

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._mixed.clear()
        self._strips.clear()

    # What the person does ------------------------------------------------------------------------------

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._lines = None
        # A new height can push the rows along as well: that is no wish of the person's.
        resized = self.size.height != self._laid_out_for
        if not (self.steering or resized) and round(old_value) != round(new_value):
            self.post_message(self.Moved())

    def on_resize(self, _event: events.Resize) -> None:
        self._laid_out_for = self.size.height
        self.forget()
        self.post_message(self.Resized())

    def on_click(self, event: events.Click) -> None:
        lines = self._layout()
        if event.button == 1 and 0 <= event.y < len(lines):
            self.post_message(self.Pointed(lines[event.y][0], event.chain > 1))

    def selection_updated(self, selection: Selection | None) -> None:
        self._strips.clear()
        self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The text of what is marked with the mouse, as far as it was read for the screen."""
        rows = sorted(self.page.rows)[:_COPY_LIMIT]
        texts: list[str] = []
        for index in rows:
            span = selection.get_span(index)
            if span is not None:
                text = log_row.shown_text(self.page.rows[index], self.look)
                texts.append(text[span[0] : span[1] if span[1] >= 0 else None])
        return ("\n".join(texts), "\n") if texts else None


def _key(row: Row) -> tuple[str, int, int]:
    return (row.line.source, row.line.number, row.line.size)
