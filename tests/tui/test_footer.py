"""The footer: the way from a plan to a pull request is seen where room is short."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.runs.ledger import StageView
from tests.fakes.deck import make_deck_project, open_deck
from tests.fakes.open_runs import open_runs
from tests.fakes.run_views import STAGES, finished_run
from tui.screens.pull_request import PullRequestScreen


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_deck_project(tmp_path / "sample")


def footer(text: str) -> str:
    return text.split("\n")[-1]


@pytest.mark.parametrize(
    ("width", "keys"),
    [
        (120, ("d documents", "s submit", "r runs", "g publish", "P pull request", "p plan")),
        (80, ("d documents", "s submit")),
    ],
)
async def test_the_keys_that_publish_are_seen_while_the_tree_has_the_focus(
    project: Path, width: int, keys: tuple[str, ...]
) -> None:
    async with open_deck(project, (width, 35)) as deck:
        await deck.until(lambda: "space status" in footer(deck.screen_text()))
        assert [key for key in keys if key not in footer(deck.screen_text())] == []


async def test_the_keys_of_the_pane_with_the_focus_come_first(project: Path) -> None:
    async with open_deck(project) as deck:
        await deck.press("4")
        await deck.until(lambda: "⏎ open  s sort  x divide  d documents" in footer(deck.screen_text()))


@pytest.mark.parametrize("key", ["p", "P"])
async def test_the_runs_lead_to_a_pull_request_by_the_key_of_the_plan_too(project: Path, key: str) -> None:
    made = StageView("pull_request", "done", "made", {"number": "3", "name": "pull request #3"})
    run = finished_run(stages=(*STAGES, made), notes=())
    async with open_runs(project, run, size=(80, 24)) as (deck, _):
        await deck.until(lambda: "p pull request" in footer(deck.screen_text()))
        await deck.press(key)
        await deck.shown(PullRequestScreen)
