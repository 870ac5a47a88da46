"""The screen of runs in the real application, on views written by hand: no worker, no agent, no clock."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from core.runs.watch import RunView
from tests.fakes.deck import Deck, open_deck
from tests.fakes.run_views import NOW
from tui.screens.run import RunScreen


@asynccontextmanager
async def open_runs(
    project: Path, *views: RunView, size: tuple[int, int] = (120, 35), task: str = ""
) -> AsyncGenerator[tuple[Deck, RunScreen]]:
    """The run screen on views that stand still, opened with the plan's cursor on `task`."""
    async with open_deck(project, size) as deck:

        async def nothing_new() -> None:
            return

        deck.app.runs.look = nothing_new  # type: ignore[method-assign]
        deck.app.runs.now = lambda: NOW
        deck.app.runs.show(views)
        if task:
            deck.plan.jump(task)
            await deck.pilot.pause()
        await deck.press("r")
        screen = await deck.shown(RunScreen)
        await deck.until(lambda: screen.focused is screen.table)
        yield deck, screen
