"""Runs whose worker, agent or caller is killed at every step: found again, ended, and told truly."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.runs import start
from core.runs.folder import RunFolder
from core.runs.ledger import read_entries
from core.runs.recover import recover, recover_all
from core.runs.watch import RunWatch
from tests.fakes.command_line import CommandLine
from tests.fakes.run_project import (
    RunProject,
    StandIn,
    agent_pid,
    finished,
    is_gone,
    kill_worker,
    until,
)

# A worker that is killed as soon as it has written its n-th entry, or once it is about to write it.
KILL_AT = """
import os, signal, sys
root, folder, lock, count, before = sys.argv[1:6]
sys.path.insert(0, root)
from core.runs import ledger, worker
append, written = ledger.Ledger.append, []

def counted(self, entry):
    written.append(entry)
    if before == "before" and len(written) == int(count):
        os.kill(os.getpid(), signal.SIGKILL)
    done = append(self, entry)
    if len(written) == int(count):
        os.kill(os.getpid(), signal.SIGKILL)
    return done

ledger.Ledger.append = counted
sys.exit(worker.main([folder, lock]))
"""
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """A stand-in for Claude Code as the agent's command."""
    made = StandIn(tmp_path / "agent")
    monkeypatch.setenv("TASKDECK_AGENT_COMMAND", str(made.path))
    return made


def killed_at(count: int, before: str) -> Callable[..., tuple[str, ...]]:
    def command(module: str, folder: str, lock: str) -> tuple[str, ...]:
        assert module == "core.runs.worker"
        return (sys.executable, "-c", KILL_AT, str(ROOT), folder, lock, str(count), before)

    return command


def check_interrupted(project: RunProject, folder: RunFolder, before: str) -> None:
    """What holds of every interrupted run once it was recovered."""
    assert RunWatch(folder).poll().state == "interrupted", "true before anybody recovers it"
    assert [run.id for run in recover_all(project.state)] == [folder.id]
    assert recover_all(project.state) == []
    view = RunWatch(folder).poll()
    whole = all(stage.state in ("done", "skipped") for stage in view.stages)
    assert view.state == ("done" if whole else "interrupted"), (
        "done where nothing but the verdict was missing"
    )
    assert view.verdict is not None
    assert view.verdict.evidence["stage"]
    assert ("Every stage was proven" in view.verdict.words) == whole
    assert not view.alive
    assert all(stage.state != "running" for stage in view.stages)
    for attempt in folder.ledger().attempts:
        assert attempt.ended is not None
        assert is_gone(attempt.began.pid)
    assert project.leftovers() == []
    assert project.fingerprint() == before


def kill_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: list[tuple[int, str]]
) -> list[str]:
    """Kill the worker at each of these steps, in projects of their own; returns the stages it was in."""
    stages: list[str] = []
    for count, when in steps:
        project = RunProject(tmp_path / f"project-{count}-{when}", tasks=1)
        before = project.fingerprint()
        with monkeypatch.context() as patch:
            patch.setattr(start, "own_command", killed_at(count, when))
            folder = project.start("docs")
        until(lambda folder=folder: not folder.is_alive(), "the end of the worker")
        if any(type(entry).__name__ == "Verdict" for entry in read_entries(folder.ledger_file)[0]):
            assert RunWatch(folder).poll().state == "done", (
                "killed behind its verdict it is done all the same"
            )
            recover(folder)
            assert project.leftovers() == []
            continue
        check_interrupted(project, folder, before)
        verdict = folder.ledger().verdict
        assert verdict is not None
        stages.append(verdict.evidence["stage"])
        for branch in project.branches():
            assert len(project.files_on(branch)) == 4, "a branch has a whole result or none"
    # One is enough to see that the next run is not disturbed.
    assert project.run("docs", force=True).state == "done"
    return stages


def test_a_worker_killed_in_each_stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = [(1, "after"), (4, "before"), (4, "after"), (6, "after"), (8, "before"), (13, "after")]
    stages = kill_everywhere(tmp_path, monkeypatch, steps)
    assert stages[0] == "prepare"
    assert "agent" in stages
    assert {"gate", "commit"} & set(stages)


@pytest.mark.long
def test_a_worker_killed_at_each_of_its_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = [(count, when) for count in range(1, 14) for when in ("before", "after")]
    stages = kill_everywhere(tmp_path, monkeypatch, steps)
    assert set(stages) >= {"none", "prepare", "agent", "gate", "commit"}


