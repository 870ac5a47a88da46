"""A small editor for the answer to an incident report."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea

from core.plain_text import printable


class AnswerDialog(ModalScreen[tuple[str, bool]]):
    """Answers what was typed, and whether it is to be saved: who leaves may come back to it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "save", priority=True),
        Binding("escape", "leave", "leave", priority=True),
    ]

    def __init__(self, about: str, where: str, text: str) -> None:
        super().__init__()
        self.about = about
        self.where = where
        self.area = TextArea(text, compact=True)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog answer") as box:
            box.border_title = Content(f"Answer: {printable(self.about)}")  # type: ignore[assignment]
            box.border_subtitle = Content(printable(self.where))  # type: ignore[assignment]
            yield Static("What it was, and what was done. The first line stands in the list.", classes="note")
            yield self.area
            yield Static(_HINTS, classes="hints")

    def on_mount(self) -> None:
        self.area.focus()
        self.area.move_cursor(self.area.document.end)

    def action_save(self) -> None:
        if not self.area.text.strip():
            self.notify("Nothing is written yet.", severity="error", markup=False)
            return
        self.dismiss((self.area.text, True))

    def action_leave(self) -> None:
        self.dismiss((self.area.text, False))


_HINTS = Content.assemble(
    ("^s", "bold $primary"),
    (" save   ", "$muted"),
    ("esc", "bold $primary"),
    (" leave; what is typed stays here", "$muted"),
)
