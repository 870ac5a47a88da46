"""The last look before a run: every parameter, what may leave this machine, and the checks it depends on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from core.errors import NotFound, TaskdeckError
from tui.actions import bindings
from tui.bridges.runs import Runs
from tui.bridges.ways import check_words, way_words
from tui.screens.menus import ask_line
from tui.screens.sheet import Sheet
from tui.widgets.check_list import CheckDetail, CheckList, counted
from tui.widgets.part_lines import CursorList
from tui.widgets.request_view import RequestView

if TYPE_CHECKING:
    from core.doctor.check import Check
    from core.doctor.first_publication import FirstPublication
    from core.runs.request import RunRequest
    from core.runs.wish import Wish


_ABOUT_AGENTS = frozenset(("toggle_push", "include", "commit", "toggle_force", "other_agent", "choose_model"))
"""What there is to choose only where agents work: nothing is published for what is only delivered."""


class _Checks(CheckList):
    """The checks; Enter belongs to the whole sheet, and pages are turned of what it says."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "screen.begin", "begin"),
        Binding("pageup", "screen.read('up')", show=False),
        Binding("pagedown", "screen.read('down')", show=False),
    ]


class ConfirmRunScreen(Sheet):
    """Answers the wish as it was confirmed, or None. Begins nothing itself."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("confirm")
    scope = "confirm"

    def __init__(self, runs: Runs, wish: Wish, heading: str) -> None:
        super().__init__(runs.session, runs.activity)
        self.runs = runs
        self.wish = wish
        self.heading = heading
        self.view = RequestView(id="request")
        self.view.begin(wish, "checking …")
        self.checks = _Checks(id="checks")
        self.detail = CheckDetail(id="check")
        self.found: list[Check] = []
        self.uncommitted = ""
        """The path of the task file where it has to be committed before anything can begin."""
        self._looks = 0

    def body(self) -> Iterable[Widget]:
        yield self.view
        yield self.checks
        yield self.detail

    def begin(self) -> None:
        self.checks.focus()
        self.action_look()

    # Looking -------------------------------------------------------------------------------------------

    def action_look(self) -> None:
        self._looks += 1
        self.start(self._look(self._looks), group="confirm")

    async def _look(self, number: int) -> None:
        """Make the request anew and check what it depends on; a later look makes this one pointless."""
        view, wish = self.view, self.wish
        view.begin(wish, "checking …")
        self.found, self.uncommitted = [], ""
        self.checks.empty = "checking …"
        self.show()
        try:
            await self._prepare(wish, number)
            request = view.request
            if number == self._looks and request is not None:
                await self._check(request, number)
        finally:
            if number == self._looks:
                view.busy = ""
                self.checks.empty = "Nothing can be checked before that is settled."
                self.show()

    async def _check(self, request: RunRequest, number: int) -> None:
        from core.doctor.preflight import preflight

        self.view.busy = "checking; the remote is asked …" if request.push else "checking …"
        self.show()
        found = await asyncio.to_thread(preflight, request, self._teller(number))
        if number == self._looks:
            self.found = found

    def _teller(self, number: int) -> Callable[[FirstPublication], None]:
        """Takes from the checks, in their thread, what would be published first, while they go on."""
        loop = asyncio.get_running_loop()

        def take(found: FirstPublication) -> None:
            if number == self._looks:
                self.view.publication = found
                self.show()

        def tell(found: FirstPublication) -> None:
            loop.call_soon_threadsafe(take, found)

        return tell

    async def _prepare(self, wish: Wish, number: int) -> None:
        from core.runs.start import Uncommitted

        try:
            request = await self.runs.prepare(wish)
        except TaskdeckError as error:
            if number == self._looks:
                self.uncommitted = error.path if isinstance(error, Uncommitted) else ""
                way = await self._way_out(error)
                self.view.refusal = TaskdeckError(error.message, way or error.hint)
                self.view.can_be_settled = bool(self.uncommitted)
        else:
            if number == self._looks:
                self.view.request, self.uncommitted = request, ""

    async def _way_out(self, error: TaskdeckError) -> str:
        """What a key of this sheet does about it, if one does."""
        if self.uncommitted:
            return "c commits the task file now, alone; u publishes it."
        if error.way == "other_agent" and isinstance(error, NotFound):
            # Only documents can be written without the agent that is not there.
            instead = " Or a gives it to the builtin agent." if self.wish.kind == "docs" else ""
            return f"Install Claude Code, or set agent.command to its path.{instead}"
        if error.way == "other_agent" and await self._claude_could():
            return "a gives it to claude, which is installed here; agent.kind keeps that choice."
        return way_words(self.scope, error.way, lambda action: self.check_action(action, ()))

    async def _claude_could(self) -> bool:
        """Whether a task was refused for the builtin agent only, and the other one is there."""
        from core.agents.command import find_agent

        if self.wish.kind != "task" or self.wish.agent == "claude" or self.deck.costs_nothing:
            return False
        loaded = await asyncio.to_thread(self.session.written_settings)
        if loaded is None or (self.wish.agent is None and loaded.settings.agent.kind != "builtin"):
            return False
        with suppress(TaskdeckError):
            await asyncio.to_thread(find_agent, loaded.settings.agent.command)
            return True
        return False

    def show(self) -> None:
        """Show what is known by now."""
        if not self.is_mounted:
            return
        self.name_box(self.heading, counted(self.found))
        self.view.checked, self.view.failing = bool(self.found), self._failing()
        self.take_bars()
        self.view.update_lines()
        self.checks.show(self.found, self.wish.waived)
        self._show_check()

    def _show_check(self) -> None:
        """The check under the cursor whole; on a small screen only where something is wrong with it."""
        check = self.checks.chosen
        wrong = check is not None and check.state in ("fail", "warn")
        self.detail.display = wrong or not self.has_class("-short")
        if check is not None:
            check = check_words(check, self.scope, lambda action: self.check_action(action, ()))
        self.detail.show(check)
        self.refresh_bindings()

    # Choosing ------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "begin":
            return self.ready
        if self.wish.only_delivers and action in _ABOUT_AGENTS:
            return False
        if action == "include":
            return self.wish.push or self.wish.pr
        if action == "choose_base":
            return self.wish.pr
        if action == "commit":
            return bool(self.uncommitted)
        if action == "toggle_force":
            return self.wish.kind == "docs"
        if action == "other_agent":
            return not self.deck.costs_nothing
        if action == "choose_model":
            return self.view.request is None or self.view.request.agent != "builtin"
        if action == "waive":
            check = self.checks.chosen
            return check is not None and check.state == "fail"
        return True

    @property
    def ready(self) -> bool:
        """Whether it may begin: everything was looked at, and nothing that failed is left unsaid."""
        if self.view.busy or self.view.request is None:
            return False
        return bool(self.found) and not self._failing()

    def _failing(self) -> tuple[str, ...]:
        """The names of the checks that fail and that nobody let pass."""
        if not self.found:
            return ()
        from core.doctor.preflight import blocking

        return tuple(check.name for check in blocking(self.found, self.wish.waived))

    def _wish(self, wish: Wish) -> None:
        self.wish = wish
        self.action_look()

    def action_toggle_push(self) -> None:
        push = not (self.wish.push or self.wish.pr)
        self._wish(self.wish.pick(push=push, pr=False))

    def action_toggle_pr(self) -> None:
        pr = not self.wish.pr
        self._wish(self.wish.pick(pr=pr, push=True))

    def action_include(self) -> None:
        self._wish(self.wish.pick(include_unpushed=not self.wish.include_unpushed))

    def action_toggle_force(self) -> None:
        self._wish(self.wish.pick(force=not self.wish.force))

    def action_other_agent(self) -> None:
        self.start(self._other_agent(), group="dialog")

    async def _other_agent(self) -> None:
        request = self.view.request
        now = request.agent if request else self.wish.agent
        if now is None:
            loaded = await asyncio.to_thread(self.session.written_settings)
            now = loaded.settings.agent.kind if loaded else "builtin"
        self._wish(self.wish.pick(agent="claude" if now == "builtin" else "builtin", model=None))

    def action_choose_model(self) -> None:
        self.start(self._choose_model(), group="dialog")

    async def _choose_model(self) -> None:
        said = await ask_line(
            self.deck, "Model of the agent", self.wish.model or "", "Empty: by the settings."
        )
        if said is not None:
            self._wish(self.wish.pick(model=said.strip() or None))

    def action_commit(self) -> None:
        self.start(self._commit(self.uncommitted), group="dialog")

    async def _commit(self, path: str) -> None:
        from core.runs.start import commit_alone

        with self.activity.step(f"commit {path}, alone", "write"):
            await asyncio.to_thread(commit_alone, self.session.root, path)
        self.tell(f"Committed {path}; whatever else is staged or changed stays as it is")
        self.action_look()

    def action_choose_base(self) -> None:
        self.start(self._choose_base(), group="dialog")

    async def _choose_base(self) -> None:
        request = self.view.request
        now = self.wish.base or (request.remote_base if request else "")
        note = "The branch on the remote that the pull request goes to. Empty: the one checked out here."
        said = await ask_line(self.deck, "Base of the pull request", now, note)
        if said is not None:
            self._wish(self.wish.pick(base=said.strip() or None))

    def action_waive(self) -> None:
        check = self.checks.chosen
        if check is None or check.state != "fail":
            return
        waived = [name for name in self.wish.waived if name != check.name]
        if check.name not in self.wish.waived:
            waived.append(check.name)
        self.wish = self.view.wish = self.wish.pick(waived=tuple(waived))
        self.show()

    def action_read(self, way: str) -> None:
        """Turn a page of what stands above the checks."""
        self.view.scroll_page_down(animate=False) if way == "down" else self.view.scroll_page_up(
            animate=False
        )

    def on_cursor_list_highlighted(self, event: CursorList.Highlighted) -> None:
        event.stop()
        self._show_check()

    def on_cursor_list_opened(self, event: CursorList.Opened) -> None:
        event.stop()

    def action_begin(self) -> None:
        if self.ready:
            self.dismiss(self.wish)
