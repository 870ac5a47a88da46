"""The screen of pulling: which tasks would change, and what it says where commits of the remote stay out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.deck import open_deck
from tests.fakes.git_remotes import Clone, clone_with_project, serve, tasks_text
from tui.screens.pull import PullScreen


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    with serve("file", tmp_path / "server") as remote:
        yield clone_with_project(remote, tmp_path / "work")


def theirs(clone: Clone, folder: Path, path: str, text: str) -> str:
    """A colleague pushes this file; their commit."""
    clone.git("clone", "-q", "-b", clone.branch, clone.git("config", "remote.origin.url"), str(folder))
    (folder / path).write_text(text)
    author = ("-c", "user.name=Bob", "-c", "user.email=bob@example.org")
    clone.git("-C", str(folder), "add", "-A")
    clone.git("-C", str(folder), *author, "commit", "-qm", "theirs")
    clone.git("-C", str(folder), "push", "-q")
    return clone.git("-C", str(folder), "rev-parse", "HEAD")


async def test_the_tasks_that_would_change_are_shown_before_anything_is_taken(
    clone: Clone, tmp_path: Path
) -> None:
    plan = tasks_text("Set up Express", "Release").replace('"pending"', '"done"', 1)
    theirs(clone, tmp_path / "other", clone.task_path, plan)
    async with open_deck(clone.project) as deck:
        await deck.press("L")
        await deck.shown(PullScreen)
        await deck.until(lambda: "1 Set up Express: status pending → done" in deck.screen_text(), seconds=30)
        assert "+ 2 Release" in deck.screen_text()


async def test_a_file_in_the_way_is_named_with_the_way_on_as_on_the_command_line(
    clone: Clone, tmp_path: Path
) -> None:
    commit = theirs(clone, tmp_path / "other", "other.txt", "theirs\n")
    mine = clone.write("other.txt", "mine\n")
    async with open_deck(clone.project) as deck:
        await deck.press("L")
        await deck.shown(PullScreen)
        await deck.until(lambda: "Enter says what keeps the rest out" in deck.screen_text(), seconds=30)
        await deck.press("enter")
        await deck.until(lambda: "other.txt (not in git)" in deck.screen_text(), seconds=30)
        assert "Move other.txt elsewhere" in deck.screen_text()
        assert mine.read_text() == "mine\n"
        mine.unlink()
        await deck.press("r")
        await deck.until(lambda: "no file of yours is touched" in deck.screen_text(), seconds=30)
        await deck.press("enter")
        await deck.until(lambda: f"is at {commit[:7]}" in deck.screen_text(), seconds=30)


async def test_commits_on_both_sides_name_merge_and_rebase(clone: Clone, tmp_path: Path) -> None:
    theirs(clone, tmp_path / "other", "other.txt", "theirs\n")
    clone.git("commit", "-q", "--allow-empty", "-m", "mine")
    async with open_deck(clone.project) as deck:
        await deck.press("L")
        await deck.shown(PullScreen)
        await deck.until(lambda: "1 there is not here" in deck.screen_text(), seconds=30)
        await deck.press("enter")
        await deck.until(lambda: "git merge origin/feature/example-app" in deck.screen_text(), seconds=30)
        assert "git rebase" in deck.screen_text()
