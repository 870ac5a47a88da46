"""Pulling from real remotes: forward where nothing is in the way, tasks as an edit where something is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import Conflict, Refused
from core.paths import state_folder
from core.project import project_at
from core.publishing.publish import publish
from core.publishing.publish_check import PublishRequest
from core.publishing.pull import (
    Fetched,
    TaskProposal,
    apply_proposal,
    fast_forward,
    fetch_state,
    forward_around,
    propose,
)
from core.publishing.refusals import PublishRefused
from core.publishing.repository import Repository
from core.tasks.store import TaskStore
from tests.fakes.git_remotes import KINDS, Clone, clone_with_project, serve, tasks_text


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    with serve("file", tmp_path / "server") as remote:
        made = clone_with_project(remote, tmp_path / "work")
        made.tasks.write_text(tasks_text("One", "Two", "Three"))
        made.git("commit", "-qam", "three tasks")
        made.git("push", "-q")
        yield made


def colleague(clone: Clone, folder: Path, text: str, *more: str) -> str:
    """Somebody else pushes this task file, and other files; returns their commit."""
    if not folder.exists():
        clone.git("clone", "-q", "-b", clone.branch, clone.git("config", "remote.origin.url"), str(folder))
    (folder / clone.task_path).write_text(text)
    for path in more:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("theirs\n")
    author = ("-c", "user.name=Bob", "-c", "user.email=bob@example.org")
    clone.git("-C", str(folder), "add", "-A")
    clone.git("-C", str(folder), *author, "commit", "-qm", "theirs")
    clone.git("-C", str(folder), "push", "-q")
    return clone.git("-C", str(folder), "rev-parse", "HEAD")


def fetched(clone: Clone) -> tuple[Repository, Fetched]:
    repository = Repository.open(clone.project)
    return repository, fetch_state(repository)


def proposed(clone: Clone) -> tuple[Repository, Fetched, TaskProposal]:
    repository, found = fetched(clone)
    proposal = propose(repository, project_at(clone.project), found)
    assert proposal is not None
    return repository, found, proposal


def store_of(clone: Clone) -> TaskStore:
    return TaskStore(clone.tasks, state_folder(clone.project))


def titles(clone: Clone) -> list[str]:
    return [task["title"] for task in json.loads(clone.tasks.read_text())["master"]["tasks"]]


@pytest.mark.parametrize("kind", KINDS)
def test_branch_moves_on_when_nothing_is_in_the_way(tmp_path: Path, kind: str) -> None:
    with serve(kind, tmp_path / "server") as remote:  # type: ignore[arg-type]
        clone = clone_with_project(remote, tmp_path / "work")
        clone.write("README.md", "my own change\n")
        theirs = colleague(clone, tmp_path / "other", tasks_text("One", "Two"), "example/docs/new.md")
        repository, found = fetched(clone)
        assert (found.relation, found.ahead, found.behind, found.can_forward) == ("behind", 0, 1, True)
        assert set(found.changes) == {clone.task_path, "example/docs/new.md"}
        assert fast_forward(repository, found) == theirs
        assert titles(clone) == ["One", "Two"]
        assert (clone.top / "README.md").read_text() == "my own change\n"
        assert fetched(clone)[1].relation == "same"


def test_fetching_moves_neither_branch_nor_files(clone: Clone, tmp_path: Path) -> None:
    colleague(clone, tmp_path / "other", tasks_text("Theirs"))
    repository = Repository.open(clone.project)
    before = (repository.head, repository.status_fingerprint(), titles(clone))
    fetch_state(repository)
    assert (repository.head, repository.status_fingerprint(), titles(clone)) == before


def test_ahead_and_no_branch_there(clone: Clone) -> None:
    clone.git("commit", "-q", "--allow-empty", "-m", "mine")
    assert fetched(clone)[1].relation == "ahead"
    clone.git("-C", str(clone.remote.folder), "update-ref", "-d", f"refs/heads/{clone.branch}")
    assert fetched(clone)[1].relation == "absent"


def test_tasks_of_both_sides_are_merged_by_id_and_field(clone: Clone, tmp_path: Path) -> None:
    theirs = json.loads(tasks_text("One", "Two of theirs", "Three", "Four"))
    theirs["master"]["tasks"][0]["status"] = "done"
    commit = colleague(clone, tmp_path / "other", json.dumps(theirs, indent=2) + "\n")
    clone.tasks.write_text(tasks_text("One of mine", "Two", "Three"))
    repository, found, proposal = proposed(clone)
    assert found.in_the_way == (clone.task_path,)
    assert not found.can_forward
    assert (proposal.added, proposal.conflicts) == (("4",), ())
    store = store_of(clone)
    apply_proposal(store, proposal, str(found.target))
    assert titles(clone) == ["One of mine", "Two of theirs", "Three", "Four"]
    assert json.loads(clone.tasks.read_text())["master"]["tasks"][0]["status"] == "done"
    assert forward_around(repository, found, proposal.path)
    assert repository.head == commit
    assert titles(clone)[0] == "One of mine"
    assert clone.git("status", "--porcelain").split() == ["M", clone.task_path]
    done = publish(repository, PublishRequest(project_at(clone.project)))
    assert done.state.proven
    store.undo()
    assert titles(clone) == ["One of mine", "Two", "Three"]


def test_field_that_both_changed_is_a_conflict_to_choose(clone: Clone, tmp_path: Path) -> None:
    colleague(clone, tmp_path / "other", tasks_text("Theirs", "Two", "Three"))
    clone.tasks.write_text(tasks_text("Mine", "Two", "Three"))
    repository, found = fetched(clone)
    kept = propose(repository, project_at(clone.project), found)
    assert kept is not None
    assert json.loads(kept.text)["master"]["tasks"][0]["title"] == "Mine"
    choose = {("master", "1", "title"): "theirs"}
    proposal = propose(repository, project_at(clone.project), found, choose)  # type: ignore[arg-type]
    assert proposal is not None
    assert [(c.key, c.field, c.ours, c.theirs) for c in proposal.conflicts] == [
        ("1", "title", "Mine", "Theirs")
    ]
    apply_proposal(store_of(clone), proposal, "origin")
    assert titles(clone)[0] == "Theirs"


def test_diverged_branches_are_neither_merged_nor_rebased(clone: Clone, tmp_path: Path) -> None:
    colleague(clone, tmp_path / "other", tasks_text("One", "Two", "Three", "Four"))
    clone.write("README.md", "mine\n")
    clone.git("commit", "-qam", "mine")
    repository, found, proposal = proposed(clone)
    assert (found.relation, found.ahead, found.behind) == ("diverged", 1, 1)
    head = repository.head
    with pytest.raises(Refused, match="commits of their own"):
        fast_forward(repository, found)
    apply_proposal(store_of(clone), proposal, "origin")
    assert not forward_around(repository, found, proposal.path)
    assert repository.head == head
    assert titles(clone) == ["One", "Two", "Three", "Four"]
    assert clone.git("rev-list", "--count", "--merges", "HEAD") == "0"


def test_untracked_file_in_the_way_is_never_written_over(clone: Clone, tmp_path: Path) -> None:
    colleague(clone, tmp_path / "other", tasks_text("One", "Two", "Three"), "notes/a.md")
    mine = clone.write("notes", "my own notes\n")
    _, found = fetched(clone)
    assert not found.can_forward
    assert mine.read_text() == "my own notes\n"


def test_ignored_file_in_the_way_is_never_written_over(clone: Clone, tmp_path: Path) -> None:
    clone.write(".git/info/exclude", "secret.env\n")
    colleague(clone, tmp_path / "other", tasks_text("One", "Two", "Three"), "secret.env")
    mine = clone.write("secret.env", "mine\n")
    repository, found = fetched(clone)
    assert found.in_the_way == ("secret.env",)
    with pytest.raises(Refused, match=r"secret\.env"):
        fast_forward(repository, found)
    assert mine.read_text() == "mine\n"


def test_other_change_in_the_way_leaves_the_branch(clone: Clone, tmp_path: Path) -> None:
    colleague(clone, tmp_path / "other", tasks_text("One", "Two", "Three", "Four"), "README.md")
    clone.write("README.md", "mine\n")
    repository, found, proposal = proposed(clone)
    apply_proposal(store_of(clone), proposal, "origin")
    assert not forward_around(repository, found, proposal.path)
    assert (clone.top / "README.md").read_text() == "mine\n"
    assert titles(clone)[-1] == "Four"


def test_edit_made_meanwhile_is_not_lost(clone: Clone, tmp_path: Path) -> None:
    colleague(clone, tmp_path / "other", tasks_text("One", "Two", "Three", "Four"))
    clone.tasks.write_text(tasks_text("Mine", "Two", "Three"))
    _, _, proposal = proposed(clone)
    clone.tasks.write_text(tasks_text("Mine again", "Two", "Three"))
    with pytest.raises(Conflict):
        apply_proposal(store_of(clone), proposal, "origin")
    assert titles(clone)[0] == "Mine again"


def test_commit_made_meanwhile_stops_the_move(clone: Clone, tmp_path: Path) -> None:
    colleague(clone, tmp_path / "other", tasks_text("Theirs"))
    repository, found = fetched(clone)
    clone.git("commit", "-q", "--allow-empty", "-m", "meanwhile")
    with pytest.raises(Conflict):
        fast_forward(repository, found)
    assert titles(clone) == ["One", "Two", "Three"]


def test_nothing_moves_during_a_merge(clone: Clone, tmp_path: Path) -> None:
    colleague(clone, tmp_path / "other", tasks_text("Theirs"))
    repository, found = fetched(clone)
    clone.write(".git/MERGE_HEAD", f"{repository.head}\n")
    with pytest.raises(PublishRefused):
        fast_forward(repository, found)


def test_proposal_survives_a_task_file_that_is_gone(clone: Clone, tmp_path: Path) -> None:
    colleague(clone, tmp_path / "other", tasks_text("One", "Two"))
    clone.tasks.unlink()
    _, _, proposal = proposed(clone)
    apply_proposal(store_of(clone), proposal, "origin")
    assert titles(clone) == ["One", "Two"]
