"""The lines of one source: files on disk, a small index in memory, any line read back on demand."""

from __future__ import annotations

import struct
import threading
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from core.logs.clock import Clock
from core.logs.line import LINE_PREFIX, Line
from core.logs.part import Gone, OpenFile, Part
from core.logs.tracking import Tracking
from core.logs.writer import LineWriter, times_path

__all__ = ["LINE_PREFIX", "Chunk", "Line", "LineLog", "LineWriter", "times_path"]

CHUNK = 1 << 19
"""Bytes that a scan reads at once."""
_ONE_READ = 1 << 20


@dataclass(frozen=True, slots=True)
class Chunk:
    """Whole lines in one piece, from line `first`, line ends included; or, when `giant`, one line too long
    for that, to be read with `LineLog.pieces`."""

    first: int
    data: bytes
    giant: bool = False


class LineLog:
    """One source's lines. One thread refreshes, any number read; every method may block on the disk.

    A rotated or truncated file goes on as a new part: numbers stay, earlier lines are read from the old file
    (kept open) or its copy as long as there is one, and are `gone` after that.
    """

    def __init__(self, name: str, tracking: Tracking, times: Path | None = None) -> None:
        self.name = name
        self.version = 0
        """Grows at each change."""
        self._tracking = tracking
        self._parts = tracking.parts
        self._lock = tracking.lock
        self._clock = Clock()
        self._times = times
        self._times_file: OpenFile | None = None
        self._times_lock = threading.Lock()
        self._rests = False

    @classmethod
    def open_file(cls, path: Path, name: str | None = None, times: Path | None = None) -> LineLog:
        """The log of a file that is still written, there or not yet. Nothing is read before `refresh`.

        `times`: where the arrival times of its lines stand, if they were kept.
        """
        return cls(name or path.name, Tracking(path), times)

    @property
    def path(self) -> Path:
        """The file that is followed."""
        return self._tracking.path

    @property
    def trouble(self) -> str:
        """Why there is nothing to read just now, in one sentence; empty when there is."""
        return self._tracking.trouble

    @property
    def hopeless(self) -> bool:
        """Whether the path is something that never becomes a log, such as a folder."""
        return self._tracking.hopeless

    @property
    def written_at(self) -> float:
        """When the file was last written, in seconds since the epoch; 0 when it cannot be read."""
        return self._tracking.written_at

    @property
    def line_count(self) -> int:
        """Lines begun so far; the last one may be unfinished."""
        with self._lock:
            return self._parts[-1].first + self._parts[-1].line_count if self._parts else 0

    @property
    def byte_count(self) -> int:
        """Bytes of all lines."""
        with self._lock:
            return sum(part.size for part in self._parts)

    @property
    def open_line(self) -> int | None:
        """The number of the unfinished last line; None when the last line is whole."""
        with self._lock:
            if not self._parts or self._parts[-1].ends_line:
                return None
            return self._parts[-1].first + self._parts[-1].line_count - 1

    def refresh(self, budget: int = 32 << 20) -> bool:
        """Look for more, at most `budget` bytes; True when something changed, then there may be more.

        Never raises for what the file does: `trouble` says it.
        """
        changed = self._tracking.look(budget)
        if changed:
            self.version += 1
        return changed

    def lines(self, first: int, count: int, limit: int = LINE_PREFIX) -> list[Line]:
        """Up to `count` lines from number `first`, each with at most `limit` bytes."""
        found: list[Line] = []
        with self._lock:
            last = min(first + count, self.line_count)
            while first < last:
                part = self._part_of(first)
                end = min(last, part.first + part.line_count)
                try:
                    found += self._lines_of(part, first, end, limit)
                except Gone:
                    found += [Line(n, self.name, self._arrival(n), b"", 0, True) for n in range(first, end)]
                first = end
        return found

    def raw(self, number: int) -> bytes:
        """The whole line exactly as it stands in the file, its line end included; empty when it is gone.

        Raises IndexError.
        """
        with self._lock:
            part = self._known(number)
            try:
                start, end = part.bounds(number - part.first, number - part.first + 1)
                return part.read(start, end - start)
            except Gone:
                return b""

    def scan(self, first: int, last: int) -> Iterator[Chunk]:
        """The lines from `first` to before `last`, in large pieces; lines that are gone are left out."""
        while first < last:
            with self._lock:
                part = self._known(first)
                end = min(last, part.first + part.line_count)
            yield from self._scan_part(part, first, end)
            first = end

    def pieces(self, number: int, size: int = CHUNK, overlap: int = 0) -> Iterator[bytes]:
        """A line in pieces of up to `size` bytes, each begun with the last `overlap` bytes before it."""
        with self._lock:
            part = self._known(number)
            try:
                start, end = part.bounds(number - part.first, number - part.first + 1)
            except Gone:
                return
        while start < end:
            with self._lock:
                try:
                    data = part.read(start, min(size, end - start))
                except Gone:
                    return
            yield data
            if start + len(data) >= end:
                return
            start += len(data) - overlap

    def size_of(self, number: int) -> int:
        """Bytes of the line with its line end; 0 when it is gone. Raises IndexError."""
        with self._lock:
            part = self._known(number)
            try:
                start, end = part.bounds(number - part.first, number - part.first + 1)
            except Gone:
                return 0
            return end - start

    def times(self, first: int, last: int) -> list[float | None]:
        """When each line from `first` to before `last` was written or arrived."""
        arrived = self._arrivals(first, last)
        if len(arrived) == last - first:
            return list(arrived)
        found: list[float | None] = [None] * (last - first)
        of = self._clock.of
        for chunk in self.scan(first, last):
            if chunk.giant:
                found[chunk.first - first] = of(self.lines(chunk.first, 1)[0].data)
                continue
            lines = chunk.data.split(b"\n")
            if not lines[-1]:
                lines.pop()
            at = chunk.first - first
            found[at : at + len(lines)] = [of(line) for line in lines]
        return found

    def rest(self) -> None:
        """Nothing more will be written: open the files only while they are read, from now on."""
        self._tracking.rest()
        with self._times_lock:
            self._rests = True
            if self._times_file:
                self._times_file.rest()

    def close(self) -> None:
        """Let go of the files; every line is gone then."""
        with self._lock:
            self._tracking.close()
            if self._times_file:
                self._times_file.close()

    def _scan_part(self, part: Part, first: int, last: int) -> Iterator[Chunk]:
        try:
            with self._lock:
                at = part.start_of(first - part.first)
                end = part.start_of(last - part.first)
            while at < end:
                with self._lock:
                    data = part.read(at, min(CHUNK, end - at))
                if at + len(data) < end:
                    data = data[: data.rfind(b"\n") + 1]
                if data:
                    yield Chunk(first, data)
                    first += data.count(b"\n")
                    at += len(data)
                    continue
                yield Chunk(first, b"", True)
                first += 1
                with self._lock:
                    at = part.start_of(first - part.first)
        except Gone:
            return

    def _lines_of(self, part: Part, first: int, last: int, limit: int) -> list[Line]:
        bounds = part.bounds(first - part.first, last - part.first)
        base, end = bounds[0], bounds[-1]
        block = part.read(base, end - base) if end - base <= _ONE_READ else None
        arrived = self._arrivals(first, last)
        found: list[Line] = []
        for number, (start, stop) in enumerate(pairwise(bounds), first):
            if block is not None:
                data = block[start - base : min(stop, start + limit + 2) - base]
            else:
                data = part.read(start, min(stop - start, limit + 2))
            if len(data) == stop - start:
                data = _without_end(data)
                size = len(data)
            else:
                size = stop - start - 2 + len(_without_end(part.read(stop - 2, 2)))
            time = arrived[number - first] if number - first < len(arrived) else None
            data = data[:limit]
            found.append(
                Line(number, self.name, time if time is not None else self._clock.of(data), data, size)
            )
        return found

    def _part_of(self, number: int) -> Part:
        return self._parts[bisect_right(self._parts, number, key=lambda part: part.first) - 1]

    def _known(self, number: int) -> Part:
        if not 0 <= number < self.line_count:
            raise IndexError(number)
        return self._part_of(number)

    def _arrival(self, number: int) -> float | None:
        found = self._arrivals(number, number + 1) if self._times else ()
        return found[0] if found else None

    def _arrivals(self, first: int, last: int) -> tuple[float, ...]:
        """The kept arrival times of lines, as many as there are."""
        if not self._times:
            return ()
        with self._times_lock:
            try:
                if self._times_file is None:
                    self._times_file = OpenFile.of(self._times)
                buffer = bytearray(8 * (last - first))
                count = self._times_file.read_into(buffer, 8 * first) // 8
                if self._rests:
                    self._times_file.rest()
            except (OSError, Gone):
                return ()
        return tuple(ms / 1000 for ms in struct.unpack_from(f"<{count}Q", buffer))


def _without_end(data: bytes) -> bytes:
    """A line without `\\n` or `\\r\\n`."""
    if not data.endswith(b"\n"):
        return data
    return data[:-2] if data.endswith(b"\r\n") else data[:-1]
