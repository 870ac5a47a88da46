"""What of a feed is shown, and what in it is looked for: the side of the log view that works in threads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from core.logs.bookmarks import Bookmarks
from core.logs.facts import Hinting, Reader
from core.logs.feed import Feed
from core.logs.matching import AnyMatcher
from tui.widgets import log_row
from tui.widgets.log_row import Look, Row
from tui.widgets.log_rows import Page

if TYPE_CHECKING:
    from core.logs.filter import Filter, Filtered
    from core.logs.line import Line
    from core.logs.lines import LineLog
    from core.logs.search import Search

_ERRORS = frozenset(("error",))
_COUNTED = 4_000
"""New lines that one look counts errors in: more come only when a file is opened, and are no throughput."""
_STEPS = 20_000
"""Hits that are passed over at most to find one that the filter lets through."""


class LogContent:
    """A feed with its filter, search and bookmarks. What says so blocks: call it in a thread."""

    def __init__(self, feed: Feed, reader: Reader) -> None:
        self.feed = feed
        self.reader = reader
        self.bookmarks = Bookmarks()
        self.filtered: Filtered | None = None
        self.search: Search | None = None
        self.errors: Search | None = None
        """Marks on the errors, made when somebody asks for the next one."""
        self.error_count = 0
        """Errors among the lines that came while we looked."""
        self._counted = 0
        hints = reader.hint(_ERRORS, frozenset()) if isinstance(reader, Hinting) else None
        self._suspects = AnyMatcher(hints) if hints else None

    # How much there is -----------------------------------------------------------------------------------

    @property
    def count(self) -> int:
        """Rows that are shown."""
        return self._shown.count

    @property
    def _shown(self) -> Feed | Filtered:
        """What is shown. Asked once by whoever works in a thread: meanwhile a key may set another filter."""
        return self.filtered or self.feed

    @property
    def seen(self) -> int:
        """Rows of the feed that are shown, or that the filter has looked at."""
        filtered = self.filtered
        return self.feed.count if filtered is None else filtered.scanned

    @property
    def line_count(self) -> int:
        """Lines of all sources, placed or not."""
        return sum(log.line_count for log in self.feed.logs)

    @property
    def byte_count(self) -> int:
        return sum(log.byte_count for log in self.feed.logs)

    @property
    def versions(self) -> tuple[int, ...]:
        """Another value whenever there may be something new to show."""
        return (self._shown.version, *(log.version for log in self.feed.logs))

    # Reading; blocks -------------------------------------------------------------------------------------

    def page(self, top: int | None, height: int, look: Look, before: Mapping[int, Row]) -> Page:
        """The rows around `top`, or the last ones; what `before` has unchanged is not read into again."""
        shown = self._shown
        count = shown.count
        last_top = max(0, count - height)
        # The end is read without what lies around it: it moves on before anybody scrolls.
        margin = 0 if top is None else height
        first = max(0, (last_top if top is None else min(top, last_top)) - margin)
        rows = self._rows(shown, first, height + 2 * margin, before)
        look = self._fitting(look, rows.values())
        if look.wrap:
            last_top = self._last_top(shown, count, height, look, rows)
        return Page(count, rows, last_top, look)

    def _rows(
        self, shown: Feed | Filtered, first: int, count: int, before: Mapping[int, Row]
    ) -> dict[int, Row]:
        """Up to `count` of the rows shown, by their place."""
        rows: dict[int, Row] = {}
        for index, line in enumerate(shown.rows(first, count), first):
            old = before.get(index)
            same = old is not None and old.line.size == line.size and old.line.number == line.number
            rows[index] = old if old and same and old.line.source == line.source else self._row(index, line)
        return rows

    def _row(self, index: int, line: Line) -> Row:
        return Row(index, line, self.reader(line))

    def _last_top(
        self, shown: Feed | Filtered, count: int, height: int, look: Look, rows: dict[int, Row]
    ) -> int:
        """The row on top when the last lines of the screen show the last rows."""
        top, used = count, 0
        if count and count - 1 not in rows:
            rows |= self._rows(shown, max(0, count - height), height, {})
        while top > 0 and top - 1 in rows:
            used += len(log_row.lines(rows[top - 1], look))
            if used > height and top < count:
                break
            top -= 1
        return top

    @staticmethod
    def _fitting(look: Look, rows: Iterable[Row]) -> Look:
        """The look with the columns that some row needs; they stay: text must not jump while one scrolls."""
        if not look.ends and any(row.facts.cost is not None or row.facts.seconds is not None for row in rows):
            look = replace(look, ends=True)
        if not look.timed and any(row.line.time is not None for row in rows):
            look = replace(look, timed=True)
        return look

    def count_errors(self) -> None:
        """Count the errors among the lines that came since the last time."""
        first, self._counted = self._counted, self.feed.count
        if first and self._counted - first <= _COUNTED:
            self.error_count += sum(
                self._errors_in(self.feed.logs[source], low, high)
                for source, (low, high) in self.feed.ranges(first, self._counted).items()
            )

    def _errors_in(self, log: LineLog, low: int, high: int) -> int:
        if self._suspects is None:
            return sum(self.reader(line).level == "error" for line in log.lines(low, high - low, 4096))
        # Most lines hold no word of an error: they are passed over many at a time.
        numbers = [
            number
            for chunk in log.scan(low, high)
            if not chunk.giant
            for number, _ in self._suspects.find(chunk)
        ]
        lines = (line for number in numbers for line in log.lines(number, 1, 4096))
        return sum(self.reader(line).level == "error" for line in lines)

    # Filter and search -----------------------------------------------------------------------------------

    def set_filter(self, wanted: Filter | None) -> None:
        """Show only what `wanted` lets through; everything with None. A scan that still runs ends."""
        from core.logs.filter import Filtered

        if self.filtered is not None:
            self.filtered.cancel()
        self.filtered = None if wanted is None else Filtered(self.feed, wanted, self.reader)
        # Only what is shown counts as a hit or as the next error.
        self.set_search(self.search.wanted if self.search is not None else None)
        if self.errors is not None:
            self.errors.cancel()
            self.errors = None

    def set_search(self, wanted: Filter | None) -> None:
        """Look for `wanted` in all lines; for nothing with None."""
        from core.logs.search import Search

        if self.search is not None:
            self.search.cancel()
        self.search = None if wanted is None else Search(self.feed, wanted, self.reader, self._filter)

    @property
    def _filter(self) -> Filter | None:
        return self.filtered.filter if self.filtered is not None else None

    def look_for_errors(self) -> Search:
        """The marks on errors; looked for from now on."""
        if self.errors is None:
            from core.logs.filter import Filter
            from core.logs.search import Search

            self.errors = Search(self.feed, Filter(levels=_ERRORS), self.reader, self._filter)
        return self.errors

    @property
    def is_looking(self) -> bool:
        """Whether something is filtered or searched, so that new lines must be looked at."""
        return any(work is not None for work in (self.filtered, self.search, self.errors))

    def advance(self, budget: float) -> bool:
        """Filter and search a little further; True when more is left. Blocks."""
        works = [work for work in (self.filtered, self.search, self.errors) if work is not None]
        return any([work.advance(budget / len(works)) for work in works])

    # Places ----------------------------------------------------------------------------------------------

    def feed_row(self, shown: int) -> int:
        """The feed's row that stands at `shown`. Blocks no longer than looking into a list."""
        if self.filtered is None:
            return shown
        rows = self.filtered.feed_rows(shown, 1)
        return rows[0] if rows else self.feed.count

    def shown_row(self, feed_row: int) -> int:
        """Where the feed's row is shown, or the next one that is."""
        return feed_row if self.filtered is None else self.filtered.position_of(feed_row)

    def is_shown(self, feed_row: int) -> bool:
        """Whether the filter lets that row through."""
        if self.filtered is None:
            return True
        return self.filtered.feed_rows(self.filtered.position_of(feed_row), 1) == [feed_row]

    def next_hit(self, search: Search, row: int, step: int) -> int | None:
        """The shown row of the nearest hit behind the feed's `row`, or before it; None as long as nobody
        knows or there is none: `searched` tells which."""
        seen = self.searched(search)
        if step < 0 and seen < min(row, self.feed.count):
            return None
        found: int | None = row
        for _ in range(_STEPS):
            found = search.next_after(found, step)
            if found is None or found >= seen or self.is_shown(found):
                break
        return None if found is None or found >= seen else self.shown_row(found)

    def searched(self, search: Search) -> int:
        """The feed's row up to which search and filter have looked."""
        return min(search.scanned, self.seen)

    def next_bookmark(self, shown: int, step: int) -> int | None:
        """The shown row of the next bookmark, around the end."""
        row = self.bookmarks.next_after(self.feed, self.feed_row(shown) if shown >= 0 else -1, step)
        return None if row is None else self.shown_row(row)
