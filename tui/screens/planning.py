"""Planning from any pane: parse the PRD, score, expand; each result is a proposal before it is an edit."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import TaskdeckError
from tui.bridges.planning_run import planner_events
from tui.bridges.stages import is_open, is_template
from tui.running import app_of
from tui.screens.menus import Choice, ask
from tui.screens.work_screen import WorkScreen

if TYPE_CHECKING:
    from core.planning.planner import Planner, PlannerEvent
    from core.planning.proposal import Mode
    from core.tasks.complexity import Score
    from core.tasks.model import Task
    from tui.bridges.proposals import Draft
    from tui.screens.proposal import ProposalScreen


class Planning(WorkScreen):
    """The actions that ask the planner. Each runs beside the screen."""

    def action_parse_prd(self) -> None:
        self.start(self.parse_prd(), group="planning")

    def action_analyse(self) -> None:
        self.start(self.analyse(), group="planning")

    def action_expand(self) -> None:
        tasks = [task.root for task in map(self.task_of, self.task_tree.targets()) if task is not None]
        self.propose_subtasks(list(dict.fromkeys(tasks)))

    def action_expand_all(self) -> None:
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
        from tui.bridges.proposals import PlanDraft

        snapshot = self.snapshot
        if snapshot is None:
            return
        if snapshot.prd is None or not snapshot.prd.text.strip():
            self.deck.say("there is no PRD to plan from", "3 opens the editor, which can start one")
            return
        if not await self.save_prd():
            return
        # Read again: saving may have changed it.
        text = (await self.session.prd_facts()).text
        if is_template(text):
            self.deck.say("the PRD is still the template", "3 opens it: say what you want to build")
            return
        mode = await self._plan_mode()
        if mode is None:
            return
        present = snapshot.tag.tasks if mode == "append" else ()
        planner = await self.session.planner()
        draft = PlanDraft(snapshot.tag, mode, text)
        await self._propose(
            draft,
            planner,
            f"Tasks from {Path(self.session.prd_path).name}",
            lambda: planner.plan(text, count=None, existing=present),
            lambda taken: f"parse {self.session.prd_path.name}: {taken} items",
        )

    def add_cost(self, dollars: float) -> None:
        """Count what a planner cost, and show the sum."""
        raise NotImplementedError

    async def save_prd(self) -> bool:
        """Save what is typed in the PRD editor. False when that failed."""
        raise NotImplementedError

    async def _plan_mode(self) -> Mode | None:
        snapshot = self.snapshot
        if snapshot is None or not snapshot.tag.tasks:
            return "append"
        count = len(snapshot.tag.tasks)
        choices = [
            Choice("append", "Add", "new tasks behind the present ones", key="a"),
            Choice("replace", "Compare", "same titles stay, the rest is added or removed", key="c"),
        ]
        answer = await ask(
            app_of(self),
            f"This tag has {count} tasks",
            choices,
            note="Nothing is written yet.",
        )
        return answer if answer in ("append", "replace") else None  # type: ignore[return-value]

    async def analyse(self) -> None:
        """Score the open tasks; what is taken is written to the report."""
        from tui.bridges.proposals import ScoreDrafts

        snapshot = self.snapshot
        if snapshot is None:
            return
        tasks = [task for task in snapshot.tag.tasks if is_open(task)]
        if not tasks:
            self.deck.say("no open task to score")
            return
        planner = await self.session.planner()
        draft = ScoreDrafts(snapshot.report)
        accepted = await self._review(draft, planner, "Complexity", lambda: planner.analyse(tasks))
        if accepted:
            await self.session.save_scores(draft.taken(accepted))

    async def expand_tasks(self, tasks: Sequence[Task]) -> None:
        """Subtasks for each of `tasks`, in one proposal."""
        from tui.bridges.proposals import SubtaskDrafts

        replace = False
        having = [task for task in tasks if task.subtasks]
        if having:
            choices = [
                Choice("add", "Add", "new subtasks behind the present ones", key="a"),
                Choice("replace", "Replace", "new ones in their place", key="r"),
            ]
            names = ", ".join(task.key for task in having[:6])
            answer = await ask(app_of(self), f"{names} has subtasks already", choices)
            if answer is None:
                return
            replace = answer == "replace"
        planner = await self.session.planner()
        report = self.snapshot.report if self.snapshot else None
        names = ", ".join(task.key for task in tasks[:6]) + (" …" if len(tasks) > 6 else "")
        await self._propose(
            SubtaskDrafts(tasks, replace=replace),
            planner,
            f"Subtasks of {names}",
            lambda: _expand_each(planner, tasks, report.of if report else lambda _task: None),
            lambda taken: f"expand {names}: {taken} subtasks",
        )

    async def _propose(
        self,
        draft: Draft,
        planner: Planner,
        heading: str,
        stream: Callable[[], AsyncIterator[PlannerEvent]],
        title: Callable[[int], str],
    ) -> None:
        accepted = await self._review(draft, planner, heading, stream)
        if accepted:
            change = await self.apply(draft.edits(accepted), title(len(accepted)))
            if change is not None and change.created:
                self.task_tree.move_to(change.created[0])

    async def _review(
        self, draft: Draft, planner: Planner, heading: str, stream: Callable[[], AsyncIterator[PlannerEvent]]
    ) -> set[str]:
        """Show the proposal as it comes; the ids of what is taken (none when it was discarded)."""
        from tui.screens.proposal import ProposalScreen

        view = ProposalScreen(heading, planner.name, draft)
        feeding = self.run_worker(
            self._feed(view, draft, heading, stream), group="planner", exit_on_error=False
        )
        accepted = await app_of(self).push_screen_wait(view)
        if feeding.is_running:
            feeding.cancel()
            self.activity.add("warning", f"{heading}: cancelled", "nothing was written")
        return accepted or set()

    async def _feed(
        self,
        view: ProposalScreen,
        draft: Draft,
        heading: str,
        stream: Callable[[], AsyncIterator[PlannerEvent]],
    ) -> None:
        try:
            with self.activity.step(heading) as step:
                async with aclosing(planner_events(stream)) as batches:
                    async for batch in batches:
                        for event in batch:
                            draft.take(event)
                        view.show_progress()
                step.detail = f"{view.planner_name}: {draft.summary}"
                self.add_cost(draft.dollars)
        except TaskdeckError as error:
            view.show_failure(error)
        else:
            view.show_whole()


async def _expand_each(
    planner: Planner, tasks: Sequence[Task], score_of: Callable[[Task], Score | None]
) -> AsyncIterator[PlannerEvent]:
    for task in tasks:
        async for event in planner.expand(task, count=None, prompt="", score=score_of(task)):
            yield event
