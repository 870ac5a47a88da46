"""The log of the chosen run: its agents' events, followed while they come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.screens.run_panes import RunPanes
from tui.widgets.log_view import LogView

if TYPE_CHECKING:
    from core.runs.watch import RunView
    from tui.bridges.run_log import RunLog


class RunLogView(LogView):
    """A log whose Escape, once there is nothing to end in it, is that of the screen."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "clear":
            return bool(self.search_words or self.filter_words or not self.following)
        return super().check_action(action, parameters)


class RunLogPane(RunPanes):
    """One log view a run; another run gets another one."""

    _log_of = ""
    _log: RunLog | None = None

    def follow_log(self, run: RunView | None) -> None:
        """Show the log of this run, and take in the agents that began."""
        if run is None:
            return
        if run.id != self._log_of:
            self._other_log(run)
        if self._log is None or self.log_panel is None:
            return
        added = self._log.take(run.agents)
        if added:
            from tui.bridges.run_log import run_sources

            self.start(run_sources(added), group="run-log")
        self.log_panel.sources = list(self._log.live)

    def _other_log(self, run: RunView) -> None:
        from tui.bridges.run_log import RunLog

        self.workers.cancel_group(self, "run-log")  # pyright: ignore[reportUnknownMemberType]
        self._log_of, self._log = run.id, RunLog()
        before, self.log_panel = self.log_panel, RunLogView(self._log.feed, self._log.reader)
        had_focus = before is not None and before in (self.focused.ancestors if self.focused else ())
        if before is not None:
            before.remove()
        self.log_box.mount(self.log_panel)
        if had_focus:
            self.call_after_refresh(self.log_panel.focus)

    def action_log_start(self) -> None:
        """Show the log where the agent under the cursor began."""
        agent, log, view = self.agents.chosen, self._log, self.log_panel
        if agent is None or log is None or view is None:
            return
        row = log.first_row(agent)
        if row is None:
            self.tell(f"{agent.name} has not said anything yet")
            return
        self.action_show_pane("log")
        view.go_to(view.content.shown_row(row), center=True)
