"""Edits that undo: they put back what was there, or say in a Conflict what came in between."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, NoReturn, cast

from core.errors import Conflict
from core.tasks.editing.draft import Draft
from core.tasks.editing.pieces import Piece, Pieces, Place, change_inside, index_of, read_list, read_object
from core.tasks.editing.primitives import (
    Undo,
    insert_item,
    remove_item,
    remove_member,
    replace_id,
    replace_value,
)
from core.tasks.editing.values import PutItem, PutMember, PutValue, TakeItem, TakeMember
from core.tasks.identifiers import id_text
from core.tasks.json_text import read_value

_HINT = "It was changed since; set it by hand where it should be another."


def same_value(one: str, other: str) -> bool:
    """Whether two JSON texts mean the same, numbers compared as they are written."""
    return one == other or _meaning(one) == _meaning(other)


def _meaning(text: str) -> Any:
    return json.loads(text, parse_float=_number, parse_int=_number)


def _number(literal: str) -> tuple[str]:
    return (literal,)


def shortened(text: str | None) -> str:
    """A JSON text for a message."""
    if text is None:
        return "nothing"
    line = " ".join(text[:400].split())
    return line if len(line) <= 60 else line[:57] + "..."


def conflict(what: str, expected: str | None, found: str | None) -> NoReturn:
    """Raise the Conflict that shows both values."""
    raise Conflict(
        f"Not undone: {what} was expected to be {shortened(expected)}, the file now has {shortened(found)}.",
        _HINT,
    )


def put_value(draft: Draft, undo: Undo, edit: PutValue) -> None:
    """Raises Conflict where the value is neither the expected one nor already the old one."""
    if edit.key not in draft and edit.field == "dependencies":
        return  # it went with its task
    present = draft.value_text(edit.key, edit.field) if edit.key in draft else None
    if present is None:
        conflict(f"{edit.field} of {edit.key}", edit.expect, None)
    if same_value(present, edit.expect):
        _write(draft, undo, edit, edit.raw)
    elif same_value(present, edit.raw):
        return
    elif edit.field == "dependencies" and all(text[:1] == "[" for text in (present, edit.raw, edit.expect)):
        _write(draft, undo, edit, _merged_list(present, edit.raw, edit.expect))
    else:
        conflict(f"{edit.field} of {edit.key}", edit.expect, present)


def _write(draft: Draft, undo: Undo, edit: PutValue, raw: str) -> None:
    if edit.field == "id":
        replace_id(draft, undo, edit.key, raw)
    else:
        replace_value(draft, undo, edit.key, edit.field, raw)


def _merged_list(present: str, wanted: str, expected: str) -> str:
    """Undo on a list that got other elements since: only the elements of the undone edit go back."""
    old, new = _texts(wanted), _texts(expected)
    gone = Counter(new) - Counter(old)
    back = Counter(old) - Counter(new)

    def change(pieces: Pieces) -> None:
        for index in range(len(pieces.elements) - 1, -1, -1):
            text = id_text(pieces.elements[index].value)
            if gone[text] > 0:
                gone[text] -= 1
                pieces.take(index)
        have = {id_text(piece.value) for piece in pieces.elements}
        old_pieces = read_list(wanted, 0)[0]
        for index, piece in enumerate(cast("list[Piece]", old_pieces.elements)):
            text = id_text(piece.value)
            if back[text] > 0 and text not in have:
                back[text] -= 1
                alone = Place(None, old_pieces.elements[0].gap, old_pieces.tail)
                pieces.put(index, Piece("", piece.text, value=piece.value), alone)

    return change_inside(present, 0, change)[0]


def _texts(list_text: str) -> list[str]:
    return [id_text(value) for value in read_value(list_text, 0)[0]]


def put_member(draft: Draft, undo: Undo, edit: PutMember) -> None:
    """Raises Conflict where the task is gone or has the field again, with another value."""
    name, wanted = entry_parts(edit.entry)
    if edit.key is None or edit.key not in draft:
        conflict(f"task {edit.key}", "there", None)
    present = draft.value_text(edit.key, name)

    def change(pieces: Pieces) -> TakeMember | None:
        return put_entry(pieces, edit, name, wanted, present)

    undone = draft.change_object(edit.key, change, reshape=name in ("id", "subtasks"))
    if undone is not None:
        undo.append(undone)


def put_entry(
    pieces: Pieces, edit: PutMember, name: str, wanted: str, present: str | None
) -> TakeMember | None:
    """Put the entry among the others of its object; None when it is there already."""
    if sum(piece.key == name for piece in pieces.elements) > edit.others:
        if present is not None and same_value(present, wanted):
            return None
        conflict(f"{name} of {edit.key}", None, present)
    index, after = edit.index, edit.after
    fits = 0 <= index <= len(pieces.elements) and (
        pieces.elements[index - 1].key == after if index else after is None
    )
    if not fits:
        place_of_after = index_of(pieces, after) if after is not None else None
        index = len(pieces.elements) if place_of_after is None else place_of_after + 1
    empty = None if pieces.elements else pieces.tail
    pieces.put(index, Piece("", edit.entry, name), Place(edit.gap, edit.lead, edit.tail))
    return TakeMember(edit.key, name, wanted, empty)


def entry_parts(entry: str) -> tuple[str, str]:
    """The name and the text of the value of an entry of an object."""
    piece = cast(Piece, read_object("{" + entry + "}", 0)[0].elements[0])
    return piece.key, piece.value_text


def take_member(draft: Draft, undo: Undo, edit: TakeMember) -> None:
    """Raises Conflict where the field got another value since."""
    assert edit.key is not None
    present = draft.value_text(edit.key, edit.field) if edit.key in draft else None
    if present is None:
        return
    if not same_value(present, edit.expect):
        conflict(f"{edit.field} of {edit.key}", edit.expect, present)
    remove_member(draft, undo, edit.key, edit.field, edit.empty)


def put_item(draft: Draft, undo: Undo, edit: PutItem) -> None:
    """Raises Conflict where the id is taken again or the parent is gone."""
    if edit.key in draft and not edit.shared:
        conflict(f"task {edit.key}", None, draft.text_of(edit.key))
    if edit.parent is not None and (
        edit.parent not in draft or (draft.value_text(edit.parent, "subtasks") or "")[:1] != "["
    ):
        conflict(f"the list of subtasks of {edit.parent}", "there", None)
    siblings = draft.children(edit.parent)
    place = Place(edit.gap, edit.lead, edit.tail)
    insert_item(draft, undo, edit.parent, edit.text, _index_among(siblings, edit), place)


def _index_among(siblings: list[tuple[int, str]], edit: PutItem) -> int:
    before = [key for position, key in siblings if position < edit.index]
    if (before[-1] if before else None) == edit.after:
        return edit.index
    return next((position + 1 for position, key in siblings if key == edit.after), edit.index)


def take_item(draft: Draft, undo: Undo, edit: TakeItem) -> None:
    """Raises Conflict where the task was changed since."""
    if edit.key not in draft:
        return
    present = draft.text_of(edit.key)
    if not same_value(present, edit.expect):
        what, expected, found = _first_difference(edit.key, edit.expect, present)
        conflict(what, expected, found)
    remove_item(draft, undo, edit.key, edit.empty)


def _first_difference(key: str, expected: str, found: str) -> tuple[str, str | None, str | None]:
    old = {piece.key: piece.value_text for piece in read_object(expected, 0)[0].elements}
    new = {piece.key: piece.value_text for piece in read_object(found, 0)[0].elements}
    for name in [*old, *new]:
        one, other = old.get(name), new.get(name)
        if one is None or other is None or not same_value(one, other):
            return f"{name} of {key}", one, other
    return f"task {key}", expected, found
