"""Small dialogs that end in one answer: a menu, a menu with a filter, a line of text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from core.plain_text import printable
from tui.actions import key_text
from tui.editable_text import restore, visible


@dataclass(frozen=True, slots=True)
class Choice:
    """One row of a menu: `label` and `note` are plain text, `key` chooses it at once."""

    id: str
    label: str
    note: str = ""
    key: str = ""
    style: str = ""


class Menu(ModalScreen[str | None]):
    """A short list to choose from. Escape and a click beside it answer None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "cancel", show=False),
        Binding("j", "move(1)", show=False),
        Binding("k", "move(-1)", show=False),
    ]

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice],
        *,
        chosen: str = "",
        note: str = "",
        filtered: bool = False,
        wide: bool = False,
    ) -> None:
        super().__init__()
        self.wide = wide
        self.heading = printable(title)
        self.note = printable(note, newlines=True)
        self.choices = list(choices)
        self.chosen = chosen
        self.filtered = filtered
        self.options = OptionList(markup=False, compact=True)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog menu -wide" if self.wide else "dialog menu") as box:
            box.border_title = Content(self.heading)  # type: ignore[assignment]
            box.border_subtitle = Content("⏎ choose   esc close")  # type: ignore[assignment]
            if self.note:
                yield Static(self.note, markup=False, classes="note")
            if self.filtered:
                yield Input(placeholder="type to filter", compact=True, classes="menu-filter")
            yield self.options

    def on_mount(self) -> None:
        self._fill("")
        if not self.filtered:
            self.options.focus()

    def _fill(self, wanted: str) -> None:
        words = wanted.casefold().split()
        shown = [c for c in self.choices if all(w in f"{c.id} {c.label}".casefold() for w in words)]
        width = max((len(printable(choice.label)) for choice in shown), default=0)
        self.options.clear_options()
        self.options.add_options([Option(_row(choice, width), choice.id) for choice in shown])
        ids = [choice.id for choice in shown]
        if ids:
            self.options.highlighted = ids.index(self.chosen) if self.chosen in ids else 0

    def on_input_changed(self, event: Input.Changed) -> None:
        self._fill(event.value)

    def on_input_submitted(self) -> None:
        self.options.action_select()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(event.option_id)

    def on_key(self, event: events.Key) -> None:
        if self.filtered:
            if event.key in ("up", "down"):
                event.stop()
                self.action_move(1 if event.key == "down" else -1)
            return
        for choice in self.choices:
            if choice.key and event.key == choice.key and choice.key != "escape":
                event.stop()
                self.dismiss(choice.id)
                return

    def on_click(self, event: events.Click) -> None:
        if event.widget is self:
            self.dismiss(None)

    def action_move(self, step: int) -> None:
        if step > 0:
            self.options.action_cursor_down()
        else:
            self.options.action_cursor_up()

    def action_cancel(self) -> None:
        self.dismiss(None)


def _row(choice: Choice, width: int) -> Content:
    label = printable(choice.label, newlines=True)
    key = key_text(choice.key) if choice.key else ""
    parts: list[tuple[str, str]] = [(f"{key:<4}", "bold $primary")] if key else []
    parts.append((label, choice.style or "$foreground"))
    if choice.note:
        parts.append((" " * (width - len(label) + 2) + printable(choice.note), "$muted"))
    return Content.assemble(*parts)


async def ask(
    app: App[None],
    title: str,
    choices: Sequence[Choice],
    *,
    chosen: str = "",
    note: str = "",
    filtered: bool = False,
    wide: bool = False,
) -> str | None:
    """Show a menu and wait for its answer; None when it was cancelled. Call it in a worker."""
    menu = Menu(title, choices, chosen=chosen, note=note, filtered=filtered, wide=wide)
    return await app.push_screen_wait(menu)


class LineDialog(ModalScreen[str | None]):
    """Asks for one line of text."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "cancel", show=False)]

    def __init__(self, title: str, value: str = "", note: str = "") -> None:
        super().__init__()
        self.heading = printable(title)
        self.value = value
        self.note = printable(note)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog line") as box:
            box.border_title = Content(self.heading)  # type: ignore[assignment]
            if self.note:
                yield Static(self.note, markup=False, classes="note")
            yield Input(visible(self.value, one_line=True), compact=True, select_on_focus=False)
            yield Static(
                Content.assemble(
                    ("⏎", "bold $primary"),
                    (" save   ", "$muted"),
                    ("esc", "bold $primary"),
                    (" cancel", "$muted"),
                ),
                classes="hints",
            )

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.dismiss(restore(event.value, self.value, one_line=True))

    def on_click(self, event: events.Click) -> None:
        if event.widget is self:
            self.dismiss(None)

    def action_cancel(self) -> None:
        self.dismiss(None)


async def ask_line(app: App[None], title: str, value: str = "", note: str = "") -> str | None:
    """Ask for one line; None when it was cancelled. Call it in a worker."""
    return await app.push_screen_wait(LineDialog(title, value, note))
