"""Where a project is, what of Task Master's is read, which tag counts, and making a new project."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.errors import DamagedFile, NotFound, Refused, TaskdeckError
from core.project import (
    GUESSED,
    choose_tag,
    current_branch,
    current_tag,
    find_prd,
    find_project,
    init_project,
    nearby_projects,
    project_at,
    use_tag,
)
from core.tasks.document import parse


def write(path: Path, text: str = "{}") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_the_nearest_folder_upwards_counts(tmp_path: Path) -> None:
    tasks = write(tmp_path / ".taskmaster/tasks/tasks.json")
    deep = tmp_path / "src" / "deep"
    deep.mkdir(parents=True)
    for start in (tmp_path, deep, tmp_path / ".taskmaster" / "tasks", tasks):
        project = find_project(start)
        assert project is not None
        assert (project.root, project.tasks_file, project.legacy) == (tmp_path, tasks, ())
    inner = write(deep / ".taskmaster/tasks/tasks.json")
    nearest = find_project(deep)
    assert nearest is not None
    assert nearest.tasks_file == inner


def test_the_search_ends_at_the_top_of_the_work_tree_and_at_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / ".taskmaster/tasks/tasks.json")
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    assert find_project(tmp_path / "repo") is None
    (tmp_path / "home" / "work").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert find_project(tmp_path / "home" / "work") is None


def test_task_masters_own_folder_at_home_is_no_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".taskmaster" / "some-project").mkdir(parents=True)
    assert find_project(tmp_path) is None
    write(tmp_path / ".taskmaster/tasks/tasks.json")
    assert find_project(tmp_path) is not None


def test_old_places_are_found_and_said(tmp_path: Path) -> None:
    old = write(tmp_path / "tasks/tasks.json")
    prd = write(tmp_path / "scripts/prd.txt")
    write(tmp_path / "scripts/task-complexity-report.json")
    write(tmp_path / ".taskmasterconfig", '{"global": {"projectName": "Old"}}')
    project = find_project(tmp_path)
    assert project is not None
    assert (project.tasks_file, project.prd, project.config.project_name) == (old, prd, "Old")
    said = "\n".join(project.legacy)
    for name in (
        "tasks/tasks.json",
        "scripts/prd.txt",
        ".taskmasterconfig",
        "scripts/task-complexity-report.json",
    ):
        assert name in said


def test_when_old_and_new_exist_the_new_one_is_used_and_that_is_said(tmp_path: Path) -> None:
    write(tmp_path / "tasks/tasks.json")
    new = write(tmp_path / ".taskmaster/tasks/tasks.json")
    project = project_at(tmp_path)
    assert project.tasks_file == new
    assert "is not used; .taskmaster/tasks/tasks.json is." in project.legacy[0]


def test_a_folder_with_only_a_requirements_document_is_a_project(tmp_path: Path) -> None:
    write(tmp_path / "scripts/prd.txt")
    project = find_project(tmp_path)
    assert project is not None
    assert project.tasks_file == tmp_path / ".taskmaster/tasks/tasks.json"
    (tmp_path / "other" / "scripts").mkdir(parents=True)
    assert find_project(tmp_path / "other") is not None, "the one above counts"


def test_a_project_below_is_offered_not_chosen(tmp_path: Path) -> None:
    write(tmp_path / "docs/.taskmaster/tasks/tasks.json")
    write(tmp_path / "web-app/.taskmaster/tasks/tasks.json")
    assert find_project(tmp_path) is None
    assert nearby_projects(tmp_path) == (tmp_path / "docs", tmp_path / "web-app")
    docs = find_project(tmp_path / "docs")
    assert docs is not None
    assert docs.name == f"{tmp_path.name}/docs"


def test_the_requirements_document_is_where_the_setting_says(tmp_path: Path) -> None:
    write(tmp_path / "scripts/prd.txt")
    write(tmp_path / ".taskmaster/docs/prd.md")
    assert find_prd(tmp_path) == tmp_path / ".taskmaster/docs/prd.md"
    assert find_prd(tmp_path, "notes/idea.md") == tmp_path / "notes/idea.md"


def test_settings_of_task_master_are_read(tmp_path: Path) -> None:
    main = {"provider": "anthropic", "modelId": "m", "maxTokens": 64000, "baseURL": "http://elsewhere"}
    shared = {
        "defaultNumTasks": "12",
        "defaultSubtasks": 4,
        "defaultPriority": "high",
        "responseLanguage": "German",
    }
    write(
        tmp_path / ".taskmaster/config.json", json.dumps({"models": {"main": main, "x": 1}, "global": shared})
    )
    config = project_at(tmp_path).config
    assert (config.default_tasks, config.default_subtasks, config.default_priority) == (12, 4, "high")
    assert (config.models["main"].model, config.response_language) == ("m", "German")
    assert list(config.models) == ["main"]


@pytest.mark.parametrize(
    "text", ["", "[]", "{", "\x00", '{"global": 1, "models": []}', '{"a": ' + "[" * 100_000]
)
def test_broken_settings_are_never_fatal(tmp_path: Path, text: str) -> None:
    write(tmp_path / ".taskmaster/config.json", text)
    write(tmp_path / ".taskmaster/state.json", text)
    project = project_at(tmp_path)
    assert project.config.default_tasks is None
    assert current_tag(project) == "master"
    assert ("config.json" in project.config.problem) == (not text.startswith('{"global"'))


def test_which_tag_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = project_at(tmp_path)
    assert choose_tag(project).source == "default"
    assert current_tag(project, tags=["only"]) == "only"
    assert current_tag(project, tags=["a", "master"]) == "master"
    assert choose_tag(project, tags=["a", "b"]).source == GUESSED
    write(tmp_path / ".git/HEAD", "ref: refs/heads/feature/x\n")
    write(tmp_path / ".taskmaster/state.json", '{"branchTagMapping": {"feature/x": "work"}}')
    assert current_branch(tmp_path) == "feature/x"
    assert current_tag(project_at(tmp_path), tags=["master", "work"]) == "work"
    write(
        tmp_path / ".taskmaster/state.json",
        '{"currentTag": "now", "branchTagMapping": {"feature/x": "work"}}',
    )
    project = project_at(tmp_path)
    assert current_tag(project, tags=["master", "now", "work"]) == "now"
    gone = choose_tag(project, tags=["master"])
    assert (gone.name, "now" in gone.note) == ("master", True)
    monkeypatch.setenv("TASKDECK_TAG", "env")
    assert current_tag(project, tags=["master"]) == "env"
    assert current_tag(project, "flag") == "flag"


def test_the_branch_of_a_linked_work_tree(tmp_path: Path) -> None:
    write(tmp_path / "main/.git/worktrees/w/HEAD", "ref: refs/heads/side\n")
    write(tmp_path / "w/.git", f"gitdir: {tmp_path}/main/.git/worktrees/w\n")
    assert current_branch(tmp_path / "w") == "side"
    write(tmp_path / "main/.git/worktrees/w/HEAD", "3f9c2e1\n")
    assert current_branch(tmp_path / "w") == ""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{\n\t"currentTag": "loop",\n\t"x": 1.10\n}\n', '{\n\t"currentTag": "new",\n\t"x": 1.10\n}\n'),
        ('{\r\n  "y": "é"\r\n}', '{\r\n  "currentTag": "new",\r\n  "y": "é"\r\n}'),
        ("{}", '{"currentTag": "new"}'),
    ],
)
def test_switching_the_tag_changes_nothing_else(tmp_path: Path, before: str, after: str) -> None:
    path = tmp_path / ".taskmaster" / "state.json"
    path.parent.mkdir()
    path.write_bytes(before.encode())
    project = project_at(tmp_path)
    assert project.state.current_tag in ("loop", "")
    use_tag(project, "new", ["new"])
    assert path.read_bytes() == after.encode()
    assert current_tag(project) == "new"


def test_switching_refuses_unknown_tags_and_damaged_files(tmp_path: Path) -> None:
    path = write(tmp_path / ".taskmaster/state.json", "{ broken")
    with pytest.raises(DamagedFile):
        use_tag(project_at(tmp_path), "new")
    assert path.read_text() == "{ broken"
    with pytest.raises(NotFound, match="there are: a, b"):
        use_tag(project_at(tmp_path), "new", ["a", "b"])


def test_switching_without_a_state_file_makes_one(tmp_path: Path) -> None:
    project = project_at(tmp_path)
    use_tag(project, "new")
    state = json.loads((tmp_path / ".taskmaster/state.json").read_text())
    assert set(state) == {"currentTag", "lastSwitched", "branchTagMapping", "migrationNoticeShown"}


def test_a_new_project_is_one_that_task_master_knows(tmp_path: Path) -> None:
    project = init_project(tmp_path / "new", "Example")
    assert find_project(tmp_path / "new") == project
    assert parse(project.tasks_file.read_bytes()).dialect == "tagged"
    assert parse(project.tasks_file.read_bytes()).tag("master").tasks == ()
    assert (project.config.project_name, project.config.default_tasks) == ("Example", 10)
    assert set(project.config.models) == {"main", "research", "fallback"}
    assert current_tag(project) == "master"
    assert project.prd == project.folder / "docs" / "prd.txt"
    assert "key" not in (project.folder / "config.json").read_text().lower()


@pytest.mark.parametrize("place", [".taskmaster/tasks/tasks.json", "tasks/tasks.json"])
def test_a_project_is_never_made_over_another(tmp_path: Path, place: str) -> None:
    path = write(tmp_path / place, "whatever")
    with pytest.raises(Refused, match=r"tasks\.json exists"):
        init_project(tmp_path)
    assert path.read_text() == "whatever"
    assert not (tmp_path / ".taskmaster/config.json").exists()


def test_a_new_project_keeps_the_files_that_are_there(tmp_path: Path) -> None:
    prd = write(tmp_path / ".taskmaster/docs/prd.md", "# Mine")
    config = write(tmp_path / ".taskmaster/config.json", '{"mine": 1}')
    project = init_project(tmp_path)
    assert project.prd == prd
    assert config.read_text() == '{"mine": 1}'
    assert not (tmp_path / ".taskmaster/docs/prd.txt").exists()


def test_a_folder_that_cannot_be_written_is_said_plainly(tmp_path: Path) -> None:
    write(tmp_path / ".taskmaster", "a file, not a folder")
    with pytest.raises(TaskdeckError, match="cannot be made"):
        init_project(tmp_path)


def test_projects_of_the_corpus(corpus: Path) -> None:
    docs = find_project(corpus / "tasks" / "5dlabs__rust-basic-api" / "docs")
    assert docs is not None
    tags = parse(docs.tasks_file.read_bytes()).tags
    choice = choose_tag(docs, tags=tags)
    assert (choice.name, list(tags)) == ("rust-basic-api", ["rust-basic-api"])
    assert 'names the tag "master"' in choice.note
    upstream = find_project(corpus / "tasks" / "eyaltoledano__claude-task-master")
    assert upstream is not None
    assert (current_tag(upstream), upstream.config.models["main"].provider) == ("loop", "claude-code")
