"""Giving work to agents from the plan: documents, tasks, and the way to their runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from core.plain_text import plural
from tui.screens.menus import Choice, ask
from tui.screens.work_screen import WorkScreen

if TYPE_CHECKING:
    from core.runs.start import Wish


class AgentWork(WorkScreen):
    """The actions that begin runs. Nothing is begun before it was said what will be done."""

    left_run: tuple[str, str] | None = None
    """The task somebody went to from the screen of runs, and the run they were on."""
    begun_run: tuple[str, str] | None = None
    """The task under the cursor when a run was begun here, and that run, until somebody looked at it."""

    def action_show_runs(self) -> None:
        """The screen of runs, on the run of the task under the cursor if it has one."""
        from tui.screens.run import RunScreen

        task = self.task_of(self.task_tree.cursor_key)
        left, self.left_run = self.left_run, None
        again = left[1] if left is not None and task is not None and left[0] == task.key else ""
        self.deck.push_screen(RunScreen(self.deck.runs, task, again))

    def action_documents(self) -> None:
        if not self.lacks_tasks():
            self.start(self._documents(), group="dialog")

    async def _documents(self) -> None:
        wish = await self._choose_documents()
        if wish is not None:
            await self._begin(wish, "Write documents")

    async def _choose_documents(self) -> Wish | None:
        """Ask whose documents to write; without a task all that need some. None when nobody wants any."""
        from core.runs.start import Wish
        from tui.bridges.documents import needing

        snapshot = self.snapshot
        if snapshot is None:
            return None
        matrix = await self.deck.documents.count()
        every, _ = needing(matrix, snapshot.tag, ())
        keys = tuple(
            dict.fromkeys(task.root.key for task in map(self.task_of, self.task_tree.targets()) if task)
        )
        lacking, whole = needing(matrix, snapshot.tag, keys)
        choices: list[Choice] = []
        if every:
            words = (
                f"All {len(every)} tasks that lack some"
                if len(every) > 1
                else "The only task that lacks some"
            )
            choices.append(Choice("all", words, _some(every), key="a"))
        if lacking:
            choices.append(Choice("here", *self._named(lacking), key="m" if self.task_tree.marked else "t"))
        # What is current may be wanted again: from another agent, or for another pull request.
        if whole:
            choices.append(Choice("again", f"{self._named(whole)[0]} again", "all current now", key="f"))
        if not every:
            choices.append(Choice("all again", f"All {len(snapshot.tag.tasks)} tasks again", key="a"))
        heading = "Write documents" if every else "Every document is there and current"
        answer = await ask(self.deck, heading, choices)
        if answer is None:
            return None
        chosen = {"here": lacking, "again": whole}.get(answer, [])
        force = answer in ("again", "all again")
        return Wish("docs", tuple(chosen), force=force, pace=self.deck.pace)

    def _named(self, keys: Sequence[str]) -> tuple[str, str]:
        """These of the tasks under the cursor or marks, as a choice, and what to know of them."""
        if self.task_tree.marked:
            return f"The {plural(len(keys), 'marked task')}", _some(keys)
        task = self.task_of(keys[0])
        return f"Task {keys[0]}", task.title[:60] if task else ""

    def action_submit(self) -> None:
        if not self.lacks_tasks():
            self.start(self._submit(), group="dialog")

    async def _submit(self) -> None:
        from core.runs.start import Wish

        wish = Wish("task", self.task_tree.targets())
        await self._begin(wish, f"Submit {_some(wish.keys)}")

    async def _begin(self, wish: Wish, heading: str) -> None:
        """Show everything about the run on the confirm sheet, and begin it as it was confirmed there."""
        from tui.screens.confirm_run import ConfirmRunScreen

        if self.deck.costs_nothing:
            wish = replace(wish, agent="builtin")
        sheet = ConfirmRunScreen(self.deck.runs, wish, heading)
        if await self.deck.push_screen_wait(sheet) is None:
            return
        folder = await self.deck.runs.start(sheet.wish)
        count = len(folder.request.keys)
        what = plural(count, "task")
        self.begun_run = (self.task_tree.cursor_key or "", folder.id)
        self.deck.say(f"{folder.request.agent} works on {what}", "r shows the run")


def _some(keys: Sequence[str]) -> str:
    names = ", ".join(keys[:8])
    return f"task {names}" if len(keys) == 1 else f"{names}{' …' * (len(keys) > 8)}"
