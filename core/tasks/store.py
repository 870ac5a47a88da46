"""The task file on disk: read it, change it so that nothing is lost, undo and redo.

Everything here blocks; an application with a screen calls it from a thread. A store may be used from
several threads at once, and any number of processes may have one on the same file.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import Conflict, DamagedFile, NotFound, TaskdeckError
from core.tasks.document import TaskDocument, parse
from core.tasks.storage.seen import Seen, look

if TYPE_CHECKING:
    # Commands that only read import this module too; what writes costs them 40 ms and stays out.
    from core.tasks.editing.values import Edit
    from core.tasks.storage.backups import Backup
    from core.tasks.storage.journal_entry import JournalEntry, Kind
    from core.tasks.storage.writer import Plan, Writer

_WAIT = 30.0


@dataclass(frozen=True)
class Change:
    """What a write did. `created`: keys of new tasks.

    `entry.number` is 0 when an edit had nothing to change; an undo or redo is journalled even then, its
    `before` the same as its `after`. The undo of a repair makes the file unreadable again; `document` is
    the repaired one then.
    """

    document: TaskDocument
    entry: JournalEntry
    created: tuple[str, ...]


class TaskStore:
    """One task file with its journal and backups in `state` (see `core.paths.state_folder`).

    `session` names this run of the application in the journal, so that it can undo its own edits only.
    `on_wait` is called, from another thread, when a write has waited for a lock for two seconds. `may_write`
    is called before each write; what it raises keeps the file as it is.
    """

    def __init__(
        self,
        path: Path,
        state: Path,
        session: str = "",
        *,
        on_wait: Callable[[], None] | None = None,
        may_write: Callable[[], None] | None = None,
    ) -> None:
        self.path = path.absolute()
        self.session = session
        self.last_good: TaskDocument | None = None
        self.has_written = False
        self._on_wait = on_wait
        self._may_write = may_write
        self._state = state
        self._parsed: tuple[str, TaskDocument] | None = None

    def load(self) -> TaskDocument:
        """Read the file. Raises NotFound when there is none, DamagedFile when it does not parse."""
        document = self._document(look(self.path))
        self.last_good = document
        return document

    def apply(
        self,
        edits: Sequence[Edit],
        *,
        tag: str | None = None,
        title: str | None = None,
        create: bool = False,
        wait: float = _WAIT,
    ) -> Change:
        """Apply edits to the freshest content and journal them as one change.

        `create` makes a missing file, tagged `master`. Raises what `apply_edits` raises, NotFound (no
        file), DamagedFile (it does not parse), LockHeld after `wait` seconds, TaskdeckError (disk);
        the file is untouched then.
        """
        from core.tasks.storage.plans import plan_edits

        def make(seen: Seen) -> Plan:
            document = self._document(seen, create=create)
            return plan_edits(seen, document, edits, tag, title, self.session)

        return self._write(make, wait)

    def undo(self, *, session: str | None = None) -> Change:
        """Take back the last change that is in force (of `session`, if given), as an edit of its own.

        Raises NotFound when there is none, Conflict when what it changed was changed again since.
        """
        return self._reverse("undo", session)

    def redo(self, *, session: str | None = None) -> Change:
        """Take back the last undo. Raises NotFound when there is none or an edit came after it, Conflict."""
        return self._reverse("redo", session)

    def history(self, limit: int = 50) -> list[JournalEntry]:
        """The last changes, the newest first; those that were interrupted carry a note."""
        # One that is being written at this moment counts as soon as it is done.
        with contextlib.suppress(TaskdeckError):
            self._writer.settle()
        return self._writer.journal.entries()[::-1][:limit]

    def backups(self) -> list[Backup]:
        """The kept contents of the file, the newest first."""
        return self._writer.backups.list()

    @property
    def backups_folder(self) -> Path:
        """Where they are kept; it may not exist yet."""
        return self._writer.backups.folder

    def keep_backup(self, document: TaskDocument) -> None:
        """Keep a content that another program wrote, so that it can be restored too. Raises TaskdeckError."""
        self._writer.keep_backup(document.data)

    def restore(self, backup: Backup) -> Change:
        """Put a backup in the place of the file, damaged or not, as an edit that can be undone."""
        text = backup.read().decode("utf-8", "replace")
        return self.replace(text, title=f"restore the backup of {backup.time:%Y-%m-%d %H:%M:%S} UTC")

    def replace(self, text: str, *, title: str, expected: bytes | None = None, wait: float = _WAIT) -> Change:
        """Put `text` in the place of the whole file, also of a damaged or missing one: somebody asked for it.

        `expected` is the content that was looked at; raises Conflict when the file holds another by now,
        DamagedFile when `text` itself is no task file.
        """
        from core.tasks.storage.plans import plan_replacement

        document = parse(text.encode(), "the new text")

        def make(seen: Seen) -> Plan:
            if expected is not None and seen.data != expected:
                raise Conflict(f"{self.path} changed since it was looked at.", "Look again, then decide.")
            try:
                old = self._document(seen, create=True)
            except DamagedFile:
                old = None
            return plan_replacement(seen, old, document, title, self.session)

        return self._write(make, wait)

    @cached_property
    def _writer(self) -> Writer:
        from core.tasks.storage.writer import Writer

        return Writer(self.path, self._state, self._on_wait)

    def _reverse(self, kind: Kind, only: str | None) -> Change:
        from core.tasks.storage.plans import plan_reversal

        def make(seen: Seen) -> Plan:
            entries = self._writer.journal.entries()
            return plan_reversal(
                kind, seen, lambda: self._document(seen), entries, only, self.session, self._writer.backups
            )

        return self._write(make, _WAIT)

    def _write(self, make: Callable[[Seen], Plan], wait: float) -> Change:
        if self._may_write is not None:
            self._may_write()
        plan = self._writer.write(make, wait)
        self.has_written = self.has_written or not plan.unchanged
        self._parsed = (plan.document.digest, plan.document)
        self.last_good = plan.document
        return Change(plan.document, plan.entry, plan.entry.created)

    def _document(self, seen: Seen, *, create: bool = False) -> TaskDocument:
        if seen.data is None:
            if create:
                return _fresh()
            raise NotFound(f"There is no task file {self.path}.", "`taskdeck init` makes one.")
        known = self._parsed
        if known is None or known[0] != seen.digest:
            known = self._parsed = (seen.digest, parse(seen.data, self.path))
        if create and not known[1].members:
            return _fresh()  # Task Master makes a file of `{}` before it has tasks to put there
        return known[1]


def _fresh() -> TaskDocument:
    from core.tasks.storage.plans import fresh_document

    return fresh_document()
