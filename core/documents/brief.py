"""What an agent that writes documents is given: which tasks, which files, from what, to where."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from json import JSONDecodeError
from pathlib import Path
from typing import Any, cast

from core.atomic_write import write_atomic
from core.documents.catalogue import checked_names, folder_of
from core.documents.content import content_hash
from core.errors import DamagedFile, NotFound
from core.tasks.document import Tag

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Assignment:
    """One task to document, as it was when the brief was made."""

    key: str
    title: str
    hash: str

    @property
    def folder(self) -> str:
        """Where its documents go, relative to the project's root."""
        return folder_of(self.key)


@dataclass(frozen=True, slots=True)
class Brief:
    """The order to an agent. Paths are absolute; `out` is the project's root in the agent's workspace."""

    run: str
    agent: str
    tag: str
    tasks: tuple[Assignment, ...]
    tasks_file: str
    """A copy of the task file that nobody may change."""
    tasks_sha256: str
    names: tuple[str, ...]
    out: str
    prd: str = ""
    """A copy of the PRD, or the PRD; empty when there is none."""
    prd_sha256: str = ""
    prd_name: str = ""
    """How documents cite it: its path in the project."""
    standards: tuple[str, ...] = ()
    """Files with the project's standards, relative to `out`."""
    language: str = ""
    """The language to write in; empty follows the task."""
    written_by: str = "builtin"
    model: str = ""
    remarks: str = ""
    """What an earlier attempt got wrong, in plain words."""

    @property
    def task_keys(self) -> tuple[str, ...]:
        return tuple(task.key for task in self.tasks)

    def to_json(self) -> str:
        """One JSON document."""
        return json.dumps({"version": _VERSION} | asdict(self), ensure_ascii=False, indent=2) + "\n"


def assignments(tag: Tag, keys: Sequence[str]) -> tuple[Assignment, ...]:
    """The tasks of those keys with their titles and hashes. Raises NotFound."""
    tasks = [tag.find(key) for key in keys]
    return tuple(Assignment(task.key, task.title, content_hash(task)) for task in tasks)


def write_brief(path: Path, brief: Brief) -> None:
    """Put a brief where an agent reads it. Raises TaskdeckError."""
    write_atomic(path, brief.to_json().encode("utf-8", "backslashreplace"), mode=0o600)


def read_brief(path: Path) -> Brief:
    """The brief in that file. Raises NotFound, DamagedFile when it lacks something, UsageError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise NotFound(
            f"The brief {path} cannot be read: {error.strerror}.", "Start the run again."
        ) from None
    try:
        return _brief(json.loads(data))
    except (JSONDecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError, RecursionError) as error:
        what = f"it lacks {error}" if isinstance(error, KeyError) else f"it is no brief ({error})"
        raise DamagedFile(path, what, hint="Start the run again.") from None


def _brief(value: Any) -> Brief:
    values = cast("dict[str, Any]", value)
    if values["version"] != _VERSION:
        raise ValueError(f"version {values['version']}, this program reads {_VERSION}")
    tasks = tuple(
        Assignment(str(task["key"]), str(task["title"]), str(task["hash"])) for task in values["tasks"]
    )
    texts = {name: str(values.get(name, "")) for name in _OPTIONAL}
    return Brief(
        run=str(values["run"]),
        agent=str(values["agent"]),
        tag=str(values["tag"]),
        tasks=tasks,
        tasks_file=str(values["tasks_file"]),
        tasks_sha256=str(values["tasks_sha256"]),
        names=checked_names([str(name) for name in values["names"]]),
        out=str(values["out"]),
        standards=tuple(str(name) for name in values.get("standards", ())),
        **texts,
    )


_OPTIONAL = ("prd", "prd_sha256", "prd_name", "language", "written_by", "model", "remarks")
