"""Edits of the file as a whole: its tags, and all of its text."""

from __future__ import annotations

import re

from core.errors import Conflict, NotFound, Refused, UsageError
from core.tasks.document import DEFAULT_TAG, LEAKED_KEYS, TaskDocument, parse
from core.tasks.editing.finish import trimmed
from core.tasks.editing.json_style import (
    Style,
    escapes_non_ascii,
    format_value,
    member_text,
    quote,
    reindent,
    style_of_file,
)
from core.tasks.editing.pieces import Piece, Pieces, Place, change_inside, index_of
from core.tasks.editing.primitives import Undo
from core.tasks.editing.undoing import conflict, entry_parts, put_entry, same_value
from core.tasks.editing.values import (
    AddTag,
    CopyTag,
    Edit,
    PutMember,
    PutTagName,
    PutText,
    RemoveTag,
    RenameTag,
    ReplaceText,
    TakeMember,
)
from core.tasks.json_text import Member

_name = re.compile(r"[A-Za-z0-9_-]+")


def is_of_file(edit: Edit) -> bool:
    """Whether the edit concerns the file as a whole, not the tasks of one tag."""
    if isinstance(edit, (PutMember, TakeMember)):
        return edit.key is None
    return isinstance(edit, (AddTag, RemoveTag, RenameTag, CopyTag, ReplaceText, PutTagName, PutText))


def apply_to_file(document: TaskDocument, edit: Edit, undo: Undo) -> TaskDocument:
    """Raises NotFound, UsageError, Refused, Conflict; DamagedFile when a new text is no task file."""
    if isinstance(edit, ReplaceText):
        return _replaced(document, edit.new_text, undo)
    if isinstance(edit, PutText):
        return _put_text(document, edit, undo)
    if isinstance(edit, (AddTag, CopyTag)):
        return _add_tag(document, edit, undo)
    if isinstance(edit, RemoveTag):
        return _remove_tag(document, edit, undo)
    if isinstance(edit, RenameTag):
        return _rename_tag(document, edit, undo)
    if isinstance(edit, PutTagName):
        return _put_tag_name(document, edit.name, edit.raw, undo)
    if isinstance(edit, PutMember):
        return _put_member(document, edit, undo)
    assert isinstance(edit, TakeMember)
    return _take_member(document, edit, undo)


def _parsed(text: str) -> TaskDocument:
    return parse(text.encode("utf-8"))


# All of the text


def _replaced(document: TaskDocument, new_text: str, undo: Undo) -> TaskDocument:
    splice = trimmed(0, document.text, new_text)
    if splice is None:
        return document
    replaced = _parsed(new_text)
    undo.append(PutText(splice.start, splice.new, splice.old, replaced.digest))
    return replaced


def _put_text(document: TaskDocument, edit: PutText, undo: Undo) -> TaskDocument:
    if document.digest != edit.digest:
        raise Conflict(
            f"Not undone: the whole file was replaced, and changed since (sha256 {edit.digest[:12]} was "
            f"expected, it has {document.digest[:12]}).",
            "`taskdeck undo` the later changes first, or restore a backup.",
        )
    end = edit.start + len(edit.old)
    return _replaced(document, document.text[: edit.start] + edit.new + document.text[end:], undo)


# Tags


def _add_tag(document: TaskDocument, edit: AddTag | CopyTag, undo: Undo) -> TaskDocument:
    name = edit.new_name if isinstance(edit, CopyTag) else edit.name
    source = edit.name if isinstance(edit, CopyTag) else edit.copy_from
    _check_new_name(document, name)
    if source is not None:
        document.tag(source)
    if document.dialect == "flat":
        document = _replaced(document, tagged_text(document), undo)
    entry = _tag_entry(document, name, source, edit.description)

    def change(pieces: Pieces) -> str | None:
        empty = None if pieces.elements else pieces.tail
        style = _style(document)
        lead = style.newline + style.unit if style.newline else ""
        alone = Place(None, lead, style.newline, style.comma)
        pieces.put(len(pieces.elements), Piece("", entry, name), alone)
        return empty

    text, empty = change_inside(document.text, _start(document), change)
    undo.append(TakeMember(None, name, entry_parts(entry)[1], empty))
    return _parsed(text)


def _check_new_name(document: TaskDocument, name: str) -> None:
    if not _name.fullmatch(name) or name in LEAKED_KEYS or name in ("tasks", "metadata", "meta"):
        raise UsageError(f'"{name}" cannot be the name of a tag.', "Use letters, digits, - and _.")
    if any(member.key == name for member in document.members) or name in document.tags:
        raise Refused(f'The file has "{name}" already.', "Choose another name.")


def _start(document: TaskDocument) -> int:
    return document.text.index("{")


def _style(document: TaskDocument) -> Style:
    style = style_of_file(document.text)
    return Style(
        style.newline, style.unit, style.colon, style.comma, ascii_only=escapes_non_ascii(document.text)
    )


