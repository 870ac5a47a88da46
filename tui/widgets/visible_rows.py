"""Which rows a tree shows: flat lists made from the tasks, what is unfolded, and what the filter found."""

from __future__ import annotations

from collections.abc import Container, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from core.tasks.document import Tag
from core.tasks.model import Task


class Row(NamedTuple):
    """One row of the tree."""

    key: str
    depth: int


def every_row(tag: Tag) -> list[Row]:
    """All tasks with everything unfolded."""
    return _rows_of(tag, tag.nodes)


def unfolded_rows(tag: Tag, unfolded: AbstractSet[str]) -> list[Row]:
    """The rows when only the tasks in `unfolded` show what is below them."""
    return _rows_of(tag, unfolded)


def _rows_of(tag: Tag, unfolded: Container[str]) -> list[Row]:
    rows: list[Row] = []
    for task in tag.tasks:
        rows.append(Row(task.key, 0))
        if task.subtasks and task.key in unfolded:
            _add_below(task, unfolded, rows)
    return rows


def _add_below(task: Task, unfolded: Container[str], rows: list[Row]) -> None:
    # A list of what is still to do instead of recursion: nested subtasks may go as deep as a file likes.
    waiting = [(subtask, 1) for subtask in reversed(task.subtasks)]
    while waiting:
        node, depth = waiting.pop()
        rows.append(Row(node.key, depth))
        if node.subtasks and node.key in unfolded:
            waiting += [(subtask, depth + 1) for subtask in reversed(node.subtasks)]


def found_rows(every: list[Row], wanted: AbstractSet[str], folded: AbstractSet[str]) -> list[Row]:
    """The rows of `every` that are wanted, without those below a task in `folded`."""
    if not folded:
        return every if len(wanted) == len(every) else [row for row in every if row.key in wanted]
    rows: list[Row] = []
    hidden_below: int | None = None
    for row in every:
        if hidden_below is not None and row.depth > hidden_below:
            continue
        hidden_below = row.depth if row.key in folded else None
        if row.key in wanted:
            rows.append(row)
    return rows


def with_ancestors(tag: Tag, keys: AbstractSet[str]) -> set[str]:
    """`keys` and every task above one of them."""
    wanted = set(keys)
    for key in keys:
        parent = tag.nodes[key].parent
        while parent is not None and parent.key not in wanted:
            wanted.add(parent.key)
            parent = parent.parent
    return wanted


def ancestors(task: Task) -> list[str]:
    """The keys above a task, nearest first."""
    keys: list[str] = []
    parent = task.parent
    while parent is not None:
        keys.append(parent.key)
        parent = parent.parent
    return keys


def nearest_survivor(old: Sequence[Row], position: int, alive: Container[str]) -> str | None:
    """The key of the `old` row nearest to `position` that is still alive: itself, else below, else above."""
    for index in range(position, len(old)):
        if old[index].key in alive:
            return old[index].key
    for index in range(min(position, len(old)) - 1, -1, -1):
        if old[index].key in alive:
            return old[index].key
    return None
