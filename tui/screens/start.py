"""A screen with some words and a few choices: seen first where a project cannot simply be shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from core.plain_text import printable
from tui.screens.menus import Choice


class StartScreen(Screen[str | None]):
    """Answers the id of the choice, or None when it was left with Escape."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "leave")]

    def __init__(
        self,
        heading: str,
        body: Sequence[str],
        choices: Sequence[Choice],
        tone: Literal["calm", "error"] = "calm",
    ) -> None:
        super().__init__()
        self.heading = heading
        self.body = body
        self.choices = choices
        self.tone = tone
        self.options = OptionList(markup=False)

    def compose(self) -> ComposeResult:
        with Vertical(id="start-box", classes=f"-{self.tone}"):
            yield Static(self.heading, markup=False, id="start-heading")
            yield Static("\n".join(printable(line) for line in self.body), markup=False, id="start-body")
            yield self.options
            yield Static(
                Content.assemble(
                    ("⏎", "bold $primary"),
                    (" choose   ", "$muted"),
                    ("esc", "bold $primary"),
                    (" leave", "$muted"),
                ),
                id="start-hints",
            )

    def on_mount(self) -> None:
        self.options.add_options([Option(_row(choice), choice.id) for choice in self.choices])
        self.options.highlighted = 0
        self.options.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(event.option_id)

    def on_key(self, event: events.Key) -> None:
        for choice in self.choices:
            if choice.key and event.key == choice.key:
                event.stop()
                self.dismiss(choice.id)
                return

    def action_leave(self) -> None:
        self.dismiss(None)


def _row(choice: Choice) -> Content:
    key = f"{choice.key}  " if choice.key else ""
    note = f"\n{' ' * len(key)}{printable(choice.note)}" if choice.note else ""
    return Content.assemble((key, "bold $primary"), (printable(choice.label), "bold"), (note, "$muted"))
