"""Keys of a fast typist, all there before the first one was answered: none goes to the screen below."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from textual import events

from tests.fakes.deck import Deck, make_deck_project, open_deck
from tui.screens.edit_form import EditForm
from tui.screens.menus import Menu


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_deck_project(tmp_path / "sample")


def burst(deck: Deck, keys: Iterable[str]) -> None:
    """All keys at once, as they come in one read of a terminal."""
    for key in keys:
        deck.app.post_message(events.Key(key, key if len(key) == 1 else None))


async def test_a_key_behind_the_one_that_opens_the_prd_goes_to_the_prd(project: Path) -> None:
    async with open_deck(project) as deck:
        burst(deck, "3eZ")
        await deck.until(lambda: deck.plan.prd is not None and "Z# Taskhall" in deck.plan.prd.text)
        assert deck.app.screen is deck.plan


async def test_keys_behind_the_one_that_opens_a_form_are_typed_into_it(project: Path) -> None:
    async with open_deck(project) as deck:
        burst(deck, "eit")
        form: EditForm = await deck.shown(EditForm)
        await deck.until(lambda: "it" in deck.screen_text())
        assert deck.app.screen is form
        assert len(deck.app.screen_stack) == 2


async def test_a_key_behind_the_one_that_opens_a_menu_chooses_in_it(project: Path) -> None:
    async with open_deck(project) as deck:
        deck.plan.jump("3")
        await deck.pilot.pause()
        burst(deck, ["space", "i"])
        await deck.until(lambda: deck.task("3")["status"] == "in-progress")
        assert deck.app.screen is deck.plan


async def test_steps_back_wait_for_each_other(project: Path) -> None:
    async with open_deck(project) as deck:
        for status in ("i", "d"):
            deck.plan.jump("3")
            await deck.press("space")
            await deck.shown(Menu)
            await deck.press(status)
            await deck.until(lambda: deck.app.screen is deck.plan)
        burst(deck, "uu")
        await deck.until(lambda: deck.task("3")["status"] == "pending")
