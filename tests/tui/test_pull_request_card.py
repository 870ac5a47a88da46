"""The card of a run's pull request: read back from a forge with a state, what it offers, what is wrong."""

from __future__ import annotations

import webbrowser
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.runs.cancel import cancel
from core.runs.wish import Wish
from tests.fakes.claude_command import StandIn
from tests.fakes.deck import Deck, open_deck
from tests.fakes.forge_server import TOKEN
from tests.fakes.that_day import BRANCH, Day, that_day
from tui.screens.pull_request import PullRequestScreen
from tui.screens.run import RunScreen


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    with that_day("http", tmp_path) as made:
        yield made
        for run in made.runs:
            cancel(run)


async def over(deck: Deck) -> None:
    """Wait until the newest run is over."""
    runs = deck.app.runs
    await deck.until(lambda: runs.views and runs.views[0].is_over and not runs.views[0].alive, seconds=90)


async def open_card(deck: Deck) -> PullRequestScreen:
    await deck.press("P")
    screen: PullRequestScreen = await deck.shown(PullRequestScreen)
    await deck.until(lambda: screen.view.card is not None and not screen.view.busy, seconds=30)
    return screen


def said(screen: PullRequestScreen) -> str:
    """All the card says, whole."""
    return " ".join(" ".join("".join(text for text, _ in line) for line in screen.view.lines).split())


async def test_documents_lead_to_a_card_that_is_read_back(day: Day) -> None:
    async with open_deck(day.clone.project) as deck:
        await deck.app.runs.start(Wish("docs", ("1", "2"), pr=True))
        await over(deck)
        await deck.until(lambda: "#1 ◐" in deck.screen_text())
        await deck.until(lambda: f"{day.wanted[:7]} ✓" in deck.screen_text())
        day.forge.check_runs.append({"name": "build", "status": "completed", "conclusion": "failure"})
        screen = await open_card(deck)
        await deck.until(lambda: "1 failed" in deck.screen_text(), seconds=30)
        text = deck.screen_text()
        assert " ".join(BRANCH) in text, "the base is large"
        assert deck.app.runs.views[0].branch in text
        assert " 8 changed" in text, "four documents for each task"
        assert f"http://{day.forge.host}/team/service/pull/1" in text
        assert "docs-1: " in text
        assert TOKEN not in text
        assert screen.view.card is not None
        assert not screen.view.card.offered, "documents of a task do not move its status"
        day.forge.close(1, merged=True)
        await deck.press("r")
        await deck.until(lambda: "#1 merged" in deck.screen_text(), seconds=30)
        await deck.press("escape")
        await deck.until(lambda: "#1 merged ✓" in deck.screen_text())


