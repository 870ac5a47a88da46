"""The screen of running: every run, the chosen one's stages, agents, plans, files and logs, live."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType

from core.runs.proof_words import proof_words
from tui.actions import bindings
from tui.bridges.documents import read_written
from tui.bridges.runs import Runs
from tui.bridges.stages import Stage, age_text
from tui.running import app_of
from tui.screens.run_log import RunLogPane
from tui.screens.run_work import RunWork
from tui.widgets.part_lines import CursorList
from tui.widgets.run_signs import STAGE_NAMES, stage_sign, way_out

if TYPE_CHECKING:
    from core.runs.ledger import StageView
    from core.runs.watch import RunView
    from core.tasks.model import Task

TICK_SECONDS = 1.0
PREVIEW_SECONDS = 0.5


class RunScreen(RunWork, RunLogPane):
    """Lies on the plan screen; Escape goes back there.

    `task` is the one whose run is looked for, `again` the run one was on before one went to that task.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings("run")
    scope = "run"

    def __init__(self, runs: Runs, task: Task | None = None, again: str = "") -> None:
        super().__init__(runs)
        self._came_from = task
        self._again = again
        self._settled = False
        self._run_of_task = ""
        self._reading = False
        self._read_at: tuple[str, ...] | None = None

    def on_mount(self) -> None:
        self.runs.listen(self.take_runs)
        self.set_interval(TICK_SECONDS, self._tick)
        self.set_interval(PREVIEW_SECONDS, self._show_preview)
        self.follow_bars()
        self.take_runs()
        self.divide()
        self.action_show_pane("runs")

    async def on_unmount(self) -> None:
        self.runs.unlisten(self.take_runs)

    def take_runs(self) -> None:
        """Show the runs as they are now."""
        self.table.show(self.runs.views, looked=self.runs.looked)
        self._choose_wanted()
        self.show_run()

    def _choose_wanted(self) -> None:
        """Put the cursor on the run of the task one came from, else on the newest under way, else leave it.

        As long as nobody moved it, it goes on to a run of the task that begins, or was not seen yet.
        """
        if not self.runs.looked or self.table.touched:
            return
        if self._choose_begun():
            return
        first, self._settled = not self._settled, True
        task = self._came_from
        run = self.runs.of_task(task.key, task.root.key) if task is not None else None
        before = self.runs.view(self._again) if first else None
        if before is not None and (run is None or run.is_over):
            run = before
            self.table.stay()
        if run is None:
            live = self.runs.newest_live
            if first and live is not None:
                self.table.cursor_key = live.id
        elif task is not None and run.id != self._run_of_task:
            self._run_of_task = run.id
            self._choose(run, (task.key, task.root.key))

    def _choose_begun(self) -> bool:
        """Put the cursor on the run that was just begun on the plan, once it is seen, and leave it there.

        It need not be about the task under the plan's cursor, and may be listed only later.
        """
        task, begun = self._came_from, self.deck.plan.begun_run
        run = self.runs.view(begun[1]) if begun is not None else None
        if begun is None or run is None or (task.key if task is not None else "") != begun[0]:
            return False
        self.deck.plan.begun_run = self._came_from = None
        self._choose(run, tuple(filter(None, (begun[0],))))
        return True

    def _choose(self, run: RunView, tasks: tuple[str, ...]) -> None:
        """Put the cursors on a run and on its agent of the first of these tasks that has one."""
        self.table.choose(run.id)
        self.agents.show(run)
        begun = {agent.task: agent for agent in run.agents if agent.view is not None}
        agent = next((begun[task] for task in tasks if task in begun), None)
        # In a run under way an agent that is done is not what somebody came to see.
        if agent is not None and agent.view is not None and (run.is_over or not agent.view.state.over):
            self.agents.choose(agent.name)

    def show_run(self) -> None:
        """Bring every pane up to date with the run under the cursor."""
        run = self.run_view
        behind = self.left_behind(run) if run is not None else []
        self.stages.offer = _still_in_progress(behind)
        self.stages.show(run)
        self.agents.show(run)
        self.agent_plan.show(self.agents.chosen)
        self.files.show(run)
        self.follow_log(run)
        self.title_panes()
        self.refresh_bindings()

    def _tick(self) -> None:
        """Ages go on while nothing happens."""
        if self.is_current:
            for view in (self.table, self.stages, self.agents, self.files):
                view.update_lines()

    def on_cursor_list_highlighted(self, event: CursorList.Highlighted) -> None:
        event.stop()
        if event.list is self.table:
            self.files.following = True
            self.show_run()
        elif event.list is self.agents:
            self.agent_plan.show(self.agents.chosen)
            self.title_panes()
        elif event.list is self.files:
            self._show_preview()

    def on_cursor_list_opened(self, event: CursorList.Opened) -> None:
        event.stop()
        if event.list is self.table:
            self.action_show_pane("agents")
        elif event.list is self.agents:
            self.action_log_start()
        elif event.list is self.files:
            self.action_show_pane("preview")
        elif event.list is self.stages:
            self._show_proof()

    def _show_proof(self) -> None:
        from tui.screens.proof import ProofScreen

        stage = self.stages.chosen
        if stage is None:
            return
        now = self.runs.now()
        times = (
            ("began", age_text(now - stage.began) if stage.began else ""),
            ("ended", age_text(now - stage.ended) if stage.ended else ""),
        )
        told = (("said", stage.words), *self._why(stage), *times)
        evidence = tuple((name, value) for name, value in told if value)
        name = STAGE_NAMES.get(stage.name, stage.name)
        state = "absent" if stage.state == "skipped" else stage.state
        shown = Stage(
            name.capitalize(), name, state, "", evidence + tuple(proof_words(stage.proof, stage.name))
        )
        app_of(self).push_screen(ProofScreen(shown, stage_sign(stage, self.run_view).label))

    def _why(self, stage: StageView) -> tuple[tuple[str, str], ...]:
        """Of a stage that failed, or that the run did not reach: why, and what to do."""
        run = self.run_view
        if run is None or not run.is_over or stage.state not in ("failed", "waiting"):
            return ()
        why = run.verdict.words if run.verdict is not None and stage.state == "waiting" else ""
        return ("not reached", why), ("what to do", way_out(run))

    def on_pipeline_bar_left(self) -> None:
        self.action_show_pane("runs")

    # The document that is written ----------------------------------------------------------------------

    def _show_preview(self) -> None:
        """Read the chosen file again while it is seen and may still grow, and once when the run is over."""
        run = self.run_view
        if not (self.is_current and self.boxes["preview"].display) or self._reading or run is None:
            return
        state = (run.id, run.state, str(run.alive), self.files.cursor_key or "")
        if not run.is_over or state != self._read_at:
            self._read_at = state
            self.start(self._read_preview(), group="preview")

    async def _read_preview(self) -> None:
        run, file = self.run_view, self.files.chosen
        if run is None or file is None:
            self.preview.show("", None)
            return
        self._reading = True
        try:
            text = await asyncio.to_thread(
                read_written, file.workspace, file.write.path, self.session.root, run.branch
            )
        finally:
            self._reading = False
        self.preview.show(file.write.path, text)


def _still_in_progress(keys: list[str]) -> str:
    """What to say of tasks that a run left in-progress; nothing moves them unasked."""
    if not keys:
        return ""
    if len(keys) == 1:
        return f"Task {keys[0]} is still in-progress; s sets it back."
    return f"Tasks {', '.join(keys)} are still in-progress; s sets them back."
