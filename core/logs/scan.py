"""Goes through the rows of a feed in slices and keeps those that meet a filter, also while lines arrive."""

from __future__ import annotations

import threading
import time
from array import array
from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence

from core.logs.criteria import Filter
from core.logs.facts import Hinting, Reader
from core.logs.feed import Feed
from core.logs.line import LINE_PREFIX, Line
from core.logs.lines import CHUNK, Chunk, LineLog
from core.logs.matching import AnyMatcher, Matcher, matcher_for
from core.logs.shown import each_line, line_at, shown_matcher

_FEWEST, _MOST = 256, 1 << 17
_START = 1 << 14
_READ_START = 1 << 11


class _Stopped(Exception):  # noqa: N818
    pass


class Scan:
    """The rows found so far, in order; of those that `within` lets through, where there is one.

    `advance` is for one thread, the rest for any."""

    def __init__(self, feed: Feed, wanted: Filter, reader: Reader, within: Filter | None = None) -> None:
        wanted.check()
        self.feed = feed
        self.wanted = wanted
        self.found = array("Q")
        self.scanned = 0
        self.version = 0
        self.lock = threading.Lock()
        self._reader = reader
        self._matcher = matcher_for(wanted.text, wanted.regex, wanted.ignore_case)
        self._shown = shown_matcher(self._matcher, wanted, reader)
        self._hint = _hint(wanted, reader)
        self._window = _READ_START if wanted.needs_reader else _START
        self._cancelled = threading.Event()
        self._within = Scan(feed, within, reader) if within is not None else None
        self._open: dict[int, int] = {}
        """Rows looked at whose line was not finished, and the line's size then."""

    @property
    def done(self) -> bool:
        """Whether every row the feed has now was looked at."""
        return self.scanned >= self.feed.count

    def cancel(self) -> None:
        """End a running `advance` soon; later ones do nothing."""
        self._cancelled.set()
        if self._within is not None:
            self._within.cancel()

    def advance(self, budget_s: float) -> bool:
        """Look at rows for about so long; True when more is left."""
        if self._cancelled.is_set():
            return False
        end = time.monotonic() + budget_s
        try:
            self._look_again()
            while not self.done:
                self._next_window(budget_s)
                if time.monotonic() >= end:
                    break
        except _Stopped:
            return False
        return not self.done

    def _next_window(self, budget_s: float) -> None:
        began = time.monotonic()
        # Asked before the lines are read: a line that is finished meanwhile is looked at once more.
        unfinished = self.feed.open_rows()
        last = min(self.feed.count, self.scanned + self._window)
        rows = self._rows_in(self.scanned, last)
        for row in unfinished:
            if self.scanned <= row < last:
                self._open[row] = -1
        with self.lock:
            self.found.extend(rows)
            self.scanned = last
        if rows:
            self.version += 1
        taken = time.monotonic() - began
        if taken > budget_s / 2:
            self._window = max(_FEWEST, self._window // 2)
        elif taken < budget_s / 8:
            self._window = min(_MOST, self._window * 2)

    def _look_again(self) -> None:
        """Ask again for lines that were not finished: they may be wanted now, or no longer."""
        if not self._open:
            return
        unfinished = set(self.feed.open_rows())
        for row, size in list(self._open.items()):
            source, number = self.feed.place_of(row)
            now = self.feed.logs[source].size_of(number)
            if row not in unfinished:
                del self._open[row]
            elif now == size or now > CHUNK:
                continue  # a giant line is looked at again when it is whole
            else:
                self._open[row] = now
            self._set(row, bool(self._rows_in(row, row + 1)))

    def _set(self, row: int, wanted: bool) -> None:
        with self.lock:
            place = bisect_left(self.found, row)
            there = place < len(self.found) and self.found[place] == row
            if there == wanted:
                return
            if wanted:
                insort(self.found, row)
            else:
                del self.found[place]
        self.version += 1

    def _rows_in(self, first: int, last: int) -> Sequence[int]:
        """The rows from `first` to before `last` that meet the filter, in order."""
        ranges = self.feed.ranges(first, last)
        found: list[int] = []
        for source, (low, high) in ranges.items():
            log = self.feed.logs[source]
            if self.wanted.sources and log.name not in self.wanted.sources:
                continue
            numbers = self._numbers_in(log, low, high)
            if not numbers:
                continue
            rows = self.feed.rows_of(source, first, last)
            found += [rows[number - low] for number in numbers]
        if self._within is not None and found:
            through = set(self._within._rows_in(first, last))
            found = [row for row in found if row in through]
        return sorted(found) if len(ranges) > 1 else found

    def last_before(self, row: int) -> int | None:
        """The nearest row wanted before `row`, looked for from there; None without one or when cancelled."""
        window = _FEWEST
        try:
            while row > 0 and not self._cancelled.is_set():
                first = max(0, row - window)
                found = self._rows_in(first, row)
                if found:
                    return found[-1]
                row, window = first, min(_MOST, window * 2)
        except _Stopped:
            pass
        return None

    def _numbers_in(self, log: LineLog, low: int, high: int) -> Sequence[int]:
        """The lines of one log that meet the filter."""
        if not self._matcher and not self.wanted.needs_reader:
            return range(low, high)
        numbers: list[int] = []
        for chunk in log.scan(low, high):
            if self._cancelled.is_set():
                raise _Stopped
            found = self._with_text(log, chunk)
            numbers += self._as_read(log, chunk, found) if self.wanted.needs_reader else (n for n, _ in found)
        return numbers

    def _with_text(self, log: LineLog, chunk: Chunk) -> Iterator[tuple[int, int]]:
        """The lines of a chunk with (or, inverted, without) the text, each with an offset in it."""
        matcher = self._matcher or self._hint
        if chunk.giant:
            inverse = self.wanted.inverse and self._matcher is not None
            if matcher is None or matcher.is_in_giant(log, chunk.first) != inverse:
                yield chunk.first, 0
        elif matcher is None:
            yield from each_line(chunk)
        elif self._matcher and self.wanted.inverse:
            yield from _others(chunk, self._found(log, chunk, matcher))
        else:
            yield from self._found(log, chunk, matcher)

    def _found(self, log: LineLog, chunk: Chunk, matcher: Matcher) -> Iterator[tuple[int, int]]:
        return self._shown.find(log.name, chunk) if self._shown else matcher.find(chunk)

    def _as_read(self, log: LineLog, chunk: Chunk, found: Iterator[tuple[int, int]]) -> Iterator[int]:
        """Those of the lines found that have the levels and kinds wanted."""
        levels, kinds = self.wanted.levels, self.wanted.kinds
        for number, at in found:
            if chunk.giant:
                lines = log.lines(number, 1)
            else:
                data = line_at(chunk, at)
                lines = [Line(number, log.name, None, data[:LINE_PREFIX], len(data))]
            if not lines or (self._cancelled.is_set()):
                raise _Stopped
            facts = self._reader(lines[0])
            if (not levels or facts.level in levels) and (not kinds or facts.kind in kinds):
                yield number


def _hint(wanted: Filter, reader: Reader) -> Matcher | None:
    """What tells apart quickly lines that the reader need not see."""
    if not wanted.needs_reader or not isinstance(reader, Hinting):
        return None
    texts = reader.hint(wanted.levels, wanted.kinds)
    return AnyMatcher(texts) if texts else None


def _others(chunk: Chunk, found: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The lines of a chunk that are not among those found."""
    hits = {number for number, _ in found}
    return ((number, at) for number, at in each_line(chunk) if number not in hits)
