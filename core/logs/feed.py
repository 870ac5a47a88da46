"""Several logs as one list of rows, merged by time: what a viewer scrolls, filters and searches."""

from __future__ import annotations

from core.logs.line import LINE_PREFIX, Line
from core.logs.lines import LineLog


class Feed:
    """Rows over one or more logs. A row keeps its index for ever; new lines come after those already placed.

    Lines that are there when they are placed together stand in order of time (a line without one keeps to
    the line before it in its log), what arrives later stands in order of arrival.
    """

    logs: list[LineLog]
    count: int
    version: int
    """Grows with each change of what `rows` would answer."""

    def add(self, log: LineLog) -> int:
        """Add a log, any time; answers its place in `logs`."""
        raise NotImplementedError

    def advance(self, budget_s: float = 0.05) -> bool:
        """Place lines that arrived, for about so long; True when more is left. Call it in a thread."""
        raise NotImplementedError

    def rows(self, first: int, count: int, limit: int = LINE_PREFIX) -> list[Line]:
        """Up to `count` lines from row `first`, each with at most `limit` bytes. Blocks on the disk."""
        raise NotImplementedError

    def raw(self, row: int) -> bytes:
        """The whole line at `row` exactly, its line end included. Raises IndexError."""
        raise NotImplementedError

    def place_of(self, row: int) -> tuple[int, int]:
        """Which log (its place in `logs`) and which line number stands at `row`. Raises IndexError."""
        raise NotImplementedError

    def index_of(self, source: str | int, number: int) -> int | None:
        """The row of a line, by its log's name or place; None when it is not placed (yet)."""
        raise NotImplementedError
