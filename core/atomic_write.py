"""Replace a file so that every reader, and every crash, finds the old content or the new one, whole."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path

from core.errors import TaskdeckError

_MARK = ".taskdeck-"
_END = ".tmp"


def write_atomic(
    path: Path,
    data: bytes,
    *,
    mode: int = 0o666,
    durable: bool = True,
    confirm: Callable[[], object] | None = None,
) -> None:
    """Write `data` to `path` by a temporary file in the same folder that is renamed into place.

    A symbolic link stays one: the file it points to is replaced. An existing file keeps its mode (and
    its owner where we may set it); `mode`, less the umask, is for a new one. With `durable` the content
    survives a power cut once this returns. `confirm` is called when only the rename is left to do; what
    it raises keeps the old file. Raises TaskdeckError in one plain sentence; the old file is then untouched.
    """
    target = real_file(path)
    try:
        descriptor, temporary = _open_temporary(target, mode)
        try:
            _fill(descriptor, target, data, durable)
            if confirm:
                confirm()
            temporary.rename(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        finally:
            os.close(descriptor)
        if durable:
            flush_folder(target.parent)
    except OSError as error:
        raise write_failure(path, error) from error


def real_file(path: Path) -> Path:
    """The absolute path of the file behind any symbolic links. Raises TaskdeckError for a loop of links."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        raise TaskdeckError(
            f"{path} is a symbolic link that leads back to itself.", "Remove the link or point it to a file."
        ) from None


def remove_leftovers(path: Path) -> None:
    """Remove temporary files that killed writers of `path` left beside it; those in use are kept."""
    target = real_file(path)
    prefix = f".{target.name}{_MARK}"
    with contextlib.suppress(OSError):
        for entry in list(os.scandir(target.parent)):
            if entry.name.startswith(prefix) and entry.name.endswith(_END):
                _remove_unused(Path(entry.path))


def temporary_name(name: str) -> str:
    """A fresh name beside `name` that `remove_leftovers` recognises."""
    return f".{name}{_MARK}{os.getpid()}-{secrets.token_hex(4)}{_END}"


def flush(descriptor: int) -> None:
    """Bring what was written to `descriptor` onto the disk."""
    full = getattr(fcntl, "F_FULLFSYNC", None)
    if full is not None:
        # On macOS fsync stops at the cache of the disk; not every file system knows the stronger call.
        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, full)
            return
    os.fsync(descriptor)


def flush_folder(folder: Path) -> None:
    """Bring names made, renamed or removed in `folder` onto the disk."""
    # Some network file systems cannot flush a folder; the rename itself has happened all the same.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def write_failure(path: Path, error: OSError) -> TaskdeckError:
    """The error a person is shown when `path` could not be written."""
    message, hint = _REASONS.get(
        error.errno or 0, (f"{error.strerror or error}", "Check the folder and the disk, then try again.")
    )
    return TaskdeckError(f"{path} cannot be written: {message}. Nothing was changed.", hint)


_NO_RIGHT = ("you have no right to write in its folder", "Change the rights of the folder.")
_NO_SPACE = ("there is no space left for it", "Free some disk space, then try again.")
_REASONS = {
    errno.EACCES: _NO_RIGHT,
    errno.EPERM: _NO_RIGHT,
    errno.EROFS: ("its file system is read-only", "Mount it writable, or work in a copy."),
    errno.ENOENT: ("its folder does not exist", "Make the folder first."),
    errno.ENOSPC: _NO_SPACE,
    errno.EDQUOT: _NO_SPACE,
    errno.EFBIG: _NO_SPACE,
}


def _open_temporary(target: Path, mode: int) -> tuple[int, Path]:
    while True:
        temporary = target.parent / temporary_name(target.name)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        # The lock says that its writer lives. Whoever cleans up may have taken the file before we
        # had the lock; then its name is gone and we start again.
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if _is_still(descriptor, temporary):
            return descriptor, temporary
        os.close(descriptor)


def _is_still(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _fill(descriptor: int, target: Path, data: bytes, durable: bool) -> None:
    with contextlib.suppress(FileNotFoundError):
        _copy_rights(target.stat(), descriptor)
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    if durable:
        flush(descriptor)


def _copy_rights(old: os.stat_result, descriptor: int) -> None:
    new = os.fstat(descriptor)
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        with contextlib.suppress(PermissionError):
            os.fchown(descriptor, old.st_uid, old.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(old.st_mode))


def _remove_unused(path: Path) -> None:
    with contextlib.suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
            return
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
        finally:
            os.close(descriptor)
