"""Tasks as JSON exactly as the file writes them: number literals, key order and escapes stay."""

from __future__ import annotations

import json
from collections.abc import Sequence

from core.tasks.document import Tag, TaskDocument
from core.tasks.json_text import Item, Member, read_items, read_members
from core.tasks.model import Task
from tui.cli.output import RawJson


def task_json(document: TaskDocument, tag: Tag, task: Task) -> RawJson:
    """The text of a task. A subtask gets its dotted id and `parentId`, as in Task Master's `next`."""
    item = tag.item_of(task)
    text = document.text[item.span.start : item.span.end]
    if task.parent is None:
        return RawJson(text)
    for step in _path(task):
        text = _subtask_text(text, step)
    return RawJson(_with_address(text, task.key, task.parent.key))


def tasks_json(document: TaskDocument, tag: Tag, tasks: Sequence[Task]) -> list[RawJson]:
    return [task_json(document, tag, task) for task in tasks]


def _path(task: Task) -> list[int]:
    positions: list[int] = []
    while task.parent is not None:
        positions.append(task.position)
        task = task.parent
    return positions[::-1]


def _subtask_text(text: str, position: int) -> str:
    items: list[Item] = []
    for member in read_members(text, 0)[0]:
        if member.key == "subtasks":
            items = read_items(text, member.span.start)[0]
    span = items[position].span
    return text[span.start : span.end]


def _with_address(text: str, key: str, parent: str) -> str:
    kept = [member for member in read_members(text, 0)[0] if member.key not in ("id", "parentId")]
    written = [f'"id": {_quoted(key)}', *(_entry(text, member) for member in kept)]
    return "{" + ", ".join([*written, f'"parentId": {_quoted(parent)}']) + "}"


def _entry(text: str, member: Member) -> str:
    return text[member.entry.start : member.entry.end]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
