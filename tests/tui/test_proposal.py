"""Planning in the app: proposals grow, are taken whole or in part, and become one edit that undoes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fakes.deck import Deck, make_deck_project, open_deck
from tui.screens.menus import Menu
from tui.screens.proposal import ProposalScreen


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_deck_project(tmp_path / "sample")


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    return make_deck_project(tmp_path / "empty", {"master": {"tasks": [], "metadata": {}}})


async def whole(deck: Deck) -> ProposalScreen:
    view: ProposalScreen = await deck.shown(ProposalScreen)
    await deck.until(lambda: view.whole)
    return view


async def test_parse_the_prd_and_accept_all(empty: Path) -> None:
    async with open_deck(empty) as deck:
        await deck.press("p")
        view = await whole(deck)
        assert "outline, no model" in deck.screen_text()
        assert "Nothing is written yet" in deck.screen_text()
        assert deck.keys() == []
        count = len(view.rows)
        assert count >= 3
        await deck.press("enter")
        await deck.until(lambda: len(deck.keys()) == count)
        await deck.until(lambda: f"Tasks {count} planned ✓" in deck.screen_text())
        await deck.press("u")
        await deck.until(lambda: deck.keys() == [])


async def test_accept_half_of_the_proposal(empty: Path) -> None:
    async with open_deck(empty) as deck:
        await deck.press("p")
        view = await whole(deck)
        await deck.press("n")
        wanted = [row.title for row in view.rows[:2]]
        await deck.press("space", "down", "space", "enter")
        await deck.until(lambda: len(deck.keys()) == 2)
        titles = [task["title"] for task in json.loads(deck.tasks_file.read_text("utf-8"))["master"]["tasks"]]
        assert titles == wanted


async def test_discarding_writes_nothing(empty: Path) -> None:
    async with open_deck(empty) as deck:
        before = deck.tasks_file.read_bytes()
        await deck.press("p")
        await whole(deck)
        await deck.press("escape")
        await deck.until(lambda: deck.app.screen is deck.plan)
        assert deck.tasks_file.read_bytes() == before


async def test_parse_beside_present_tasks_adds_behind_them(project: Path) -> None:
    async with open_deck(project) as deck:
        await deck.press("p")
        await deck.shown(Menu)
        await deck.press("a")
        view = await whole(deck)
        assert next(row.key for row in view.rows) == "6"
        await deck.press("enter")
        await deck.until(lambda: len(deck.keys()) == 5 + len(view.rows))


async def test_analyse_writes_scores_and_shows_them(project: Path) -> None:
    async with open_deck(project) as deck:
        await deck.press("a")
        view = await whole(deck)
        assert {row.key for row in view.rows} == {"2", "3", "4"}
        await deck.press("enter")
        report = project / ".taskmaster" / "reports" / "task-complexity-report.json"
        await deck.until(report.exists)
        await deck.until(lambda: deck.app.session.snapshot.report is not None)
        assert len(json.loads(report.read_text("utf-8"))["complexityAnalysis"]) == 3
        await deck.until(lambda: "Complexity ✓" in deck.screen_text())


async def test_expand_one(project: Path) -> None:
    async with open_deck(project) as deck:
        deck.plan.jump("4")
        await deck.press("x")
        view = await whole(deck)
        await deck.press("enter")
        await deck.until(lambda: len(deck.task("4")["subtasks"]) == len(view.rows))
        await deck.until(lambda: deck.plan.task_tree.cursor_key == "4.1")


async def test_expand_all_leaves_alone_what_has_subtasks(project: Path) -> None:
    async with open_deck(project) as deck:
        await deck.press("X")
        await whole(deck)
        await deck.press("enter")
        await deck.until(lambda: deck.task("3")["subtasks"] and deck.task("4")["subtasks"])
        assert len(deck.task("2")["subtasks"]) == 3
        await deck.until(lambda: "divide" in deck.log_text())
        await deck.press("u")
        await deck.until(lambda: not deck.task("3")["subtasks"] and not deck.task("4")["subtasks"])


async def test_expand_one_that_has_subtasks_may_replace_them(project: Path) -> None:
    async with open_deck(project) as deck:
        deck.plan.jump("2")
        await deck.press("x")
        await deck.shown(Menu)
        await deck.press("r")
        view = await whole(deck)
        removed = [row for row in view.rows if row.sign == "-"]
        assert len(removed) == 3
        await deck.press("enter")
        await deck.until(lambda: [s["title"] for s in deck.task("2")["subtasks"]][:1] != ["Part 1"])


async def test_without_a_prd_parsing_says_what_to_do(tmp_path: Path) -> None:
    project = make_deck_project(tmp_path / "bare", prd=None)
    async with open_deck(project) as deck:
        await deck.press("p")
        await deck.until(lambda: "no PRD" in deck.log_text())
