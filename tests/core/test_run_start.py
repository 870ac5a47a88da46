"""Before a run begins: what it refuses, with which way out, and what it takes from where."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from pathlib import Path

import psutil
import pytest

from core.documents.content import content_hash
from core.errors import NotFound, Refused, TaskdeckError, UsageError
from core.runs import start
from core.runs.preflight import make_request
from core.runs.recover import recover_all
from core.runs.start import NothingToDo, Uncommitted, Wish, prepare, start_now
from core.tasks.document import parse
from tests.fakes.run_project import RunProject, StandIn, finished, until


@pytest.fixture
def project(tmp_path: Path) -> RunProject:
    return RunProject(tmp_path / "project")


def short_hash_of(project: RunProject, key: str) -> str:
    return content_hash(parse(project.file.read_bytes(), project.file).tag().find(key))[:12]


def asked(project: RunProject, *keys: str, **more: object) -> Wish:
    return Wish("docs", keys, **more)  # type: ignore[arg-type]


def test_every_parameter_is_told_with_its_source(
    project: RunProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TASKDECK_AGENT_TIMEOUT", "77")
    before = project.fingerprint()
    request = asyncio.run(prepare(project.workspace(), asked(project, "2", concurrency=5)))
    told = {parameter.name: (parameter.value, parameter.source) for parameter in request.parameters}
    assert told["tasks"] == ("2", "named")
    assert told["agents at a time"] == ("5", "--jobs")
    assert told["time limit"] == ("77 s", "TASKDECK_AGENT_TIMEOUT")
    assert told["agent"] == ("builtin", "default")
    assert told["base"] == ("main", "checked out")
    assert told["works from"] == (project.git("rev-parse", "HEAD")[:12], "HEAD")
    assert request.branch == f"taskdeck/docs-{request.id}"
    assert project.runs == []
    assert project.fingerprint() == before


def test_a_task_that_differs_from_what_is_committed_is_refused_with_both_hashes(project: RunProject) -> None:
    old = short_hash_of(project, "1")
    project.edit("1", title="Something else")
    with pytest.raises(Uncommitted) as refused:
        project.start("docs", "1")
    assert old in refused.value.message
    assert short_hash_of(project, "1") in refused.value.message
    assert "--commit" in refused.value.hint
    assert refused.value.exit_code == 3
    assert project.runs == []
    assert make_request(project.workspace(), asked(project, "2"))[0].keys == ("2",), "others do not matter"


def test_many_tasks_that_are_not_committed_yet_are_counted_and_not_listed(project: RunProject) -> None:
    raw = json.loads(project.file.read_text("utf-8"))
    first = raw["master"]["tasks"][0]
    raw["master"]["tasks"] += [{**first, "id": n, "dependencies": []} for n in range(3, 17)]
    project.file.write_text(json.dumps(raw, indent=2), "utf-8")
    with pytest.raises(Uncommitted) as refused:
        project.start("docs", "1", *map(str, range(3, 17)))
    assert "14 tasks are not committed yet (3, 4, 5 and 11 more). Nothing was begun." in refused.value.message
    project.edit("1", title="Something else")
    with pytest.raises(
        Uncommitted, match=r"1 task is not committed yet \(3\) and 1 task is not as committed \("
    ):
        project.start("docs", "1", "3")


def test_a_task_that_is_done_already_is_told_before_it_is_done_again(
    project: RunProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TASKDECK_AGENT_COMMAND", str(StandIn(tmp_path / "bin").path))
    project.edit("1", status="done")
    wish = Wish("task", ("1", "2"), agent="claude")
    assert make_request(project.workspace(), wish)[0].words == "Task 1 is done already."


def test_a_changed_status_alone_blocks_nothing(project: RunProject) -> None:
    project.edit("1", status="done", priority="low")
    assert make_request(project.workspace(), asked(project, "1"))[0].keys == ("1",)


def test_commit_takes_that_file_only_and_leaves_the_index(project: RunProject) -> None:
    project.sign()
    project.edit("1", title="Something else")
    (project.root / "src" / "main.txt").write_text("staged\n", "utf-8")
    project.git("add", "src/main.txt")
    (project.root / "src" / "main.txt").write_text("and changed again\n", "utf-8")
    view = finished(start_now(project.workspace(), asked(project, "1", commit=True)))
    assert view.state == "done"
    assert project.git("show", "--name-only", "--format=", "HEAD") == ".taskmaster/tasks/tasks.json"
    assert project.git("diff", "--cached", "--name-only") == "src/main.txt"
    assert project.git("show", ":src/main.txt") == "staged"
    assert (project.root / "src" / "main.txt").read_text("utf-8") == "and changed again\n"


def test_a_commit_that_git_or_a_hook_refuses_is_told_and_nothing_begins(project: RunProject) -> None:
    project.edit("1", title="Something else")
    with pytest.raises(Refused) as unsigned:
        project.start("docs", "1", commit=True)
    assert "who you are" in unsigned.value.hint
    project.sign()
    hook = project.root / ".git" / "hooks" / "pre-commit"
    hook.write_text("#!/bin/sh\necho not on a Friday >&2\nexit 1\n", "utf-8")
    hook.chmod(0o755)
    with pytest.raises(Refused, match="not on a Friday"):
        project.start("docs", "1", commit=True)
    assert project.runs == []


def test_a_task_file_git_does_not_know_is_refused_and_commit_repairs_it(tmp_path: Path) -> None:
    project = RunProject(tmp_path / "project")
    project.git("rm", "-q", "--cached", ".taskmaster/tasks/tasks.json")
    project.git("commit", "-q", "-m", "without")
    with pytest.raises(Uncommitted, match="not committed"):
        project.start("docs", "1")
    project.sign()
    assert project.run("docs", "1", commit=True).state == "done"
    assert project.git("show", "--name-only", "--format=", "HEAD") == ".taskmaster/tasks/tasks.json"


def test_a_task_file_that_git_ignores_is_handed_over_as_it_is(tmp_path: Path) -> None:
    project = RunProject(tmp_path / "project")
    project.git("rm", "-q", "--cached", ".taskmaster/tasks/tasks.json")
    (project.root / ".gitignore").write_text(".taskmaster/\n", "utf-8")
    project.commit("ignore it")
    view = project.run("docs", "1")
    assert view.state == "done"
    assert any("ignores" in note.words for note in view.notes)
    assert len(project.files_on(view.branch)) == 4


def test_wishes_that_cannot_be_are_refused_plainly(project: RunProject) -> None:
    cases: list[tuple[Wish, str]] = [
        (Wish("docs", where="cluster"), "this machine only"),
        (Wish("task", ("1",)), "cannot do tasks"),
        (Wish("task", (), agent="claude"), "No task"),
    ]
    for wish, words in cases:
        with pytest.raises(UsageError, match=words) as refused:
            make_request(project.workspace(), wish)
        assert refused.value.hint
    for wish in (Wish("docs", push=True), Wish("docs", pr=True)):
        with pytest.raises(Refused, match="no remote"):
            make_request(project.workspace(), wish)
    with pytest.raises(NotFound):
        make_request(project.workspace(), asked(project, "99"))
    with pytest.raises(NotFound, match="agent command"):
        make_request(project.workspace(), asked(project, "1", agent="claude"))


def test_tasks_without_git_or_a_commit_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASKDECK_AGENT_COMMAND", str(StandIn(tmp_path / "agent").path))
    bare = RunProject(tmp_path / "bare", git=False)
    with pytest.raises(Refused, match="no git"):
        bare.start("task", "1", agent="claude")
    bare.git("init", "-q")
    with pytest.raises(Refused, match="nothing is committed"):
        bare.start("task", "1", agent="claude")


def test_what_is_there_and_current_needs_no_run(project: RunProject) -> None:
    assert project.run("docs").files_written == 8
    with pytest.raises(NothingToDo):
        project.start("docs")
    with pytest.raises(NothingToDo):
        project.start("docs", "1")
    project.edit("2", title="Changed since")
    project.commit("change")
    assert make_request(project.workspace(), asked(project))[0].keys == ("2",)
    assert make_request(project.workspace(), asked(project, force=True))[0].keys == ("1", "2")


def test_the_same_work_twice_is_refused_by_the_name_of_the_run(
    project: RunProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = tmp_path / "go"
    agent = StandIn(tmp_path / "agent", {"wait_for": str(go)}, *project.writing("1"))
    monkeypatch.setenv("TASKDECK_AGENT_COMMAND", str(agent.path))
    folders, refusals = [], []

    def begin() -> None:
        try:
            folders.append(project.start("docs", "1", agent="claude"))
        except Refused as error:
            refusals.append(error)

    threads = [threading.Thread(target=begin) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(folders) == 1
    assert len(refusals) == 2
    assert all(folders[0].id in error.message for error in refusals)
    with pytest.raises(Refused):
        project.start("docs", "1")
    other = project.start("docs", "2")
    go.touch()
    assert finished(folders[0]).state == "done"
    assert finished(other).state == "done"


def test_a_worker_that_cannot_begin_is_told(project: RunProject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "own_command", lambda *_: ("/bin/sh", "-c", "echo no >&2; exit 3"))
    with pytest.raises(TaskdeckError, match="did not begin"):
        project.start("docs", "1")
    assert [run.id for run in recover_all(project.state)] == [run.id for run in project.runs]
    monkeypatch.undo()


def test_a_run_leaves_nobody_waiting_for_it(project: RunProject) -> None:
    folder = project.start("docs", "1")
    worker = until(lambda: folder.worker, "the worker")
    process = psutil.Process(worker[0])
    assert process.ppid() != os.getpid(), "it is nobody's child"
    assert os.getsid(worker[0]) == worker[0], "a session of its own"
    assert finished(folder).state == "done"
    assert folder.worker_log.read_text("utf-8") == ""
    assert folder.path.stat().st_mode & 0o077 == 0
