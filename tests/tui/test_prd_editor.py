"""The PRD editor: edit, save, outline, and never losing what somebody wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.paths import state_folder
from tests.fakes.deck import Deck, make_deck_project, open_deck
from tui.screens.difference import DifferenceScreen
from tui.screens.menus import Menu


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_deck_project(tmp_path / "sample")


async def open_prd(deck: Deck) -> None:
    await deck.press("3")
    await deck.until(lambda: deck.plan.prd is not None and deck.plan.prd.loaded.is_set())
    await deck.until(
        lambda: deck.app.focused is not None and deck.app.focused.id in ("prd-text", "prd-start")
    )


async def edit_prd(deck: Deck) -> None:
    await open_prd(deck)
    await deck.press("e")
    await deck.until(lambda: deck.plan.prd is not None and deck.plan.prd.editing)


async def test_the_prd_is_for_reading_until_somebody_wants_to_type(project: Path) -> None:
    async with open_deck(project) as deck:
        await open_prd(deck)
        editor = deck.plan.prd
        assert editor is not None
        before = editor.text
        await deck.press("4")
        await deck.until(lambda: deck.plan.middle == "heatmap")
        await deck.press("3", "enter")
        await deck.until(lambda: editor.editing)
        await deck.press("4")
        await deck.until(lambda: editor.text == f"4{before}")
        await deck.press("escape")
        await deck.until(lambda: not editor.editing)
        assert editor.unsaved
        await deck.press("5")
        await deck.until(lambda: deck.plan.middle == "graph")
        assert editor.text == f"4{before}"


async def test_edit_and_save(project: Path) -> None:
    async with open_deck(project) as deck:
        await edit_prd(deck)
        await deck.type("New ")
        await deck.until(lambda: "not saved" in deck.screen_text())
        await deck.press("ctrl+s")
        await deck.until(lambda: deck.prd_file.read_text("utf-8").startswith("New # Taskhall"))
        await deck.until(lambda: "not saved" not in deck.screen_text())
        assert "save .taskmaster/docs/prd.txt" in deck.log_text()


async def test_line_endings_and_control_characters_survive(project: Path) -> None:
    path = project / ".taskmaster" / "docs" / "prd.txt"
    path.write_bytes(b"# One\r\n\r\nred \x1b[31m text\r\n")
    async with open_deck(project) as deck:
        await edit_prd(deck)
        assert "␛[31m" in deck.screen_text()
        await deck.type("X")
        await deck.press("ctrl+s")
        await deck.until(lambda: path.read_bytes() == b"X# One\r\n\r\nred \x1b[31m text\r\n")


async def test_the_outline_jumps_to_a_section(project: Path) -> None:
    async with open_deck(project) as deck:
        await open_prd(deck)
        await deck.press("ctrl+o")
        await deck.shown(Menu)
        await deck.type("testing")
        await deck.press("enter")
        editor = deck.plan.prd
        assert editor is not None
        await deck.until(lambda: editor.area.cursor_location == (15, 0))


async def test_an_outside_change_is_taken_over_when_nothing_is_unsaved(project: Path) -> None:
    async with open_deck(project) as deck:
        await open_prd(deck)
        deck.prd_file.write_text("# Theirs\n", "utf-8")
        await deck.until(lambda: "Theirs" in deck.screen_text())


@pytest.mark.parametrize(("answer", "expected"), [("f2", "Mine # Taskhall"), ("f3", "# Theirs")])
async def test_a_conflict_is_settled_by_the_person(project: Path, answer: str, expected: str) -> None:
    async with open_deck(project) as deck:
        await edit_prd(deck)
        await deck.type("Mine ")
        deck.prd_file.write_text("# Theirs\n", "utf-8")
        await deck.press("ctrl+s")
        editor = deck.plan.prd
        assert editor is not None
        await deck.until(lambda: "changed outside" in editor.notice.text)
        assert deck.prd_file.read_text("utf-8") == "# Theirs\n"
        await deck.press("f4")
        await deck.shown(DifferenceScreen)
        assert "-# Theirs" in deck.screen_text()
        await deck.press("escape")
        await deck.until(lambda: deck.app.screen is deck.plan)
        await deck.press(answer)
        await deck.until(lambda: not editor.notice.text)
        await deck.until(lambda: deck.prd_file.read_text("utf-8").startswith(expected))
        assert editor.text.startswith(expected)
        if answer == "f2":
            kept = list((state_folder(project) / "overwritten").iterdir())
            assert [path.read_text("utf-8") for path in kept] == ["# Theirs\n"]


async def test_without_a_prd_a_template_is_offered(tmp_path: Path) -> None:
    project = make_deck_project(tmp_path / "bare", prd=None)
    async with open_deck(project) as deck:
        await open_prd(deck)
        assert "There is no PRD yet" in deck.screen_text()
        await deck.press("down", "enter")
        await deck.until(lambda: "# Product requirements" in deck.screen_text())
        assert not deck.prd_file.exists()
        await deck.press("ctrl+s")
        await deck.until(lambda: deck.prd_file.exists())
        assert deck.prd_file.read_text("utf-8").startswith("# Product requirements")


async def test_leaving_with_an_unsaved_prd_asks(project: Path) -> None:
    async with open_deck(project) as deck:
        await edit_prd(deck)
        await deck.type("X")
        await deck.press("ctrl+q")
        await deck.shown(Menu)
        await deck.press("s")
        await deck.until(lambda: deck.prd_file.read_text("utf-8").startswith("X#"))


async def test_a_task_leads_to_the_line_of_the_prd_it_names(tmp_path: Path) -> None:
    tasks = {
        "master": {"tasks": [{"id": 1, "title": "Store", "details": "See PRD lines 11-12."}], "metadata": {}}
    }
    project = make_deck_project(tmp_path / "cited", tasks)
    async with open_deck(project) as deck:
        await deck.press("v")
        await deck.until(lambda: deck.plan.prd is not None and deck.plan.prd.area.cursor_location == (10, 0))


@pytest.mark.parametrize("answer", ["s", "escape"])
async def test_planning_from_an_unsaved_prd_asks_whether_to_save_it(project: Path, answer: str) -> None:
    async with open_deck(project) as deck:
        await edit_prd(deck)
        await deck.type("X")
        await deck.press("escape", "p")
        await deck.shown(Menu)
        assert "not saved" in deck.screen_text()
        await deck.press(answer)
        if answer == "s":
            await deck.until(lambda: deck.prd_file.read_text("utf-8").startswith("X#"))
        else:
            await deck.until(lambda: deck.app.screen is deck.plan)
            assert deck.prd_file.read_text("utf-8").startswith("# Taskhall")


async def test_what_costs_nothing_names_no_price(project: Path) -> None:
    async with open_deck(project) as deck:
        await deck.until(lambda: "outline, no model" in deck.text_of(deck.plan.header))
        assert "$" not in deck.text_of(deck.plan.header)
