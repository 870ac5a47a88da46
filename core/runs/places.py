"""Where the documents of a project can be: the work tree, and the branches of its runs."""

from __future__ import annotations

import contextlib
from functools import cached_property
from pathlib import Path

from core.documents.coverage import Place
from core.documents.places import FolderPlace
from core.errors import NotFound, TaskdeckError
from core.publishing.repository import Entry, Repository
from core.runs.folder import RunFolder, list_runs

_MOST = 12
"""Branches of runs that are looked at, the newest first."""


class BranchPlace:
    """The documents on a branch, or at a commit, of the project's repository."""

    def __init__(self, repository: Repository, ref: str, name: str) -> None:
        self.repository = repository
        self.ref = ref
        self._name = name

    @property
    def name(self) -> str:
        return self._name

    def read(self, path: str) -> bytes | None:
        """The content at `path`; None where the branch has no plain file there. Blocks."""
        if self._entries.get(path) is None:
            return None
        return self.repository.read(self.ref, self.repository.prefix + path)

    def paths(self, prefix: str) -> list[str]:
        return sorted(path for path in self._entries if path.startswith(prefix))

    @cached_property
    def _entries(self) -> dict[str, Entry]:
        start = self.repository.prefix
        found = self.repository.entries(self.ref, f"{start}.taskmaster/docs")
        return {
            path.removeprefix(start): entry
            for path, entry in found.items()
            if entry.kind == "blob" and entry.mode != "120000"
        }


def open_repository(root: Path) -> Repository | None:
    """The repository around a project; None without one. Raises Refused when git does not trust it."""
    try:
        return Repository.open(root)
    except NotFound:
        return None


def document_places(root: Path, state: Path, repository: Repository | None = None) -> list[Place]:
    """Every place the documents of a project can be in, the work tree first. Blocks. Raises Refused."""
    places: list[Place] = [FolderPlace(root)]
    repository = repository or open_repository(root)
    for run in list_runs(state)[: _MOST * 4]:
        place = place_of(run, repository)
        if place is not None and len(places) <= _MOST:
            places.append(place)
    return places


def delivered_places(state: Path, repository: Repository) -> list[Place]:
    """Where documents are that others can have: the last commit, and branches of runs that were pushed."""
    places: list[Place] = [BranchPlace(repository, "HEAD", "HEAD")]
    for run in list_runs(state)[: _MOST * 4]:
        place = place_of(run, repository)
        if place is None or len(places) > _MOST:
            continue
        if any(stage.name == "push" and stage.state == "done" for stage in run.ledger().stages):
            places.append(place)
    return places


def place_of(run: RunFolder, repository: Repository | None) -> Place | None:
    """Where the documents of one run are: its branch, or its folder without git; None when it has none."""
    with contextlib.suppress(TaskdeckError):
        request = run.request
        if request.kind != "docs":
            return None
        if not request.commit:
            return FolderPlace(run.results, f"run {run.id}") if run.results.is_dir() else None
        ref = f"refs/heads/{request.branch}"
        if repository is not None and repository.commit(ref):
            return BranchPlace(repository, ref, f"branch {request.branch}")
    return None
