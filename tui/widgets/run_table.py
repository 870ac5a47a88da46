"""The table of runs: state, tasks, activity, age, attempt, files, cost and lines a second, one row each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tui.widgets import glyphs
from tui.widgets.line_view import NOTICE, Part
from tui.widgets.part_lines import CursorList, PartLine
from tui.widgets.run_signs import (
    cost_words,
    files_words,
    in_order,
    rate_words,
    run_sign,
    span,
    tasks_words,
    work_words,
)

if TYPE_CHECKING:
    from core.runs.watch import RunView

NO_RUNS = "No runs yet. On the plan screen d writes documents and s submits a task to an agent."
_NUMBERS = (("age", 5), ("try", 4), ("files", 7), ("cost", 7), ("lines", 6))


class RunTable(CursorList):
    """All runs of a project. `now` is the clock, seconds since the epoch."""

    def __init__(self, now: Callable[[], float], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.now = now
        self.runs: dict[str, RunView] = {}
        self.head = 1
        self._short = False

    def show(self, runs: Sequence[RunView]) -> None:
        """Show these runs; the cursor stays on the run it was on."""
        self.runs = {run.id: run for run in in_order(runs)}
        self.show_keys(list(self.runs))

    @property
    def chosen(self) -> RunView | None:
        """The run under the cursor."""
        return self.runs.get(self.cursor_key or "")

    def lay_out(self, width: int) -> list[PartLine]:
        if not self.runs:
            return [[], *(self.notice(NO_RUNS, y, width) for y in range(NOTICE))]
        tasks = min(max(len(tasks_words(run)) for run in self.runs.values()), 14 if width < 100 else 28)
        self._short = width < 100
        state = min(max(5, *(len(self._state(run)) for run in self.runs.values())), 15)
        return [
            _head(state, tasks, width),
            *(self._row(run, state, tasks, width) for run in self.runs.values()),
        ]

    def _state(self, run: RunView) -> str:
        label = run_sign(run).label
        return label.split()[0] if self._short else label

    def _row(self, run: RunView, state: int, tasks: int, width: int) -> list[Part]:
        sign = run_sign(run)
        age = span(self.now() - run.began)
        values = (age, str(run.attempt), files_words(run), cost_words(run, run.cost), rate_words(run))
        right = [
            (glyphs.fill_left(value, size), "") for value, (_, size) in zip(values, _NUMBERS, strict=True)
        ]
        room = width - 3 - state - 1 - tasks - 2 - sum(size for _, size in _NUMBERS) - 1
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


def _head(state: int, tasks: int, width: int) -> list[Part]:
    numbers = sum(size for _, size in _NUMBERS)
    left = f"   {glyphs.fill('state', state)} {glyphs.fill('tasks', tasks)}  "
    room = width - len(left) - numbers - 1
    right = "".join(glyphs.fill_left(name, size) for name, size in _NUMBERS)
    return [(f"{left}{glyphs.fill('activity', room)}{right} ", "line--quiet")]
