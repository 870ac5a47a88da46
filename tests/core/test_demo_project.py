"""The demonstration: a throw-away project in its own repository, planned to the end, then gone."""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
from pathlib import Path

import pytest

from core.errors import Refused
from core.paths import state_folder
from core.project import find_project
from core.runs.start import Wish, start
from core.services import open_project
from core.tasks.document import parse
from core.tasks.findings import tag_findings
from core.tasks.graph import TaskGraph
from tui.demo.demo import BRANCH, demo_text, make_demo, remove_demo
from tui.demo.headless import run_headless


def git(project: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=project, capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_the_copy_is_a_project_on_a_feature_branch(tmp_path: Path) -> None:
    project = make_demo(tmp_path / "repo")
    found = find_project(project)
    assert found is not None
    assert found.root == project.resolve()
    assert found.prd is not None
    assert found.prd.read_text(encoding="utf-8") == demo_text("prd.md")
    assert parse(found.tasks_file.read_bytes()).tag().tasks == ()
    assert (project / "standards.md").read_text(encoding="utf-8").startswith("# Project standards")
    assert git(project, "branch", "--show-current") == BRANCH
    assert git(project, "status", "--porcelain") == ""
    assert git(project, "rev-list", "--count", "HEAD") == "1"
    assert git(project, "rev-parse", "--show-toplevel") == str((tmp_path / "repo").resolve())


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(Refused, match="not empty"):
        make_demo(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["mine.txt"]


def test_git_settings_of_the_surroundings_do_not_reach_it(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(temporary / "elsewhere"))
    project = make_demo()
    assert (project.parent / ".git").is_dir()
    assert not (temporary / "elsewhere").exists()
    remove_demo(project)
    assert not project.parent.exists()


def test_the_run_plans_scores_and_divides_and_then_cleans_up(temporary: Path) -> None:
    said: list[str] = []
    result = run_headless(say=said.append)
    assert (result.tasks, result.documents) == (12, 48)
    assert 60 <= result.subtasks <= 80
    assert not result.project.exists()
    assert not state_folder(result.project).exists()
    assert list(temporary.iterdir()) == []
    text = "\n".join(said)
    assert "outline, no model" in text
    assert f"{result.subtasks} subtasks" in text
    assert "PRD lines" in text
    assert f"{result.tasks} of {result.tasks} passed" in text
    assert f"coverage is whole: {result.documents}/{result.documents}" in text


def test_a_kept_run_leaves_a_whole_project(temporary: Path) -> None:
    result = run_headless(keep=True, say=lambda _: None)
    found = find_project(result.project)
    assert found is not None
    tag = parse(found.tasks_file.read_bytes()).tag()
    assert len(tag.tasks) == result.tasks
    assert sum(len(task.subtasks) for task in tag.tasks) == result.subtasks
    assert tag_findings(TaskGraph(tag)) == ()
    assert (found.root / ".taskmaster/reports/task-complexity-report.json").is_file()
    (branch,) = git(
        result.project, "branch", "--list", "taskdeck/docs-*", "--format=%(refname:short)"
    ).split()
    assert len(
        git(result.project, "ls-tree", "-r", "--name-only", branch, ".taskmaster/docs").split()
    ) == 1 + (4 * result.tasks)
    assert git(result.project, "branch", "--show-current") == BRANCH
    remove_demo(result.project)
    assert list(temporary.iterdir()) == []


def test_a_named_folder_is_never_removed(tmp_path: Path) -> None:
    project = make_demo(tmp_path / "mine")
    remove_demo(project)
    assert project.is_dir()


def test_removing_the_demonstration_ends_its_runs(temporary: Path) -> None:
    project = run_headless(keep=True, say=lambda _: None).project
    workspace = open_project(project, session="test")
    run = asyncio.run(start(workspace, Wish("docs", agent="builtin", force=True, pace=30)))
    assert run.is_alive()
    remove_demo(project)
    assert not run.is_alive()
    assert list(temporary.iterdir()) == []
    assert not state_folder(project).exists()
