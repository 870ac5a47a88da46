"""Copies the documents of a run into the work tree, never over a file that was changed there."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.atomic_write import flush, temporary_name, write_failure
from core.documents.catalogue import paths_of
from core.documents.places import FolderPlace, Place
from core.tasks.document import Tag


@dataclass(frozen=True)
class Applied:
    """What was done, by path relative to the project's root. `refused` says why for each."""

    written: tuple[str, ...]
    same: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]

    @property
    def whole(self) -> bool:
        """Whether the work tree now holds every document of the run."""
        return not self.refused


def apply(
    place: Place,
    root: Path,
    tag: Tag,
    names: Sequence[str],
    base: Place | None = None,
    keys: Sequence[str] | None = None,
    *,
    dry_run: bool = False,
) -> Applied:
    """Copy the documents that `place` holds for the tasks of `tag` (those of `keys`, if given) below `root`.

    `base` is the content at the run's commit: a file that is no longer as it was there, was removed or is new
    here is refused, unless it equals the run's. Files are replaced one by one, each whole; no symbolic link
    is followed. With `dry_run` nothing is written. Raises TaskdeckError when the disk refuses. Blocks.
    """
    written: list[str] = []
    same: list[str] = []
    refused: list[tuple[str, str]] = []
    here = FolderPlace(root)
    for path in paths_of([task.key for task in tag.tasks] if keys is None else keys, names):
        new = place.read(path)
        if new is None:
            continue
        present = here.read(path)
        if present == new:
            same.append(path)
            continue
        why = _why_not(here, path, present, base)
        if why:
            refused.append((path, why))
            continue
        try:
            if not dry_run:
                _replace(root, path, present, new)
            written.append(path)
        except _Changed as changed:
            refused.append((path, str(changed)))
    return Applied(tuple(written), tuple(same), tuple(refused))


class _Changed(Exception):  # noqa: N818
    """Between looking and writing somebody changed the file."""


def _why_not(here: FolderPlace, path: str, present: bytes | None, base: Place | None) -> str:
    link = here.link_on_the_way(path)
    if link:
        return f"{link} is a symbolic link"
    before = base.read(path) if base is not None else None
    if present == before:
        # What cannot be read as a plain file is not "not there".
        return "there is something else of that name" if present is None and _exists(here.root / path) else ""
    if present is None:
        return "it was removed here since the run began"
    return "it was changed here since the run began" if before is not None else "there is another one here"


def _exists(path: Path) -> bool:
    try:
        path.lstat()
    except NotADirectoryError:
        return True
    except OSError:
        return False
    return True


def _replace(root: Path, path: str, present: bytes | None, new: bytes) -> None:
    *folders, name = path.split("/")
    try:
        folder = _open_folder(root, folders)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise _Changed("a folder on its way is no plain folder") from None
        raise write_failure(root / path, error) from error
    try:
        _rename_into(folder, name, present, new, root / path)
    except OSError as error:
        raise write_failure(root / path, error) from error
    finally:
        os.close(folder)


def _open_folder(root: Path, parts: list[str]) -> int:
    """Open the folder below `root`, making what is missing, without following a link anywhere on the way."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    folder = os.open(root, flags)
    for part in parts:
        outer = folder
        try:
            with contextlib.suppress(FileExistsError):
                os.mkdir(part, dir_fd=outer)
            folder = os.open(part, flags | os.O_NOFOLLOW, dir_fd=outer)
        finally:
            os.close(outer)
    return folder


def _rename_into(folder: int, name: str, present: bytes | None, new: bytes, shown: Path) -> None:
    temporary = temporary_name(name)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(temporary, flags, 0o666, dir_fd=folder)
    try:
        try:
            rest = memoryview(new)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            flush(descriptor)
        finally:
            os.close(descriptor)
        if _content(folder, name) != present:
            raise _Changed("it was changed here this very moment")
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        os.unlink(temporary, dir_fd=folder)
        raise
    # Some network file systems cannot flush a folder; the rename itself has happened all the same.
    with contextlib.suppress(OSError):
        os.fsync(folder)


def _content(folder: int, name: str) -> bytes | None:
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except FileNotFoundError:
        return None
    except OSError:
        raise _Changed("it is no plain file") from None
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _Changed("it is no plain file")
        return file.read()
