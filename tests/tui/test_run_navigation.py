"""Keys alone lead from a task to its run, its agent, the error in the log, and back; never to another run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from core.runs.watch import RunView
from tests.fakes.deck import make_deck_project
from tests.fakes.open_runs import open_runs
from tests.fakes.run_views import NOW, agent, failed_run, finished_run, run
from tui.bridges import looking_after
from tui.bridges.runs import Runs
from tui.bridges.session import Session
from tui.screens.menus import Menu
from tui.screens.run import RunScreen


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


SAID = (
    {"type": "assistant", "message": {"content": [{"type": "text", "text": "I begin"}]}},
    {
        "type": "user",
        "message": {
            "content": [
                {"type": "tool_result", "tool_use_id": "a", "is_error": True, "content": "no such file"}
            ]
        },
    },
    {"type": "assistant", "message": {"content": [{"type": "text", "text": "I go on"}]}},
)


def written_log(folder: Path, words: str) -> Path:
    path = folder / "log"
    path.parent.mkdir(parents=True)
    lines = [json.dumps(one) for one in (*SAID[:1], *[SAID[2]] * 60, *SAID[1:])]
    path.write_text("\n".join(lines).replace("no such file", words) + "\n", "utf-8")
    return path


@pytest.mark.parametrize("size", [(80, 24), (120, 35)])
async def test_keys_alone_lead_from_a_run_to_its_error_to_its_task_and_back(
    project: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    """The run is neither the newest of its task nor the one at work: nobody is led to another."""
    rows = tuple(
        agent(key, "failed", log=written_log(tmp_path / f"agents-{key}", f"error of {key}")) for key in "24"
    )
    old = failed_run(id="260921-0900-old", keys=("2", "4"), began=NOW - 90_000, agents=rows)
    new = finished_run(id="260921-1000-new", keys=("4",), agents=())
    other = run(id="260921-1201-else", keys=("1",), agents=())
    async with open_runs(project, other, new, old, size=size, task="1") as (deck, screen):
        await deck.press("down", "down")
        assert screen.table.cursor_key == old.id
        await deck.press("enter")
        await deck.until(lambda: screen.focused is screen.agents)
        while screen.agents.chosen is None or screen.agents.chosen.task != "4":
            await deck.press("down")
        await deck.until(lambda: screen.log_panel is not None and screen.log_panel.content.count > 100)
        await deck.press("enter")
        await deck.until(lambda: screen.pane == "log")
        await deck.press("e")
        await deck.until(lambda: "error of " in deck.text_of(screen.log_box))
        await deck.press("3")
        await deck.until(lambda: screen.focused is screen.agents)
        assert screen.agents.chosen.task == "4"
        await deck.press("t")
        await deck.until(lambda: deck.app.screen is deck.plan)
        await deck.until(lambda: deck.plan.task_tree.cursor_key == "4")
        await deck.press("r")
        screen = await deck.shown(RunScreen)
        await deck.until(lambda: screen.focused is screen.table)
        assert screen.table.cursor_key == old.id
        assert screen.agents.chosen is not None
        assert screen.agents.chosen.task == "4"
        await deck.press("escape")
        await deck.until(lambda: deck.app.screen is deck.plan)
        await deck.press("r")
        screen = await deck.shown(RunScreen)
        await deck.until(lambda: screen.table.cursor_key == new.id)


async def test_a_task_of_another_tag_is_not_mistaken_for_one_of_this(project: Path) -> None:
    async with open_runs(project, finished_run(tag="other")) as (deck, screen):
        await deck.press("t")
        await deck.until(lambda: "Task 1 is of the tag other" in deck.screen_text())
        assert deck.app.screen is screen
