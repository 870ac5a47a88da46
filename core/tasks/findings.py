"""What is wrong in a task file, each finding with the edits that would repair it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from core.tasks import graph_order
from core.tasks.document import DEFAULT_TAG, LEAKED_KEYS, Tag, TaskDocument
from core.tasks.graph import TaskGraph
from core.tasks.json_text import type_names
from core.tasks.model import Task

if TYPE_CHECKING:
    from core.tasks.editing.values import Edit

DEPENDENCY_KINDS = frozenset({"dangling", "self", "cycle", "ambiguous", "repeated"})
"""Findings that `validate-dependencies` is about; the other kinds are about the file's shape."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    `kind`: dangling, self, cycle, ambiguous, repeated (dependencies); duplicate-id, missing-id, not-a-task,
    null-field, wrong-type (tasks); duplicate-tag, ignored-tasks (file). `key` addresses the task and is
    empty for the file. `text` is a plain sentence; `repair` the edits that mend it, empty where only a
    person can decide.
    """

    kind: str
    key: str
    text: str
    repair: tuple[Edit, ...] = ()

    @property
    def about_dependencies(self) -> bool:
        return self.kind in DEPENDENCY_KINDS


def dependency_findings(graph: TaskGraph) -> Iterator[Finding]:
    """Dependencies that mean nothing, the wrong thing, or each other."""
    if not (graph.odd_dependencies or graph.repeated_dependencies or graph.cycle_components):
        return
    removals = _Removals(graph)
    for key, written in graph.repeated_dependencies:
        text = f"{key} names its dependency {written} twice."
        yield Finding("repeated", key, text, removals.of_odd(key, written))
    for key, written, meaning in dict.fromkeys(graph.odd_dependencies):
        remove = removals.of_odd(key, written)
        if meaning is None:
            yield Finding("dangling", key, f"{key} depends on {written}, which does not exist.", remove)
        elif meaning == key:
            yield Finding("self", key, f"{key} depends on itself.", remove)
        else:
            yield _ambiguous(graph, key, written, meaning, remove)
    for component, path in graph.cycle_components:
        edits = (
            edit
            for key, target in graph_order.closing_edges(component, graph.edges)
            if key != target
            for edit in removals.of_any(key, graph.written(key, target))
        )
        yield Finding("cycle", path[0], _cycle_text(component, path), tuple(dict.fromkeys(edits)))


class _Removals:
    """Edits that take dependencies away, such that those of several findings can be applied together.

    Where a task names a dependency twice, its odd and repeated ones go in one edit, the same in all its
    findings; applied once, it comes before any other edit of that task.
    """

    def __init__(self, graph: TaskGraph) -> None:
        self._nodes = graph.tag.nodes
        self._repeated = {key for key, _ in graph.repeated_dependencies}
        self._odd = {(key, text) for key, text, _ in graph.odd_dependencies}

    def of_odd(self, key: str, written: str) -> tuple[Edit, ...]:
        """Take away what should not be there: this, and all else of the kind where something is repeated."""
        from core.tasks.editing.values import RemoveDependency, SetDependencies

        if key not in self._repeated:
            return (RemoveDependency(key, written),)
        kept = dict.fromkeys(self._nodes[key].written_dependencies)
        return (SetDependencies(key, tuple(text for text in kept if (key, text) not in self._odd)),)

    def of_any(self, key: str, written: str) -> tuple[Edit, ...]:
        """Take away a dependency, odd or not."""
        from core.tasks.editing.values import RemoveDependency

        if (key, written) in self._odd:
            return self.of_odd(key, written)
        first = self.of_odd(key, written) if key in self._repeated else ()
        return (*first, RemoveDependency(key, written))


def _ambiguous(graph: TaskGraph, key: str, written: str, meaning: str, remove: tuple[Edit, ...]) -> Finding:
    parent = graph.tag.nodes[key].parent
    sibling = f"{parent.key}.{written}" if parent else written
    text = (
        f"{key} depends on {written}: inside a subtask that means {sibling}, which does not exist; "
        f"read here as task {meaning}, which Task Master does not."
    )
    return Finding("ambiguous", key, text, remove)


def _cycle_text(component: list[str], path: tuple[str, ...]) -> str:
    closed = [*path, *path[:1]]
    shown = closed if len(closed) <= 13 else [*closed[:6], "…", *closed[-6:]]
    text = f"These wait for each other: {' → '.join(shown)}."
    others = len(component) - len(path)
    if others > 0:
        more = "task is" if others == 1 else "tasks are"
        text += f" {others} more {more} caught in the same knot."
    return text


def task_findings(tag: Tag) -> Iterator[Finding]:
    """Tasks without an id or with somebody else's, entries that are no tasks, fields that are null."""
    yield from _entries(tag.name, "", [item.value for item in tag.items])
    copies: list[Task] = []
    for key, task in tag.nodes.items():
        raw = task.raw
        if raw.get("id") is None:
            yield Finding("missing-id", key, f'{_name(task)} has no id; it goes by "{key}" here.')
        elif "#" in key:
            copies.append(task)
        if None in raw.values():
            yield from _null_fields(task)
        yield from _wrong_types(task)
    # Last, and the last copy first: a copy that gets an id of its own changes the keys of those behind it.
    highest: dict[str, int] = {}
    for task in reversed(copies):
        yield from _duplicate(tag, task, highest)


