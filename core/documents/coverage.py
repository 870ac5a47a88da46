"""Which documents there are for which task: present, missing, stale, foreign, and in which place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from core.documents.catalogue import PREFIX, folder_of, path_of
from core.documents.content import content_hash
from core.documents.front_matter import Malformed, parse
from core.documents.places import FolderPlace, MemoryPlace, Place
from core.tasks.document import Tag
from core.tasks.model import Task

__all__ = ["Coverage", "DocumentState", "FolderPlace", "MemoryPlace", "Place", "Row", "coverage", "needed"]

State = Literal["present", "missing", "stale", "foreign", "empty", "damaged"]
STATES: tuple[State, ...] = ("present", "stale", "damaged", "empty", "missing", "foreign")
"""Every state, the best first; of several places the best counts."""


@dataclass(frozen=True, slots=True)
class DocumentState:
    """One cell of the matrix. `place` is the first place it has this state in; empty when it is missing."""

    path: str
    name: str
    state: State
    place: str = ""
    why: str = ""
    """What is wrong, in a few plain words; empty for what is present."""
    places: tuple[tuple[str, State], ...] = ()
    """Its state in every place that was asked, in their order."""

    def in_place(self, name: str) -> State:
        """Its state in the place of that name."""
        return dict(self.places).get(name, "missing")


@dataclass(frozen=True, slots=True)
class Row:
    """One task and its documents."""

    key: str
    title: str
    folder: str
    hash: str
    files: tuple[DocumentState, ...]

    @property
    def whole(self) -> bool:
        return all(file.state == "present" for file in self.files)


@dataclass(frozen=True)
class Coverage:
    """The matrix of a tag. `foreign` are files in folders of tasks that there are not."""

    tag: str
    names: tuple[str, ...]
    places: tuple[str, ...]
    rows: tuple[Row, ...]
    foreign: tuple[DocumentState, ...] = ()

    @property
    def expected(self) -> int:
        return len(self.rows) * len(self.names)

    @property
    def totals(self) -> dict[str, int]:
        """How many documents have each state, every state named."""
        counts = Counter(file.state for row in self.rows for file in row.files)
        counts["foreign"] += len(self.foreign)
        return {state: counts[state] for state in STATES}

    @property
    def present(self) -> int:
        return self.totals["present"]

    @property
    def whole(self) -> bool:
        """Whether every task has every document, all of them current."""
        return all(row.whole for row in self.rows)

    def present_in(self, place: str) -> int:
        """How many documents are present in the place of that name, whatever the others hold."""
        return sum(file.in_place(place) == "present" for row in self.rows for file in row.files)

    @property
    def needed(self) -> tuple[str, ...]:
        """The keys of the tasks that lack a current document in every place."""
        return tuple(row.key for row in self.rows if not row.whole)

    def row(self, key: str) -> Row | None:
        """The row of a task, None when the matrix has none for it."""
        return next((row for row in self.rows if row.key == key), None)

    def to_json(self) -> dict[str, Any]:
        """The matrix as plain values."""
        return {
            "tag": self.tag,
            "files": list(self.names),
            "places": [{"name": name, "present": self.present_in(name)} for name in self.places],
            "expected": self.expected,
            "totals": self.totals,
            "complete": self.whole,
            "tasks": [
                {
                    "id": row.key,
                    "title": row.title,
                    "hash": row.hash,
                    "folder": row.folder,
                    "documents": [_cell(file) for file in row.files],
                }
                for row in self.rows
            ],
            "foreign": [_cell(file) for file in self.foreign],
        }


def coverage(
    tag: Tag, names: Sequence[str], places: Sequence[Place], keys: Iterable[str] | None = None
) -> Coverage:
    """The matrix of the top-level tasks of `tag` (those of `keys` only, if given) over all places. Blocks."""
    wanted = None if keys is None else set(keys)
    tasks = [task for task in tag.tasks if wanted is None or task.key in wanted]
    rows = tuple(_row(task, names, places) for task in tasks)
    foreign = _foreign(tag, places)
    return Coverage(tag.name, tuple(names), tuple(place.name for place in places), rows, foreign)


def needed(tag: Tag, names: Sequence[str], places: Sequence[Place]) -> list[Task]:
    """The tasks of which a document is missing, stale, empty or damaged in every place, in file order."""
    keys = set(coverage(tag, names, places).needed)
    return [task for task in tag.tasks if task.key in keys]


def state_of(data: bytes | None, key: str, title: str, digest: str) -> tuple[State, str]:
    """The state of a document that should be about that task and content, and what is wrong with it."""
    if data is None:
        return "missing", "there is no such file"
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return "damaged", "it is not UTF-8 text"
    if not text.strip():
        return "empty", "it is empty"
    try:
        matter, body = parse(text)
    except Malformed as error:
        if str(error) == "it has no front matter":
            return "stale", "it has no front matter, so nothing says which content it was written from"
        return "damaged", str(error)
    if not body.strip():
        return "empty", "there is nothing below its front matter"
    if matter.task != key:
        return "damaged", f"it says that it is about task {matter.task}"
    if matter.hash != digest:
        return "stale", "the task changed since it was written"
    if not matter.names(key, title):
        return "damaged", f'it gives the title as "{matter.title}"'
    return "present", ""


def _row(task: Task, names: Sequence[str], places: Sequence[Place]) -> Row:
    digest = content_hash(task)
    files = tuple(_state(task, digest, name, places) for name in names)
    return Row(task.key, task.title, folder_of(task.key), digest, files)


def _state(task: Task, digest: str, name: str, places: Sequence[Place]) -> DocumentState:
    path = path_of(task.key, name)
    found: list[tuple[str, State, str]] = [
        (place.name, *state_of(place.read(path), task.key, task.title, digest)) for place in places
    ]
    if not found:
        return DocumentState(path, name, "missing", why="no place was looked at")
    place, state, why = min(found, key=lambda each: STATES.index(each[1]))
    each: tuple[tuple[str, State], ...] = tuple((where, state) for where, state, _ in found)
    return DocumentState(path, name, state, "" if state == "missing" else place, why, each)


def _foreign(tag: Tag, places: Sequence[Place]) -> tuple[DocumentState, ...]:
    folders = {folder_of(task.key) for task in tag.tasks}
    found: dict[str, list[str]] = {}
    for place in places:
        for path in place.paths(PREFIX):
            folder = PREFIX + path[len(PREFIX) :].partition("/")[0]
            if folder != path and folder not in folders:
                found.setdefault(path, []).append(place.name)
    return tuple(
        DocumentState(
            path,
            path.rpartition("/")[2],
            "foreign",
            names[0],
            "there is no such task",
            _everywhere(names),
        )
        for path, names in sorted(found.items())
    )


def _cell(file: DocumentState) -> dict[str, Any]:
    cell: dict[str, Any] = {"file": file.name, "path": file.path, "state": file.state}
    if file.place:
        cell["place"] = file.place
    if file.why:
        cell["why"] = file.why
    if len(file.places) > 1:
        cell["places"] = dict(file.places)
    return cell


def _everywhere(names: Sequence[str]) -> tuple[tuple[str, State], ...]:
    return tuple((name, "foreign") for name in names)
