"""The log of the application's own work: only the rows in view are drawn, however many there are."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from core.plain_text import cell_width, printable, shorten
from tui.actions import bindings
from tui.bridges.activity import Activity, Entry

_SIGNS = {"info": "·", "run": "▸", "write": "●", "outside": "◇", "warning": "▲", "error": "✗"}
_CLOCK, _SIGN, _SECONDS = 9, 2, 9


class LogPanel(ScrollView, can_focus=True):
    """Shows an `Activity`. Follows its end until somebody scrolls up."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("log")
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "log--clock",
        "log--text",
        "log--detail",
        "log--info",
        "log--run",
        "log--write",
        "log--outside",
        "log--warning",
        "log--error",
    }

    following: reactive[bool] = reactive(True)

    class Changed(Message):
        """Rows were added or following began or ended: the title may need new numbers."""

    def __init__(self, activity: Activity, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.activity = activity
        self._pending = False

    def on_mount(self) -> None:
        self.activity.listen(self._added)
        self._flush()

    def _added(self) -> None:
        # Many rows may come at once: one new size a frame is enough.
        if not self._pending and self.is_attached:
            self._pending = True
            self.call_after_refresh(self._flush)

    def _flush(self) -> None:
        self._pending = False
        self.virtual_size = Size(self.size.width, len(self.activity.entries))
        if self.following:
            self.call_after_refresh(self._show_end)
        self.refresh()
        self.post_message(self.Changed())

    def _show_end(self) -> None:
        self.scroll_to(y=self.max_scroll_y, animate=False, immediate=True)

    def on_resize(self, _event: events.Resize) -> None:
        self._flush()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self.following = new_value >= self.max_scroll_y

    def watch_following(self) -> None:
        self.post_message(self.Changed())

    def action_follow(self) -> None:
        self.following = True
        self.scroll_end(animate=False)

    def action_first(self) -> None:
        self.scroll_home(animate=False)

    def render_line(self, y: int) -> Strip:
        row = y + self.scroll_offset.y
        width = self.size.width
        if row >= len(self.activity.entries):
            return Strip.blank(width, self.rich_style)
        return self._strip(self.activity.entries[row], width)

    def _strip(self, entry: Entry, width: int) -> Strip:
        style = self.get_component_rich_style
        seconds = "" if entry.seconds is None else _seconds_text(entry.seconds)
        room = max(10, width - _CLOCK - _SIGN - _SECONDS - 1)
        what = shorten(printable(entry.what), room)
        detail = printable(entry.detail)
        left = room - cell_width(what) - 2
        detail = shorten(detail, left) if left > 6 else ""
        gap = room - cell_width(what) - cell_width(detail)
        kind = style(f"log--{entry.kind}")
        segments = [
            Segment(entry.clock.ljust(_CLOCK), style("log--clock")),
            Segment(_SIGNS[entry.kind].ljust(_SIGN), kind),
            Segment(what, kind if entry.kind in ("warning", "error") else style("log--text")),
            Segment(" " * min(2, gap), style("log--detail")),
            Segment(detail, style("log--detail")),
            Segment(" " * max(0, gap - 2), style("log--detail")),
            Segment(seconds.rjust(_SECONDS), style("log--clock")),
            Segment(" ", style("log--clock")),
        ]
        return Strip(segments).adjust_cell_length(width, self.rich_style)


def _seconds_text(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
