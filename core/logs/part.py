"""A stretch of one file: how many lines each of its blocks holds, and from that where any line begins."""

from __future__ import annotations

import os
import re
from array import array
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

BLOCK = 1 << 18
"""Bytes of a block. Its line count is kept (8 bytes), where its lines begin is found when somebody asks."""
_KEPT = 8
_MARK = 64
_NEWLINE = re.compile(b"\n")


class Gone(Exception):  # noqa: N818
    """The bytes asked for are no longer in any file we can read."""


class OpenFile:
    """A file kept open, so that it can be read after it was renamed or removed.

    Not locked: its log does that.
    """

    def __init__(self, descriptor: int, path: Path | None = None) -> None:
        self._descriptor = descriptor
        self._path = path
        self._rests = False
        status = os.fstat(descriptor)
        self.identity = (status.st_dev, status.st_ino)

    @classmethod
    def of(cls, path: Path) -> OpenFile:
        """Open the file at `path` to read. Raises OSError."""
        return cls(_open(path), path)

    def replace(self, descriptor: int) -> None:
        """Read the same bytes from another file from now on; -1 when nobody has them any more."""
        old, self._descriptor = self._descriptor, descriptor
        self._path, self._rests = None, False
        if old >= 0:
            os.close(old)

    def rest(self) -> None:
        """Keep it open no longer than somebody reads: its descriptors are for files that still grow.

        A file that no longer stands at its path stays open, else nobody could read it again.
        """
        if self._path is None or self._descriptor < 0:
            return
        try:
            status = self._path.stat()
        except OSError:
            return
        if (status.st_dev, status.st_ino) == self.identity:
            old, self._descriptor, self._rests = self._descriptor, -1, True
            os.close(old)

    def close(self) -> None:
        """Close it; what is read later is gone."""
        self.replace(-1)

    def __del__(self) -> None:
        self.close()

    @contextmanager
    def _reading(self) -> Generator[int]:
        """A descriptor to read from. Raises Gone, also for an OSError while reading."""
        try:
            if not self._rests or self._path is None:
                if self._descriptor < 0:
                    raise Gone
                yield self._descriptor
                return
            descriptor = _open(self._path)
            try:
                status = os.fstat(descriptor)
                if (status.st_dev, status.st_ino) != self.identity:
                    raise Gone
                yield descriptor
            finally:
                os.close(descriptor)
        except OSError as error:
            raise Gone from error

    def status(self) -> os.stat_result:
        """Its size and time now. Raises Gone."""
        with self._reading() as descriptor:
            return os.fstat(descriptor)

    def duplicate(self) -> int:
        """A second descriptor of the same file. Raises Gone."""
        with self._reading() as descriptor:
            return os.dup(descriptor)

    def read_into(self, buffer: bytearray | memoryview, offset: int) -> int:
        """Fill `buffer` as far as the file goes; answers how many bytes. Raises Gone."""
        with self._reading() as descriptor:
            return os.preadv(descriptor, [buffer], offset)

    def read(self, offset: int, length: int) -> bytes:
        """Exactly `length` bytes. Raises Gone when the file does not hold them (any more)."""
        with self._reading() as descriptor:
            data = os.pread(descriptor, length, offset)
            while len(data) < length:
                more = os.pread(descriptor, length - len(data), offset + len(data))
                if not more:
                    raise Gone
                data += more
            return data


def _open(path: Path) -> int:
    # Without O_NONBLOCK a named pipe would keep us waiting for its writer.
    return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)


class Part:
    """Lines of one file from byte `start` on. Line numbers and offsets here count from the part's own start.

    Not locked: its log does that.
    """

    def __init__(self, file: OpenFile, first: int, start: int = 0) -> None:
        self.file = file
        self.first = first
        """Number of its first line in the log."""
        self.start = start
        self.size = 0
        """Bytes looked at so far."""
        self.newlines = 0
        self.ends_line = True
        """Whether the last byte is a line end (or there is none): if not, the last line may go on."""
        self.head = b""
        self.tail = b""
        self._before = array("Q", (0,))
        """For each block begun: how many line ends stand before it."""
        self._offsets: OrderedDict[tuple[int, int], array[int]] = OrderedDict()

    @property
    def line_count(self) -> int:
        """Lines begun, the unfinished last one too."""
        return self.newlines + (not self.ends_line)

    @property
    def end(self) -> int:
        """Where in the file the part ends so far."""
        return self.start + self.size

    def take(self, data: bytearray, length: int) -> None:
        """Count the next `length` bytes of the file, which stand at the start of `data`."""
        at = 0
        while at < length:
            end = min(length, at + BLOCK - self.size % BLOCK)
            self.newlines += data.count(b"\n", at, end)
            self.size += end - at
            if self.size % BLOCK == 0:
                self._before.append(self.newlines)
            at = end
        self.ends_line = data[length - 1] == 0x0A
        if len(self.head) < _MARK:
            self.head += bytes(data[: min(length, _MARK - len(self.head))])
        fresh = bytes(data[max(0, length - _MARK) : length])
        self.tail = fresh if len(fresh) == _MARK else (self.tail + fresh)[-_MARK:]

    def is_in(self, descriptor: int, size: int) -> bool:
        """Whether a file of `size` bytes begins and goes on as this part's file did: a copy, or itself."""
        if size < self.end:
            return False
        head = os.pread(descriptor, len(self.head), self.start)
        tail = os.pread(descriptor, len(self.tail), self.end - len(self.tail))
        return head == self.head and tail == self.tail

    def unchanged(self) -> bool:
        """Whether the bytes last seen still stand where they stood. Raises Gone."""
        mark = self.tail
        return not mark or self.file.read(self.end - len(mark), len(mark)) == mark

    def start_of(self, number: int) -> int:
        """The offset where line `number` begins; the part's size for the line after the last. Raises Gone."""
        return self.bounds(number, number)[0]

    def bounds(self, first: int, last: int) -> list[int]:
        """The offsets where the lines `first` to `last` begin, both included. Raises Gone."""
        found: list[int] = [0] if first == 0 else []
        number = max(1, first)
        while number <= min(last, self.newlines):
            block = bisect_left(self._before, number) - 1
            before = self._before[block]
            offsets = self._line_ends(block)
            low, high = number - before - 1, min(len(offsets), last - before)
            base = block * BLOCK + 1
            found += [base + offset for offset in offsets[low:high]]
            number += high - low
            if high <= low:
                raise Gone  # the block no longer holds the lines that were counted in it
        if number <= last:
            found.append(self.size)
        return found

    def read(self, offset: int, length: int) -> bytes:
        """Bytes of this part. Raises Gone."""
        return self.file.read(self.start + offset, length)

    def _line_ends(self, block: int) -> array[int]:
        first = block * BLOCK
        length = min(BLOCK, self.size - first)
        key = (block, length)
        if key in self._offsets:
            self._offsets.move_to_end(key)
            return self._offsets[key]
        data = self.read(first, length)
        offsets = array("I", [match.start() for match in _NEWLINE.finditer(data)])
        self._offsets[key] = offsets
        if len(self._offsets) > _KEPT:
            self._offsets.popitem(last=False)
        return offsets
