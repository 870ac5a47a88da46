"""Edits as values: what a person asked to change, told so that it can be kept, repeated and undone.

The first group is what callers make. The second (`Put...`, `Take...`) is what undoing needs: it carries
the exact text that was there, and the text it expects to find, so that undone bytes are the old bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class SetStatus:
    """Set the status of a task or subtask."""

    key: str
    status: str


@dataclass(frozen=True)
class EditField:
    """Set a text field by its name in the file; None removes the field."""

    key: str
    field: str
    value: str | None


@dataclass(frozen=True)
class SetDependencies:
    """Replace the list of dependencies by these ids, as they are written in the file."""

    key: str
    dependencies: tuple[str, ...]


@dataclass(frozen=True)
class AddDependency:
    """Let `key` depend on another task, named as written there or by its dotted key."""

    key: str
    depends_on: str


@dataclass(frozen=True)
class RemoveDependency:
    """Take one dependency away, named as written there or by its dotted key."""

    key: str
    depends_on: str


@dataclass(frozen=True)
class AddTask:
    """Add a task with fields by Task Master's names; what is missing gets its default, the id too."""

    fields: Mapping[str, Any]
    before: str | None = None


@dataclass(frozen=True)
class AddSubtask:
    """Add a subtask below `parent`, at the end or before the subtask of key `before`."""

    parent: str
    fields: Mapping[str, Any]
    before: str | None = None


@dataclass(frozen=True)
class RemoveTask:
    """Remove a task or subtask with all below it, and every dependency on it."""

    key: str


@dataclass(frozen=True)
class ClearSubtasks:
    """Remove all subtasks of a task, and every dependency on them."""

    key: str


@dataclass(frozen=True)
class ReplaceSubtasks:
    """Put these subtasks in the place of the present ones."""

    key: str
    subtasks: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class MoveTask:
    """Task Master's `move --from KEY --to TO`: another id, another parent, task to subtask and back."""

    key: str
    to: str


@dataclass(frozen=True)
class Reorder:
    """Move a task among its siblings: before the one of key `before`, or to the end. Ids stay.

    `position` is for undoing in lists that also hold entries which are no tasks.
    """

    key: str
    before: str | None
    position: int | None = None


@dataclass(frozen=True)
class AddTag:
    """Add a tag, empty or with the tasks of `copy_from`."""

    name: str
    copy_from: str | None = None
    description: str | None = None


@dataclass(frozen=True)
class RemoveTag:
    """Remove a tag with all its tasks."""

    name: str


@dataclass(frozen=True)
class RenameTag:
    """Give a tag another name."""

    name: str
    new_name: str


@dataclass(frozen=True)
class CopyTag:
    """Copy a tag with its tasks under another name."""

    name: str
    new_name: str
    description: str | None = None


@dataclass(frozen=True)
class ReplaceText:
    """Replace the whole file: a conflict was resolved, a backup is restored."""

    new_text: str = field(repr=False)


@dataclass(frozen=True)
class PutValue:
    """Undoing: the value of a field reads `expect` and shall read `raw` again."""

    key: str
    field: str
    raw: str
    expect: str


@dataclass(frozen=True)
class PutMember:
    """Undoing: put an entry back that was removed. `key` None means the top level of the file.

    `gap` is the separator it had; `lead` and `tail` stand around it where it was the only one. `others`
    counts the entries of the same name that were left.
    """

    key: str | None
    entry: str
    index: int
    after: str | None
    gap: str | None = None
    lead: str = ""
    tail: str = ""
    others: int = 0


@dataclass(frozen=True)
class TakeMember:
    """Undoing: remove an entry that was added and still reads `expect`. `empty` stood there before."""

    key: str | None
    field: str
    expect: str
    empty: str | None = None


@dataclass(frozen=True)
class PutItem:
    """Undoing: put a removed task back. `key` is the key it had, `shared` when another has it too."""

    parent: str | None
    key: str
    text: str
    index: int
    after: str | None
    shared: bool = False
    gap: str | None = None
    lead: str = ""
    tail: str = ""


@dataclass(frozen=True)
class TakeItem:
    """Undoing: remove a task that was added and still reads `expect`."""

    key: str
    expect: str
    empty: str | None = None


@dataclass(frozen=True)
class PutTagName:
    """Undoing: write the name of a tag as it was written before."""

    name: str
    raw: str


@dataclass(frozen=True)
class PutText:
    """Undoing: in a file whose sha256 is `digest`, put `new` where `old` stands."""

    start: int
    old: str = field(repr=False)
    new: str = field(repr=False)
    digest: str


TagEdit = AddTag | RemoveTag | RenameTag | CopyTag | ReplaceText | PutTagName | PutText
"""Edits of the file as a whole, not of one tag's tasks (`PutMember`, `TakeMember` without key are too)."""

Edit = (
    SetStatus
    | EditField
    | SetDependencies
    | AddDependency
    | RemoveDependency
    | AddTask
    | AddSubtask
    | RemoveTask
    | ClearSubtasks
    | ReplaceSubtasks
    | MoveTask
    | Reorder
    | PutValue
    | PutMember
    | TakeMember
    | PutItem
    | TakeItem
    | TagEdit
)
