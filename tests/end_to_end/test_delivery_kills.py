"""Runs that are killed while they publish, push or make the pull request: told truly, gone on with, once."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from core.runs import start
from core.runs.cancel import cancel
from core.runs.folder import RunFolder
from core.runs.start import Wish, start_now
from core.runs.watch import RunWatch
from core.services import open_project
from tests.fakes.claude_command import StandIn
from tests.fakes.command_line import CommandLine
from tests.fakes.run_project import finished, until
from tests.fakes.that_day import BRANCH, Day, commits, that_day

# A worker that is killed once it is about to write the entry of that kind and stage, or has written it.
KILL_AT = """
import os, signal, sys
root, folder, lock, kind, told, before = sys.argv[1:7]
sys.path.insert(0, root)
from core.runs import ledger, worker
append = ledger.Ledger.append

def watched(self, entry):
    words = getattr(entry, "stage", "") or getattr(entry, "words", "")
    meant = type(entry).__name__ == kind and words.startswith(told)
    if meant and before == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    done = append(self, entry)
    if meant:
        os.kill(os.getpid(), signal.SIGKILL)
    return done

ledger.Ledger.append = watched
sys.exit(worker.main([folder, lock]))
"""
ROOT = Path(__file__).resolve().parents[2]
WAIT = """#!/bin/sh
case "$1" in {pattern}) ;; *) exit 0;; esac
touch {here}
while [ ! -e {go} ]; do sleep 0.02; done
"""


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    with that_day("daemon", tmp_path) as made:
        yield made


@pytest.fixture
def cli(day: Day, cli_in: Any) -> CommandLine:
    return cli_in(day.clone.project)


@pytest.fixture
def agent(tmp_path: Path, day: Day, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """A stand-in for Claude Code that writes the documents of task 1, and counts its calls."""
    made = StandIn(tmp_path / "agent", *day.writing("1"))
    monkeypatch.setenv("TASKDECK_AGENT_COMMAND", str(made.path))
    return made


def killed_at(kind: str, told: str, before: str) -> Callable[..., tuple[str, ...]]:
    def command(module: str, folder: str, lock: str) -> tuple[str, ...]:
        assert module == "core.runs.worker"
        return (sys.executable, "-c", KILL_AT, str(ROOT), folder, lock, kind, told, before)

    return command


def begin(day: Day) -> RunFolder:
    return start_now(open_project(day.clone.project), Wish("docs", ("1",), agent="claude", pr=True))


def check_delivered(day: Day, before: tuple[str, str, str], count: int) -> None:
    """What holds in the end, however often it was killed: everything once, and nothing lost."""
    assert day.remote_hash == day.wanted
    assert commits(day.clone) == count + 1, "the task file was committed once"
    assert day.clone.remote.tip(BRANCH) == day.clone.git("rev-parse", "HEAD")
    [pull] = day.forge.pulls
    assert pull["base"]["ref"] == BRANCH
    branch = pull["head"]["ref"]
    assert branch in day.remote_branches()
    assert day.changed_on(branch) == day.changed_paths_of("1")
    assert day.others() == before
    assert day.clone.git("worktree", "list").count("\n") == 0
    assert not (day.clone.top / ".git/index.lock").exists()


@pytest.mark.parametrize(
    ("kind", "told", "when", "stage"),
    [
        ("StageBegan", "publish", "after", "publish"),
        ("Note", "Commit ", "after", "publish"),
        ("StageEnded", "publish", "before", "publish"),
        ("StageBegan", "push", "after", "push"),
        ("StageEnded", "push", "before", "push"),
        ("StageBegan", "pull_request", "after", "pull_request"),
        ("StageEnded", "pull_request", "before", "pull_request"),
    ],
)
def test_a_worker_killed_on_the_way_out_is_gone_on_with(
    day: Day, cli: CommandLine, agent: StandIn, monkeypatch: pytest.MonkeyPatch,
    kind: str, told: str, when: str, stage: str,
) -> None:  # fmt: skip
    before, count = day.others(), commits(day.clone)
    with monkeypatch.context() as patch:
        patch.setattr(start, "own_command", killed_at(kind, told, when))
        folder = begin(day)
    until(lambda: not folder.is_alive(), "the end of the worker")
    assert RunWatch(folder).poll().state == "interrupted"
    shown = cli("runs", "show")
    assert "interrupted" in shown.out
    verdict = folder.ledger().verdict
    assert verdict is not None
    assert verdict.evidence["stage"] == stage
    assert len(day.forge.pulls) == (1 if (stage, when) == ("pull_request", "before") else 0)
    calls = len(agent.calls)
    again = cli("runs", "retry")
    assert again.code == 0, again.err
    check_delivered(day, before, count)
    expected = 1 if stage in ("push", "pull_request") else calls + 1
    assert len(agent.calls) == expected, "a result that passed is not made again"
    assert cli("runs", "retry").code == 2, "nothing is left to do"
    assert len(day.forge.made()) == 1


def test_a_worker_killed_behind_its_last_proof_is_done(
    day: Day, cli: CommandLine, agent: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, count = day.others(), commits(day.clone)
    with monkeypatch.context() as patch:
        patch.setattr(start, "own_command", killed_at("Verdict", "", "before"))
        folder = begin(day)
    until(lambda: not folder.is_alive(), "the end of the worker")
    listed = cli("runs", "--json").json["runs"]
    assert [run["state"] for run in listed] == ["done"]
    assert "/pull/1" in cli("runs", "show").out
    check_delivered(day, before, count)


def test_a_retry_that_is_killed_too_is_gone_on_with(
    day: Day, cli: CommandLine, agent: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often: the branch and its commit stay the same, and so does the pull request."""
    before, count = day.others(), commits(day.clone)
    for stage, when in (("push", "after"), ("pull_request", "after"), ("pull_request", "before")):
        kind = "StageEnded" if when == "before" else "StageBegan"
        with monkeypatch.context() as patch:
            patch.setattr(start, "own_command", killed_at(kind, stage, when))
            if day.runs:
                assert cli("runs", "retry", "--detach").code == 0
            else:
                begin(day)
        until(lambda: not day.runs[0].is_alive(), "the end of the worker")
        assert RunWatch(day.runs[0]).poll().state == "interrupted"
    assert cli("runs", "retry").code == 0
    check_delivered(day, before, count)
    assert len({run.request.branch for run in day.runs}) == 1
    assert [run.request.attempt for run in day.runs] == [4, 3, 2, 1]
    assert (len(agent.calls), len(day.forge.made())) == (1, 1)


