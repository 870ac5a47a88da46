"""The help: every key, made from the same declaration as the bindings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.actions import ACTIONS, SCOPES, Action, keys_text
from tui.widgets import glyphs, pipeline_bar

_INTRODUCTION = (
    "Taskdeck turns a product idea into tasks: write the PRD (3), plan it (p), score it (a), divide it (X), "
    "have it documented (d), watch that (r). "
    "Every result is a proposal first. Every edit is written at once and undoes with u."
)


class HelpScreen(ModalScreen[None]):
    """Scrolls; any of Escape, q and ? closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1", "close", "close"),
        Binding("j", "scroll(1)", show=False),
        Binding("k", "scroll(-1)", show=False),
    ]

    def __init__(self, scopes: Sequence[str] = ()) -> None:
        super().__init__()
        self.scopes = scopes
        """The headings to show; all there are when none is named."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog help") as box:
            box.border_title = Content("Keys")  # type: ignore[assignment]
            box.border_subtitle = Content("↑ ↓ scroll   esc close")  # type: ignore[assignment]
            with VerticalScroll():
                if not self.scopes:
                    yield Static(Content.styled(_INTRODUCTION, "$muted"), classes="note")
                sections = [(SCOPES[name], _rows(ACTIONS[name])) for name in self.scopes] or _sections()
                half = (len(sections) + 1) // 2
                with Vertical(id="help-columns"):
                    for part in (sections[:half], sections[half:]):
                        with Vertical(classes="help-column"):
                            for heading, rows in part:
                                yield Static(_section(heading, rows), classes="help-section")

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def on_click(self, event: events.Click) -> None:
        if event.widget is self:
            self.dismiss(None)

    def action_scroll(self, step: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=step, animate=False)

    def action_close(self) -> None:
        self.dismiss(None)


_REPAIR = ("repair", "prd_conflict", "accept_offer", "dismiss_offer")
_PANES = ("show_pane", "focus_pipeline", "zoom")
_SIGN_WIDTH = 14

_Rows = list[tuple[str, str]]


def _sections() -> list[tuple[str, _Rows]]:
    """The headings with their rows: panes, the story, the signs, the tree, the others, and repair last."""
    groups: dict[str, list[Action]] = {"panes": [], "story": [], "repair": []}
    for action in ACTIONS["plan"]:
        name = action.name.partition("(")[0]
        groups["panes" if name in _PANES else "repair" if name in _REPAIR else "story"].append(action)
    others = [scope for scope in SCOPES if scope not in ("plan", "tree", "pipeline")]
    return [
        ("Panes", _rows(groups["panes"])),
        (SCOPES["plan"], _rows(groups["story"])),
        ("Signs", glyphs.legend()),
        ("Signs of the pipeline bar", pipeline_bar.legend()),
        *((SCOPES[scope], _rows(ACTIONS[scope])) for scope in ("tree", "pipeline", *others)),
        ("Answers and repair", _rows(groups["repair"])),
    ]


def _rows(actions: Sequence[Action]) -> _Rows:
    return [(keys_text(action.keys), action.help) for action in actions]


def _section(heading: str, rows: _Rows) -> Content:
    lines = [Content.styled(heading, "bold $primary")]
    lines += [
        Content.assemble((f"{left:>{_SIGN_WIDTH}}  ", "bold $foreground"), (right, "$muted"))
        for left, right in rows
    ]
    return Content("\n").join(lines)
