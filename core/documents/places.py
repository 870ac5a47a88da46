"""Places that documents stand in: a folder on disk, a branch, or the memory of a test."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

WORK_TREE = "work tree"
_MOST_BYTES = 64 * 1024 * 1024


class Place(Protocol):
    """Somewhere documents can be read. Paths are relative to the project's root, with `/` between parts."""

    @property
    def name(self) -> str:
        """What to call it: `work tree`, `branch taskdeck/docs-…`."""
        ...

    def read(self, path: str) -> bytes | None:
        """The content of the plain file at `path`; None when there is none, or a symbolic link on the way."""
        ...

    def paths(self, prefix: str) -> list[str]:
        """The paths of all plain files that begin with `prefix`, sorted."""
        ...


class FolderPlace:
    """A project's folder on disk. Symbolic links below it are not followed: what they lead to is absent."""

    def __init__(self, root: Path, name: str = WORK_TREE) -> None:
        self.root = root
        self._name = name

    @property
    def name(self) -> str:
        return self._name

    def read(self, path: str) -> bytes | None:
        """The content of a plain file, at most 64 MiB of it. Blocks."""
        parts = path.split("/")
        if any(part in ("", ".", "..") for part in parts):
            return None
        try:
            descriptor = open_below(self.root, parts, os.O_RDONLY)
        except OSError:
            return None
        return read_plain(descriptor, _MOST_BYTES)

    def paths(self, prefix: str) -> list[str]:
        """Walks only the folder that `prefix` names. Blocks."""
        folder, _, start = prefix.rpartition("/")
        found: list[str] = []
        waiting = [folder] if self._is_folder(folder) else []
        while waiting:
            below = waiting.pop()
            for entry in self._entries(below):
                path = f"{below}/{entry.name}" if below else entry.name
                if below == folder and not entry.name.startswith(start):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(path)
                elif entry.is_file(follow_symlinks=False):
                    found.append(path)
        return sorted(found)

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        """What is in a folder; nothing when it may not be read, or is gone since somebody saw it."""
        try:
            with os.scandir(self.root / folder) as entries:
                return list(entries)
        except OSError:
            return []

    def link_on_the_way(self, path: str) -> str:
        """The first part of `path` that is a symbolic link, as a path; empty without one."""
        parts = path.split("/")
        for end in range(1, len(parts) + 1):
            if (self.root / "/".join(parts[:end])).is_symlink():
                return "/".join(parts[:end])
        return ""

    def _is_folder(self, path: str) -> bool:
        try:
            descriptor = open_below(self.root, path.split("/") if path else ["."], os.O_RDONLY)
        except OSError:
            return False
        try:
            return stat.S_ISDIR(os.fstat(descriptor).st_mode)
        finally:
            os.close(descriptor)


class MemoryPlace:
    """Documents held in memory."""

    def __init__(self, files: Mapping[str, bytes | str], name: str = "memory") -> None:
        self.files = {
            path: data.encode("utf-8") if isinstance(data, str) else data for path, data in files.items()
        }
        self._name = name

    @property
    def name(self) -> str:
        return self._name

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)

    def paths(self, prefix: str) -> list[str]:
        return sorted(path for path in self.files if path.startswith(prefix))


def open_below(root: Path, parts: list[str], flags: int) -> int:
    """Open what `parts` lead to from `root` without following a symbolic link. Raises OSError."""
    # A pipe at the end of the path would block the opening for ever.
    last = flags | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in parts[:-1]:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            os.close(folder)
            folder = inner
        return os.open(parts[-1], last, dir_fd=folder)
    finally:
        os.close(folder)


def read_plain(descriptor: int, most: int = -1) -> bytes | None:
    """What an open plain file holds, at most so many bytes; None for a folder, pipe or device. Closes it."""
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    with os.fdopen(descriptor, "rb") as file:
        return file.read(most)
