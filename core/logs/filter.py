"""Filters: which rows of a feed are shown while the rest is hidden, live while lines arrive."""

from __future__ import annotations

from dataclasses import dataclass

from core.logs.facts import Reader, plain_reader
from core.logs.feed import Feed
from core.logs.line import LINE_PREFIX, Line

_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Filter:
    """What a line must have to be shown. An empty set asks for nothing."""

    text: str = ""
    regex: bool = False
    inverse: bool = False
    """Shows the lines without the text; levels, sources and kinds are never inverted."""
    ignore_case: bool = True
    levels: frozenset[str] = _NONE
    sources: frozenset[str] = _NONE
    kinds: frozenset[str] = _NONE

    @classmethod
    def parse(cls, words: str, **parts: object) -> Filter:
        """What a person typed: `!` at the start inverts, `/…/` is a regular expression, the rest plain text.

        A capital letter makes case count. `parts` are further fields. Raises UsageError for a bad
        regular expression.
        """
        raise NotImplementedError

    def check(self) -> None:
        """Raises UsageError when the regular expression is wrong."""
        raise NotImplementedError


class Filtered:
    """The rows of a feed that a filter lets through."""

    feed: Feed
    filter: Filter
    count: int
    version: int
    scanned: int
    """How many rows of the feed were looked at so far."""

    def __init__(self, feed: Feed, filter: Filter, reader: Reader = plain_reader) -> None:
        raise NotImplementedError

    @property
    def done(self) -> bool:
        """Whether every row the feed has now was looked at."""
        raise NotImplementedError

    def advance(self, budget_s: float = 0.05) -> bool:
        """Look at rows for about so long; True when more is left. For a thread, again as lines arrive."""
        raise NotImplementedError

    def cancel(self) -> None:
        """Let a running `advance` end soon; from then on it does nothing. From any thread."""
        raise NotImplementedError

    def rows(self, first: int, count: int, limit: int = LINE_PREFIX) -> list[Line]:
        """Up to `count` of the lines let through, from the `first`."""
        raise NotImplementedError

    def feed_rows(self, first: int, count: int) -> list[int]:
        """The rows of the feed that `rows` shows."""
        raise NotImplementedError

    def position_of(self, row: int) -> int:
        """Where feed row `row` stands among those let through, or the place it would take."""
        raise NotImplementedError
