"""The strips of a log's rows: each drawn with its signs, hits and selection, and kept until it changes."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.cache import LRUCache
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from tui.widgets import log_row
from tui.widgets.log_row import Look, Piece, Row, Spans
from tui.widgets.log_signs import BOOKMARK, BOTH, CURSOR, SOURCE_SIGNS

_LEVELS = ("debug", "info", "warning", "error")


class RowStrips(ScrollView):
    """Draws one row at a time; a subclass says which rows are in view."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *("log--quiet", "log--label", "log--mark", "log--match", "log--cursor"),
        *(f"log--{level}" for level in _LEVELS),
        *(f"log--source-{number}" for number in range(len(SOURCE_SIGNS))),
    }

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.look = Look(80)
        self.cursor: int | None = None
        """The row keys are about; None while the end is followed."""
        self.bookmarks: AbstractSet[tuple[str, int]] = frozenset()
        self.spans: Spans | None = None
        self._strips: LRUCache[tuple[str, int, int], list[Strip]] = LRUCache(512)
        self._mixed: dict[tuple[str, ...], Style] = {}

    def drawn(self, row: Row) -> list[Strip]:
        """The lines of a row."""
        key = key_of(row)
        selection = self.text_selection
        strips = self._strips.get(key) if selection is None else None
        if strips is None:
            strips = self._strips[key] = self._draw(row, selection)
        return strips

    def _draw(self, row: Row, selection: Selection | None) -> list[Strip]:
        look = self.look
        under = ("log--cursor",) if row.place == self.cursor else ()
        base = self.style_of(under)
        front = log_row.gutter(row, look, self._mark(row))
        blank = [Piece(" " * look.gutter)]
        end = log_row.ending_piece(row) if look.ends else None
        strips: list[Strip] = []
        at = 0
        for number, pieces in enumerate(log_row.lines(row, look, self.spans)):
            text = self._segments(pieces, under, at, self._span(selection, row.place))
            at += sum(len(piece.text) for piece in pieces)
            head = [Segment(text, self.style_of(under, name)) for text, name in (blank if number else front)]
            body = Strip(text).adjust_cell_length(look.room, base)
            tail = [Segment(end.text, self.style_of(under, end.style))] if end and not number else []
            strip = Strip([*head, *body, *tail])
            strips.append(strip.adjust_cell_length(look.width, base))
        return strips

    def _segments(
        self, pieces: Sequence[Piece], under: tuple[str, ...], at: int, span: tuple[int, int] | None
    ) -> list[Segment]:
        if span is None:
            return [Segment(text, self.style_of(under, name)) for text, name in pieces]
        chosen = self.screen.get_component_rich_style("screen--selection")
        first, last = span[0] - at, span[1] - at if span[1] >= 0 else 1 << 30
        segments: list[Segment] = []
        for text, name in pieces:
            style = self.style_of(under, name)
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

    def with_offsets(self, strip: Strip, row: Row, part: int) -> Strip:
        """The strip with the place of its text in the row, for the selection with the mouse."""
        before = log_row.lines(row, self.look)[:part]
        at = self.look.left + sum(len(piece.text) for line in before for piece in line)
        front, text = strip.divide([self.look.gutter, strip.cell_length])
        first = Style.from_meta({"offset": (0, row.place)})
        # The columns in front are no text: whoever points there means the beginning of the row.
        head = [Segment(" ", (style or Style.null()) + first) for words, style, _ in front for _ in words]
        return Strip.join([Strip(head), text.apply_offsets(at, row.place)])

    # Styles --------------------------------------------------------------------------------------------

    def style_of(self, under: tuple[str, ...], name: str = "") -> Style:
        """The widget's style with the named ones laid over it, in order."""
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


def key_of(row: Row) -> tuple[str, int, int]:
    """What tells a row's strips from others: a line that grew is drawn anew."""
    return (row.line.source, row.line.number, row.line.size)
