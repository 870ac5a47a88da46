"""Bookmarks on lines: kept by source and line number, so that filters and later lines do not move them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from core.logs.feed import Feed


@dataclass(frozen=True, slots=True, order=True)
class Bookmark:
    """A marked line of one log."""

    source: str
    number: int
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {"source": self.source, "number": self.number, "note": self.note}


class Bookmarks:
    """The bookmarks of a viewer."""

    def __init__(self, marks: Iterable[Bookmark] = ()) -> None:
        self._marks = {(mark.source, mark.number): mark for mark in marks}
        self.version = 0

    def __len__(self) -> int:
        return len(self._marks)

    def __contains__(self, place: tuple[str, int]) -> bool:
        """Whether the line (source, number) is marked."""
        return place in self._marks

    def toggle(self, source: str, number: int, note: str = "") -> bool:
        """Mark a line, or take its mark away; True when it is marked now."""
        self.version += 1
        if self._marks.pop((source, number), None):
            return False
        self._marks[source, number] = Bookmark(source, number, note)
        return True

    def note(self, source: str, number: int, note: str) -> None:
        """Mark a line with a note, or change its note."""
        self.version += 1
        self._marks[source, number] = Bookmark(source, number, note)

    def note_of(self, source: str, number: int) -> str:
        """The note of a marked line; empty without one."""
        mark = self._marks.get((source, number))
        return mark.note if mark else ""

    def all(self) -> list[Bookmark]:
        """Every bookmark, by source and line."""
        return sorted(self._marks.values())

    def rows(self, feed: Feed) -> list[int]:
        """The feed's rows that are marked, in order; lines the feed does not have are left out."""
        found = (feed.index_of(source, number) for source, number in self._marks)
        return sorted(row for row in found if row is not None)

    def next_after(self, feed: Feed, row: int, step: int = 1) -> int | None:
        """The nearest marked row after `row` (before it when `step` is negative), around the end."""
        rows = self.rows(feed)
        if not rows:
            return None
        if step > 0:
            return next((found for found in rows if found > row), rows[0])
        return next((found for found in reversed(rows) if found < row), rows[-1])
