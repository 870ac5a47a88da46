"""Keys alone lead from a task to its run, its agent, the error in the log, and back; never to another run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from core.runs.watch import RunView
from tests.fakes.deck import make_deck_project
from tests.fakes.open_runs import open_runs
from tests.fakes.run_views import NOW, failed_run, finished_run, run
from tui.bridges import looking_after
from tui.bridges.runs import Runs
from tui.bridges.session import Session
from tui.screens.menus import Menu


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_deck_project(tmp_path / "sample")


@pytest.fixture
def reports(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The runs about which a report was written; views by hand have no folder to gather facts from."""
    written: list[str] = []

    async def keep(session: Session, run: str) -> Path:
        written.append(run)
        return session.root / "issues" / "report.md"

    def same(_runs: Runs, run_id: str) -> str:
        return run_id

    monkeypatch.setattr(looking_after, "report_incident", keep)
    monkeypatch.setattr(Runs, "folder", same)
    return written


def living(name: str, *keys: str, ago: float = 10, **changes: object) -> RunView:
    return run(id=f"260921-1201-{name}", keys=keys, began=NOW - ago, agents=(), **changes)


OLD, OLDER = finished_run(keys=("2",)), failed_run(keys=("2",))


@pytest.mark.parametrize(
    ("task", "views", "wanted"),
    [
        ("2", (living("new", "2"), OLD), "new"),
        ("2", (OLD, living("new", "2", ago=9_000)), "new"),
        ("2", (living("else", "4"), OLD, OLDER), "xyz"),
        ("2", (living("else", "4"), OLDER), "qrs"),
        ("2", (living("elder", "4", ago=60), living("young", "5", ago=5), failed_run()), "young"),
        ("2", (finished_run(keys=("4",)), failed_run(keys=("5",))), "xyz"),
        ("2.1", (living("sub", "2.1"), living("whole", "2", ago=5)), "sub"),
        ("2.1", (finished_run(keys=("4",)), failed_run(keys=("2",))), "qrs"),
        ("2", (living("else", "4"), finished_run(keys=("2.1",))), "xyz"),
        ("2", (living("tag", "2", tag="other", ago=99), living("young", "5", ago=5)), "young"),
    ],
    ids=[
        "the one under way goes before an old one",
        "the one under way goes before one that began later",
        "an old one of the task goes before one of another task",
        "so does one that failed",
        "else the newest under way",
        "else the newest",
        "a run of the subtask goes before one of its task",
        "a run of the task is one of its subtask",
        "a run of a subtask is one of its task",
        "a task of another tag is another task",
    ],
)
async def test_r_shows_the_run_of_the_task(
    project: Path, task: str, views: Sequence[RunView], wanted: str
) -> None:
    async with open_runs(project, *views, task=task) as (_deck, screen):
        assert (screen.table.cursor_key or "").endswith(wanted)


async def test_a_run_that_was_not_seen_yet_gets_the_cursor_when_it_is(project: Path) -> None:
    new = living("new", "2")
    async with open_runs(project, OLD, task="2") as (deck, screen):
        assert screen.table.cursor_key == OLD.id
        deck.app.runs.show((new, OLD))
        assert screen.table.cursor_key == new.id
        deck.app.runs.show((living("else", "4", ago=1), new, OLD))
        assert screen.table.cursor_key == new.id


@pytest.mark.parametrize("key", ["down", "3"])
async def test_who_looks_at_a_run_stays_there(project: Path, key: str) -> None:
    """By the cursor, or by going on to its agents."""
    async with open_runs(project, OLD, OLDER, task="2") as (deck, screen):
        await deck.press(key)
        await deck.until(lambda: screen.pane == "agents" or screen.table.cursor_key == OLDER.id)
        here = screen.table.cursor_key
        deck.app.runs.show((living("new", "2"), OLD, OLDER))
        assert screen.table.cursor_key == here


@pytest.mark.parametrize("view", [finished_run(), run()], ids=["succeeded", "at work"])
async def test_an_incident_of_a_run_that_did_not_fail_is_asked_about(
    project: Path, view: RunView, reports: list[str]
) -> None:
    async with open_runs(project, view) as (deck, _screen):
        await deck.press("i")
        menu = await deck.shown(Menu)
        assert ("succeeded" if view.is_over else "still at work") in menu.heading
        await deck.press("escape")
        await deck.until(lambda: deck.app.screen is not menu)
        assert reports == []
        await deck.press("i")
        await deck.shown(Menu)
        await deck.press("w")
        await deck.until(lambda: reports == [view.id])


@pytest.mark.parametrize("state", ["failed", "cancelled", "interrupted"])
async def test_an_incident_of_a_run_that_went_wrong_is_written_at_once(
    project: Path, state: str, reports: list[str]
) -> None:
    view = failed_run(state=state)
    async with open_runs(project, view) as (deck, _screen):
        await deck.press("i")
        await deck.until(lambda: reports == [view.id])
        await deck.until(lambda: "Wrote issues/report.md" in deck.screen_text())
