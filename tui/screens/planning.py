"""Planning from any pane: parse the PRD, score, expand; each result is a proposal before it is an edit."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from core.errors import TaskdeckError
from core.plain_text import plural
from tui.bridges.stages import is_open, is_template
from tui.running import app_of
from tui.screens.kept_answers import KeptAnswers
from tui.screens.menus import Choice, ask

if TYPE_CHECKING:
    from core.tasks.model import Task


class Planning(KeptAnswers):
    """The actions that ask the planner. Each runs beside the screen."""

    def action_parse_prd(self) -> None:
        self.start(self.parse_prd(), group="planning")

    def action_analyse(self) -> None:
        if self.lacks_tasks():
            return
        self.start(self.analyse(), group="planning")

    def action_expand(self) -> None:
        if self.lacks_tasks():
            return
        tasks = [task.root for task in map(self.task_of, self.task_tree.targets()) if task is not None]
        self.propose_subtasks(list(dict.fromkeys(tasks)))

    def action_expand_all(self) -> None:
        if self.lacks_tasks():
            return
        snapshot = self.snapshot
        tasks = snapshot.tag.tasks if snapshot else ()
        open_tasks = [task for task in tasks if is_open(task) and not task.subtasks]
        if open_tasks:
            self.propose_subtasks(open_tasks)
        else:
            self.deck.say("every open task has subtasks already", "x expands one again")

    def propose_subtasks(self, tasks: Sequence[Task]) -> None:
        """Propose subtasks for `tasks`."""
        if tasks:
            self.start(self.expand_tasks(tasks), group="planning")

    async def parse_prd(self) -> None:
        """Plan tasks from the PRD as it is on disk."""
        snapshot = self.snapshot
        if snapshot is None:
            return
        if snapshot.prd is None or not snapshot.prd.text.strip():
            self.deck.say("there is no PRD to plan from", "3 opens the editor, which can start one")
            return
        if not await self.prd_is_ready():
            return
        # Read again: saving may have changed it.
        text = (await self.session.prd_facts()).text
        if is_template(text):
            self.deck.say("the PRD is still the template", "3 opens it: say what you want to build")
            return
        mode = await self._plan_mode()
        if mode == "changes":
            await self._follow_prd(text)
        elif mode is not None:
            await self._plan_prd(text)

    async def prd_is_ready(self) -> bool:
        """Whether the file holds what a plan is to be made from."""
        raise NotImplementedError

    async def _plan_mode(self) -> str | None:
        snapshot = self.snapshot
        if snapshot is None or not snapshot.tag.tasks:
            return "append"
        choices = [
            Choice("changes", "Compare", "what the PRD would change in them", key="c"),
            Choice("append", "Add", "new tasks behind the present ones", key="a"),
        ]
        return await ask(
            app_of(self),
            f"This tag has {plural(len(snapshot.tag.tasks), 'task')}",
            choices,
            note="Nothing is written yet. Ids, status and finished work stay.",
        )

    async def _plan_prd(self, text: str) -> None:
        from core.planning.kept import plan_work
        from tui.bridges.proposals import PlanDraft

        snapshot = self.snapshot
        if snapshot is None:
            return
        asked = await self.asked(plan_work("plan", snapshot.tag.name, text), half=True)
        if asked is None:
            return
        name = self.session.prd_path.name
        planner = await self.planner()
        draft = PlanDraft(snapshot.tag, "append", text)
        accepted = await self.propose(
            asked,
            draft,
            planner,
            f"Tasks from {name}",
            None if asked.kept else lambda: planner.plan(text, count=None, existing=snapshot.tag.tasks),
            lambda taken: f"parse {name}: {plural(taken, 'item')}",
        )
        if accepted and draft.whole and len(accepted) == len(draft.gathered.tasks):
            await self._remember_prd(text, snapshot.tag.name)

    async def _follow_prd(self, text: str) -> None:
        """What the PRD would change in the present tasks, against the text they were planned from."""
        from core.planning.kept import plan_work
        from core.planning.planned_prd import remembered_prd
        from tui.bridges.proposals import ChangesDraft

        snapshot = self.snapshot
        if snapshot is None:
            return
        asked = await self.asked(plan_work("changes", snapshot.tag.name, text))
        if asked is None:
            return
        name = self.session.prd_path.name
        before = await asyncio.to_thread(remembered_prd, self.session.root, snapshot.tag.name)
        planner = await self.planner()
        draft = ChangesDraft(snapshot.tag, text, before)
        accepted = await self.propose(
            asked,
            draft,
            planner,
            f"What {name} would change",
            None if asked.kept else lambda: planner.plan(text, count=None),
            lambda taken: f"follow {name} with {taken} task{'s' * (taken != 1)}",
        )
        if accepted and draft.settled(accepted):
            await self._remember_prd(text, snapshot.tag.name)

    async def _remember_prd(self, text: str, tag: str) -> None:
        """Note which PRD a tag was planned from; without the note a later comparison only says less."""
        from core.planning.planned_prd import remember_prd

        with suppress(OSError, TaskdeckError):
            await asyncio.to_thread(remember_prd, self.session.root, tag, text)
            await self.session.refresh()

    async def analyse(self) -> None:
        """Score the open tasks; what is taken is written to the report."""
        from core.planning.kept import task_work
        from tui.bridges.proposals import ScoreDrafts

        snapshot = self.snapshot
        if snapshot is None:
            return
        tasks = [task for task in snapshot.tag.tasks if is_open(task)]
        if not tasks:
            self.deck.say("no open task to score")
            return
        asked = await self.asked(task_work("score", snapshot.tag.name, tasks))
        if asked is None:
            return
        planner = await self.planner()
        draft = ScoreDrafts(snapshot.report, tasks)
        rest = [task for task in tasks if task.key not in asked.parts]
        accepted = await self.review_kept(
            asked, draft, planner, "Complexity", (lambda: planner.analyse(rest)) if rest else None
        )
        if accepted:
            await self.session.save_scores(draft.taken(accepted))
            await asyncio.to_thread(asked.keeper.drop)

    async def expand_tasks(self, tasks: Sequence[Task]) -> None:
        """Subtasks for each of `tasks`, side by side, in one proposal."""
        from core.planning.expand_all import expand_all
        from core.planning.kept import task_work
        from tui.bridges.proposals import SubtaskDrafts

        replace = await self._replaces_subtasks(tasks)
        if replace is None:
            return
        tag = self.session.tag_name or ""
        asked = await self.asked(task_work("replace" if replace else "divide", tag, tasks))
        if asked is None:
            return
        rest = [task for task in tasks if task.key not in asked.parts]
        planner = await self.planner()
        if not await self.may_expand(planner, rest):
            self.deck.say("nothing was sent", "planner.confirm_tokens in the settings is where it asks")
            return
        report = self.snapshot.report if self.snapshot else None
        scores = {task.key: score for task in tasks if report and (score := report.of(task))}
        at_once = int(getattr(planner, "concurrency", 1))
        names = ", ".join(task.key for task in tasks) if len(tasks) <= 6 else f"{len(tasks)} tasks"
        await self.propose(
            asked,
            SubtaskDrafts(tasks, replace=replace),
            planner,
            f"Subtasks of {names}",
            (lambda: expand_all(planner, rest, concurrency=at_once, scores=scores)) if rest else None,
            lambda taken: f"divide {names}: {plural(taken, 'subtask')}",
        )

    async def _replaces_subtasks(self, tasks: Sequence[Task]) -> bool | None:
        """Whether new subtasks take the place of present ones; None when the person thinks better of it."""
        having = [task for task in tasks if task.subtasks]
        if not having:
            return False
        choices = [
            Choice("add", "Add", "new subtasks behind the present ones", key="a"),
            Choice("replace", "Replace", "new ones in their place", key="r"),
        ]
        names = ", ".join(task.key for task in having[:6])
        answer = await ask(app_of(self), f"{names} has subtasks already", choices)
        return None if answer is None else answer == "replace"
