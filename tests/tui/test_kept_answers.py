"""What was paid for is not lost: not by a key at the wrong moment, a killed app, or somebody else's task."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.planning.kept import Keeper, task_work
from tests.fakes.claude import item, score, scores, subitem, subtasks, tasks, use
from tests.fakes.deck import Deck, make_deck_project, open_deck
from tests.fakes.messages_api import MessagesApi, Request
from tests.fakes.messages_replies import Scenario
from tui.screens.help import HelpScreen
from tui.screens.menus import Menu
from tui.screens.proposal import ProposalScreen

Serve = Callable[..., MessagesApi]
THREE = (item(6, "Cellar"), item(7, "Ground floor", 6), item(8, "Roof", 7))
PRICED = "claude-sonnet-5-5"
BIG = {"input_tokens": 40_000, "output_tokens": 9_000}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_deck_project(tmp_path / "sample")


@pytest.fixture
def four(tmp_path: Path) -> Path:
    every: list[dict[str, Any]] = [
        {"id": n, "title": f"Task {n}", "status": "pending", "dependencies": []} for n in range(1, 5)
    ]
    return make_deck_project(tmp_path / "four", {"master": {"tasks": every}})


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    running: list[MessagesApi] = []

    def start(*script: Scenario, answer: Callable[[Request], Scenario] | None = None, **settings: object):
        api = MessagesApi(*script, answer=answer)
        api.__enter__()
        running.append(api)
        use(api, monkeypatch, **settings)
        return api

    yield start
    for api in running:
        api.__exit__(None, None, None)


async def whole(deck: Deck) -> ProposalScreen:
    view: ProposalScreen = await deck.shown(ProposalScreen)
    await deck.until(lambda: not view.working)
    return view


async def planned(deck: Deck, how: str = "a") -> ProposalScreen:
    await deck.press("p")
    await deck.shown(Menu)
    await deck.press(how)
    return await whole(deck)


async def offered(deck: Deck, answer: str) -> None:
    await deck.until(lambda: "An answer to this is kept" in deck.screen_text())
    await deck.press(answer)


def add_outside(deck: Deck, number: int) -> None:
    document = json.loads(deck.tasks_file.read_text("utf-8"))
    new: dict[str, Any] = {
        "id": number,
        "title": "Theirs",
        "status": "pending",
        "dependencies": [],
        "subtasks": [],
    }
    document["master"]["tasks"].append(new)
    deck.tasks_file.write_text(json.dumps(document), "utf-8")


@pytest.mark.parametrize("how", ["a", "c"])
async def test_a_task_that_somebody_adds_meanwhile_costs_no_proposal(
    project: Path, serve: Serve, how: str
) -> None:
    serve(tasks(*THREE))
    async with open_deck(project) as deck:
        view = await planned(deck, how)
        new = [row.title for row in view.rows if row.sign == "+"]
        await deck.press("n")
        for at, row in enumerate(view.rows):
            if row.sign == "+":
                view.options.highlighted = at
                await deck.press("space")
        add_outside(deck, 6)
        await deck.press("enter")
        await deck.until(lambda: deck.app.screen is deck.plan)
        await deck.until(lambda: len(deck.keys()) == 9)
        assert deck.task("6")["title"] == "Theirs"
        assert [deck.task(key)["title"] for key in ("7", "8", "9")] == new
        assert deck.task("9")["dependencies"] == [8]


async def test_a_closed_proposal_opens_again_and_is_forgotten_when_taken(project: Path, serve: Serve) -> None:
    api = serve(tasks(*THREE, usage=BIG), model=PRICED)
    async with open_deck(project) as deck:
        await planned(deck)
        await deck.press("escape")
        await deck.until(lambda: "What came is kept (3 items)" in deck.log_text())
        assert "nothing is written" in deck.log_text()
        await deck.press("p")
        await deck.shown(Menu)
        await deck.press("a")
        await deck.until(lambda: "3 items from" in deck.screen_text())
        assert "$0.17" in deck.screen_text()
        await offered(deck, "o")
        view = await whole(deck)
        assert [row.title for row in view.rows] == ["Cellar", "Ground floor", "Roof"]
        await deck.press("enter")
        await deck.until(lambda: len(deck.keys()) == 8)
        assert len(api.calls) == 1
        await deck.until(lambda: deck.app.screen is deck.plan)
        await planned(deck)
        assert len(api.calls) == 2


async def test_a_changed_prd_is_other_work(project: Path, serve: Serve) -> None:
    api = serve(tasks(*THREE), tasks(*THREE))
    async with open_deck(project) as deck:
        await planned(deck)
        await deck.press("escape")
        await deck.until(lambda: deck.app.screen is deck.plan)
        deck.prd_file.write_text(deck.prd_file.read_text("utf-8") + "\nMore.\n", "utf-8")
        view = await planned(deck)
        assert view.whole
        assert len(api.calls) == 2


async def test_a_stopped_plan_can_be_taken_and_is_not_taken_for_whole(project: Path, serve: Serve) -> None:
    serve(tasks(*THREE, cut="stall", cut_after=51), timeout=60)
    async with open_deck(project) as deck:
        await deck.press("p")
        await deck.shown(Menu)
        await deck.press("a")
        view: ProposalScreen = await deck.shown(ProposalScreen)
        await deck.until(lambda: sum(row.whole for row in view.rows) == 2)
        await deck.press("escape")
        await deck.until(lambda: view.stopped)
        assert "The plan is not whole" in deck.screen_text()
        await deck.press("enter")
        await deck.until(lambda: len(deck.keys()) == 7)


@pytest.mark.parametrize("closing", ["escape", "killed"])
async def test_expansions_that_came_are_offered_and_the_rest_alone_is_asked_for(
    four: Path, serve: Serve, closing: str
) -> None:
    held = {"cut": "stall", "cut_after": 5}

    def answer(_request: Request) -> Scenario:
        return subtasks(subitem(1, "Dig"), subitem(2, "Lay", 1), **(held if len(api.calls) == 3 else {}))

    api = serve(answer=answer, concurrency=1, timeout=60)
    async with open_deck(four) as deck:
        before = deck.tasks_file.read_bytes()
        await deck.press("X")
        view: ProposalScreen = await deck.shown(ProposalScreen)
        await deck.until(lambda: sum(row.whole for row in view.rows) == 4 and len(api.calls) == 3)
        # As they come they are on the disk: who kills the app now loses nothing.
        assert deck.plan.snapshot is not None
        tag = deck.plan.snapshot.tag
        kept = Keeper(four, task_work("divide", "master", tag.tasks)).find()
        assert kept is not None
        assert kept.parts == {"1", "2"}
        if closing == "escape":
            await deck.press("escape")
            await deck.until(lambda: view.stopped)
            await deck.press("escape")
            await deck.until(lambda: deck.app.screen is deck.plan)
        assert deck.tasks_file.read_bytes() == before
    async with open_deck(four) as deck:
        await deck.press("X")
        await deck.until(lambda: "2 of 4 tasks are there; the other 2 are asked for" in deck.screen_text())
        await offered(deck, "o")
        await whole(deck)
        assert len(api.calls) == 5
        assert all(f"Task {n}" in call.said for call, n in zip(api.calls[3:], (3, 4), strict=True))
        await deck.press("enter")
        await deck.until(lambda: all(len(deck.task(key)["subtasks"]) == 2 for key in ("1", "2", "3", "4")))


async def test_scores_that_were_not_taken_are_offered_again(four: Path, serve: Serve) -> None:
    api = serve(scores(*(score(str(n)) for n in range(1, 5))))
    async with open_deck(four) as deck:
        await deck.press("a")
        await whole(deck)
        await deck.press("escape")
        await deck.until(lambda: "What came is kept (4 items)" in deck.log_text())
        await deck.press("a")
        await offered(deck, "o")
        await whole(deck)
        await deck.press("enter")
        report = four / ".taskmaster" / "reports" / "task-complexity-report.json"
        await deck.until(report.exists)
        assert len(api.calls) == 1


async def test_costs_are_those_of_the_project_and_of_the_proposal(project: Path, serve: Serve) -> None:
    later = (item(9, "Cellar"), item(10, "Ground floor", 9), item(11, "Roof", 10))
    held = tasks(*later, cut="stall", cut_after=51)
    serve(tasks(*THREE, usage=BIG), tasks(*later, usage=BIG), held, model=PRICED, timeout=60)
    async with open_deck(project) as deck:
        view = await planned(deck)
        await deck.until(lambda: "$0.17 for this" in deck.screen_text())
        assert deck.plan.header.cost == "$0.17"
        await deck.press("enter")
        await deck.until(lambda: len(deck.keys()) == 8)
    async with open_deck(project) as deck:
        await deck.until(lambda: deck.plan.header.cost == "$0.17")
        await planned(deck)
        await deck.until(lambda: "$0.17 for this" in deck.screen_text())
        assert deck.plan.header.cost == "$0.34"
        await deck.press("escape")
        await deck.until(lambda: deck.app.screen is deck.plan)
        # A call that is stopped is paid for too.
        await deck.press("p")
        await deck.shown(Menu)
        await deck.press("a")
        await offered(deck, "a")
        view = await deck.shown(ProposalScreen)
        await deck.until(lambda: sum(row.whole for row in view.rows) == 2)
        await deck.press("escape")
        await deck.until(lambda: view.stopped)
        await deck.until(lambda: view.cost and view.cost != "$0.17")
        total = float(deck.plan.header.cost.removeprefix("$"))
        assert abs(total - 0.34 - float(view.cost.removeprefix("$"))) <= 0.011


async def test_the_help_of_a_proposal_opens_from_it(project: Path) -> None:
    async with open_deck(project) as deck:
        view = await planned(deck)
        footer = deck.text_of(view.query_one("FooterBar"))
        assert "? help" in footer
        assert "palette" not in footer
        await deck.press("question_mark")
        await deck.shown(HelpScreen)
        assert "Take or leave this item" in deck.screen_text()
        await deck.press("escape")
        await deck.until(lambda: deck.app.screen is view)
