"""A dialog that shows one line of a log whole: JSON laid out, or exactly the text."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from core.logs.line import Line
from core.plain_text import printable
from tui.running import app_of
from tui.widgets.line_text import LineText
from tui.widgets.log_row import time_text
from tui.widgets.log_signs import size_text


class LogLineScreen(ModalScreen[None]):
    """Escape, q and Enter close it; r changes between laid out and raw, y copies."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "close", "close"),
        Binding("r", "raw", "raw"),
        Binding("y,c", "copy", "copy"),
        Binding("down,j", "scroll(1)", show=False),
        Binding("up,k", "scroll(-1)", show=False),
        Binding("pagedown,space", "scroll(20)", show=False),
        Binding("pageup", "scroll(-20)", show=False),
    ]

    def __init__(self, line: Line, data: bytes) -> None:
        super().__init__()
        self.line = line
        self.text = LineText(data, line.size, id="line-text")

    def compose(self) -> ComposeResult:
        line = self.line
        when = f"  {time_text(line.time, 'full')}" if line.time is not None else ""
        with Vertical(classes="dialog line-box") as box:
            box.border_title = Content(  # type: ignore[assignment]
                printable(f"{line.source}  line {line.number + 1:,}{when}  {size_text(line.size)}")
            )
            box.border_subtitle = Content("r raw or laid out   y copy   esc close")  # type: ignore[assignment]
            yield self.text

    def on_mount(self) -> None:
        self.text.focus()

    def on_click(self, event: events.Click) -> None:
        if event.widget is self:
            self.dismiss(None)

    def action_scroll(self, step: int) -> None:
        self.text.scroll_relative(y=step, animate=False)

    def action_raw(self) -> None:
        self.text.pretty = not self.text.pretty
        self.text.lay_out()

    def action_copy(self) -> None:
        app_of(self).copy_to_clipboard(self.text.data.decode("utf-8", "replace"))
        self.notify("Copied the line", timeout=2, markup=False)

    def action_close(self) -> None:
        self.dismiss(None)
