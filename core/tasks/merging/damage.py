"""What is wrong with a task file that does not parse, and what can be done about it."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from json import JSONDecodeError
from pathlib import Path
from typing import Literal

from core.errors import DamagedFile, NotFound, UsageError
from core.tasks.document import TaskDocument, parse
from core.tasks.edits import new_file_text
from core.tasks.json_text import read_value, skip_space
from core.tasks.merging.conflict_markers import Sides, conflict_lines, split_conflict
from core.tasks.merging.field_conflict import FieldConflict
from core.tasks.merging.merge import merge_documents
from core.tasks.merging.salvage import salvage
from core.tasks.storage.backups import Backup

Kind = Literal["merge", "ours", "theirs", "first", "second", "backup", "salvage", "new", "editor"]


@dataclass(frozen=True)
class Choice:
    """One way out. `text` would be the file (see `TaskStore.replace`); None: a person edits it.

    `conflicts` are the fields that a merge had to decide.
    """

    kind: Kind
    label: str
    text: str | None
    conflicts: tuple[FieldConflict, ...] = ()


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong, in a plain sentence, where (from 1), and the choices, the best first."""

    path: Path
    what: str
    line: int
    column: int
    choices: tuple[Choice, ...]


def diagnose(
    path: Path, data: bytes, backups: Sequence[Backup] = (), now: datetime | None = None
) -> Diagnosis | None:
    """Say what is wrong with `data`, the bytes of the task file `path`; None when nothing is.

    `backups` come newest first, as `TaskStore.backups` gives them. Nothing is changed by this.
    """
    try:
        parse(data, path)
    except DamagedFile as error:
        damage = error
    else:
        return None
    text = data.decode("utf-8", "replace")
    what, line, column = damage.what, damage.line, damage.column
    own: tuple[Choice, ...] = ()
    conflicts = conflict_lines(text)
    if conflicts:
        count = "a conflict" if len(conflicts) == 1 else f"{len(conflicts)} conflicts"
        what, line, column = f"git left {count} in the file, unresolved", conflicts[0], 1
        own = _merge_choices(text)
    elif not text.strip("\ufeff \t\r\n\0"):
        own = (new_choice(),)
    else:
        second = _second_document(text)
        if second:
            what, own = _explain_second(text, second)
            line, column = text.count("\n", 0, second) + 1, second - text.rfind("\n", 0, second)
        else:
            own = _salvage_choice(text, data, line)
    restore = _backup_choice(backups, now or datetime.now(UTC))
    # A backup holds more than the rest of a file does; what stands in the file whole is newer than a backup.
    is_less = bool(own) and own[0].kind in ("new", "salvage")
    ordered = (*restore, *own) if is_less else (*own, *restore)
    return Diagnosis(
        path, what, line, column, (*ordered, Choice("editor", "open the file in an editor", None))
    )


def new_choice() -> Choice:
    """The way out that is always there: a file without tasks."""
    return Choice("new", "begin a new file without tasks", new_file_text())


def _salvage_choice(text: str, data: bytes, line: int) -> tuple[Choice, ...]:
    kept = salvage(text)
    document = _document(kept) if kept is not None else None
    # What is no UTF-8 was replaced in `text`: such a content is not whole.
    if kept is None or document is None or not _size_of(document) or not _stands_in(kept, data):
        return ()
    label = f"keep what is whole before line {line} ({_size(document)}), drop the rest"
    return (Choice("salvage", label, kept),)


def _stands_in(kept: str, data: bytes) -> bool:
    return data.startswith(kept.rstrip("]} \t\r\n").encode())


def _merge_choices(text: str) -> tuple[Choice, ...]:
    try:
        sides = split_conflict(text)
        ours, theirs = _document(sides.ours), _document(sides.theirs)
    except UsageError:
        return ()
    choices: list[Choice] = []
    if ours and theirs:
        with contextlib.suppress(UsageError):
            choices.append(_merge_choice(ours, theirs, sides))
    if ours:
        choices.append(Choice("ours", f"take our side whole ({_size(ours)})", ours.text))
    if theirs:
        choices.append(Choice("theirs", f"take their side whole ({_size(theirs)})", theirs.text))
    return tuple(choices)


def _merge_choice(ours: TaskDocument, theirs: TaskDocument, sides: Sides) -> Choice:
    base = _document(sides.base) if sides.base is not None else None
    merged = merge_documents(ours, theirs, base)
    size = _size(parse(merged.text.encode()))
    number = len(merged.conflicts)
    differ = "1 field differs" if number == 1 else f"{number} fields differ"
    decided = f"{differ}, ours is kept" if number else "no field differs"
    return Choice("merge", f"merge both sides by task id ({size}; {decided})", merged.text, merged.conflicts)


def _second_document(text: str) -> int:
    """Where text begins behind a complete JSON value; 0 when there is no such thing."""
    try:
        _, end = read_value(text, skip_space(text, 1 if text.startswith("\ufeff") else 0))
    except (JSONDecodeError, RecursionError):
        return 0
    start = skip_space(text, end)
    return start if start < len(text) else 0


def _explain_second(text: str, start: int) -> tuple[str, tuple[Choice, ...]]:
    first, second = _document(text[:start].rstrip()), _document(text[start:])
    choices: list[Choice] = []
    if second:
        what = "the file holds two task files, one behind the other"
        labels = ("take the first", "take the second")
    else:
        what = "there is more text behind the end of the task file"
        lines = text[start:].strip().count("\n") + 1
        labels = (f"keep the task file, drop the {lines} lines behind it", "")
    if first:
        choices.append(Choice("first", f"{labels[0]} ({_size(first)})", first.text))
    if second:
        choices.append(Choice("second", f"{labels[1]} ({_size(second)})", second.text))
    return what, tuple(choices)


def _backup_choice(backups: Sequence[Backup], now: datetime) -> tuple[Choice, ...]:
    for backup in backups:
        if backup.damaged:
            continue
        try:
            document = parse(backup.read(), backup.path)
        except (DamagedFile, NotFound):
            continue
        label = f"restore the last good backup, {_age(now - backup.time)} old ({_size(document)})"
        return (Choice("backup", label, document.text),)
    return ()


def _document(text: str) -> TaskDocument | None:
    try:
        return parse(text.encode("utf-8", "replace"))
    except DamagedFile:
        return None


def _size_of(document: TaskDocument) -> int:
    return sum(len(tag.tasks) for tag in document.tags.values())


def _size(document: TaskDocument) -> str:
    tasks = _size_of(document)
    tags = f" in {len(document.tags)} tags" if len(document.tags) > 1 else ""
    return f"{tasks} task{'' if tasks == 1 else 's'}{tags}"


def _age(age: timedelta) -> str:
    seconds = max(int(age.total_seconds()), 0)
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            number = seconds // length
            return f"{number} {unit}{'' if number == 1 else 's'}"
    return f"{seconds} s"
