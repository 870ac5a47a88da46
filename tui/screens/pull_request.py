"""The card of a run's pull request: read back from the forge, with the status it lets one set."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from tui.actions import bindings
from tui.bridges.browser import open_page
from tui.bridges.pull_requests import PullRequests
from tui.screens.sheet import Sheet
from tui.widgets.pull_request_card import PullRequestCard

if TYPE_CHECKING:
    from core.runs.view import RunView

TICK_SECONDS = 1.0


class PullRequestScreen(Sheet):
    """Asks the forge when it opens, and when told to."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("pull_request")
    scope = "pull_request"
    heading = "Pull request"

    def __init__(self, requests: PullRequests, run: RunView) -> None:
        super().__init__(requests.session, requests.activity)
        self.requests = requests
        self.run_view = run
        self.view = PullRequestCard(requests.now, id="card")

    def body(self) -> Iterable[Widget]:
        yield self.view

    def begin(self) -> None:
        self.view.focus()
        self.set_interval(TICK_SECONDS, self._tick)
        self.start(self._open(), group="card")

    def _tick(self) -> None:
        if self.is_current:
            self.view.update_lines()

    async def _open(self) -> None:
        self.view.card = await self.requests.recorded(self.run_view)
        self.show()
        if self.view.card.proof or self.view.card.state in ("done", "failed"):
            await self._read()

    def action_look(self) -> None:
        self.start(self._read(), group="card")

    async def _read(self) -> None:
        card = self.view.card
        if card is None or self.view.busy:
            return
        self.view.busy = "asking the forge …"
        self.show()
        try:
            self.view.card = await self.requests.read(card)
        finally:
            self.view.busy = ""
        self.show()

    def show(self) -> None:
        """Show what is known by now."""
        if not self.is_mounted:
            return
        card = self.view.card
        if card is not None:
            self.name_box(f"{card.noun.capitalize()} {card.label}".strip(), card.forge)
        self.take_bars()
        self.view.update_lines()
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        card = self.view.card
        if action == "offer":
            return card is not None and bool(card.offered)
        if action in ("open_link", "copy_link"):
            return card is not None and bool(card.link)
        return action != "look" or not self.view.busy

    def action_offer(self) -> None:
        card = self.view.card
        if card is not None and card.offered:
            self.start(self._set_status(card.keys, card.offered), group="dialog")

    async def _set_status(self, keys: tuple[str, ...], status: str) -> None:
        from core.tasks.edits import SetStatus

        tasks = [task for task in map(self.task_of, keys) if task is not None]
        edits = [SetStatus(task.key, status) for task in tasks if task.status != status]
        if not edits:
            self.tell(f"They are set to {status} already")
            return
        if await self.apply(edits, f"set {', '.join(edit.key for edit in edits)} to {status}") is not None:
            self.tell(f"Set to {status}; u on the plan takes it back")

    def action_open_link(self) -> None:
        card = self.view.card
        if card is not None and card.link.startswith(("https://", "http://")):
            self.start(self._open_page(card.link), group="browser")

    async def _open_page(self, link: str) -> None:
        """Open it in the browser; where there is none, say so with the address, which is copied."""
        if await open_page(link):
            self.tell("Opened its page in the browser")
            return
        self.deck.copy_to_clipboard(link)
        self.tell(f"There is no browser here; the address is copied: {link}", "warning")

    def action_copy_link(self) -> None:
        if self.view.card is not None:
            self.deck.copy_to_clipboard(self.view.card.link)
            self.tell("Copied its address")
