"""What differs between two states of a tag: tasks added, removed, moved, and fields changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.tasks.document import Tag
from core.tasks.model import Task
from core.tasks.ordering import longest_ascending


@dataclass(frozen=True)
class TaskChanges:
    """Keys in file order: of the new state for `added` and `moved`, of the old one for `removed`.

    `moved` holds the fewest tasks that explain the new order among siblings. `changed` maps a key to the
    names of the fields whose values differ, as the file names them; `subtasks` is never among them.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    changed: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.moved or self.changed)


@dataclass
class _Found:
    added: list[str] = field(default_factory=list[str])
    removed: list[str] = field(default_factory=list[str])
    moved: list[str] = field(default_factory=list[str])
    changed: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])


def diff(before: Tag | None, after: Tag | None) -> TaskChanges:
    """Compare two states of a tag by the keys of their tasks; None stands for a tag that is not there."""
    found = _Found()
    waiting: list[tuple[Sequence[Task], Sequence[Task]]] = [
        (before.tasks if before else (), after.tasks if after else ())
    ]
    while waiting:
        old, new = waiting.pop()
        old_by_key = {task.key: task for task in old}
        new_keys = {task.key for task in new}
        found.removed += [below.key for task in old if task.key not in new_keys for below in task.walk()]
        found.moved += _moved([task.key for task in new if task.key in old_by_key], old_by_key)
        below: list[tuple[Sequence[Task], Sequence[Task]]] = []
        for task in new:
            former = old_by_key.get(task.key)
            if former is None:
                found.added += [inner.key for inner in task.walk()]
            elif former.raw is not task.raw and former.raw != task.raw:
                fields = _changed_fields(former.raw, task.raw)
                if fields:
                    found.changed[task.key] = fields
                below.append((former.subtasks, task.subtasks))
        waiting += reversed(below)
    return TaskChanges(tuple(found.added), tuple(found.removed), tuple(found.moved), found.changed)


def _moved(keys: list[str], old: Mapping[str, Task]) -> list[str]:
    places = {key: place for place, key in enumerate(old)}
    kept = set(longest_ascending([places[key] for key in keys]))
    return [key for place, key in enumerate(keys) if place not in kept]


def _changed_fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    names = [*new, *(name for name in old if name not in new)]
    missing = object()
    return tuple(
        name for name in names if name != "subtasks" and old.get(name, missing) != new.get(name, missing)
    )
