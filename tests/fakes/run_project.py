"""A git project with tasks in which runs are started for real, and what tests ask of it and them."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from core.documents.catalogue import folder_of
from core.documents.writer import Context, write_documents
from core.paths import state_folder
from core.runs.folder import RunFolder, list_runs
from core.runs.start import Wish, start_now
from core.runs.watch import RunView, RunWatch
from core.services import Workspace, open_project
from core.tasks.document import parse
from tests.fakes.claude_command import StandIn, Step
from tests.fakes.command_line import TASKS

SECONDS = 60.0
NAMES = ("task.md", "prompt.md", "design-spec.md", "acceptance-criteria.md")


def some_tasks(count: int) -> dict[str, Any]:
    """Tasks of which each builds on the one before it."""
    return {
        "master": {
            "tasks": [
                {
                    "id": number,
                    "title": f"Part {number} of the service",
                    "description": f"Build part {number}, with its storage and its errors.",
                    "details": "Keep it small. Return an error for an unknown id.",
                    "testStrategy": "Unit tests for every call.",
                    "priority": "high",
                    "dependencies": [number - 1] if number > 1 else [],
                    "status": "pending",
                    "subtasks": [],
                }
                for number in range(1, count + 1)
            ],
            "metadata": {},
        }
    }


class RunProject:
    """A project in `root`; with `git` its files are committed on the branch `main`."""

    def __init__(self, root: Path, tasks: int = 2, *, git: bool = True) -> None:
        self.root = root
        self.file = root / TASKS
        self.file.parent.mkdir(parents=True)
        self.file.write_text(json.dumps(some_tasks(tasks), indent=2), "utf-8")
        (root / "src").mkdir()
        (root / "src" / "main.txt").write_text("one\n", "utf-8")
        self.has_git = git
        if git:
            self.git("init", "-q", "-b", "main")
            self.commit("begin")

    # The project

    def git(self, *arguments: str, check: bool = True) -> str:
        done = subprocess.run(
            ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", *arguments],
            cwd=self.root, capture_output=True, text=True, check=check,
        )  # fmt: skip
        return done.stdout.strip()

    def commit(self, message: str) -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD")

    def sign(self) -> None:
        """Tell git who the user is; without that, commits in the user's own tree cannot be made."""
        self.git("config", "user.name", "Ada")
        self.git("config", "user.email", "ada@example.org")

    def edit(self, key: str, **fields: Any) -> None:
        """Change fields of a task in the file, as another program does."""
        data = json.loads(self.file.read_text("utf-8"))
        next(task for task in data["master"]["tasks"] if str(task["id"]) == key).update(fields)
        self.file.write_text(json.dumps(data, indent=2), "utf-8")

    def task(self, key: str) -> dict[str, Any]:
        tasks = json.loads(self.file.read_text("utf-8"))["master"]["tasks"]
        return next(task for task in tasks if str(task["id"]) == key)

    def workspace(self) -> Workspace:
        return open_project(self.root)

    @property
    def state(self) -> Path:
        return state_folder(self.root)

    def fingerprint(self) -> str:
        """A hash of the user's files, the index, HEAD and the branches that are not a run's."""
        digest = hashlib.sha256()
        for path in sorted(self.root.rglob("*")):
            relative = path.relative_to(self.root)
            if path.is_file() and relative.parts[0] != ".git":
                digest.update(f"{relative} {path.stat().st_mode} ".encode() + path.read_bytes())
        if self.has_git:
            digest.update((self.root / ".git" / "index").read_bytes())
            digest.update(self.git("status", "--porcelain", "--ignored").encode())
            refs = self.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
            digest.update("\n".join(ref for ref in refs if "refs/heads/taskdeck/" not in ref).encode())
            digest.update((self.root / ".git" / "HEAD").read_bytes())
        return digest.hexdigest()

    # Documents

    def documents(self, key: str, **replaced: str) -> dict[str, str]:
        """Path -> text of documents of that task that pass the gate."""
        tag = parse(self.file.read_bytes(), self.file).tag("master")
        texts = write_documents(tag.find(key), Context(tag, NAMES))
        return {f"{folder_of(key)}/{name}": text for name, text in texts.items()}

    def writing(self, key: str) -> list[Step]:
        """The steps of a stand-in that writes them."""
        return [{"write": {"path": path, "content": text}} for path, text in self.documents(key).items()]

    # Runs

    def start(self, kind: Any = "docs", *keys: str, **wish: Any) -> RunFolder:
        return start_now(self.workspace(), Wish(kind, keys, **wish))

    def run(self, kind: Any = "docs", *keys: str, **wish: Any) -> RunView:
        """Start a run and wait until it is over."""
        return finished(self.start(kind, *keys, **wish))

    @property
    def runs(self) -> list[RunFolder]:
        return list_runs(self.state)

    def branches(self) -> list[str]:
        return self.git("for-each-ref", "--format=%(refname:short)", "refs/heads/taskdeck").splitlines()

    def files_on(self, branch: str) -> list[str]:
        """The paths that a branch changed against `main`."""
        return self.git("diff", "--name-only", "main", branch).splitlines()

    def leftovers(self) -> list[str]:
        """Work trees that are left, by git's list and on disk."""
        folder = self.state / "worktrees"
        found = [path.name for path in folder.iterdir()] if folder.is_dir() else []
        if self.has_git:
            listed = self.git("worktree", "list", "--porcelain").split("\n\n")
            found += [entry.splitlines()[0] for entry in listed[1:] if entry]
        return found


def until(condition: Callable[[], Any], what: str = "it", seconds: float = SECONDS) -> Any:
    """Wait until `condition` gives something; fails after `seconds`."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, f"{what} did not come about"
        time.sleep(0.01)
    return value


def finished(folder: RunFolder) -> RunView:
    """The view of a run once its worker is gone."""
    until(lambda: not folder.is_alive(), f"the end of {folder.id}: {_told(folder)}")
    return RunWatch(folder).poll()


def _told(folder: RunFolder) -> str:
    return folder.ledger_file.read_text("utf-8") if folder.ledger_file.exists() else "no ledger"


def agent_pid(folder: RunFolder) -> int:
    """The process of the first agent, once the ledger names it."""
    attempt = until(lambda: next(iter(folder.ledger().attempts), None), "an agent")
    return attempt.began.pid


def kill_worker(folder: RunFolder) -> None:
    """End the worker as nothing can be caught, and wait until its lock is free."""
    worker = until(lambda: folder.worker, "the worker")
    os.kill(worker[0], signal.SIGKILL)
    until(lambda: not folder.is_alive(), "the end of the worker")


def is_gone(pid: int) -> bool:
    """Whether no process of that id does anything any more."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


__all__ = ["RunProject", "StandIn", "agent_pid", "finished", "is_gone", "kill_worker", "some_tasks", "until"]
