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

_MOST = 500
"""Branches that are looked at, the newest first: a year of runs, and still no long wait."""
_PREFIX = "taskdeck/docs-"
_LISTED: dict[tuple[Path, str, str], dict[str, Entry]] = {}
"""What lies in the documents' folder of a commit, by repository and folder: a commit never changes."""


class BranchPlace:
    """The documents on a branch, or at a commit, of the project's repository.

    Where `ref` is a commit's full hash, `known` may say that it is listed once and kept.
    """

    def __init__(self, repository: Repository, ref: str, name: str, *, known: bool = False) -> None:
        self.repository = repository
        self.ref = ref
        self._name = name
        self._known = known

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

    @property
    def blobs(self) -> set[tuple[str, str]]:
        """Path and hash of every file."""
        return {(path, entry.hash) for path, entry in self._entries.items()}

    @cached_property
    def _entries(self) -> dict[str, Entry]:
        if not self._known:
            return self._list()
        key = (self.repository.git_dir, self.repository.prefix, self.ref)
        if key not in _LISTED:
            if len(_LISTED) > 2 * _MOST:
                _LISTED.clear()
            _LISTED[key] = self._list()
        return _LISTED[key]

    def _list(self) -> dict[str, Entry]:
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
    """Every place the documents of a project can be in, the work tree first. Blocks. Raises Refused.

    A branch that is there counts, however many runs there were since; one of which a newer one holds every
    document is left out.
    """
    repository = repository or open_repository(root)
    copies = [run for run in list_runs(state) if run.results.is_dir()]
    places = [place_of(run, repository) for run in copies[:_MOST]]
    found: list[Place] = [FolderPlace(root), *filter(None, places)]
    if repository is not None:
        found += _branch_places(repository)
    # A retry goes on with the branch of the run before it.
    return list({place.name: place for place in found}.values())


def _branch_places(repository: Repository) -> list[Place]:
    places: list[Place] = []
    seen: set[tuple[str, str]] = set()
    for branch, commit in _branches(repository).items():
        place = BranchPlace(repository, commit, f"branch {branch}", known=True)
        if not place.blobs <= seen:
            seen |= place.blobs
            places.append(place)
    return places


def _branches(repository: Repository) -> dict[str, str]:
    """The branches of runs that wrote documents, with their commits, the newest first."""
    answer = repository.run(
        [
            "for-each-ref",
            f"--count={_MOST}",
            "--sort=-refname",
            "--sort=-committerdate",
            "--format=%(objectname) %(refname:strip=2)",
            f"refs/heads/{_PREFIX}*",
        ],
        check=False,
    )
    rows = [line.split(" ", 1) for line in answer.text.splitlines() if " " in line]
    return {name: commit for commit, name in rows}


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
