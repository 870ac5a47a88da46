"""What an operator does to a run: end it, run it again, take its documents over, go to its task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.screens.menus import Choice, ask
from tui.screens.run_panes import RunPanes
from tui.widgets.run_signs import left_something, tasks_words, why_no_retry

if TYPE_CHECKING:
    from core.documents.apply import Applied
    from core.runs.watch import RunView


class RunWork(RunPanes):
    """The actions of the run screen. Each runs beside the screen and says what came of it."""

    @property
    def run_view(self) -> RunView | None:
        """The run under the cursor."""
        return self.table.chosen

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        run = self.run_view
        if action in _ABOUT_A_RUN and run is None:
            return False
        if run is None:
            return True
        if action == "cancel_run":
            return not run.is_over
        if action == "retry_run":
            return not why_no_retry(run)
        if action == "set_back":
            return bool(self.left_behind(run))
        if action == "apply_run":
            return run.kind == "docs" and left_something(run)
        if action == "show_pull_request":
            return any(stage.name == "pull_request" for stage in run.stages)
        return True

    def action_leave(self) -> None:
        self.dismiss(None)

    def action_to_task(self) -> None:
        """Back to the plan, with the cursor on the task of the agent (or the only task of the run)."""
        agent, run = self.agents.chosen, self.run_view
        key = agent.task if agent else run.keys[0] if run and run.keys else None
        if run is not None and self.snapshot is not None and run.tag != self.snapshot.tag.name:
            self.tell(f"Task {key} is of the tag {run.tag}; t on the plan goes to that tag")
            return
        if run is None or key is None or self.deck.plan.task_of(key) is None:
            self.tell("There is no such task any more")
            return
        plan = self.deck.plan
        plan.left_run = (key, run.id)
        self.dismiss(None)
        plan.jump(key, open_task=True)

    def action_cancel_run(self) -> None:
        run = self.run_view
        if run is not None:
            self.start(self._cancel(run), group="dialog")

    async def _cancel(self, run: RunView) -> None:
        busy = sum(agent.view is not None and not agent.view.state.over for agent in run.agents)
        choices = [
            Choice("end", "End it", f"{busy} agent{'s' * (busy != 1)} at work", key="e"),
            Choice("stay", "Let it run", key="escape"),
        ]
        note = "What passed the gate stays; what is half done goes nowhere, but is kept for you to look at."
        if await ask(self.deck, f"End the run {tasks_words(run)}?", choices, note=note) != "end":
            return
        asked = await self.runs.cancel(run.id)
        self.tell("The run is asked to end" if asked else "The run is over already")

    def action_retry_run(self) -> None:
        run = self.run_view
        if run is not None:
            self.start(self._retry(run), group="dialog")

    async def _retry(self, run: RunView) -> None:
        """Show on the sheet before a run what is left to do, and begin that as it was confirmed there."""
        from tui.screens.confirm_run import ConfirmRunScreen

        wish = await self.runs.retry_wish(run.id)
        what = "Deliver" if wish.only_delivers else "Retry"
        sheet = ConfirmRunScreen(self.runs, wish, f"{what} {tasks_words(run)}")
        if await self.deck.push_screen_wait(sheet) is None:
            return
        self.table.go_with_new()
        folder = await self.runs.start(sheet.wish)
        self.tell(f"The run {folder.id} has begun")

    def key_upper_r(self) -> None:
        """R where it is not offered: say why."""
        if self.run_view is not None and (why := why_no_retry(self.run_view)):
            self.tell(why)

    def action_apply_run(self) -> None:
        run = self.run_view
        if run is not None:
            self.start(self._apply(run), group="dialog")

    async def _apply(self, run: RunView) -> None:
        choices = [
            Choice("apply", "Copy its documents into the project", key="a"),
            Choice("stay", "Leave them on the branch", key="escape"),
        ]
        note = f"From {run.branch or 'the run'}. A file that was changed here is never replaced."
        if await ask(self.deck, f"Apply {tasks_words(run)}?", choices, note=note) != "apply":
            return
        applied = await self.runs.apply(run.id)
        self.deck.documents.count_again()
        self.tell(applied_words(applied), "warning" if applied.refused else "offer")

    def left_behind(self, run: RunView) -> list[str]:
        """The tasks that a run which did not do them left in-progress, and that nobody works on now."""
        snapshot = self.snapshot
        if run.kind != "task" or not run.is_over or run.state == "done" or snapshot is None:
            return []
        if run.tag != snapshot.tag.name:
            return []
        others = [view for view in self.runs.views if view.kind == "task" and view.began > run.began]
        newer = {key for view in others for key in view.keys}
        tasks = [task for task in map(self.task_of, run.keys) if task is not None and task.key not in newer]
        passed = {agent.task for agent in run.agents if agent.judged is not None and agent.judged.passed}
        return [task.key for task in tasks if task.status == "in-progress" and task.key not in passed]

    def action_set_back(self) -> None:
        run = self.run_view
        if run is not None:
            self.start(self._set_back(self.left_behind(run)), group="dialog")

    async def _set_back(self, keys: list[str]) -> None:
        from core.tasks.edits import SetStatus

        names = ", ".join(keys)
        choices = [
            Choice("back", "Set to pending", "the task file changes; u on the plan takes it back", key="p"),
            Choice("stay", "Leave it", key="escape"),
        ]
        heading = f"Set task{'s' * (len(keys) != 1)} {names} back?"
        if not keys or await ask(self.deck, heading, choices) != "back":
            return
        edits = [SetStatus(key, "pending") for key in keys]
        if await self.apply(edits, f"set {names} back to pending") is not None:
            self.tell(f"Set {names} to pending; u on the plan takes it back")
            self.show_run()

    def show_run(self) -> None:
        """Bring every pane up to date with the run under the cursor."""
        raise NotImplementedError

    def action_show_pull_request(self) -> None:
        """The card of the run's pull request."""
        if self.run_view is not None:
            self.show_card(self.run_view.id)

    def action_report_incident(self) -> None:
        """Write it at once about a run that went wrong; of any other one that may be a slip, so ask."""
        run = self.run_view
        if run is None:
            return
        if run.state == "done" or not run.is_over:
            self.start(self._ask_to_report(run), group="dialog")
        else:
            self.start(self._report(run), group="incident")

    async def _ask_to_report(self, run: RunView) -> None:
        choices = [Choice("write", "Write the report", key="w"), Choice("stay", "Write none", key="escape")]
        how = "succeeded" if run.is_over else "is still at work"
        heading = f"This run {how}: report an incident about it all the same?"
        if await ask(self.deck, heading, choices) == "write":
            self.start(self._report(run), group="incident")

    async def _report(self, run: RunView) -> None:
        from tui.bridges.looking_after import report_incident

        path = await report_incident(self.session, self.runs.folder(run.id))
        where = path.relative_to(self.session.root)
        self.tell(
            f"Wrote {where}; I on the plan lists all. Secrets are masked; read it before you pass it on"
        )


_ABOUT_A_RUN = frozenset(
    (
        "cancel_run",
        "retry_run",
        "set_back",
        "apply_run",
        "log_start",
        "to_task",
        "show_pull_request",
        "report_incident",
    )
)


def applied_words(applied: Applied) -> str:
    """What applying did, and the first thing it left alone."""
    written, same = len(applied.written), len(applied.same)
    words = f"{written} document{'s' * (written != 1)} copied" + (f", {same} were the same" if same else "")
    if not applied.refused:
        return words
    path, why = applied.refused[0]
    more = f" and {len(applied.refused) - 1} more" if len(applied.refused) > 1 else ""
    return f"{words}; left alone: {path} ({why}){more}"
