"""Keeps what an agent left although it goes nowhere, so that a person can look at it."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from core.paths import make_private_folder
from core.plain_text import plural, printable
from core.publishing.changed_paths import ChangedPath

MOST_BYTES = 64 << 20


def keep_changes(folder: Path, changes: Iterable[ChangedPath], target: Path) -> Path:
    """Copy every plain file that changed in `folder` below `target`; `changes.txt` lists all there is.

    Links are not followed and not copied, only named. Large amounts are named only. Raises OSError.
    """
    make_private_folder(target)
    lines: list[str] = []
    size = 0
    for change in changes:
        said = f"{change.kind}  {printable(change.path)}"
        source = folder / change.path
        try:
            if source.is_symlink():
                said += f" -> {printable(os.fsdecode(source.readlink()))}"
            elif source.is_file() and source.resolve().is_relative_to(folder.resolve()):
                length = source.stat().st_size
                if size + length <= MOST_BYTES:
                    size += length
                    _copy(source, target / "files" / change.path)
                else:
                    said += f" ({plural(length, 'byte')}, not kept)"
        except OSError as error:
            said += f" ({error.strerror}, not kept)"
        lines.append(said)
    (target / "changes.txt").write_text("".join(f"{line}\n" for line in lines), "utf-8", "replace")
    return target


def _copy(source: Path, target: Path) -> None:
    make_private_folder(target.parent)
    with contextlib.suppress(shutil.SameFileError):
        shutil.copyfile(source, target, follow_symlinks=False)
