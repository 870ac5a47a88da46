"""The line that filters the tree as it is typed."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input


class FilterBar(Input):
    """`/` opens it, Enter goes to the tree with the filter kept, Escape clears it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "clear filter"),
        Binding("down", "to_tree", "to tree"),
    ]

    class Filtered(Message):
        """The filter has this text now."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """The focus goes back to the tree."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(placeholder="filter: words, #id, status:done, prio:high", compact=True, id=id)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Filtered(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_to_tree()

    def action_to_tree(self) -> None:
        self.post_message(self.Left())

    def action_leave(self) -> None:
        self.value = ""
        self.display = False
        self.post_message(self.Left())
