"""Publishing and pulling on the screen, against real remotes: what is shown, done, refused and stopped."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.command_line import CommandLine
from tests.fakes.deck import Deck, open_deck
from tests.fakes.git_remotes import DECLINE, PASSWORD, Clone, clone_with_project, serve, tasks_text
from tui.screens.doctor import DoctorScreen
from tui.screens.menus import LineDialog, Menu
from tui.screens.proposal import ProposalScreen
from tui.screens.publish import PublishScreen
from tui.screens.pull import PullScreen
from tui.widgets.pipeline_bar import PipelineBar


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    """The remote holds a plan of one task, here lies one of two; a file of somebody is staged as deleted."""
    with serve("http", tmp_path / "server") as remote:
        made = clone_with_project(remote, tmp_path / "work")
        made.tasks.write_text(tasks_text("Rust service", "Database"))
        made.git("rm", "-q", "lib/gone.py")
        yield made


async def open_publish(deck: Deck) -> PublishScreen:
    """The screen of publishing, once it has looked."""
    await deck.press("g")
    screen: PublishScreen = await deck.shown(PublishScreen)
    await looked(deck, screen)
    return screen


async def looked(deck: Deck, screen: PublishScreen) -> None:
    await deck.until(lambda: not screen.publication.busy and screen.publication.state, seconds=30)


def state_of(screen: PublishScreen) -> str:
    state = screen.publication.state
    return state.state if state else ""


async def test_the_four_truths_are_shown_before_anything_is_done(clone: Clone) -> None:
    clone.write("other.txt")
    clone.git("add", "other.txt")
    clone.git("commit", "-qm", "somebody's business", "--", "other.txt")
    head, status = clone.git("rev-parse", "HEAD"), clone.git("status", "--porcelain")
    async with open_deck(clone.project) as deck:
        await open_publish(deck)
        text = deck.screen_text()
        here, there = (
            clone.git("hash-object", clone.task_path),
            clone.remote.hash(clone.branch, clone.task_path),
        )
        assert here[:10] in text
        assert there is not None
        assert text.count(there[:10]) == 3, "HEAD, remote as fetched and remote now are the same old file"
        assert text.count("≠ stale") == 3
        [blobs] = [line for line in text.splitlines() if here[:10] in line]
        assert "git blob" in blobs, "which kind of hash it is stands beside it"
        [commits] = [line for line in text.splitlines() if "not committed" in line and "commit  " in line]
        assert commits.index("not committed") < commits.index(head[:10]), "HEAD's commit is not the file's"
        assert "2 tasks" in text
        assert "Set up Express" in text
        assert "Rust service" in text
        assert "somebody's business" in text
        assert "Deleted here, not committed: lib/gone.py." in text
        assert "left alone" in text
        assert "never by force" in text
        assert PASSWORD not in text
    assert (clone.git("rev-parse", "HEAD"), clone.git("status", "--porcelain")) == (head, status)
    assert clone.remote.hash(clone.branch, clone.task_path) == there


async def test_the_file_here_is_as_old_as_it_was_written_not_as_its_commit(clone: Clone) -> None:
    old = time.time() - 3 * 86_400
    os.utime(clone.tasks, (old, old))
    async with open_deck(clone.project) as deck:
        screen = await open_publish(deck)
        [ages] = [line for line in deck.screen_text().splitlines() if line.startswith("│ age ")]
        assert ages.split("ago")[0].split() == ["│", "age", "3", "days"]
        assert ages.count("3 days") == 1
        clone.git("commit", "-qam", "the plan")
        await deck.press("r")
        await looked(deck, screen)
        assert "as HEAD" in deck.screen_text()
        assert "not committed" not in deck.screen_text()


async def test_publishing_shows_each_step_with_its_proof_and_the_bar_says_so(clone: Clone) -> None:
    async with open_deck(clone.project) as deck:
        await deck.until(lambda: "stale ●" in deck.screen_text())
        screen = await open_publish(deck)
        promised = screen.publication.message
        assert promised in " ".join(deck.screen_text().split())
        await deck.press("p")
        await deck.until(lambda: state_of(screen) == "proven", seconds=30)
        assert clone.git("log", "-1", "--format=%s") == promised
        text = deck.screen_text()
        assert text.index("Remote now") < text.index("Steps"), (
            "what came of it stands above how it came to be"
        )
        digest = clone.git("hash-object", clone.task_path)
        assert clone.remote.hash(clone.branch, clone.task_path) == digest
        assert [step.state for step in screen.publication.steps.values()] == ["done"] * 4
        assert "proven: the remote holds exactly these files" in deck.screen_text()
        assert clone.git("log", "-1", "--format=%H")[:7] in deck.screen_text()
        await deck.press("escape")
        await deck.until(lambda: f"{digest[:7]} ✓" in deck.screen_text())
        assert clone.git("diff", "--cached", "--name-only") == "lib/gone.py"
        clone.tasks.write_text(tasks_text("Rust service", "Database", "One more"))
        await deck.until(
            lambda: "Publ stale ●" in deck.screen_text() or "Published stale ●" in deck.screen_text()
        )


async def test_both_sides_of_a_proof_are_seen_and_named_in_words(clone: Clone) -> None:
    async with open_deck(clone.project, (80, 24)) as deck:
        screen = await open_publish(deck)
        await deck.press("p")
        await deck.until(lambda: state_of(screen) == "proven", seconds=30)
        lines = ["".join(text for text, _ in line) for line in screen.view.lines]
        digest = clone.git("hash-object", clone.task_path)[:12]
        assert [line for line in lines if f"git blob {digest} here = {digest} on the remote" in line]
        assert [line for line in lines if "the remote was at " in line]
        assert not [line for line in lines if "remoteCommit" in line]


async def test_the_message_that_is_promised_is_the_one_that_is_made(
    clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli = CommandLine(clone.project, monkeypatch)
    assert cli("publish").code == 0
    clone.write("example/.taskmaster/docs/prd.txt", "# A service\n")
    subject = "docs: publish .taskmaster/docs/prd.txt of example"
    async with open_deck(clone.project, (160, 50)) as deck:
        screen = await open_publish(deck)
        assert f'and nothing else ("{subject}")' in " ".join(deck.screen_text().split())
        await deck.press("enter")
        await deck.until(lambda: state_of(screen) == "proven" and not screen.working, seconds=30)
    assert clone.git("log", "-1", "--format=%s") == subject


async def test_a_file_taken_from_the_index_alone_is_not_called_deleted(clone: Clone) -> None:
    clone.git("rm", "-q", "--cached", "README.md")
    clone.write("README.md", "somebody's new words\n")
    async with open_deck(clone.project) as deck:
        await open_publish(deck)
        text = " ".join(deck.screen_text().split())
    assert "Removed from the index only, still on disk: README.md." in text
    assert "Deleted here, not committed: lib/gone.py." in text
    assert "--staged --worktree -- README.md" not in text


async def test_what_is_gone_is_brought_back_when_somebody_says_so(clone: Clone) -> None:
    async with open_deck(clone.project) as deck:
        screen = await open_publish(deck)
        assert "brings it back" in deck.screen_text()
        await deck.press("R")
        await deck.shown(Menu)
        assert "lib/gone.py" in deck.screen_text()
        await deck.press("enter")
        await deck.shown(PublishScreen)
        assert not (clone.top / "lib/gone.py").exists(), "the first answer leaves everything as it is"
        await deck.press("R")
        await deck.shown(Menu)
        await deck.press("down", "enter")
        await deck.until((clone.top / "lib/gone.py").exists, seconds=30)
        await deck.until(lambda: "Brought back 1 file" in deck.screen_text(), seconds=30)
        await deck.until(lambda: "brings it back" not in deck.screen_text(), seconds=30)
        await looked(deck, screen)
        await deck.press("R")
        assert deck.app.screen is screen, "nothing is offered any more"
    assert clone.git("status", "--porcelain") == f" M {clone.task_path}"


async def test_every_key_of_the_footer_and_the_help_does_something(clone: Clone) -> None:
    async with open_deck(clone.project) as deck:
        screen = await open_publish(deck)
        await deck.press("D")
        await deck.shown(DoctorScreen)
        await deck.press("escape")
        await deck.shown(PublishScreen)
        await deck.press("0")
        await deck.until(lambda: isinstance(deck.app.focused, PipelineBar))
        await deck.press("escape")
        await deck.until(lambda: deck.app.focused is screen.view)
        await deck.press("L")
        await deck.shown(PullScreen)
        await deck.press("escape")
        await deck.shown(PublishScreen)
        await looked(deck, screen)
        await deck.press("question_mark")
        await deck.until(lambda: "On every screen over the plan" in deck.screen_text())
        assert "Lists of a run" not in deck.screen_text(), "there is no list here"
        await deck.press("escape")
        await deck.press("p")
        await deck.until(lambda: state_of(screen) == "proven", seconds=30)
        footer = deck.screen_text().splitlines()[-1]
        assert "message" not in footer, "there is nothing left to commit"
        assert "publish" not in footer


async def test_a_proof_of_the_command_line_counts_until_something_changes(
    clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli = CommandLine(clone.project, monkeypatch)
    assert cli("publish").code == 0
    digest = clone.git("hash-object", clone.task_path)
    async with open_deck(clone.project) as deck:
        await deck.until(lambda: f"{digest[:7]} ✓" in deck.screen_text())
    clone.git("commit", "-q", "--allow-empty", "-m", "later")
    async with open_deck(clone.project) as deck:
        await deck.until(lambda: "not asked now" in deck.screen_text())
        assert f"{digest[:7]} ✓" not in deck.screen_text()


async def test_other_commits_are_refused_until_they_may_go_along(clone: Clone) -> None:
    clone.write("other.txt")
    clone.git("add", "other.txt")
    clone.git("commit", "-qm", "somebody's business", "--", "other.txt")
    async with open_deck(clone.project, (80, 24)) as deck:
        screen = await open_publish(deck)
        tip = clone.remote.tip(clone.branch)
        await deck.press("enter")
        await deck.until(lambda: screen.publication.refusal and not screen.publication.busy, seconds=30)
        assert "would publish 1 other commit too" in deck.screen_text()
        assert "let them go along" in deck.screen_text()
        assert clone.remote.tip(clone.branch) == tip
        await deck.press("i", "p")
        await deck.until(lambda: state_of(screen) == "proven", seconds=30)
        assert clone.remote.read(clone.branch, "other.txt") == "x\n"


async def test_a_server_that_declines_is_quoted_and_a_new_branch_is_the_way_out(clone: Clone) -> None:
    refuse = DECLINE.replace("exit 1", f'grep -q " refs/heads/{clone.branch}$" && exit 1; exit 0')
    clone.remote.hook("pre-receive", refuse)
    tip = clone.remote.tip(clone.branch)
    async with open_deck(clone.project) as deck:
        screen = await open_publish(deck)
        await deck.press("p")
        await deck.until(lambda: screen.publication.refusal and not screen.publication.busy, seconds=30)
        assert "this server takes no push: ask for a review" in deck.screen_text()
        assert "publish on a new branch" in deck.screen_text()
        assert state_of(screen) == "committed"
        await deck.press("b")
        await deck.shown(LineDialog)
        await deck.type("plan/review")
        await deck.press("enter")
        await deck.until(lambda: "plan/review → origin/plan/review" in deck.screen_text(), seconds=30)
        await looked(deck, screen)
        await deck.press("p")
        await deck.until(lambda: state_of(screen) == "proven", seconds=30)
    assert clone.git("branch", "--show-current") == "plan/review"
    assert clone.remote.hash("plan/review", clone.task_path) == clone.git("hash-object", clone.task_path)
    assert clone.remote.tip(clone.branch) == tip


async def test_escape_stops_before_the_next_step(clone: Clone, tmp_path: Path) -> None:
    go = tmp_path / "go"
    clone.hook("pre-commit", f'#!/bin/sh\nwhile [ ! -e "{go}" ]; do sleep 0.05; done\n')
    tip = clone.remote.tip(clone.branch)
    async with open_deck(clone.project) as deck:
        screen = await open_publish(deck)
        await deck.press("p")
        await deck.until(lambda: "commit" in screen.publication.steps, seconds=30)
        await deck.press("escape")
        await deck.until(lambda: "stopping after this step" in deck.screen_text())
        go.touch()
        await deck.until(lambda: not screen.working, seconds=30)
        await deck.until(
            lambda: "Publishing was stopped before the step push" in deck.screen_text(), seconds=30
        )
        await looked(deck, screen)
        assert state_of(screen) == "committed"
    assert clone.remote.tip(clone.branch) == tip


async def test_a_branch_without_a_remote_asks_for_one(clone: Clone) -> None:
    clone.git("switch", "-qc", "fresh/one")
    async with open_deck(clone.project) as deck:
        screen = await open_publish(deck)
        assert "choose the remote" in deck.screen_text()
        await deck.press("o")
        await deck.shown(Menu)
        await deck.press("enter")
        await deck.until(lambda: "fresh/one → origin/fresh/one" in deck.screen_text(), seconds=30)
        await looked(deck, screen)
        await deck.press("p")
        await deck.until(lambda: state_of(screen) == "proven", seconds=30)
    assert clone.remote.hash("fresh/one", clone.task_path) == clone.git("hash-object", clone.task_path)


async def test_the_palette_and_the_mouse_reach_what_the_keys_do(clone: Clone) -> None:
    async with open_deck(clone.project) as deck:
        await deck.until(lambda: "stale ●" in deck.screen_text())
        line = deck.screen_text().splitlines()[1]
        await deck.pilot.click("#pipeline", offset=(line.index("stale ●"), 0))
        screen: PublishScreen = await deck.shown(PublishScreen)
        await looked(deck, screen)
        await deck.press("ctrl+p")
        await deck.type("Write the commit")
        await deck.until(lambda: "Write the commit's message" in deck.screen_text())
        await deck.press("enter")
        await deck.shown(LineDialog)
        await deck.type("the plan")
        await deck.press("enter")
        await deck.until(lambda: '("the plan")' in deck.screen_text())
        footer = deck.screen_text().splitlines()[-1]
        await deck.pilot.click("FooterBar", offset=(footer.index("publish"), 0))
        await deck.until(lambda: state_of(screen) == "proven", seconds=30)
        assert clone.git("log", "-1", "--format=%s") == "the plan"
        await deck.press("question_mark")
        await deck.until(lambda: "Commit these files, push them, and prove it" in deck.screen_text())


async def test_opening_a_project_asks_no_remote(clone: Clone) -> None:
    clone.remote.requests.clear()
    async with open_deck(clone.project) as deck:
        await deck.until(lambda: deck.app.publishing.standing is not None)
        await deck.until(lambda: "stale ●" in deck.screen_text())
    assert clone.remote.requests == []


# Pulling


def theirs(clone: Clone, folder: Path, text: str) -> str:
    """A colleague pushes this plan; their commit."""
    clone.git("clone", "-q", "-b", clone.branch, clone.git("config", "remote.origin.url"), str(folder))
    (folder / clone.task_path).write_text(text)
    author = ("-c", "user.name=Bob", "-c", "user.email=bob@example.org")
    clone.git("-C", str(folder), *author, "commit", "-qam", "theirs")
    clone.git("-C", str(folder), "push", "-q")
    return clone.git("-C", str(folder), "rev-parse", "HEAD")


async def test_pull_moves_the_branch_on(clone: Clone, tmp_path: Path) -> None:
    clone.git("checkout", "-q", "--", clone.task_path)
    commit = theirs(clone, tmp_path / "other", tasks_text("Of the colleague"))
    async with open_deck(clone.project) as deck:
        await deck.press("L")
        await deck.shown(PullScreen)
        await deck.until(lambda: "1 commit of origin/feature/example-app not here" in deck.screen_text())
        assert clone.task_path in deck.screen_text()
        await deck.until(lambda: "feature/example-app  ↓1" in deck.screen_text())
        await deck.press("enter")
        await deck.until(lambda: f"is at {commit[:7]}" in deck.screen_text(), seconds=30)
        await deck.press("escape")
        await deck.until(lambda: "Of the colleague" in deck.screen_text())
    assert clone.git("rev-parse", "HEAD") == commit


async def test_a_part_of_the_remotes_tasks_is_taken_and_undone(clone: Clone, tmp_path: Path) -> None:
    clone.git("checkout", "-q", "--", clone.task_path)
    theirs(clone, tmp_path / "other", tasks_text("Set up Express 5", "Wanted", "Not wanted"))
    mine = tasks_text("Set up Express").replace('"pending"', '"done"')
    clone.tasks.write_text(mine)
    async with open_deck(clone.project) as deck:
        await deck.press("L")
        await deck.shown(PullScreen)
        await deck.until(lambda: "Changed here too" in deck.screen_text(), seconds=30)
        await deck.press("enter")
        proposal: ProposalScreen = await deck.shown(ProposalScreen)
        await deck.until(lambda: proposal.whole and len(proposal.rows) == 3)
        unwanted = next(at for at, row in enumerate(proposal.rows) if row.title == "Not wanted")
        await deck.press(*["down"] * unwanted, "space", "enter")
        await deck.until(lambda: "The tasks you took are written" in deck.screen_text(), seconds=30)
        await deck.press("escape")
        found = json.loads(clone.tasks.read_text())["master"]["tasks"]
        assert [(one["title"], one["status"]) for one in found] == [
            ("Set up Express 5", "done"),
            ("Wanted", "pending"),
        ]
        await deck.until(lambda: deck.app.screen is deck.plan)
        await deck.press("u")
        await deck.until(lambda: clone.tasks.read_text() == mine)


async def test_where_both_changed_a_field_ours_stays_unless_theirs_is_ticked(
    clone: Clone, tmp_path: Path
) -> None:
    clone.git("checkout", "-q", "--", clone.task_path)
    theirs(clone, tmp_path / "other", tasks_text("Theirs"))
    clone.tasks.write_text(tasks_text("Mine"))
    async with open_deck(clone.project) as deck:
        await deck.press("L")
        await deck.shown(PullScreen)
        await deck.until(lambda: "Changed here too" in deck.screen_text(), seconds=30)
        await deck.press("enter")
        proposal: ProposalScreen = await deck.shown(ProposalScreen)
        await deck.until(lambda: proposal.whole)
        assert proposal.taken() == set()
        assert "changed on both sides" in deck.screen_text()
        await deck.press("space", "enter")
        await deck.until(lambda: "The tasks you took are written" in deck.screen_text(), seconds=30)
    assert json.loads(clone.tasks.read_text())["master"]["tasks"][0]["title"] == "Theirs"
