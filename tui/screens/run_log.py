"""The log of the chosen run: its agents' events, followed while they come."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui.screens.run_panes import RunPanes
from tui.widgets.log_view import LogView

if TYPE_CHECKING:
    from core.logs.follow import SpillSource
    from core.runs.watch import RunView
    from tui.bridges.run_log import RunLog


class RunLogPane(RunPanes):
    """One log view a run; another run gets another one."""

    _log_of = ""
    _log: RunLog | None = None
    """The log of that run; None as long as it is being opened."""
    _shown: RunLog | None = None
    """The log in the panel, which stays there until the next one can be shown."""

    def follow_log(self, run: RunView | None) -> None:
        """Show the log of this run, and take in the agents that began."""
        if run is None:
            return
        if run.id != self._log_of:
            self._log_of, self._log = run.id, None
            self.start(self._open_log(run), group="open-log")
        elif self._log is not None:
            self._add(self._log, self._log.take(run.agents))

    async def _open_log(self, run: RunView) -> None:
        """Another run, another log: shown once what there is of it was read."""
        from tui.bridges.run_log import RunLog, read_sources

        log = RunLog()
        sources = log.take(run.agents)
        await read_sources(sources)
        log.add(sources)
        if self._log_of == run.id and self._log is None and self.is_attached:
            await self._show_log(log, sources)
        else:  # somebody went on to another run, and perhaps came back sooner
            await asyncio.to_thread(log.close)

    async def _show_log(self, log: RunLog, sources: list[SpillSource]) -> None:
        """Put this log in the place of the one before it."""
        view, shown = self.log_panel, self._shown
        self.workers.cancel_group(self, "run-log")  # pyright: ignore[reportUnknownMemberType]
        self._log = self._shown = log
        # All of this before anything is awaited: by then another run may be wanted.
        self.log_panel = panel = LogView(log.feed, log.reader)
        mounted = self.log_box.mount(panel)
        self._run(log, sources)
        had_focus = view is not None and view in (self.focused.ancestors if self.focused else ())
        if view is not None:
            view.display = False
        await mounted
        if had_focus:
            panel.focus()
        if view is not None:
            await view.remove()
        if shown is not None:
            await asyncio.to_thread(shown.close)

    async def on_unmount(self) -> None:
        if self._shown is not None:
            await asyncio.to_thread(self._shown.close)

    def _add(self, log: RunLog, sources: list[SpillSource]) -> None:
        log.add(sources)
        self._run(log, sources)

    def _run(self, log: RunLog, sources: list[SpillSource]) -> None:
        """Follow the sources, and say in what state those are that may still say something."""
        from tui.bridges.run_log import run_sources

        if sources:
            self.start(run_sources(sources), group="run-log")
        if self.log_panel is not None:
            self.log_panel.sources = list(log.live)

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
