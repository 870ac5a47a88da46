"""The remote's tasks as a proposal to take whole or in part, field by field."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tui.bridges.proposals import Row

if TYPE_CHECKING:
    from core.planning.expand_all import Expansion
    from core.planning.planner import PlannerEvent
    from core.publishing.partial_pull import Difference
    from core.publishing.pull import TaskProposal
    from core.tasks.edits import Edit
    from core.tasks.merging.field_conflict import FieldConflict

_SIGNS = {"added": "+", "removed": "-", "changed": "~"}


class PullDraft:
    """What comes from the remote. What both sides changed is left as it is here until somebody takes it."""

    partial = True

    def __init__(self, proposal: TaskProposal, found: Sequence[Difference]) -> None:
        self.proposal = proposal
        self.found = found
        self.problems: Sequence[str] = ()
        count = len(proposal.conflicts)
        self.summary = f"{len(found)} difference{'s' * (len(found) != 1)} of the remote."
        if count:
            fields = "field" if count == 1 else f"{count} fields"
            words = f"You and the remote changed the same {fields}: yours stay unless you take theirs."
            self.problems = (words,)

    def take(self, event: PlannerEvent | Expansion) -> None:
        """Nothing arrives: all of it is there from the first moment."""

    def finish(self) -> None:
        """It is whole."""

    def end(self) -> None:
        """It is whole."""

    def stop(self) -> None:
        """It is whole."""

    def rows(self) -> Sequence[Row]:
        rows = [_row(one) for one in self.found]
        return [*rows, *(_conflict_row(one) for one in self.proposal.conflicts)]

    def unticked(self) -> set[str]:
        return {_conflict_id(one) for one in self.proposal.conflicts}

    def edits(self, accepted: set[str]) -> Sequence[Edit]:
        return ()

    def left(self, accepted: set[str]) -> set[str]:
        """The ids of the differences that were not taken."""
        return {one.id for one in self.found} - accepted

    def theirs(self, accepted: set[str]) -> list[FieldConflict]:
        """The conflicts in which the remote's side was taken."""
        return [one for one in self.proposal.conflicts if _conflict_id(one) in accepted]


def _row(one: Difference) -> Row:
    if one.kind == "changed":
        lines = (*_lines("-", one.field, one.ours), *_lines("+", one.field, one.merged))
        return Row(one.id, "~", one.key, f"{one.field}  {one.title}", lines, note=_note(one.tag))
    sign = _SIGNS[one.kind]
    raw: dict[str, Any] = one.merged if one.kind == "added" else one.ours
    lines = tuple(line for field, value in raw.items() for line in _lines(sign, field, value))
    return Row(one.id, sign, one.key, one.title, lines, note=_note(one.tag))


def _conflict_row(one: FieldConflict) -> Row:
    name = one.field or "the whole task"
    lines = (
        *_lines("-", one.field or "here", one.ours),
        *_lines("+", one.field or "remote", one.theirs),
        "",
        "  Both sides changed it. Ticked takes the remote's.",
    )
    return Row(_conflict_id(one), "!", one.key, f"{name}  changed on both sides", lines, note=_note(one.tag))


def _conflict_id(one: FieldConflict) -> str:
    return "!" + json.dumps([one.tag, one.key, one.field])


def _note(tag: str) -> str:
    return "" if tag == "master" else tag


def _lines(sign: str, field: str, value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return tuple(f"{sign} {field}: {line}" for line in (text.splitlines() or [""]))
