"""The day of the platform, small: an example project in a subfolder whose remote branch holds another plan.

On the remote's branch `feature/example-app` lies the task file of an Express project (tasks 11 to 16); here
lies the right one, of a Rust service (tasks 1 to 12, 68 subtasks). At the top of the repository is a second
project with a task file of its own, a file's deletion is staged, another file has edits, a third is new.
All texts are our own.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.documents.catalogue import folder_of
from core.documents.writer import Context, write_documents
from core.paths import config_file, make_private_folder, state_folder
from core.runs.folder import RunFolder, list_runs
from core.tasks.document import parse
from tests.fakes.claude_command import Step
from tests.fakes.forge_server import ForgeServer
from tests.fakes.git_remotes import Clone, Kind, clone_with_project, git, serve, with_login
from tests.fakes.run_project import NAMES

BRANCH = "feature/example-app"
EXPRESS = (
    "Scaffold the Express server",
    "Connect Mongoose models",
    "Session middleware",
    "Routes of the board",
    "Render pages with Handlebars",
    "Deploy with pm2",
)
RUST = (
    ("Set up the Cargo workspace", 5),
    ("Define the protocol buffers", 5),
    ("Database schema and migrations", 6),
    ("User accounts", 6),
    ("Task service over gRPC", 6),
    ("Filters and paging", 6),
    ("Streaming of changes", 6),
    ("Notifications", 6),
    ("Authentication tokens", 6),
    ("Metrics and tracing", 6),
    ("Integration tests", 5),
    ("Container image and release", 5),
)
PRD = """# Task service in Rust

## Stack

Rust with tonic, tokio and SQLx over PostgreSQL. Protocol buffers describe every call.

## Scope

Accounts, tasks, filters, streaming of changes, notifications, metrics.
"""


def express_plan() -> dict[str, Any]:
    """The plan that somebody left on the remote."""
    return _plan([_task(number, title, 0) for number, title in enumerate(EXPRESS, 11)])


def rust_plan() -> dict[str, Any]:
    """The plan that is meant."""
    return _plan([_task(number, title, parts) for number, (title, parts) in enumerate(RUST, 1)])


def _plan(tasks: list[dict[str, Any]]) -> dict[str, Any]:
    return {"master": {"tasks": tasks, "metadata": {"description": "Tasks for master context"}}}


def _task(number: int, title: str, parts: int) -> dict[str, Any]:
    first = number in (1, 11)
    return {
        "id": number,
        "title": title,
        "description": f"{title}: build it, with its errors and its limits.",
        "details": f"Everything of '{title}' that others call is documented and small.",
        "testStrategy": f"A test calls each part of '{title}' and looks at its errors.",
        "priority": "high" if first else "medium",
        "dependencies": [] if first else [number - 1],
        "status": "pending",
        "subtasks": [
            {"id": part, "title": f"{title}, part {part}", "description": f"Part {part} of it.",
             "details": "", "testStrategy": "", "status": "pending", "dependencies": []}
            for part in range(1, parts + 1)
        ],
    }  # fmt: skip


class Day:
    """Repository, remote and forge of that day."""

    def __init__(self, clone: Clone, forge: ForgeServer) -> None:
        self.clone = clone
        self.forge = forge
        self.wanted = ""
        """The hash of the right task file."""

    def put_right_file(self, plan: dict[str, Any] | None = None) -> None:
        self.clone.tasks.write_text(json.dumps(plan or rust_plan(), indent=2) + "\n", "utf-8")
        self.wanted = self.clone.git("hash-object", self.clone.task_path)

    @property
    def remote_hash(self) -> str | None:
        return self.clone.remote.hash(BRANCH, self.clone.task_path)

    def others(self) -> tuple[str, str, str]:
        """Everything that is the user's and not published: staged, unstaged and new, the second project."""
        status = self.clone.git("status", "--porcelain", "--untracked-files=all")
        kept = [line for line in status.splitlines() if self.clone.task_path not in line]
        top = self.clone.top / ".taskmaster/tasks/tasks.json"
        return "\n".join(kept), top.read_text() if top.exists() else "", self.clone.git("stash", "list")

    def remote_branches(self) -> list[str]:
        """The branches of runs on the remote."""
        refs = git(
            "for-each-ref", "--format=%(refname:short)", "refs/heads/taskdeck", cwd=self.clone.remote.folder
        )
        return refs.splitlines()

    def changed_on(self, branch: str, base: str = BRANCH) -> list[str]:
        """The paths in which a branch of the remote differs from its base there."""
        return git("diff", "--name-only", f"{base}...{branch}", cwd=self.clone.remote.folder).splitlines()

    @staticmethod
    def changed_paths_of(*keys: str) -> list[str]:
        """The documents of these tasks as paths of the repository, in git's order."""
        return sorted(f"example/{folder_of(key)}/{name}" for key in keys for name in NAMES)

    @property
    def runs(self) -> list[RunFolder]:
        return list_runs(state_folder(self.clone.project))

    def writing(self, key: str, change: Callable[[str], str] = lambda text: text) -> list[Step]:
        """What a stand-in of an agent does that writes the documents of a task."""
        tag = parse(self.clone.tasks.read_bytes(), self.clone.tasks).tag("master")
        texts = write_documents(tag.find(key), Context(tag, NAMES))
        return [
            {"write": {"path": f"{folder_of(key)}/{name}", "content": change(text)}}
            for name, text in texts.items()
        ]


@contextmanager
def that_day(
    kind: Kind, folder: Path, speaks: type[ForgeServer] = ForgeServer, name: str = "team/service"
) -> Generator[Day]:
    """The day as it began, with the right task file in the work tree and not committed.

    `speaks` is the forge, whose repositories lie below the same path as its pages; `name` is that of ours.
    """
    path = f"{speaks.prefix.partition('/api/')[0]}/{name}.git"
    with serve(kind, folder / "server") as remote:
        link = folder / "server" / path.lstrip("/")
        link.parent.mkdir(parents=True)
        link.symlink_to(remote.folder)
        clone = clone_with_project(remote, folder / "work", BRANCH)
        clone.git("config", "remote.origin.url", with_login(remote).replace("/repo.git", path))
        _make_history(clone)
        with speaks(remote.folder, name=name) as forge:
            make_private_folder(config_file().parent)
            config_file().write_text(f'[publish]\napi_url = "{forge.api_url}"\ntoken = "{forge.token}"\n')
            day = Day(clone, forge)
            day.put_right_file()
            yield day


def _make_history(clone: Clone) -> None:
    clone.tasks.write_text(json.dumps(express_plan(), indent=2) + "\n")
    clone.write("example/.taskmaster/docs/prd.txt", PRD)
    clone.write("example/src/main.rs", "fn main() {}\n")
    clone.git("add", "-A")
    clone.git("commit", "-qm", "an older plan")
    clone.git("push", "-q", "origin", BRANCH, f"{BRANCH}:refs/heads/main")
    clone.git("rm", "-q", "lib/gone.py")
    clone.write("README.md", "edited, not staged\n")
    clone.write("example/notes.txt", "mine\n")


def commits(clone: Clone) -> int:
    """How many commits HEAD has."""
    done = subprocess.run(
        ["git", "rev-list", "--count", "HEAD"], cwd=clone.top, capture_output=True, text=True, check=True
    )
    return int(done.stdout)