def test_a_killed_command_leaves_the_run_going(tmp_path: Path, agent: StandIn, cli_in: Any) -> None:
    project = RunProject(tmp_path / "project", tasks=1)
    go = tmp_path / "go"
    agent.script({"wait_for": str(go)}, *project.writing("1"))
    with cli_in.process(project.root, "docs", "generate", "--agent", "claude") as process:
        folder = until(lambda: next(iter(project.runs), None), "the run")
        pid = agent_pid(folder)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert folder.is_alive()
    assert not is_gone(pid)
    with cli_in.process(project.root, "runs", "watch") as watching:
        go.touch()
        out, _ = watching.communicate(timeout=60)
    assert watching.returncode == 0
    assert b"4 documents of 1 task" in out
    assert finished(folder).state == "done"


@pytest.mark.parametrize("when", ["at once", "after a file"])
def test_a_killed_agent_is_told_by_its_run(tmp_path: Path, agent: StandIn, when: str) -> None:
    project = RunProject(tmp_path / "project", tasks=1)
    before = project.fingerprint()
    written = project.writing("1")[:1] if when == "after a file" else []
    agent.script(*written, {"hang": True})
    folder = project.start("docs", "1", agent="claude")
    pid = agent_pid(folder)
    if written:
        watch = RunWatch(folder)
        until(lambda: watch.poll().files_written == 1, "the first file")
    os.kill(pid, signal.SIGKILL)
    view = finished(folder)
    assert view.state == "failed"
    row = view.agents[0]
    assert row.view is not None
    assert str(row.view.state) in ("failed", "ended_without_result")
    attempt = folder.ledger().attempts[0]
    assert attempt.ended is not None
    assert attempt.ended.exit_code == -signal.SIGKILL
    assert row.judged is not None
    assert not row.judged.passed
    assert bool(row.judged.kept) == bool(written)
    assert project.branches() == []
    assert project.fingerprint() == before
    assert project.leftovers() == []


@pytest.mark.parametrize("both", [False, True])
def test_a_killed_worker_leaves_no_agent_behind(tmp_path: Path, agent: StandIn, both: bool) -> None:
    project = RunProject(tmp_path / "project", tasks=1)
    before = project.fingerprint()
    child = tmp_path / "child"
    agent.script(
        {"background": {"pid_file": str(child), "leave_group": True}}, *project.writing("1")[:2],
        {"hang": True},
    )  # fmt: skip
    folder = project.start("docs", "1", agent="claude")
    pid = agent_pid(folder)
    watch = RunWatch(folder)
    until(lambda: watch.poll().files_written == 2, "two files")
    kill_worker(folder)
    if both:
        os.kill(pid, signal.SIGKILL)
    check_interrupted(project, folder, before)
    until(lambda: is_gone(int(child.read_text("utf-8"))), "the end of the agent's child")
    assert list(folder.kept.rglob("task.md")), "what it had written is kept"


def test_many_who_look_at_once_recover_a_run_once(tmp_path: Path, agent: StandIn) -> None:
    project = RunProject(tmp_path / "project", tasks=1)
    agent.script({"hang": True})
    folder = project.start("docs", "1", agent="claude")
    pid = agent_pid(folder)
    kill_worker(folder)
    answers: list[bool] = []
    ready = threading.Barrier(8)

    def look() -> None:
        ready.wait()
        answers.append(recover(folder))

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(answers) == 1
    verdicts = [e for e in read_entries(folder.ledger_file)[0] if type(e).__name__ == "Verdict"]
    assert len(verdicts) == 1
    assert is_gone(pid)


def test_an_id_that_belongs_to_another_process_by_now_is_left_alone(tmp_path: Path, agent: StandIn) -> None:
    project = RunProject(tmp_path / "project", tasks=1)
    agent.script({"hang": True})
    folder = project.start("docs", "1", agent="claude")
    real = agent_pid(folder)
    kill_worker(folder)
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as stranger:
        # The stranger got the number of an agent that began a minute earlier.
        lines = [json.loads(line) for line in folder.ledger_file.read_text("utf-8").splitlines()]
        for line in lines:
            if line["type"] == "AttemptBegan":
                line |= {"pid": stranger.pid, "created": line["created"] - 60}
        folder.ledger_file.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
        assert recover(folder)
        assert stranger.poll() is None, "it only has the same number"
        stranger.kill()
    assert is_gone(real), "found by where it stood"


def test_the_list_tells_the_truth_of_a_killed_run(tmp_path: Path, agent: StandIn, cli_in: Any) -> None:
    project = RunProject(tmp_path / "project", tasks=1)
    agent.script({"hang": True})
    folder = project.start("docs", "1", agent="claude")
    agent_pid(folder)
    kill_worker(folder)
    cli: CommandLine = cli_in(project.root)
    listed = cli("runs", "--json")
    assert [run["state"] for run in listed.json["runs"]] == ["interrupted"]
    assert "had lost its worker" in listed.err
    assert cli("runs", "list").err == ""
    agent.script(*project.writing("1"))
    assert cli("runs", "retry").code == 0
