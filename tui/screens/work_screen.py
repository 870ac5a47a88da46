"""What every part of the plan screen builds on: the session, work in the background, and saying errors."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual.screen import Screen
from textual.worker import Worker

from core.errors import Conflict, TaskdeckError
from tui.bridges.activity import Activity
from tui.bridges.session import Session
from tui.bridges.snapshot import Snapshot
from tui.running import app_of

if TYPE_CHECKING:
    from core.tasks.edits import Edit
    from core.tasks.model import Task
    from core.tasks.store import Change
    from tui.app import TaskdeckApp
    from tui.widgets.log_view import LogView
    from tui.widgets.notice_bar import NoticeBar, Tone
    from tui.widgets.task_tree import TaskTree


_OPENING = frozenset({"edit", "dialog", "draft", "planning"})
"""Groups of work that mostly begins with a dialog."""


class WorkScreen(Screen[object]):
    """A screen on one session. `scope` is that of its own actions."""

    scope: ClassVar[str] = ""
    task_tree: TaskTree
    notice: NoticeBar
    log_panel: LogView | None = None
    """The log on this screen, once it stands."""

    def __init__(self, session: Session, activity: Activity) -> None:
        super().__init__()
        self.session = session
        self.activity = activity
        self.offered: tuple[Edit, ...] = ()

    @property
    def deck(self) -> TaskdeckApp:
        """The application, by its own type."""
        return app_of(self)

    @property
    def snapshot(self) -> Snapshot | None:
        return self.session.snapshot

    @property
    def prd_in_conflict(self) -> bool:
        """Whether the PRD was changed here and outside."""
        raise NotImplementedError

    def task_of(self, key: str | None) -> Task | None:
        """The task of that key as it is now, if there is one."""
        if self.snapshot is None or key is None:
            return None
        return self.snapshot.tag.nodes.get(key)

    def lacks_tasks(self) -> bool:
        """Whether there is no task to do something to, and says so with what makes some."""
        if self.snapshot is None or self.snapshot.tag.tasks:
            return False
        self.deck.say("No tasks yet", f"p plans them from {self.session.prd_path.name}")
        return True

    def start(self, work: Coroutine[Any, Any, object], group: str = "work") -> None:
        """Run `work` beside the screen; the app says what fails."""
        if group in _OPENING:
            work = self._holding(work, self.deck.hold_keys())
        self.run_worker(work, group=group, exit_on_error=False)

    async def _holding(self, work: Coroutine[Any, Any, object], hold: int) -> None:
        """Do `work`; keys wait until its dialog stands, or it ended without one."""
        try:
            await work
        finally:
            self.deck.keys.release(hold)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Workers of a screen report to the screen alone; the app knows how to say what failed."""
        self.deck.on_worker_state_changed(event)

    def tell(self, words: str, tone: Tone = "offer", seconds: float = 8.0) -> None:
        """Say something in the bar for a while; what asks for an answer there stays."""
        if self.offered or self.session.damage is not None:
            return
        self.notice.show(words, tone=tone)
        shown = self.notice.text
        self.set_timer(seconds, lambda: self._hush(shown))

    def _hush(self, words: str) -> None:
        if self.notice.text == words and not self.offered:
            self.notice.hide()

    def show_card(self, run_id: str) -> bool:
        """Open the card of that run's pull request, if the run is there."""
        from tui.screens.pull_request import PullRequestScreen

        run = self.deck.runs.view(run_id)
        if run is not None:
            self.deck.push_screen(PullRequestScreen(self.deck.pull_requests, run))
        return run is not None

    async def on_log_view_line_opened(self, event: LogView.LineOpened) -> None:
        """Show a line of a log whole."""
        from tui.screens.log_line import LogLineScreen
        from tui.widgets.line_text import LIMIT

        event.stop()
        if self.log_panel is None:
            return
        lines = await asyncio.to_thread(self.log_panel.content.feed.rows, event.feed_row, 1, LIMIT)
        line = lines[0] if lines else event.line
        self.deck.push_screen(LogLineScreen(line, line.data))

    async def apply(self, edits: Sequence[Edit], title: str | None = None) -> Change | None:
        """Write edits and offer what Task Master would let follow. None when it was not done (and said)."""
        if not edits:
            return None
        before = self.snapshot.document if self.snapshot else None
        try:
            change = await self.session.apply(edits, title)
        except Conflict as error:
            await self.show_conflict(error)
            return None
        except TaskdeckError as error:
            self.deck.say_error(error)
            return None
        if before is not None:
            await self._offer_cascade(edits)
        return change

    async def show_conflict(self, error: Conflict) -> None:
        """A write was refused because the value is another one by now: show what the store says of both."""
        from tui.screens.menus import Choice, ask

        await ask(
            app_of(self),
            error.message,
            [Choice("ok", "Leave it as it is", key="escape")],
            note=error.hint,
        )

    async def _offer_cascade(self, edits: Sequence[Edit]) -> None:
        from core.tasks.edits import cascade_for

        snapshot = self.snapshot
        if snapshot is None:
            return
        self.offered = await asyncio.to_thread(cascade_for, snapshot.document, snapshot.tag.name, edits)
        if not self.offered:
            self.withdraw_offer()
            return
        from core.tasks.edits import describe

        first, more = describe(self.offered[0]), len(self.offered) - 1
        words = self._subtasks_words() or f"{first}{f' and {more} more' if more else ''}"
        self.notice.show(
            f"Also {words}?",
            [("y", "yes", "screen.accept_offer"), ("esc", "no", "screen.dismiss_offer")],
        )
        self.refresh_bindings()

    def _subtasks_words(self) -> str:
        """`set the 5 subtasks of 3 to done`, when that is all that is offered; else nothing."""
        from core.tasks.edits import SetStatus

        statuses = {edit.status for edit in self.offered if isinstance(edit, SetStatus)}
        parents = {edit.key.rpartition(".")[0] for edit in self.offered if isinstance(edit, SetStatus)}
        same = len(statuses) == len(parents) == 1 and all(isinstance(e, SetStatus) for e in self.offered)
        if not same or "" in parents or len(self.offered) < 2:
            return ""
        return f"set the {len(self.offered)} subtasks of {parents.pop()} to {statuses.pop()}"

    def withdraw_offer(self) -> None:
        """Nothing is offered any more."""
        self.offered = ()
        self.notice.hide()
        self.refresh_bindings()
