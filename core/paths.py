"""Where Taskdeck keeps its own files: the user's settings and each project's state, never the repository."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

PROJECT_FILE = ".taskmaster/taskdeck.toml"
"""Our one file in a project, from its root."""

_APPLICATION = "taskdeck"
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")


def config_folder() -> Path:
    """`$XDG_CONFIG_HOME/taskdeck`, on macOS as well. It may not exist yet."""
    return _base("XDG_CONFIG_HOME", ".config") / _APPLICATION


def config_file() -> Path:
    """The user's settings, `config.toml`. It may not exist."""
    return config_folder() / "config.toml"


def project_settings(root: Path) -> Path:
    """Our settings of the project at `root`. The file may not exist."""
    return root / PROJECT_FILE


def state_folder(project_root: Path) -> Path:
    """The folder for journal, backups, ledgers and logs of the project at `project_root`.

    Named `<name>-<hash of the real path>`, so that a link to a project shares its state and two
    projects of one name do not. It may not exist yet: make it with `make_private_folder`.
    """
    real = project_root.resolve()
    name = _NOT_IN_A_NAME.sub("-", real.name).strip("-.")[:40] or "project"
    return _base("XDG_STATE_HOME", ".local/state") / _APPLICATION / f"{name}-{path_hash(real)}"


def path_hash(path: Path) -> str:
    """Twelve hexadecimal digits that stand for this path."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def make_private_folder(folder: Path) -> Path:
    """Make `folder` and what is missing above it, readable by its owner only. Raises OSError."""
    if not folder.is_dir():
        make_private_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _base(variable: str, default: str) -> Path:
    # The XDG specification: a relative path in these variables is to be ignored.
    value = os.environ.get(variable, "")
    return Path(value) if value.startswith("/") else Path.home() / default
