"""The stages of a run with their proofs and ages, what is left, and what was measured of its health."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from core.runs.proof_words import is_hash, proof_words
from core.runs.standing import standing_of
from tui.bridges.stages import age_text
from tui.widgets import glyphs
from tui.widgets.glyphs import Sign
from tui.widgets.line_view import Part
from tui.widgets.part_lines import CursorList, PartLine, part_line
from tui.widgets.run_signs import (
    STAGE_NAMES,
    STAGE_SIGNS,
    finished_words,
    left_something,
    left_words,
    span,
    stage_sign,
    way_out,
)
from tui.widgets.text_lines import rule, wrap

if TYPE_CHECKING:
    from core.runs.ledger import StageView
    from core.runs.watch import RunView

_NAME = 13


class RunStages(CursorList):
    """One run. Enter opens the proof of the stage under the cursor."""

    def __init__(self, now: Callable[[], float], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.now = now
        self.run: RunView | None = None
        self.offer = ""
        """What somebody may want to do now that the run is over."""

    def show(self, run: RunView | None) -> None:
        """Show this run, or nothing."""
        self.run = run
        self.show_keys([stage.name for stage in run.stages] if run else [])

    @property
    def chosen(self) -> StageView | None:
        """The stage under the cursor."""
        stages = self.run.stages if self.run else ()
        return next((stage for stage in stages if stage.name == self.cursor_key), None)

    def lay_out(self, width: int) -> list[PartLine]:
        run = self.run
        if run is None:
            return []
        told = self._ahead(run, width)
        # Why it is over without its result, and the way out, stand where they are seen without a key.
        first = told if run.is_over and run.state != "done" else []
        self.above = len(first)
        lines = [*first, *(self._stage(stage, width) for stage in run.stages)]
        lines += told if not first else []
        if run.health:
            lines += [part_line(rule("Health", width - 1)), *self._health(run, width)]
        lines += self._about(run, width)
        return lines

    def _stage(self, stage: StageView, width: int) -> list[Part]:
        sign = stage_sign(stage, self.run)
        name = STAGE_NAMES.get(stage.name, stage.name)
        age, since = "", stage.ended or stage.began
        if since is not None:
            age = span(self.now() - since) + (" ago" if stage.ended else "")
        said, sign = self._seen(stage, sign)
        said = said or stage.words or _proof_words(stage) or self._progress(stage) or sign.label
        left = 3 + _NAME + 1
        room = width - left - len(age) - 2
        return [
            (f" {sign.glyph} ", sign.style),
            (glyphs.fill(name, _NAME) + " ", "line--strong" if stage.state == "running" else ""),
            (glyphs.fill(said, room), "line--quiet" if stage.state in ("waiting", "skipped") else ""),
            (f" {age} ", "line--quiet"),
        ]

    def _seen(self, stage: StageView, sign: Sign) -> tuple[str, Sign]:
        """What was seen of the pull request since it was made, with its sign."""
        standing = standing_of(self.run) if self.run and stage.name == "pull_request" else None
        if standing is None or not (standing.alarm or standing.read_at):
            return "", sign
        if standing.alarm:
            sign = STAGE_SIGNS["failed"]
        return f"{standing.words}; {stage.words}".removesuffix("; "), sign

    def _progress(self, stage: StageView) -> str:
        """How far the agents are, while they work."""
        run = self.run
        if run is None or stage.name != "agent" or stage.state != "running":
            return ""
        files = f"{run.files_written}/{run.files_expected} files" if run.files_expected else ""
        return ", ".join(filter(None, (files, left_words(run.eta))))

    def _ahead(self, run: RunView, width: int) -> list[PartLine]:
        """The time left, or how it ended."""
        if run.verdict is not None:
            alarm = run.verdict.state in ("failed", "interrupted", "refused") and not run.finished_by
            style = "line--alarm" if alarm else "line--strong"
            told = ((finished_words(run), "line--strong"), (run.verdict.words, style), (way_out(run), ""))
            told = (*told, (self.offer, "line--next"))
            return [[(f" {part}", style)] for text, style in told if text for part in wrap(text, width - 2)]
        return [[(" It is asked to end.", "line--amount")]] if run.cancel_asked else []

    def _health(self, run: RunView, width: int) -> list[PartLine]:
        names = min(max(len(signal.name) for signal in run.health), width // 2)
        lines: list[PartLine] = []
        for signal in run.health:
            age = f"{span(signal.age)} ago" if signal.age is not None else ""
            room = width - names - 4 - len(age)
            lines.append(
                [
                    (f" {glyphs.fill(signal.name, names)}  ", "line--quiet"),
                    (glyphs.fill(signal.value, max(1, room)), ""),
                    (age + " ", "line--quiet"),
                ]
            )
        return lines

    def _about(self, run: RunView, width: int) -> list[PartLine]:
        facts = (
            ("run", run.id),
            ("by", run.agent),
            ("result commit", run.commit[:12]),
            ("branch", run.branch if left_something(run) else _no_branch(run)),
            ("for", run.base),
            ("retry of", run.retry_of),
            ("began", age_text(self.now() - run.began)),
        )
        lines = [part_line(rule("Run", width - 1))]
        lines += [
            [(f" {name:<14}", "line--quiet"), (glyphs.one_line(value, width - 16), "")]
            for name, value in facts
            if value
        ]
        for note in run.notes:
            lines += [[(f" {part}", "line--quiet")] for part in wrap(note.words, width - 2)]
        return lines


def _no_branch(run: RunView) -> str:
    """What to say of the branch of a run of which nothing passed: it is not there."""
    if not run.branch:
        return ""
    return "none: nothing passed" if run.is_over else f"{run.branch}, once something passes"


def _proof_words(stage: StageView) -> str:
    """The first proof of a stage, a hash in its short form."""
    name, value = next(proof_words(stage.proof, stage.name), ("", ""))
    return f"{name} {value[:12] if is_hash(value) else value}".strip()
