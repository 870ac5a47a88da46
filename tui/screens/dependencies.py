"""The dialog that says what a task waits for: every task to tick, with a filter."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from core.plain_text import printable
from tui.widgets.glyphs import status_sign

if TYPE_CHECKING:
    from core.tasks.document import Tag
    from core.tasks.graph import TaskGraph
    from core.tasks.model import Task

_HINTS = Content.assemble(
    ("↑ ↓", "bold $primary"),
    (" choose   ", "$muted"),
    ("tab", "bold $primary"),
    (" tick   ", "$muted"),
    ("⏎", "bold $primary"),
    (" save   ", "$muted"),
    ("esc", "bold $primary"),
    (" cancel", "$muted"),
)


class DependencyDialog(ModalScreen[set[str] | None]):
    """Answers the keys the task should wait for; None when cancelled."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "cancel", priority=True),
        Binding("tab,ctrl+space", "tick", "tick", priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
    ]

    def __init__(self, task: Task, tag: Tag, graph: TaskGraph) -> None:
        super().__init__()
        self.subject = task
        self.tag = tag
        self.graph = graph
        self.wanted = set(graph.dependencies(task.key))
        self.behind = {key for key in graph.chain_down(task.key) if key != task.key}
        self.options = OptionList(markup=False, compact=True)
        self.said = Static("", markup=False, classes="note")

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog depends") as box:
            box.border_title = Content(f"{self.subject.key} waits for")  # type: ignore[assignment]
            yield Input(placeholder="type to filter", compact=True, classes="menu-filter")
            yield self.options
            yield self.said
            yield Static(_HINTS, classes="hints")

    def on_mount(self) -> None:
        self._fill("")

    def _candidates(self) -> list[Task]:
        """Siblings of a subtask first, then every task; ticked ones on top."""
        siblings = self.subject.parent.subtasks if self.subject.parent else ()
        own = {task.key for task in self.subject.walk()}
        found = [task for task in (*siblings, *self.tag.tasks) if task.key not in own]
        known = {task.key for task in found}
        found += [self.tag.nodes[key] for key in self.wanted if key not in known and key in self.tag.nodes]
        return sorted(found, key=lambda task: task.key not in self.wanted)

    def _fill(self, text: str) -> None:
        words = text.casefold().split()
        tasks = [t for t in self._candidates() if all(w in f"{t.key} {t.title}".casefold() for w in words)]
        self.options.clear_options()
        self.options.add_options([Option(self._row(task), task.key) for task in tasks])
        if tasks:
            self.options.highlighted = 0

    def _row(self, task: Task) -> Content:
        ticked = task.key in self.wanted
        blocked = task.key in self.behind and not ticked
        sign = status_sign(task.status)
        return Content.assemble(
            ("[x] " if ticked else " ·  " if blocked else "[ ] ", "bold $primary" if ticked else "$muted"),
            (f"{sign.glyph} ", "$muted"),
            (f"{task.key:>5}  ", "$muted"),
            (printable(task.title), "$muted" if blocked else "$foreground"),
            ("  waits for this one" if blocked else "", "$muted italic"),
        )

    def on_input_changed(self, event: Input.Changed) -> None:
        self._fill(event.value)

    def on_input_submitted(self) -> None:
        self.dismiss(self.wanted)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_tick()

    def action_move(self, step: int) -> None:
        if step > 0:
            self.options.action_cursor_down()
        else:
            self.options.action_cursor_up()

    def action_tick(self) -> None:
        at = self.options.highlighted
        if at is None:
            return
        key = self.options.get_option_at_index(at).id or ""
        if key in self.wanted:
            self.wanted.discard(key)
            self.said.update("")
        elif key in self.behind:
            self.said.update(f"{key} already waits for {self.subject.key}: that would be a circle.")
            return
        else:
            self.wanted.add(key)
            self.said.update("")
        self.options.replace_option_prompt_at_index(at, self._row(self.tag.nodes[key]))

    def on_click(self, event: events.Click) -> None:
        if event.widget is self:
            self.dismiss(None)

    def action_cancel(self) -> None:
        self.dismiss(None)
