"""The log of the plan screen: what the application did, and what agents at work say."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content

from tui.screens.work_screen import WorkScreen

if TYPE_CHECKING:
    from tui.bridges.activity_log import ActivityLog
    from tui.bridges.run_log import RunLog


class PlanLog(WorkScreen):
    """One log view for all of it, mounted when the first frame stands."""

    log_box: Vertical
    _log: RunLog | None = None
    _activity_log: ActivityLog | None = None

    def begin_log(self) -> None:
        """Show the log. Reading its parts takes a while that nobody should wait for."""
        from tui.bridges.activity_log import ActivityLog
        from tui.bridges.run_log import RunLog
        from tui.widgets.log_view import LogView

        if self.log_panel is not None:
            return
        self._activity_log, self._log = ActivityLog(self.activity), RunLog()
        self._log.feed.add(self._activity_log.log)
        self.log_panel = LogView(self._log.feed, self._log.reader, id="log")
        self.log_box.mount(self.log_panel)
        self.run_worker(self._activity_log.run, group="activity", exit_on_error=False)

    async def on_unmount(self) -> None:
        if self._activity_log is not None:
            await asyncio.to_thread(self._activity_log.close)

    def follow_agents(self) -> None:
        """Take in the agents of the runs that are under way."""
        if self._log is None or self.log_panel is None:
            return
        agents = (agent for run in self.deck.runs.live for agent in run.agents if not agent.of_run)
        added = self._log.take(agents)
        if added:
            from tui.bridges.run_log import run_sources

            self._log.add(added)
            self.start(run_sources(added), group="agent-logs")
        self.log_panel.sources = list(self._log.live)

    def on_log_view_changed(self) -> None:
        view = self.log_panel
        if view is None or self._log is None:
            return
        agents = len(self._log.live)
        words = [f"{agents} agent{'s' * (agents != 1)}" if agents else ""]
        words.append("" if view.following else "not following, f follows")
        errors = sum(entry.kind == "error" for entry in self.activity.entries)
        words.append(f"{errors} error{'s' * (errors != 1)}" if errors else "")
        count = view.content.line_count
        words.append(f"{count:,} line{'s' * (count != 1)}")
        self.log_box.border_subtitle = Content(" · ".join(filter(None, words)))  # type: ignore[assignment]
