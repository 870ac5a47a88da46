"""Two texts side by side as one list of lines that went and came."""

from __future__ import annotations

import difflib
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from core.plain_text import printable

SHOWN_LINES = 2_000


class DifferenceScreen(ModalScreen[None]):
    """Only shows; any of Escape, q and Enter closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,enter", "close", "close")]

    def __init__(self, heading: str, before: str, after: str) -> None:
        super().__init__()
        self.heading = heading
        self.before = before
        self.after = after

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog help") as box:
            box.border_title = Content(self.heading)  # type: ignore[assignment]
            box.border_subtitle = Content("↑ ↓ scroll   esc close")  # type: ignore[assignment]
            with VerticalScroll():
                yield Static(self._difference(), markup=False)

    def _difference(self) -> Content:
        lines = difflib.unified_diff(self.before.splitlines(), self.after.splitlines(), lineterm="", n=2)
        rows: list[Content] = []
        for number, line in enumerate(lines):
            if number < 2:
                continue
            if number > SHOWN_LINES:
                rows.append(Content.styled("… and more", "$muted"))
                break
            style = {"+": "$success", "-": "$error", "@": "$primary"}.get(line[:1], "$foreground")
            rows.append(Content.styled(printable(line), style))
        return Content("\n").join(rows) if rows else Content("No difference.")

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def action_close(self) -> None:
        self.dismiss(None)
