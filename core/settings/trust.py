"""Which values a project's settings file may set: the delicate ones only once the user trusted them.

What stands in a repository is data. A base URL would get the user's key, a command would run; so such a
value from a project file counts only when the user trusted exactly it, for exactly this project.
Remembered in `trust.json` in the user's configuration folder, outside every repository.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any, cast

from core.errors import DamagedFile
from core.paths import config_folder, make_private_folder

NEEDS_TRUST = frozenset(
    {
        "planner.base_url",
        "planner.key_command",
        "agent.command",
        "agent.tools",
        "publish.api_url",
        "publish.token_command",
    }
)
"""Settings a project file may not set unless trusted."""

NEVER_FROM_PROJECT = frozenset(
    {
        "planner.budget",
        "planner.confirm_tokens",
        "planner.key",
        "agent.budget",
        "notify.command",
        "publish.token",
    }
)
"""Settings that protect the user's money, and whose money it is; a project file has no say in them."""


def trust_file() -> Path:
    """Where trusted values are remembered."""
    return config_folder() / "trust.json"


def is_trusted(root: Path, key: str, value: Any) -> bool:
    """Whether the user trusted exactly this value of this key here; a damaged store trusts nothing."""
    try:
        return fingerprint(value) in _read().get(_project(root), {}).get(key, [])
    except DamagedFile:
        return False


def trust(root: Path, key: str, value: Any) -> None:
    """Remember that this value may be used in this project. Raises DamagedFile, TaskdeckError."""
    from core.atomic_write import write_atomic

    store = _read()
    values = store.setdefault(_project(root), {}).setdefault(key, [])
    if fingerprint(value) not in values:
        values.append(fingerprint(value))
    make_private_folder(trust_file().parent)
    write_atomic(trust_file(), json.dumps(store, indent=2).encode("utf-8"), mode=0o600)


def fingerprint(value: Any) -> str:
    """A value's sha256; the store holds no values, since an address can carry a secret."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode("utf-8")).hexdigest()


def _project(root: Path) -> str:
    return os.fspath(root.resolve())


def _read() -> dict[str, dict[str, list[str]]]:
    path = trust_file()
    try:
        raw: Any = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError):
        raise _damaged(path) from None
    if not isinstance(raw, dict):
        raise _damaged(path)
    store: dict[str, dict[str, list[str]]] = {}
    for project, keys in cast("dict[str, Any]", raw).items():
        if not isinstance(keys, dict):
            raise _damaged(path)
        store[project] = {
            key: [value for value in cast("list[Any]", values) if isinstance(value, str)]
            for key, values in cast("dict[str, Any]", keys).items()
            if isinstance(values, list)
        }
    return store


def _damaged(path: Path) -> DamagedFile:
    return DamagedFile(path, "not a store of trusted values", hint="Remove it; you will be asked again.")
