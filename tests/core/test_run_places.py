"""Where documents are looked for: every branch of a run that is there counts, however old its run is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.documents.coverage import coverage
from core.publishing.repository import Repository
from core.runs.places import document_places
from tests.core.test_incident import make_run
from tests.fakes.documents import NAMES, PRD, TASKS, documents_of, make_documented, tag_of, tasks
from tests.fakes.git_remotes import git


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with two tasks and no document."""
    root = make_documented(tmp_path / "project")
    for path in documents_of(tag_of()):
        (root / path).unlink()
    git("init", "-q", "-b", "main", cwd=root)
    git("config", "user.name", "T", cwd=root)
    git("config", "user.email", "t@example.invalid", cwd=root)
    git("add", TASKS, ".taskmaster/docs/prd.txt", cwd=root)
    git("commit", "-qm", "a plan", cwd=root)
    return root


def leave(root: Path, run: str, files: dict[str, str]) -> None:
    """A branch as a run leaves it, with these documents and nothing else."""
    repository = Repository.open(root)
    data: dict[str, bytes | None] = {path: text.encode() for path, text in files.items()}
    commit = repository.commit_tree("HEAD", data, f"documents of {run}")
    repository.create_branch(f"taskdeck/docs-{run}", commit)
    repository.close()


def of_task(key: str) -> dict[str, str]:
    return {path: text for path, text in documents_of(tag_of(), PRD).items() if f"task-{key}/" in path}


def test_documents_on_a_branch_count_however_many_newer_runs_there_are(project: Path, tmp_path: Path) -> None:
    leave(project, "260901-0000-old", of_task("2"))
    for number in range(30):
        newer = {path: f"{text}\n{number}\n" for path, text in of_task("1").items()}
        leave(project, f"261001-00{number:02}-new", newer)
    found = coverage(tag_of(tasks()), NAMES, document_places(project, tmp_path / "state"))
    assert found.needed == ()
    row = found.row("2")
    assert row is not None
    assert {file.place for file in row.files} == {"branch taskdeck/docs-260901-0000-old"}


def test_branches_that_hold_only_what_a_newer_one_holds_are_not_named(project: Path, tmp_path: Path) -> None:
    for number in range(3):
        leave(project, f"261001-000{number}-same", of_task("1"))
    names = [place.name for place in document_places(project, tmp_path / "state")]
    assert names == ["work tree", "branch taskdeck/docs-261001-0002-same"]


def test_a_branch_that_was_read_once_is_not_listed_again(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        leave(project, f"261001-000{number}-x", {".taskmaster/docs/task-1/task.md": f"{number}"})
    asked: list[str] = []
    run = Repository.run

    def counted(repository: Repository, args: list[str], *rest: Any, **more: Any) -> Any:
        asked.append(args[0])
        return run(repository, args, *rest, **more)

    document_places(project, tmp_path / "state")
    monkeypatch.setattr(Repository, "run", counted)
    assert len(document_places(project, tmp_path / "state")) == 6
    assert "for-each-ref" in asked
    assert "ls-tree" not in asked


def test_a_run_and_its_retry_on_one_branch_are_one_place(project: Path, tmp_path: Path) -> None:
    leave(project, "261001-0000-one", of_task("1"))
    branch = "taskdeck/docs-261001-0000-one"
    first = make_run(project, "261001-0000-one", state=tmp_path / "state", branch=branch, commit="c" * 40)
    again = {"branch": branch, "commit": "c" * 40, "retry_of": "261001-0000-one"}
    second = make_run(project, "261001-0001-two", state=tmp_path / "state", **again)
    for run in (first, second):
        run.results.mkdir()
    names = [place.name for place in document_places(project, tmp_path / "state")]
    assert names == ["work tree", f"branch {branch}"]
