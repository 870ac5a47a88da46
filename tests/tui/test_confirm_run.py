"""The sheet before a run: every parameter, what may leave this machine, and checks that block."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.doctor.check import Check
from core.runs.cancel import cancel
from core.runs.request import RunRequest
from core.runs.wish import Wish
from tests.fakes.claude_command import StandIn
from tests.fakes.deck import Deck, open_deck
from tests.fakes.git_remotes import PASSWORD, git
from tests.fakes.that_day import BRANCH, Day, that_day
from tui.screens.confirm_run import ConfirmRunScreen
from tui.screens.menus import LineDialog, Menu


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    with that_day("http", tmp_path) as made:
        yield made
        for run in made.runs:
            cancel(run)


async def open_sheet(deck: Deck, wish: Wish) -> ConfirmRunScreen:
    """The sheet on a wish, once everything was looked at."""
    screen = ConfirmRunScreen(deck.app.runs, wish, "Write documents")
    deck.app.push_screen(screen)
    await settled(deck, screen)
    return screen


async def settled(deck: Deck, screen: ConfirmRunScreen) -> None:
    await deck.until(lambda: screen.is_mounted and not screen.view.busy, seconds=40)


def words(screen: ConfirmRunScreen) -> str:
    """Everything the sheet says of the request, with what is scrolled out of view."""
    lines = ("".join(text for text, _ in line) for line in screen.view.lines)
    return " " + " ".join(" ".join(lines).split()) + " "


def red(screen: ConfirmRunScreen) -> list[str]:
    """What stands there in red."""
    return [text for line in screen.view.lines for text, style in line if style == "line--alarm"]


async def test_what_publishing_first_would_do_is_listed_before_enter(day: Day) -> None:
    day.clone.write("other.txt")
    day.clone.git("add", "other.txt")
    day.clone.git("commit", "-qm", "somebody's business", "--", "other.txt")
    async with open_deck(day.clone.project) as deck:
        screen = await open_sheet(deck, Wish("docs", ("1",), push=True))
        said = words(screen)
        assert f"commit {day.clone.task_path} message chore: publish tasks of example" in said
        assert f"push to origin/{BRANCH}, never by force" in said
        assert "/team/service.git" in said
        assert "1 other unpushed commit, which is refused: i allows it" in said
        assert "somebody's business (Ann)" in said
        assert PASSWORD not in said
        assert "Publishing first would be refused as things stand" in said
        await deck.press("i")
        await settled(deck, screen)
        assert "1 other unpushed commit, as you allowed" in words(screen)
        assert "Nothing stands in its way; enter begins" in words(screen)
        await deck.press("u")
        await settled(deck, screen)
        assert "Published first" not in words(screen)


async def test_it_says_checking_until_it_knows_and_shows_nothing_red_before(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, go = threading.Event(), threading.Event()

    def slow(_request: RunRequest, _told: object) -> list[Check]:
        looked.set()
        assert go.wait(60)
        return [Check("remote", "fail", "It does not answer.", "Look at the network.")]

    monkeypatch.setattr("core.doctor.preflight.preflight", slow)
    async with open_deck(day.clone.project) as deck:
        screen = ConfirmRunScreen(deck.app.runs, Wish("docs", ("1",), push=True), "Write documents")
        deck.app.push_screen(screen)
        try:
            await deck.until(looked.is_set)
            assert "▶ checking; the remote is asked" in words(screen)
            assert "checking what would be committed" in words(screen)
            assert not red(screen)
            assert not screen.ready
        finally:
            go.set()
        await settled(deck, screen)
        assert "It cannot begin: the check remote fails; w lets it pass" in words(screen)
        assert red(screen)
        await deck.press("w")
        assert not red(screen)
        assert "enter begins" in words(screen)


async def test_what_is_committed_is_not_what_is_here_and_publishing_settles_it(day: Day) -> None:
    async with open_deck(day.clone.project) as deck:
        day.clone.remote.requests.clear()
        screen = await open_sheet(deck, Wish("docs", ("1",)))
        assert not screen.ready
        assert "c commits the task file now, alone" in words(screen)
        assert "Not yet" in words(screen)
        assert "cannot begin" not in words(screen)
        assert not red(screen), "nothing is red that a key settles"
        assert day.clone.remote.requests == [], "nothing that stays here asks the remote"
        await deck.press("u")
        await settled(deck, screen)
        assert screen.ready
        assert "the published commit" in words(screen)
        assert day.clone.remote.requests
        assert "remote is writable" in [check.name for check in screen.found]


@pytest.mark.parametrize("size", [(80, 24), (120, 35)])
async def test_from_the_key_to_a_pull_request_into_the_users_branch(day: Day, size: tuple[int, int]) -> None:
    async with open_deck(day.clone.project, size) as deck:
        deck.plan.jump("2")
        await deck.press("d")
        await deck.shown(Menu)
        await deck.press("t")
        screen: ConfirmRunScreen = await deck.shown(ConfirmRunScreen)
        await settled(deck, screen)
        await deck.press("p")
        await settled(deck, screen)
        assert " ".join(BRANCH) in deck.screen_text(), "the base is large"
        assert "by a pull request from taskdeck/docs-(run)" in words(screen)
        for name in (
            "task file",
            "works from",
            "base",
            "agent",
            "model",
            "budget",
            "time limit",
            "push",
            "force",
        ):
            assert f" {name} " in words(screen), name
        assert "builtin writes 4 files for task 2" in words(screen)
        await deck.press("enter")
        await deck.until(lambda: deck.app.screen is deck.plan, seconds=30)
        runs = deck.app.runs
        await deck.until(lambda: runs.views and runs.views[0].is_over and not runs.views[0].alive, seconds=90)
        assert runs.views[0].state == "done", runs.views[0].words
    [call] = day.forge.made()
    assert (call.body["base"], call.body["head"]) == (BRANCH, runs.views[0].branch)
    assert day.remote_hash == day.wanted
    kept = day.runs[0].request.parameters
    assert ("pr", "yes") in [(row.name, row.value) for row in kept]


async def test_another_base_is_named_and_kept(day: Day) -> None:
    async with open_deck(day.clone.project) as deck:
        screen = await open_sheet(deck, Wish("docs", ("1",), pr=True))
        await deck.press("b")
        await deck.shown(LineDialog)
        await deck.press(*["backspace"] * len(BRANCH))
        await deck.type("main")
        await deck.press("enter")
        await deck.until(lambda: screen.wish.base == "main")
        await settled(deck, screen)
        assert " ".join("main") in deck.screen_text()
        assert screen.view.request is not None
        assert screen.view.request.remote_base == "main"


async def test_a_failed_check_blocks_until_it_is_let_pass_by_name(day: Day) -> None:
    day.forge.token = "another"
    async with open_deck(day.clone.project) as deck:
        screen = await open_sheet(deck, Wish("docs", ("1",), pr=True))
        assert [check.name for check in screen.found if check.state == "fail"] == ["forge"]
        assert not screen.ready
        await deck.press("enter")
        assert not day.runs
        assert screen.checks.chosen is not None
        assert screen.checks.chosen.name == "forge", "what fails stands first"
        assert "401" in deck.text_of(screen.detail)
        await deck.press("w")
        assert screen.ready
        assert "let pass" in deck.text_of(screen.checks)
        await deck.press("w")
        assert not screen.ready
        await deck.press("w")
        answers: list[Wish | None] = []
        screen.dismiss = answers.append  # type: ignore[method-assign,assignment]
        await deck.press("enter")
        [wish] = answers
        assert wish is not None
        assert wish.waived == ("forge",)
        folder = await deck.app.runs.start(wish)
        await deck.until(lambda: folder.ledger().waived, seconds=30)
        assert [one.check for one in folder.ledger().waived] == ["forge"]


async def test_the_other_agent_is_a_key_away(
    day: Day, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TASKDECK_AGENT_COMMAND", str(StandIn(tmp_path / "agent").path))
    async with open_deck(day.clone.project) as deck:
        screen = await open_sheet(deck, Wish("task", ("1",), push=True))
        assert "it cannot do tasks" in words(screen)
        assert "a gives it to claude, which is installed here" in words(screen)
        await deck.press("a")
        await settled(deck, screen)
        assert screen.ready
        assert "claude (its own model) does task 1, set to in-progress as it begins" in words(screen)
        assert "costs money without a limit" in words(screen)
        await deck.press("escape")
        assert not day.runs
        assert git("status", "--porcelain", cwd=day.clone.top)


async def test_agent_model_and_price_are_said_on_the_first_page_of_a_small_screen(
    day: Day, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TASKDECK_AGENT_COMMAND", str(StandIn(tmp_path / "agent").path))
    monkeypatch.setenv("TASKDECK_AGENT_KIND", "claude")
    monkeypatch.setenv("TASKDECK_AGENT_MODEL", "sonnet")
    monkeypatch.setenv("TASKDECK_AGENT_BUDGET", "0.5")
    async with open_deck(day.clone.project, (80, 24)) as deck:
        screen = await open_sheet(deck, Wish("docs", ("1", "2"), push=True))
        said = " ".join(deck.text_of(screen.view).replace("│", " ").split())
        assert "claude (sonnet) writes 8 files for tasks 1, 2" in said
        assert "$0.50 for each agent" in said


async def test_a_demonstration_keeps_to_the_builtin_agent(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASKDECK_AGENT_KIND", "claude")
    async with open_deck(day.clone.project) as deck:
        deck.app.costs_nothing = True
        deck.plan.jump("2")
        await deck.press("d")
        await deck.shown(Menu)
        await deck.press("t")
        screen: ConfirmRunScreen = await deck.shown(ConfirmRunScreen)
        await settled(deck, screen)
        assert screen.wish.agent == "builtin"
        await deck.press("a", "u")
        await settled(deck, screen)
        assert "builtin writes 4 files for task 2; costs nothing" in words(screen)


async def test_what_a_project_forbids_cannot_begin(day: Day) -> None:
    (day.clone.project / ".taskmaster/taskdeck.toml").write_text('[publish]\nforbid = ["pull_request"]\n')
    async with open_deck(day.clone.project) as deck:
        screen = await open_sheet(deck, Wish("docs", ("1",), pr=True))
        assert not screen.ready
        assert "stops runs here before pull requests" in words(screen)
        await deck.press("p")
        await settled(deck, screen)
        assert screen.ready


async def test_without_the_command_of_an_agent_the_key_of_the_other_one_is_named(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TASKDECK_AGENT_COMMAND", "no-such-agent")
    async with open_deck(day.clone.project) as deck:
        screen = await open_sheet(deck, Wish("docs", ("1",), agent="claude", push=True))
        assert "There is no agent command no-such-agent" in words(screen)
        assert "Or a gives it to the builtin agent." in words(screen)
        await deck.press("a")
        await deck.until(lambda: "Nothing stands in its way" in words(screen))


async def test_the_checks_beside_the_parameters_say_something_whole(day: Day) -> None:
    async with open_deck(day.clone.project) as deck:
        screen = await open_sheet(deck, Wish("docs", ("1",), agent="builtin", push=True))
        rows = [row.rstrip() for row in deck.text_of(screen.checks).splitlines() if row.strip()]
        assert not [row for row in rows if row.endswith("…")]
        assert [row for row in rows if "task file" in row and row.endswith("well")], rows
        at = [check.name for check in screen.checks.checks].index("task file")
        await deck.press(*["down"] * at)
        await deck.until(lambda: "tasks.json" in deck.text_of(screen.detail))


async def test_what_a_key_of_the_sheet_chose_is_not_said_to_be_a_flag(day: Day) -> None:
    async with open_deck(day.clone.project) as deck:
        screen = await open_sheet(deck, Wish("docs", ("1",), push=True, agent="builtin"))
        assert "push yes --push" in words(screen)
        await deck.press("p")
        await settled(deck, screen)
        assert "push yes on the sheet" in words(screen)
        assert "pr yes on the sheet" in words(screen)
        assert "--pr" not in words(screen)
