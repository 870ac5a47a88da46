"""Lines that are laid out whole and drawn again only where they changed; with a cursor, a list to walk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.reactive import reactive

from tui.actions import bindings
from tui.widgets.line_view import LineView, Part
from tui.widgets.text_lines import Line

PartLine = list[Part]


class PartLines(LineView):
    """A subclass says `lay_out(width)`; `update_lines` draws what is different from before."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.lines: list[PartLine] = []

    def lay_out(self, width: int) -> list[PartLine]:
        """All lines as they stand now, for `width` cells."""
        raise NotImplementedError

    def update_lines(self) -> None:
        """Lay out again; nothing is drawn where nothing changed."""
        if not self.size.width:
            return
        before, self.lines = self.lines, self.lay_out(self.line_width)
        if len(before) != len(self.lines):
            self.resize_content(len(self.lines))
            return
        self.redraw([y for y, (old, new) in enumerate(zip(before, self.lines, strict=True)) if old != new])

    def parts(self, y: int, width: int) -> list[Part]:
        return self.lines[y] if y < len(self.lines) else []

    def on_resize(self, event: events.Resize) -> None:
        super().on_resize(event)
        self.lines = []
        self.update_lines()


def part_line(line: Line) -> PartLine:
    """A laid out line of text as the parts of a view."""
    return [(piece.text, piece.style) for piece in line]


class CursorList(PartLines):
    """Rows with a cursor that stays on its key while rows come and go. The first `head` lines are fixed."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("list")

    cursor_key: reactive[str | None] = reactive(None, repaint=False)

    @dataclass
    class Highlighted(Message):
        """The cursor went to another row."""

        list: CursorList
        key: str | None

    @dataclass
    class Opened(Message):
        """A row was chosen with Enter or a double click."""

        list: CursorList
        key: str

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.keys: list[str] = []
        self.above = 0
        """Lines over the rows that scroll with them."""

    def line_of(self, key: str) -> int:
        """The line on which a row stands."""
        return self.head + self.above + self.keys.index(key)

    def show_keys(self, keys: Sequence[str]) -> None:
        """There are these rows now, one line each; the cursor stays on its row, or goes to the nearest."""
        at = self.keys.index(self.cursor_key) if self.cursor_key in self.keys else 0
        self.keys = list(keys)
        if self.cursor_key not in self.keys:
            self.cursor_key = self.keys[min(at, len(self.keys) - 1)] if self.keys else None
        self.update_lines()

    def line_styles(self, y: int) -> tuple[str, ...]:
        row = y - self.head - self.above
        here = 0 <= row < len(self.keys) and self.keys[row] == self.cursor_key
        return ("line--cursor",) if here else ()

    def watch_cursor_key(self, old: str | None, new: str | None) -> None:
        self.redraw([self.line_of(key) for key in (old, new) if key in self.keys])
        if new is not None and new in self.keys:
            self.reveal(self.line_of(new))
        self.post_message(self.Highlighted(self, new))

    def move(self, rows: int) -> None:
        """Move the cursor by so many rows; behind the last one and before the first the text moves on."""
        if self.keys:
            at = self.keys.index(self.cursor_key) if self.cursor_key in self.keys else 0
            to = max(0, min(len(self.keys) - 1, at + rows))
            self.cursor_key = self.keys[to]
            if at + rows != to:
                self.scroll_to(y=self.scroll_offset.y + at + rows - to, animate=False, force=True)

    def action_cursor_up(self) -> None:
        self.move(-1)

    def action_cursor_down(self) -> None:
        self.move(1)

    def action_page_up(self) -> None:
        self.move(-self.page_height)

    def action_page_down(self) -> None:
        self.move(self.page_height)

    def action_first(self) -> None:
        self.move(-len(self.keys))
        self.scroll_home(animate=False, force=True)

    def action_last(self) -> None:
        self.move(len(self.keys))
        self.scroll_end(animate=False, force=True)

    def action_open(self) -> None:
        if self.cursor_key is not None:
            self.post_message(self.Opened(self, self.cursor_key))

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        row = self.content_line(offset.y) - self.head - self.above if offset is not None else -1
        if not 0 <= row < len(self.keys):
            return
        event.stop()
        at = self.keys.index(self.cursor_key) if self.cursor_key in self.keys else 0
        self.move(row - at)
        if event.chain == 2:
            self.action_open()
