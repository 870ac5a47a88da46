"""The nine stages from an idea to a pull request, each with its state and proof."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tui.actions import bindings
from tui.bridges.stages import STATE_WORDS, Stage, State, not_started

_GLYPHS: dict[State, tuple[str, str]] = {
    "done": ("✓", "$status-done"),
    "partly": ("◐", "$status-progress"),
    "running": ("▶", "$status-progress"),
    "stale": ("●", "$warning"),
    "failed": ("✗", "$status-blocked"),
    "waiting": ("○", "$status-pending"),
    "absent": ("·", "$muted"),
    "unknown": ("…", "$muted"),
}
"""State to sign and colour; the sign alone tells them apart."""
KEY = "0"
"""The key that leads to the bar."""
_WHOLE_FIRST = ("Published", "Submitted", "Complexity", "Subtasks")
"""Names that say little in short, in the order in which they get the room there is."""


def legend() -> list[tuple[str, str]]:
    """Every sign of the bar with what it says, for the help."""
    return [(glyph, STATE_WORDS[state]) for state, (glyph, _) in _GLYPHS.items()]


def _looks(stages: Sequence[Stage]) -> Iterator[tuple[Sequence[str], str, bool]]:
    """From the widest to the narrowest: which names stand whole, what joins them, whether with proofs."""
    every = tuple(stage.name for stage in stages)
    yield every, " ─ ", True
    yield every, "  ", True
    for joint in ("  ", " "):
        for count in (4, 3, 2):  # a proof is worth less than a name that says something
            yield _WHOLE_FIRST[:count], joint, True
    yield every, " ", False
    for count in (4, 3, 2, 1, 0):
        yield _WHOLE_FIRST[:count], " ", False


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
        line = Content()
        for names, joint, proofs in _looks(self.stages):
            cells = [
                self._cell(stage, stage.name in names, proofs, at) for at, stage in enumerate(self.stages)
            ]
            self._place(cells, len(joint))
            line = Content.styled(f" {KEY} ", "$muted") + Content.styled(joint, "$border-quiet").join(cells)
            if line.cell_length <= self.size.width:
                break
        return line

    def _cell(self, stage: Stage, whole: bool, proofs: bool, at: int) -> Content:
        glyph, colour = _GLYPHS[stage.state]
        selected = self.has_focus and at == self.chosen
        name_style = "dim $muted" if stage.state == "absent" else "$foreground"
        if selected:
            name_style = "bold reverse $border-focus"
        name = stage.name if whole else stage.short
        parts: list[tuple[str, str]] = [(name, name_style)]
        if proofs and stage.proof:
            parts.append((" " + stage.proof, "bold $foreground" if not selected else name_style))
        return Content.assemble(*parts, (f" {glyph}", colour))

    def _place(self, cells: list[Content], gap: int) -> None:
        self._spans: list[tuple[int, int]] = []
        at = len(KEY) + 2
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
