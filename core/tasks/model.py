"""Tasks as views over what the file holds: nothing is normalised away, every field reads safely."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from core.tasks.identifiers import id_text

STATUSES = ("pending", "in-progress", "review", "done", "blocked", "deferred", "cancelled")
"""The statuses Task Master sets, in the order people move through them. Any other text is kept as it is."""

PRIORITIES = ("critical", "high", "medium", "low")

FINISHED = frozenset({"done", "completed"})
"""Statuses that satisfy a dependency (Task Master's newer core writes `completed`)."""


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else id_text(value)


class Task:
    """A task or subtask. `raw` is the parsed object and must not be changed; edits go through the store.

    `key` is the dotted id that addresses it everywhere ("12", "12.3"); a second task of the same id
    gets "#2" behind it. `position` counts from 0 among its siblings.
    """

    __slots__ = ("key", "parent", "position", "raw", "subtasks")

    def __init__(self, raw: dict[str, Any], key: str, parent: Task | None, position: int) -> None:
        self.raw = raw
        self.key = key
        self.parent = parent
        self.position = position
        self.subtasks: tuple[Task, ...] = ()

    def __repr__(self) -> str:
        return f"Task({self.key!r}, {self.title!r}, {self.status!r})"

    @property
    def own_id(self) -> str:
        """The id as its own object writes it: "3" for the subtask 12.3."""
        return id_text(self.raw.get("id"))

    @property
    def title(self) -> str:
        return _text(self.raw.get("title"))

    @property
    def description(self) -> str:
        return _text(self.raw.get("description"))

    @property
    def details(self) -> str:
        return _text(self.raw.get("details"))

    @property
    def test_strategy(self) -> str:
        """`testStrategy`, or the spelling `test_strategy` that some agents write."""
        return _text(self.raw.get("testStrategy", self.raw.get("test_strategy")))

    @property
    def status(self) -> str:
        """The status as written; a missing one reads as pending, as Task Master does."""
        return _text(self.raw.get("status")) or "pending"

    @property
    def finished(self) -> bool:
        return self.status in FINISHED

    @property
    def priority(self) -> str:
        """The priority as written; empty when there is none (subtasks usually have none)."""
        return _text(self.raw.get("priority"))

    @property
    def written_dependencies(self) -> tuple[str, ...]:
        """Dependencies as the file writes them; `core.tasks.graph` says which tasks they mean."""
        value = self.raw.get("dependencies")
        return tuple(map(id_text, cast("list[Any]", value))) if isinstance(value, list) else ()

    @property
    def is_subtask(self) -> bool:
        return self.parent is not None

    @property
    def root(self) -> Task:
        """The top-level task this one belongs to (itself when it is one)."""
        task = self
        while task.parent is not None:
            task = task.parent
        return task

    def walk(self) -> Iterator[Task]:
        """This task and everything below it, in file order."""
        waiting: list[Task] = [self]
        while waiting:
            task = waiting.pop()
            yield task
            waiting += reversed(task.subtasks)
