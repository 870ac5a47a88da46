"""Writes a file below a folder without ever following a symbolic link out of it."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable
from pathlib import Path

from core.atomic_write import flush, temporary_name, write_failure
from core.documents.places import read_plain


class NotWritten(Exception):  # noqa: N818
    """The file was not written; the text says why in a few plain words."""


def write_below(
    root: Path, path: str, data: bytes, may_replace: Callable[[bytes | None], bool] | None = None
) -> None:
    """Write `data` to `path` (with `/` between its parts) below `root`, whole or not at all; makes folders.

    `may_replace` is asked with the present content (None without a file) when only the rename is left to do.
    Raises NotWritten when it says no, or when a link or another kind of thing is in the way; TaskdeckError
    when the disk refuses. Blocks.
    """
    *folders, name = path.split("/")
    if any(part in ("", ".", "..") for part in (*folders, name)):
        raise NotWritten("its path does not lead below the folder")
    try:
        folder = _open_folder(root, folders)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise NotWritten("a folder on its way is no plain folder") from None
        raise write_failure(root / path, error) from error
    try:
        _rename_into(folder, name, data, may_replace)
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


def _rename_into(
    folder: int, name: str, data: bytes, may_replace: Callable[[bytes | None], bool] | None
) -> None:
    temporary = temporary_name(name)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(temporary, flags, 0o666, dir_fd=folder)
    try:
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            flush(descriptor)
        finally:
            os.close(descriptor)
        present = _content(folder, name)
        if may_replace is not None and not may_replace(present):
            raise NotWritten("it was changed here this very moment")
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
        raise NotWritten("what is there is no plain file") from None
    data = read_plain(descriptor)
    if data is None:
        raise NotWritten("what is there is no plain file")
    return data
