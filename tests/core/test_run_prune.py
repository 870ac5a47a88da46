"""Old runs are taken away, and none that somebody may still want."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from core.runs.folder import RunFolder
from core.runs.prune import DAYS, KEPT, prune
from tests.fakes.run_project import RunProject, kill_worker

DAY = 86_400.0


def age(run: RunFolder, days: float) -> None:
    """Let a run have been begun and ended that long ago."""
    then = time.time() - days * DAY
    for path in (run.request_file, run.ledger_file):
        os.utime(path, (then, then))


@pytest.fixture
def project(tmp_path: Path) -> RunProject:
    return RunProject(tmp_path / "project", tasks=1)


def test_only_old_runs_whose_branch_is_merged_or_gone_are_removed(project: RunProject) -> None:
    for _ in range(4):
        assert project.run("docs", force=True).state == "done"
    merged, gone, open_, newest = reversed(project.runs)
    project.git("merge", "-q", "--no-ff", "-m", "take them", merged.request.branch)
    project.git("branch", "-D", gone.request.branch)
    for count, run in enumerate(reversed(project.runs)):
        age(run, DAYS + 10 - count)
    assert sorted(prune(project.state, kept=1)) == sorted([merged.id, gone.id])
    assert [run.id for run in project.runs] == [newest.id, open_.id]
    assert not merged.path.exists()
    assert not (project.state / "removed").exists()
    assert merged.request.branch in project.branches(), "branches are the user's"
    assert prune(project.state, kept=1) == []


def test_new_runs_and_few_runs_stay(project: RunProject) -> None:
    for _ in range(2):
        project.run("docs", force=True)
    for branch in project.branches():
        project.git("branch", "-D", branch)
    assert prune(project.state, kept=0) == [], "they are of today"
    for run in project.runs:
        age(run, 400)
    assert prune(project.state) == [], f"there are fewer than {KEPT}"
    assert len(prune(project.state, kept=0)) == 2


def test_a_run_without_a_verdict_or_that_cannot_be_read_stays(project: RunProject) -> None:
    killed = project.start("docs")
    kill_worker(killed)
    damaged = project.start("docs", force=True)
    kill_worker(damaged)
    damaged.request_file.write_text("{", "utf-8")
    for run in (killed, damaged):
        if not run.ledger_file.exists():
            run.ledger_file.touch()
        age(run, 400)
    assert prune(project.state, kept=0) == []
    assert len(project.runs) == 2


def test_what_was_half_removed_goes_with_the_next_run(project: RunProject) -> None:
    rest = project.state / "removed" / "260101-0000-abc"
    rest.mkdir(parents=True)
    (rest / "request.json").write_text("{}", "utf-8")
    assert project.run("docs").state == "done"
    assert not rest.parent.exists()
