"""The doctor says what it saw and what to do, and never falls over a broken project."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from core.doctor import Check, run_checks
from core.paths import config_file
from core.project import init_project


def states(start: Path, tag: str | None = None) -> dict[str, Check]:
    return {check.name: check for check in run_checks(start, tag)}


def write_tasks(root: Path, *tasks: object) -> Path:
    path = root / ".taskmaster" / "tasks" / "tasks.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"master": {"tasks": list(tasks)}}))
    return path


def test_a_new_project_is_well(tmp_path: Path) -> None:
    init_project(tmp_path)
    checks = run_checks(tmp_path)
    assert [check for check in checks if check.state in ("warn", "fail")] == []
    assert {"project", "task file", "tag", "dependencies", "lock", "state", "settings", "versions"} <= {
        check.name for check in checks
    }


def test_without_a_project_it_says_how_to_get_one(tmp_path: Path) -> None:
    assert states(tmp_path)["project"].repair == "`taskdeck init` makes one here."
    (tmp_path / "docs" / ".taskmaster").mkdir(parents=True)
    check = states(tmp_path)["project"]
    assert (check.state, "docs" in check.repair) == ("fail", True)


@pytest.mark.parametrize("text", ["", "{", "<<<<<<< HEAD\n", "[]", "\x00\x00"])
def test_a_damaged_task_file_fails_with_its_place(tmp_path: Path, text: str) -> None:
    path = write_tasks(tmp_path)
    path.write_text(text)
    check = states(tmp_path)["task file"]
    assert (check.state, "line 1, column 1" in check.evidence or text == "{") == ("fail", True)
    assert "resolve" in check.repair
    assert path.read_text() == text


def test_findings_are_counted_by_kind(tmp_path: Path) -> None:
    write_tasks(
        tmp_path,
        {"id": 1, "dependencies": [2, 9]},
        {"id": 2, "dependencies": [1]},
        {"id": 2, "status": None},
    )
    found = states(tmp_path)
    assert found["dependencies"].state == "warn"
    assert "1 dangling, 1 cycle" in found["dependencies"].evidence
    assert "1 duplicate-id" in found["tasks"].evidence
    assert "master 3/0" in found["task file"].evidence


def test_a_tag_that_does_not_exist_fails(tmp_path: Path) -> None:
    write_tasks(tmp_path)
    assert states(tmp_path, "nowhere")["tag"].state == "fail"
    (tmp_path / ".taskmaster" / "state.json").write_text('{"currentTag": "gone"}')
    assert states(tmp_path)["tag"].state == "warn"


def test_a_damaged_report_and_foreign_settings_are_warnings_and_own_settings_a_failure(
    tmp_path: Path,
) -> None:
    write_tasks(tmp_path)
    reports = tmp_path / ".taskmaster" / "reports"
    reports.mkdir()
    (reports / "task-complexity-report.json").write_text("{")
    (tmp_path / ".taskmaster" / "config.json").write_text("{")
    config_file().parent.mkdir(parents=True)
    config_file().write_text("theme = ")
    found = states(tmp_path)
    for name in ("complexity of master", "task-master's settings"):
        assert found[name].state == "warn", name
    assert found["settings"].state == "fail"


def test_a_lock_left_behind_is_told_from_one_that_is_held(tmp_path: Path) -> None:
    path = write_tasks(tmp_path)
    lock = path.with_name("tasks.json.lock")
    lock.mkdir()
    assert "is held by" in states(tmp_path)["lock"].evidence
    long_ago = time.time() - 3 * 3600
    os.utime(lock, (long_ago, long_ago))
    check = states(tmp_path)["lock"]
    assert (check.state, "3 hours" in check.evidence) == ("warn", True)


def test_the_doctor_writes_nothing(tmp_path: Path) -> None:
    write_tasks(tmp_path, {"id": 1})
    before = sorted(tmp_path.rglob("*"))
    run_checks(tmp_path)
    assert sorted(tmp_path.rglob("*")) == before


def test_every_project_of_the_corpus_has_a_verdict(corpus: Path) -> None:
    for path in sorted(corpus.glob("tasks/**/tasks.json")):
        checks = run_checks(path)
        assert all(check.evidence for check in checks)
        assert all(check.repair for check in checks if check.state in ("warn", "fail"))


@pytest.mark.parametrize("text", ["read_only = tru", 'forbid = ["pr"]'])
def test_settings_that_hold_everything_back_are_a_failure(tmp_path: Path, text: str) -> None:
    init_project(tmp_path)
    path = tmp_path / ".taskmaster/taskdeck.toml"
    path.write_text(f"[publish]\n{text}\n")
    check = states(tmp_path)["settings"]
    assert check.state == "fail"
    assert check.evidence.startswith(f"{path}")
    assert "Until it is mended nothing is planned, run or published here." in check.evidence
    assert "passed over" not in check.evidence
    assert check.repair
    assert states(tmp_path)["stop-lines"].state in ("warn", "skip")


def test_it_says_what_the_settings_do_not_allow(tmp_path: Path) -> None:
    init_project(tmp_path)
    assert states(tmp_path)["stop-lines"].state == "ok"
    path = tmp_path / ".taskmaster/taskdeck.toml"
    path.write_text('[publish]\nforbid = ["push", "pull_request"]\n')
    check = states(tmp_path)["stop-lines"]
    assert check.evidence == f"{path}, line 2 lets no run reach these stages: push, pull_request."
    path.write_text("[publish]\nread_only = true\n")
    check = states(tmp_path)["stop-lines"]
    assert (check.state, "line 2 makes this project read-only" in check.evidence) == ("warn", True)
    assert "config unset publish.read_only --in-project" in check.repair


def test_a_folder_there_is_not_is_said_to_be_none(tmp_path: Path) -> None:
    init_project(tmp_path)
    check = states(tmp_path / "nope")["project"]
    assert (check.state, check.evidence) == ("fail", f"There is no folder {tmp_path / 'nope'}.")
    assert "init" not in check.repair


def test_want_of_a_key_is_said_once(tmp_path: Path) -> None:
    init_project(tmp_path)
    assert states(tmp_path)["planner"].evidence.lower().count("no key") == 1
