"""The questions before a PRD is drafted: the idea, and a few that may stay empty."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

IDEA = "What do you want to build?"
QUESTIONS = (
    "Who uses it, and to get what done?",
    "What must it do first?",
    "What should it not do?",
    "What is given: technology, interfaces, limits?",
    "How will you see that it is done?",
)


class IdeaDialog(ModalScreen[str | None]):
    """Answers the idea with the answers that were given below it; None when it was cancelled."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "begin", "begin", priority=True),
        Binding("escape", "cancel", "cancel", priority=True),
    ]

    def __init__(self, planner_name: str) -> None:
        super().__init__()
        self.planner_name = planner_name
        self.fields = [Input(compact=True, select_on_focus=False) for _ in (IDEA, *QUESTIONS)]

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog idea") as box:
            box.border_title = Content("Draft a PRD")  # type: ignore[assignment]
            box.border_subtitle = Content(self.planner_name)  # type: ignore[assignment]
            for question, field in zip((IDEA, *QUESTIONS), self.fields, strict=True):
                optional = "" if question is IDEA else "  may stay empty"
                yield Static(
                    Content.assemble((question, "$foreground"), (optional, "$muted")), classes="label"
                )
                yield field
            yield Static(_HINTS, classes="hints")

    def on_mount(self) -> None:
        self.fields[0].focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.input is self.fields[-1]:
            self.action_begin()
        else:
            self.focus_next()

    def action_begin(self) -> None:
        idea, *answers = (field.value.strip() for field in self.fields)
        if not idea:
            self.notify("Say in a sentence what you want to build.", severity="error", markup=False)
            self.fields[0].focus()
            return
        given = [f"{question}\n{text}" for question, text in zip(QUESTIONS, answers, strict=True) if text]
        self.dismiss("\n\n".join([idea, *given]))

    def action_cancel(self) -> None:
        self.dismiss(None)


_HINTS = Content.assemble(
    ("^s", "bold $primary"),
    (" begin   ", "$muted"),
    ("⏎", "bold $primary"),
    (" next question   ", "$muted"),
    ("esc", "bold $primary"),
    (" cancel", "$muted"),
)
