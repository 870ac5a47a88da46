"""Apply edits of one field: status and texts."""

from __future__ import annotations

from typing import Any, cast

from core.errors import UsageError
from core.tasks.editing.draft import Draft
from core.tasks.editing.primitives import Undo, remove_member, set_value
from core.tasks.editing.values import EditField, SetStatus
from core.tasks.json_text import NumberText, type_names
from core.tasks.model import STATUSES

ACCEPTED_STATUSES = (*STATUSES, "completed")
_STRUCTURE = {
    "id": "`taskdeck move` gives a task another id.",
    "subtasks": "Subtasks are added and removed one by one.",
    "dependencies": "`taskdeck add-dependency` and `remove-dependency` change them.",
}


def check_status(status: Any) -> None:
    """Raises UsageError, naming the statuses there are."""
    if status not in ACCEPTED_STATUSES:
        raise UsageError(f'"{status}" is not a status.', f"Use one of: {', '.join(ACCEPTED_STATUSES)}.")


def set_status(draft: Draft, undo: Undo, edit: SetStatus) -> None:
    """Raises NotFound, UsageError."""
    check_status(edit.status)
    if draft.raw(edit.key).get("status") != edit.status:
        set_value(draft, undo, edit.key, "status", edit.status)


def edit_field(draft: Draft, undo: Undo, edit: EditField) -> None:
    """Raises NotFound; UsageError for a field that holds no text or may not be empty."""
    raw = draft.raw(edit.key)
    field = _spelling(raw, edit.field)
    if field == "status" and edit.value is not None:
        check_status(edit.value)
    _check_text_field(edit.key, field, raw.get(field), edit.value)
    if edit.value is None:
        remove_member(draft, undo, edit.key, field)
    elif raw.get(field) != edit.value:
        set_value(draft, undo, edit.key, field, edit.value)


def _spelling(raw: dict[str, Any], field: str) -> str:
    # Some agents write test_strategy; the file keeps its spelling.
    if field == "testStrategy" and field not in raw and "test_strategy" in raw:
        return "test_strategy"
    return field


def _check_text_field(key: str, field: str, present: Any, value: str | None) -> None:
    if not field:
        raise UsageError("The field to edit has no name.", "Name one, such as title or details.")
    if field in _STRUCTURE:
        raise UsageError(f"{field} is no text to edit.", _STRUCTURE[field])
    if field == "title" and not (value or "").strip():
        raise UsageError(f"A task needs a title; that of {key} was to be removed.", "Give it another one.")
    if isinstance(present, (dict, list)):
        kind = type_names[type(cast(Any, present))]
        raise UsageError(f"{field} of {key} holds {kind}, not a text.", "Edit it in the file itself.")


def is_number(value: Any) -> bool:
    """Whether an id is written as a number."""
    return isinstance(value, (int, NumberText)) and not isinstance(value, bool)
