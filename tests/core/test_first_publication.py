"""What a run that is pushed says beforehand of its first stage: paths, message, place, what goes along."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.doctor.first_publication import FirstPublication
from core.doctor.preflight import preflight
from core.runs.preflight import make_request
from core.runs.wish import Wish
from core.services import open_project
from tests.fakes.claude_command import StandIn
from tests.fakes.git_remotes import Clone, clone_with_project, serve, tasks_text


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    with serve("file", tmp_path / "server") as remote:
        yield clone_with_project(remote, tmp_path / "work")


def looked(clone: Clone, wish: Wish) -> FirstPublication:
    """What the checks before a run tell of its first stage."""
    request, _ = make_request(open_project(clone.project), wish)
    heard: list[FirstPublication] = []
    preflight(request, heard.append)
    [found] = heard
    return found


def test_it_names_exactly_what_publishing_then_commits(clone: Clone) -> None:
    clone.tasks.write_text(tasks_text("Rust service"))
    clone.write("example/.taskmaster/docs/prd.txt", "# A service\n")
    clone.write("example/notes.txt", "mine\n")
    found = looked(clone, Wish("docs", push=True))
    assert found.paths == (clone.task_path, "example/.taskmaster/docs/prd.txt")
    assert found.message == "chore: publish tasks of example"
    assert str(found.state.target) == f"origin/{clone.branch}"
    assert found.others == ()
    assert not found.is_there


def test_what_the_remote_holds_is_neither_committed_nor_pushed(clone: Clone) -> None:
    clone.write("other.txt")
    clone.git("add", "other.txt")
    clone.git("commit", "-qm", "somebody's business")
    found = looked(clone, Wish("docs", push=True))
    assert found.is_there
    assert found.paths == ()
    assert found.others == (), "nothing is pushed, so nothing goes along"


def test_submitting_commits_the_file_for_the_status_it_sets(
    clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TASKDECK_AGENT_COMMAND", str(StandIn(tmp_path / "agent").path))
    clone.write("other.txt")
    clone.git("add", "other.txt")
    clone.git("commit", "-qm", "somebody's business")
    wish = Wish("task", ("1",), agent="claude", push=True)
    found = looked(clone, wish)
    assert found.paths == (clone.task_path,)
    assert found.marked == ("1",)
    assert [one.subject for one in found.others] == ["somebody's business"]
    clone.tasks.write_text(clone.tasks.read_text().replace('"pending"', '"in-progress"'))
    clone.git("commit", "-qam", "begun")
    clone.git("push", "-q")
    assert looked(clone, replace(wish)).marked == ()
