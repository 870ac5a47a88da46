"""Every key the footer of the run screen promises does something, in every pane, for every kind of run.

The runs are written by hand and have no folder: what asks for one says so in a sentence, which counts here.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from core.runs.ledger import Judged, StageView
from core.runs.watch import RunView
from tests.fakes.deck import Deck, make_deck_project
from tests.fakes.open_runs import open_runs
from tests.fakes.run_views import NOW, agent, failed_run, finished_run, run
from tui.layout import RUN_PANES, RunPaneName
from tui.screens.run import RunScreen
from tui.widgets.footer_bar import FooterBar

PULL_REQUEST = StageView("pull_request", "failed", "the forge did not answer", {}, NOW - 60, NOW - 50)
PANES = tuple(RUN_PANES)


def views(folder: Path) -> dict[str, RunView]:
    path = folder / "agents" / "log"
    path.parent.mkdir(parents=True)
    said = {"type": "assistant", "message": {"content": [{"type": "text", "text": "I begin"}]}}
    path.write_text((json.dumps(said) + "\n") * 80 + "ERROR it broke\n" * 2, "utf-8")
    judged = Judged("docs-1", 1, True, "4 documents")
    passed = dataclasses.replace(agent("1", "succeeded", "4 files", files=4, log=path), judged=judged)
    done = finished_run(keys=("1",), agents=(passed,))
    return {
        "finished": dataclasses.replace(done, stages=(*done.stages, PULL_REQUEST)),
        "failed": failed_run(keys=("2",), agents=(agent("2", "failed", files=1, log=path),)),
        "living": run(keys=("1", "2"), agents=(agent("1", files=2, log=path), agent("2", files=1))),
    }


def promised(screen: RunScreen) -> list[tuple[str, str]]:
    """The keys in the footer with their labels: all that it would show with room enough."""
    bar = screen.query_one(FooterBar)
    bar.render()
    return [(key, label) for _, key, label in bar.promised()]


def pressed(shown: str) -> str:
    """The name of a key as the footer writes it."""
    names = {"⏎": "enter", "esc": "escape", "/": "slash", "&": "ampersand", "?": "question_mark"}
    return names.get(shown, shown.replace("^", "ctrl+"))


def looks(deck: Deck) -> tuple[Any, ...]:
    """All that a key could change."""
    top = deck.app.screen
    return top, top.focused, deck.screen_text(), deck.app.clipboard


@pytest.mark.parametrize("pane", PANES)
@pytest.mark.parametrize("kind", ["finished", "failed", "living"])
async def test_every_key_in_the_footer_does_something(tmp_path: Path, kind: str, pane: RunPaneName) -> None:
    view = views(tmp_path)[kind]
    project = make_deck_project(tmp_path / "sample")
    async with open_runs(project, view) as (deck, _screen):
        keys = promised(await at_pane(deck, pane))
        assert ("esc", "to plan") in keys
        for key, label in keys:
            await at_pane(deck, pane)
            before = looks(deck)
            await deck.press(pressed(key))
            await deck.until(lambda before=before: looks(deck) != before, seconds=20)
            assert "A fault inside Taskdeck" not in deck.screen_text() + deck.log_text(), f"{key} {label}"


async def at_pane(deck: Deck, pane: RunPaneName) -> RunScreen:
    """The run screen with the focus in that pane, whatever the last key did."""
    while not isinstance(deck.app.screen, RunScreen) and deck.app.screen is not deck.plan:
        before = deck.app.screen
        await deck.press("escape")
        await deck.until(lambda before=before: deck.app.screen is not before)
    if deck.app.screen is deck.plan:
        await deck.press("r")
    screen: RunScreen = await deck.shown(RunScreen)
    await deck.until(lambda: screen.log_panel is not None and screen.log_panel.content.count > 80)
    screen.set_focus(None)
    screen.notice.hide()
    await deck.press(str(PANES.index(pane) + 1))
    await deck.until(lambda: screen.focused is not None and screen.boxes[pane] in screen.focused.ancestors)
    return screen
