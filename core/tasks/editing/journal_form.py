"""Edits in the journal: to JSON and back, and as one plain line for people."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from typing import Any, cast, get_args

from core.errors import Refused
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
    PutItem,
    PutMember,
    PutTagName,
    PutText,
    PutValue,
    RemoveDependency,
    RemoveTag,
    RemoveTask,
    RenameTag,
    Reorder,
    ReplaceSubtasks,
    ReplaceText,
    SetDependencies,
    SetStatus,
    TakeItem,
    TakeMember,
)


def _kind(edit_type: type) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", edit_type.__name__).lower()


_types: dict[str, type] = {_kind(edit_type): edit_type for edit_type in get_args(Edit)}


def edit_to_json(edit: Edit) -> dict[str, Any]:
    """The edit as JSON data: its kind under `edit`, then its fields by name."""
    values = {field.name: getattr(edit, field.name) for field in dataclasses.fields(edit)}
    return {"edit": _kind(type(edit)), **{name: _plain(value) for name, value in values.items()}}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        mapping = cast(Mapping[str, Any], value)
        return {name: _plain(inner) for name, inner in mapping.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in cast("list[Any]", value)]
    return value


def edit_from_json(data: Mapping[str, Any]) -> Edit:
    """The edit that `edit_to_json` told. Raises Refused when the data is of no known kind."""
    edit_type = _types.get(str(data.get("edit")))
    if edit_type is None:
        raise Refused(
            f"The edit {data.get('edit')!r} is of a kind this version does not know.",
            "It was made by another version of Taskdeck; update this one.",
        )
    values = {name: _frozen(value) for name, value in data.items() if name != "edit"}
    try:
        return cast(Edit, edit_type(**values))
    except TypeError as error:
        raise Refused(f"The edit {data.get('edit')!r} is not complete: {error}.") from None


def _frozen(value: Any) -> Any:
    return tuple(cast("list[Any]", value)) if isinstance(value, list) else value


def describe(edit: Edit) -> str:
    """One plain line that says what the edit does: `set 12.3 to done`."""
    return _sentences[type(edit)](edit)


def _of_tag_or_task(key: str | None) -> str:
    return f"of {key}" if key is not None else "of the file"


def _edit_field(edit: EditField) -> str:
    return f"remove {edit.field} of {edit.key}" if edit.value is None else f"edit {edit.field} of {edit.key}"


def _title(fields: Mapping[str, Any]) -> str:
    return f'"{fields.get("title", "")}"'


def _name_of_entry(entry: str) -> str:
    return entry[: entry.find(":")].strip().strip('"')


_sentences: dict[type, Callable[[Any], str]] = {
    SetStatus: lambda edit: f"set {edit.key} to {edit.status}",
    EditField: _edit_field,
    SetDependencies: lambda edit: (
        f"let {edit.key} depend on {', '.join(edit.dependencies) if edit.dependencies else 'nothing'}"
    ),
    AddDependency: lambda edit: f"let {edit.key} depend on {edit.depends_on}",
    RemoveDependency: lambda edit: f"let {edit.key} no longer depend on {edit.depends_on}",
    AddTask: lambda edit: f"add task {_title(edit.fields)}",
    AddSubtask: lambda edit: f"add subtask {_title(edit.fields)} to {edit.parent}",
    RemoveTask: lambda edit: f"remove {edit.key}",
    ClearSubtasks: lambda edit: f"clear the subtasks of {edit.key}",
    ReplaceSubtasks: lambda edit: f"give {edit.key} {len(edit.subtasks)} new subtasks",
    MoveTask: lambda edit: f"move {edit.key} to {edit.to}",
    Reorder: lambda edit: f"move {edit.key} " + (f"before {edit.before}" if edit.before else "to the end"),
    AddTag: lambda edit: f"add tag {edit.name}" + (f" from {edit.copy_from}" if edit.copy_from else ""),
    RemoveTag: lambda edit: f"remove tag {edit.name}",
    RenameTag: lambda edit: f"rename tag {edit.name} to {edit.new_name}",
    CopyTag: lambda edit: f"copy tag {edit.name} to {edit.new_name}",
    ReplaceText: lambda edit: "replace the whole file",
    PutValue: lambda edit: f"put back {edit.field} of {edit.key}",
    PutMember: lambda edit: f"put back {_name_of_entry(edit.entry)} {_of_tag_or_task(edit.key)}",
    TakeMember: lambda edit: f"take away {edit.field} {_of_tag_or_task(edit.key)}",
    PutItem: lambda edit: f"put back {edit.key}",
    TakeItem: lambda edit: f"take away {edit.key}",
    PutTagName: lambda edit: f"put back the name of tag {edit.name}",
    PutText: lambda edit: "put back the text of the file",
}
