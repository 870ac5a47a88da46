"""How one row of the tree is drawn: fold arrow, status, id, title, and the columns there is room for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from rich.cells import cell_len

from core.tasks.document import Tag
from core.tasks.graph import TaskGraph
from core.tasks.model import Task
from tui.widgets import glyphs
from tui.widgets.line_view import Part
from tui.widgets.visible_rows import Row

if TYPE_CHECKING:
    from core.tasks.complexity import ComplexityReport
    from tui.bridges.documents import Covered

LIMIT_ID = 12
LIMIT_DEPTH = 8
LIMIT_TITLE = 120
BAR = 4
BAR_FROM = 76
"""From this width there is room for a bar beside the numbers of done and all subtasks."""


@dataclass(frozen=True, slots=True)
class RowState:
    """What the tree knows about a row beyond its task."""

    unfolded: bool = False
    cursor: bool = False
    marked: bool = False
    flashing: bool = False
    context: bool = False
    """Shown only because a subtask of it matches the filter."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns right of the title that fit a width; each counts its own space in front."""

    priority: bool
    heat: int
    bar: bool
    ratio: int
    documents: bool = False

    @property
    def width(self) -> int:
        # two cells always stand for the mark: next, waiting, or a running agent
        right = (BAR + 1) * self.bar + self.ratio + 2 * self.documents
        return 2 + 2 * self.priority + self.heat + right


