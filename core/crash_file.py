"""The last resort: what went wrong inside Taskdeck, kept in a file instead of thrown at a person."""

from __future__ import annotations

import contextlib
import os
import platform
import sys
import time
import traceback
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from core.paths import make_private_folder, state_folder
from core.secrets import redact


def write_crash_file(error: BaseException, arguments: Sequence[str]) -> Path | None:
    """Write traceback, arguments and versions below the state folder; None when that fails too."""
    with contextlib.suppress(OSError):
        folder = make_private_folder(state_folder(Path("/")).parent / "crashes")
        path = folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.txt"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(redact(_details(error, arguments)))
        return path
    return None


def _details(error: BaseException, arguments: Sequence[str]) -> str:
    lines = [
        f"taskdeck {version('taskdeck')}, Python {sys.version.split()[0]}, {platform.platform()}",
        f"arguments: {list(arguments)!r}",
        "",
        *traceback.format_exception(error),
    ]
    return "\n".join(line.rstrip("\n") for line in lines) + "\n"
