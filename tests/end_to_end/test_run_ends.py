"""How runs end when somebody asks them to, at whatever moment, and what is left then."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.runs import start
from core.runs.cancel import cancel
from core.runs.recover import recover
from core.runs.retry import retry_wish
from core.runs.start import start_now
from tests.fakes.claude_command import Step
from tests.fakes.run_project import RunProject, StandIn, agent_pid, finished, is_gone, kill_worker, until

ROOT = Path(__file__).resolve().parents[2]
# A worker in which one step takes its time: it says that it is in there and waits for a file.
SLOW = """
import importlib, sys, time
from pathlib import Path
root, folder, lock, module, name, here, go = sys.argv[1:8]
sys.path.insert(0, root)
from core.runs import worker
where, _, kind = module.partition(":")
owner = importlib.import_module(where)
owner = getattr(owner, kind) if kind else owner
plain = getattr(owner, name)

def slow(*arguments, **values):
    Path(here).touch()
    while not Path(go).exists():
        time.sleep(0.02)
    return plain(*arguments, **values)

setattr(owner, name, slow)
sys.exit(worker.main([folder, lock]))
"""


def slow_at(module: str, name: str, here: Path, go: Path) -> Callable[..., tuple[str, ...]]:
    def command(_: str, folder: str, lock: str) -> tuple[str, ...]:
        return (sys.executable, "-c", SLOW, str(ROOT), folder, lock, module, name, str(here), str(go))

    return command


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """A stand-in for Claude Code as the agent's command."""
    made = StandIn(tmp_path / "agent")
    monkeypatch.setenv("TASKDECK_AGENT_COMMAND", str(made.path))
    return made


def with_remote(tmp_path: Path) -> RunProject:
    """A project whose branch is on a remote in a folder."""
    project = RunProject(tmp_path / "project")
    project.git("init", "-q", "--bare", str(tmp_path / "remote.git"))
    project.git("remote", "add", "origin", str(tmp_path / "remote.git"))
    project.git("switch", "-q", "-c", "feature")
    project.git("push", "-q", "-u", "origin", "feature")
    return project


def test_a_run_that_is_cancelled_at_once_is_cancelled(tmp_path: Path) -> None:
    project = RunProject(tmp_path / "project")
    folder = project.start("docs")
    assert cancel(folder)
    assert finished(folder).state == "cancelled"
    assert project.leftovers() == []


def test_the_verdict_of_a_cancelled_run_comes_behind_all_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = RunProject(tmp_path / "project")
    here, go = tmp_path / "here", tmp_path / "go"
    with monkeypatch.context() as patch:
        patch.setattr(start, "own_command", slow_at("core.runs.workspace:WorktreeSlot", "make", here, go))
        folder = project.start("docs")
    until(here.exists, "the work tree")
    cancel(folder)
    # It looks for the file a few times a second; each look is a chance to break off its own ending.
    time.sleep(1.0)
    assert folder.ledger().verdict is None
    go.touch()
    assert finished(folder).state == "cancelled"
    assert project.leftovers() == []


def test_an_agent_and_what_it_tests_can_be_interrupted(tmp_path: Path, agent: StandIn) -> None:
    project = RunProject(tmp_path / "project", tasks=1)
    ask = "import signal; emit({'type': 'x', 'ignored': [s.name for s in signal.valid_signals() "
    ask += "if signal.getsignal(s) is signal.SIG_IGN]})"
    agent.script({"python": ask}, *project.writing("1"))
    folder = project.start("docs", "1", agent="claude")
    assert finished(folder).state == "done"
    log = (folder.agent("docs-1") / "log").read_text("utf-8")
    [ignored] = [line for line in log.splitlines() if '"ignored"' in line]
    assert not {"SIGINT", "SIGHUP", "SIGTERM"} & set(json.loads(ignored)["ignored"])


def test_somebody_who_looks_around_in_a_workspace_is_left_alone(tmp_path: Path, agent: StandIn) -> None:
    project = RunProject(tmp_path / "project", tasks=1)
    agent.script({"hang": True})
    folder = project.start("docs", "1", agent="claude")
    hanging = agent_pid(folder)
    [place] = (folder.state / "worktrees").iterdir()
    with subprocess.Popen(["sleep", "100"], cwd=place) as shell:
        kill_worker(folder)
        assert recover(folder)
        assert shell.poll() is None
        shell.kill()
    assert is_gone(hanging)
    assert project.leftovers() == []


