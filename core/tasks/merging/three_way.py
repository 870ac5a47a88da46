"""A task was edited here while another program changed it: mine, theirs or both, as edits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from core.tasks.edits import Edit, EditField, SetDependencies, SetStatus
from core.tasks.merging.field_conflict import FieldConflict
from core.tasks.merging.text_merge import merge_text

Values = Mapping[str, Any]
"""Fields of a task by their names in the file: texts, None where missing, dependencies a tuple of ids."""


@dataclass(frozen=True)
class ThreeWay:
    """What to apply to the present content, by the person's choice; choosing theirs applies nothing.

    `mine` gives every field the value of the editor; `merged` only the fields changed there, texts line
    by line. `conflicts` are the fields in which `merged` had to follow the editor against the other side;
    one without field says that the task is gone.
    """

    mine: tuple[Edit, ...]
    merged: tuple[Edit, ...]
    conflicts: tuple[FieldConflict, ...]


def three_way(key: str, base: Values, mine: Values, theirs: Values | None, *, tag: str = "") -> ThreeWay:
    """Compare the values an editor began with (`base`) and holds now (`mine`) with those in the file now.

    `mine` may hold only some fields; `theirs` is None when the task was removed meanwhile.
    """
    if theirs is None:
        return ThreeWay((), (), (FieldConflict(tag, key, "", dict(mine), None),))
    all_mine: list[Edit] = []
    merged: list[Edit] = []
    conflicts: list[FieldConflict] = []
    for name, value in mine.items():
        before, there = base.get(name), theirs.get(name)
        if value == there:
            continue
        all_mine.append(_edit(key, name, value))
        if value == before:
            continue
        both = value if there == before else _merge(before, value, there)
        if both is None:
            conflicts.append(FieldConflict(tag, key, name, value, there))
            both = value
        if both != there:
            merged.append(_edit(key, name, both))
    return ThreeWay(tuple(all_mine), tuple(merged), tuple(conflicts))


def _merge(base: Any, mine: Any, theirs: Any) -> Any:
    if all(isinstance(value, str) for value in (base, mine, theirs)):
        return merge_text(base, mine, theirs)
    if all(isinstance(value, (tuple, list)) for value in (base, mine, theirs)):
        kept = [one for one in mine if one in theirs or one not in base]
        return tuple(kept + [one for one in theirs if one not in base and one not in mine])
    return None


def _edit(key: str, name: str, value: Any) -> Edit:
    if name == "status":
        return SetStatus(key, str(value))
    if name == "dependencies":
        return SetDependencies(key, tuple(cast("tuple[str, ...]", value or ())))
    return EditField(key, name, None if value is None else str(value))
