"""The PRD a tag was last planned from, kept in the project's state, so that an edit of it can be told.

Each note goes with the change of the task file that followed it: while that change is undone, the note
before it counts, so that nothing of the PRD is taken for done that the tasks do not hold.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.atomic_write import write_atomic
from core.paths import make_private_folder, state_folder
from core.tasks.storage.journal import Journal

_MOST = 12
"""Notes of a tag that are kept: how many changes can be undone and still be told from each other."""


@dataclass(frozen=True)
class _Note:
    """`text` was followed by change `edit` of the journal in the folder `journal`; 0 stands for none."""

    text: str
    journal: str = ""
    edit: int = 0


def remember_prd(project: Path, tag: str, text: str, edit: int | None = None) -> None:
    """Note that the tasks of `tag` follow this text. `project` is its root. Raises TaskdeckError, OSError.

    `edit` is the number of the change in the journal that made them follow it, the last one without it.
    """
    path = _path(project, tag)
    journal = _last_journal(project)
    if edit is None and journal is not None:
        edit = max((entry.number for entry in journal.entries() if entry.target is None), default=0)
    note = _Note(text, journal.path.parent.name if journal else "", edit or 0)
    # What is undone cannot be done again once another change came after it.
    notes = [*_in_force(project, _read(path)), note]
    make_private_folder(path.parent)
    data = json.dumps([asdict(one) for one in notes[-_MOST:]])
    write_atomic(path, data.encode("ascii"), mode=0o600)


def remembered_prd(project: Path, tag: str) -> str | None:
    """The text the tasks of `tag` follow; None when nothing is known of it. Blocking."""
    notes = _in_force(project, _read(_path(project, tag)))
    return notes[-1].text if notes else None


def prd_changed(project: Path, tag: str, text: str) -> bool:
    """Whether the PRD says something else than what the tasks of `tag` follow, as far as that is known."""
    before = remembered_prd(project, tag)
    return before is not None and _lines(before) != _lines(text)


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.removeprefix("\ufeff").strip().splitlines()]


def _in_force(project: Path, notes: list[_Note]) -> list[_Note]:
    """The notes whose change is not undone."""
    state = state_folder(project)
    journals = {note.journal for note in notes if note.journal}
    undone = {name: Journal(state / name / "journal.jsonl").undone() for name in journals}
    return [note for note in notes if note.edit not in undone.get(note.journal, ())]


def _last_journal(project: Path) -> Journal | None:
    """The journal of the project's task file; of several the one that was written last."""
    found = [*state_folder(project).glob("tasks-*/journal.jsonl")]
    return Journal(max(found, key=lambda path: path.stat().st_mtime_ns)) if found else None


def _read(path: Path) -> list[_Note]:
    try:
        return [_Note(str(one["text"]), str(one["journal"]), int(one["edit"])) for one in _json(path)]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _json(path: Path) -> list[dict[str, Any]]:
    # No schema library: the first picture of the app asks for this.
    return json.loads(path.read_bytes())


def _path(project: Path, tag: str) -> Path:
    name = hashlib.sha256(tag.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return state_folder(project) / "planned" / f"{name}.json"
