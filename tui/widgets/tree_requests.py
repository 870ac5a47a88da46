"""The edits a person asks for in the task tree, each about the marked tasks or the one under the cursor."""

from __future__ import annotations

from textual.reactive import reactive

from tui.widgets.line_view import LineView


class TreeRequests(LineView):
    """The keys of the tree that change tasks; who does it hears of it by a message."""

    cursor_key: reactive[str | None]

    def targets(self) -> tuple[str, ...]:
        """What an edit is about."""
        raise NotImplementedError

    def request(self, action: str, keys: tuple[str, ...]) -> None:
        """Ask for an edit of the tasks `keys`."""
        raise NotImplementedError

    def _request_here(self, action: str) -> None:
        self.request(action, (self.cursor_key,) if self.cursor_key is not None else ())

    def action_set_status(self) -> None:
        self.request("status", self.targets())

    def action_set_priority(self) -> None:
        self.request("priority", self.targets())

    def action_remove(self) -> None:
        self.request("remove", self.targets())

    def action_edit(self) -> None:
        self._request_here("edit")

    def action_add_task(self) -> None:
        self._request_here("add")

    def action_add_subtask(self) -> None:
        self._request_here("add_subtask")

    def action_move_up(self) -> None:
        self._request_here("move_up")

    def action_move_down(self) -> None:
        self._request_here("move_down")

    def action_edit_dependencies(self) -> None:
        self._request_here("edit_dependencies")
