"""Copies the documents of a run into the work tree, never over a file that was changed there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.documents.places import Place
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
    raise NotImplementedError
