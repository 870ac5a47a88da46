"""Where the documents of a task are: one folder a task, whatever its id, one file a document."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from core.errors import UsageError
from core.project.find import FOLDER

DOCS = f"{FOLDER}/docs"
"""The folder of all documents, relative to the project's root; the PRD stands in it too."""
PREFIX = f"{DOCS}/task-"
"""What the path of every document of a task begins with."""

_PLAIN_ID = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,60}[a-z0-9_-])?")
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9_-])?")
_READABLE = 32


def folder_of(key: str) -> str:
    """The folder of a task's documents, relative to the project's root: `.taskmaster/docs/task-5`.

    Two ids never share a folder, not even where the file system takes `A` for `a`. An id that is not plain
    (capital letters, blanks, slashes, `#2`, very long) keeps what is readable of it and gets `__` with 16
    digits of its sha256 behind it.
    """
    if _PLAIN_ID.fullmatch(key) and "__" not in key:
        return PREFIX + key
    readable = _UNSAFE.sub("-", key).strip("-_")[:_READABLE].rstrip("-_").lower()
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{PREFIX}{readable}__{digest}"


def path_of(key: str, name: str) -> str:
    """The path of one document of a task, relative to the project's root."""
    return f"{folder_of(key)}/{name}"


def paths_of(keys: Sequence[str], names: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Path -> task key and file name, for every document those tasks should have."""
    return {path_of(key, name): (key, name) for key in keys for name in names}


def checked_names(names: Sequence[str]) -> tuple[str, ...]:
    """The file names of the setting `documents.files`, each once.

    Raises UsageError for what is no plain file name, so that no setting of a project leads out of its folder.
    """
    if not names:
        raise UsageError("The setting documents.files is empty.", "Name at least one file, such as task.md.")
    known: dict[str, str] = {}
    for name in names:
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"{name!r} in documents.files is no file name.",
                "Use letters, digits, dot, dash and underscore, such as task.md.",
            )
        other = known.setdefault(name.lower(), name)
        if other != name:
            raise UsageError(f"{other} and {name} in documents.files differ only by capital letters.")
    return tuple(dict.fromkeys(names))
