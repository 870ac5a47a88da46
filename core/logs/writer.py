"""Appends what arrives to a spill file, and beside it when each line arrived."""

from __future__ import annotations

import os
import struct
import threading
from pathlib import Path

_BLOCK = 1 << 20
_MILLISECONDS = struct.Struct("<Q")


def times_path(path: Path) -> Path:
    """Where the arrival times of the lines of `path` stand: `<path>.times`."""
    return path.with_name(path.name + ".times")


class LineWriter:
    """Appends bytes to `path`, and for each line that begins its time to `<path>.times` (u64 little endian,
    milliseconds since the epoch).

    What was written is in the file when `write` returns, a partial last line too. An existing file is gone on
    with; times that a crash left short or long are brought in line. Safe to share between threads. Raises
    OSError (a full disk), from every method but `close`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.byte_count = 0
        self.line_count = 0
        """Lines begun."""
        self._lock = threading.Lock()
        self._at_start = True
        self._data = _open_to_append(path)
        try:
            self._times = _open_to_append(times_path(path))
        except OSError:
            os.close(self._data)
            raise
        self._closed = False
        try:
            self._go_on()
        except OSError:
            self.close()
            raise

    def write(self, data: bytes, time: float) -> None:
        """Append `data`, any piece of a stream, that arrived at `time` (seconds since the epoch)."""
        if not data:
            return
        with self._lock:
            begun = data.count(b"\n") + (not data.endswith(b"\n")) - (not self._at_start)
            # Times first: a reader that sees a line always finds its time.
            if begun:
                _write_all(self._times, _MILLISECONDS.pack(max(0, int(time * 1000))) * begun)
            _write_all(self._data, data)
            self._at_start = data.endswith(b"\n")
            self.line_count += begun
            self.byte_count += len(data)

    def close(self) -> None:
        """Close both files. Closing twice does nothing."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            os.close(self._data)
            os.close(self._times)

    def __enter__(self) -> LineWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _go_on(self) -> None:
        """Take up the state of what is already in the files."""
        last = b"\n"
        with self.path.open("rb") as file:
            while block := file.read(_BLOCK):
                self.line_count += block.count(b"\n")
                self.byte_count += len(block)
                last = block[-1:]
        self._at_start = last == b"\n"
        self.line_count += not self._at_start
        wanted = self.line_count * _MILLISECONDS.size
        there = os.fstat(self._times).st_size
        if there > wanted:
            os.ftruncate(self._times, wanted)
        elif there < wanted:
            written = int(os.fstat(self._data).st_mtime * 1000)
            os.ftruncate(self._times, there - there % _MILLISECONDS.size)
            missing = self.line_count - there // _MILLISECONDS.size
            _write_all(self._times, _MILLISECONDS.pack(written) * missing)


def _open_to_append(path: Path) -> int:
    # Readable by its owner only: logs hold what agents say.
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
