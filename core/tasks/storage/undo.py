"""Which change the next undo or redo is about, and how a change is taken back."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import Conflict, NotFound, Refused
from core.tasks.document import TaskDocument, parse
from core.tasks.edits import AppliedEdits, apply_edits
from core.tasks.json_text import Splice, apply_splices
from core.tasks.storage.journal_entry import JournalEntry


def last_done(entries: Sequence[JournalEntry], session: str | None) -> JournalEntry | None:
    """The entry (edit or redo) that the next undo takes back: the latest in force, of `session` if given.

    A redo counts as done when it was redone, under the session of the edit itself.
    """
    edits = {entry.number: entry for entry in entries if entry.kind == "edit" and not entry.dropped}
    in_force: dict[int, JournalEntry] = {}
    for entry in _effective(entries):
        subject = entry.number if entry.kind == "edit" else entry.target or 0
        in_force.pop(subject, None)
        if entry.kind != "undo" and (session is None or _session_of(subject, edits, entry) == session):
            in_force[subject] = entry
    return next(reversed(in_force.values()), None)


def last_undone(entries: Sequence[JournalEntry], session: str | None) -> JournalEntry | None:
    """The undo that the next redo takes back; a new edit (of `session` if given) forgets them all."""
    undone: dict[int, JournalEntry] = {}
    for entry in _effective(entries):
        if session is not None and entry.session != session:
            continue
        if entry.kind == "edit":
            undone.clear()
        elif entry.kind == "undo":
            undone[entry.target or 0] = entry
        else:
            undone.pop(entry.target or 0, None)
    return next(reversed(undone.values()), None)


def is_repair(entry: JournalEntry) -> bool:
    """Whether it replaced, or put back, a content that was no readable task file: it holds no inverse."""
    return not entry.inverse_data and not entry.splices


def take_back(document: TaskDocument, entry: JournalEntry) -> AppliedEdits:
    """Undo `entry` on `document`: to the byte where nothing changed since, else by its inverse edits.

    Raises Conflict, which shows both values, when what it changed was changed again.
    """
    exact = _exact(document, entry)
    try:
        applied = apply_edits(document, entry.inverse, entry.tag)
    except (NotFound, Refused) as error:
        if exact:
            return exact
        if isinstance(error, Conflict):
            raise
        raise Conflict(
            f'"{entry.title}" cannot be undone: {error.message}',
            "It was changed again since; edit it by hand.",
        ) from error
    if exact and applied.document.text != exact.document.text:
        return exact
    return applied


def _exact(document: TaskDocument, entry: JournalEntry) -> AppliedEdits | None:
    if document.digest != entry.after or not entry.splices:
        return None
    splices = reversed_splices(entry.splices)
    text = apply_splices(document.text, list(splices))
    return AppliedEdits(parse(text.encode()), splices, entry.edits, ())


def reversed_splices(splices: Sequence[Splice]) -> tuple[Splice, ...]:
    """The splices that lead back, against the text that `splices` made."""
    shift = 0
    back: list[Splice] = []
    for splice in splices:
        back.append(Splice(splice.start + shift, splice.new, splice.old))
        shift += len(splice.new) - len(splice.old)
    return tuple(back)


def _effective(entries: Sequence[JournalEntry]) -> list[JournalEntry]:
    return [entry for entry in entries if not entry.dropped]


def _session_of(number: int, edits: dict[int, JournalEntry], fallback: JournalEntry) -> str:
    return edits[number].session if number in edits else fallback.session
