"""What a write is going to do, worked out from what stands in the file: an edit, a replacement, an undo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from core.errors import NotFound
from core.tasks.document import TaskDocument, parse
from core.tasks.edits import AppliedEdits, Edit, ReplaceText, apply_edits, describe, new_file_text
from core.tasks.storage.journal_entry import JournalEntry, Kind, inverse_to_data
from core.tasks.storage.undo import last_done, last_undone, take_back
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
    document: TaskDocument,
    entries: Sequence[JournalEntry],
    only: str | None,
    session: str,
) -> Plan:
    """Undo or redo the entry whose turn it is, of the session `only` if given. Raises NotFound, Conflict."""
    entry = (last_done if kind == "undo" else last_undone)(entries, only)
    if entry is None:
        raise NotFound(
            f"There is nothing to {kind}.", f"No edit that could be {_past[kind]} is in the journal."
        )
    number, title = entry.number, entry.title
    if entry.kind != "edit":
        number, title = entry.target, entry.title.partition(": ")[2]
    draft = _draft(kind, f"{kind}: {title}", entry.tag, entry.inverse, session, number)
    return _plan(seen, document, take_back(document, entry), draft)


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
