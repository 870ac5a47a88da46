"""Pictures of the main screens, compared as SVG. They hold for one Python version and one Textual."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import TextArea

from tests.fakes.deck import make_deck_project
from tui.app import TaskdeckApp

pytestmark = pytest.mark.skipif(
    sys.version_info[:2] != (3, 11), reason="the pictures were taken on Python 3.11"
)

TITLES = (
    "Set up the workspace and continuous integration",
    "Define the protocol buffers of all services",
    "Create the database schema and migrations",
    "Build the data access layer",
    "Implement accounts and authentication",
    "Implement boards and membership",
    "Implement task management",
    "Stream live updates to watchers",
    "Write integration and load tests",
    "Build the container image and chart",
)
SCORES = (3, 6, 5, 4, 9, 5, 7, 8, 6, 4)
STATUSES = (
    *("done", "done", "in-progress", "pending", "pending"),
    *("review", "blocked", "pending", "deferred", "cancelled"),
)
AFTER = ((), (1,), (1,), (3,), (2, 4), (5,), (5, 6), (7,), (7, 8), (9,))


def plan() -> dict[str, Any]:
    def subtask(number: int, status: str) -> dict[str, Any]:
        return {"id": number, "title": f"Step {number}", "status": status, "dependencies": []}

    tasks = [
        {
            "id": number,
            "title": title,
            "description": f"What is meant by “{title.lower()}”, in one sentence.",
            "details": "First this.\n- Then that.\n- And [red]this[/red] as it stands.",
            "testStrategy": "It fails without it.",
            "priority": ("high", "medium", "low")[number % 3],
            "dependencies": list(AFTER[number - 1]),
            "status": STATUSES[number - 1],
            "subtasks": [subtask(one, "done" if one == 1 else "pending") for one in range(1, number % 4 + 1)],
        }
        for number, title in enumerate(TITLES, 1)
    ]
    return {"master": {"tasks": tasks, "metadata": {}}}


@pytest.fixture(scope="session")
def snapshot_folder() -> str:
    """Where the plugin exchanges pictures: read before every other variable of Textual is cleared."""
    return os.environ["TEXTUAL_SNAPSHOT_TEMPDIR"]


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, snapshot_folder: str) -> TaskdeckApp:
    """The application on a project that is the same in every run: no clock, no times, no motion."""
    project = make_deck_project(tmp_path / "taskhall", plan())
    report = project / ".taskmaster" / "reports" / "task-complexity-report.json"
    report.parent.mkdir()
    analysis = [
        {"taskId": number, "complexityScore": score, "recommendedSubtasks": score // 2 + 1}
        for number, score in enumerate(SCORES, 1)
    ]
    report.write_text(json.dumps({"meta": {}, "complexityAnalysis": analysis}), "utf-8")
    monkeypatch.setenv("TEXTUAL_SNAPSHOT_TEMPDIR", snapshot_folder)
    monkeypatch.setattr(TextArea, "cursor_blink", False)
    app = TaskdeckApp(project)
    app.animation_level = "none"
    app.activity.clock = lambda: "12:00:00"
    app.activity.timed = False
    return app


Prepare = Callable[[Pilot[None]], Awaitable[None]]


def steps(*keys: str, theme: str | None = None) -> Prepare:
    """Wait until the tasks are shown and the planner has a name, then press keys."""

    async def prepare(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, TaskdeckApp)
        for _ in range(2_000):
            await pilot.pause(0.01)
            if app.session.snapshot is not None and app.plan.header.planner:
                break
        if theme:
            app.theme = theme
        for key in keys:
            await pilot.press(key)
            await pilot.pause(0.1)
        await pilot.pause()

    return prepare


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (120, 35), (200, 60)], ids=lambda s: f"{s[0]}x{s[1]}")
def test_main_screen(snap_compare: Any, app: TaskdeckApp, size: tuple[int, int]) -> None:
    assert snap_compare(app, terminal_size=size, run_before=steps("down", "down", "right"))


@pytest.mark.parametrize("theme", ["taskdeck-light", "taskdeck-contrast-dark", "taskdeck-contrast-light"])
def test_themes(snap_compare: Any, app: TaskdeckApp, theme: str) -> None:
    assert snap_compare(app, terminal_size=(120, 35), run_before=steps("down", theme=theme))


def test_heatmap(snap_compare: Any, app: TaskdeckApp) -> None:
    assert snap_compare(app, terminal_size=(120, 35), run_before=steps("4"))


def test_graph(snap_compare: Any, app: TaskdeckApp) -> None:
    assert snap_compare(app, terminal_size=(120, 35), run_before=steps("down", "down", "5"))


def test_help(snap_compare: Any, app: TaskdeckApp) -> None:
    assert snap_compare(app, terminal_size=(120, 35), run_before=steps("question_mark"))


def test_palette(snap_compare: Any, app: TaskdeckApp) -> None:
    assert snap_compare(app, terminal_size=(120, 35), run_before=steps("ctrl+p"))
