"""A publication: where it stands, the four truths, what would be done, its steps with their proofs."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.plain_text import plural, printable
from tui.widgets import glyphs
from tui.widgets.glyphs import Sign
from tui.widgets.line_view import Part
from tui.widgets.part_lines import PartLine, PartLines, part_line
from tui.widgets.text_lines import rule, wrap
from tui.widgets.truths_lines import short_row, truths_lines

if TYPE_CHECKING:
    from core.errors import TaskdeckError
    from core.publishing.publish import Step
    from core.publishing.publish_check import PublishState

STATES: dict[str, tuple[Sign, str]] = {
    "changed": (Sign("○", "line--next", ""), "not committed: these files differ from HEAD"),
    "clean": (Sign("!", "line--alarm", ""), "git sees nothing to commit, and yet HEAD does not hold them"),
    "committed": (Sign("◐", "line--next", ""), "committed here, not on the remote"),
    "pushed": (Sign("◐", "line--next", ""), "pushed as far as we remember; the remote did not confirm it"),
    "proven": (Sign("✓", "status--done", ""), "proven: the remote holds exactly these files"),
}
STEP_SIGNS: dict[str, Sign] = {
    "waiting": Sign("○", "status--pending", "to come"),
    "running": Sign("▶", "status--progress", "at it"),
    "done": Sign("✓", "status--done", "done"),
    "skipped": Sign("–", "line--quiet", "not needed"),
    "failed": Sign("✕", "line--alarm", "refused"),
}
_STEPS = ("look", "commit", "push", "prove")
_PROOFS = {
    "head": "HEAD here",
    "remoteCommit": "the remote is at",
    "before": "the remote was at",
    "parent": "follows",
}
"""What a proof is called for programs, where people have other words."""
_HASH = re.compile(r"\b[0-9a-f]{40,64}\b")
_SHORT = 12
_NAME = 7
_MOST_OUTPUT = 40
_SHOWN = 12


@dataclass
class Publication:
    """What the view shows. `busy` is what is being done now; `ways` are keys with what they do."""

    state: PublishState | None = None
    include_unpushed: bool = False
    message: str = ""
    remote: str = ""
    busy: str = ""
    steps: dict[str, Step] = field(default_factory=dict["str", "Step"])
    refusal: TaskdeckError | None = None
    ways: Sequence[tuple[str, str]] = ()


class PublishView(PartLines):
    """Scrolls. `now` is the clock, seconds since the epoch."""

    def __init__(self, now: Callable[[], float], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.now = now
        self.publication = Publication()

    def lay_out(self, width: int) -> list[PartLine]:
        shown, state = self.publication, self.publication.state
        lines = self._headline(width)
        lines += self._refusal(width)
        # What came of it stands above how it came to be.
        proven = state is not None and state.proven
        lines += [] if proven else self._steps(width)
        if state is None:
            return lines
        main = state.main
        if main is not None:
            lines += [_heading(main.path, width), *truths_lines(main, width, self.now())]
        lines += self._steps(width) if proven else []
        # What Enter would do stands where a small screen still shows it.
        lines += self._plan(state, width) if not shown.steps else []
        lines += self._along(state, width)
        rest = [truths for truths in state.truths if truths is not main]
        if rest:
            lines.append(_heading("Other files: git blob here, then HEAD, last fetched, remote now", width))
            lines += [short_row(truths, width) for truths in rest]
        lines += _outside(state, width)
        for note in state.notes:
            lines += [[(f" {part}", "line--quiet")] for part in wrap(note, width - 2)]
        return lines

    def _headline(self, width: int) -> list[PartLine]:
        shown, state = self.publication, self.publication.state
        if state is None:
            words = shown.busy or "Nothing is known yet; r looks."
            return [] if shown.refusal and not shown.busy else [[(f" ▶ {words}", "status--progress")]]
        sign, words = STATES[state.state]
        wrong, every = sum(not truths.committed for truths in state.truths), len(state.truths)
        if state.state == "changed" and wrong < every:
            differ = "differs" if wrong == 1 else "differ"
            words = f"not committed: {wrong} of {every} files {differ} from HEAD"
        first: PartLine = [(f" {sign.glyph} ", sign.style), (words, "line--strong")]
        lines = [first]
        if shown.busy:
            lines.append([(f" ▶ {glyphs.one_line(printable(shown.busy), width - 4)}", "status--progress")])
        if state.ahead or state.behind:
            parts = [f"{plural(state.ahead, 'commit')} not on {state.target} yet"] if state.ahead else []
            parts += [f"{plural(state.behind, 'commit')} of {state.target} not here"] if state.behind else []
            far = ", ".join(parts)
            lines.append([(f"   {glyphs.one_line(printable(far), width - 4)}", "line--quiet")])
        return lines

    # Why not -------------------------------------------------------------------------------------------

    def _refusal(self, width: int) -> list[PartLine]:
        """The refusal of a publication, or what is known to stand in its way."""
        shown = self.publication
        found: list[TaskdeckError] = [shown.refusal] if shown.refusal else []
        if not found and shown.state is not None:
            found = list(shown.state.problems)
        if not found:
            return []
        lines = [_heading("Refused" if shown.refusal else "In the way", width)]
        for error in found:
            lines += _wrapped("✕", error.message, width, "line--alarm")
            output = printable(getattr(error, "output", ""), newlines=True).strip().splitlines()
            if len(output) > 1 or (output and output[0] not in error.message):
                lines += [
                    [(" │ ", "line--rule"), (part, "line--code")]
                    for line in output[:_MOST_OUTPUT]
                    for part in (wrap(line, width - 5) or [""])
                ]
            lines += _wrapped("→", error.hint, width, "") if error.hint else []
        if shown.ways:
            keys: PartLine = [("   ", "")]
            for key, words in shown.ways:
                keys += [(key, "line--head"), (f" {words}   ", "")]
            lines.append(keys)
        return lines

    # What is done --------------------------------------------------------------------------------------

    def _steps(self, width: int) -> list[PartLine]:
        steps = self.publication.steps
        if not steps:
            return []
        lines = [_heading("Steps", width)]
        for name in _STEPS:
            step = steps.get(name)
            if step is None:
                sign = STEP_SIGNS["waiting"]
                lines.append([(f" {sign.glyph} {name:<{_NAME}} ", sign.style)])
                continue
            lines += self._step(step, width)
        return lines

    def _step(self, step: Step, width: int) -> list[PartLine]:
        sign = STEP_SIGNS[step.state]
        time = f" {step.seconds:.1f} s" if step.seconds >= 0.05 else ""
        left = 3 + _NAME + 1
        refusal = self.publication.refusal
        words = "refused, see above" if refusal and step.words == refusal.message else step.words
        first, *more = wrap(printable(words), width - left - len(time) - 2) or [""]
        style = "line--alarm" if step.state == "failed" else "line--quiet" if step.state == "skipped" else ""
        head: PartLine = [(f" {sign.glyph} ", sign.style), (f"{step.name:<{_NAME}} ", "line--strong")]
        lines = [[*head, (glyphs.fill(first, width - left - len(time) - 1), style), (time, "line--quiet")]]
        lines += [[(" " * left + part, style)] for part in more]
        if step.state == "failed":
            return lines
        for name, value in step.proof.items():
            name, value = _proof(step.name, name, value)
            for number, line in enumerate(value.splitlines()[:_SHOWN]):
                label = f"{name} " if number == 0 else " " * (len(name) + 1)
                text = glyphs.one_line(printable(label + line), width - left - 2)
                lines.append([(" " * left + text, "line--quiet")])
        return lines

    def _plan(self, state: PublishState, width: int) -> list[PartLine]:
        """What Enter would do."""
        if state.proven or state.problems:
            return []
        shown = self.publication
        wrong = [truths.path for truths in state.truths if not truths.committed]
        what = f"commit {', '.join(wrong)}" if wrong else "make no commit: HEAD holds these files already"
        told = shown.message
        steps = [
            f"{what}, and nothing else" + (f' ("{told.splitlines()[0]}")' if wrong else ""),
            f"push that commit to {state.target}, never by force",
            "fetch it again and compare the git blobs",
        ]
        lines = [_heading("What will be done", width)]
        for number, words in enumerate(steps, 1):
            lines += _wrapped(str(number), words, width, "")
        return lines

    def _along(self, state: PublishState, width: int) -> list[PartLine]:
        if not state.others:
            return []
        count = len(state.others)
        allowed = self.publication.include_unpushed
        it = "it" if count == 1 else "them"
        words = "go along, as you allowed" if allowed else f"would go along, which is refused: i allows {it}"
        if allowed and count == 1:
            words = "goes along, as you allowed"
        lines = [_heading(f"{count} other unpushed commit{'s' * (count != 1)} {words}", width)]
        for other in state.others[:_SHOWN]:
            parts: list[Part] = [
                (f" {'✓' if allowed else '!'} ", "status--done" if allowed else "line--next")
            ]
            parts.append((f"{other.commit[:7]}  ", "line--quiet"))
            told = printable(f"{other.subject}  ({other.author})")
            lines.append([*parts, (glyphs.one_line(told, width - 14), "")])
        if count > _SHOWN:
            lines.append([(f"   and {count - _SHOWN} more", "line--quiet")])
        return lines


def _proof(step: str, name: str, value: str) -> tuple[str, str]:
    """One row of a step's proof in words, its hashes so short that both sides of a comparison are seen."""
    value = _HASH.sub(lambda found: found[0][:_SHORT], value)
    here, equal, there = value.partition(" = ")
    if step == "prove" and equal:
        # The proof of a path is what lies there, here and on the remote.
        return "git blob", f"{here} here = {there} on the remote: {name}"
    return _PROOFS.get(name, name), value


def _outside(state: PublishState, width: int) -> list[PartLine]:
    """Tracked files that are gone: none of our business, and never committed."""
    if not state.outside:
        return []
    lines = [_heading("Missing in the repository: left alone, never committed here", width)]
    for remark in state.missing:
        lines += _wrapped("−", remark, width, "")
    if state.gone:
        words = "brings it back" if len(state.gone) == 1 else f"brings {len(state.gone)} of them back"
        lines.append([(" R ", "line--head"), (f"{words}, after asking", "")])
    return lines


def _heading(text: str, width: int) -> PartLine:
    return part_line(rule(printable(text), width - 1))


def _wrapped(sign: str, text: str, width: int, style: str) -> list[PartLine]:
    first, *more = wrap(printable(text), width - 5) or [""]
    return [[(f" {sign} ", style), (first, style)], *([(f"   {part}", style)] for part in more)]
