"""The nine stages from an idea to a pull request, each with its state and proof."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tui.actions import bindings
from tui.bridges.stages import Stage, not_started

_GLYPHS = {
    "done": ("✓", "$status-done"),
    "partly": ("◐", "$status-progress"),
    "running": ("▶", "$status-progress"),
    "stale": ("●", "$warning"),
    "failed": ("✗", "$status-blocked"),
    "waiting": ("○", "$status-pending"),
    "absent": ("·", "$muted"),
}
"""State to sign and colour; the sign alone tells them apart."""


class PipelineBar(Widget, can_focus=True):
    """One row. Arrow keys choose a stage, Enter or a click opens its proof."""

    BINDINGS = bindings("pipeline")
    ALLOW_SELECT: ClassVar[bool] = False

    stages: reactive[Sequence[Stage]] = reactive(not_started)
    chosen: reactive[int] = reactive(0)

    class ProofWanted(Message):
        """Somebody wants to see why a stage stands as it does."""

        def __init__(self, stage: Stage) -> None:
            super().__init__()
            self.stage = stage

    class Left(Message):
        """The focus should go back to the tree."""

    def render(self) -> Content:
        for names, joint, proofs in (
            ("name", " ─ ", True),
            ("name", "  ", True),
            ("short", "  ", True),
            ("short", " ", True),
            ("short", " ", False),
        ):
            cells = [self._cell(stage, names, proofs, at) for at, stage in enumerate(self.stages)]
            joint_content = Content.styled(joint, "$border-quiet")
            line = Content(" ") + joint_content.join(cells)
            if line.cell_length <= self.size.width:
                break
        self._place(cells, len(joint))
        return line

    def _cell(self, stage: Stage, names: str, proofs: bool, at: int) -> Content:
        glyph, colour = _GLYPHS[stage.state]
        selected = self.has_focus and at == self.chosen
        name_style = "dim $muted" if stage.state == "absent" else "$foreground"
        if selected:
            name_style = "bold reverse $border-focus"
        name = stage.name if names == "name" else stage.short
        parts: list[tuple[str, str]] = [(name, name_style)]
        if proofs and stage.proof:
            parts.append((" " + stage.proof, "bold $foreground" if not selected else name_style))
        return Content.assemble(*parts, (f" {glyph}", colour))

    def _place(self, cells: list[Content], gap: int) -> None:
        self._spans: list[tuple[int, int]] = []
        at = 1
        for cell in cells:
            self._spans.append((at, at + cell.cell_length))
            at += cell.cell_length + gap

    def on_click(self, event: events.Click) -> None:
        for at, (start, end) in enumerate(self._spans):
            if start <= event.x <= end:
                self.chosen = at
                self.action_open_proof()
                return

    def action_previous_stage(self) -> None:
        self.chosen = max(0, self.chosen - 1)

    def action_next_stage(self) -> None:
        self.chosen = min(len(self.stages) - 1, self.chosen + 1)

    def action_open_proof(self) -> None:
        self.post_message(self.ProofWanted(self.stages[self.chosen]))

    def action_leave(self) -> None:
        self.post_message(self.Left())
