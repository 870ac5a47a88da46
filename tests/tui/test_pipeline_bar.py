"""The pipeline bar: names as long as there is room, what its signs mean, and nothing said too early."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.runs.wish import Wish
from tests.fakes.deck import Deck, make_deck_project, open_deck
from tests.fakes.git_remotes import DECLINE, git
from tests.fakes.run_views import NOW, finished_run
from tests.fakes.that_day import that_day
from tui.bridges.work_stages import with_work
from tui.screens.pull_request import PullRequestScreen
from tui.screens.run import RunScreen


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_deck_project(tmp_path / "sample")


def bar(text: str) -> str:
    return text.split("\n")[1]


@pytest.mark.parametrize(
    ("width", "names"),
    [(80, ("Complexity", "Published", "Submitted")), (120, ("Subtasks", "Documents", "Pull request"))],
)
async def test_names_take_the_room_there_is_and_the_key_stands_before_them(
    project: Path, width: int, names: tuple[str, ...]
) -> None:
    async with open_deck(project, (width, 30)) as deck:
        line = bar(deck.screen_text())
        assert line.startswith(" 0 Idea")
        assert [name for name in names if name not in line] == []
        assert "PR ·" in line or "Pull request ·" in line
        await deck.press("0", "enter")
        await deck.until(lambda: "Idea: done" in deck.screen_text())


async def test_the_help_says_what_the_signs_of_the_bar_mean(project: Path) -> None:
    async with open_deck(project, (120, 110)) as deck:
        await deck.press("question_mark")
        await deck.until(lambda: "Signs of the pipeline bar" in deck.screen_text())
        assert "stale: something changed since" in deck.screen_text()


async def test_before_the_runs_are_read_nothing_is_said_of_them(project: Path) -> None:
    async with open_deck(project) as deck:
        snapshot = deck.app.session.snapshot
        assert snapshot is not None
        run = finished_run(kind="task", tag=snapshot.tag.name)
        for looked, states in ((False, ["unknown", "unknown"]), (True, ["waiting", "done"])):
            stages = with_work(snapshot.stages, snapshot.tag, None, (run,), NOW, looked=looked)
            found = [stage.state for stage in stages if stage.name in ("Documents", "Submitted")]
            assert found == states


async def test_the_bar_tells_of_a_commit_that_a_refused_run_left_here(tmp_path: Path) -> None:
    with that_day("http", tmp_path) as day:
        async with open_deck(day.clone.project) as deck:
            await deck.until(lambda: "Published stale" in bar(deck.screen_text()))
            day.clone.remote.hook("pre-receive", DECLINE)
            await deck.app.runs.start(Wish("docs", ("1",), push=True))
            await deck.until(lambda: "was made here, not pushed" in " ".join(deck.plan.notice.text.split()))
            await deck.until(lambda: "Published committed ◐" in bar(deck.screen_text()))
            assert "↑1" in deck.screen_text().split("\n")[0]


async def test_every_screen_shows_the_same_bar_and_an_alarm_stays_until_it_is_settled(tmp_path: Path) -> None:
    with that_day("http", tmp_path) as day:
        async with open_deck(day.clone.project) as deck:
            await open_request(deck, "1")
            await deck.until(lambda: "#1 ◐" in bar(deck.screen_text()))
            await deck.press("r")
            await deck.shown(RunScreen)
            await deck.press("p")
            card: PullRequestScreen = await deck.shown(PullRequestScreen)
            await deck.until(lambda: card.view.card is not None and card.view.card.found)
            day.forge.pulls[0]["base"]["ref"] = "main"
            await deck.press("r")
            await deck.until(lambda: "#1 ✗" in bar(deck.screen_text()))
            await deck.press("escape")
            runs: RunScreen = await deck.shown(RunScreen)
            assert "#1 ✗" in bar(deck.screen_text())
            day.clone.git("commit", "-q", "--allow-empty", "-m", "mine")
            deck.app.publishing.look_again()
            await deck.until(lambda: "↑1" in deck.screen_text().split("\n")[0])
            assert runs.pipeline.stages == deck.plan.pipeline.stages
            await open_request(deck, "2", include_unpushed=True)
            await deck.until(lambda: len(day.forge.pulls) == 2)
            assert "#1 ✗" in bar(deck.screen_text())
            await deck.press("escape")
            await deck.until(lambda: deck.app.screen is deck.plan)
            assert "#1 ✗" in bar(deck.screen_text())
            await deck.press("0", *["right"] * 9, "enter")
            card = await deck.shown(PullRequestScreen)
            assert card.run_view.keys == ("1",), "the card of the one that the bar tells of"


async def open_request(deck: Deck, key: str, *, include_unpushed: bool = False) -> None:
    """Let a run write the documents of a task and open a pull request; wait until it is over."""
    before = len(deck.app.runs.views)
    await deck.app.runs.start(Wish("docs", (key,), pr=True, include_unpushed=include_unpushed))
    runs = deck.app.runs
    await deck.until(lambda: len(runs.views) > before and runs.views[0].is_over, seconds=90)
    assert runs.views[0].state == "done", runs.views[0].words


async def test_without_a_remote_nothing_is_stale(project: Path) -> None:
    git("init", "-q", "-b", "main", cwd=project)
    git("add", "-A", cwd=project)
    git("-c", "user.name=T", "-c", "user.email=t@example.invalid", "commit", "-qm", "a plan", cwd=project)
    async with open_deck(project) as deck:
        await deck.until(lambda: deck.app.publishing.standing is not None)
        await deck.until(lambda: "Published ·" in bar(deck.screen_text()))
        assert "stale" not in bar(deck.screen_text())
