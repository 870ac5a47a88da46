"""The help: every key, made from the same declaration as the bindings."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.actions import ACTIONS, SCOPES, keys_text

_INTRODUCTION = (
    "Taskdeck turns a product idea into tasks: write the PRD (3), plan it (p), score it (a), cut it (x). "
    "Every result is a proposal first. Every edit is written at once and undoes with u."
)


class HelpScreen(ModalScreen[None]):
    """Scrolls; any of Escape, q and ? closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1", "close", "close"),
        Binding("j", "scroll(1)", show=False),
        Binding("k", "scroll(-1)", show=False),
    ]

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog help") as box:
            box.border_title = Content("Keys")  # type: ignore[assignment]
            box.border_subtitle = Content("↑ ↓ scroll   esc close")  # type: ignore[assignment]
            with VerticalScroll():
                yield Static(Content.styled(_INTRODUCTION, "$muted"), classes="note")
                for scope, heading in SCOPES.items():
                    yield Static(_section(scope, heading), classes="help-section")

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def on_click(self, event: events.Click) -> None:
        if event.widget is self:
            self.dismiss(None)

    def action_scroll(self, step: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=step, animate=False)

    def action_close(self) -> None:
        self.dismiss(None)


def _section(scope: str, heading: str) -> Content:
    rows = [Content.styled(heading, "bold $primary")]
    rows += [
        Content.assemble((f"{keys_text(action.keys):>14}  ", "bold $foreground"), (action.help, "$muted"))
        for action in ACTIONS[scope]
    ]
    return Content("\n").join(rows)
