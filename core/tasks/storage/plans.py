"""What a write is going to do, worked out from what stands in the file: an edit, a replacement, an undo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from core.errors import Conflict, DamagedFile, NotFound
from core.tasks.document import TaskDocument, parse
from core.tasks.edits import AppliedEdits, Edit, ReplaceText, apply_edits, describe, new_file_text
from core.tasks.storage.backups import Backups
from core.tasks.storage.journal_entry import JournalEntry, Kind, inverse_to_data
from core.tasks.storage.undo import is_repair, last_done, last_undone, take_back
from core.tasks.storage.writer import Plan, Seen


def plan_edits(
    seen: Seen,
    document: TaskDocument,
    edits: Sequence[Edit],
    tag: str | None,
    title: str | None,
    session: str,
) -> Plan:
    """Apply `edits` to `document`, which is what was `seen`. Raises what `apply_edits` raises."""
    edits = tuple(edits)
    draft = _draft("edit", title or _title(edits), tag, edits, session)
    return _plan(seen, document, apply_edits(document, edits, tag), draft)


def plan_replacement(
    seen: Seen, old: TaskDocument | None, new: TaskDocument, title: str, session: str
) -> Plan:
    """Put `new` in the place of everything; `old` is None when what was `seen` is no readable task file."""
    edit = ReplaceText(new.text)
    draft = _draft("edit", title, None, (edit,), session)
    if old is None:
        return Plan(seen, new, replace(draft, before=seen.digest, after=new.digest), damaged=True)
    return _plan(seen, old, apply_edits(old, [edit]), draft)


def plan_reversal(
    kind: Kind,
    seen: Seen,
    read: Callable[[], TaskDocument],
    entries: Sequence[JournalEntry],
    only: str | None,
    session: str,
    backups: Backups,
) -> Plan:
    """Undo or redo the entry whose turn it is, of the session `only` if given.

    `read` reads what was `seen`. A repair of a damaged file is taken back from `backups` while the file is
    as the repair left it; otherwise the edits before it have their turn. Raises NotFound, Conflict, and
    what `read` raises.
    """
    choose = last_done if kind == "undo" else last_undone
    entry = first = choose(entries, only)
    while entry is not None and is_repair(entry):
        plan = _repair_taken_back(kind, seen, entry, session, backups)
        if plan is not None:
            return plan
        passed = entry.number
        entries = [other for other in entries if other.number != passed]
        entry = choose(entries, only)
    if entry is not None:
        document = read()
        number, title = _subject(entry)
        draft = _draft(kind, f"{kind}: {title}", entry.tag, entry.inverse, session, number)
        return _plan(seen, document, take_back(document, entry), draft)
    if first is not None and first.before != first.after:
        read()  # a file that is damaged says so itself
        raise Conflict(
            f'"{_subject(first)[1]}" cannot be {_past[kind]}: the file was changed since.',
            "`taskdeck resolve` lists every content that is kept.",
        )
    raise NotFound(f"There is nothing to {kind}.", "`taskdeck undo --list` shows the edits there were.")


def _subject(entry: JournalEntry) -> tuple[int | None, str]:
    """Number and title of the edit that an entry is about."""
    if entry.kind == "edit":
        return entry.number, entry.title
    return entry.target, entry.title.partition(": ")[2]


def _repair_taken_back(
    kind: Kind, seen: Seen, entry: JournalEntry, session: str, backups: Backups
) -> Plan | None:
    """The content before a repair, or before its undo, to the byte; None where that cannot be any more."""
    if seen.data is None or seen.digest != entry.after or entry.before == entry.after:
        return None
    backup = backups.content(entry.before)
    if backup is None:
        return None
    data = backup.read()
    number, title = _subject(entry)
    draft = replace(
        _draft(kind, f"{kind}: {title}", None, (), session, number), before=entry.after, after=entry.before
    )
    try:
        return Plan(seen, parse(data), draft, damaged=True)
    except DamagedFile:
        return Plan(seen, parse(seen.data), draft, damaged_data=data)


_past = {"undo": "undone", "redo": "redone"}


def fresh_document() -> TaskDocument:
    """A new task file: tag `master`, no tasks."""
    return parse(new_file_text(_now()).encode())


def _plan(seen: Seen, document: TaskDocument, applied: AppliedEdits, draft: JournalEntry) -> Plan:
    entry = replace(
        draft,
        before=document.digest,
        after=applied.document.digest,
        created=applied.created,
        splices=applied.splices,
        inverse_data=inverse_to_data(applied.inverse),
    )
    return Plan(seen, applied.document, entry)


def _draft(
    kind: Kind,
    title: str,
    tag: str | None,
    edits: tuple[Edit, ...],
    session: str,
    target: int | None = None,
) -> JournalEntry:
    return JournalEntry(0, _now(), session, title, tag, kind, edits, False, "", "", target)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _title(edits: Sequence[Edit]) -> str:
    told = [describe(edit) for edit in edits[:3]]
    more = len(edits) - len(told)
    return "; ".join(told) + (f" and {more} more" if more > 0 else "")
