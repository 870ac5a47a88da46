"""Where Taskdeck keeps its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.paths import config_file, make_private_folder, state_folder


def test_the_state_of_a_project_is_named_after_it(tmp_path: Path, own_home: Path) -> None:
    project = tmp_path / "my project"
    project.mkdir()
    folder = state_folder(project)
    assert folder.parent == own_home / "state" / "taskdeck"
    assert folder.name.startswith("my-project-")
    assert not folder.exists()


def test_a_link_shares_the_state_and_a_namesake_does_not(tmp_path: Path) -> None:
    for parent in ("a", "b"):
        (tmp_path / parent / "app").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "a" / "app")
    assert state_folder(tmp_path / "link") == state_folder(tmp_path / "a" / "app")
    assert state_folder(tmp_path / "b" / "app") != state_folder(tmp_path / "a" / "app")


def test_a_name_without_usable_letters_still_has_a_folder(tmp_path: Path) -> None:
    assert state_folder(tmp_path / "…").name.startswith("project-")
    assert len(state_folder(tmp_path / ("x" * 200)).name) < 80


def test_a_relative_xdg_folder_is_ignored(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    assert config_file() == own_home / ".config" / "taskdeck" / "config.toml"


def test_our_folders_are_for_their_owner_only(tmp_path: Path) -> None:
    folder = make_private_folder(tmp_path / "a" / "b")
    assert [p.stat().st_mode & 0o777 for p in (folder, folder.parent)] == [0o700, 0o700]
