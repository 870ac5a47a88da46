"""Random actions of a user, a colleague and a killer around publishing, against what must hold of each.

Publishing never changes the index or work tree outside the named paths, no commit is lost here or there, and
"proven" is never said while the server's own copy differs.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.errors import TaskdeckError
from core.project import project_at
from core.publishing.publish import Published, publish
from core.publishing.publish_check import PublishRequest, check
from core.publishing.repository import Repository
from tests.fakes.git_remotes import Clone, clone_with_project, git, serve, tasks_text

ROOT = Path(__file__).resolve().parents[2]
FILES = ("README.md", "lib/gone.py", ".taskmaster/tasks/tasks.json", "example/new note.md")
MOMENTS = [(name, state) for name in ("look", "commit", "push", "prove") for state in ("running", "done")]
KILLED = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from core.project import project_at
from core.publishing.publish import publish
from core.publishing.publish_check import PublishRequest
from core.publishing.repository import Repository
def end(step):
    if (step.name, step.state) == (sys.argv[3], sys.argv[4]):
        os.kill(os.getpid(), signal.SIGKILL)
project = project_at(Path(sys.argv[2]))
publish(Repository.open(project.root), PublishRequest(project, include_unpushed=True), end)
"""
KILL_GIT = "#!/bin/sh\nkill -9 $PPID\n"


class PublishMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="taskdeck-model-"))
        self.served = serve("file", self.folder / "server")
        remote = self.served.__enter__()
        self.clone: Clone = clone_with_project(remote, self.folder / "work")
        self.colleague = self.folder / "colleague"
        self.clone.git("clone", "-q", "-b", self.clone.branch, remote.url, str(self.colleague))
        for key, value in (("user.name", "Bob"), ("user.email", "bob@example.org")):
            git("config", key, value, cwd=self.colleague)
        self.counter = 0

    def teardown(self) -> None:
        self.served.__exit__(None, None, None)
        shutil.rmtree(self.folder, ignore_errors=True)

    # What the user does

    @rule()
    def edit_tasks(self) -> None:
        self.counter += 1
        self.clone.tasks.parent.mkdir(parents=True, exist_ok=True)
        self.clone.tasks.write_text(tasks_text("One", f"Edit {self.counter}"))

    @rule(file=st.sampled_from(FILES), stage=st.booleans())
    def edit_other(self, file: str, stage: bool) -> None:
        self.counter += 1
        self.clone.write(file, f"text {self.counter}\n")
        if stage:
            self.clone.git("add", "--", file, check=False)

    @rule()
    def stage_tasks(self) -> None:
        self.clone.git("add", "--", self.clone.task_path, check=False)

    @rule(file=st.sampled_from(FILES), staged=st.booleans())
    def delete_other(self, file: str, staged: bool) -> None:
        if staged:
            self.clone.git("rm", "-q", "--cached", "--", file, check=False)
        (self.clone.top / file).unlink(missing_ok=True)

    @rule(everything=st.booleans())
    def commit(self, everything: bool) -> None:
        self.clone.git("commit", "-q", *(["-a"] if everything else []), "-m", "by hand", check=False)

    @rule(back=st.booleans())
    def switch(self, back: bool) -> None:
        names = (self.clone.branch,) if back else ("-c", f"side-{self.counter}")
        self.clone.git("switch", "-q", *names, check=False)

    @rule(pop=st.booleans())
    def stash(self, pop: bool) -> None:
        self.clone.git("stash", "pop" if pop else "push", "-q", check=False)

    @rule(what=st.sampled_from(["fetch", "merge", "abort", "push"]))
    def sync_by_hand(self, what: str) -> None:
        commands = {
            "fetch": ("fetch", "-q"),
            "merge": ("merge", "-q", "--no-edit", f"origin/{self.clone.branch}"),
            "abort": ("merge", "--abort"),
            "push": ("push", "-q", "origin", f"HEAD:{self.clone.branch}"),
        }
        self.clone.git(*commands[what], check=False)

    @rule(tasks=st.booleans())
    def colleague_pushes(self, tasks: bool) -> None:
        self.counter += 1
        git("fetch", "-q", cwd=self.colleague)
        git("reset", "-q", "--hard", f"origin/{self.clone.branch}", cwd=self.colleague)
        file = self.colleague / (self.clone.task_path if tasks else "README.md")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(tasks_text("One", f"Theirs {self.counter}"))
        git("add", "-A", cwd=self.colleague)
        git("commit", "-qm", "theirs", cwd=self.colleague)
        git("push", "-q", cwd=self.colleague)

    # What we do

    @rule(include=st.booleans())
    def publish(self, include: bool) -> None:
        before = self._seen()
        done: Published | None = None
        with contextlib.suppress(TaskdeckError):
            done = publish(self._repository(), self._request(include))
        self._check_untouched(before)
        if done is not None:
            assert self._server_hash() == self._own_hash()
            assert done.state.proven
        if done is not None and done.made:
            named = self.clone.git("show", "--format=", "--name-only", done.made).splitlines()
            assert set(named) <= {self.clone.task_path}

    @rule(moment=st.sampled_from(MOMENTS))
    def publish_and_die(self, moment: tuple[str, str]) -> None:
        before = self._seen()
        command = [sys.executable, "-c", KILLED, str(ROOT), str(self.clone.project), *moment]
        subprocess.run(command, capture_output=True, check=False)
        self._check_untouched(before)

    @rule()
    @precondition(lambda self: self.clone.tasks.exists())
    def publish_while_git_dies(self) -> None:
        self.clone.hook("pre-commit", KILL_GIT)
        before = self._seen()
        try:
            publish(self._repository(), self._request(True))
        except TaskdeckError:
            pass
        finally:
            # What a person does next: take away the lock that the dead git left.
            (self.clone.top / ".git/hooks/pre-commit").unlink()
            for lock in (self.clone.top / ".git").glob("*index*.lock"):
                lock.unlink()
        self._check_untouched(before)

    @invariant()
    def proven_is_what_the_server_holds(self) -> None:
        if not self.clone.tasks.is_file():
            return
        state = check(self._repository(), self._request(False))
        head = self.clone.git("rev-parse", "-q", "--verify", f"HEAD:{self.clone.task_path}", check=False)
        if state.proven:
            assert self._server_hash() == self._own_hash() == head
        elif self.clone.git("branch", "--show-current") == self.clone.branch:
            assert not (self._server_hash() == self._own_hash() == head)

    # What is looked at

    def _repository(self) -> Repository:
        return Repository.open(self.clone.project)

    def _request(self, include: bool) -> PublishRequest:
        return PublishRequest(project_at(self.clone.project), include_unpushed=include)

    def _server_hash(self) -> str | None:
        return self.clone.remote.hash(self.clone.branch, self.clone.task_path)

    def _own_hash(self) -> str:
        return self.clone.git("hash-object", "--", self.clone.task_path)

    def _seen(self) -> dict[str, object]:
        """Everything that publishing must leave alone, by what it is."""
        index = self.clone.git("ls-files", "-s", "-v").splitlines()
        files = {
            str(path): path.read_bytes()
            for path in self.clone.top.rglob("*")
            if path.is_file() and ".git" not in path.relative_to(self.clone.top).parts
        }
        return {
            "index": [line for line in index if line.partition("\t")[2] != self.clone.task_path],
            "files": files,
            "stashes": self.clone.git("stash", "list", "--format=%H"),
            "branch": self.clone.git("symbolic-ref", "HEAD"),
            "head": self.clone.git("rev-parse", "HEAD"),
            "remote": self.clone.remote.tip(self.clone.branch),
            "others": self.clone.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/heads"),
        }

    def _check_untouched(self, before: dict[str, object]) -> None:
        now = self._seen()
        for name in ("index", "files", "stashes", "branch"):
            assert now[name] == before[name], name
        here = (str(before["head"]), str(now["head"]))
        assert self._descends(*here), "a commit of the branch was lost"
        there = (str(before["remote"]), str(now["remote"]))
        assert there[0] == there[1] or self._descends(*there), "a commit of the remote was lost"
        branch = str(now["branch"])
        kept = [line for line in str(before["others"]).splitlines() if not line.startswith(branch + " ")]
        assert set(kept) <= set(str(now["others"]).splitlines())

    def _descends(self, former: str, now: str) -> bool:
        args = ["git", "merge-base", "--is-ancestor", former, now]
        return subprocess.run(args, cwd=self.clone.top, check=False, capture_output=True).returncode == 0


def _run(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        PublishMachine,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None,
            suppress_health_check=list(HealthCheck), print_blob=True,
        ),
    )  # fmt: skip


def test_a_few_random_days() -> None:
    _run(4, 12)


@pytest.mark.long
def test_many_random_days() -> None:
    _run(150, 30)
