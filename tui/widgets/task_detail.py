"""One task in full: its state, what it waits for and unblocks, its texts, its subtasks, its other fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import BindingType
from textual.message import Message

from core.tasks.graph import TaskGraph
from core.tasks.model import Task
from tui.actions import bindings
from tui.widgets.detail_lines import detail_lines, links_of
from tui.widgets.line_view import NOTICE, LineView, Part
from tui.widgets.text_lines import Line

if TYPE_CHECKING:
    from core.tasks.complexity import ComplexityReport

EMPTY = "No task is chosen. 1 goes to the tree; what is under its cursor is shown here."
NO_TASKS = (
    "No tasks yet. p plans them from the PRD and shows them before anything is written; "
    "3 shows the PRD, o adds a task by hand."
)


class TaskDetail(LineView):
    """Shows one task. Others it names are links: braces go from one to the next, Enter or a click follows."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("detail")

    @dataclass
    class JumpRequested(Message):
        """Another task that is named here was chosen."""

        key: str

    @dataclass
    class Request(Message):
        """An edit of the task on show is wanted: `edit` or `status`."""

        action: str
        keys: tuple[str, ...]

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._subject: Task | None = None
        self._graph: TaskGraph | None = None
        self._report: ComplexityReport | None = None
        self._lines: list[Line] = []
        self._links: list[tuple[int, int]] = []
        self._chosen: int | None = None

    def show(self, task: Task | None, graph: TaskGraph | None, report: ComplexityReport | None) -> None:
        """Show a task. The same task with new content keeps scroll and link, another begins at its top."""
        same = task is not None and self._subject is not None and task.key == self._subject.key
        self._subject, self._graph, self._report = task, graph, report
        if not same:
            self._chosen = None
            self.scroll_to(y=0, animate=False)
        self._lay_out()

    @property
    def key(self) -> str | None:
        """The key of the task on show."""
        return self._subject.key if self._subject else None

    @property
    def chosen_link(self) -> str | None:
        """The key of the task whose link is chosen."""
        if self._chosen is None:
            return None
        line, piece = self._links[self._chosen]
        return self._lines[line][piece].link

    def _lay_out(self) -> None:
        if self._subject is None or self._graph is None:
            self._lines = []
        elif self.line_width > 0:
            self._lines = detail_lines(self._subject, self._graph, self._report, self.line_width)
        self._links = links_of(self._lines)
        if self._chosen is not None and self._chosen >= len(self._links):
            self._chosen = None
        self.resize_content(len(self._lines) or NOTICE)

    def on_resize(self, event: events.Resize) -> None:
        self._lay_out()

    def parts(self, y: int, width: int) -> list[Part]:
        if not self._lines:
            begun = self._graph is None or self._graph.tag.nodes
            return self.notice(EMPTY if begun else NO_TASKS, y, width)
        chosen = self._links[self._chosen] if self._chosen is not None else (-1, -1)
        key = self.chosen_link
        return [
            (
                piece.text,
                "line--chosen"
                if chosen[0] == y and number >= chosen[1] and piece.link == key
                else piece.style,
            )
            for number, piece in enumerate(self._lines[y])
        ]

    # Keys ----------------------------------------------------------------------------------------------

    def _choose(self, step: int) -> None:
        if not self._links:
            return
        old = self._chosen
        if old is None:
            self._chosen = 0 if step > 0 else len(self._links) - 1
        else:
            self._chosen = (old + step) % len(self._links)
            self.redraw([self._links[old][0]])
        line = self._links[self._chosen][0]
        self.redraw([line])
        self.reveal(line)

    def action_next_link(self) -> None:
        self._choose(1)

    def action_previous_link(self) -> None:
        self._choose(-1)

    def action_follow_link(self) -> None:
        if self.chosen_link is not None:
            self.post_message(self.JumpRequested(self.chosen_link))

    def action_edit(self) -> None:
        if self._subject is not None:
            self.post_message(self.Request("edit", (self._subject.key,)))

    def action_set_status(self) -> None:
        if self._subject is not None:
            self.post_message(self.Request("status", (self._subject.key,)))

    # Mouse ---------------------------------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        line = self.content_line(offset.y)
        if line < len(self._lines):
            key = _link_at(self._lines[line], offset.x)
            if key is not None:
                event.stop()
                self.post_message(self.JumpRequested(key))


def _link_at(line: Line, x: int) -> str | None:
    at = 0
    for piece in line:
        at += cell_len(piece.text)
        if x < at:
            return piece.link
    return None
