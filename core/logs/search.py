"""Search: marks the rows of a feed that hold something, while scanning and while lines arrive."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from core.logs.criteria import Filter
from core.logs.facts import Reader, plain_reader
from core.logs.feed import Feed
from core.logs.matching import matcher_for
from core.logs.scan import Scan


class Search:
    """Marks on the rows of a feed: text, a regular expression, a level (next error) or a kind.

    Only rows that the filter `within` lets through are marked, where there is one.
    Raises UsageError for a bad regular expression.
    """

    def __init__(
        self, feed: Feed, wanted: Filter, reader: Reader = plain_reader, within: Filter | None = None
    ) -> None:
        self.feed = feed
        self.wanted = wanted
        self._scan = Scan(feed, wanted, reader, within)
        self._matcher = matcher_for(wanted.text, wanted.regex, wanted.ignore_case)

    @property
    def count(self) -> int:
        """Marks found so far."""
        return len(self._scan.found)

    @property
    def version(self) -> int:
        """Grows when marks come or go."""
        return self._scan.version

    @property
    def scanned(self) -> int:
        """Rows looked at so far."""
        return self._scan.scanned

    @property
    def total(self) -> int:
        """Rows there are to look at now; `scanned` of them were."""
        return self.feed.count

    @property
    def done(self) -> bool:
        """Whether every row the feed has now was looked at."""
        return self._scan.done

    def advance(self, budget_s: float = 0.05) -> bool:
        """Look at rows for about so long; True when more is left. For a thread, again as lines arrive."""
        return self._scan.advance(budget_s)

    def cancel(self) -> None:
        """Let a running `advance` end soon; the marks found stay. From any thread."""
        self._scan.cancel()

    def next_after(self, row: int, step: int = 1) -> int | None:
        """The feed row of the nearest mark after `row` (before it with a negative step); None without one."""
        with self._scan.lock:
            found = self._scan.found
            place = bisect_right(found, row) if step > 0 else bisect_left(found, row) - 1
            return found[place] if 0 <= place < len(found) else None

    def last_before(self, row: int) -> int | None:
        """The nearest mark before `row`, found by reading back from there; None without one. Blocks."""
        return self._scan.last_before(row)

    def position_of(self, row: int) -> int:
        """How many marks stand at or before `row`: the n of "n of count"."""
        with self._scan.lock:
            return bisect_right(self._scan.found, row)

    def is_marked(self, row: int) -> bool:
        """Whether feed row `row` holds what is searched."""
        with self._scan.lock:
            place = bisect_left(self._scan.found, row)
            return place < len(self._scan.found) and self._scan.found[place] == row

    def spans(self, data: bytes) -> list[tuple[int, int]]:
        """Where in a line's bytes the text stands, to be lit up: (start, end) byte offsets."""
        return self._matcher.spans(data) if self._matcher and not self.wanted.inverse else []
