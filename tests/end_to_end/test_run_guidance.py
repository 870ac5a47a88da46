"""What the commands of runs tell a person: what changed, what was kept, what is open, what comes next."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.run_project import RunProject, StandIn, agent_pid, finished, until


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """A stand-in for Claude Code as the agent's command."""
    made = StandIn(tmp_path / "agent")
    monkeypatch.setenv("TASKDECK_AGENT_COMMAND", str(made.path))
    monkeypatch.setenv("TASKDECK_AGENT_KIND", "claude")
    return made


@pytest.fixture
def project(tmp_path: Path) -> RunProject:
    return RunProject(tmp_path / "project", tasks=2)


def test_an_order_of_any_length_begins(project: RunProject, agent: StandIn, cli_in: Any) -> None:
    """Linux lets no argument be longer than 128 kB, and `ps` shows arguments to everybody."""
    project.edit("1", details="one detail of many; " * 17_000)
    project.git("commit", "-q", "-a", "-m", "a long task")
    agent.script({"write": {"path": "src/new.txt", "content": "new\n"}})
    done = cli_in(project.root)("submit", "1")
    assert done.code == 0, done.err
    assert agent.calls[0]["prompt"].count("one detail of many") == 17_000
    assert "one detail of many" not in " ".join(agent.calls[0]["argv"])


def test_a_dry_run_names_no_run_and_no_branch_that_will_not_be(
    project: RunProject, agent: StandIn, cli_in: Any
) -> None:
    told = cli_in(project.root)("submit", "1", "--dry-run")
    assert "taskdeck/task-1-RUN " in told.out
    assert not re.search(r"task-1-\d{6}-", told.out)


def test_the_end_of_a_task_says_where_the_work_is_and_what_is_still_in_progress(
    project: RunProject, agent: StandIn, cli_in: Any
) -> None:
    agent.script({"write": {"path": "src/new.txt", "content": "new\n"}})
    done = cli_in(project.root)("submit", "1")
    branch = project.branches()[0]
    assert "Task 1 is in-progress now; .taskmaster/tasks/tasks.json says so and is not committed." in done.out
    assert f"`git log -p main..{branch}` shows the work, `git merge {branch}` takes it over." in done.out
    assert "Task 1 is still in-progress: `taskdeck set-status 1 done` once that is taken over." in done.out


def test_a_killed_agent_is_told_once_with_its_last_words_and_its_task_is_said_to_be_open(
    project: RunProject, agent: StandIn, cli_in: Any
) -> None:
    agent.script({"say": "hm"}, {"stderr": "Segfault: out of memory"}, {"exit": 137})
    failed = cli_in(project.root)("submit", "1,2")
    why = "The agent ended without a result, killed (signal 9): Segfault: out of memory"
    assert failed.code == 1
    assert failed.err.count(why) == 1
    assert failed.out.count(why) == 1, "as it happened"
    assert "Tasks 1, 2 are still in-progress: `taskdeck set-status 1,2 pending` sets that back." in failed.out
    shown = cli_in(project.root)("runs", "show", "--json").json["run"]
    assert shown["branch"] == "", "there is none"


def test_a_cancelled_run_says_what_was_kept_and_a_retry_blames_nobody(
    project: RunProject, agent: StandIn, cli_in: Any
) -> None:
    agent.script({"write": {"path": "src/half.txt", "content": "half\n"}}, {"hang": True})
    cli = cli_in(project.root)
    begun = cli("submit", "1", "--detach")
    run = project.runs[0]
    for advised in ("runs watch", "logs", "runs cancel"):
        assert f"`taskdeck {advised} {run.id}`" in begun.out
    agent_pid(run)
    until(lambda: list((run.state / "worktrees").glob("*/src/half.txt")), "the file")
    for told in (cli("runs", "cancel"), cli("runs", "show")):
        assert f"What was written by then is kept in {run.kept}" in told.out
    agent.script({"write": {"path": "src/new.txt", "content": "new\n"}})
    assert cli("runs", "retry").code == 0
    assert "Nothing failed: somebody ended the run before it was done." in agent.calls[-1]["prompt"]


def test_a_silent_agent_is_told_again_and_how_to_end_it(
    project: RunProject, agent: StandIn, cli_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TASKDECK_AGENT_SILENCE", "0.2")
    agent.script({"say": "hm"}, {"sleep": 3}, {"write": {"path": "src/new.txt", "content": "new\n"}})
    done = cli_in(project.root)("submit", "1")
    assert done.out.count("▲ task-1  silent for") >= 3
    assert done.out.count("(agent.timeout) and not before") == 1
    assert f"`taskdeck runs cancel {project.runs[0].id}`" in done.out


def test_apply_takes_the_last_run_that_has_documents(
    project: RunProject, agent: StandIn, cli_in: Any
) -> None:
    cli = cli_in(project.root)
    assert cli("docs", "apply").code == 1, "nothing ran here yet"
    assert cli("docs", "generate", "1", "--agent", "builtin").code == 0
    wrote = project.runs[0]
    agent.script({"exit": 1})
    assert cli("docs", "generate", "2").code == 1
    assert cli("submit", "1").code == 1
    assert cli("docs", "apply", "last").code == 2, "the last one was for a task"
    assert cli("docs", "apply", "--json").json["run"] == wrote.id
    (project.root / ".taskmaster/docs/task-1/task.md").write_text("mine", "utf-8")
    refused = cli("docs", "apply")
    assert refused.code == 3
    assert "1 document was left alone" in refused.err
    assert "✓" not in refused.out


def test_a_retry_of_what_passed_says_how_it_is_done_anew(
    project: RunProject, agent: StandIn, cli_in: Any
) -> None:
    agent.script({"write": {"path": "src/new.txt", "content": "new\n"}})
    cli = cli_in(project.root)
    assert cli("submit", "1").code == 0
    again = cli("runs", "retry")
    assert (again.code, "`taskdeck submit 1` does it anew" in again.err) == (2, True)
    assert finished(project.runs[0]).state == "done"
