"""What proves a stage of the pipeline."""

from __future__ import annotations

from typing import ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from core.plain_text import printable
from tui.bridges.stages import STATE_WORDS, Stage
from tui.layout import PANES, PaneName


class ProofScreen(ModalScreen[str | None]):
    """Answers the pane to go to, or None. `state` is the state in words where the pipeline's do not fit."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,space", "close", "close"),
        Binding("enter", "go", "go there"),
    ]

    def __init__(self, stage: Stage, state: str = "") -> None:
        super().__init__()
        self.stage = stage
        self.state = state or STATE_WORDS[stage.state]

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog proof") as box:
            box.border_title = Content(f"{self.stage.name}: {self.state}")  # type: ignore[assignment]
            yield Static(self._evidence(), markup=False)
            yield Static(self._hints(), classes="hints")

    def _evidence(self) -> Content:
        if not self.stage.evidence:
            return Content.styled("This stage comes later: there is nothing to prove yet.", "$muted")
        width = max(len(name) for name, _ in self.stage.evidence)
        rows = [
            Content.assemble((name.ljust(width + 2), "$muted"), (printable(value), "$foreground"))
            for name, value in self.stage.evidence
        ]
        return Content("\n").join(rows)

    def _hints(self) -> Content:
        pane = cast("PaneName", self.stage.pane)
        go = (
            Content.assemble(("⏎", "bold $primary"), (f" go to {PANES[pane]}   ", "$muted"))
            if pane
            else Content("")
        )
        return go + Content.assemble(("esc", "bold $primary"), (" close", "$muted"))

    def on_click(self, event: events.Click) -> None:
        if event.widget is self:
            self.dismiss(None)

    def action_close(self) -> None:
        self.dismiss(None)

    def action_go(self) -> None:
        self.dismiss(self.stage.pane or None)
