"""What a filter typed over the tree means: words that must all match, some about status or priority."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.tasks.document import Tag
from core.tasks.graph import TaskGraph
from core.tasks.model import Task


@dataclass(frozen=True, slots=True)
class FilterText:
    """A filter, read. Plain words match an id from its start or any part of a title, upper or lower case."""

    words: tuple[str, ...]
    statuses: tuple[tuple[str, ...], ...]
    priorities: tuple[tuple[str, ...], ...]

    def __bool__(self) -> bool:
        return bool(self.words or self.statuses or self.priorities)


def read_filter(text: str) -> FilterText:
    """`auth status:done,review priority:high` as words, statuses and priorities.

    A status or priority needs only its beginning; `status:ready` and `status:waiting` ask whether
    everything a pending task depends on is finished.
    """
    words: list[str] = []
    named: dict[str, list[tuple[str, ...]]] = {"status": [], "priority": []}
    for word in text.casefold().split():
        name, colon, value = word.partition(":")
        if colon and name in named:
            choices = tuple(choice for choice in value.split(",") if choice)
            if choices:
                named[name].append(choices)
        else:
            words.append(word)
    return FilterText(tuple(words), tuple(named["status"]), tuple(named["priority"]))


class FilterIndex:
    """The searchable text of one tag, made once and asked at every key."""

    def __init__(self, tag: Tag, graph: TaskGraph) -> None:
        self._graph = graph
        self._entries = [
            (key, key.casefold(), task.title.casefold(), task) for key, task in tag.nodes.items()
        ]

    def matches(self, text: str) -> set[str]:
        """The keys of the tasks that match the filter `text`."""
        wanted = read_filter(text)
        entries = self._entries
        for word in wanted.words:
            entries = [entry for entry in entries if word in entry[2] or entry[1].startswith(word)]
        if wanted.statuses or wanted.priorities:
            entries = [entry for entry in entries if self._fits(entry[3], wanted)]
        return {entry[0] for entry in entries}

    def _fits(self, task: Task, wanted: FilterText) -> bool:
        return all(self._has_status(task, choices) for choices in wanted.statuses) and all(
            _begins(task.priority.casefold(), choices) for choices in wanted.priorities
        )

    def _has_status(self, task: Task, choices: tuple[str, ...]) -> bool:
        special: dict[str, Callable[[], bool]] = {
            "ready": lambda: self._graph.ready(task.key),
            "waiting": lambda: task.status == "pending" and bool(self._graph.blocked_by(task.key)),
        }
        return any(
            special[choice]() if choice in special else task.status.casefold().startswith(choice)
            for choice in choices
        )


def _begins(value: str, choices: tuple[str, ...]) -> bool:
    return any(value.startswith(choice) for choice in choices)
