"""Change a task file losslessly: the edits, what applying them gives, and how they are told.

applied = apply_edits(document, [SetStatus("12.3", "done")], tag="master")
applied.document.data      # one line differs
apply_edits(applied.document, applied.inverse, "master").document.data == document.data
"""

from __future__ import annotations

from core.tasks.apply import AppliedEdits, apply_edits
from core.tasks.cascade import cascade_for
from core.tasks.edit_journal import describe, edit_from_json, edit_to_json
from core.tasks.edit_values import (
    AddDependency,
    AddSubtask,
    AddTag,
    AddTask,
    ClearSubtasks,
    CopyTag,
    Edit,
    EditField,
    MoveTask,
    RemoveDependency,
    RemoveTag,
    RemoveTask,
    RenameTag,
    Reorder,
    ReplaceSubtasks,
    ReplaceText,
    SetDependencies,
    SetStatus,
)
from core.tasks.fresh import new_file_text

__all__ = [
    "AddDependency",
    "AddSubtask",
    "AddTag",
    "AddTask",
    "AppliedEdits",
    "ClearSubtasks",
    "CopyTag",
    "Edit",
    "EditField",
    "MoveTask",
    "RemoveDependency",
    "RemoveTag",
    "RemoveTask",
    "RenameTag",
    "Reorder",
    "ReplaceSubtasks",
    "ReplaceText",
    "SetDependencies",
    "SetStatus",
    "apply_edits",
    "cascade_for",
    "describe",
    "edit_from_json",
    "edit_to_json",
    "new_file_text",
]
