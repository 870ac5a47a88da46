"""What the planner's screens say: what a call can cost, which tasks a section made, whose subtasks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fakes.claude import item, subitem, subtasks, tasks, use
from tests.fakes.command_line import sample_tasks
from tests.fakes.deck import Deck, make_deck_project, open_deck
from tests.fakes.messages_api import MessagesApi
from tests.fakes.messages_replies import Scenario, says
from tui.screens.idea_dialog import IdeaDialog
from tui.screens.menus import Menu
from tui.screens.proposal import ProposalScreen
from tui.themes import THEMES

Serve = Callable[..., MessagesApi]
PRICED = "claude-sonnet-5-5"
SMALL = (80, 24)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_deck_project(tmp_path / "sample")


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    running: list[MessagesApi] = []

    def start(*script: Scenario, **settings: object) -> MessagesApi:
        api = MessagesApi(*script)
        api.__enter__()
        running.append(api)
        use(api, monkeypatch, **settings)
        return api

    yield start
    for api in running:
        api.__exit__(None, None, None)


async def drafting(deck: Deck) -> None:
    await deck.press("3")
    await deck.until(lambda: deck.plan.prd is not None and deck.plan.prd.loaded.is_set())
    await deck.press("ctrl+g")
    await deck.shown(Menu)
    await deck.press("d")
    await deck.shown(IdeaDialog)
    await deck.type("A library")
    await deck.press("ctrl+s")


def flat(deck: Deck) -> str:
    return " ".join(deck.screen_text().replace("▌", " ").replace("│", " ").split())


async def test_what_a_draft_can_cost_stands_above_it_and_whole_in_the_log(
    project: Path, serve: Serve
) -> None:
    serve(says("# Library\n\nIt lends books.\n", cut="stall", cut_after=4), model=PRICED, timeout=60)
    async with open_deck(project, SMALL) as deck:
        await drafting(deck)
        editor = deck.plan.prd
        assert editor is not None
        await deck.until(lambda: "at most $0." in editor.draft_bar.text)
        assert "at most $0." in " ".join(deck.text_of(editor.draft_bar).split())
        said = [entry.what for entry in deck.app.activity.entries if "at most $" in entry.what]
        assert said
        assert max(map(len, said)) < 68
        await deck.press("escape")
        await deck.until(lambda: not editor.writing)


async def test_a_draft_that_breaks_off_says_how_to_go_on_at_80_columns(project: Path, serve: Serve) -> None:
    serve(says("# Library\n\nIt lends books.\n", cut="drop", cut_after=4), retries=0)
    async with open_deck(project, SMALL) as deck:
        await drafting(deck)
        await deck.until(lambda: "keep, redo a section or discard" in flat(deck))
        assert "broke off in the middle" in flat(deck)


async def test_sections_name_the_tasks_that_came_from_them(tmp_path: Path) -> None:
    content = sample_tasks()
    content["master"]["tasks"][2]["details"] = "PRD lines 11-12: store tasks"
    content["master"]["tasks"][3]["details"] = "PRD line 18"
    project = make_deck_project(tmp_path / "cited", content)
    async with open_deck(project) as deck:
        await deck.press("3")
        await deck.until(lambda: deck.plan.prd is not None and deck.plan.prd.loaded.is_set())
        await deck.press("ctrl+o")
        menu: Menu = await deck.shown(Menu)
        notes = {choice.label.strip(): choice.note for choice in menu.choices}
        assert "→ 3" in notes["Functional requirements"]
        assert "→ 4" in notes["Testing"]
        assert "→" not in notes["Overview"]


async def test_subtasks_of_several_tasks_stand_beside_the_title_of_theirs(
    project: Path, serve: Serve
) -> None:
    serve(*[subtasks(subitem(1, "Dig"))] * 2, concurrency=1)
    async with open_deck(project) as deck:
        await deck.press("X")
        view: ProposalScreen = await deck.shown(ProposalScreen)
        await deck.until(lambda: view.whole)
        assert [row.note for row in view.rows] == ["Command line", "Service"]


async def test_our_own_themes_come_first_and_the_present_one_is_marked(project: Path) -> None:
    async with open_deck(project) as deck:
        await deck.press("f9")
        menu: Menu = await deck.shown(Menu)
        own = [theme.name for theme in THEMES]
        assert [choice.id for choice in menu.choices[: len(own)]] == own
        assert [choice.id for choice in menu.choices if choice.note] == [deck.app.theme]
        await deck.press("down", "enter")
        await deck.until(lambda: deck.app.theme == own[(own.index(menu.chosen) + 1) % len(own)])


async def test_a_plan_that_is_taken_leaves_the_prd_unchanged_in_the_bar(tmp_path: Path, serve: Serve) -> None:
    project = make_deck_project(tmp_path / "empty", {"master": {"tasks": [], "metadata": {}}})
    serve(tasks(item(1, "Cellar")))
    async with open_deck(project) as deck:
        await deck.press("p")
        view: ProposalScreen = await deck.shown(ProposalScreen)
        await deck.until(lambda: view.whole)
        await deck.press("enter")
        await deck.until(lambda: deck.keys() == ["1"])
        await deck.until(lambda: "PRD ✓" in deck.screen_text())
        deck.prd_file.write_text(deck.prd_file.read_text("utf-8") + "\n- More.\n", "utf-8")
        await deck.until(lambda: "PRD changed" in deck.screen_text())
