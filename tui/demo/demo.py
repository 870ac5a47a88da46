"""Makes a throw-away copy of the sample project in a git repository of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from importlib.resources import files
from pathlib import Path

from core.errors import Refused, TaskdeckError
from core.project import init_project

PROJECT = "rust-task-service"
"""The project's folder inside the repository: one level down, as in many real repositories."""
BRANCH = "feature/example-app"
_NAMES = (("user.name", "Taskdeck demo"), ("user.email", "demo@taskdeck.invalid"))
_IDENTITY = tuple(part for name, value in _NAMES for part in ("-c", f"{name}={value}"))
_ALONE = ("-c", "commit.gpgsign=false", "-c", f"core.hooksPath={os.devnull}", "-c", "core.autocrlf=false")
_README = """\
# Example repository

Made by the demonstration of Taskdeck; it may be deleted. The project is in `rust-task-service`.
"""
_PREFIX = "taskdeck-demo-"
PACE = 0.08
"""Seconds between the steps of the agents of a demonstration that is watched."""
_END_SECONDS = 20.0


def make_demo(folder: Path | None = None) -> Path:
    """Make the sample project and return its folder, `<folder>/rust-task-service`.

    `folder` becomes a git repository with one commit on `main`, checked out on a feature branch. Without
    it a temporary one is made, which whoever called removes with `remove_demo`.
    Raises Refused when `folder` holds something already, TaskdeckError when it cannot be made.
    """
    if folder is not None and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(f"{folder} is not empty; the demonstration needs a folder of its own.", "Name another.")
    made_here = folder is None
    repository = Path(tempfile.mkdtemp(prefix=_PREFIX)) if folder is None else folder
    try:
        repository.mkdir(parents=True, exist_ok=True)
        project = repository.resolve() / PROJECT
        _write_files(repository, project)
        _commit(repository)
    except BaseException as error:
        if made_here:
            shutil.rmtree(repository, ignore_errors=True)
        if isinstance(error, OSError):
            what = error.strerror or str(error)
            raise TaskdeckError(f"The demonstration cannot be made in {repository}: {what}.") from None
        raise
    return project


def remove_demo(project: Path) -> None:
    """End the runs of a demonstration in a temporary folder, remove it and what Taskdeck noted about it.

    A repository somewhere else stays, and so do its runs: its folder was named by a person. Blocks until
    the runs have ended.
    """
    from core.paths import state_folder

    repository = project.parent
    if project.name != PROJECT or not repository.name.startswith(_PREFIX):
        return
    state = state_folder(project)
    _end_runs(state)
    shutil.rmtree(state, ignore_errors=True)
    shutil.rmtree(repository, ignore_errors=True)


def _end_runs(state: Path) -> None:
    """Ask every run to end and wait for it: a worker would write into a folder that is gone."""
    from core.runs.cancel import cancel
    from core.runs.folder import list_runs

    runs = list_runs(state)
    for run in runs:
        cancel(run)
    end = time.monotonic() + _END_SECONDS
    while any(run.is_alive() for run in runs) and time.monotonic() < end:
        time.sleep(0.05)


def demo_text(name: str) -> str:
    """The text of a file of the sample project: `prd.md` or `standards.md`."""
    return (files("tui.demo") / name).read_text(encoding="utf-8")


def _write_files(repository: Path, project: Path) -> None:
    docs = project / ".taskmaster" / "docs"
    docs.mkdir(parents=True)
    (docs / "prd.md").write_text(demo_text("prd.md"), encoding="utf-8")
    (project / "standards.md").write_text(demo_text("standards.md"), encoding="utf-8")
    (repository / "README.md").write_text(_README, encoding="utf-8")
    init_project(project, PROJECT)
    # A demonstration costs nothing and sends nothing, whatever keys there are.
    (project / ".taskmaster" / "taskdeck.toml").write_text('[planner]\nkind = "outline"\n', encoding="utf-8")


def _commit(repository: Path) -> None:
    _git(repository, "init", "--quiet", "--template=", "--initial-branch=main")
    _name_committer(repository)
    _git(repository, "add", "--all")
    _git(repository, "commit", "--quiet", "--message", "docs: describe the example service")
    _git(repository, "switch", "--quiet", "--create", BRANCH)


def _name_committer(repository: Path) -> None:
    """Where git knows nobody to commit as, commits of the plan are the demonstration's own."""
    try:
        _git(repository, "var", "GIT_COMMITTER_IDENT", identity=())
    except TaskdeckError:
        for name, value in _NAMES:
            _git(repository, "config", name, value)


def _git(repository: Path, *arguments: str, identity: tuple[str, ...] = _IDENTITY) -> None:
    # GIT_DIR and its like, set where a hook calls us, would lead git to somebody's real repository.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment["GIT_CONFIG_NOSYSTEM"] = "1"
    try:
        done = subprocess.run(
            ["git", *identity, *_ALONE, *arguments],
            cwd=repository,
            env=environment,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    except FileNotFoundError:
        raise TaskdeckError(
            "The demonstration needs git, which is not on the PATH.", "Install git."
        ) from None
    except subprocess.TimeoutExpired:
        raise TaskdeckError(f"`git {arguments[0]}` did not end within 30 seconds in {repository}.") from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        reason = said[-1] if said else f"exit code {done.returncode}"
        raise TaskdeckError(f"`git {arguments[0]}` failed in {repository}: {reason}")
