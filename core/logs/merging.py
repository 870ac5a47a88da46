"""Merges the lines that logs have now by time: batch by batch, each line placed once."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from math import inf
from typing import Protocol

_BATCH = 8192


class Timed(Protocol):
    """What is merged: lines that grow in number, with a time or without."""

    @property
    def line_count(self) -> int: ...

    def times(self, first: int, last: int) -> list[float | None]: ...


@dataclass
class _Stream:
    """One log on its way into the merge."""

    log: Timed
    placed: int = 0
    goal: int = 0
    """Lines that this round places; what comes later waits for the next."""
    keys: list[float] = field(default_factory=list[float])
    """Times of the lines read and not placed yet. They never go back."""
    last: float = -inf

    @property
    def has_more(self) -> bool:
        """Whether this round has lines beyond those read."""
        return self.placed + len(self.keys) < self.goal

    def fill(self) -> None:
        """Read the times of the next batch."""
        first = self.placed + len(self.keys)
        times = self.log.times(first, min(self.goal, first + _BATCH))
        if self.last == -inf:
            # What stands before the first line with a time belongs to that line: a banner, a heading.
            self.last = next((time for time in times if time is not None), -inf)
        last = self.last
        for time in times:
            if time is not None and time > last:
                last = time
            self.keys.append(last)
        self.last = last


class Merging:
    """Rounds of merging: each takes the lines that are there when it begins and puts them in order of time.

    A line without a time, or with an earlier one than the line before it in its log, keeps to that line.
    """

    def __init__(self) -> None:
        self._streams: list[_Stream] = []

    def add(self, log: Timed, placed: int = 0) -> None:
        """One more log, of which `placed` lines have their place already."""
        self._streams.append(_Stream(log, placed, placed))

    def step(self) -> list[int]:
        """The logs (by their place) of the next lines in order; empty when every line is placed."""
        if not any(stream.placed < stream.goal for stream in self._streams):
            for stream in self._streams:
                stream.goal = max(stream.placed, stream.log.line_count)
        waiting = [number for number, stream in enumerate(self._streams) if stream.placed < stream.goal]
        if len(waiting) == 1 and not self._streams[waiting[0]].keys:
            # Nothing to compare with: the times need not be read.
            stream = self._streams[waiting[0]]
            count = min(_BATCH, stream.goal - stream.placed)
            stream.placed += count
            return waiting * count
        return self._merge(waiting)

    def _merge(self, waiting: list[int]) -> list[int]:
        limit: tuple[float, int] | None = None
        for number in waiting:
            stream = self._streams[number]
            if not stream.keys:
                stream.fill()
            if stream.has_more:
                end = (stream.keys[-1], number)
                limit = end if limit is None else min(limit, end)
        keys: list[float] = []
        sources: list[int] = []
        for number in waiting:
            stream = self._streams[number]
            count = _up_to(stream.keys, number, limit)
            keys += stream.keys[:count]
            sources += [number] * count
            del stream.keys[:count]
            stream.placed += count
        # Sorting joins runs that are in order already in linear time, and is stable.
        return [sources[place] for place in sorted(range(len(keys)), key=keys.__getitem__)]


def _up_to(keys: list[float], number: int, limit: tuple[float, int] | None) -> int:
    """How many of the keys no line that is still unread can come before."""
    if limit is None:
        return len(keys)
    return bisect_right(keys, limit[0]) if number <= limit[1] else bisect_left(keys, limit[0])
