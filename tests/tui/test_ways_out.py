"""What the app says one can do about a refusal: a key of the screen it stands on, no option of a command."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from core.errors import TaskdeckError, Way
from core.runs.cancel import cancel
from core.runs.ledger import Verdict
from core.runs.wish import Wish
from tests.fakes.deck import Deck, make_deck_project, open_deck
from tests.fakes.git_remotes import DECLINE
from tests.fakes.open_runs import open_runs
from tests.fakes.run_views import failed_run
from tests.fakes.that_day import Day, that_day
from tui.bridges.ways import way_words
from tui.screens.confirm_run import ConfirmRunScreen
from tui.screens.doctor import DoctorScreen


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    with that_day("http", tmp_path) as made:
        yield made
        for run in made.runs:
            cancel(run)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_deck_project(tmp_path / "sample")


async def open_sheet(deck: Deck, wish: Wish) -> ConfirmRunScreen:
    """The sheet on a wish, once everything was looked at."""
    screen = ConfirmRunScreen(deck.app.runs, wish, "Write documents")
    deck.app.push_screen(screen)
    await deck.until(lambda: screen.is_mounted and not screen.view.busy, seconds=40)
    return screen


def detail_of(screen: ConfirmRunScreen, name: str) -> str:
    """What the sheet says about a check when the cursor is on it."""
    at = next(str(at) for at, check in enumerate(screen.checks.checks) if check.name == name)
    screen.checks.cursor_key = at
    screen._show_check()  # pyright: ignore[reportPrivateUsage]
    return " ".join(" ".join("".join(text for text, _ in line) for line in screen.detail.lines).split())


def test_every_way_out_has_a_key_on_the_screen_it_belongs_to() -> None:
    for way in get_args(Way):
        scope = {"online": "doctor", "retry": "run"}.get(way, "confirm")
        key, _, words = way_words(scope, way).partition(" ")
        assert len(key) == 1, way
        assert words, way


def test_a_screen_without_the_key_names_the_one_that_has_it() -> None:
    assert way_words("plan", "base").startswith("On the sheet before a run b names another base")
    assert way_words("confirm", "base", lambda _action: False) == ""
    assert way_words("plan", "retry").startswith("On the screen of runs R delivers the result")
    assert way_words("plan", None) == ""


async def test_a_base_that_is_not_there_is_renamed_by_a_key(day: Day) -> None:
    async with open_deck(day.clone.project) as deck:
        screen = await open_sheet(deck, Wish("docs", ("1",), pr=True, base="gone"))
        said = detail_of(screen, "base")
        assert "→ b names another base" in said
        assert "--" not in said


async def test_other_commits_are_let_along_by_a_key(day: Day) -> None:
    day.clone.write("lib/mine.py")
    day.clone.git("add", "lib/mine.py")
    day.clone.git("commit", "-qm", "not yet for others", "lib/mine.py")
    async with open_deck(day.clone.project) as deck:
        screen = await open_sheet(deck, Wish("docs", ("1",), push=True))
        said = detail_of(screen, "publishing first")
        assert "→ i lets the other unpushed commits go along" in said
        assert "--" not in said


async def test_documents_that_are_all_current_are_forced_by_a_key(day: Day) -> None:
    async with open_deck(day.clone.project) as deck:
        await deck.app.runs.start(Wish("docs", ("1",), commit=True))
        runs = deck.app.runs
        await deck.until(lambda: runs.views and not runs.views[0].alive and runs.views[0].is_over, seconds=60)
        screen = await open_sheet(deck, Wish("docs", ("1",)))
        assert screen.view.refusal is not None
        assert screen.view.refusal.hint == "f writes them anew."


async def test_an_error_on_any_other_screen_names_the_sheet(project: Path) -> None:
    async with open_deck(project) as deck:
        deck.app.say_error(TaskdeckError("The base is gone.", "Name another with --base.", "base"))
        await deck.until(lambda: "On the sheet before a run b names another base" in deck.plan.notice.text)
        assert "--base" not in deck.plan.notice.text


async def test_what_ended_a_run_names_keys_until_a_retry_finished_it(project: Path) -> None:
    verdict = Verdict("refused", "It would publish more.", hint="--include-unpushed allows that.")
    verdict = dataclasses.replace(verdict, way="include_unpushed")
    view = failed_run(state="refused", verdict=verdict)
    async with open_runs(project, view) as (deck, screen):
        stages = str(screen.stages.lines)
        assert "On the sheet before a run i lets" in stages
        assert "--include-unpushed" not in stages
        deck.app.runs.show((dataclasses.replace(view, finished_by="260921-1140-new"),))
        await deck.until(lambda: "finished by run 260921-1140-new" in str(screen.stages.lines))
        assert "On the sheet" not in str(screen.stages.lines)


async def test_a_result_the_server_declined_is_delivered_by_a_key(day: Day) -> None:
    day.clone.remote.hook(
        "update", DECLINE.replace("exit 1", 'case "$1" in refs/heads/taskdeck/*) exit 1;; esac')
    )
    async with open_deck(day.clone.project) as deck:
        await deck.app.runs.start(Wish("docs", ("1",), push=True))
        runs = deck.app.runs
        await deck.until(lambda: runs.views and not runs.views[0].alive and runs.views[0].is_over, seconds=60)
        [view] = runs.views
        assert view.verdict is not None
        assert (view.state, view.verdict.way) == ("failed", "retry"), view.words
        assert "runs retry" in view.words, "the command line goes on naming its command"


async def test_the_doctor_names_its_key_for_asking_online(day: Day) -> None:
    async with open_deck(day.clone.project) as deck:
        await deck.press("D")
        screen: DoctorScreen = await deck.shown(DoctorScreen)
        await deck.until(lambda: screen.checks.checks and not screen.busy, seconds=30)
        names = [check.name for check in screen.checks.checks]
        screen.checks.cursor_key = str(names.index("remote"))
        await deck.until(lambda: "→ o asks it." in deck.text_of(screen.detail))
        assert "--online" not in deck.text_of(screen.detail)
