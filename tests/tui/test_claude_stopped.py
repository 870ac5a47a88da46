"""A plan with Claude that is stopped or breaks off in the app: finished work stays, and it goes on there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.claude import item, subitem, subtasks, tasks, use
from tests.fakes.deck import Deck, make_deck_project, open_deck
from tests.fakes.messages_api import MessagesApi, Request
from tests.fakes.messages_replies import Scenario
from tui.screens.menus import Menu
from tui.screens.proposal import ProposalScreen

Serve = Callable[..., MessagesApi]
DONE, HALF, OPEN = "Set up the repository", "Database schema", "Command line"


@pytest.fixture
def half_done(tmp_path: Path) -> Path:
    """A plan whose first task is done, the second half done, the others open."""

    def task(number: int, title: str, status: str, *parts: str) -> dict[str, Any]:
        divided = [{"id": n, "title": f"Part {n}", "status": status} for n, status in enumerate(parts, 1)]
        return {"id": number, "title": title, "status": status, "dependencies": [], "subtasks": divided}

    every = [task(1, DONE, "done"), task(2, HALF, "in-progress", "done", "pending")]
    every += [task(number, f"{OPEN} {number}", "pending") for number in range(3, 7)]
    return make_deck_project(tmp_path / "half", {"master": {"tasks": every}})


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


def statuses(deck: Deck) -> dict[str, str]:
    found = json.loads(deck.tasks_file.read_text("utf-8"))["master"]["tasks"]
    return {str(task["id"]): task["status"] for task in found}


async def asked(deck: Deck, how: str) -> ProposalScreen:
    """Ask for a plan beside the present tasks (a), or for what the PRD would change in them (c)."""
    await deck.press("p")
    await deck.shown(Menu)
    await deck.press(how)
    view: ProposalScreen = await deck.shown(ProposalScreen)
    return view


@pytest.mark.parametrize("how", ["a", "c"])
@pytest.mark.parametrize("end", ["escape", "drop", "end"])
async def test_a_plan_that_does_not_come_to_its_end_leaves_the_tasks_as_they_were(
    half_done: Path, serve: Serve, how: str, end: str
) -> None:
    cut = "stall" if end == "escape" else end
    first = 7 if how == "a" else 1
    items = [item(number, f"Step {number}") for number in range(first, first + 3)]
    api = serve(tasks(*items, cut=cut, cut_after=50), tasks(*items), retries=0, timeout=60)
    async with open_deck(half_done) as deck:
        before = deck.tasks_file.read_bytes()
        view = await asked(deck, how)
        if end == "escape":
            await deck.until(lambda: len(view.rows) >= 2)
            if how == "a":
                await deck.press("escape")
                await deck.until(lambda: view.stopped)
        else:
            await deck.until(lambda: not view.working)
            assert "Nothing was saved" in " ".join(deck.text_of(view.said).split())
            assert not view.takeable
            await deck.press("enter")
            assert deck.app.screen is view
        await deck.press("escape")
        await deck.until(lambda: deck.app.screen is deck.plan)
        await deck.until(api.calls[0].ended.is_set)
        assert deck.tasks_file.read_bytes() == before
        assert DONE in deck.screen_text()
        # Asked again, it begins from the start and comes to its end.
        await deck.press("p")
        await deck.shown(Menu)
        await deck.press(how)
        if how == "a":
            await deck.until(lambda: "An answer to this is kept" in deck.screen_text())
            await deck.press("a")
        view = await deck.shown(ProposalScreen)
        await deck.until(lambda: view.whole)
        assert len(api.calls) == 2
        await deck.press("enter")
        await deck.until(lambda: deck.tasks_file.read_bytes() != before)
        assert statuses(deck)["1"] == "done"
        assert statuses(deck)["2"] == "in-progress"
        assert deck.task("2.1")["status"] == "done"


async def test_what_came_before_a_drop_is_kept_and_the_rest_alone_is_asked_for_again(
    half_done: Path, serve: Serve
) -> None:
    whole = subtasks(subitem(1, "Dig"), subitem(2, "Lay", 1))
    broken = replace(whole, cut="drop", cut_after=10)

    def answer(request: Request) -> Scenario:
        return broken if len(api.calls) in (3, 4) else whole

    api = serve(answer=answer, concurrency=1, retries=0)
    async with open_deck(half_done) as deck:
        await deck.press("X")
        view: ProposalScreen = await deck.shown(ProposalScreen)
        await deck.until(lambda: not view.working)
        assert len(api.calls) == 4
        said = " ".join(deck.text_of(view.said).split())
        assert "broke off in the middle" in said
        assert "2 of 4 tasks had been expanded" in said
        await deck.press("enter")
        await deck.until(lambda: deck.app.screen is deck.plan and bool(deck.task("4")["subtasks"]))
        assert [len(deck.task(key)["subtasks"]) for key in ("2", "3", "4", "5", "6")] == [2, 2, 2, 0, 0]
        assert deck.task("2.1")["status"] == "done"
        await deck.press("X")
        view = await deck.shown(ProposalScreen)
        await deck.until(lambda: view.whole)
        assert all(f"{OPEN} {n}" in call.said for call, n in zip(api.calls[4:], (5, 6), strict=True))
        await deck.press("enter")
        await deck.until(lambda: bool(deck.task("6")["subtasks"]))
        assert len(api.calls) == 6
        assert statuses(deck)["1"] == "done"


async def test_a_prd_that_changes_nothing_says_so(half_done: Path, serve: Serve) -> None:
    titles = [DONE, HALF, *(f"{OPEN} {number}" for number in range(3, 7))]
    every = [
        item(n, title, description="", details="", testStrategy="", priority="medium", sourceLines=[])
        for n, title in enumerate(titles, 1)
    ]
    serve(tasks(*every))
    async with open_deck(half_done) as deck:
        view = await asked(deck, "c")
        await deck.until(lambda: view.whole)
        assert not view.rows
        assert "nothing would change" in deck.text_of(view.said)
        assert "0 of 0" not in deck.text_of(view.said)


async def test_numbers_that_restart_at_one_never_meet_the_tasks_there_are(
    half_done: Path, serve: Serve
) -> None:
    api = serve(tasks(item(1, "Cellar"), item(2, "Roof")))
    async with open_deck(half_done) as deck:
        view = await asked(deck, "a")
        await deck.until(lambda: view.whole)
        assert [row.title for row in view.rows] == ["Cellar", "Roof"]
        assert "numbered from 7" in deck.screen_text()
        await deck.press("enter")
        await deck.until(lambda: "8" in statuses(deck))
        assert deck.task("1")["title"] == DONE
        assert deck.task("8")["title"] == "Roof"
        assert len(api.calls) == 1
