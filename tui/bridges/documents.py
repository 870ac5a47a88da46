"""The documents of the open project: what is there in which place, read in threads; and applying a run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from core.errors import NotFound
from tui.bridges.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from core.documents.apply import Applied
    from core.documents.coverage import Coverage, Row
    from core.documents.places import Place
    from core.runs.folder import RunFolder
    from core.tasks.document import Tag

AGAIN_SECONDS = 1.0
"""Documents are counted at most so often."""
MOST = 200_000
"""Bytes of a document that are shown; an editor shows the rest."""


@dataclass(frozen=True, slots=True)
class Covered:
    """How far the documents of one task are: current ones, all there should be, and whether any is stale."""

    present: int
    expected: int
    stale: bool


class Documents:
    """The matrix of the current tag. `listen` hears of every new one, on the event loop."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.matrix: Coverage | None = None
        """None until somebody counted, and where no document was ever written."""
        self.counted = False
        self._listeners: list[Callable[[], None]] = []
        self._wanted = asyncio.Event()
        self._looked_at: Sequence[Place] = ()

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` with every new matrix from now on."""
        self._listeners.append(listener)

    def count_again(self) -> None:
        """Something was written: count soon."""
        self._wanted.set()

    async def follow(self) -> None:
        """Count whenever that was asked for, until cancelled."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            await self.count()
            await asyncio.sleep(AGAIN_SECONDS)

    async def count(self) -> Coverage | None:
        """Count now."""
        snapshot = self.session.snapshot
        if snapshot is None:
            return None
        matrix = await asyncio.to_thread(self._count, snapshot.tag)
        if matrix != self.matrix or not self.counted:
            self.matrix, self.counted = matrix, True
            for listener in self._listeners:
                listener()
        return matrix

    def _count(self, tag: Tag, *, whole: bool = False) -> Coverage | None:
        from core.documents.catalogue import PREFIX, checked_names
        from core.documents.coverage import coverage

        places = self._looked_at = self._places()
        # Hashing thousands of tasks only to say that none has documents would be work for nothing.
        if not whole and not any(place.paths(PREFIX) for place in places):
            return None
        names = checked_names(self.session.workspace.settings.settings.documents.files)
        return coverage(tag, names, places)

    def _places(self) -> list[Place]:
        from core.paths import state_folder
        from core.runs.places import document_places

        return document_places(self.session.root, state_folder(self.session.root))

    async def whole_matrix(self) -> Coverage | None:
        """The matrix with every task in it, also where no document was ever written."""
        snapshot = self.session.snapshot
        if snapshot is None:
            return None
        return self.matrix or await asyncio.to_thread(self._count, snapshot.tag, whole=True)

    @property
    def by_task(self) -> Mapping[str, Covered]:
        """How far each task is that has any document."""
        if self.matrix is None:
            return {}
        return {row.key: _covered(row) for row in self.matrix.rows if _covered(row).present or _stale(row)}

    async def read(self, path: str, place: str) -> str | None:
        """The text of a document in a place of the matrix; None when it is not there (any more)."""
        return await asyncio.to_thread(self._read, path, place)

    def _read(self, path: str, place: str) -> str | None:
        found = next((one for one in self._looked_at if one.name == place), None)
        data = found.read(path) if found is not None else None
        return _shown(data) if data is not None else None


def _stale(row: Row) -> bool:
    return any(file.state in ("stale", "damaged") for file in row.files)


def _covered(row: Row) -> Covered:
    return Covered(sum(file.state == "present" for file in row.files), len(row.files), _stale(row))


def needing(matrix: Coverage | None, tag: Tag, keys: Sequence[str]) -> tuple[list[str], list[str]]:
    """Of the tasks `keys` (all of the tag when empty) those without, and those with whole documents."""
    wanted = [task.key for task in tag.tasks if not keys or task.key in keys]
    lacking = set(wanted) if matrix is None else set(matrix.needed)
    return [key for key in wanted if key in lacking], [key for key in wanted if key not in lacking]


def apply_run(session: Session, run: RunFolder) -> Applied:
    """Copy the documents of a run into the work tree. Blocking. Raises NotFound, TaskdeckError."""
    from core.documents.apply import apply
    from core.runs.places import BranchPlace, open_repository, place_of

    request = run.request
    repository = open_repository(session.root)
    place = place_of(run, repository)
    if place is None:
        raise NotFound(f"The run {run.id} left no documents to apply.", "Its verdict says why.")
    base = (
        BranchPlace(repository, request.commit, "the run's commit") if repository and request.commit else None
    )
    tag = session.workspace.store.load().tag(request.tag)
    return apply(place, session.root, tag, request.names, base, request.tasks)


def _shown(data: bytes) -> str:
    """As much of a document as a person reads here: to decode a huge one would keep every thread waiting."""
    text = data[:MOST].decode("utf-8", "replace")
    if len(data) <= MOST:
        return text
    return f"{text}\n\n… and {len(data) - MOST:,} bytes more; an editor shows them"


@lru_cache(8)
def _prefix(root: Path) -> str:
    """Where the project lies in its repository; empty at its top or without one."""
    from core.runs.places import open_repository

    repository = open_repository(root)
    return repository.prefix if repository is not None else ""


def read_written(workspace: Path | None, path: str, root: Path, branch: str) -> str | None:
    """A file that an agent wrote, where it is now: its work tree, then the run's branch, then the project.

    Blocking. None when it is nowhere.
    """
    from core.documents.places import FolderPlace
    from core.runs.places import BranchPlace, open_repository

    data = None
    if workspace is not None:
        # An agent names its files from where it stands: the project's folder in the work tree.
        data = FolderPlace(workspace / _prefix(root)).read(path) or FolderPlace(workspace).read(path)
    if data is None and branch:
        repository = open_repository(root)
        ref = f"refs/heads/{branch}"
        if repository is not None and repository.commit(ref):
            data = BranchPlace(repository, ref, branch).read(path)
    if data is None:
        data = FolderPlace(root).read(path)
    return _shown(data) if data is not None else None
