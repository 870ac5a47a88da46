"""Retries in the app: the sheet before one, what it finishes, and the pull request of both."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.runs.cancel import cancel
from core.runs.ledger import StageView, Verdict
from core.runs.lineage import related
from core.runs.view import RunView
from core.runs.wish import Wish
from tests.fakes.deck import Deck, make_deck_project, open_deck
from tests.fakes.forge_server import Fault
from tests.fakes.open_runs import open_runs
from tests.fakes.run_views import NOW, agent, failed_run, finished_run
from tests.fakes.that_day import BRANCH, Day, that_day
from tui.bridges.publish_stages import with_publishing
from tui.bridges.stages import not_started
from tui.screens.confirm_run import ConfirmRunScreen
from tui.screens.pull_request import PullRequestScreen
from tui.screens.run import RunScreen

REFUSE = Fault("POST", "/pulls", 403, {"message": "Resource not accessible"})
URL = "http://forge.invalid/team/service/pull/1"


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    with that_day("http", tmp_path) as made:
        yield made
        for run in made.runs:
            cancel(run)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_deck_project(tmp_path / "sample")


async def over(deck: Deck, count: int) -> RunView:
    """The newest of so many runs, once it is over."""
    runs = deck.app.runs
    await deck.until(
        lambda: len(runs.views) == count and runs.views[0].is_over and not runs.views[0].alive, seconds=90
    )
    return runs.views[0]


def said(lines: object) -> str:
    """Rows of parts as one text."""
    return " ".join(" ".join("".join(text for text, _ in line) for line in lines).split())  # type: ignore[attr-defined]


async def retry_sheet(deck: Deck, run: RunView) -> ConfirmRunScreen:
    """The sheet that R opens on this run, once everything was looked at."""
    await deck.press("r")
    screen: RunScreen = await deck.shown(RunScreen)
    screen.table.choose(run.id)
    await deck.until(lambda: screen.run_view is not None and screen.run_view.id == run.id)
    await deck.press("R")
    sheet: ConfirmRunScreen = await deck.shown(ConfirmRunScreen)
    await deck.until(lambda: not sheet.view.busy, seconds=40)
    return sheet


@pytest.mark.parametrize("size", [(80, 24), (120, 35)])
async def test_a_retry_is_confirmed_and_then_each_run_tells_of_the_other(
    day: Day, size: tuple[int, int]
) -> None:
    day.forge.faults.append(REFUSE)
    async with open_deck(day.clone.project, size) as deck:
        await deck.app.runs.start(Wish("docs", ("1", "2"), pr=True))
        first = await over(deck, 1)
        assert first.state == "failed"
        await deck.until(lambda: "PR ✗" in deck.screen_text() or "Pull request ✗" in deck.screen_text())

        sheet = await retry_sheet(deck, first)
        words = said(sheet.view.lines)
        assert "only delivers the documents of tasks 1, 2 that passed before; no agent works" in words
        assert f"base {BRANCH} from run {first.id}" in words
        assert "--base" not in words
        assert not sheet.check_action("toggle_push", ())
        assert "remote is writable" in [check.name for check in sheet.found]
        await deck.press("escape")
        screen: RunScreen = await deck.shown(RunScreen)
        assert len(day.runs) == 1, "nothing begins before Enter"

        await deck.press("R")
        sheet = await deck.shown(ConfirmRunScreen)
        await deck.until(lambda: sheet.ready, seconds=40)
        await deck.press("enter")
        second = await over(deck, 2)
        assert (second.state, second.retry_of) == ("done", first.id), second.words

        await deck.until(lambda: screen.run_view is not None and screen.run_view.id == second.id)
        assert "docs 1, 2" in deck.text_of(screen.table)
        assert {row.of_run for row in second.agents} == {first.id}
        assert f"of run {first.id}" in said(screen.agents.lay_out(79))
        assert (second.files_written, second.files_expected) == (8, 8)
        assert len(screen.files.files) == 8

        applied = await deck.app.runs.apply(second.id)
        assert len(applied.written) == 8, "the documents it delivered are its own to apply"

        screen.table.choose(first.id)
        await deck.until(lambda: f"finished by run {second.id}" in said(screen.stages.lay_out(79)))
        assert f"finished by run {second.id}" in said(screen.table.lines)
        assert not screen.check_action("retry_run", ())
        await deck.press("R")
        await deck.until(lambda: f"was finished by run {second.id}" in screen.notice.text)
        await deck.press("p")
        card: PullRequestScreen = await deck.shown(PullRequestScreen)
        await deck.until(lambda: card.view.card is not None and card.view.card.found is not None, seconds=30)
        text = said(card.view.lines)
        assert "#1 open" in text
        assert f"finishes run {first.id}" in text
        await deck.press("escape", "escape")
        await deck.until(lambda: deck.app.screen is deck.plan)
        await deck.until(lambda: "#1 ◐" in deck.screen_text() or "PR ◐" in deck.screen_text())
        assert len(day.runs) == 2


async def test_a_retry_of_another_tag_is_not_done_on_this_one(project: Path) -> None:
    from core.paths import state_folder
    from tests.core.test_incident import FAILED, make_run

    folder = make_run(project, "261123-1400-aaa", *FAILED, tag="elsewhere")
    assert folder.state == state_folder(project)
    async with open_deck(project) as deck:
        await deck.until(lambda: deck.app.runs.views)
        await deck.press("r")
        screen: RunScreen = await deck.shown(RunScreen)
        await deck.until(lambda: screen.run_view is not None)
        await deck.press("R")
        await deck.until(lambda: 'tasks of the tag "elsewhere"' in screen.notice.text)
        assert len(deck.app.runs.views) == 1


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (finished_run(), "nothing is left to retry"),
        (failed_run(finished_by="260921-1140-new"), "was finished by run 260921-1140-new"),
    ],
)
async def test_r_says_why_it_is_not_offered(project: Path, view: RunView, words: str) -> None:
    async with open_runs(project, view) as (deck, screen):
        assert not screen.check_action("retry_run", ())
        await deck.press("R")
        await deck.until(lambda: words in screen.notice.text)
        assert deck.app.screen is screen


async def test_agents_of_several_runs_each_name_theirs(project: Path) -> None:
    rows = tuple(
        dataclasses.replace(agent(key, "succeeded"), of_run=f"260921-110{key}-old") for key in ("1", "2")
    )
    async with open_runs(project, finished_run(agents=rows)) as (_deck, screen):
        assert "of run 260921-1101-old: suc" in said(screen.agents.lines)
        assert "of run 260921-1102-old: suc" in said(screen.agents.lines)


def delivering(name: str, state: str, stage: StageView, **more: object) -> RunView:
    """A run with a pull request, `began` minutes ago."""
    verdict = Verdict(state, "it ended")  # type: ignore[arg-type]
    return finished_run(id=name, state=state, verdict=verdict, stages=(stage,), agents=(), **more)


def bar_of(*runs: RunView) -> tuple[str, str, dict[str, str]]:
    """State, proof and evidence of the stage Pull request."""
    tag = type("Tag", (), {"name": "master"})()
    stages = with_publishing(not_started(), None, "", tag, related(runs), NOW)
    stage = next(stage for stage in stages if stage.name == "Pull request")
    return stage.state, stage.proof, dict(stage.evidence)


def open_one(number: str = "1", state: str = "open") -> StageView:
    return StageView("pull_request", "done", "made", {"number": number, "url": URL, "state": state})


def test_a_later_run_that_failed_does_not_hide_the_pull_request_that_is_open() -> None:
    made = delivering("260921-1100-old", "done", open_one(), began=NOW - 600)
    failed = delivering("260921-1130-new", "failed", StageView("pull_request"), began=NOW - 60)
    state, proof, evidence = bar_of(failed, made)
    assert (state, proof, evidence["Run"]) == ("partly", "#1", made.id)
    assert evidence["Newest run"].startswith(f"{failed.id}, failed")


def test_a_failed_run_shows_the_merged_pull_request_of_the_retry_that_finished_it() -> None:
    first = delivering("260921-1100-one", "failed", StageView("pull_request"), began=NOW - 900)
    done = delivering("260921-1110-two", "done", open_one(state="merged"), began=NOW - 600, retry_of=first.id)
    again = delivering(
        "260921-1120-six", "failed", StageView("pull_request"), began=NOW - 60, retry_of=first.id
    )
    state, proof, _ = bar_of(again, done, first)
    assert (state, proof) == ("done", "#1 merged")


def test_without_an_open_pull_request_the_newest_failure_is_the_truth() -> None:
    merged = delivering("260921-1100-old", "done", open_one(state="merged"), began=NOW - 600)
    failed = delivering("260921-1130-new", "failed", StageView("pull_request", "failed"), began=NOW - 60)
    assert bar_of(failed, merged)[0] == "failed"
    assert bar_of(merged)[:2] == ("done", "#1 merged")
