"""The rows of a log in view: only these are laid out and drawn, each kept until it changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.selection import Selection
from textual.strip import Strip

from tui.widgets import log_row
from tui.widgets.log_row import Look, Row, Spans
from tui.widgets.row_strips import RowStrips, key_of

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


class LogRows(RowStrips, can_focus=True, inherit_bindings=False):
    """Draws a `Page`. One unit of scrolling is one row, however many lines it is wrapped into."""

    ALLOW_SELECT: ClassVar[bool] = True

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
        self.notice = ""
        """What stands where there are no rows."""
        self.steering = False
        """Whether the program scrolls now, not the person."""
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
            lines -= len(self.drawn(found)) if found else 1
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
                self._strips.discard(key_of(found))
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
            lines += [(row, part) for part in range(len(self.drawn(found)) if found else 1)]
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
            text = Strip([Segment(words, self.style_of((), "log--quiet"))])
            return text.adjust_cell_length(self.size.width, self.rich_style)
        index, part = lines[y]
        row = self.page.rows.get(index)
        if row is None:  # on its way from the disk
            return Strip.blank(self.size.width, self.rich_style)
        strips = self.drawn(row)
        strip = strips[min(part, len(strips) - 1)]
        # Who asks outside of painting wants to know what is under the mouse: painting is dearer with it.
        return strip if self._painting else self.with_offsets(strip, row, part)

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
