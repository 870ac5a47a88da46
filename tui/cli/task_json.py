"""Tasks as JSON exactly as the file writes them: number literals, key order and escapes stay."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from core.services import Workspace
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


def tasks_json(workspace: Workspace, tasks: Sequence[Task], *, with_tag: bool = False) -> list[RawJson]:
    """The texts of tasks, with what the complexity report says of them, and `tagName` if wanted, added.

    What a task has itself stays as it is, whatever the report says.
    """
    document, tag = workspace.document, workspace.tag
    report = workspace.readable_report
    texts: list[RawJson] = []
    for task in tasks:
        more: dict[str, Any] = {"tagName": tag.name} if with_tag else {}
        score = report.of(task) if report else None
        if score is not None:
            more["complexity"] = int(score.score) if score.score.is_integer() else score.score
            more["recommendedSubtasks"] = score.recommended
            more["expansionPrompt"] = score.prompt
        texts.append(_with_members(task_json(document, tag, task), task, more))
    return texts


def _with_members(text: RawJson, task: Task, more: Mapping[str, Any]) -> RawJson:
    """The text of an object with the members added, before its end, that `task` has not."""
    added = [
        f"{_quoted(name)}: {json.dumps(value, ensure_ascii=False)}"
        for name, value in more.items()
        if name not in task.raw
    ]
    if not added:
        return text
    inside = text[:-1].rstrip()
    comma = ", " if task.raw else ""
    return RawJson(f"{inside}{comma}{', '.join(added)}{text[len(inside) :]}")


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
