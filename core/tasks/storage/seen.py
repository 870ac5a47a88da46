"""Reading a file together with what tells later whether it is still the same."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from core.errors import TaskdeckError


@dataclass(frozen=True)
class Seen:
    """What stood in the file when it was read. No file: `data` None, `digest` empty."""

    data: bytes | None
    digest: str
    signature: tuple[int, ...] = ()


def look(path: Path) -> Seen:
    """Read the file. Raises TaskdeckError when it is there but cannot be read."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            data = file.read()
    except FileNotFoundError:
        return Seen(None, "")
    except OSError as error:
        raise TaskdeckError(
            f"{path} cannot be read: {error.strerror}.", "Check that it is a file and its rights."
        ) from error
    return Seen(data, hashlib.sha256(data).hexdigest(), _signature(status))


def current_signature(path: Path) -> tuple[int, ...]:
    """The signature that `look` would give now."""
    try:
        return _signature(path.stat())
    except FileNotFoundError:
        return ()


def _signature(status: os.stat_result) -> tuple[int, ...]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
