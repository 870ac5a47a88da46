"""The screen of pulling: what the remote has, moving the branch on, or taking its tasks by choice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from core.errors import TaskdeckError
from tui.actions import bindings
from tui.bridges.publishing import Publishing
from tui.screens.sheet import Sheet
from tui.widgets.pull_view import PullView, what_enter_does

if TYPE_CHECKING:
    from core.publishing.pull import Fetched, TaskProposal


class PullScreen(Sheet):
    """Fetches when it opens; nothing here is changed before Enter."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("pull")
    scope = "pull"
    heading = "Pull"

    def __init__(self, publishing: Publishing, remote: str | None = None) -> None:
        super().__init__(publishing.session, publishing.activity)
        self.publishing = publishing
        self.remote = remote
        self.view = PullView(id="pull")

    def body(self) -> Iterable[Widget]:
        yield self.view

    def begin(self) -> None:
        self.view.focus()
        self.action_look()

    def show(self) -> None:
        """Show what is known by now."""
        fetched = self.view.fetched
        if fetched is not None:
            self.name_box(f"Pull {fetched.target} → {fetched.branch}")
        self.take_bars()
        self.view.update_lines()
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        fetched = self.view.fetched
        if action == "take":
            return not self.view.busy and fetched is not None and bool(what_enter_does(fetched))
        return action != "look" or not self.view.busy

    def action_look(self) -> None:
        self.view.done = ""
        self.start(self._fetch(), group="pull")

    async def _fetch(self) -> None:
        await self._do("fetching …", self._fetched())

    async def _fetched(self) -> None:
        fetched = await self.publishing.fetch(self.remote)
        self.view.tasks = await self.publishing.task_changes(fetched)
        self.view.fetched = fetched

    async def _do(self, words: str, work: object) -> None:
        """Do something that takes a while; a refusal is shown in the box."""
        self.view.busy, self.view.refusal = words, None
        self.show()
        try:
            await work  # type: ignore[misc]
        except TaskdeckError as error:
            self.view.refusal = error
        finally:
            self.view.busy = ""
        if self.is_mounted:
            self.show()

    def action_take(self) -> None:
        fetched = self.view.fetched
        if fetched is not None:
            work = self._forward(fetched) if fetched.can_forward else self._merge(fetched)
            self.start(self._do("pulling …", work), group="pull")

    async def _forward(self, fetched: Fetched) -> None:
        commit = await self.publishing.forward(fetched)
        await self._fetched()
        self.view.done = f"{fetched.branch} is at {commit[:7]}, as {fetched.target} is."

    async def _merge(self, fetched: Fetched) -> None:
        proposal = await self.publishing.propose(fetched)
        if proposal is None:
            taken = f"The tasks of {fetched.target} are all here already."
            left = await self.publishing.take(fetched)
        else:
            text = await self._choose(fetched, proposal)
            if text is None:
                return
            taken = "The tasks you took are written; u on the plan takes them back."
            left = await self.publishing.take(fetched, proposal, text)
        moved = (
            f" {fetched.branch} moved on with the remote; what you changed in the task file is not committed."
        )
        self.view.done = taken if left else taken + moved
        await self._fetched()
        if left is not None:
            raise left

    async def _choose(self, fetched: Fetched, proposal: TaskProposal) -> str | None:
        """The task file with what somebody took of the proposal; None when nothing is to be done."""
        from core.publishing.partial_pull import differences, without
        from tui.bridges.pull_draft import PullDraft
        from tui.screens.proposal import ProposalScreen

        draft = PullDraft(proposal, await asyncio.to_thread(differences, proposal))
        screen = ProposalScreen(f"Tasks of {fetched.target}", "three-way, by task and field", draft)
        screen.call_later(screen.show_whole)
        taken = await self.deck.push_screen_wait(screen)
        if not taken:
            return None
        theirs = {(one.tag, one.key, one.field): "theirs" for one in draft.theirs(taken)}
        if theirs:
            proposal = await self.publishing.propose(fetched, theirs) or proposal  # type: ignore[arg-type]
        return await asyncio.to_thread(without, proposal, draft.left(taken))
