"""Copies of a project for agents where there is no git: bounded, and known file by file."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.paths import make_private_folder
from core.project.find import FOLDER
from core.publishing.changed_paths import ChangedPath

LEFT_OUT = frozenset(
    (
        *(
            ".git",
            ".hg",
            ".svn",
            ".jj",
            "node_modules",
            "target",
            ".venv",
            "venv",
            "__pycache__",
            ".tox",
            ".nox",
        ),
        *(
            ".mypy_cache",
            ".ruff_cache",
            ".pytest_cache",
            ".gradle",
            ".next",
            ".terraform",
            ".cache",
            ".direnv",
        ),
    )
)
"""Folders an agent does not need: histories, dependencies, caches."""
MOST_FILES = 20_000
MOST_BYTES = 512 << 20
LARGEST = 32 << 20


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy holds and what was left out of it, as plain sentences."""

    files: int
    size: int
    left_out: tuple[str, ...]


def copy_project(source: Path, target: Path) -> Copied:
    """Copy a project into the new folder `target`, the task files first. Raises OSError.

    Large files, links that lead out of the project, files that nobody lets us read and whatever goes beyond
    the bounds are left out.
    """
    make_private_folder(target)
    files = size = skipped = 0
    left_out: list[str] = []
    root = source.resolve()
    for entry, relative in _walk(source):
        if entry.is_symlink():
            if not Path(entry.path).resolve().is_relative_to(root):
                left_out.append(f"{relative} is a link that leads out of the project")
                continue
            length = 0
        else:
            length = entry.stat(follow_symlinks=False).st_size
            if length > LARGEST:
                left_out.append(f"{relative} is larger than {LARGEST >> 20} MB")
                continue
        if files + 1 > MOST_FILES or size + length > MOST_BYTES:
            skipped += 1
            continue
        try:
            _copy(Path(entry.path), target / relative)
        except PermissionError:
            left_out.append(f"{relative} cannot be read")
            continue
        files += 1
        size += length
    if skipped:
        left_out.append(f"{skipped} further files go beyond {MOST_FILES} files or {MOST_BYTES >> 20} MB")
    return Copied(files, size, tuple(left_out))


class CopiedSlot:
    """One copied folder to work in; `project` is the project's root in it."""

    def __init__(self, folder: Path, pristine: Path) -> None:
        self.folder = folder
        self.project = folder
        self._pristine = pristine
        self._before: dict[str, _Mark] = {}

    def make(self) -> None:
        """Make the folder, a copy of the pristine one. Raises OSError."""
        make_private_folder(self.folder)
        for entry, relative in _walk(self._pristine, everything=True):
            _copy(Path(entry.path), self.folder / relative)
        self._before = _marks(self.folder)

    def changes(self) -> list[ChangedPath]:
        """What an agent changed, whatever it did to times: the file system's own change time counts."""
        now = _marks(self.folder)
        changed: list[ChangedPath] = []
        for path, mark in now.items():
            before = self._before.get(path)
            if before == mark:
                continue
            if stat.S_ISLNK(mark.mode):
                changed.append(ChangedPath(path, "symlink"))
            else:
                changed.append(ChangedPath(path, "modified" if before else "added"))
        changed += [ChangedPath(path, "deleted") for path in self._before if path not in now]
        return sorted(changed)

    def reset(self, commit: str = "") -> None:
        """Make it as it was. Raises OSError."""
        self.remove()
        self.make()

    def remove(self) -> None:
        remove_tree(self.folder)


@dataclass(frozen=True, slots=True)
class _Mark:
    mode: int
    size: int
    changed: int
    inode: int


def remove_tree(folder: Path) -> None:
    """Remove a folder of ours with everything in it, closed folders too; never a link's target."""
    if folder.is_symlink():
        folder.unlink()
        return
    for path, _, _ in os.walk(folder):
        if not os.access(path, os.W_OK | os.X_OK):
            Path(path).chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


def _marks(folder: Path) -> dict[str, _Mark]:
    marks: dict[str, _Mark] = {}
    for entry, relative in _walk(folder, everything=True):
        found = entry.stat(follow_symlinks=False)
        marks[relative] = _Mark(found.st_mode, found.st_size, found.st_ctime_ns, found.st_ino)
    return marks


def _walk(root: Path, *, everything: bool = False) -> Iterator[tuple[os.DirEntry[str], str]]:
    """Files and links below `root` with their paths in it, `.taskmaster` first; links are not followed."""
    own = root / FOLDER
    waiting = ["", FOLDER] if own.is_dir() and not own.is_symlink() else [""]
    while waiting:
        at = waiting.pop()
        with os.scandir(root / at) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        folders: list[str] = []
        for entry in found:
            relative = f"{at}/{entry.name}" if at else entry.name
            if entry.is_dir(follow_symlinks=False):
                if relative != FOLDER and (everything or entry.name not in LEFT_OUT):
                    folders.append(relative)
            elif entry.is_symlink() or entry.is_file(follow_symlinks=False):
                yield entry, relative
        waiting += reversed(folders)


def _copy(source: Path, target: Path) -> None:
    make_private_folder(target.parent)
    shutil.copy2(source, target, follow_symlinks=False)
