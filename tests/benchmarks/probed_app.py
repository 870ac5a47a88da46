"""The real app in a real terminal with a probe inside: how late its loop runs, when a key had its effect.

Run as a script: `probed_app.py FIGURES PROJECT`. It writes JSON lines to FIGURES when it ends. Times are
those of `time.monotonic`, which all processes of a machine share.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

TICK = 0.005


class Probe:
    """What was seen. A move is `[begun, shown]`: the key's action, and its rows reaching the terminal."""

    def __init__(self) -> None:
        self.late: list[tuple[float, float, float]] = []
        """When, how much later than asked for, and the CPU seconds of the process by then."""
        self.moves: list[list[float | None]] = []
        self.stages: list[tuple[float, str]] = []
        self._drawn = 0
        self._shown = 0

    def moved(self, row_changed: bool) -> None:
        self.moves.append([time.monotonic(), None, float(row_changed)])

    def drawn(self) -> None:
        """Rows of the list are made into text: what was moved so far goes out with the next write."""
        self._drawn = len(self.moves)

    def written(self) -> None:
        now = time.monotonic()
        for move in self.moves[self._shown : self._drawn]:
            move[1] = now
        self._shown = max(self._shown, self._drawn)

    def stage(self, name: str) -> None:
        if not self.stages or self.stages[-1][1] != name:
            self.stages.append((time.monotonic(), name))

    async def tick(self, look: Callable[[], str]) -> None:
        while True:
            begun = time.monotonic()
            await asyncio.sleep(TICK)
            now = time.monotonic()
            self.late.append((now, now - begun - TICK, time.process_time()))
            self.stage(look())


class ProbedOutput:
    """The terminal, with a look at when text has left for it."""

    def __init__(self, file: IO[str], probe: Probe) -> None:
        self._file = file
        self._probe = probe

    def flush(self) -> None:
        self._file.flush()
        self._probe.written()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def watch_rows(widget: type[Any], row: str, probe: Probe) -> None:
    """See every cursor key of `widget`, and every row it draws."""

    def watched(original: Callable[[Any], None]) -> Callable[[Any], None]:
        def action(self: Any) -> None:
            before = getattr(self, row)
            original(self)
            probe.moved(getattr(self, row) != before)

        return action

    widget.action_cursor_up = watched(widget.action_cursor_up)
    widget.action_cursor_down = watched(widget.action_cursor_down)
    render_line = widget.render_line

    def drawn(self: Any, y: int) -> Any:
        probe.drawn()
        return render_line(self, y)

    widget.render_line = drawn


def main(figures: Path, project: Path) -> None:
    probe = Probe()
    sys.__stderr__ = ProbedOutput(sys.__stderr__, probe)  # type: ignore[assignment]
    from textual.widgets import OptionList

    from tui.app import TaskdeckApp
    from tui.widgets.task_tree import TaskTree

    watch_rows(OptionList, "highlighted", probe)
    watch_rows(TaskTree, "cursor_key", probe)

    class ProbedApp(TaskdeckApp):
        def on_load(self) -> None:
            self.ticking = asyncio.create_task(probe.tick(self.look))

        def look(self) -> str:
            """Which part of the work the app is at."""
            if "anthropic" in sys.modules and not hasattr(sys.modules["anthropic"], "AsyncAnthropic"):
                return "import"
            view = self.screen_stack[-1] if self.screen_stack else None
            rows = getattr(view, "rows", None)
            if rows is not None:
                return ("streaming" if rows else "waiting") if getattr(view, "working", False) else "whole"
            prd = getattr(self.screen_stack[0], "prd", None) if self.screen_stack else None
            return "streaming" if prd is not None and prd.writing else type(view).__name__

    ProbedApp(project).run()
    with figures.open("w") as out:
        json.dump({"late": probe.late, "moves": probe.moves, "stages": probe.stages}, out)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
