"""The application on a real project, driven by keys, with waiting for conditions instead of for time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.widget import Widget

from tests.fakes.command_line import TASKS, sample_tasks
from tui.app import TaskdeckApp
from tui.screens.plan import PlanScreen

PRD = """\
# Taskhall

A service that keeps task boards.

## Overview

Teams share one board.

## Functional requirements

- The system must store tasks in PostgreSQL with migrations.
- A user can create, read, update and delete tasks over gRPC.
- The service must authenticate callers by token.
- The service must stream changes of a board to its watchers.

## Testing

- Every call has an integration test.
"""


def make_deck_project(folder: Path, tasks: dict[str, Any] | None = None, prd: str | None = PRD) -> Path:
    """A project folder with tasks and a PRD."""
    path = folder / TASKS
    path.parent.mkdir(parents=True)
    path.write_text(
        json.dumps(sample_tasks() if tasks is None else tasks, indent=2, ensure_ascii=False), "utf-8"
    )
    (folder / ".taskmaster" / "config.json").write_text("{}", "utf-8")
    if prd is not None:
        (folder / ".taskmaster" / "docs").mkdir()
        (folder / ".taskmaster" / "docs" / "prd.txt").write_text(prd, "utf-8")
    return folder


class Deck:
    """A running application and what a test asks it."""

    def __init__(self, app: TaskdeckApp, pilot: Pilot[None], folder: Path) -> None:
        self.app = app
        self.pilot = pilot
        self.folder = folder
        self.tasks_file = folder / TASKS
        self.prd_file = folder / ".taskmaster" / "docs" / "prd.txt"

    @property
    def plan(self) -> PlanScreen:
        return self.app.plan

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def type(self, text: str) -> None:
        await self.pilot.press(*("space" if character == " " else character for character in text))

    async def until(self, condition: Callable[[], object], seconds: float = 45.0) -> None:
        """Wait until `condition` holds; what is on the screen is in the failure."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while not condition():
            if loop.time() > end:
                raise AssertionError(
                    f"did not come about; the screen shows:\n{self.screen_text()}\n{self.log_text()}"
                )
            await self.pilot.pause()
            await asyncio.sleep(0.01)
        await self.pilot.pause()

    async def shown(self, screen: type[Any]) -> Any:
        """Wait for a dialog or screen of that class on top."""
        await self.until(lambda: isinstance(self.app.screen, screen) and self.app.screen.is_mounted)
        return self.app.screen

    def task(self, key: str) -> dict[str, Any]:
        """A task as the file has it now."""
        document = json.loads(self.tasks_file.read_text("utf-8"))
        tasks = document[self.app.session.tag_name or "master"]["tasks"]
        head, _, rest = key.partition(".")
        task = next(task for task in tasks if str(task["id"]) == head)
        return next(sub for sub in task["subtasks"] if str(sub["id"]) == rest) if rest else task

    def keys(self) -> list[str]:
        """The ids of the top-level tasks of the file."""
        document = json.loads(self.tasks_file.read_text("utf-8"))
        return [str(task["id"]) for task in document[self.app.session.tag_name or "master"]["tasks"]]

    def screen_text(self) -> str:
        """The characters on the screen."""
        lines = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in line) for line in lines)

    def log_text(self) -> str:
        """The rows of the log panel."""
        return "\n".join(f"{e.kind} {e.what} | {e.detail}" for e in self.app.activity.entries)

    def text_of(self, widget: Widget) -> str:
        """The characters in a widget's place on the screen."""
        region = widget.region
        lines = self.screen_text().split("\n")[region.y : region.bottom]
        return "\n".join(line[region.x : region.right] for line in lines)


@asynccontextmanager
async def open_deck(
    folder: Path, size: tuple[int, int] = (120, 35), *, wait: bool = True
) -> AsyncIterator[Deck]:
    """Run the application on `folder`; with `wait` until its tasks are shown."""
    app = TaskdeckApp(folder)
    app.animation_level = "none"
    async with app.run_test(size=size) as pilot:
        deck = Deck(app, pilot, folder)
        if wait:
            await deck.until(lambda: app.session.snapshot is not None and app.plan.log_panel is not None)
            await pilot.pause()
        yield deck
