"""Change a task file losslessly: the edits, what applying them gives, and how they are told.

applied = apply_edits(document, [SetStatus("12.3", "done")], tag="master")
applied.document.data      # one line differs
apply_edits(applied.document, applied.inverse, "master").document.data == document.data
"""

from __future__ import annotations

from core.tasks.editing.apply import AppliedEdits, apply_edits
from core.tasks.editing.cascade import cascade_for
from core.tasks.editing.fresh import new_file_text
from core.tasks.editing.journal_form import describe, edit_from_json, edit_to_json
from core.tasks.editing.values import (
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
