"""A planner at work for the screen: who plans is said first, its words go to the log, Escape stops it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from importlib import import_module
from typing import TYPE_CHECKING

from core.errors import TaskdeckError
from tui.bridges.planning_run import planner_events
from tui.screens.menus import Choice, Menu
from tui.screens.work_screen import WorkScreen

if TYPE_CHECKING:
    from pathlib import Path

    from core.planning.choice import Choice as PlannerChoice
    from core.planning.expand_all import Expansion
    from core.planning.planner import Planner, PlannerEvent, Usage
    from core.planning.usage import Estimate, Total
    from core.tasks.model import Task
    from tui.bridges.proposals import Draft
    from tui.screens.proposal import ProposalScreen

    Stream = Callable[[], AsyncIterator[PlannerEvent | Expansion]]


_HERE = (
    ("--planner outline", 'planner.kind = "outline" in the settings'),
    ("name another model with --model", "name another planner.model in the settings"),
    ("name a faster model with --model", "name a faster planner.model in the settings"),
    (", with --model or in the settings", ": planner.model in the settings"),
    ("with -n", "in the PRD"),
    (", send it with --yes", ""),
    (", or go on beyond it once with --yes", ""),
    (", or go on without the budget with --yes", ""),
    ("Run it again", "Try again"),
    ("run it again", "try again"),
)
"""What the command line calls otherwise than the app."""


def for_the_app(error: TaskdeckError) -> TaskdeckError:
    """The same error with a hint that can be followed here: a screen has no flags."""
    for flag, words in _HERE:
        error.hint = error.hint.replace(flag, words)
    return error


def dollars_words(dollars: float) -> str:
    """A price with as many digits as it needs."""
    return f"${dollars:.2f}" if dollars >= 0.005 or not dollars else f"${dollars:.4f}"


def _total(root: Path) -> Total:
    from core.planning.usage import Ledger, ledger_path, total

    return total(Ledger(ledger_path(root)).entries())


class PlannerWork(WorkScreen):
    """Starts planners, passes on what they say, and counts what they cost."""

    _noted: frozenset[str] = frozenset()
    _total: Total | None = None
    """What all calls of the project used so far, as its ledger has it."""
    _here = 0.0
    """Dollars of the calls for what is under way, as far as their price is known."""
    _free = False
    _announced = False
    _estimate = ""
    """What the operation that begins will use, as it was said."""
    _view: ProposalScreen | None = None

    def show_planner(self, name: str, cost: str) -> None:
        """Say who plans and what was spent so far."""
        raise NotImplementedError

    async def planner(self) -> Planner:
        """The planner that the settings and keys choose now, ready for one operation.

        Raises UsageError, NotFound, TaskdeckError before anything is sent.
        """
        self._announced = False
        self._estimate = ""
        choice, planner = await asyncio.to_thread(self._make_planner, asyncio.get_running_loop())
        for note in choice.notes:
            self._note_once("warning", note)
        if choice.kind == "outline" and choice.key is None and choice.reason.startswith("no key"):
            self._note_once("info", f"There is no key for Claude, so rules plan: {planner.name}.")
        self._free = choice.kind == "outline"
        await self.count_cost(planner.name)
        return planner

    def _make_planner(self, screen: asyncio.AbstractEventLoop) -> tuple[PlannerChoice, Planner]:
        # What will show the result is imported here too: in a thread, so that no key waits for it.
        import_module("tui.screens.proposal")
        from core.services import PlannerWish

        workspace = self.session.workspace
        choice = workspace.planner_choice()

        # Both are called on the planner's own loop, in its thread.
        def announce(estimate: Estimate) -> None:
            screen.call_soon_threadsafe(self.announce, choice, estimate)

        async def confirm(estimate: Estimate) -> bool:
            question = asyncio.run_coroutine_threadsafe(self.confirm_sending(estimate), screen)
            return await asyncio.wrap_future(question)

        return choice, workspace.planner_for(choice, PlannerWish(confirm=confirm, announce=announce))

    def _note_once(self, kind: str, text: str) -> None:
        if text not in self._noted:
            self._noted |= {text}
            self.activity.add("warning" if kind == "warning" else "info", text)

    def announce(self, choice: PlannerChoice, estimate: Estimate) -> None:
        """Say whom the calls of this operation go to and what they can cost, once."""
        if self._announced:
            return
        self._announced = True
        from core.planning.asking.calls import describe

        source = choice.key.source if choice.key else "nowhere"
        self._estimate = words = describe(estimate)
        self.activity.add(
            "info", f"planning with {estimate.model} at {choice.endpoint}", f"Key from {source}."
        )
        # A line of its own: behind the endpoint what it can cost would be cut off.
        self.activity.add("info", words)
        if self._view is not None:
            self._view.say_estimate(words)

    async def confirm_sending(self, estimate: Estimate) -> bool:
        """Ask whether so much may be sent."""
        from core.planning.asking.calls import describe

        answer: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()

        def answered(choice: str | None) -> None:
            if not answer.done():
                answer.set_result(choice)

        choices = [Choice("send", "Send it", key="s"), Choice("stop", "Send nothing", key="escape")]
        limit = self.session.workspace.settings.settings.planner.confirm_tokens
        note = f"{describe(estimate)} planner.confirm_tokens in the settings asks above {limit:,}."
        dialog = Menu("This is a large request", choices, note=note)
        self.deck.push_screen(dialog, answered)
        try:
            return await answer == "send"
        finally:
            if dialog.is_active and not answer.done():
                dialog.dismiss(None)

    async def may_expand(self, planner: Planner, tasks: Sequence[Task]) -> bool:
        """Ask before many expansions that are large together; each alone may be small."""
        estimate_of: Callable[[Sequence[Task]], Estimate] | None = getattr(
            planner, "expansion_estimate", None
        )
        if estimate_of is None or len(tasks) < 2:
            return True
        workspace = self.session.workspace
        estimate = await asyncio.to_thread(estimate_of, tasks)
        if estimate.input_tokens <= workspace.settings.settings.planner.confirm_tokens:
            self.announce(workspace.planner_choice(), estimate)
            return True
        return await self.confirm_sending(estimate)

    # What planners say

    def hear(self, what: str, event: PlannerEvent | Expansion) -> None:
        """Problems and costs go to the log and the header; `what` is being made."""
        from core.planning.planner import Problem, Usage

        if isinstance(event, Problem):
            self.activity.add("warning", event.text, what)
        elif isinstance(event, Usage):
            self._add_usage(event)

    def _add_usage(self, usage: Usage) -> None:
        tokens_in = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens
        price = f"${usage.dollars:.4f}" if usage.dollars is not None else "price not known"
        self.activity.add(
            "info", f"{usage.model}: {tokens_in:,} tokens in, {usage.output_tokens:,} out", price
        )
        self._here += usage.dollars or 0.0

    async def count_cost(self, name: str = "") -> None:
        """Show what the project has cost so far; its ledger knows of calls that were stopped too."""
        self._total = await asyncio.to_thread(_total, self.session.root)
        self.show_planner(name, self.cost_words)

    @property
    def cost_words(self) -> str:
        """What the project has cost so far, and how many calls have no known price.

        Nothing where nothing was spent and nobody plans who costs anything.
        """
        total = self._total
        if total is None or (self._free and not total.calls):
            return ""
        words = dollars_words(total.dollars)
        return f"{words} + {total.unpriced} unpriced" if total.unpriced else words

    # A proposal

    async def review(
        self, draft: Draft, planner: Planner, heading: str, stream: Stream, *, half: bool = False
    ) -> set[str]:
        """Show the proposal as it comes; the ids of what is taken (none when it was closed).

        With `half` the stream is what came of a plan before it was stopped.
        """
        from tui.screens.proposal import ProposalScreen

        self._here = 0.0
        view = self._view = ProposalScreen(heading, planner.name, draft)
        view.say_estimate(self._estimate)
        feeding = self.run_worker(
            self._feed(view, draft, heading, stream, half), group="planner", exit_on_error=False
        )
        view.stop = feeding.cancel
        try:
            accepted = await self.deck.push_screen_wait(view)
        finally:
            self._view = None
            feeding.cancel()
        return accepted or set()

    async def _feed(
        self, view: ProposalScreen, draft: Draft, heading: str, stream: Stream, half: bool
    ) -> None:
        before = self._total.dollars if self._total else 0.0
        try:
            await view.shown.wait()
            with self.activity.step(heading) as step:
                await self._read(view, draft, heading, stream)
                step.detail = f"{view.planner_name}: {draft.summary}"
        except asyncio.CancelledError:
            draft.end()
            raise
        except TaskdeckError as error:
            draft.end()
            view.show_failure(error)
        except Exception as error:
            draft.end()
            view.show_failure(TaskdeckError(f"A fault inside Taskdeck: {type(error).__name__}."))
            raise
        else:
            draft.end()
            if half:
                view.show_stopped()
            else:
                view.show_whole()
        finally:
            await self.count_cost()
            self._here = self._total.dollars - before if self._total else self._here
            view.cost = self._here_words
            view.show_progress()

    @property
    def _here_words(self) -> str:
        return dollars_words(self._here) if self._here else ""

    async def _read(self, view: ProposalScreen, draft: Draft, heading: str, stream: Stream) -> None:
        try:
            async with aclosing(planner_events(stream)) as batches:
                async for batch in batches:
                    for event in batch:
                        self.hear(heading, event)
                        draft.take(event)
                    view.cost = self._here_words
                    view.show_progress()
        except TaskdeckError as error:
            for_the_app(error)
            raise
        await asyncio.to_thread(draft.finish)
