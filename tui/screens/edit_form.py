"""The form that edits a task's texts, and the question what counts when the file changed meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static, TextArea

from tui.editable_text import restore, visible
from tui.running import app_of
from tui.screens.menus import Choice, ask

if TYPE_CHECKING:
    from core.tasks.model import Task

_FIELDS = {
    "title": "Title",
    "description": "Description",
    "details": "Details",
    "testStrategy": "Test strategy",
}
_LONG = ("description", "details", "testStrategy")


def texts_of(task: Task) -> dict[str, str]:
    """The texts the form edits, by their names in the file."""
    return {
        "title": task.title,
        "description": task.description,
        "details": task.details,
        "testStrategy": task.test_strategy,
    }


class EditForm(ModalScreen[dict[str, str] | None]):
    """Answers the fields that were changed (for a new task: those that were filled), None when cancelled."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "save", priority=True),
        Binding("escape", "cancel", "cancel", priority=True),
    ]

    def __init__(self, heading: str, texts: Mapping[str, str], *, new: bool) -> None:
        super().__init__()
        self.heading = heading
        self.texts = dict(texts)
        self.new = new

    @classmethod
    def for_task(cls, task: Task) -> EditForm:
        return cls(f"Edit {task.key}", texts_of(task), new=False)

    @classmethod
    def for_new(cls, heading: str) -> EditForm:
        return cls(heading, dict.fromkeys(_FIELDS, ""), new=True)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog form") as box:
            box.border_title = Content(self.heading)  # type: ignore[assignment]
            for name, label in _FIELDS.items():
                yield Static(label, markup=False, classes="label")
                if name in _LONG:
                    yield TextArea(visible(self.texts[name]), id=f"field-{name}", compact=True)
                else:
                    shown = visible(self.texts[name], one_line=True)
                    yield Input(shown, id=f"field-{name}", compact=True, select_on_focus=False)
            yield Static(_HINTS, classes="hints")

    def on_mount(self) -> None:
        self.query_one("#field-title", Input).focus()

    def values(self) -> dict[str, str]:
        """What the form says now, with control characters as they were in the file."""
        values: dict[str, str] = {}
        for name in _FIELDS:
            text, one_line = self.texts[name], name not in _LONG
            widget = self.query_one(f"#field-{name}")
            shown = cast(Input, widget).value if one_line else cast(TextArea, widget).text
            unchanged = shown == visible(text, one_line=one_line)
            values[name] = text if unchanged else restore(shown, text, one_line=one_line)
        return values

    def changed(self) -> dict[str, str]:
        """The fields that differ from what the form began with."""
        return {name: value for name, value in self.values().items() if value != self.texts[name]}

    def on_input_submitted(self) -> None:
        self.focus_next()

    def action_save(self) -> None:
        values = self.values()
        if not values["title"].strip():
            self.notify("A task needs a title.", severity="error", markup=False)
            self.query_one("#field-title").focus()
            return
        self.dismiss(self.changed() or None)

    def action_cancel(self) -> None:
        if self.changed():
            self.run_worker(self._ask_leave())
        else:
            self.dismiss(None)

    async def _ask_leave(self) -> None:
        choices = [
            Choice("save", "Save", key="s"),
            Choice("discard", "Discard what was typed", key="d"),
            Choice("stay", "Go on editing", key="g"),
        ]
        answer = await ask(app_of(self), "This form has changes", choices)
        if answer == "save":
            self.action_save()
        elif answer == "discard":
            self.dismiss(None)


_HINTS = Content.assemble(
    ("^s", "bold $primary"),
    (" save   ", "$muted"),
    ("tab", "bold $primary"),
    (" next field   ", "$muted"),
    ("esc", "bold $primary"),
    (" cancel", "$muted"),
)


async def conflicting(app: App[Any], opened: Task, fresh: Task, values: Mapping[str, str]) -> dict[str, str]:
    """The values to write: for each field that was changed outside since the form opened, ask."""
    before, now = texts_of(opened), texts_of(fresh)
    kept: dict[str, str] = {}
    for name, value in values.items():
        if now[name] == before[name] or now[name] == value:
            kept[name] = value
            continue
        choices = [
            Choice("mine", "Mine:   " + value, key="m"),
            Choice("theirs", "Theirs: " + now[name], key="t"),
        ]
        title = f"{_FIELDS[name]} of {opened.key} was changed outside while you edited it"
        answer = await ask(app, title, choices, note=f"It was: {before[name]}")
        if answer == "mine":
            kept[name] = value
    return {name: value for name, value in kept.items() if value != now[name]}
