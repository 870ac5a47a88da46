"""Apply edits to a document, each on the result of the former."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from core.tasks.document import TaskDocument
from core.tasks.editing.apply_dependencies import add_dependency, remove_dependency, set_dependencies
from core.tasks.editing.apply_fields import edit_field, set_status
from core.tasks.editing.apply_structure import (
    add_subtask,
    add_task,
    clear_subtasks,
    remove_task,
    reorder,
    replace_subtasks,
)
from core.tasks.editing.draft import Draft
from core.tasks.editing.finish import finished, trimmed
from core.tasks.editing.move import move_task
from core.tasks.editing.new_tasks import check_expected_dependencies
from core.tasks.editing.primitives import Undo
from core.tasks.editing.tag_edits import apply_to_file, is_of_file
from core.tasks.editing.undoing import put_item, put_member, put_value, take_item, take_member
from core.tasks.editing.values import (
    AddDependency,
    AddSubtask,
    AddTask,
    ClearSubtasks,
    Edit,
    EditField,
    MoveTask,
    PutItem,
    PutMember,
    PutValue,
    RemoveDependency,
    RemoveTask,
    Reorder,
    ReplaceSubtasks,
    SetDependencies,
    SetStatus,
    TakeItem,
    TakeMember,
)
from core.tasks.json_text import Splice


@dataclass(frozen=True)
class AppliedEdits:
    """What applying gave. `splices` lead from the old text to the new one, ascending in the old.

    `inverse`, applied to the new document, gives back the old bytes. `created` holds the keys of new tasks.
    """

    document: TaskDocument
    splices: tuple[Splice, ...]
    inverse: tuple[Edit, ...]
    created: tuple[str, ...]


_appliers: dict[type, Callable[[Draft, Undo, Any], None]] = {
    SetStatus: set_status,
    EditField: edit_field,
    SetDependencies: set_dependencies,
    AddDependency: add_dependency,
    RemoveDependency: remove_dependency,
    AddTask: add_task,
    AddSubtask: add_subtask,
    RemoveTask: remove_task,
    ClearSubtasks: clear_subtasks,
    ReplaceSubtasks: replace_subtasks,
    MoveTask: move_task,
    Reorder: reorder,
    PutValue: put_value,
    PutMember: put_member,
    TakeMember: take_member,
    PutItem: put_item,
    TakeItem: take_item,
}


def apply_edits(document: TaskDocument, edits: Sequence[Edit], tag: str | None = None) -> AppliedEdits:
    """Apply `edits` in order to one tag of `document`, which itself stays as it is.

    Raises NotFound (task, tag), UsageError (unknown status, malformed id), Refused (duplicate id, cycle,
    loss of data), Conflict (an inverse edit finds another value than it expects). Nothing is changed then.
    """
    undo: Undo = []
    created: list[str] = []
    now = document
    splices: tuple[Splice, ...] = ()
    at = 0
    while at < len(edits):
        end = at
        while end < len(edits) and not is_of_file(edits[end]):
            end += 1
        if end > at:
            now, splices = _apply_to_tag(now, edits[at:end], tag, undo, created)
        for edit in edits[end : end + 1]:
            now = apply_to_file(now, edit, undo)
        at = end + 1
    if any(is_of_file(edit) for edit in edits):
        whole = trimmed(0, document.text, now.text)
        splices = () if whole is None else (whole,)
    return AppliedEdits(now, splices, tuple(reversed(undo)), tuple(created))


def _apply_to_tag(
    document: TaskDocument, edits: Sequence[Edit], tag: str | None, undo: Undo, created: list[str]
) -> tuple[TaskDocument, tuple[Splice, ...]]:
    draft = Draft(document, document.tag(tag))
    for edit in edits:
        _appliers[type(edit)](draft, undo, edit)
    check_expected_dependencies(draft)
    created += draft.created
    return finished(draft)