def _entries(tag: str, parent: str, entries: list[Any]) -> Iterator[Finding]:
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, dict):
            where = f"of {parent}" if parent else f'of tag "{tag}"'
            what = _kind_of(entry)
            yield Finding(
                "not-a-task", parent, f"Entry {number} {where} is {what}, not a task; it is kept and skipped."
            )


def _kind_of(value: object) -> str:
    return type_names.get(type(value), "a number")


def _name(task: Task) -> str:
    title = f' "{task.title}"' if task.title else ""
    place = f"Subtask{title} of {task.parent.key}" if task.parent else f"Task{title}"
    return f"{place} (entry {task.position + 1})"


def _duplicate(tag: Tag, task: Task, highest: dict[str, int]) -> Iterator[Finding]:
    first, _, copy = task.key.rpartition("#")
    if first not in tag.nodes or not copy.isdigit() or task.own_id.endswith("#" + copy):
        return
    from core.tasks.editing.values import MoveTask

    prefix = f"{task.parent.key}." if task.parent else ""
    if prefix not in highest:
        family = task.parent.subtasks if task.parent else tag.tasks
        highest[prefix] = max((_number(sibling.own_id) for sibling in family), default=0)
    highest[prefix] += 1
    free = f"{prefix}{highest[prefix]}"
    text = f'The id {first} is used again: the task "{task.title}" goes by "{task.key}" here.'
    yield Finding("duplicate-id", task.key, text, (MoveTask(task.key, free),))


def _number(own_id: str) -> int:
    last = own_id.rpartition(".")[2]
    return int(last) if last.isdecimal() and len(last) < 16 else 0


def _null_fields(task: Task) -> Iterator[Finding]:
    from core.tasks.editing.values import EditField

    for field in ("title", "description", "details", "status", "dependencies", "subtasks"):
        if field not in task.raw or task.raw[field] is not None:
            continue
        repair: tuple[Edit, ...] = ()
        if field in ("description", "details"):
            repair = (EditField(task.key, field, ""),)
        yield Finding("null-field", task.key, f"{task.key}: {field} is null; it reads as empty.", repair)


def _wrong_types(task: Task) -> Iterator[Finding]:
    for field in ("dependencies", "subtasks"):
        value: Any = task.raw.get(field)
        if value is not None and not isinstance(value, list):
            what = _kind_of(value)
            yield Finding(
                "wrong-type", task.key, f"{task.key}: {field} is {what}, not a list; it is ignored."
            )
        elif field == "subtasks" and value:
            yield from _entries("", task.key, cast("list[Any]", value))


def file_findings(document: TaskDocument) -> Iterator[Finding]:
    """Tags that hide each other and task lists that are not read."""
    counts = Counter(member.key for member in document.members)
    for name, count in counts.items():
        if count > 1:
            text = (
                f'The file has the key "{name}" {count} times; only the last one counts, as in Task Master.'
            )
            yield Finding("duplicate-tag", "", text)
    if document.dialect == "tagged" and "tasks" in counts and DEFAULT_TAG in document.tags:
        text = 'There is a top-level "tasks" list beside the "master" tag; it is ignored.'
        yield Finding("ignored-tasks", "", text)
    for member in document.members:
        raw: Any = member.value
        value = cast("dict[str, Any]", raw) if isinstance(raw, dict) else {}
        if "tasks" in value and member.key not in LEAKED_KEYS:
            what = _kind_of(value["tasks"])
            text = f'"tasks" of tag "{member.key}" is {what}, not a list; the tag is not shown.'
            yield Finding("ignored-tasks", "", text)


def tag_findings(graph: TaskGraph) -> tuple[Finding, ...]:
    """What is wrong in the graph's tag: dependencies first, then ids and fields."""
    return (*dependency_findings(graph), *task_findings(graph.tag))


def all_findings(document: TaskDocument, graph: TaskGraph) -> tuple[Finding, ...]:
    """Findings of the file as a whole, then those of the graph's tag."""
    return (*file_findings(document), *tag_findings(graph))
