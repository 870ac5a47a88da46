"""What Task Master's status rule would let follow an edit; offered, never applied by itself."""

from __future__ import annotations

from collections.abc import Sequence

from core.tasks.document import Tag, TaskDocument
from core.tasks.editing.apply import apply_edits
from core.tasks.editing.values import Edit, SetStatus
from core.tasks.model import FINISHED, Task


def cascade_for(document: TaskDocument, tag: str | None, edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """The status edits that Task Master would let follow `edits`; apply them after those.

    A parent is done when all its subtasks are, in progress when one is done or in progress, pending when
    all are pending. A task set to done or completed takes its unfinished subtasks along. Raises what
    `apply_edits` raises.
    """
    changed = [edit for edit in edits if isinstance(edit, SetStatus)]
    if not changed:
        return ()
    after = apply_edits(document, edits, tag).document.tag(tag)
    following: dict[str, SetStatus] = {}
    for edit in changed:
        task = after.nodes.get(edit.key)
        if task is not None:
            _follow_down(task, following)
    for edit in changed:
        task = after.nodes.get(edit.key)
        if task is not None:
            _follow_up(after, task, following)
    asked = {(edit.key, edit.status) for edit in changed}
    return tuple(edit for edit in following.values() if (edit.key, edit.status) not in asked)


def _follow_down(task: Task, following: dict[str, SetStatus]) -> None:
    if task.finished:
        for subtask in task.subtasks:
            if not subtask.finished:
                following[subtask.key] = SetStatus(subtask.key, task.status)


def _follow_up(tag: Tag, task: Task, following: dict[str, SetStatus]) -> None:
    parent = task.parent
    if parent is None or parent.key in following:
        return
    statuses = [_status(subtask, following) for subtask in tag.find(parent.key).subtasks]
    status = _parent_status(statuses)
    if status is None or status == parent.status or (status == "done" and parent.finished):
        return
    following[parent.key] = SetStatus(parent.key, status)


def _status(task: Task, following: dict[str, SetStatus]) -> str:
    return following[task.key].status if task.key in following else task.status


def _parent_status(statuses: list[str]) -> str | None:
    if all(status in FINISHED for status in statuses):
        return "done"
    if any(status in FINISHED or status == "in-progress" for status in statuses):
        return "in-progress"
    return "pending" if all(status == "pending" for status in statuses) else None
