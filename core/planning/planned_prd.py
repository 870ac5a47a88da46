"""The PRD a tag was last planned from, kept in the project's state, so that an edit of it can be told."""

from __future__ import annotations

import hashlib
from pathlib import Path

from core.atomic_write import write_atomic
from core.paths import make_private_folder, state_folder


def remember_prd(project: Path, tag: str, text: str) -> None:
    """Note that the tasks of `tag` follow this text. `project` is its root. Raises TaskdeckError, OSError."""
    path = _path(project, tag)
    make_private_folder(path.parent)
    write_atomic(path, text.encode("utf-8", "surrogatepass"), mode=0o600)


def remembered_prd(project: Path, tag: str) -> str | None:
    """The text the tasks of `tag` follow; None when nothing is known of it."""
    try:
        return _path(project, tag).read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _path(project: Path, tag: str) -> Path:
    name = hashlib.sha256(tag.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return state_folder(project) / "planned" / f"{name}.md"
