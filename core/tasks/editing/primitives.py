"""The few changes all edits are made of. Each notes how it is undone, to the byte."""

from __future__ import annotations

from typing import Any

from core.tasks.editing.draft import Draft
from core.tasks.editing.json_style import Style, format_value, line_indent, quote, style_of, style_of_file
from core.tasks.editing.pieces import Piece, Pieces, Place, index_of
from core.tasks.editing.values import Edit, PutItem, PutMember, PutValue, TakeItem, TakeMember

FIELD_ORDER = (
    "id",
    "title",
    "description",
    "details",
    "testStrategy",
    "priority",
    "dependencies",
    "status",
    "subtasks",
)
"""Task Master's fields in the order it writes them."""

Undo = list[Edit]
"""How to undo what was done so far, in the order it was done."""


def style_for(draft: Draft, sample: str) -> Style:
    """The style of a task's text, with the escapes of the whole file."""
    default = style_of_file(draft.document.text)
    style = style_of(sample, Style(default.newline, default.unit, default.colon, default.comma))
    return Style(
        style.newline, style.unit, style.colon, style.comma, style.pad, style.flat_lists, draft.ascii_only
    )


def replace_value(draft: Draft, undo: Undo, key: str, field: str, raw: str) -> None:
    """Replace the text of a value by `raw`, unless it is that already. Not for ids: see `replace_id`."""
    old = draft.value_text(key, field)
    if old is not None and old != raw:
        draft.put_value(key, field, raw)
        undo.append(PutValue(key, field, old, raw))


def replace_id(draft: Draft, undo: Undo, key: str, raw: str) -> str:
    """Write another id into a task; returns the key it has then."""
    parent, position = draft.parent_of(key), draft.position(key)
    old = draft.value_text(key, "id")
    if old is None:
        insert_member(draft, undo, key, "id", raw)
        return draft.key_at(parent, position)
    draft.put_value(key, "id", raw)
    new_key = draft.key_at(parent, position)
    undo.append(PutValue(new_key, "id", old, raw))
    return new_key


def set_value(draft: Draft, undo: Undo, key: str, field: str, value: Any) -> None:
    """Write `value` into a field of a task, which is added where it is missing."""
    if draft.value_text(key, field) is None:
        insert_member(draft, undo, key, field, format_in(draft, key, field, value))
    else:
        replace_value(draft, undo, key, field, format_in(draft, key, field, value))


def format_in(draft: Draft, key: str, field: str, value: Any) -> str:
    """The text of a value as an entry of that task would be written."""
    if isinstance(value, str):
        return quote(value, draft.ascii_only)
    sample = draft.text_of(key)
    return format_value(value, style_for(draft, sample), _member_indent(sample))


def _member_indent(sample: str) -> str:
    first = sample.find('"')
    return line_indent(sample, first) if "\n" in sample[: max(first, 0)] else ""


def insert_member(draft: Draft, undo: Undo, key: str, field: str, raw: str) -> None:
    """Add an entry behind the field that precedes it in Task Master's order."""
    style = style_for(draft, draft.text_of(key))
    entry = quote(field, draft.ascii_only) + style.colon + raw

    def change(pieces: Pieces) -> str | None:
        empty = None if pieces.elements else pieces.tail
        pieces.put(_index_for(pieces, field), Piece("", entry, field), Place(comma=style.comma))
        return empty

    parent, position = draft.parent_of(key), draft.position(key)
    empty = draft.change_object(key, change, reshape=field in ("id", "subtasks"))
    new_key = draft.key_at(parent, position) if field == "id" else key
    undo.append(TakeMember(new_key, field, raw, empty))


def _index_for(pieces: Pieces, field: str) -> int:
    if field not in FIELD_ORDER:
        return len(pieces.elements)
    rank = FIELD_ORDER.index(field)
    for earlier in reversed(FIELD_ORDER[:rank]):
        index = index_of(pieces, earlier)
        if index is not None:
            return index + 1
    return 0


def remove_member(draft: Draft, undo: Undo, key: str, field: str, empty: str | None = None) -> None:
    """Remove a field; all of its entries, where an object names it more than once."""
    while draft.value_text(key, field) is not None:

        def change(pieces: Pieces) -> PutMember:
            index = index_of(pieces, field)
            assert index is not None
            entry = pieces.elements[index].text
            after = pieces.elements[index - 1].key if index else None
            place = pieces.take(index, empty)
            others = sum(piece.key == field for piece in pieces.elements)
            return PutMember(key, entry, index, after, place.gap, place.lead, place.tail, others)

        undo.append(draft.change_object(key, change, reshape=field in ("id", "subtasks")))


def insert_item(draft: Draft, undo: Undo, parent: str | None, text: str, index: int, place: Place) -> str:
    """Put a task's text into the list below `parent`; returns the key it has there."""
    piece = draft.new_piece(parent, text)

    def change(pieces: Pieces) -> tuple[int, str | None]:
        empty = None if pieces.elements else pieces.tail
        return pieces.put(index, piece, place), empty  # pyright: ignore[reportArgumentType]

    position, empty = draft.change_list(parent, change)
    key = draft.key_at(parent, position)
    undo.append(TakeItem(key, text, empty))
    return key


def remove_item(draft: Draft, undo: Undo, key: str, empty: str | None = None) -> str:
    """Take a task out of its list; returns its text."""
    parent, index, text = draft.parent_of(key), draft.position(key), draft.text_of(key)
    place = draft.change_list(parent, lambda pieces: pieces.take(index, empty))
    before = [sibling for position, sibling in draft.children(parent) if position < index]
    after = before[-1] if before else None
    undo.append(PutItem(parent, key, text, index, after, key in draft, place.gap, place.lead, place.tail))
    return text
