"""The line below a log where one types a search, a filter, or the name of a file to save to."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import Binding, BindingType
from textual.timer import Timer
from textual.widgets import Input

from tui.widgets.log_query import HINT

if TYPE_CHECKING:
    from tui.widgets.log_view import LogView

_PROMPTS = {
    "search": "search: text, /regex/; a capital letter makes case count",
    "filter": f"show only: {HINT}",
    "save": "save the lines shown to this file",
}
_WORDS = {
    "search": "Search: Enter goes to a hit, Escape ends it",
    "filter": "Filter: Enter keeps it, Escape ends it",
    "save": "Save: Enter writes the file, Escape does not",
}
_PAUSE = 0.12
"""Seconds without a key after which what is typed takes effect."""


class LogBar(Input):
    """Takes effect while one types. Enter keeps it, Escape takes it back."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "cancel", show=True)]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(compact=True, select_on_focus=True, id=id)
        self.what = "search"
        self._waiting: Timer | None = None
        self._before = ""

    @property
    def log_view(self) -> LogView:
        return cast("LogView", self.parent)

    def open(self, what: str, words: str) -> None:
        """Ask for `what`: search, filter or save; `words` are what there is already."""
        self.what, self._before = what, words
        self.placeholder = _PROMPTS[what]
        self.log_view.say(_WORDS[what])
        with self.prevent(Input.Changed):
            self.value = words
        self.display = True
        self.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self._waiting is not None:
            self._waiting.stop()
        if self.what != "save":
            self._waiting = self.set_timer(_PAUSE, self._take)

    def _take(self) -> bool:
        if self._waiting is not None:
            self._waiting.stop()
            self._waiting = None
        view = self.log_view
        known = view.search_words if self.what == "search" else view.filter_words
        if self.value.strip() == known:
            return True
        return view.look_for(self.value) if self.what == "search" else view.show_only(self.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        view = self.log_view
        if self.what == "save":
            if self.value.strip():
                view.save_to(self.value.strip())
        elif not self._take():
            return
        view.bar_closed(self)
        if self.what == "search":
            view.first_hit()

    def action_leave(self) -> None:
        """Take back what was typed; where nothing was, clear what was there before."""
        if self._waiting is not None:
            self._waiting.stop()
            self._waiting = None
        view = self.log_view
        before = "" if self.value.strip() == self._before else self._before
        if self.what == "search":
            view.look_for(before)
        elif self.what == "filter":
            view.show_only(before)
        view.bar_closed(self)
