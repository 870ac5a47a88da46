"""Copies the documents of a run into the work tree, never over a file that was changed there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from operator import eq
from pathlib import Path

from core.documents.catalogue import paths_of
from core.documents.places import FolderPlace, Place
from core.documents.safe_write import NotWritten, write_below
from core.settings.read_only import check_writable
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
    is followed. With `dry_run` nothing is written. Raises TaskdeckError when the disk refuses, Refused in a
    read-only project. Blocks.
    """
    if not dry_run:
        check_writable(root)
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
                write_below(root, path, new, partial(eq, present))
            written.append(path)
        except NotWritten as changed:
            refused.append((path, str(changed)))
    return Applied(tuple(written), tuple(same), tuple(refused))


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
