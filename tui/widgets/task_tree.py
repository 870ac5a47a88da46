"""The task tree: thousands of tasks to fold, filter, mark and walk, drawn row by row as they are seen."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.reactive import reactive, var

from core.tasks.document import Tag
from core.tasks.graph import TaskGraph
from core.tasks.model import Task
from core.tasks.next_task import next_task
from tui.actions import bindings
from tui.widgets.line_view import NOTICE, Part
from tui.widgets.row_list import RowList
from tui.widgets.task_filter import read_filter
from tui.widgets.task_rows import RowPainter, RowState
from tui.widgets.tree_requests import TreeRequests
from tui.widgets.visible_rows import nearest_survivor

if TYPE_CHECKING:
    from core.tasks.complexity import ComplexityReport
    from tui.bridges.documents import Covered

FLASH_SECONDS = 1.5
NO_TASKS = "No tasks yet. The way to them:"
STEPS = ("1  p  plan from the PRD", "2  a  score how hard", "3  X  divide into subtasks")


class TaskTree(TreeRequests):
    """The tasks of one tag. `show` gives it content, first and at every later change."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("tree")

    cursor_key: reactive[str | None] = reactive(None, repaint=False)
    """The task under the cursor; None when nothing is shown."""
    filter_text: reactive[str] = reactive("", repaint=False)
    """Words that all must match; applied as it is set."""
    marked: var[frozenset[str]] = var(frozenset[str]())
    """The marked tasks, including those folded or filtered away."""

    @dataclass
    class Highlighted(Message):
        """The cursor went to another task (or to none)."""

        key: str | None

    @dataclass
    class Opened(Message):
        """A task was chosen with Enter or a double click."""

        key: str

    class MarksChanged(Message):
        """Tasks were marked or marks taken away."""

    class FilterCleared(Message):
        """The tree gave its filter up: nothing is to be read in the line it was typed in."""

    @dataclass
    class Request(Message):
        """An edit is wanted.

        `action`: status, priority, edit, add, add_subtask, remove, move_up, move_down, edit_dependencies.
        """

        action: str
        keys: tuple[str, ...]

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._list = RowList()
        self._flashing: set[str] = set()
        self._painter: RowPainter | None = None
        self._activity: dict[str, str] = {}
        self._covered: dict[str, Covered] = {}
        self._range_start: str | None = None
        self.border_title = "Tasks"

    # Content -------------------------------------------------------------------------------------------

    def show(self, tag: Tag, graph: TaskGraph, report: ComplexityReport | None) -> None:
        """Show this content; cursor, folding, marks and scroll stay with the tasks they were on."""
        old, self._painter = self._painter, RowPainter(tag, graph, report)
        self._painter.activity = self._activity
        self._painter.covered = self._covered
        self._painter.next_key = old.next_key if old is not None else None
        self._painter.words = read_filter(self.filter_text).words
        with self._changing_rows():
            self._list.show(tag, graph)
            self.marked = self.marked & tag.nodes.keys()
        # In a big file this takes longer than all the rest, and one sign can come a frame later.
        self.call_after_refresh(self._point_to_next, self._painter)

    def _point_to_next(self, painter: RowPainter) -> None:
        if painter is not self._painter:
            return  # newer content has come meanwhile
        task = next_task(painter.tag, painter.graph).task
        old, painter.next_key = painter.next_key, task.key if task else None
        self._redraw_keys({old, painter.next_key})

    def set_activity(self, activity: Mapping[str, str]) -> None:
        """Say which tasks have a running agent, and what it does (`working`, `stalled`, ...)."""
        changed = {*self._activity.items()} ^ {*activity.items()}
        self._activity = dict(activity)
        if self._painter is not None:
            self._painter.activity = self._activity
            self._redraw_keys({key for key, _ in changed})

    def set_covered(self, covered: Mapping[str, Covered]) -> None:
        """Say how far the documents of each task are that has any."""
        changed = {*self._covered.items()} ^ {*covered.items()}
        if not changed or self._painter is None:
            self._covered = dict(covered)
            return
        columns = bool(self._covered) != bool(covered)
        self._covered = self._painter.covered = dict(covered)
        if columns:
            self._painter.forget_columns()
            self.redraw_all()
        else:
            self._redraw_keys({key for key, _ in changed})

    @property
    def visible_keys(self) -> tuple[str, ...]:
        """The keys of the rows, top to bottom, those scrolled out of sight included."""
        return tuple(row.key for row in self._list.rows)

    def targets(self) -> tuple[str, ...]:
        """What an edit is about: the marked tasks in file order, or else the task under the cursor."""
        if self.marked:
            return self._list.in_order(self.marked)
        return (self.cursor_key,) if self.cursor_key is not None else ()

    @contextmanager
    def _changing_rows(self) -> Generator[None]:
        """Around a change of the rows: afterwards the cursor's row stands where it stood on the screen."""
        old_rows, top = self._list.rows, round(self.scroll_offset.y)
        cursor = self.cursor_key or ""
        old_line = self._list.line_of.get(cursor, 0)
        anchor = old_line if 0 <= old_line - top < self.page_height else top
        yield
        self.cursor_key = self._list.nearest(cursor, old_rows, old_line)
        self.resize_content(len(self._list.rows) or NOTICE)
        held = nearest_survivor(old_rows, anchor, self._list.line_of)
        if held is not None:
            self.scroll_to(y=max(0, self._list.line_of[held] - (anchor - top)), animate=False)
        self._say_counts()

    def _say_counts(self) -> None:
        self.border_subtitle = self.counts

    @property
    def natural_width(self) -> int:
        """The cells in which no title of a task is cut, with those of scrollbar and border."""
        return self._painter.natural_width + 3 if self._painter is not None else 0

    @property
    def counts(self) -> str:
        """How many tasks are done, or with a filter how many match: `5 of 85`."""
        tag = self._list.tag
        if tag is None:
            return ""
        if self._list.filtered:
            return f"{self._list.found} of {len(tag.nodes)}"
        return f"{sum(task.finished for task in tag.tasks)}/{len(tag.tasks)} done"

    # Drawing -------------------------------------------------------------------------------------------

    def parts(self, y: int, width: int) -> list[Part]:
        if self._painter is None:
            return []
        if not self._list.rows:
            steps = () if self._list.filtered else STEPS
            above = NOTICE - len(steps)
            return self.notice(self._empty_text(), y, width) if y < above else [(" " + steps[y - above], "")]
        row = self._list.rows[y]
        state = RowState(
            unfolded=self._list.is_unfolded(row.key),
            cursor=row.key == self.cursor_key,
            marked=row.key in self.marked,
            flashing=row.key in self._flashing,
            context=self._list.is_context(row.key),
        )
        return self._painter.parts(row, state, width)

    def _empty_text(self) -> str:
        if self._list.filtered:
            return "No task matches. Escape clears the filter."
        return NO_TASKS

    def line_styles(self, y: int) -> tuple[str, ...]:
        if y >= len(self._list.rows):
            return ()
        key = self._list.rows[y].key
        names = (
            ("line--marked", key in self.marked),
            ("line--flash", key in self._flashing),
            ("line--cursor", key == self.cursor_key),
        )
        return tuple(name for name, holds in names if holds)

    def _redraw_keys(self, keys: Iterable[str | None]) -> None:
        line_of = self._list.line_of
        self.redraw([line_of[key] for key in keys if key in line_of])

    def flash(self, keys: Iterable[str]) -> None:
        """Point out rows that changed by another hand, for a moment."""
        fresh = set(keys)
        self._flashing |= fresh
        self._redraw_keys(fresh)

        def fade() -> None:
            self._flashing -= fresh
            self._redraw_keys(fresh)

        self.set_timer(FLASH_SECONDS, fade)

    # Cursor, fold, filter ------------------------------------------------------------------------------

    def watch_cursor_key(self, old: str | None, new: str | None) -> None:
        self._redraw_keys((old, new))
        if new in self._list.line_of:
            self.reveal(self._list.line_of[new])
        self.post_message(self.Highlighted(new))

    def watch_filter_text(self) -> None:
        if self._painter is not None:
            self._painter.words = read_filter(self.filter_text).words
        with self._changing_rows():
            self._list.filter(self.filter_text)
        self._reveal_cursor()

    def watch_marked(self, old: frozenset[str], new: frozenset[str]) -> None:
        self._redraw_keys(old ^ new)
        self.post_message(self.MarksChanged())

    def move_to(self, key: str) -> None:
        """Put the cursor on a task: unfolds what hides it, and clears a filter that does."""
        if self._list.tag is None or key not in self._list.tag.nodes:
            return
        if key not in self._list.line_of:
            self._give_filter_up()
            with self._changing_rows():
                self._list.unfold_to(key)
        self.cursor_key = key
        self._reveal_cursor()

    def _reveal_cursor(self) -> None:
        if self.cursor_key in self._list.line_of:
            self.reveal(self._list.line_of[self.cursor_key])

    def _set_unfolded(self, task: Task, unfolded: bool) -> None:
        with self._changing_rows():
            self._list.set_unfolded(task.key, unfolded)
        if unfolded:
            # As many of the new rows as fit, the task itself still in view.
            line = self._list.line_of[task.key]
            last = min(line + len(task.subtasks), len(self._list.rows) - 1)
            self.reveal(min(last, line + self.page_height - 1))

    @property
    def cursor_task(self) -> Task | None:
        """The task under the cursor."""
        tag = self._list.tag
        return tag.nodes.get(self.cursor_key or "") if tag is not None else None

    # Keys ----------------------------------------------------------------------------------------------

    def _move(self, lines: int) -> None:
        if self._list.rows:
            line = self._list.line_of.get(self.cursor_key or "", 0) + lines
            self.cursor_key = self._list.rows[max(0, min(len(self._list.rows) - 1, line))].key

    def action_cursor_up(self) -> None:
        self._move(-1)

    def action_cursor_down(self) -> None:
        self._move(1)

    def action_page_up(self) -> None:
        self._move(-self.page_height)

    def action_page_down(self) -> None:
        self._move(self.page_height)

    def action_first(self) -> None:
        self._move(-len(self._list.rows))

    def action_last(self) -> None:
        self._move(len(self._list.rows))

    def action_fold(self) -> None:
        task = self.cursor_task
        if task is None:
            return
        if task.subtasks and self._list.is_unfolded(task.key):
            self._set_unfolded(task, False)
        elif task.parent is not None:
            self.cursor_key = task.parent.key

    def action_unfold(self) -> None:
        task = self.cursor_task
        if task is None or not task.subtasks:
            return
        if self._list.is_unfolded(task.key):
            self._move(1)
        else:
            self._set_unfolded(task, True)

    def action_fold_all(self) -> None:
        with self._changing_rows():
            self._list.fold_all()
        self._reveal_cursor()

    def action_unfold_all(self) -> None:
        if self._list.tag is not None:
            with self._changing_rows():
                self._list.unfold_all()

    def action_open(self) -> None:
        if self.cursor_key is not None:
            self.post_message(self.Opened(self.cursor_key))

    def action_mark(self) -> None:
        if self.cursor_key is not None:
            self._toggle_mark(self.cursor_key)
            self._move(1)

    def _toggle_mark(self, key: str) -> None:
        self.marked = self.marked ^ {key}
        self._range_start = key

    def action_clear(self) -> None:
        """Marks first, then the filter: two presses give everything back."""
        if self.marked:
            self.marked = frozenset()
        else:
            self._give_filter_up()

    def _give_filter_up(self) -> None:
        self.filter_text = ""
        self.post_message(self.FilterCleared())

    # Requests ------------------------------------------------------------------------------------------

    def request(self, action: str, keys: tuple[str, ...]) -> None:
        # Without keys too: whoever answers says why there is nothing to do it to.
        self.post_message(self.Request(action, keys))

    # Mouse ---------------------------------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        line = self.content_line(offset.y) if offset is not None else len(self._list.rows)
        if offset is None or self._painter is None or line >= len(self._list.rows):
            return
        event.stop()
        row = self._list.rows[line]
        choosing = not (event.shift or event.ctrl or event.meta)
        if choosing and offset.x in self._painter.arrow_span(row):
            self._set_unfolded(self._painter.tag.nodes[row.key], not self._list.is_unfolded(row.key))
            return
        if event.shift:
            self._mark_range(row.key)
        elif not choosing:
            self._toggle_mark(row.key)
        self.cursor_key = row.key
        if choosing and event.chain == 2:
            self.post_message(self.Opened(row.key))

    def _mark_range(self, key: str) -> None:
        line_of = self._list.line_of
        start = self._range_start if self._range_start in line_of else self.cursor_key
        first, last = sorted((line_of[start or key], line_of[key]))
        self.marked = self.marked | {row.key for row in self._list.rows[first : last + 1]}
