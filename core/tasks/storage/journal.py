"""The journal of one task file: JSON Lines, written ahead, so that nothing that was done is forgotten.

An `intent` is on disk before the task file changes, a `commit` or `drop` follows. Only who has the turn
at the file writes here, so at most the last record can be an intent without an answer.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.atomic_write import flush, flush_folder, write_atomic, write_failure
from core.paths import make_private_folder
from core.tasks.storage.journal_entry import (
    JournalEntry,
    entry_from_record,
    from_line,
    intent_record,
    to_line,
)

MAX_BYTES = 4 * 1024 * 1024
_ALWAYS_KEPT = 3
_CHUNK = 64 * 1024


class Journal:
    """Reads at any time; `begin`, `commit` and `drop` only with the turn at the task file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def entries(self) -> list[JournalEntry]:
        """Every change that was done, or dropped with a note, the oldest first, `undone` filled in."""
        return _answered(self._records())

    def undone(self) -> set[int]:
        """The numbers of the changes that are undone now: as `entries`, but reads only undo and redo."""
        # Every other change names no target, and may be long.
        return _undone(_done(self._records(b'"target":null')))

    def dangling(self) -> JournalEntry | None:
        """The change whose writer ended before it could say whether it was done."""
        last = self._last_record()
        return _read_entry(last) if last and last.get("record") == "intent" else None

    def begin(self, entry: JournalEntry) -> JournalEntry:
        """Write down what is about to be done; returns the entry with its number. Raises TaskdeckError."""
        last = self._last_record()
        entry = replace(entry, number=last["number"] + 1 if last else 1)
        try:
            self._make_room()
            self._append(to_line(intent_record(entry)), durable=True)
        except OSError as error:
            raise write_failure(self.path, error) from error
        return entry

    def commit(self, number: int, note: str = "") -> None:
        """The change is in the task file. Raises OSError; then the next writer finds it out."""
        self._append(to_line({"record": "commit", "number": number, "note": note}))

    def drop(self, number: int, note: str = "") -> None:
        """The change did not reach the task file. Raises OSError; then the next writer finds it out."""
        self._append(to_line({"record": "drop", "number": number, "note": note}))

    def _append(self, line: bytes, *, durable: bool = False) -> None:
        fresh = not self.path.exists()
        if fresh:
            make_private_folder(self.path.parent)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            self._cut_torn_line(descriptor)
            if os.write(descriptor, line) < len(line):
                raise OSError(28, "No space left on device")
            if durable:
                flush(descriptor)
        finally:
            os.close(descriptor)
        if fresh and durable:
            flush_folder(self.path.parent)

    def _cut_torn_line(self, descriptor: int) -> None:
        end = size = os.fstat(descriptor).st_size
        while end > 0:
            start = max(end - _CHUNK, 0)
            at = os.pread(descriptor, end - start, start).rfind(b"\n")
            end = start + at + 1 if at >= 0 else start
            if at >= 0:
                break
        if end < size:
            os.ftruncate(descriptor, end)

    def _records(self, without: bytes | None = None) -> Iterator[dict[str, Any]]:
        """The records of whole lines; those that hold `without` are passed over unread."""
        try:
            lines = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return
        for line in lines[:-1]:
            if (without is None or without not in line) and (record := from_line(line)):
                yield record

    def _last_record(self) -> dict[str, Any] | None:
        """The last record that is whole, read from the end so that a long journal costs nothing."""
        try:
            with self.path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                length = _CHUNK
                while True:
                    start = max(size - length, 0)
                    file.seek(start)
                    # Without the part behind the last line end, nor a first line that may begin earlier.
                    lines = file.read(size - start).split(b"\n")[0 if start == 0 else 1 : -1]
                    for line in reversed(lines):
                        if record := from_line(line):
                            return record
                    if start == 0:
                        return None
                    length *= 4
        except FileNotFoundError:
            return None

    def _make_room(self) -> None:
        """When the journal is long, keep its newest half; a crash leaves the long one or the short one."""
        if not self.path.exists() or self.path.stat().st_size <= MAX_BYTES:
            return
        groups: dict[int, list[bytes]] = {}
        for record in self._records():
            groups.setdefault(record["number"], []).append(to_line(record))
        kept: list[bytes] = []
        total = 0
        for position, lines in enumerate(reversed(groups.values())):
            group = b"".join(lines)
            total += len(group)
            if total > MAX_BYTES // 2 and position >= _ALWAYS_KEPT:
                break
            kept.append(group)
        write_atomic(self.path, b"".join(reversed(kept)), mode=0o600)


def _read_entry(record: dict[str, Any]) -> JournalEntry | None:
    try:
        return entry_from_record(record)
    except (KeyError, TypeError, ValueError):
        return None


def _answered(records: Iterable[dict[str, Any]]) -> list[JournalEntry]:
    entries = _done(records)
    undone = _undone(entries)
    return [replace(entry, undone=True) if entry.number in undone else entry for entry in entries]


def _done(records: Iterable[dict[str, Any]]) -> list[JournalEntry]:
    intents: dict[int, JournalEntry] = {}
    entries: list[JournalEntry] = []
    for record in records:
        number = record["number"]
        if record.get("record") == "intent":
            if entry := _read_entry(record):
                intents[number] = entry
        elif number in intents:
            dropped = record.get("record") == "drop"
            note = str(record.get("note", ""))
            # Without a note its writer told the person at once that it failed.
            if note or not dropped:
                entries.append(replace(intents.pop(number), dropped=dropped, note=note))
    return entries


def _undone(entries: list[JournalEntry]) -> set[int]:
    undone: set[int] = set()
    for entry in entries:
        if entry.dropped or entry.target is None:
            continue
        if entry.kind == "undo":
            undone.add(entry.target)
        elif entry.kind == "redo":
            undone.discard(entry.target)
    return undone
