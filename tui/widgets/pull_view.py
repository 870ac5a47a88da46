"""What a fetch showed: ahead, behind or diverged, the files that would come, and what is in the way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.errors import Refused
from core.plain_text import plural, printable
from tui.widgets import glyphs
from tui.widgets.part_lines import PartLine, PartLines, part_line
from tui.widgets.text_lines import rule, wrap

if TYPE_CHECKING:
    from core.errors import TaskdeckError
    from core.publishing.pull import Fetched
    from core.publishing.pull_changes import TaskChange

_SHOWN = 200
_STYLES = {
    "added": "line--next",
    "removed": "line--alarm",
    "changed": "line--next",
    "conflict": "line--alarm",
}


class PullView(PartLines):
    """Scrolls."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.fetched: Fetched | None = None
        self.tasks: Sequence[TaskChange] = ()
        self.busy = ""
        self.refusal: TaskdeckError | None = None
        self.done = ""

    def lay_out(self, width: int) -> list[PartLine]:
        lines: list[PartLine] = []
        if self.busy:
            lines.append([(f" ▶ {glyphs.one_line(printable(self.busy), width - 4)}", "status--progress")])
        if self.done:
            lines += _wrapped("✓", self.done, width, "status--done")
        if self.refusal is not None:
            heading = "Refused" if isinstance(self.refusal, Refused) else "Left to do"
            lines.append(part_line(rule(heading, width - 1)))
            lines += _wrapped("✕", self.refusal.message, width, "line--alarm")
            output = printable(getattr(self.refusal, "output", ""), newlines=True).strip()
            for line in output.splitlines()[:20]:
                lines += [[(" │ ", "line--rule"), (part, "line--code")] for part in wrap(line, width - 5)]
            lines += _wrapped("→", self.refusal.hint, width, "")
        if self.fetched is not None:
            lines += self._fetched(self.fetched, width)
        return lines

    def _fetched(self, fetched: Fetched, width: int) -> list[PartLine]:
        sign, style, words = relation_words(fetched)
        lines = _wrapped(sign, words, width, style)
        facts = (
            ("here", f"{fetched.branch} at {fetched.head[:12]}"),
            ("remote", f"{fetched.target} at {(fetched.remote.commit or 'nothing')[:12]}"),
            ("both come from", (fetched.base or "")[:12]),
        )
        lines += [
            [(f"   {name:<15}", "line--quiet"), (printable(value), "")] for name, value in facts if value
        ]
        lines += _wrapped(" ", what_enter_does(fetched, bool(self.tasks)), width, "line--strong")
        if fetched.in_the_way:
            lines.append(part_line(rule("Changed here too: never touched", width - 1)))
            lines += [_path("!", path, "line--alarm", width) for path in fetched.in_the_way[:_SHOWN]]
        lines += self._tasks(width)
        if fetched.changes:
            count = len(fetched.changes)
            lines.append(part_line(rule(f"{count} file{'s' * (count != 1)} the remote changed", width - 1)))
            lines += [_path("~", path, "line--next", width) for path in fetched.changes[:_SHOWN]]
            if count > _SHOWN:
                lines.append([(f"   and {count - _SHOWN} more", "line--quiet")])
        return lines

    def _tasks(self, width: int) -> list[PartLine]:
        """Every task that would change, with its fields."""
        from core.publishing.pull_changes import SIGNS, change_words

        if not self.tasks:
            return []
        lines = [part_line(rule(f"{plural(len(self.tasks), 'task')} the remote changed", width - 1))]
        for change in self.tasks[:_SHOWN]:
            lines += _wrapped(SIGNS[change.kind], change_words(change), width, _STYLES[change.kind])
        if len(self.tasks) > _SHOWN:
            lines.append([(f"   and {len(self.tasks) - _SHOWN} more", "line--quiet")])
        return lines


def relation_words(fetched: Fetched) -> tuple[str, str, str]:
    """Sign, style and sentence for how the branch stands to the remote's."""
    from core.publishing.branch_words import both_ways_words

    there = str(fetched.target)
    ahead, behind = fetched.ahead, fetched.behind
    if fetched.relation == "same":
        return "✓", "status--done", f"{fetched.branch} and {there} are the same."
    if fetched.relation == "ahead":
        return "↑", "line--next", f"{plural(ahead, 'commit')} not on {there} yet; nothing to pull."
    if fetched.relation == "behind":
        return "↓", "line--next", f"{plural(behind, 'commit')} of {there} not here."
    if fetched.relation == "diverged":
        return "⇅", "line--alarm", f"Diverged: {both_ways_words(fetched.target, ahead, behind)}"
    return "∅", "line--next", f"The remote has no branch {there} yet; g publishes it."


def what_enter_does(fetched: Fetched, tasks: bool = True) -> str:
    """What pulling would do now; empty when there is nothing to do. `tasks`: some of theirs are not here."""
    if fetched.can_forward:
        commit = (fetched.remote.commit or "")[:7]
        return f"Enter moves {fetched.branch} on to {commit}; no file of yours is touched."
    if not tasks and fetched.behind:
        what = "how the commits come together" if fetched.ahead else "what keeps the rest out"
        return f"Its tasks are all here; Enter says {what}."
    if fetched.relation in ("behind", "diverged"):
        return "Enter shows the remote's tasks as a difference to yours, to take whole or in part."
    return ""


def _path(sign: str, path: str, style: str, width: int) -> PartLine:
    return [(f" {sign} ", style), (glyphs.one_line(printable(path), width - 5), "")]


def _wrapped(sign: str, text: str, width: int, style: str) -> list[PartLine]:
    rows = wrap(printable(text), width - 5)
    return [[(f" {sign if number == 0 else ' '} {part}", style)] for number, part in enumerate(rows)]
