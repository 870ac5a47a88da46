"""Search: marks the rows of a feed that hold something, while scanning and while lines arrive."""

from __future__ import annotations

from core.logs.facts import Reader, plain_reader
from core.logs.feed import Feed
from core.logs.filter import Filter


class Search:
    """Marks on the rows of a feed: text, a regular expression, a level (next error) or a kind."""

    feed: Feed
    wanted: Filter
    count: int
    """Marks found so far."""
    version: int
    scanned: int

    def __init__(self, feed: Feed, wanted: Filter, reader: Reader = plain_reader) -> None:
        raise NotImplementedError

    @property
    def total(self) -> int:
        """Rows there are to look at now; `scanned` of them were."""
        raise NotImplementedError

    @property
    def done(self) -> bool:
        """Whether every row the feed has now was looked at."""
        raise NotImplementedError

    def advance(self, budget_s: float = 0.05) -> bool:
        """Look at rows for about so long; True when more is left. For a thread, again as lines arrive."""
        raise NotImplementedError

    def cancel(self) -> None:
        """Let a running `advance` end soon; the marks found stay."""
        raise NotImplementedError

    def next_after(self, row: int, step: int = 1) -> int | None:
        """The feed row of the nearest mark after `row` (before it with a negative step); None without one."""
        raise NotImplementedError

    def position_of(self, row: int) -> int:
        """How many marks stand at or before `row`: the n of "n of count"."""
        raise NotImplementedError

    def is_marked(self, row: int) -> bool:
        """Whether feed row `row` holds what is searched."""
        raise NotImplementedError

    def spans(self, data: bytes) -> list[tuple[int, int]]:
        """Where in a line's bytes the text stands, to be lit up: (start, end) byte offsets."""
        raise NotImplementedError
