"""A workspace gives command line and app the same parts of one project."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.errors import DamagedFile, NotFound, UsageError
from core.services import open_project
from core.tasks.edits import SetStatus
from tests.fakes.command_line import make_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(tmp_path / "p")


def test_a_project_opens_from_its_folder_from_below_and_by_its_task_file(project: Path) -> None:
    below = project / "src" / "deep"
    below.mkdir(parents=True)
    task_file = project / ".taskmaster/tasks/tasks.json"
    for start in (project, below, task_file):
        workspace = open_project(start)
        assert workspace.project.root == project.resolve()
        assert [task.key for task in workspace.tag.tasks] == ["1", "2", "3", "4", "5"]


def test_another_task_file_of_the_project_can_be_named(project: Path) -> None:
    other = project / "copy.json"
    other.write_text('{"tasks": [{"id": 7, "title": "Only"}]}')
    workspace = open_project(other)
    assert [task.key for task in workspace.tag.tasks] == ["7"]
    open_project(project).store.apply([SetStatus("4", "done")])
    assert workspace.store.history() == []
    missing = open_project(project, tasks_file=project / "new.json")
    assert not missing.has_file


def test_what_is_not_there_is_said(tmp_path: Path, project: Path) -> None:
    with pytest.raises(NotFound, match="no folder"):
        open_project(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotFound, match="no Task Master project") as raised:
        open_project(tmp_path / "empty")
    assert "taskdeck init" in raised.value.hint
    with pytest.raises(NotFound, match="p"):
        open_project(tmp_path / "empty" / "..")
    with pytest.raises(NotFound, match="nope"):
        _ = open_project(project, "nope").tag


def test_a_project_without_a_task_file_is_still_a_project(tmp_path: Path) -> None:
    (tmp_path / "new" / ".taskmaster").mkdir(parents=True)
    workspace = open_project(tmp_path / "new")
    assert not workspace.has_file
    with pytest.raises(NotFound, match="no task file"):
        _ = workspace.document


def test_the_tag_is_the_one_asked_for_then_the_current_one(project: Path) -> None:
    assert open_project(project).tag_name == "master"
    (project / ".taskmaster/state.json").write_text(json.dumps({"currentTag": "later"}))
    assert open_project(project).tag_name == "later"
    assert open_project(project, "master").tag_name == "master"
    other = open_project(project, "master").for_tag("later")
    assert [task.title for task in other.tag.tasks] == ["Some day"]


def test_reading_with_and_without_a_store_gives_the_same(project: Path) -> None:
    reading, writing = open_project(project), open_project(project)
    writing.store.apply([SetStatus("4", "done")])
    assert reading.document.data == writing.document.data
    assert writing.graph.ready("2.2")


def test_scores_come_from_the_report_else_from_the_tasks(project: Path) -> None:
    assert open_project(project).scores == {}
    path = project / ".taskmaster/reports/task-complexity-report.json"
    path.parent.mkdir()
    path.write_text(json.dumps({"complexityAnalysis": [{"taskId": 4, "complexityScore": 7}]}))
    assert open_project(project).scores == {"4": 7.0}
    path.write_text("{")
    workspace = open_project(project)
    assert workspace.scores == {}
    with pytest.raises(DamagedFile):
        _ = workspace.report


def test_planners_by_name_and_by_setting(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert open_project(project).planner().name == "outline, no model"
    assert open_project(project).planner("outline").name == "outline, no model"
    with pytest.raises(UsageError, match="no key for Claude"):
        open_project(project).planner("claude")
    with pytest.raises(UsageError, match="no planner soothsayer"):
        open_project(project).planner("soothsayer")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-test")
    assert open_project(project).planner().name == "claude-sonnet-5-5"
    monkeypatch.setenv("TASKDECK_PLANNER_KIND", "outline")
    assert open_project(project).planner().name == "outline, no model"


def test_the_prd_is_where_the_settings_say(project: Path) -> None:
    assert open_project(project).prd is None
    (project / "product.md").write_text("# P")
    (project / ".taskmaster/taskdeck.toml").write_text('prd = "product.md"')
    assert open_project(project).prd == project.resolve() / "product.md"