def _tag_entry(document: TaskDocument, name: str, source: str | None, description: str | None) -> str:
    """The text of the entry of a new tag; tasks of `source` are copied as they are written."""
    style = _style(document)
    metadata = {"description": description} if description else {}
    value = format_value({"tasks": [], "metadata": metadata}, style, style.unit)
    if source is not None:
        tasks = document.text[slice(*document.tag(source).list_span)]
        value = value.replace("[]", tasks, 1)
    return quote(name, style.ascii_only) + style.colon + value


def tagged_text(document: TaskDocument) -> str:
    """A flat file's text with its entries below the tag `master`; other tags stay beside it."""
    text, style = document.text, _style(document)
    inner = [member for member in document.members if _belongs_to_master(document, member)]
    outer = [member for member in document.members if member not in inner]
    lead = style.newline + style.unit if style.newline else ""
    deeper = style.newline + style.unit * 2 if style.newline else ""
    entries = [reindent(text[slice(*member.entry)], "", style.unit) for member in inner]
    separator = "," + deeper if style.newline else style.comma
    master = "{" + deeper + separator.join(entries) + lead + "}"
    top = [quote(DEFAULT_TAG) + style.colon + master, *(text[slice(*member.entry)] for member in outer)]
    separator = "," + lead if style.newline else style.comma
    start = _start(document)
    end = text.rindex("}") + 1
    return text[:start] + "{" + lead + separator.join(top) + style.newline + "}" + text[end:]


def _belongs_to_master(document: TaskDocument, member: Member) -> bool:
    return member.key == "tasks" or (member.key not in document.tags and member.key not in LEAKED_KEYS)


def _remove_tag(document: TaskDocument, edit: RemoveTag, undo: Undo) -> TaskDocument:
    document.tag(edit.name)
    _check_not_master(edit.name, "removed")

    def change(pieces: Pieces) -> PutMember:
        index = index_of(pieces, edit.name)
        assert index is not None
        entry = pieces.elements[index].text
        after = pieces.elements[index - 1].key if index else None
        place = pieces.take(index)
        others = sum(piece.key == edit.name for piece in pieces.elements)
        return PutMember(None, entry, index, after, place.gap, place.lead, place.tail, others)

    while any(member.key == edit.name for member in document.members):
        text, undone = change_inside(document.text, _start(document), change)
        undo.append(undone)
        document = _parsed(text)
    return document


def _check_not_master(name: str, what: str) -> None:
    if name == DEFAULT_TAG:
        raise Refused(f'The tag "{DEFAULT_TAG}" cannot be {what}: Task Master needs it.', "Copy it instead.")


def _rename_tag(document: TaskDocument, edit: RenameTag, undo: Undo) -> TaskDocument:
    document.tag(edit.name)
    if edit.name == edit.new_name:
        return document
    _check_not_master(edit.name, "renamed")
    _check_new_name(document, edit.new_name)
    return _put_tag_name(document, edit.name, quote(edit.new_name), undo)


def _put_tag_name(document: TaskDocument, name: str, raw: str, undo: Undo) -> TaskDocument:
    member = next((member for member in reversed(document.members) if member.key == name), None)
    if member is None:
        raise NotFound(f'There is no tag "{name}".', "`taskdeck tags` lists them.")
    text = document.text
    start = member.entry.start
    old = _key_text(text, start)
    renamed = _parsed(text[:start] + raw + text[start + len(old) :])
    new_name = entry_parts(raw + ":0")[0]
    undo.append(PutTagName(new_name, old))
    return renamed


def _key_text(text: str, start: int) -> str:
    found = re.compile(r'"(?:[^"\\]|\\.)*"').match(text, start)
    assert found is not None
    return found[0]


# Undoing tags


def _put_member(document: TaskDocument, edit: PutMember, undo: Undo) -> TaskDocument:
    name, wanted = entry_parts(edit.entry)
    present = member_text(document.text, _start(document), name)

    def change(pieces: Pieces) -> TakeMember | None:
        return put_entry(pieces, edit, name, wanted, present)

    text, undone = change_inside(document.text, _start(document), change)
    if undone is not None:
        undo.append(undone)
    return _parsed(text)


def _take_member(document: TaskDocument, edit: TakeMember, undo: Undo) -> TaskDocument:
    present = member_text(document.text, _start(document), edit.field)
    if present is None:
        return document
    if not same_value(present, edit.expect):
        conflict(f'tag "{edit.field}"', edit.expect, present)

    def change(pieces: Pieces) -> PutMember:
        index = index_of(pieces, edit.field)
        assert index is not None
        entry = pieces.elements[index].text
        after = pieces.elements[index - 1].key if index else None
        place = pieces.take(index, edit.empty)
        return PutMember(None, entry, index, after, place.gap, place.lead, place.tail)

    text, undone = change_inside(document.text, _start(document), change)
    undo.append(undone)
    return _parsed(text)
