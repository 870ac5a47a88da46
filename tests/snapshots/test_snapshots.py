"""Pictures of the main screens, compared as SVG. They hold for one Python version and one Textual."""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import TextArea

from tests.fakes.claude import item, tasks, use
from tests.fakes.deck import make_deck_project
from tests.fakes.messages_api import MessagesApi
from tests.fakes.messages_replies import Scenario, refusal, says
from tui.app import TaskdeckApp
from tui.screens.proposal import ProposalScreen

pytestmark = pytest.mark.skipif(
    sys.version_info[:2] != (3, 11), reason="the pictures were taken on Python 3.11"
)

NOON = 1_789_992_000.0
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


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, snapshot_folder: str, utc: None) -> TaskdeckApp:
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
    app.activity.now = lambda: NOON
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


# Planning with a model, against a server on loopback

PLANNED = (
    item(1, "Set up the workspace and continuous integration"),
    item(2, "Store boards in PostgreSQL with migrations", 1),
    item(3, "Serve boards over gRPC", 2),
)
WRITTEN = "# Lending\n\n## Overview\n\nIt lends books.\n\n## Features\n\n- It must list every book.\n"


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Scenario], None]]:
    """Let the app plan with a server that says one thing; its port is another one in every run."""
    with MessagesApi() as api:
        use(api, monkeypatch, timeout=60, retries=0, model="claude-sonnet-5-5")
        for module in ("claude", "choice"):
            monkeypatch.setattr(f"core.planning.{module}.host_of", _no_port)
        yield api.script.append


def _no_port(_address: str) -> str:
    return "loopback"


def until(condition: Callable[[TaskdeckApp], object], *keys: str) -> Prepare:
    """Press keys, then wait until something is so."""

    async def prepare(pilot: Pilot[None]) -> None:
        await steps(*keys)(pilot)
        app = pilot.app
        assert isinstance(app, TaskdeckApp)
        for _ in range(2_000):
            await pilot.pause(0.01)
            if condition(app):
                break
        await stillness(pilot)

    return prepare


async def stillness(pilot: Pilot[None], looks: int = 10) -> None:
    """Wait until the screen stays the same: counts and ends are drawn a moment after what they tell of."""
    shown, same = "", 0
    for _ in range(200):
        await pilot.pause(0.05)
        now = pilot.app.export_screenshot()
        shown, same = now, same + 1 if now == shown else 0
        if same == looks:
            return


def proposal_shows(condition: Callable[[ProposalScreen], object]) -> Callable[[TaskdeckApp], object]:
    return lambda app: isinstance(app.screen, ProposalScreen) and condition(app.screen)


@pytest.mark.parametrize("size", [(80, 24), (120, 35)], ids=lambda s: f"{s[0]}x{s[1]}")
def test_tasks_streaming_in(snap_compare: Any, app: TaskdeckApp, serve: Any, size: tuple[int, int]) -> None:
    serve(tasks(*PLANNED, cut="stall", cut_after=60, pace=0.15))
    arriving = proposal_shows(lambda view: [row.title for row in view.rows][2:] == [PLANNED[2]["title"]])
    assert snap_compare(app, terminal_size=size, run_before=until(arriving, "p", "a"))


def test_proposal_as_a_difference(snap_compare: Any, app: TaskdeckApp, serve: Any) -> None:
    serve(tasks(*PLANNED))
    whole = proposal_shows(lambda view: view.whole)
    assert snap_compare(app, terminal_size=(120, 35), run_before=until(whole, "p", "c"))


def test_draft_in_progress(snap_compare: Any, app: TaskdeckApp, serve: Any) -> None:
    serve(says(WRITTEN, cut="stall", cut_after=99))

    def written(app: TaskdeckApp) -> bool:
        return app.plan.prd is not None and app.plan.prd.area.text == WRITTEN

    keys = ("3", "ctrl+g", "d", "A", "ctrl+s")
    assert snap_compare(app, terminal_size=(120, 35), run_before=until(written, *keys))


@pytest.mark.parametrize(
    "scenario",
    [refusal("It could do harm."), tasks(*PLANNED, cut="end", cut_after=50)],
    ids=["refused", "interrupted"],
)
def test_a_call_that_fails(snap_compare: Any, app: TaskdeckApp, serve: Any, scenario: Scenario) -> None:
    serve(scenario)
    failed = proposal_shows(lambda view: view.failure)
    assert snap_compare(app, terminal_size=(80, 24), run_before=until(failed, "p", "a"))
