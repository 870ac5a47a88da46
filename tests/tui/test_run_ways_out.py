"""A run that is over without its result: why, and what to do, are read without looking for them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from core.runs.ledger import StageView, Verdict
from core.runs.watch import RunView
from tests.fakes.deck import make_deck_project
from tests.fakes.open_runs import open_runs
from tests.fakes.run_views import NOW, agent, failed_run
from tui.screens.proof import ProofScreen

WHY = "The remote refused the push of taskdeck/docs-260921-1100-qrs: ask for a review of the owners first."
WAY = "R delivers the result, which stays on its branch, once that rule is met."


def push_failed() -> RunView:
    """A run whose documents passed and whose push the remote refused."""
    done = [
        StageView(name, "done", f"{name} is done", {}, NOW - 7_000, NOW - 6_990)
        for name in ("publish", "prepare", "agent", "gate", "commit")
    ]
    push = StageView("push", "failed", WHY, {}, NOW - 6_990, NOW - 6_980)
    return failed_run(
        kind="docs",
        agents=(dataclasses.replace(agent("9", "succeeded", "4 files", files=4), ended=NOW - 240 + 0.1),),
        stages=(*done, push, StageView("pull_request")),
        verdict=Verdict("failed", WHY, {"branch": "b"}, NOW - 6_980, "hint", "retry"),
    )


def words(text: str) -> str:
    """The text of a pane as one line."""
    return " ".join(text.replace("│", " ").replace("┃", " ").split())


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_deck_project(tmp_path / "sample")


async def test_reason_and_way_out_of_a_failed_run_are_seen_without_a_key(project: Path) -> None:
    async with open_runs(project, push_failed()) as (deck, screen):
        text = words(deck.text_of(screen.boxes["stages"]))
        assert WHY in text
        assert WAY in text


async def test_on_a_small_terminal_they_stand_on_the_stages_page_and_all_of_it_is_reached(
    project: Path,
) -> None:
    async with open_runs(project, push_failed(), size=(80, 24)) as (deck, screen):
        await deck.press("2")
        await deck.until(lambda: WAY in words(deck.text_of(screen.boxes["stages"])))
        assert WHY in words(deck.text_of(screen.boxes["stages"]))


@pytest.mark.parametrize("keys", [("end",), ("pagedown",) * 4, ("down",) * 20], ids=lambda keys: keys[0])
async def test_the_keys_of_the_stages_reach_the_last_line_and_lead_back(
    project: Path, keys: tuple[str, ...]
) -> None:
    async with open_runs(project, push_failed()) as (deck, screen):
        await deck.press("2")
        await deck.until(lambda: screen.focused is screen.stages)
        assert "the agent was tried twice" not in deck.text_of(screen.stages)
        await deck.press(*keys)
        await deck.until(lambda: "the agent was tried twice" in deck.text_of(screen.stages))
        await deck.press(*["up" for _ in range(20)])
        await deck.until(lambda: WAY in words(deck.text_of(screen.stages)))


async def test_the_proof_of_the_stage_that_failed_says_what_to_do(project: Path) -> None:
    async with open_runs(project, push_failed()) as (deck, screen):
        await deck.press("2")
        await deck.until(lambda: screen.focused is screen.stages)
        await deck.press(*["down"] * 5, "enter")
        await deck.shown(ProofScreen)
        assert "R delivers the result, which stays on its branch" in deck.screen_text()


async def test_a_stage_behind_the_failure_was_not_reached_and_says_why(project: Path) -> None:
    async with open_runs(project, push_failed()) as (deck, screen):
        await deck.press("2")
        await deck.until(lambda: screen.focused is screen.stages)
        await deck.press("end")
        await deck.until(lambda: "not reached" in deck.text_of(screen.stages))
        assert "waiting" not in deck.text_of(screen.stages)
        await deck.press("enter")
        await deck.shown(ProofScreen)
        assert "Pull request: not reached" in deck.screen_text()
        assert "R delivers the result, which stays on its branch" in deck.screen_text()
        assert "The remote refused the push" in deck.screen_text()


async def test_the_time_of_an_agent_stands_still_once_it_has_ended(project: Path) -> None:
    async with open_runs(project, push_failed()) as (deck, screen):
        assert "<1s" in deck.text_of(screen.agents)
        deck.app.runs.now = lambda: NOW + 300
        screen.agents.now = deck.app.runs.now
        screen.agents.update_lines()
        await deck.pilot.pause()
        assert "<1s" in deck.text_of(screen.agents)
        assert "5m" not in deck.text_of(screen.agents)


async def test_a_run_that_fails_is_an_error_in_the_log(project: Path) -> None:
    going = dataclasses.replace(push_failed(), state="gating", alive=True, verdict=None, ended=None)
    async with open_runs(project, going) as (deck, _screen):
        deck.plan.tell_news()  # a run somebody saw at work: only its end is news
        deck.app.runs.show((push_failed(),))
        deck.plan.tell_news()
        await deck.until(lambda: any(WHY in entry.what for entry in deck.app.activity.entries))
        told = next(entry for entry in deck.app.activity.entries if WHY in entry.what)
        assert told.kind == "error"
        await deck.press("escape")
        await deck.until(lambda: "1 error" in deck.screen_text())
