"""Move a task to another id, another parent or another level, as Task Master's `move` does, losing nothing.

To a free id: the task gets it. A subtask to the id of a sibling: it is put behind that one. A subtask to an
id taken below another parent: behind that one, with the next free id. A task to the id of another task is
refused, as in Task Master. Dependencies on what moved, and those of what moved, keep their meaning.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import NotFound, Refused, UsageError
from core.tasks.editing.apply_dependencies import owners_naming, write_list
from core.tasks.editing.apply_structure import ensure_list, reorder
from core.tasks.editing.dependency_form import as_habit
from core.tasks.editing.draft import Draft, dependencies_of
from core.tasks.editing.json_style import line_indent, reindent
from core.tasks.editing.new_tasks import id_as_text, key_below, next_id, text_and_place
from core.tasks.editing.pieces import Piece, Place, change_inside, value_span
from core.tasks.editing.primitives import (
    Undo,
    format_in,
    insert_item,
    insert_member,
    remove_item,
    remove_member,
    replace_id,
    replace_value,
    style_for,
)
from core.tasks.editing.values import MoveTask, Reorder
from core.tasks.identifiers import id_text, natural_order
from core.tasks.references import meant_key

_PARENT_FIELDS = ("parentTaskId", "parentId")


@dataclass(frozen=True)
class _Target:
    parent: str | None
    own_id: str
    behind: str | None
    """The key of the task it is put behind; None to choose by id."""


def move_task(draft: Draft, undo: Undo, edit: MoveTask) -> None:
    """Raises NotFound, UsageError, Refused (id taken, subtasks in the way, a dependency without words)."""
    if edit.key == edit.to:
        draft.find(edit.key)
        return
    parent = draft.parent_of(edit.key)
    target = _target(draft, edit)
    if target.behind is not None and target.parent == parent:
        _move_behind(draft, undo, edit.key, target.behind)
        return
    if target.parent is not None and draft.task(edit.key).subtasks and parent is None:
        raise Refused(
            f"Task {edit.key} has subtasks, a subtask has none of its own.",
            f"Move or clear the subtasks of {edit.key} first.",
        )
    meanings = _meanings(draft, edit.key)
    new_keys = _moved(draft, undo, edit.key, target)
    _keep_meanings(draft, undo, meanings, new_keys)


def _target(draft: Draft, edit: MoveTask) -> _Target:
    parent = draft.parent_of(edit.key)
    to_parent, own_id = _split(draft, edit)
    if to_parent is not None and to_parent in draft.below(edit.key):
        raise UsageError(f"{edit.key} cannot move below itself.", "Name another place.")
    if edit.to not in draft:
        return _Target(to_parent, own_id, None)
    if to_parent is None:
        raise Refused(f"There is a task {edit.to} already.", "Move to a free id, or reorder the tasks.")
    if to_parent == parent:
        return _Target(to_parent, own_id, edit.to)
    return _Target(to_parent, id_text(next_id(draft, to_parent)), edit.to)


def _split(draft: Draft, edit: MoveTask) -> tuple[str | None, str]:
    """The parent and the own id that the destination names."""
    if not edit.to or edit.to != edit.to.strip():
        raise UsageError(f'"{edit.to}" is no place to move a task to.', "Name an id, such as 7 or 7.3.")
    if edit.to in draft:
        return draft.parent_of(edit.to), id_text(draft.raw(edit.to).get("id"))
    parent, dot, own_id = edit.to.rpartition(".")
    if not dot:
        return None, edit.to
    if parent not in draft:
        raise NotFound(f"There is no task {parent} to move {edit.key} to.", "`taskdeck list` shows the ids.")
    return parent, own_id


def _move_behind(draft: Draft, undo: Undo, key: str, sibling: str) -> None:
    siblings = [other for _, other in draft.children(draft.parent_of(key)) if other != key]
    place = siblings.index(sibling) + 1
    reorder(draft, undo, Reorder(key, siblings[place] if place < len(siblings) else None))


# The text


def _moved(draft: Draft, undo: Undo, key: str, target: _Target) -> dict[str, str]:
    """Move the text; returns the new keys by the old ones."""
    old_keys, old_parent = draft.below(key), draft.parent_of(key)
    if old_parent == target.parent and _in_place(draft, key, target.own_id):
        new_key = replace_id(draft, undo, key, id_as_text(draft, target.parent, target.own_id, key))
        return dict(zip(old_keys, draft.below(new_key), strict=True))
    if target.parent is not None:
        ensure_list(draft, undo, target.parent)
    sample, place = text_and_place(draft, target.parent, {"id": 0, "title": ""})
    text = remove_item(draft, undo, key)
    fitted = _with_id(draft, _fitted(text, sample), target)
    new_key = insert_item(draft, undo, target.parent, fitted, _index_for(draft, target), place)
    _write_level(draft, undo, new_key, old_parent, target.parent)
    return dict(zip(old_keys, draft.below(new_key), strict=True))


def _in_place(draft: Draft, key: str, own_id: str) -> bool:
    """Whether a task that gets `own_id` stands at its place by number already."""
    siblings = [other for _, other in draft.children(draft.parent_of(key))]
    at = siblings.index(key)
    order = natural_order(own_id)
    before, behind = siblings[:at], siblings[at + 1 : at + 2]
    return (not before or natural_order(_own(draft, before[-1])) < order) and (
        not behind or order < natural_order(_own(draft, behind[0]))
    )


def _own(draft: Draft, key: str) -> str:
    return id_text(draft.raw(key).get("id"))


def _fitted(text: str, sample: str) -> str:
    """The text with the indentation of the place it moves to."""
    old = line_indent(text, len(text)) if "\n" in text else ""
    new = line_indent(sample, len(sample)) if "\n" in sample else old
    return reindent(text, old, new)


def _index_for(draft: Draft, target: _Target) -> int:
    siblings = draft.children(target.parent)
    for position, key in siblings:
        if target.behind is not None:
            if key == target.behind:
                return position + 1
        elif natural_order(_own(draft, key)) > natural_order(target.own_id):
            return position
    return siblings[-1][0] + 1 if siblings else 0


def _with_id(draft: Draft, text: str, target: _Target) -> str:
    raw = id_as_text(draft, target.parent, target.own_id)
    span = value_span(text, 0, "id")
    if span is not None:
        return text[: span.start] + raw + text[span.end :]
    entry = '"id"' + style_for(draft, text).colon + raw
    return change_inside(text, 0, lambda pieces: pieces.put(0, Piece("", entry), Place()))[0]


def _write_level(draft: Draft, undo: Undo, key: str, old_parent: str | None, parent: str | None) -> None:
    """Adjust the fields that only tasks, or only subtasks, have."""
    for field in _PARENT_FIELDS:
        present = draft.value_text(key, field)
        if present is None or present.strip('"') != old_parent:
            continue
        if parent is None:
            remove_member(draft, undo, key, field)
        else:
            new = parent if present[0] != '"' and parent.isdigit() else format_in(draft, key, field, parent)
            replace_value(draft, undo, key, field, new)
    if parent is None and old_parent is not None:
        for field, raw in (("priority", '"medium"'), ("subtasks", "[]")):
            if draft.value_text(key, field) is None:
                insert_member(draft, undo, key, field, raw)


# Dependencies


def _meanings(draft: Draft, key: str) -> dict[str, list[tuple[str, str | None]]]:
    """Of every task that moves or names one that moves: its dependencies, as written and as meant."""
    moving = draft.below(key)
    owners = {*moving, *owners_naming(draft, moving)}
    result: dict[str, list[tuple[str, str | None]]] = {}
    for owner in sorted(owners):
        parent = draft.parent_of(owner)
        written = dependencies_of(draft.raw(owner))
        if written:
            result[owner] = [(text, meant_key(text, parent, draft)) for text in written]
    return result


def _keep_meanings(
    draft: Draft,
    undo: Undo,
    meanings: dict[str, list[tuple[str, str | None]]],
    new_keys: dict[str, str],
) -> None:
    for old_owner, written in meanings.items():
        owner = new_keys.get(old_owner, old_owner)
        if owner not in draft:
            continue
        parent = draft.parent_of(owner)
        wanted: list[str | None] = []
        new: dict[int, str] = {}
        for text, meant in written:
            target = new_keys.get(meant, meant) if meant is not None else None
            if target == parent and target is not None and old_owner in new_keys:
                continue  # the new parent: a subtask cannot wait for the task it is part of
            if target is None or meant_key(text, parent, draft) == target:
                wanted.append(text)
            else:
                form = _form(draft, parent, target)
                if form is None:
                    raise _no_words(draft, parent, target, f"{old_owner} on {meant}")
                new[len(wanted)] = as_habit(draft, owner, form)
                wanted.append(None)
        if new or len(wanted) < len(written):
            write_list(draft, undo, owner, wanted, new)


def _form(draft: Draft, parent: str | None, target: str) -> str | None:
    """How a task below `parent` names `target` now; None when no text there would mean it."""
    forms = [target]
    if parent is not None and key_below(parent, target.removeprefix(f"{parent}.")) == target:
        forms.insert(0, target.removeprefix(f"{parent}."))
    return next((form for form in forms if meant_key(form, parent, draft) == target), None)


def _no_words(draft: Draft, parent: str | None, target: str, dependency: str) -> Refused:
    """`dependency` names both tasks as they are called in the file, which the move does not reach."""
    return Refused(
        f"Not moved: the dependency of {dependency} could not be written there, as {target} "
        f"would mean {meant_key(target, parent, draft)}.",
        "Remove that dependency first.",
    )
