"""What is seen first where a project cannot simply be shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fakes.command_line import TASKS, sample_tasks
from tests.fakes.deck import make_deck_project, open_deck
from tui.screens.idea_dialog import IdeaDialog
from tui.screens.menus import Menu
from tui.screens.start import StartScreen


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "empty"
    folder.mkdir()
    (folder / ".git").mkdir()
    return folder


async def test_an_empty_folder_offers_three_ways_to_begin(empty: Path) -> None:
    async with open_deck(empty, wait=False) as deck:
        await deck.shown(StartScreen)
        await deck.until(lambda: "Start from a PRD" in deck.screen_text())
        assert "Initialise" in deck.screen_text()
        assert "demo" in deck.screen_text()
    assert not (empty / ".taskmaster").exists()


async def test_initialise_makes_a_project_and_opens_it(empty: Path) -> None:
    async with open_deck(empty, wait=False) as deck:
        await deck.shown(StartScreen)
        await deck.press("i")
        await deck.until(lambda: deck.app.session.snapshot is not None and deck.app.screen is deck.plan)
        assert (empty / TASKS).is_file()
        assert "0/0 done" in deck.screen_text()


async def test_start_from_a_prd_opens_the_editor_with_the_template(empty: Path) -> None:
    async with open_deck(empty, wait=False) as deck:
        await deck.shown(StartScreen)
        await deck.press("s")
        await deck.shown(IdeaDialog)
        await deck.press("escape")
        await deck.until(lambda: "# Product requirements" in deck.screen_text())
        assert "PRD ○" in deck.screen_text()
        await deck.press("escape", "p")
        await deck.until(lambda: "still the template" in deck.log_text())


async def test_the_demo_is_a_copy_that_is_gone_afterwards(empty: Path) -> None:
    async with open_deck(empty, wait=False) as deck:
        await deck.shown(StartScreen)
        await deck.press("d")
        await deck.until(lambda: deck.app.session.snapshot is not None and deck.app.screen is deck.plan)
        demo = deck.app.demo
        assert demo is not None
        assert demo.is_dir()
        assert "rust-task-service" in deck.screen_text()
    assert not demo.exists()


async def test_a_damaged_file_says_where_and_shows_the_lines(tmp_path: Path) -> None:
    project = make_deck_project(tmp_path / "sample")
    path = project / TASKS
    text = path.read_text("utf-8").replace('"title": "Command line",', '"title": "Command line"')
    path.write_text(text, "utf-8")
    async with open_deck(project, wait=False) as deck:
        await deck.shown(StartScreen)
        await deck.until(lambda: "damaged" in deck.screen_text())
        line = text[: text.index('"Command line"')].count("\n") + 2
        assert f"line {line}" in deck.screen_text()
        assert "Command line" in deck.screen_text()
        assert path.read_text("utf-8") == text
        path.write_text(json.dumps(sample_tasks()), "utf-8")
        await deck.press("r")
        await deck.until(lambda: deck.app.session.snapshot is not None and deck.app.screen is deck.plan)


async def test_git_conflict_markers_are_merged_by_task(tmp_path: Path) -> None:
    project = make_deck_project(tmp_path / "sample")
    path = project / TASKS
    lines = path.read_text("utf-8").split("\n")
    at = next(number for number, line in enumerate(lines) if '"title": "Command line"' in line)
    theirs = lines[at].replace("Command line", "Command line, theirs")
    lines[at : at + 1] = ["<<<<<<< HEAD", lines[at], "=======", theirs, ">>>>>>> branch"]
    path.write_text("\n".join(lines), "utf-8")
    async with open_deck(project, wait=False) as deck:
        await deck.shown(StartScreen)
        await deck.until(lambda: "merge both sides" in deck.screen_text())
        await deck.press("enter")
        await deck.until(lambda: deck.app.session.snapshot is not None and deck.app.screen is deck.plan)
        assert deck.task("3")["title"] == "Command line"


async def test_several_tags_without_a_current_one_are_a_choice(tmp_path: Path) -> None:
    tasks = sample_tasks()
    tasks = {"one": tasks["master"], "two": tasks["later"]}
    project = make_deck_project(tmp_path / "sample", tasks)
    async with open_deck(project, wait=False) as deck:
        await deck.shown(Menu)
        assert "Which tag?" in deck.screen_text()
        await deck.press("down", "enter")
        await deck.until(lambda: "Some day" in deck.screen_text())
        assert deck.plan.header.tag == "two"


async def test_a_missing_folder_is_said_plainly(tmp_path: Path) -> None:
    async with open_deck(tmp_path / "nowhere", wait=False) as deck:
        await deck.shown(StartScreen)
        await deck.until(lambda: "There is no folder" in deck.screen_text())


async def test_a_project_one_folder_below_can_be_opened(tmp_path: Path) -> None:
    make_deck_project(tmp_path / "repository" / "docs")
    async with open_deck(tmp_path / "repository", wait=False) as deck:
        await deck.shown(StartScreen)
        assert "Open the project in" in deck.screen_text()
        await deck.press("1")
        await deck.until(lambda: deck.app.session.snapshot is not None)
