"""The table of runs: state, tasks, activity, age, attempt, files, cost and lines a second, one row each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from tui.widgets import glyphs
from tui.widgets.line_view import NOTICE, Part
from tui.widgets.part_lines import CursorList, PartLine
from tui.widgets.run_signs import (
    cost_words,
    files_words,
    in_order,
    rate_words,
    request_words,
    run_sign,
    short_id,
    span,
    tasks_words,
    work_words,
)

if TYPE_CHECKING:
    from core.runs.watch import RunView

NO_RUNS = "No runs yet. On the plan screen d writes documents and s submits a task to an agent."
READING = "Reading the runs…"
_RUN, _AGE, _TRY, _FILES, _COST, _LINES, _REQUEST = 4, 5, 4, 7, 9, 6, 7


class _Column(NamedTuple):
    name: str
    size: int
    value: Callable[[RunView], str]
    shown: bool


class RunTable(CursorList):
    """All runs of a project. `now` is the clock, seconds since the epoch."""

    def __init__(self, now: Callable[[], float], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.now = now
        self.runs: dict[str, RunView] = {}
        self.head = 1
        self.looked = False
        """Whether anybody looked for runs yet."""
        self._moved = False
        """Whether somebody chose a run: until then the cursor goes to what begins."""
        self.touched = False
        """Whether somebody moved the cursor by hand, or went on from a run."""
        self._short = False

    def show(self, runs: Sequence[RunView], *, looked: bool = True) -> None:
        """Show these runs. The cursor stays where somebody put it; until then it goes to what begins."""
        before, self.looked = self.runs, looked
        self.runs = {run.id: run for run in in_order(runs)}
        begun = next((run.id for run in self.runs.values() if not run.is_over and run.id not in before), None)
        self.show_keys(list(self.runs))
        if begun is not None and not self._moved:
            self.cursor_key = next(iter(self.runs)) if not before else begun

    def choose(self, run_id: str) -> None:
        """Put the cursor on a run and leave it there."""
        self._moved = True
        self.cursor_key = run_id

    def stay(self) -> None:
        """Somebody looks at this run: no other one takes its place."""
        self._moved = self.touched = True

    def go_with_new(self) -> None:
        """Somebody began a run from here: the cursor goes there."""
        self._moved = False

    def move(self, rows: int) -> None:
        super().move(rows)
        if rows:
            self.stay()

    @property
    def chosen(self) -> RunView | None:
        """The run under the cursor."""
        return self.runs.get(self.cursor_key or "")

    def lay_out(self, width: int) -> list[PartLine]:
        if not self.runs:
            words = NO_RUNS if self.looked else READING
            return [[], *(self.notice(words, y, width) for y in range(NOTICE))]
        runs = list(self.runs.values())
        tasks = min(max(len(tasks_words(run)) for run in runs), 14 if width < 100 else 28)
        self._short = width < 100
        state = min(max(5, *(len(self._state(run)) for run in runs)), 15)
        columns = self._columns(runs, width)
        return [
            _head(state, tasks, columns, width),
            *(self._row(run, state, tasks, columns, width) for run in runs),
        ]

    def _columns(self, runs: Sequence[RunView], width: int) -> list[_Column]:
        """The columns at the right; where room is short, those in which nobody has anything are left out."""
        columns = (
            _Column("PR", _REQUEST, request_words, any(map(request_words, runs))),
            _Column("run", _RUN, short_id, True),
            _Column("age", _AGE, self._age, True),
            _Column("try", _TRY, _attempt, width >= 90 and _tried_again(runs)),
            _Column("files", _FILES, files_words, width >= 90),
            _Column("cost", _COST, _cost, _cost_something(runs)),
            _Column("lines", _LINES, rate_words, width >= 100 and any(not run.is_over for run in runs)),
        )
        return [column for column in columns if column.shown]

    def _age(self, run: RunView) -> str:
        return span(self.now() - run.began)

    def _state(self, run: RunView) -> str:
        label = run_sign(run).label
        return label.split()[0] if self._short else label

    def _row(
        self, run: RunView, state: int, tasks: int, columns: Sequence[_Column], width: int
    ) -> list[Part]:
        sign = run_sign(run)
        right = [
            (glyphs.fill_left(value := column.value(run), column.size), "line--alarm" * ("✕" in value))
            for column in columns
        ]
        room = width - 3 - state - 1 - tasks - 2 - sum(column.size for column in columns) - 1
        cursor = glyphs.CURSOR if run.id == self.cursor_key else " "
        return [
            (cursor, "line--strong"),
            (f"{sign.glyph} ", sign.style),
            (glyphs.fill(self._state(run), state) + " ", sign.style),
            (glyphs.fill(tasks_words(run), tasks) + "  ", "line--strong"),
            (glyphs.fill(work_words(run), room), "line--quiet" if run.is_over else ""),
            *right,
            (" ", ""),
        ]

    def watch_cursor_key(self, old: str | None, new: str | None) -> None:
        super().watch_cursor_key(old, new)
        self.update_lines()


def _head(state: int, tasks: int, columns: Sequence[_Column], width: int) -> list[Part]:
    numbers = sum(column.size for column in columns)
    left = f"   {glyphs.fill('state', state)} {glyphs.fill('tasks', tasks)}  "
    room = width - len(left) - numbers - 1
    right = "".join(glyphs.fill_left(column.name, column.size) for column in columns)
    return [(f"{left}{glyphs.fill('activity', room)}{right} ", "line--quiet")]


def _attempt(run: RunView) -> str:
    return str(run.attempt)


def _cost(run: RunView) -> str:
    return cost_words(run, run.cost)


def _tried_again(runs: Iterable[RunView]) -> bool:
    return any(run.attempt > 1 for run in runs)


def _cost_something(runs: Iterable[RunView]) -> bool:
    return any(map(_cost, runs))