class RowPainter:
    """Draws the rows of one tag. Make a new one when tag, graph or report change."""

    def __init__(self, tag: Tag, graph: TaskGraph, report: ComplexityReport | None) -> None:
        self.tag = tag
        self.graph = graph
        self.next_key: str | None = None
        self.activity: Mapping[str, str] = {}
        self.covered: Mapping[str, Covered] = {}
        self.words: tuple[str, ...] = ()
        self._report = report
        highest = max((score.score for score in report.scores.values()), default=0.0) if report else 0.0
        self._digits = len(f"{highest:.0f}") if highest > 0 else 0
        self._id_width = glyphs.natural_width([glyphs.plain(task.key) for task in tag.tasks], LIMIT_ID)
        self._most = max((len(task.subtasks) for task in tag.tasks), default=0)
        self._foldable = bool(self._most)
        self._priorities = any(task.priority for task in tag.tasks)
        self._columns = lru_cache(16)(self._columns_at)
        self._below_width = lru_cache(512)(self._id_width_below)

    def parts(self, row: Row, state: RowState, width: int) -> list[Part]:
        """The row as styled pieces, together `width` cells."""
        task = self.tag.nodes[row.key]
        columns = self._columns(width)
        if task.parent is not None and not task.subtasks:
            columns = self._columns_below(task, columns)
        left = self._left(task, row, state)
        room = width - sum(cell_len(text) for text, _ in left) - columns.width
        return [*left, *self._title(task, state.context, room), *self._right(task, columns)]

    @cached_property
    def natural_width(self) -> int:
        """The cells in which no title of a task is cut."""
        left = 4 + 2 * self._foldable
        right = self._columns_at(BAR_FROM - 1).width
        widest = 0
        for task in self.tag.nodes.values():
            text = cell_len(glyphs.plain(f"{task.key} {task.title}"[:LIMIT_TITLE]))
            # A subtask stands two cells further in, and has the columns but the first for itself.
            widest = max(widest, text + (4 if task.parent is not None else right))
        return left + widest

    def forget_columns(self) -> None:
        """A column came or went."""
        self._columns.cache_clear()
        vars(self).pop("natural_width", None)

    def _columns_below(self, task: Task, columns: Columns) -> Columns:
        """A subtask has the columns for itself that would stand empty in its row."""
        scored = self._report is not None and self._report.of(task) is not None
        priority = columns.priority and bool(task.priority)
        return Columns(priority=priority or scored, heat=columns.heat if scored else 0, bar=False, ratio=0)

    def arrow_span(self, row: Row) -> range:
        """The cells of the fold arrow, for the mouse; empty for a task without subtasks."""
        start = 1 + 2 * min(row.depth, LIMIT_DEPTH)
        return range(start, start + 2) if self.tag.nodes[row.key].subtasks else range(0)

    # Left ----------------------------------------------------------------------------------------------

    def _left(self, task: Task, row: Row, state: RowState) -> list[Part]:
        none = "  " if self._foldable else ""
        arrow = ("▾ " if state.unfolded else "▸ ") if task.subtasks else none
        sign = glyphs.status_sign(task.status)
        id_width = self._id_width if task.parent is None else self._below_width(task.parent.key)
        return [
            (_gutter(state), "line--strong"),
            ("  " * min(row.depth, LIMIT_DEPTH), ""),
            (arrow, "line--quiet"),
            (sign.glyph, sign.style),
            (" ", ""),
            (glyphs.fill_left(task.key, id_width) + " ", "line--quiet" if row.depth else ""),
        ]

    def _id_width_below(self, parent: str) -> int:
        keys = [glyphs.plain(subtask.key) for subtask in self.tag.nodes[parent].subtasks]
        return glyphs.natural_width(keys, LIMIT_ID + 4)

    # Title ---------------------------------------------------------------------------------------------

    def _title(self, task: Task, context: bool, room: int) -> list[Part]:
        style = "line--quiet" if context else self._title_style(task)
        text = glyphs.fill(task.title or "(no title)", max(0, room))
        return _with_matches(text, style, self.words) if self.words and not context else [(text, style)]

    def _title_style(self, task: Task) -> str:
        if task.status == "in-progress":
            return "line--strong"
        if task.finished or task.status in ("cancelled", "deferred") or self._waits(task):
            return "line--quiet"
        return ""

    def _waits(self, task: Task) -> bool:
        return not task.finished and bool(self.graph.blocked_by(task.key))

    # Right ---------------------------------------------------------------------------------------------

    def _columns_at(self, width: int) -> Columns:
        heat = self._digits + 2 if self._digits and width >= 28 else 0
        return Columns(
            priority=self._priorities and width >= 42,
            heat=heat,
            bar=bool(self._most) and width >= BAR_FROM,
            ratio=2 * len(str(self._most)) + 2 if self._most and width >= 36 else 0,
            documents=bool(self.covered) and width >= 36,
        )

    def _right(self, task: Task, columns: Columns) -> list[Part]:
        parts = [self._mark(task)]
        if columns.priority:
            sign = glyphs.priority_sign(task.priority)
            parts.append((" " + sign.glyph, sign.style) if sign else ("  ", ""))
        if columns.heat:
            parts += self._heat(task, columns.heat)
        done = sum(subtask.finished for subtask in task.subtasks)
        total = len(task.subtasks)
        if columns.bar:
            parts += [(" ", ""), (glyphs.bar(done, total, BAR) if total else " " * BAR, "line--bar")]
        if columns.ratio:
            parts.append((glyphs.fill_left(f"{done}/{total}" if total else "", columns.ratio), "line--quiet"))
        if columns.documents:
            parts += [(" ", ""), self._documents(task)]
        return parts

    def _documents(self, task: Task) -> Part:
        covered = self.covered.get(task.key)
        if covered is None:
            return " ", ""
        if covered.stale:
            return glyphs.STALE, "line--next"
        whole = covered.present == covered.expected
        return glyphs.quarter(covered.present, covered.expected), "status--done" if whole else "line--amount"

    def _mark(self, task: Task) -> Part:
        activity = self.activity.get(task.key)
        if activity is not None:
            return " " + glyphs.activity_glyph(activity), "status--progress"
        if task.key == self.next_key:
            return " " + glyphs.NEXT, "line--next"
        if self._waits(task):
            return " " + glyphs.WAITING, "line--quiet"
        return "  ", ""

    def _heat(self, task: Task, width: int) -> list[Part]:
        score = self._report.of(task) if self._report else None
        if score is None:
            return [(" " * width, "")]
        digit = glyphs.fill_left(f"{score.score:.0f}", width - 2)
        return [(" ", ""), (glyphs.shade(score.score), glyphs.shade_style(score.score)), (digit, "")]


def _gutter(state: RowState) -> str:
    """The sign in front of a row: cursor, mark, both, or a change by another hand."""
    if state.cursor:
        return "»" if state.marked else glyphs.CURSOR
    return glyphs.MARKED if state.marked else glyphs.CHANGED_OUTSIDE if state.flashing else " "


def _with_matches(text: str, style: str, words: tuple[str, ...]) -> list[Part]:
    """`text` with the first place of each word marked."""
    folded = text.casefold()
    if len(folded) != len(text):
        return [(text, style)]  # folding changed lengths (ß), so places would not fit
    spans = sorted((folded.find(word), len(word)) for word in words if word in folded)
    parts: list[Part] = []
    at = 0
    for start, length in spans:
        if start < at:
            continue
        parts += [(text[at:start], style), (text[start : start + length], "line--match")]
        at = start + length
    return [*parts, (text[at:], style)]
