"""The content of a task as one hash: documents written from it are current while the hash is the same."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from core.tasks.model import Task

SHORT = 12
"""Digits of a hash that are enough to show to a person."""


def content_hash(task: Task) -> str:
    """The sha256 of what a task says, in 64 hexadecimal digits.

    Hashed is the ASCII text of a JSON object with sorted keys and no blanks, `{"dependencies": [...],
    "description": ..., "details": ..., "subtasks": [...], "testStrategy": ..., "title": ...}`. Texts stand as
    in the file; one that is missing, null or empty is "". Dependencies are ids as text, each once, sorted.
    Each subtask is such an object too, with its own id (without its parent's before it) as text under "id";
    subtasks are sorted by that text of theirs. Nothing else counts: neither the task's own id, status,
    priority, order, time stamps, metadata, nor keys that nobody knows.
    """
    text = json.dumps(_content(task), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def short_hash(digest: str) -> str:
    """The first digits of a hash, as it is shown."""
    return digest[:SHORT]


def _content(task: Task) -> dict[str, Any]:
    return {
        "title": task.title,
        "description": task.description,
        "details": task.details,
        "testStrategy": task.test_strategy,
        "dependencies": sorted(set(task.written_dependencies)),
        "subtasks": sorted((_part(task, subtask) for subtask in task.subtasks), key=_order),
    }


def _part(parent: Task, subtask: Task) -> dict[str, Any]:
    # Some files write a subtask's id with its parent's in front, `"12.3"`: both spellings are one id.
    return _content(subtask) | {"id": subtask.own_id.removeprefix(f"{parent.key}.")}


def _order(content: dict[str, Any]) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"))
