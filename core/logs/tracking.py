"""Keeps up with a file that is written, renamed, truncated, removed and made again, without losing a line."""

from __future__ import annotations

import os
import stat
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from core.logs.part import Gone, OpenFile, Part

_READ = 1 << 20
_FINISH_LINE = 1.0
"""Seconds a renamed file gets to finish its last line before the new one is read."""
_LATE = 10.0
"""Seconds a renamed file is still looked at: its writer may take that long to notice."""
_LATE_BYTES = 32 << 20
_FILES_KEPT = 32
_COPIES_TRIED = 50


@dataclass
class _Old:
    """A file that was renamed away: how far it was read, and until when it is looked at."""

    part: Part
    until: float


class Tracking:
    """The parts of one path's log. `look` is for one thread; `lock` guards `parts` and what is in them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.parts: list[Part] = []
        self.lock = threading.RLock()
        self.trouble = ""
        self.hopeless = False
        self.written_at = 0.0
        self._now: Part | None = None
        """The part of the file that stands at the path; after late lines of an old one not the last part."""
        self._changed_at = 0
        self._renamed: float | None = None
        self._old: _Old | None = None

    def look(self, budget: int) -> bool:
        """Read what is new, at most `budget` bytes. True when something changed."""
        status = self._status()
        if self._now is None:
            return status is not None and self._open() and self.look(budget)
        try:
            changed = self._grow(self._now, budget)
            if changed:
                self._renamed = None if self._now.ends_line else self._renamed
                return True
            if status is None or (status.st_dev, status.st_ino) == self._now.file.identity:
                return self._late_lines()
        except Gone:
            # The file system went away under us: begin again when the path can be opened.
            self._now = None
            return False
        return self._switch()

    def close(self) -> None:
        """Let go of every file."""
        for part in self.parts:
            part.file.close()
        self._old = None

    def rest(self) -> None:
        """Keep files open no longer than somebody reads them."""
        with self.lock:
            for part in self.parts:
                part.file.rest()

    def _status(self) -> os.stat_result | None:
        """What stands at the path; None, with the trouble said, when it cannot be read."""
        try:
            status = self.path.stat()
        except FileNotFoundError:
            self.trouble = (
                f"{self.path} was removed; it is read on when it comes back."
                if self._now
                else f"{self.path} does not exist yet."
            )
            return None
        except OSError as error:
            self.trouble = f"{self.path} cannot be read: {_reason(error)}."
            return None
        if not stat.S_ISREG(status.st_mode):
            self.hopeless = self._now is None
            what = "a folder" if stat.S_ISDIR(status.st_mode) else "a pipe or a device"
            self.trouble = f"{self.path} is {what}, not a log file."
            return None
        if self._now:
            self.trouble = ""
        self.written_at = status.st_mtime
        return status

    def _open(self) -> bool:
        try:
            file = OpenFile.of(self.path)
        except OSError as error:
            self.trouble = f"{self.path} cannot be read: {_reason(error)}."
            return False
        self.trouble, self.hopeless = "", False
        self._now = self._begin(file)
        return True

    def _begin(self, file: OpenFile, start: int = 0) -> Part:
        """A new last part; one that stayed empty makes room for it."""
        with self.lock:
            if self.parts and not self.parts[-1].size:
                self.parts.pop()
            last = self.parts[-1] if self.parts else None
            part = Part(file, last.first + last.line_count if last else 0, start)
            self.parts.append(part)
            files = {id(part.file): part.file for part in self.parts}
            for old in list(files.values())[:-_FILES_KEPT]:
                old.close()
        return part

    def _grow(self, part: Part, budget: int) -> bool:
        """Read what was appended to the file of `part`, or begin anew where it was written over."""
        status = part.file.status()
        if status.st_size == part.end and status.st_mtime_ns == self._changed_at:
            return False
        if status.st_size < part.end or not part.unchanged():
            self._truncated(part, status.st_size)
            return True
        if status.st_size == part.end:
            self._changed_at = status.st_mtime_ns
            return False
        if part is not self.parts[-1]:
            part = self._now = self._begin(part.file, part.end)
        left = min(budget, status.st_size - part.end)
        buffer = bytearray(min(left, _READ))
        while left > 0:
            view = memoryview(buffer)[: min(left, _READ)]
            length = part.file.read_into(view, part.end)
            view.release()
            if not length:
                break
            with self.lock:
                part.take(buffer, length)
            left -= length
        return True

    def _truncated(self, part: Part, size: int) -> None:
        """The file was cut or written over: what it held is read from a copy, if one was made before."""
        file = part.file
        again = OpenFile(file.duplicate())
        with self.lock:
            file.replace(self._find_copy(part) if part.size else -1)
            self._now = self._begin(again)
        self._changed_at = 0

    def _find_copy(self, part: Part) -> int:
        """A descriptor of the copy that log rotation makes before it truncates; -1 without one."""
        try:
            names = [entry for entry in os.scandir(self.path.parent) if entry.name.startswith(self.path.name)]
            names = [entry for entry in names if entry.name != self.path.name and entry.is_file()]
            names.sort(key=lambda entry: entry.stat().st_mtime_ns, reverse=True)
        except OSError:
            return -1
        for entry in names[:_COPIES_TRIED]:
            try:
                descriptor = os.open(entry.path, os.O_RDONLY | os.O_CLOEXEC)
            except OSError:
                continue
            try:
                if part.is_in(descriptor, os.fstat(descriptor).st_size):
                    return descriptor
            except OSError:
                pass
            os.close(descriptor)
        return -1

    def _switch(self) -> bool:
        """Another file stands at the path: go on with it once the old one finished its line."""
        now = time.monotonic()
        assert self._now
        if not self._now.ends_line:
            self._renamed = self._renamed or now
            if now - self._renamed < _FINISH_LINE:
                return False
        if self._late_lines():
            return True
        old = self._now
        self._renamed = None
        if not self._open():
            return False
        self._old = _Old(old, now + _LATE) if old.size else None
        self._changed_at = 0
        return True

    def _late_lines(self) -> bool:
        """Whole lines that still came to the file that was renamed away, as a part of their own."""
        old = self._old
        if not old or (self._now and not self._now.ends_line):
            return False
        try:
            size = old.part.file.status().st_size
            data = old.part.read(old.part.size, min(_LATE_BYTES, size - old.part.end))
        except Gone:
            size, data = 0, b""
        data = data[: data.rfind(b"\n") + 1]
        if not data:
            if not size or time.monotonic() > old.until:
                self._old = None
            return False
        late = self._begin(old.part.file, old.part.end)
        with self.lock:
            late.take(bytearray(data), len(data))
        old.part = late
        return True


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
