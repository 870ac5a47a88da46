"""What the heatmap is made of: tasks with scores in an order, totals by band, and tiles that always fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from core.tasks.complexity import Band, ComplexityReport, Score, band
from core.tasks.document import Tag
from core.tasks.model import STATUSES, Task


@dataclass(frozen=True, slots=True)
class Entry:
    """A task with its score, if it has one. `place` counts from 0 in the file's order."""

    task: Task
    score: Score | None
    place: int

    @property
    def known(self) -> float | None:
        """The score, None where there is none."""
        return self.score.score if self.score else None

    @property
    def value(self) -> float:
        """The score as a number to sort by."""
        return self.known or 0.0

    @property
    def present(self) -> int:
        return len(self.task.subtasks)

    @property
    def recommended(self) -> int:
        return self.score.recommended if self.score else 0

    @property
    def missing(self) -> int:
        """How many subtasks fewer there are than recommended; 0 for a task that is over."""
        over = self.task.finished or self.task.status == "cancelled"
        return 0 if over else max(0, self.recommended - self.present)


SORTS: dict[str, Callable[[Entry], Any]] = {
    "complexity": lambda entry: (-entry.value, entry.place),
    "id": lambda entry: entry.place,
    "missing subtasks": lambda entry: (-entry.missing, -entry.value, entry.place),
    "status": lambda entry: (_status_rank(entry.task.status), -entry.value, entry.place),
}
"""The orders of the table by name; `id` is the order of the file."""

_RANKS = {
    status: rank
    for rank, status in enumerate(
        ("in-progress", "review", "blocked", "pending", "deferred", "done", "completed", "cancelled")
    )
}


def _status_rank(status: str) -> tuple[int, str]:
    return _RANKS.get(status, len(STATUSES) + 1), status


def entries_of(tag: Tag, report: ComplexityReport) -> list[Entry]:
    """Every top-level task in file order, with its score."""
    return [Entry(task, report.of(task), place) for place, task in enumerate(tag.tasks)]


def totals(entries: Sequence[Entry]) -> dict[Band | None, int]:
    """How many tasks are in each band; None counts those without a score."""
    counts = Counter[Band | None](band(entry.value) if entry.score else None for entry in entries)
    return {name: counts[name] for name in ("high", "medium", "low", None)}


def mean(group: Sequence[Entry]) -> float | None:
    """The mean of the scores there are."""
    scores = [entry.score.score for entry in group if entry.score]
    return sum(scores) / len(scores) if scores else None


@dataclass(frozen=True, slots=True)
class TilePlan:
    """How tiles fill a width: `cell` cells a tile and `gap` between, `group` tasks in one tile."""

    cell: int
    gap: int
    across: int
    rows: int
    group: int
    named: bool
    """Whether a tile has room for the id."""

    def tile_at(self, row: int, x: int) -> int | None:
        """The number of the tile at cell `x` of a row."""
        column = x // (self.cell + self.gap)
        return row * self.across + column if 0 <= column < self.across else None


def plan_tiles(count: int, width: int, most_rows: int, id_width: int, digits: int) -> TilePlan:
    """Tiles with ids where they fit in `most_rows`, else only digits, else several tasks in one tile."""
    for cell, gap, named in ((id_width + digits + 3, 1, True), (digits + 1, 0, False)):
        across = max(1, (width + gap) // (cell + gap))
        rows = -(-count // across)
        if rows <= most_rows:
            return TilePlan(cell, gap, across, rows, 1, named)
    cell = digits + 1
    across = max(1, width // cell)
    group = -(-count // (across * max(1, most_rows)))
    return TilePlan(cell, 0, across, -(-count // (group * across)), group, named=False)