def test_a_retry_goes_on_with_the_branch_of_a_run_that_was_cancelled(tmp_path: Path, agent: StandIn) -> None:
    project = RunProject(tmp_path / "project", tasks=3)
    hang: list[Step] = [{"hang": True}]
    agent.script(
        when=[
            {"prompt": 'task "1"', "steps": project.writing("1")},
            {"prompt": 'task "2"', "steps": hang},
            {"prompt": 'task "3"', "steps": hang},
        ]
    )
    first = project.start("docs", agent="claude")
    until(lambda: first.ledger().result and len(first.ledger().attempts) == 3, "the first result")
    cancel(first)
    assert finished(first).state == "cancelled"
    agent.script(
        when=[
            {"prompt": 'task "2"', "steps": project.writing("2")},
            {"prompt": 'task "3"', "steps": [{"say": "no"}]},
        ]
    )
    second = start_now(project.workspace(), retry_wish(first))
    assert finished(second).state == "failed"
    agent.script(*project.writing("3"))
    third = start_now(project.workspace(), retry_wish(second))
    view = finished(third)
    assert view.state == "done", view.words
    assert view.branch == first.request.branch
    assert len(project.files_on(view.branch)) == 12
    assert third.request.earlier == ("1", "2")


def test_a_retry_in_which_nothing_passed_loses_no_earlier_result(tmp_path: Path, agent: StandIn) -> None:
    project = RunProject(tmp_path / "project")
    agent.script(
        when=[
            {"prompt": 'task "1"', "steps": project.writing("1")},
            {"prompt": 'task "2"', "steps": [{"say": "no"}]},
        ]
    )
    first = project.start("docs", agent="claude")
    assert finished(first).state == "failed"
    second = start_now(project.workspace(), retry_wish(first))
    view = finished(second)
    assert (view.state, view.commit) == ("failed", second.request.continues)
    wish = retry_wish(second)
    assert (wish.branch, wish.continues, wish.earlier) == (first.request.branch, view.commit, ("1",))


def test_a_retry_of_tasks_begins_where_the_run_before_ended(tmp_path: Path, agent: StandIn) -> None:
    project = RunProject(tmp_path / "project")
    first_does: list[Step] = [{"write": {"path": "src/one.txt", "content": "1"}}]
    agent.script(
        when=[
            {"prompt": "Do exactly task 1", "steps": first_does},
            {"prompt": "Do exactly task 2", "steps": []},
        ]
    )
    first = project.start("task", "1", "2", agent="claude")
    assert finished(first).state == "failed"
    agent.script({"read": "src/one.txt"}, {"write": {"path": "src/two.txt", "content": "2"}})
    second = start_now(project.workspace(), retry_wish(first))
    view = finished(second)
    assert view.state == "done", view.words
    assert project.files_on(view.branch) == ["src/one.txt", "src/two.txt"]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = RunProject(tmp_path / "project", git=False)
    here, go = tmp_path / "here", tmp_path / "go"
    with monkeypatch.context() as patch:
        patch.setattr(start, "own_command", slow_at("core.runs.work", "copy_prd", here, go))
        folder = project.start("docs")
    until(here.exists, "the worker")
    # A file where the work trees are to be: as good as a disk that takes nothing more.
    (folder.state / "worktrees").write_text("")
    go.touch()
    view = finished(folder)
    assert view.state == "failed"
    assert str(folder.state / "worktrees") in view.words
    assert "fault of Taskdeck" not in view.words


def test_a_run_that_is_cancelled_while_it_publishes_is_cancelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = with_remote(tmp_path)
    here, go = tmp_path / "here", tmp_path / "go"
    with monkeypatch.context() as patch:
        patch.setattr(start, "own_command", slow_at("core.runs.delivery:Delivery", "_check_branch", here, go))
        folder = project.start("docs", push=True)
    until(here.exists, "the stage publish")
    # The publication sees the file in its next step, mostly before the worker looks for it.
    folder.cancel_file.touch()
    go.touch()
    view = finished(folder)
    assert view.state == "cancelled", view.words
    assert [stage.state for stage in view.stages][:2] == ["failed", "waiting"]


def test_what_an_agent_finished_is_judged_although_the_run_is_cancelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: StandIn
) -> None:
    project = RunProject(tmp_path / "project", tasks=1)
    agent.script(*project.writing("1"))
    here, go = tmp_path / "here", tmp_path / "go"
    with monkeypatch.context() as patch:
        patch.setattr(start, "own_command", slow_at("core.runs.attempt", "judge_documents", here, go))
        folder = project.start("docs", agent="claude")
    until(here.exists, "the gate")
    cancel(folder)
    go.touch()
    view = finished(folder)
    assert (view.state, view.words) == ("cancelled", "Cancelled; 1 of 1 task had passed.")
    assert len(project.files_on(view.branch)) == 4
    assert project.git("rev-parse", view.branch) == view.commit


def test_a_command_says_every_step_on_the_way_out(tmp_path: Path, cli_in: Any) -> None:
    project = with_remote(tmp_path)
    project.sign()
    project.edit("1", title="Something else")
    done = cli_in(project.root)("docs", "generate", "1", "--push")
    assert done.code == 0, done.err
    commit = project.git("rev-parse", "--short=7", "HEAD")
    steps = ["feature goes to origin/feature", f"Commit {commit} holds", f"Pushed {commit} to"]
    assert [step for step in steps if step in done.out] == steps
