"""Giving work to agents from the plan: documents, tasks, and the way to their runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from core.plain_text import printable
from tui.screens.menus import Choice, ask
from tui.screens.work_screen import WorkScreen

if TYPE_CHECKING:
    from core.runs.request import RunRequest
    from core.runs.start import Wish

_SHOWN = (
    *("task file", "works at", "branch", "base", "agent", "model", "where", "agents at a time"),
    *("budget", "command", "push"),
)
"""The parameters that a confirmation names; all of them are kept with the run."""


class AgentWork(WorkScreen):
    """The actions that begin runs. Nothing is begun before it was said what will be done."""

    def action_show_runs(self) -> None:
        """The screen of runs, on the run of the task under the cursor if it has one."""
        from tui.screens.run import RunScreen

        task = self.task_of(self.task_tree.cursor_key)
        self.deck.push_screen(RunScreen(self.deck.runs, task.root.key if task else None))

    def action_documents(self) -> None:
        if not self.lacks_tasks():
            self.start(self._documents(), group="dialog")

    async def _documents(self) -> None:
        from core.runs.start import Wish

        keys = await self._choose_tasks()
        if keys is None:
            return
        wish = Wish("docs", keys, pace=self.deck.pace)
        await self._begin(wish, "Write documents", self._documents_words)

    async def _choose_tasks(self) -> tuple[str, ...] | None:
        """The tasks to write documents for, empty for all that need some; None when nobody wants any."""
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
            choices.append(Choice("all", f"All {len(every)} tasks that lack some", _some(every), key="a"))
        if lacking and self.task_tree.marked:
            choices.append(Choice("here", f"The {len(lacking)} marked tasks", _some(lacking), key="m"))
        elif lacking:
            title = snapshot.tag.nodes[lacking[0]].title
            choices.append(Choice("here", f"Task {lacking[0]}", title[:60], key="t"))
        if not choices:
            self.deck.say("Every document is there and current", "6 shows them")
            return None
        note = f"{', '.join(whole)} has them already, all current." if whole and not lacking else ""
        answer = await ask(self.deck, "Write documents", choices, note=note)
        return None if answer is None else () if answer == "all" else tuple(lacking)

    def action_submit(self) -> None:
        if not self.lacks_tasks():
            self.start(self._submit(), group="dialog")

    async def _submit(self) -> None:
        from core.runs.start import Wish

        wish = Wish("task", self.task_tree.targets())
        await self._begin(wish, f"Submit {_some(wish.keys)}", self._submit_words)

    async def _begin(self, wish: Wish, heading: str, words: Callable[[RunRequest], str]) -> None:
        """Check the wish, say what it makes, and begin when that is wanted."""
        from core.runs.start import NothingToDo, Uncommitted

        try:
            request = await self.deck.runs.prepare(wish)
        except Uncommitted as error:
            if not await self._may_commit(error):
                return
            wish = replace(wish, commit=True)
            request = None
        except NothingToDo as error:
            self.deck.say(error.message)
            return
        if request is not None:
            choices = [
                Choice("begin", "Begin", key="b"),
                Choice("no", "Not now", key="escape"),
            ]
            note = f"{words(request)}\n\n{parameter_lines(request)}"
            if await ask(self.deck, heading, choices, note=note, wide=True) != "begin":
                return
        folder = await self.deck.runs.start(wish)
        count = len(folder.request.keys)
        what = f"{count} task{'s' * (count != 1)}"
        self.deck.say(f"{folder.request.agent} works on {what}", "r shows the run")

    async def _may_commit(self, error: Exception) -> bool:
        """An agent works from what is committed; the task file is not. Whether it may be, alone."""
        from core.runs.start import Uncommitted

        assert isinstance(error, Uncommitted)
        choices = [
            Choice("commit", "Commit the task file, alone, and begin", key="c"),
            Choice("no", "Begin nothing", key="escape"),
        ]
        note = f"{error.path} is not committed as it is here. What else is staged or changed stays as it is."
        heading = "Agents work from what is committed"
        return await ask(self.deck, heading, choices, note=note, wide=True) == "commit"

    def _documents_words(self, request: RunRequest) -> str:
        count = len(request.keys) * len(request.names)
        where = f"on the branch {request.branch}" if request.branch else "into the project"
        return f"{count} files for {_some(request.keys)}, {where}: {', '.join(request.names)}"

    def _submit_words(self, request: RunRequest) -> str:
        return (
            f"{request.agent} does {_some(request.keys)} and leaves its commits on the branch "
            f"{request.branch}. The task is set to in-progress; nothing is pushed."
        )


def parameter_lines(request: RunRequest) -> str:
    """The parameters that matter most, each with where it comes from."""
    rows = [row for row in request.parameters if row.name in _SHOWN]
    width = max((len(row.name) for row in rows), default=0)
    return "\n".join(
        printable(f"{row.name:<{width}}  {row.value}" + (f"   ({row.source})" if row.source else ""))
        for row in rows
    )


def _some(keys: Sequence[str]) -> str:
    names = ", ".join(keys[:8])
    return f"task {names}" if len(keys) == 1 else f"{names}{' …' * (len(keys) > 8)}"
