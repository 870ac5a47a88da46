"""Which files of a project are published: the usual ones, or those that were named."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import NotFound, UsageError
from core.project import Project
from core.publishing.refusals import ignored_paths
from core.publishing.repository import Repository

_USUAL = ("state.json", "config.json", "taskdeck.toml")
_REPORTS = "reports"
_SHOWN = 3


@dataclass(frozen=True)
class Chosen:
    """Paths from the top of the repository. `task_path` is the task file's, whether it is among them or not.

    `notes` say in plain sentences what was left out and why.
    """

    paths: tuple[str, ...]
    task_path: str
    notes: tuple[str, ...] = ()


def choose_paths(
    repository: Repository, project: Project, named: Sequence[Path] = (), prd: Path | None = None
) -> Chosen:
    """The files to publish: `named` (files, or folders with all in them), else the project's usual ones.

    The usual ones are the task file and, below the project's `.taskmaster`, reports, state, settings and the
    PRD. Raises NotFound for a named path that does not exist, UsageError for one outside the repository.
    """
    task_path = path_in(repository, project.tasks_file)
    if named:
        found = [path for given in named for path in _named(repository, given)]
        folders = dict.fromkeys(path_in(repository, given) for given in named if _is_folder(given))
        said = tuple(filter(None, (_ignored_words(repository, folder) for folder in folders)))
        return Chosen(tuple(dict.fromkeys(found)), task_path, said)
    if not project.tasks_file.is_file():
        raise NotFound(
            f"There is no task file {project.tasks_file}.", "`taskdeck parse-prd` or `add-task` makes it."
        )
    usual = [path_in(repository, file) for file in _usual(project, prd)]
    left_out = _left_out(repository, usual)
    notes = [f"{path} is left out: it is {why}." for path, why in left_out.items()]
    kept = [path for path in usual if path not in left_out]
    return Chosen(tuple(dict.fromkeys([task_path, *kept])), task_path, tuple(notes))


def path_in(repository: Repository, file: Path) -> str:
    """A file's path from the top of the repository, links in it not followed. Raises UsageError."""
    plain = Path(os.path.abspath(file))  # noqa: PTH100 - resolve() would follow the links we look for
    for top in (repository.top, repository.top.resolve()):
        if plain.is_relative_to(top):
            return plain.relative_to(top).as_posix()
    # The way to the repository may itself lead over a link (/tmp on macOS).
    for folder in plain.parents:
        if folder.resolve() == repository.top.resolve():
            return plain.relative_to(folder).as_posix()
    raise UsageError(f"{file} lies outside the repository {repository.top}.", "Name files of the repository.")


def _named(repository: Repository, given: Path) -> list[str]:
    path = path_in(repository, given)
    if ".git" in path.split("/"):
        raise UsageError(f"{given} lies in git's own folder.", "Name files of the repository.")
    if _is_folder(given):
        args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", path]
        listed = repository.run(args).out.split(b"\0")
        found = [entry.decode("utf-8", "surrogateescape") for entry in listed if entry]
        here = [entry for entry in found if os.path.lexists(repository.top / entry)]
        if not here:
            raise NotFound(f"There is nothing to publish in {given}.", "Ignored files do not count.")
        return here
    if not os.path.lexists(given):
        raise NotFound(
            f"There is no file {given}.", "A deletion is not published; commit it yourself if it is meant."
        )
    return [path]


def _is_folder(given: Path) -> bool:
    return given.is_dir() and not given.is_symlink()


def _ignored_words(repository: Repository, folder: str) -> str:
    """What git ignores in a folder, in one sentence; a folder that is ignored as a whole counts as one."""
    args = ["ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory", "--", folder]
    listed = repository.run(args).out.split(b"\0")
    paths = [path.decode("utf-8", "surrogateescape") for path in listed if path]
    if not paths:
        return ""
    named = ", ".join(paths[:_SHOWN]) + (f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else "")
    if len(paths) == 1:
        return f"{named} is left out: it is ignored by git."
    return f"{len(paths)} files or folders are left out, as git ignores them: {named}."


def _usual(project: Project, prd: Path | None) -> list[Path]:
    folder = project.folder
    reports = sorted(path for path in (folder / _REPORTS).glob("*") if path.is_file())
    files = [*reports, *(folder / name for name in _USUAL)]
    document = prd or project.prd
    if document is not None and document.is_relative_to(folder):
        files.append(document)
    return [file for file in files if file.is_file()]


def _left_out(repository: Repository, paths: Sequence[str]) -> dict[str, str]:
    """Those of the usual files beside the task file that cannot be published, each with why."""
    if not paths:
        return {}
    reasons = dict.fromkeys(ignored_paths(repository, paths), "ignored by git")
    reasons |= {path: "a symbolic link" for path in paths if (repository.top / path).is_symlink()}
    return reasons
