"""Prints what push-and-prove takes beside git alone doing commit, push, fetch and compare. Asserts no times.

Run with `uv run pytest -m benchmark -s`. On a busy machine read the ratios, not the seconds.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from core.project import project_at
from core.publishing.publish import publish
from core.publishing.publish_check import PublishRequest, check
from core.publishing.repository import Repository
from tests.fakes.git_remotes import Clone, Kind, clone_with_project, serve, tasks_text

pytestmark = pytest.mark.benchmark
_RUNS = 11


def _git_alone(clone: Clone) -> None:
    """What a careful person types: each of these is one command of git."""
    clone.git("commit", "-q", "--only", "-m", "publish", "--", clone.task_path)
    clone.git("push", "-q", "origin", f"HEAD:refs/heads/{clone.branch}")
    clone.git("fetch", "-q", "origin", f"+refs/heads/{clone.branch}:refs/remotes/origin/{clone.branch}")
    there = clone.git("rev-parse", f"refs/remotes/origin/{clone.branch}:{clone.task_path}")
    assert there == clone.git("hash-object", "--", clone.task_path)


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _compare(clone: Clone, what: str) -> None:
    repository = Repository.open(clone.project)
    request = PublishRequest(project_at(clone.project))
    alone: list[float] = []
    ours: list[float] = []
    for number in range(_RUNS):
        clone.tasks.write_text(tasks_text("alone", str(number)))
        alone.append(_seconds(lambda: _git_alone(clone)))
        clone.tasks.write_text(tasks_text("ours", str(number)))
        ours.append(_seconds(lambda: publish(repository, request)))
    looked = statistics.median(_seconds(lambda: check(repository, request)) for _ in range(_RUNS))
    one, other = statistics.median(ours), statistics.median(alone)
    print(
        f"{what:<32} publish {one:.3f} s, git alone {other:.3f} s, ratio {one / other:.2f}; "
        f"--check {looked:.3f} s"
    )
    assert repository.head is not None


@pytest.mark.parametrize("kind", ["file", "daemon", "http"])
def test_push_and_prove(tmp_path: Path, kind: Kind) -> None:
    with serve(kind, tmp_path / "server") as remote:
        _compare(clone_with_project(remote, tmp_path / "work"), f"small repository, {kind}")


def test_push_and_prove_among_fifty_thousand_files(tmp_path: Path) -> None:
    with serve("file", tmp_path / "server") as remote:
        clone = clone_with_project(remote, tmp_path / "work")
        for folder in range(250):
            place = clone.top / f"src/part{folder}"
            place.mkdir(parents=True)
            for number in range(200):
                (place / f"file{number}.py").write_text(f"value = {folder * number}\n")
        clone.git("add", "-A")
        clone.git("commit", "-qm", "many files")
        clone.git("push", "-q")
        _compare(clone, "50,000 files, file")
