"""Filters: which rows of a feed are shown while the rest is hidden, live while lines arrive."""

from __future__ import annotations

from bisect import bisect_left

from core.logs.criteria import Filter
from core.logs.facts import Reader, plain_reader
from core.logs.feed import Feed
from core.logs.line import LINE_PREFIX, Line
from core.logs.scan import Scan

__all__ = ["Filter", "Filtered"]


class Filtered:
    """The rows of a feed that a filter lets through.

    A line that was not finished when it was looked at is looked at again: it may come and go. Raises
    UsageError for a bad filter.
    """

    def __init__(self, feed: Feed, filter: Filter, reader: Reader = plain_reader) -> None:
        self.feed = feed
        self.filter = filter
        self._scan = Scan(feed, filter, reader)

    @property
    def count(self) -> int:
        """Rows let through so far."""
        return len(self._scan.found)

    @property
    def version(self) -> int:
        """Grows with each change of what `rows` would answer."""
        return self._scan.version

    @property
    def scanned(self) -> int:
        """How many rows of the feed were looked at so far."""
        return self._scan.scanned

    @property
    def done(self) -> bool:
        """Whether every row the feed has now was looked at."""
        return self._scan.done

    def advance(self, budget_s: float = 0.05) -> bool:
        """Look at rows for about so long; True when more is left. For a thread, again as lines arrive."""
        return self._scan.advance(budget_s)

    def cancel(self) -> None:
        """Let a running `advance` end soon; from then on it does nothing. From any thread."""
        self._scan.cancel()

    def rows(self, first: int, count: int, limit: int = LINE_PREFIX) -> list[Line]:
        """Up to `count` of the lines let through, from the `first`."""
        return self.feed.rows_at(self.feed_rows(first, count), limit)

    def feed_rows(self, first: int, count: int) -> list[int]:
        """The rows of the feed that `rows` shows."""
        with self._scan.lock:
            return list(self._scan.found[first : first + count])

    def position_of(self, row: int) -> int:
        """Where feed row `row` stands among those let through, or the place it would take."""
        with self._scan.lock:
            return bisect_left(self._scan.found, row)
