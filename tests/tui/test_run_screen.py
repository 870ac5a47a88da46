"""The screen of runs: what an operator sees of them, and what the keys do."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest

from core.logs.follow import SpillSource
from core.runs.ledger import Judged, Verdict
from core.runs.watch import RunView
from core.tasks.edits import SetStatus
from tests.fakes.deck import make_deck_project
from tests.fakes.open_runs import open_runs
from tests.fakes.run_views import NOW, agent, failed_run, finished_run, run
from tui.bridges import run_log
from tui.bridges.run_log import read_sources
from tui.screens.menus import Menu
from tui.screens.run import RunScreen


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_deck_project(tmp_path / "sample")


async def test_who_waits_stands_first_then_what_runs_then_the_newest(project: Path) -> None:
    calm = run(id="260921-1201-aaa", keys=("99",), began=NOW - 10, agents=())
    old = [failed_run(id=f"260921-1000-f{at}x", began=NOW - 9_000 - at) for at in range(6)]
    async with open_runs(project, *old, finished_run(), calm, run()) as (deck, screen):
        assert screen.table.keys[:3] == [run().id, calm.id, finished_run().id]
        assert screen.table.keys[3:] == [view.id for view in old]
        assert screen.table.cursor_key == run().id
        text = deck.text_of(screen.boxes["runs"])
        assert "waiting for you" in text
        assert "31/48" in text
        assert "$0.42" in text
        assert "12/s" in text


async def test_what_begins_gets_the_cursor_until_somebody_chose(project: Path) -> None:
    calm = run(id="260921-1201-aaa", agents=())
    other = run(id="260921-1202-bbb", began=NOW - 5, agents=())
    failed = [failed_run(id=f"260921-1100-q{at}s", began=NOW - 900 - at) for at in range(3)]
    async with open_runs(project, *failed) as (deck, screen):
        deck.app.runs.show((calm, *failed))
        assert screen.table.cursor_key == calm.id
        await deck.press("down")
        deck.app.runs.show((other, calm, *failed))
        assert screen.table.keys[:2] == [other.id, calm.id]
        assert screen.table.cursor_key == failed[0].id


async def test_before_anybody_looked_there_may_be_runs(project: Path) -> None:
    async with open_runs(project) as (deck, screen):
        deck.app.runs.looked = False
        screen.take_runs()
        await deck.until(lambda: "Reading the runs…" in deck.text_of(screen.boxes["runs"]))
        assert "No runs yet" not in deck.text_of(screen.boxes["runs"])


@pytest.mark.parametrize("width", [80, 100, 120])
async def test_a_row_names_the_run_and_why_it_failed_and_keeps_its_columns_apart(
    project: Path, width: int
) -> None:
    judged = Judged("docs-3", 3, False, "task-3/hello.py is no document")
    row = dataclasses.replace(agent("3", "succeeded"), judged=judged)
    words = "0 of 1 task passed; task 3: task-3/hello.py is no document"
    failed = failed_run(
        kind="docs",
        keys=("3",),
        agents=(row,),
        verdict=Verdict("failed", words),
        cost=0.0019,
        files_expected=4,
    )
    async with open_runs(project, failed, size=(width, 24)) as (deck, screen):
        text = deck.text_of(screen.boxes["runs"])
        assert "task-3/hello.py" in text
        assert " qrs " in text
        assert " $0.0019" in text
        assert ("0/4 " in text) == (width >= 90)


async def test_a_run_that_left_nothing_has_no_branch_and_nothing_to_apply(project: Path) -> None:
    nothing = failed_run(kind="docs", keys=("9",), stages=(), branch="taskdeck/docs-260921-1100-qrs")
    async with open_runs(project, nothing, finished_run()) as (deck, screen):
        assert screen.check_action("apply_run", ()) is True
        assert "taskdeck/docs-260921" in str(screen.stages.lines)
        await deck.press("down")
        await deck.until(lambda: screen.run_view is not None and screen.run_view.id == nothing.id)
        assert screen.check_action("apply_run", ()) is False
        assert "taskdeck/docs-260921-1100" not in str(screen.stages.lines)
        assert "none: nothing passed" in str(screen.stages.lines)


@pytest.mark.parametrize("state", ["failed", "cancelled", "interrupted"])
async def test_tasks_a_run_left_in_progress_are_set_back_only_when_asked(project: Path, state: str) -> None:
    keys = ("2", "4")
    over = failed_run(keys=keys, state=state, agents=(agent("2", "failed"), agent("4", "failed")))
    async with open_runs(project, over, finished_run()) as (deck, screen):
        await screen.apply([SetStatus(key, "in-progress") for key in keys])
        await deck.until(lambda: deck.task("4")["status"] == "in-progress")
        screen.table.choose(over.id)
        screen.show_run()
        await deck.until(lambda: "still in-progress" in str(screen.stages.lines))
        await deck.press("s")
        await deck.shown(Menu)
        await deck.press("escape")
        assert {deck.task(key)["status"] for key in keys} == {"in-progress"}
        await deck.press("s")
        await deck.shown(Menu)
        await deck.press("p")
        await deck.until(lambda: {deck.task(key)["status"] for key in keys} == {"pending"})
        await deck.until(lambda: "still in-progress" not in str(screen.stages.lines))
        assert not screen.check_action("set_back", ())


async def test_a_task_that_another_run_took_over_is_not_set_back(project: Path) -> None:
    again = run(kind="task", keys=("2",), agents=())
    async with open_runs(project, again, failed_run(keys=("2",))) as (_deck, screen):
        await screen.apply([SetStatus("2", "in-progress")])
        screen.table.choose(failed_run().id)
        assert not screen.check_action("set_back", ())


async def test_the_whole_story_of_a_run_is_on_one_screen(project: Path) -> None:
    async with open_runs(project, run()) as (deck, screen):
        stages = deck.text_of(screen.boxes["stages"])
        assert "✓ prepare" in stages
        assert "3f9c2e1" in stages
        assert "11 to 16 min left" in stages
        assert "alive, pid 4242" in stages
        agents = deck.text_of(screen.boxes["agents"])
        assert agents.index("docs-6") < agents.index("docs-5") < agents.index("docs-4")
        assert "? docs-6" in agents
        assert "! docs-5" in agents
        assert "stalled: silent for 3 min" in agents
        screen.agents.choose("docs-6")
        await deck.until(lambda: "Title of task 6" in deck.text_of(screen.boxes["plan"]))
        assert "Check the files" in deck.text_of(screen.boxes["plan"])


async def test_digits_show_every_pane_also_on_a_small_screen(project: Path) -> None:
    async with open_runs(project, run(), size=(80, 24)) as (deck, screen):
        for digit, name in enumerate(("runs", "stages", "agents", "plan", "files", "log", "preview"), 1):
            await deck.press(str(digit))
            await deck.until(lambda name=name: screen.pane == name)
            await deck.until(lambda name=name: screen.boxes[name].size.height > 10)
            assert screen.boxes["log"].region.height == (
                1 if name != "log" else screen.boxes["log"].region.height
            )
        await deck.press("1", "escape")
        await deck.until(lambda: deck.app.screen is deck.plan)


async def test_the_files_lead_to_a_preview(project: Path) -> None:
    folder = project / ".taskmaster" / "docs" / "task-6"
    folder.mkdir(parents=True)
    (folder / "design-spec.md").write_text('---\ntask: "6"\n---\n# How it works\n\nIt [red]works[/].\n')
    async with open_runs(project, run()) as (deck, screen):
        await deck.press("5")
        await deck.until(lambda: "task-6/design-spec.md" in deck.text_of(screen.boxes["files"]))
        while screen.files.chosen is None or "task-6/design-spec" not in screen.files.chosen.write.path:
            await deck.press("down")
        await deck.press("enter")
        await deck.until(lambda: "How it works" in deck.text_of(screen.boxes["preview"]))
        assert "It [red]works[/]." in deck.text_of(screen.boxes["preview"])


async def test_a_stage_opens_its_proof(project: Path) -> None:
    async with open_runs(project, run()) as (deck, _screen):
        await deck.press("2", "enter")
        await deck.until(lambda: "3f9c2e1a77b0c2d14c8d5b1f6b6c0a9d6c2f6f10" in deck.screen_text())


async def test_from_a_task_to_its_run_and_back(project: Path) -> None:
    async with open_runs(project, finished_run(keys=("4",)), run(keys=("2",))) as (deck, screen):
        await deck.press("escape")
        await deck.until(lambda: deck.app.screen is deck.plan)
        deck.plan.jump("4")
        await deck.press("r")
        screen = await deck.shown(RunScreen)
        await deck.until(lambda: screen.table.cursor_key == finished_run().id)
        screen.agents.choose("docs-2")
        await deck.press("t")
        await deck.until(lambda: deck.app.screen is deck.plan)
        await deck.until(lambda: deck.plan.task_tree.cursor_key == "2")


async def test_without_runs_it_says_how_to_begin_one(project: Path) -> None:
    async with open_runs(project) as (deck, screen):
        assert "No runs yet" in deck.text_of(screen.boxes["runs"])


async def test_who_hurries_through_the_runs_sees_the_log_of_the_last_only(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    views: list[RunView] = []
    for name in ("aaa", "bbb"):
        path = tmp_path / name / "log"
        path.parent.mkdir()
        path.write_text(f"words of {name}\n")
        views.append(run(id=f"260921-1201-{name}", agents=(agent("4", log=path),)))
    async with open_runs(project, *views) as (deck, screen):
        await deck.until(lambda: "words of aaa" in deck.text_of(screen.log_box))
        files = psutil.Process().num_fds()
        disk = asyncio.Event()

        async def slow(sources: Sequence[SpillSource]) -> None:
            """Reads when the test says so."""
            await disk.wait()
            await read_sources(sources)

        monkeypatch.setattr(run_log, "read_sources", slow)
        for key in ("down", "up", "down", "up", "down"):
            await deck.press(key)
            screen.take_runs()
        assert "words of bbb" not in deck.text_of(screen.log_box)
        disk.set()
        await deck.until(lambda: "words of bbb" in deck.text_of(screen.log_box))
        await deck.until(lambda: len(screen.log_box.children) == 1)
        assert "words of aaa" not in deck.text_of(screen.log_box)
        followed = [worker for worker in screen.workers if worker.group == "run-log" and worker.is_running]
        assert len(followed) == 1
        await deck.until(lambda: psutil.Process().num_fds() <= files)
