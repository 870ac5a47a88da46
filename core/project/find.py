"""Finds the project around a folder: the new layout, the old places, and other projects close by."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from core.project.task_master import (
    CONFIG_PLACES,
    ProjectState,
    TaskMasterConfig,
    read_config,
    read_state,
)

FOLDER = ".taskmaster"
TASKS = f"{FOLDER}/tasks/tasks.json"
OLD_TASKS = "tasks/tasks.json"
OLD_CONFIG = ".taskmasterconfig"
OLD_PRD = "scripts/prd.txt"
OLD_REPORT = "scripts/task-complexity-report.json"
PRD_PLACES = (f"{FOLDER}/docs/prd.txt", f"{FOLDER}/docs/prd.md", OLD_PRD, "scripts/PRD.txt", "scripts/prd.md")


@dataclass(frozen=True)
class Project:
    """A Task Master project. `tasks_file` is the file to use, whether it exists already or not.

    `legacy` says in plain sentences what stands in old or odd places and what of it is used.
    """

    root: Path
    tasks_file: Path
    prd: Path | None = None
    legacy: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """The project's `.taskmaster` folder; it need not exist in the old layout."""
        return self.root / FOLDER

    @property
    def name(self) -> str:
        """What to call the project: its folder's name (Task Master writes "Taskmaster" for every project)."""
        parent = self.root.parent.name
        return f"{parent}/{self.root.name}" if self.root.name == "docs" and parent else self.root.name

    @cached_property
    def config(self) -> TaskMasterConfig:
        """Task Master's settings, read when first asked for."""
        return read_config(*(self.root / place for place in CONFIG_PLACES))

    @cached_property
    def state(self) -> ProjectState:
        """Task Master's `state.json`, read when first asked for."""
        return read_state(self.folder / "state.json")


def find_project(start: Path) -> Project | None:
    """The project `start` (a folder or a file in it) belongs to: the nearest folder upwards that holds one.

    Does not look above the top of the git work tree, nor above the home folder.
    """
    folders = list(_upwards(start))
    for folder in folders:
        if _holds_project(folder):
            return project_at(folder)
    for folder in folders:
        if (folder / OLD_PRD).is_file() or (folder / OLD_REPORT).is_file():
            return project_at(folder)
    return None


def where_searched(start: Path) -> str:
    """Which folders `find_project` looked at, to stand behind "in": a folder and how far up."""
    folders = list(_upwards(start))
    first, top = folders[0], folders[-1]
    if top == top.parent:
        return f"{first} or above it"
    what = "the git work tree" if (top / ".git").exists() else "the home folder"
    if first == top:
        return f"{first}; nothing above {what} is looked at"
    return f"{first} or above it up to {top}, the top of {what}"


def project_at(root: Path) -> Project:
    """The project whose root is exactly this folder, whatever of it exists."""
    tasks_file, old_tasks = root / TASKS, root / OLD_TASKS
    if old_tasks.is_file() and not tasks_file.is_file():
        tasks_file = old_tasks
    return Project(root, tasks_file, find_prd(root), tuple(_legacy(root, tasks_file)))


def find_prd(root: Path, setting: str | None = None) -> Path | None:
    """The requirements document: where the setting says (relative to `root`), else the first usual place."""
    if setting:
        return root / Path(setting).expanduser()
    return next((root / place for place in PRD_PLACES if (root / place).is_file()), None)


def nearby_projects(start: Path) -> tuple[Path, ...]:
    """Folders one level below `start` that hold a project (`docs`, a monorepo's parts), to be offered."""
    try:
        with os.scandir(start) as entries:
            names = sorted(
                entry.name for entry in entries if entry.is_dir() and not entry.name.startswith(".")
            )
    except OSError:
        return ()
    return tuple(start / name for name in names if (start / name / FOLDER).is_dir())


def _upwards(start: Path) -> Iterator[Path]:
    folder = start.expanduser().resolve()
    if folder.is_file():
        folder = folder.parent
    home = Path.home().resolve()
    while True:
        yield folder
        if folder in (home, folder.parent) or (folder / ".git").exists():
            return
        folder = folder.parent


def _holds_project(folder: Path) -> bool:
    if folder.name == FOLDER:
        return False  # its own tasks/tasks.json looks like the old layout
    if (folder / OLD_TASKS).is_file() or (folder / OLD_CONFIG).is_file():
        return True
    if folder == Path.home().resolve():
        # Task Master keeps files of its own in ~/.taskmaster; only a task file makes that a project.
        return (folder / TASKS).is_file()
    return (folder / FOLDER).is_dir()


def _legacy(root: Path, used: Path) -> Iterator[str]:
    new_exists = (root / TASKS).is_file()
    if (root / OLD_TASKS).is_file():
        if new_exists:
            yield f"{OLD_TASKS} (the old place) exists too and is not used; {TASKS} is."
        else:
            yield f"The tasks are in {OLD_TASKS}, Task Master's old place; that file is used."
    if (root / FOLDER / "tasks.json").is_file():
        yield f"{FOLDER}/tasks.json is not where Task Master looks; {used.relative_to(root)} is used."
    if (root / OLD_CONFIG).is_file():
        if (root / FOLDER / "config.json").is_file():
            yield f"{OLD_CONFIG} (the old place) exists too and is not used; {FOLDER}/config.json is."
        else:
            yield f"Task Master's settings are in {OLD_CONFIG}, their old place; that file is read."
    prd = find_prd(root)
    if (root / OLD_PRD).is_file():
        if prd == root / OLD_PRD:
            yield f"The PRD is {OLD_PRD}, Task Master's old place; that file is used."
        elif prd:
            yield f"{OLD_PRD} (the old place) exists too and is not used; {prd.relative_to(root)} is."
    if (root / OLD_REPORT).is_file():
        yield f"{OLD_REPORT} is the old place of the complexity report, read where there is no newer one."
