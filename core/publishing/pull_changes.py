"""What a pull does to the tasks, task by task and in words: titles, fields before and after, conflicts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from core.plain_text import printable
from core.publishing.partial_pull import Difference, differences
from core.publishing.pull import TaskProposal
from core.tasks.document import DEFAULT_TAG, parse
from core.tasks.merging.field_conflict import FieldConflict

Kind = Literal["added", "removed", "changed", "conflict"]
SIGNS: dict[Kind, str] = {"added": "+", "removed": "-", "changed": "~", "conflict": "!"}
_LONGEST = 40


@dataclass(frozen=True)
class FieldChange:
    """A field before and after; in a conflict what it is here and there. None where it is missing."""

    name: str
    old: Any
    new: Any


@dataclass(frozen=True)
class TaskChange:
    """What happens to one task. `key` is empty for a whole tag; `fields` for what comes or goes whole."""

    kind: Kind
    tag: str
    key: str
    title: str
    fields: tuple[FieldChange, ...] = ()


def task_changes(proposal: TaskProposal) -> list[TaskChange]:
    """Every task that the proposal adds, removes or changes, then each that both sides changed.

    Raises DamagedFile when either side does not parse.
    """
    open_fields = {(one.tag, one.key, one.field) for one in proposal.conflicts}
    found = [one for one in differences(proposal) if (one.tag, one.key, one.field) not in open_fields]
    whole = [TaskChange(one.kind, one.tag, one.key, one.title) for one in found if one.kind != "changed"]
    return [*whole, *_changed(found), *_conflicts(proposal)]


def change_words(change: TaskChange) -> str:
    """One line for people, without its sign: `6  Service: status pending → done`."""
    tag = "" if change.tag == DEFAULT_TAG or not change.key else change.tag
    where = " ".join(part for part in (tag, change.key) if part)
    head = "  ".join(part for part in (where, change.title) if part) or change.tag
    fields = ", ".join(_field_words(change.kind, one) for one in change.fields)
    return printable(f"{head}: {fields}" if fields else head)


def _changed(found: Iterable[Difference]) -> list[TaskChange]:
    tasks: dict[tuple[str, str], TaskChange] = {}
    for one in found:
        if one.kind != "changed":
            continue
        before = tasks.get((one.tag, one.key))
        fields = before.fields if before else ()
        field = FieldChange(one.field, one.ours, one.merged)
        tasks[one.tag, one.key] = TaskChange("changed", one.tag, one.key, one.title, (*fields, field))
    return list(tasks.values())


def _conflicts(proposal: TaskProposal) -> list[TaskChange]:
    ours = parse(proposal.seen).tags if proposal.seen else {}

    def change(one: FieldConflict) -> TaskChange:
        task = ours[one.tag].nodes.get(one.key) if one.tag in ours else None
        field = FieldChange(one.field or "the whole task", one.ours, one.theirs)
        return TaskChange("conflict", one.tag, one.key, task.title if task else "", (field,))

    return [change(one) for one in proposal.conflicts]


def _field_words(kind: Kind, field: FieldChange) -> str:
    old, new = _short(field.old), _short(field.new)
    if kind == "conflict":
        return f"{field.name} here {_cut(old)}, there {_cut(new)}"
    if max(len(old), len(new)) > _LONGEST:
        return f"{field.name} changed"
    return f"{field.name} {old} → {new}"


def _short(value: Any) -> str:
    if value is None or value == "":
        return "nothing"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
