"""Which log's line stands at which row of a merge: one byte a row, any row or line found fast."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

CHUNK_ROWS = 4096
_MOST_SOURCES = 255


@dataclass(slots=True)
class _Chunk:
    """Some thousand rows. `data` names the log of each row by its place in `sources`."""

    start: int
    data: bytearray = field(default_factory=bytearray)
    sources: list[int] = field(default_factory=list[int])
    firsts: list[int] = field(default_factory=list[int])
    """For each of `sources`: the number of its first line here."""
    local: dict[int, int] = field(default_factory=dict[int, int])


class MergeTable:
    """Rows are only appended; the lines of one log stand in their own order, without a gap. Not locked."""

    def __init__(self) -> None:
        self.count = 0
        self._chunks: list[_Chunk] = []
        self._starts = array("Q")
        self._next: list[int] = []
        """For each log: the number of its next line."""
        self._places: list[tuple[array[int], array[int]]] = []
        """For each log: the chunks it stands in, and its first number in each."""

    def add_source(self) -> None:
        """Make room for one more log."""
        self._next.append(0)
        self._places.append((array("Q"), array("Q")))

    def append(self, sources: Sequence[int]) -> None:
        """Place the next line of each log named, in this order."""
        at = 0
        while at < len(sources):
            chunk = self._last_chunk()
            piece = sources[at : at + CHUNK_ROWS - len(chunk.data)]
            if not self._admit(chunk, piece):
                # More different logs than one byte can name: a shorter piece, or a chunk of its own.
                piece = piece[: max(1, _MOST_SOURCES - len(chunk.sources))]
                if not self._admit(chunk, piece):
                    self._new_chunk()
                    continue
            before = len(chunk.data)
            chunk.data.extend(map(chunk.local.__getitem__, piece))
            for source in set(piece):
                self._next[source] += chunk.data.count(chunk.local[source], before)
            self.count += len(piece)
            at += len(piece)

    def place_of(self, row: int) -> tuple[int, int]:
        """The log and the line number at `row`."""
        chunk = self._chunks[bisect_right(self._starts, row) - 1]
        local = chunk.data[row - chunk.start]
        return chunk.sources[local], chunk.firsts[local] + chunk.data.count(local, 0, row - chunk.start)

    def row_of(self, source: int, number: int) -> int | None:
        """The row of a log's line; None when it is not placed."""
        if not 0 <= number < self._next[source]:
            return None
        chunks, firsts = self._places[source]
        place = bisect_right(firsts, number) - 1
        chunk = self._chunks[chunks[place]]
        local, at = chunk.local[source], -1
        for _ in range(number - firsts[place] + 1):
            at = chunk.data.find(local, at + 1)
        return chunk.start + at

    def ranges(self, first: int, last: int) -> dict[int, tuple[int, int]]:
        """For each log in the rows from `first` to before `last`: its first line there, and the one after its
        last."""
        found: dict[int, tuple[int, int]] = {}
        while first < last:
            chunk = self._chunks[bisect_right(self._starts, first) - 1]
            low, high = first - chunk.start, min(len(chunk.data), last - chunk.start)
            for local, source in enumerate(chunk.sources):
                count = chunk.data.count(local, low, high)
                if count:
                    start = found[source][0] if source in found else self._first(chunk, local, low)
                    found[source] = (start, (found[source][1] if source in found else start) + count)
            first = chunk.start + high
        return found

    def rows_of(self, source: int, first: int, last: int) -> list[int]:
        """The rows from `first` to before `last` that hold lines of `source`, in order."""
        found: list[int] = []
        while first < last:
            chunk = self._chunks[bisect_right(self._starts, first) - 1]
            low, high = first - chunk.start, min(len(chunk.data), last - chunk.start)
            local = chunk.local.get(source)
            if local is not None:
                piece = enumerate(chunk.data[low:high], first)
                found += [row for row, value in piece if value == local]
            first = chunk.start + high
        return found

    def _first(self, chunk: _Chunk, local: int, low: int) -> int:
        return chunk.firsts[local] + chunk.data.count(local, 0, low)

    def _last_chunk(self) -> _Chunk:
        if not self._chunks or len(self._chunks[-1].data) >= CHUNK_ROWS:
            self._new_chunk()
        return self._chunks[-1]

    def _new_chunk(self) -> None:
        self._chunks.append(_Chunk(self.count))
        self._starts.append(self.count)

    def _admit(self, chunk: _Chunk, piece: Sequence[int]) -> bool:
        """Let the chunk name every log of `piece`; False when they are too many."""
        new = set(piece) - chunk.local.keys()
        if len(chunk.sources) + len(new) > _MOST_SOURCES:
            return False
        for source in new:
            chunk.local[source] = len(chunk.sources)
            chunk.sources.append(source)
            chunk.firsts.append(self._next[source])
            chunks, firsts = self._places[source]
            chunks.append(len(self._chunks) - 1)
            firsts.append(self._next[source])
        return True