@pytest.mark.parametrize("pattern", [f"refs/heads/{BRANCH}", "refs/heads/taskdeck/*"])
def test_a_worker_killed_with_its_git_while_the_server_takes_the_push(
    day: Day, cli: CommandLine, agent: StandIn, tmp_path: Path, pattern: str
) -> None:
    before, count = day.others(), commits(day.clone)
    here, go = hold(day, tmp_path, pattern)
    folder = begin(day)
    until(here.exists, "the push")
    kill_tree(folder)
    go.touch()
    shown = cli("runs", "show")
    assert "interrupted" in shown.out
    again = cli("runs", "retry")
    assert again.code == 0, again.err
    check_delivered(day, before, count)
    assert len(agent.calls) == 1


def test_a_worker_killed_with_its_git_inside_a_commit_hook(
    day: Day, cli: CommandLine, agent: StandIn, tmp_path: Path
) -> None:
    """The hardest place: the user's own repository, in the middle of a commit."""
    before, count = day.others(), commits(day.clone)
    here, go = tmp_path / "here", tmp_path / "go"
    day.clone.hook("pre-commit", WAIT.format(pattern="*", here=here, go=go))
    folder = begin(day)
    until(here.exists, "the commit")
    kill_tree(folder)
    go.touch()
    assert "interrupted" in cli("runs", "show").out
    assert day.clone.git("rev-list", "--count", "HEAD") == str(count)
    again = cli("runs", "retry")
    if again.code:
        # A killed git leaves its lock, and whose it is nobody can know: it is named, and not taken away.
        assert again.code == 3
        assert "index.lock" in again.err
        (day.clone.top / ".git/index.lock").unlink()
        again = cli("runs", "retry")
    assert again.code == 0, again.err
    check_delivered(day, before, count)