async def test_a_task_may_be_set_to_review_and_done_and_never_unasked(
    day: Day, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = StandIn(
        tmp_path / "agent", {"write": {"path": "src/main.rs", "content": "fn main() { run() }\n"}}
    )
    monkeypatch.setenv("TASKDECK_AGENT_COMMAND", str(agent.path))
    async with open_deck(day.clone.project) as deck:
        await deck.app.runs.start(Wish("task", ("3",), agent="claude", pr=True))
        await over(deck)
        assert deck.app.runs.views[0].state == "done", deck.app.runs.views[0].words
        await open_card(deck)
        await deck.until(lambda: "sets task 3 to review" in deck.screen_text(), seconds=30)
        assert deck.task("3")["status"] == "in-progress"
        await deck.press("s")
        await deck.until(lambda: deck.task("3")["status"] == "review")
        day.forge.close(1, merged=True)
        await deck.press("r")
        await deck.until(lambda: "sets task 3 to done" in deck.screen_text(), seconds=30)
        assert deck.task("3")["status"] == "review"
        await deck.press("s")
        await deck.until(lambda: deck.task("3")["status"] == "done")


async def test_a_pull_request_to_another_base_is_red_and_offers_nothing(day: Day) -> None:
    def to_main(pull: dict[str, dict[str, str]]) -> None:
        pull["base"]["ref"] = "main"

    day.forge.rewrite = to_main
    async with open_deck(day.clone.project) as deck:
        await deck.app.runs.start(Wish("docs", ("1",), pr=True))
        await over(deck)
        assert deck.app.runs.views[0].state != "done"
        await deck.press("r")
        await deck.shown(RunScreen)
        await deck.press("p")
        screen: PullRequestScreen = await deck.shown(PullRequestScreen)
        await deck.until(lambda: screen.view.card is not None and not screen.view.busy, seconds=30)
        await deck.until(
            lambda: "It goes to main, not to feature/example-app" in deck.screen_text(), seconds=30
        )
        assert " ".join("main") in deck.screen_text()
        day.forge.close(1, merged=True)
        await deck.press("r")
        await deck.until(lambda: "merged" in deck.screen_text(), seconds=30)
        assert screen.view.card is not None
        assert not screen.view.card.offered


async def test_a_base_that_somebody_changed_later_is_named_with_what_to_do(
    day: Day, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = StandIn(
        tmp_path / "agent", {"write": {"path": "src/main.rs", "content": "fn main() { run() }\n"}}
    )
    monkeypatch.setenv("TASKDECK_AGENT_COMMAND", str(agent.path))
    async with open_deck(day.clone.project, (80, 24)) as deck:
        await deck.app.runs.start(Wish("task", ("3",), agent="claude", pr=True))
        await over(deck)
        assert deck.app.runs.views[0].state == "done", deck.app.runs.views[0].words
        screen = await open_card(deck)
        await deck.until(lambda: "sets task 3 to review" in said(screen), seconds=30)
        day.forge.pulls[0]["base"]["ref"] = "main"
        await deck.press("r")
        await deck.until(lambda: f"It goes to main, not to {BRANCH}" in said(screen), seconds=30)
        assert f"Set its base to {BRANCH} on its page (o opens it)" in said(screen)
        assert "sets task 3" not in said(screen)
        footer = deck.screen_text().splitlines()[-1]
        assert "set status" not in footer
        await deck.press("s")
        assert deck.task("3")["status"] == "in-progress"
        day.forge.close(1, merged=True)
        await deck.press("r")
        await deck.until(lambda: "its changes are on main. Undo that there" in said(screen), seconds=30)
        assert "sets task 3" not in said(screen)
        again = "Then s on the plan gives task 3 to an agent again, and p on the sheet makes one into"
        assert f"{again} {BRANCH}." in said(screen), "the run itself is done: there is nothing to retry"


async def test_failed_checks_are_an_alarm_that_names_them(day: Day) -> None:
    async with open_deck(day.clone.project) as deck:
        await deck.app.runs.start(Wish("docs", ("1",), pr=True))
        await over(deck)
        day.forge.check_runs = [
            {"name": name, "status": "completed", "conclusion": end}
            for name, end in (("lint", "success"), ("build", "failure"))
        ]
        screen = await open_card(deck)
        await deck.until(lambda: "✕ #1 open, a check failed: build" in said(screen), seconds=30)
        assert "✕ 1 passed, 1 failed: build" in said(screen)
        await deck.press("escape")
        await deck.until(lambda: "#1 ✗" in deck.screen_text().split("\n")[1])
        day.forge.check_runs = []
        screen = await open_card(deck)
        await deck.until(lambda: "● #1 open docs:" in said(screen), seconds=30)


async def test_the_card_says_whether_the_forge_would_merge_it(day: Day) -> None:
    async with open_deck(day.clone.project) as deck:
        await deck.app.runs.start(Wish("docs", ("1",), pr=True))
        await over(deck)
        screen = await open_card(deck)
        assert "merging" not in said(screen), "this forge says nothing of it yet"
        for answer, words in (
            ({"mergeable": True, "mergeable_state": "clean"}, f"nothing conflicts with {BRANCH}"),
            (
                {"mergeable": True, "mergeable_state": "behind"},
                f"behind {BRANCH}: it has to be brought up to it first",
            ),
            ({"mergeable": False, "mergeable_state": "dirty"}, f"conflicts with {BRANCH}"),
        ):
            day.forge.pulls[0].update(answer)
            await deck.press("r")
            await deck.until(lambda words=words: words in said(screen), seconds=30)
        day.forge.close(1, merged=True)
        await deck.press("r")
        await deck.until(lambda: "merged" in said(screen), seconds=30)
        assert "conflicts" not in said(screen), "that is over"


async def test_a_card_without_a_forge_keeps_what_the_run_recorded(day: Day) -> None:
    async with open_deck(day.clone.project) as deck:
        await deck.app.runs.start(Wish("docs", ("1",), pr=True))
        await over(deck)
        day.forge.token = "another"
        await open_card(deck)
        await deck.until(lambda: "not read" in deck.screen_text(), seconds=30)
        assert "401" in deck.screen_text()
        assert "pull/1" in deck.screen_text()


async def test_the_card_of_a_run_whose_push_was_refused_says_why_and_what_to_do(day: Day) -> None:
    declines = '#!/bin/sh\necho "ask for a review" >&2\ncase "$1" in refs/heads/taskdeck/*) exit 1;; esac\n'
    day.clone.remote.hook("update", declines)
    async with open_deck(day.clone.project) as deck:
        await deck.app.runs.start(Wish("docs", ("1",), pr=True))
        await over(deck)
        screen = await open_card(deck)
        await deck.until(lambda: "No pull request was made" in said(screen))
        assert "ask for a review" in said(screen)
        assert "On the screen of runs R delivers the result" in said(screen)


async def test_without_a_browser_the_address_is_said_and_copied(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(_name: str | None = None) -> None:
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(webbrowser, "get", none)
    async with open_deck(day.clone.project) as deck:
        await deck.app.runs.start(Wish("docs", ("1",), pr=True))
        await over(deck)
        screen = await open_card(deck)
        await deck.until(lambda: "pull/1" in said(screen))
        await deck.press("o")
        await deck.until(lambda: "There is no browser here" in screen.notice.text)
        assert "/team/service/pull/1" in screen.notice.text
        assert deck.app.clipboard.endswith("/team/service/pull/1")


async def test_without_a_pull_request_it_says_so(day: Day) -> None:
    async with open_deck(day.clone.project) as deck:
        await deck.until(lambda: deck.app.runs.looked)
        await deck.press("P")
        await deck.until(lambda: "No run made a pull request yet" in deck.plan.notice.text)
        assert not day.forge.calls
