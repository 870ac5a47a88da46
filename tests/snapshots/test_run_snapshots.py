"""Pictures of the run screen and its log, compared as SVG; for one Python version and one Textual."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from core.logs.lines import LineWriter
from tests.fakes.deck import make_deck_project
from tests.fakes.run_views import NOW, failed_run, finished_run, run
from tui.app import TaskdeckApp
from tui.screens.run import RunScreen

pytestmark = pytest.mark.skipif(
    sys.version_info[:2] != (3, 11), reason="the pictures were taken on Python 3.11"
)


def event(kind: str, **more: Any) -> bytes:
    return (json.dumps({"type": kind, "session_id": "s", **more}) + "\n").encode()


def tool(name: str, number: int, **given: Any) -> bytes:
    block = {"type": "tool_use", "id": f"t{number}", "name": name, "input": given}
    return event("assistant", message={"id": f"m{number}", "role": "assistant", "content": [block]})


def result(number: int, content: str, *, error: bool = False) -> bytes:
    block = {"type": "tool_result", "tool_use_id": f"t{number}", "content": content, "is_error": error}
    return event("user", message={"role": "user", "content": [block]})


def lines_of(task: str) -> list[bytes]:
    folder = f".taskmaster/docs/task-{task}"
    return [
        event("system", subtype="init", cwd="/w", model="claude-sonnet-5-5", tools=["Read", "Write", "Bash"]),
        tool("Read", 1, file_path=".taskmaster/tasks/tasks.json"),
        result(1, "{}" * 900),
        tool("Write", 2, file_path=f"{folder}/task.md", content="# Task\n" * 40),
        result(2, "written"),
        tool("Bash", 3, command="cargo doc --no-deps"),
        result(3, "error: could not compile `taskhall` [E0432]", error=True),
        tool("Write", 4, file_path=f"{folder}/prompt.md", content="# Prompt\n" * 60),
    ]


@pytest.fixture
def logs(tmp_path: Path) -> dict[str, Path]:
    """The logs of three agents, a line a second, one behind the other."""
    paths = {f"docs-{task}": tmp_path / "logs" / task for task in ("4", "5", "6")}
    at = NOW - 60
    (tmp_path / "logs").mkdir()
    writers = {name: LineWriter(path) for name, path in paths.items()}
    for row in zip(*(lines_of(task) for task in ("4", "5", "6")), strict=True):
        for name, line in zip(writers, row, strict=True):
            at += 1
            writers[name].write(line, at)
    for writer in writers.values():
        writer.close()
    return paths


@pytest.fixture
def app(tmp_path: Path, snapshot_folder: str, utc: None, monkeypatch: pytest.MonkeyPatch) -> TaskdeckApp:
    """The application with runs that stand still, on a clock that stands still, in one time zone."""
    monkeypatch.setenv("TEXTUAL_SNAPSHOT_TEMPDIR", snapshot_folder)
    app = TaskdeckApp(make_deck_project(tmp_path / "taskhall"))
    app.animation_level = "none"
    app.activity.now = app.runs.now = lambda: NOW
    app.activity.timed = False

    async def nothing_new() -> None:
        return

    app.runs.look = nothing_new  # type: ignore[method-assign]
    return app


Prepare = Callable[[Pilot[None]], Awaitable[None]]


def steps(logs: dict[str, Path], *keys: str, until: Callable[[RunScreen], object] = bool) -> Prepare:
    """Open the run screen, wait for its log, press keys, wait until something is so."""

    async def prepare(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, TaskdeckApp)
        await wait(pilot, lambda: app.session.snapshot is not None and app.plan.header.planner)
        view = run()
        agents = [dataclasses.replace(agent, log=logs.get(agent.name)) for agent in view.agents]
        app.runs.show((dataclasses.replace(view, agents=tuple(agents)), finished_run(), failed_run()))
        await pilot.press("r")
        await wait(pilot, lambda: isinstance(app.screen, RunScreen) and shown(app.screen))
        for key in keys:
            await pilot.press(key)
            await pilot.pause(0.1)
        await wait(pilot, lambda: until(app.screen))  # type: ignore[arg-type]
        # How long a stream has been quiet depends on when somebody looks.
        app.screen.log_panel.sources = []  # type: ignore[attr-defined]
        await pilot.pause(0.3)

    return prepare


def shown(screen: RunScreen) -> bool:
    """Whether all 24 lines of the log are drawn."""
    view = screen.log_panel
    return view is not None and view.content.count == 24 and bool(view.rows.page.rows)


async def wait(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    for _ in range(2_000):
        if condition():
            break
        await pilot.pause(0.01)
    else:
        raise AssertionError("what the picture is of did not come about")
    await pilot.pause()


SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 35)], ids=lambda s: f"{s[0]}x{s[1]}")


@SIZES
def test_three_agents_one_stalled_one_waiting(
    snap_compare: Any, app: TaskdeckApp, logs: dict[str, Path], size: tuple[int, int]
) -> None:
    assert snap_compare(app, terminal_size=size, run_before=steps(logs))


def test_the_run_screen_in_light(snap_compare: Any, app: TaskdeckApp, logs: dict[str, Path]) -> None:
    app.theme = "taskdeck-light"
    assert snap_compare(app, terminal_size=(120, 35), run_before=steps(logs))


@SIZES
def test_the_log_filtered(
    snap_compare: Any, app: TaskdeckApp, logs: dict[str, Path], size: tuple[int, int]
) -> None:
    keys = ("6", "ampersand", *"Bash", "enter")
    only = steps(logs, *keys, until=lambda screen: screen.log_panel.content.count == 9)
    assert snap_compare(app, terminal_size=size, run_before=only)


def on_a_hit(screen: RunScreen) -> bool:
    """Whether every hit is found and the cursor is on one."""
    view = screen.log_panel
    search = view.content.search if view else None
    return search is not None and search.done and search.count == 3 and view.rows.cursor == 2


@SIZES
def test_the_log_searched(
    snap_compare: Any, app: TaskdeckApp, logs: dict[str, Path], size: tuple[int, int]
) -> None:
    keys = ("6", "slash", *"sonnet", "enter")
    marked = steps(logs, *keys, until=on_a_hit)
    assert snap_compare(app, terminal_size=size, run_before=marked)


def test_agents_on_a_small_screen(snap_compare: Any, app: TaskdeckApp, logs: dict[str, Path]) -> None:
    assert snap_compare(app, terminal_size=(80, 24), run_before=steps(logs, "3"))
