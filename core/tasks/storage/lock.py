"""Task Master's lock `tasks.json.lock`: taken as a folder, respected as folder and as file.

Its newer core makes a folder of that name, its older one a file with process and time; both call a
lock stale that was not touched for ten seconds.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import random
import threading
import time
from collections.abc import Generator
from pathlib import Path
from stat import S_ISDIR
from typing import Any

from core.atomic_write import temporary_name, write_failure
from core.errors import LockHeld
from core.tasks.storage.turn import Note, Turn

STALE_SECONDS = 10.0
_REFRESH_SECONDS = 3.0
_UNSURE_SECONDS = 1.0
"""How old a lock must be that a dead process of ours probably, but not surely, made."""
_PAUSE = (0.01, 0.05)

Identity = tuple[int, int, int]
"""Device, inode and modification time in nanoseconds of the lock."""


@contextlib.contextmanager
def hold_lock(path: Path, turn: Turn, deadline: float) -> Generator[FolderLock]:
    """Hold the lock of the task file `path` until the block ends. `turn` is our place in our own queue.

    Raises LockHeld with holder and age when `deadline` (monotonic clock) passes first, and
    TaskdeckError when the folder cannot be written.
    """
    lock = FolderLock(path, turn)
    lock.acquire(deadline)
    try:
        yield lock
    finally:
        lock.release()


class FolderLock:
    """The lock of one task file, used once: `acquire`, work, `check` before the rename, `release`."""

    def __init__(self, path: Path, turn: Turn) -> None:
        self._subject = path
        self.path = path.with_name(path.name + ".lock")
        self._turn = turn
        self._mine: Identity | None = None
        self._guard = threading.Lock()
        self._released = threading.Event()

    def acquire(self, deadline: float) -> None:
        """Wait for the lock and take it, or take over one whose holder is gone."""
        started = time.monotonic()
        watch = _Watch()
        try:
            self._clear_dead(self._turn.left_behind, deadline)
            while not self._make():
                seen = _look(self.path)
                if seen and watch.is_stale(seen):
                    self._set_aside(seen)
                    continue
                if time.monotonic() >= deadline:
                    self._turn.clear()
                    raise self._held(time.monotonic() - started)
                time.sleep(random.uniform(*_PAUSE))
        except OSError as error:
            self._turn.clear()
            raise write_failure(self._subject, error) from error
        threading.Thread(target=self._refresh, name="task file lock", daemon=True).start()

    def check(self) -> None:
        """Raise LockHeld unless the lock is still ours; it is not when we stood still for too long."""
        with self._guard:
            if self._mine is None or _look(self.path) != self._mine:
                raise LockHeld(
                    f"Another program took over the lock of {self._subject} while it was held.",
                    "Nothing was changed; try again.",
                )

    def release(self) -> None:
        """Remove the lock if it is still ours."""
        self._released.set()
        with self._guard, contextlib.suppress(OSError):
            if self._mine is not None and _look(self.path) == self._mine:
                self.path.rmdir()
        self._turn.clear()

    def _make(self) -> bool:
        self._turn.note(trying_since=time.time_ns())
        try:
            self.path.mkdir()
        except FileExistsError:
            return False
        self._mine = _look(self.path)
        if self._mine is not None:
            self._turn.note(identity=self._mine)
        return self._mine is not None

    def _refresh(self) -> None:
        while not self._released.wait(_REFRESH_SECONDS):
            with self._guard, contextlib.suppress(OSError):
                if self._released.is_set() or self._mine is None or _look(self.path) != self._mine:
                    return
                now = time.time_ns()
                self._turn.note(identity=(*self._mine, now))
                os.utime(self.path, ns=(now, now))
                self._mine = _look(self.path)
                self._turn.note(identity=self._mine or ())

    def _clear_dead(self, note: Note | None, deadline: float) -> None:
        """Remove the lock of the holder before us. We have its place in the queue, so it is dead."""
        while note and (seen := _look(self.path)):
            old = time.time() - seen[2] / 1e9 > _UNSURE_SECONDS
            if _is_certain(note, seen) or (old and _is_probable(note, seen)):
                self._set_aside(seen)
                continue
            if not _is_probable(note, seen) or time.monotonic() >= deadline:
                return
            time.sleep(random.uniform(*_PAUSE))

    def _set_aside(self, stale: Identity) -> None:
        """Remove exactly this stale lock, never a fresh one that somebody put in its place meanwhile."""
        with _one_at_a_time(self.path.parent):
            if _look(self.path) != stale:
                return
            aside = self.path.with_name(temporary_name(self.path.name))
            with contextlib.suppress(FileNotFoundError):
                self.path.rename(aside)
            moved = _look(aside)
            if moved and moved != stale and not _look(self.path):
                aside.rename(self.path)  # another program took it over between look and rename: theirs
                return
            with contextlib.suppress(OSError):
                aside.rmdir() if aside.is_dir() else aside.unlink()

    def _held(self, waited: float) -> LockHeld:
        seen = _look(self.path)
        age = max(time.time() - seen[2] / 1e9, 0) if seen else 0.0
        times = f"its lock was touched {age:.0f} s ago, we waited {waited:.0f} s"
        return LockHeld(
            f"{self._subject} is locked by {_holder(self.path)}; {times}.",
            f"Try again when it is done. If no such program runs, delete {self.path}.",
        )


class _Watch:
    """Tells a stale lock by its age, or, where clocks disagree, by seeing it untouched for as long."""

    def __init__(self) -> None:
        self._seen: Identity | None = None
        self._since = 0.0

    def is_stale(self, seen: Identity) -> bool:
        if seen != self._seen:
            self._seen, self._since = seen, time.monotonic()
        return time.time() - seen[2] / 1e9 > STALE_SECONDS or time.monotonic() - self._since > STALE_SECONDS


def _look(path: Path) -> Identity | None:
    """What identifies the lock that stands there now; None when there is none."""
    try:
        seen = path.lstat()
    except FileNotFoundError:
        return None
    return seen.st_dev, seen.st_ino, seen.st_mtime_ns


def _is_certain(note: Note, seen: Identity) -> bool:
    # Inode numbers are used again at once, hence the time as well.
    return note.identity[:2] == seen[:2] and seen[2] in note.identity[2:]


def _is_probable(note: Note, seen: Identity) -> bool:
    # It died between making the lock and noting which one. The clock of file times may lag a little.
    return not note.identity and -50e6 < seen[2] - note.trying_since < 1e9


@contextlib.contextmanager
def _one_at_a_time(folder: Path) -> Generator[None]:
    """Lets one Taskdeck take over a lock in `folder` at a time, also of other users and state folders."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _holder(lock: Path) -> str:
    try:
        if S_ISDIR(lock.lstat().st_mode):
            return "another program (such as Task Master)"
        content: Any = json.loads(lock.read_text()[:1000])
        return f"process {int(content['pid'])}"
    except (OSError, ValueError, TypeError, KeyError):
        return "another program"