@pytest.mark.parametrize("stage", ["publish", "push", "pull_request"])
def test_a_command_killed_on_the_way_out_leaves_the_run_going(
    day: Day, cli: CommandLine, cli_in: Any, agent: StandIn, tmp_path: Path, stage: str
) -> None:
    before, count = day.others(), commits(day.clone)
    asked, answer = threading.Event(), threading.Event()
    here, go = tmp_path / "here", tmp_path / "go"
    if stage == "pull_request":

        def wait(_pull: dict[str, Any]) -> None:
            asked.set()
            answer.wait(60)

        day.forge.rewrite = wait
    else:
        pattern = f"refs/heads/{BRANCH}" if stage == "publish" else "refs/heads/taskdeck/*"
        hold(day, tmp_path, pattern)
    with cli_in.process(day.clone.project, "docs", "generate", "1", "--pr", "--agent", "claude") as process:
        until(lambda: asked.is_set() or here.exists() or process.poll() is not None, f"the stage {stage}")
        process.send_signal(signal.SIGKILL)
        process.communicate()
    [folder] = day.runs
    assert folder.is_alive()
    assert not RunWatch(folder).poll().is_over
    answer.set()
    go.touch()
    view = finished(folder)
    assert view.state == "done", view.words
    assert cli("runs", "watch").code == 0
    check_delivered(day, before, count)


@pytest.mark.parametrize("pattern", [f"refs/heads/{BRANCH}", "refs/heads/taskdeck/*"])
def test_a_run_cancelled_while_the_server_takes_the_push_is_gone_on_with(
    day: Day, cli: CommandLine, agent: StandIn, tmp_path: Path, pattern: str
) -> None:
    before, count = day.others(), commits(day.clone)
    here, go = hold(day, tmp_path, pattern)
    folder = begin(day)
    until(here.exists, "the push")
    assert cancel(folder)
    go.touch()
    view = finished(folder)
    assert view.state == "cancelled"
    assert day.forge.made() == []
    again = cli("runs", "retry")
    assert again.code == 0, again.err
    check_delivered(day, before, count)
    assert len(agent.calls) == 1


def test_a_retry_on_another_branch_is_refused(day: Day, cli: CommandLine, agent: StandIn) -> None:
    """The branch is data of the run: a retry publishes to no other that happens to be checked out."""
    day.clone.remote.hook("update", "#!/bin/sh\nexit 1\n")
    assert cli("docs", "generate", "1", "--pr", "--agent", "claude").code == 3
    day.clone.remote.hook("update", "#!/bin/sh\nexit 0\n")
    day.clone.git("switch", "-q", "-c", "elsewhere", "--track", "origin/main")
    main = day.clone.remote.tip("main")
    refused = cli("runs", "retry")
    assert refused.code == 3, refused.out + refused.err
    assert BRANCH in refused.err
    assert day.clone.remote.tip("main") == main
    day.clone.git("switch", "-q", BRANCH)
    assert cli("runs", "retry").code == 0
    assert day.forge.pulls[0]["base"]["ref"] == BRANCH


def hold(day: Day, folder: Path, pattern: str) -> tuple[Path, Path]:
    """Let the server wait in a push to such a branch: until `go` is there, having made `here`."""
    here, go = folder / "here", folder / "go"
    day.clone.remote.hook("update", WAIT.format(pattern=pattern, here=here, go=go))
    return here, go


def kill_tree(folder: RunFolder) -> None:
    """End the worker and all it started as a power cut does."""
    worker = until(lambda: folder.worker, "the worker")
    processes = [psutil.Process(worker[0])]
    processes += processes[0].children(recursive=True)
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            os.kill(process.pid, signal.SIGKILL)
    until(lambda: not folder.is_alive(), "the end of the worker")
