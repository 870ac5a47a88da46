"""Taskdeck's own queue for a task file: one process at a time, and a note of which lock it took.

A lock of the operating system on a file in our state folder: it is fair, costs no polling and is
released when its holder is killed. The note inside lets the next one recognise, and remove at once, a
lock beside the task file whose holder died.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import threading
import time
from collections.abc import Generator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.atomic_write import write_failure
from core.errors import LockHeld
from core.paths import make_private_folder

_NOTE_SIZE = 512  # of a fixed size, so that one write replaces it whole


@dataclass(frozen=True)
class Note:
    """What a holder said about itself: its process, and the lock beside the task file that it made.

    Times are nanoseconds since 1970. `trying_since` is set before the lock is made; `identity` (device,
    inode and the modification times it may have) once it is known.
    """

    pid: int
    since: int
    trying_since: int = 0
    identity: tuple[int, ...] = ()


class Turn:
    """The right to work on the task file, held. Made by `take_turn`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._since = time.time_ns()
        self.left_behind = _read_note(descriptor)
        """The note of the holder before, if it died before it could remove its lock."""

    def note(self, *, trying_since: int = 0, identity: tuple[int, ...] = ()) -> None:
        """Write down, for who comes after us, what we are about to do or have done."""
        self._write(json.dumps(asdict(Note(os.getpid(), self._since, trying_since, identity))))

    def clear(self) -> None:
        """Say that nothing is left behind."""
        self._write("")

    def _write(self, text: str) -> None:
        # A note that cannot be written costs the next one ten seconds at worst, the edit is not lost.
        with contextlib.suppress(OSError):
            os.pwrite(self._descriptor, text.encode().ljust(_NOTE_SIZE), 0)


@contextlib.contextmanager
def take_turn(file: Path, subject: Path, deadline: float) -> Generator[Turn]:
    """Wait for our turn at `file` (made when missing) until `deadline` of the monotonic clock.

    `subject` is the task file, named in errors. Raises LockHeld when another process keeps it so long.
    """
    try:
        make_private_folder(file.parent)
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise write_failure(file, error) from error
    if not _lock_until(descriptor, deadline):
        raise _held(file, subject)
    try:
        yield Turn(descriptor)
    finally:
        # Unlocking by name, not only by closing: a forked child may hold a copy of the descriptor.
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


def _lock_until(descriptor: int, deadline: float) -> bool:
    """Lock `descriptor`, or close it and return False when the deadline passes first."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return _Waiter(descriptor).wait(deadline - time.monotonic())
    except OSError:
        # Some network file systems have no such locks. The lock beside the task file still protects it.
        return True


class _Waiter:
    """Waits in the kernel's queue from a thread, since that call knows no time limit."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._guard = threading.Lock()
        self._done = threading.Event()
        self._abandoned = False

    def wait(self, seconds: float) -> bool:
        threading.Thread(target=self._run, name="task file queue", daemon=True).start()
        try:
            self._done.wait(max(seconds, 0))
        finally:
            with self._guard:
                self._abandoned = not self._done.is_set()
        return not self._abandoned

    def _run(self) -> None:
        with contextlib.suppress(OSError):
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        with self._guard:
            if self._abandoned:
                os.close(self._descriptor)
            else:
                self._done.set()


def _read_note(descriptor: int) -> Note | None:
    try:
        text = os.pread(descriptor, _NOTE_SIZE, 0).decode().strip()
        if not text:
            return None
        values: dict[str, Any] = json.loads(text)
        identity = tuple(int(number) for number in values["identity"])
        return Note(int(values["pid"]), int(values["since"]), int(values["trying_since"]), identity)
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _held(file: Path, subject: Path) -> LockHeld:
    note = None
    with contextlib.suppress(OSError):
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        note = _read_note(descriptor)
        os.close(descriptor)
    who = "another Taskdeck"
    if note:
        who += f" (process {note.pid}, for {(time.time_ns() - note.since) / 1e9:.0f} s)"
    return LockHeld(f"{subject} is being written by {who}.", "Wait until it is done, or end that process.")
