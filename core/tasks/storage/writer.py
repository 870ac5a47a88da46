"""One change of a task file from lock to journal: read, plan, lock, read again, write, remember."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from pathlib import Path

from core.atomic_write import remove_leftovers, write_atomic, write_failure
from core.errors import Conflict, NotFound, Refused, TaskdeckError
from core.paths import path_hash
from core.tasks.document import TaskDocument, parse
from core.tasks.edits import apply_edits
from core.tasks.storage.backups import Backups
from core.tasks.storage.journal import Journal
from core.tasks.storage.journal_entry import JournalEntry
from core.tasks.storage.lock import FolderLock, hold_lock
from core.tasks.storage.seen import Seen, current_signature, look
from core.tasks.storage.turn import take_turn

_ATTEMPTS = 20
_PATIENCE = 2.0
"""Seconds of waiting after which somebody who looks on is told why nothing happens."""


@dataclass(frozen=True)
class Plan:
    """What shall stand in the file in the place of what was `seen`, and the entry that tells of it."""

    seen: Seen
    document: TaskDocument
    entry: JournalEntry
    damaged: bool = False
    """What was seen is no readable task file; a person asked to replace it."""
    damaged_data: bytes | None = None
    """Undoing a repair: these bytes, which are no readable task file, shall stand there again."""

    @property
    def data(self) -> bytes:
        return self.document.data if self.damaged_data is None else self.damaged_data

    @property
    def unchanged(self) -> bool:
        return self.entry.after == self.seen.digest


class Writer:
    """Writes one task file. `state` keeps its queue, journal and backups; `on_wait` hears of a long wait."""

    def __init__(self, path: Path, state: Path, on_wait: Callable[[], None] | None = None) -> None:
        self.path = path
        self._on_wait = on_wait
        folder = state / f"tasks-{path_hash(path.resolve())}"
        self._turn_file = folder / "turn"
        self.journal = Journal(folder / "journal.jsonl")
        self.backups = Backups(folder / "backups")

    def write(self, make: Callable[[Seen], Plan], wait: float) -> Plan:
        """Write what `make` plans from the freshest content; it may be called more than once.

        An undo or redo whose effect is there already is remembered too, so that the next goes on from it.
        Returns the plan that was carried out, its entry numbered. Raises LockHeld after `wait` seconds,
        TaskdeckError when the disk refuses, and whatever `make` raises; the file is then as it was.
        """
        deadline = time.monotonic() + wait
        with contextlib.ExitStack() as held:
            with self._waiting():
                turn = held.enter_context(take_turn(self._turn_file, self.path, deadline))
            self._settle()
            # The expensive part happens before the lock that others wait for.
            plan = self._prepare(make, look(self.path))
            if plan.unchanged:
                return self._remember(plan)
            with self._waiting():
                lock = held.enter_context(hold_lock(self.path, turn, deadline))
            return self._write_locked(make, plan, lock)

    @contextlib.contextmanager
    def _waiting(self) -> Generator[None]:
        if self._on_wait is None:
            yield
            return
        timer = threading.Timer(_PATIENCE, self._on_wait)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def settle(self, wait: float = 1.0) -> None:
        """Find out what became of a change whose writer was killed. Raises LockHeld while one is writing."""
        if self.journal.dangling():
            with take_turn(self._turn_file, self.path, time.monotonic() + wait):
                self._settle()

    def keep_backup(self, data: bytes, wait: float = 1.0) -> None:
        """Keep a content that was seen in the file. Raises LockHeld, TaskdeckError."""
        with take_turn(self._turn_file, self.path, time.monotonic() + wait):
            self._keep(data, damaged=False)

    def _prepare(self, make: Callable[[Seen], Plan], seen: Seen) -> Plan:
        plan = make(seen)
        if not plan.unchanged:
            if seen.data is None:
                self._make_folder()
            else:
                self._keep(seen.data, damaged=plan.damaged)
        return plan

    def _write_locked(self, make: Callable[[Seen], Plan], plan: Plan, lock: FolderLock) -> Plan:
        remove_leftovers(self.path)
        for _ in range(_ATTEMPTS):
            seen = look(self.path)
            if seen.digest != plan.seen.digest:
                plan = self._prepare(make, seen)
                if plan.unchanged:
                    return self._remember(plan)
            try:
                return self._carry_out(replace(plan, seen=seen), lock)
            except _Outdated:
                continue
        raise Conflict(
            f"{self.path} is being written by a program that ignores its lock.",
            "Nothing was changed; try again when that program is done.",
        )

    def _remember(self, plan: Plan) -> Plan:
        if plan.entry.kind == "edit":
            return plan
        entry = self.journal.begin(plan.entry)
        with contextlib.suppress(OSError):
            self.journal.commit(entry.number)
        return replace(plan, entry=entry)

    def _carry_out(self, plan: Plan, lock: FolderLock) -> Plan:
        entry = self.journal.begin(plan.entry)

        def confirm() -> None:
            # parse-prd of Task Master takes no lock; look once more, as late as can be.
            lock.check()
            if current_signature(self.path) != plan.seen.signature:
                raise _Outdated

        try:
            write_atomic(self.path, plan.data, confirm=confirm)
        except BaseException:
            self._answer(entry)
            raise
        # Without the answer the next writer finds the new content and answers itself.
        with contextlib.suppress(OSError):
            self.journal.commit(entry.number)
        return replace(plan, entry=entry)

    def _answer(self, entry: JournalEntry) -> None:
        with contextlib.suppress(OSError, TaskdeckError):
            if look(self.path).digest == entry.after:
                self.journal.commit(entry.number)
            else:
                self.journal.drop(entry.number)

    def _settle(self) -> None:
        entry = self.journal.dangling()
        if entry is None:
            return
        seen = look(self.path)
        try:
            if seen.digest == entry.after:
                self.journal.commit(entry.number, "interrupted, but found in the file")
            elif seen.digest in ("", entry.before):
                self.journal.drop(entry.number, "interrupted before it reached the file")
            elif _is_in(seen, entry):
                self.journal.commit(entry.number, "interrupted; its values are in the file, changed since")
            else:
                self.journal.drop(entry.number, "interrupted; its values are not in the file, changed since")
        except OSError as error:
            raise write_failure(self.journal.path, error) from error

    def _keep(self, data: bytes, *, damaged: bool) -> None:
        try:
            self.backups.keep(data, damaged=damaged)
        except OSError as error:
            raise write_failure(self.backups.folder, error) from error

    def _make_folder(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise write_failure(self.path, error) from error


class _Outdated(Exception):  # noqa: N818 - a signal between two functions, not an error
    """The file changed between the last look and the rename."""


def _is_in(seen: Seen, entry: JournalEntry) -> bool:
    """Whether the values of an entry stand in the file: only then can it be taken back there."""
    if seen.data is None or not entry.inverse_data:
        return False
    try:
        apply_edits(parse(seen.data), entry.inverse, entry.tag)
    except (NotFound, Refused):
        return False
    return True
