"""Every error a person can be shown, each with its exit code and one plain sentence.

TaskdeckError                exit 1, not done
├── UsageError               exit 2, the request itself is wrong
├── NotFound                 exit 1, no such task, tag, file
├── Refused                  exit 3, not done in order to protect data
│   ├── DamagedFile          a file that cannot be read as what it should be
│   ├── LockHeld             another program holds the task file
│   └── Conflict             the content changed since it was looked at
└── Cancelled                exit 130, the user stopped it
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from core.secrets import redact

Way = Literal[
    "base", "commit", "force", "include_unpushed", "no_pull_request", "no_push", "online", "other_agent",
    "retry",
]  # fmt: skip
"""What a person can choose otherwise so that something refused is done after all."""


class TaskdeckError(Exception):
    """Something was not done. `message` says what and where, `hint` what to do about it.

    Both are plain sentences without markup, and without secrets whomever they quote; whoever shows them
    strips control characters. The hint is worded for the command line; `way` says what it offers, for who has
    another name for that, such as a key.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "", way: Way | None = None) -> None:
        self.message = redact(message)
        self.hint = redact(hint)
        super().__init__(self.message)
        self.way: Way | None = way


class UsageError(TaskdeckError):
    """The request is wrong in itself: an unknown status, a missing argument, a malformed id list."""

    exit_code = 2


class NotFound(TaskdeckError):  # noqa: N818
    """A task, tag, project or file that was named does not exist."""


class Refused(TaskdeckError):  # noqa: N818
    """Going on could lose or replace somebody's data."""

    exit_code = 3


class DamagedFile(Refused):
    """A file does not parse. `line` and `column` count from 1."""

    def __init__(self, path: Path | str, what: str, line: int = 1, column: int = 1, hint: str = "") -> None:
        super().__init__(f"{path}: line {line}, column {column}: {what}", hint)
        self.path = Path(path)
        self.what = what
        self.line = line
        self.column = column


class LockHeld(Refused):
    """Another program holds the lock of a file for longer than we wait."""


class Conflict(Refused):
    """The value to change is no longer the one the edit was made for."""


class Cancelled(TaskdeckError):  # noqa: N818
    """The user stopped the command."""

    exit_code = 130
