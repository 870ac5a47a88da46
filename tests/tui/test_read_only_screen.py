"""A read-only project on the screen: reading goes on, every key that would write says why it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import NotFound
from core.paths import project_settings
from core.services import open_project
from core.tasks.edits import SetStatus
from tests.fakes.command_line import TASKS
from tests.fakes.deck import Deck, make_deck_project, open_deck
from tui.actions import ACTIONS, WRITING
from tui.screens.doctor import DoctorScreen
from tui.screens.start import StartScreen

READ_ONLY = "[publish]\nread_only = true\n"


def header(deck: Deck) -> str:
    return deck.text_of(deck.plan.header)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def test_keys_that_would_write_say_why_and_write_nothing(tmp_path: Path) -> None:
    folder = make_deck_project(tmp_path / "hall")
    project_settings(folder).write_text(READ_ONLY)
    before = contents(folder)
    async with open_deck(folder) as deck:
        await deck.until(lambda: "read only" in header(deck))
        for key in ("space", "e", "o", "delete", "K", "b", "i", "p", "a", "x", "X", "d", "s", "u"):
            deck.plan.notice.hide()
            await deck.press(key)
            await deck.until(lambda: "makes this project read-only" in deck.plan.notice.text)
            assert deck.app.screen is deck.plan, key
            assert "`taskdeck config unset publish.read_only --in-project` ends that" in deck.plan.notice.text
        await deck.press("D")
        await deck.shown(DoctorScreen)
        await deck.press("escape")
        await deck.press("3", "e")
        await deck.type("never")
        assert contents(folder) == before


async def test_it_begins_and_ends_while_the_app_is_open(tmp_path: Path) -> None:
    folder = make_deck_project(tmp_path / "hall")
    async with open_deck(folder) as deck:
        await deck.press("3")
        await deck.until(lambda: deck.plan.prd is not None)
        await deck.press("e", "x")
        project_settings(folder).write_text(READ_ONLY)
        await deck.until(lambda: "read only" in header(deck))
        await deck.press("ctrl+s")
        await deck.until(lambda: "makes this project read-only" in deck.log_text())
        assert not deck.prd_file.read_text().startswith("x")
        project_settings(folder).unlink()
        await deck.until(lambda: "read only" not in header(deck))
        await deck.press("ctrl+s")
        await deck.until(lambda: deck.prd_file.read_text().startswith("x"))


async def test_another_tag_can_be_looked_at_and_is_not_remembered(tmp_path: Path) -> None:
    folder = make_deck_project(tmp_path / "hall")
    project_settings(folder).write_text(READ_ONLY)
    async with open_deck(folder) as deck:
        await deck.app.session.choose("later")
        await deck.until(lambda: "later" in header(deck))
        assert not (folder / ".taskmaster/state.json").exists()


def test_every_action_that_writes_is_declared() -> None:
    declared = {action.name.partition("(")[0] for actions in ACTIONS.values() for action in actions}
    assert declared >= WRITING


async def test_a_backup_that_is_looked_at_is_read_only_until_the_file_is_mended(tmp_path: Path) -> None:
    folder = make_deck_project(tmp_path / "hall")
    whole = (folder / TASKS).read_bytes()
    store = open_project(folder).store
    store.apply([SetStatus("1", "review")])
    (folder / TASKS).write_bytes(b"{")
    async with open_deck(folder, wait=False) as deck:
        await deck.until(lambda: "look at the last good backup" in deck.screen_text())
        screen: StartScreen = await deck.shown(StartScreen)
        screen.dismiss("read")
        await deck.until(lambda: deck.app.session.snapshot is not None and "read only" in header(deck))
        with pytest.raises(NotFound, match="open for reading only"):
            await deck.app.session.apply([SetStatus("1", "done")])
        assert (folder / TASKS).read_bytes() == b"{"
        (folder / TASKS).write_bytes(whole)
        await deck.app.session.open()
        await deck.until(lambda: "read only" not in header(deck))
        await deck.app.session.apply([SetStatus("1", "done")])
        assert deck.task("1")["status"] == "done"
