"""Read-only projects: every writer of core asks first, and says where that is set and how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.config import load_settings
from core.doctor.incident.report import write_incident
from core.documents.apply import apply
from core.documents.places import FolderPlace
from core.errors import Refused, TaskdeckError
from core.paths import config_file, make_private_folder
from core.project import init_project, use_tag
from core.services import Workspace, open_project
from core.settings.read_only import check_writable, why_read_only
from core.tasks.complexity import save_report
from core.tasks.edits import SetStatus
from tests.fakes.deck import make_deck_project


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return open_project(make_deck_project(tmp_path / "hall"))


def settings(workspace: Workspace, text: str) -> Path:
    path = workspace.project.root / ".taskmaster/taskdeck.toml"
    path.write_text(text)
    return path


def contents(workspace: Workspace) -> dict[str, bytes]:
    root = workspace.project.root
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_every_writer_of_a_project_asks_first(workspace: Workspace) -> None:
    settings(workspace, "[publish]\nread_only = true\n")
    before = contents(workspace)
    project = workspace.project
    writers = {
        "edit": lambda: workspace.store.apply([SetStatus("1", "done")]),
        "undo": lambda: workspace.store.undo(),
        "replace": lambda: workspace.store.replace("{}", title="other"),
        "scores": lambda: save_report(project, "master", []),
        "tag": lambda: use_tag(project, "master"),
        "incident": lambda: write_incident(project.root, project.tasks_file, words="x"),
        "documents": lambda: apply(FolderPlace(project.root), project.root, workspace.tag, ["task.md"]),
        "init": lambda: init_project(project.root),
    }
    for name, write in writers.items():
        with pytest.raises(Refused) as caught:
            write()
        assert caught.value.message == (".taskmaster/taskdeck.toml, line 2 makes this project read-only."), (
            name
        )
        assert caught.value.hint == "`taskdeck config unset publish.read_only --in-project` ends that."
    assert contents(workspace) == before
    assert len(workspace.tag.tasks) > 1
    settings(workspace, "")
    workspace.store.apply([SetStatus("1", "done")])


def test_your_own_settings_and_the_environment_count_too(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = workspace.project.root
    make_private_folder(config_file().parent)
    config_file().write_text("publish.read_only = true\n")
    settings(workspace, "publish.read_only = false\n")
    why = why_read_only(root)
    assert why is not None
    assert why.message.startswith(f"{config_file()}, line 1 makes")
    assert why.hint == "`taskdeck config unset publish.read_only` ends that."
    monkeypatch.setenv("TASKDECK_PUBLISH_READ_ONLY", "no")
    check_writable(root)
    config_file().unlink()
    monkeypatch.setenv("TASKDECK_PUBLISH_READ_ONLY", "1")
    with pytest.raises(Refused, match=r"^TASKDECK_PUBLISH_READ_ONLY makes this project read-only"):
        check_writable(root)


@pytest.mark.parametrize("text", ["read_only = tru", "read_only = 'maybe'", "read_only = []"])
def test_what_cannot_be_understood_counts_as_a_yes(workspace: Workspace, text: str) -> None:
    settings(workspace, f"[publish]\n{text}\n")
    with pytest.raises(Refused, match="line 2"):
        check_writable(workspace.project.root)


def test_a_damaged_file_that_does_not_speak_of_it_lets_edits_through(workspace: Workspace) -> None:
    settings(workspace, "theme = = 1\n")
    check_writable(workspace.project.root)


@pytest.mark.parametrize(
    "value", ["true", "false", "1", "0", "2", "'yes'", "'no'", "'On'", "'off'", "'T'", "'f'", "'maybe'", "''"]
)
def test_it_reads_the_setting_as_the_schema_does(workspace: Workspace, value: str) -> None:
    settings(workspace, f"[publish]\nread_only = {value}\n")
    try:
        by_schema = load_settings(workspace.project).settings.publish.read_only
    except TaskdeckError:
        by_schema = True  # nobody can tell, so nothing is written
    assert (why_read_only(workspace.project.root) is not None) == by_schema
