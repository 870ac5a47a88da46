"""Where the key for Claude comes from; read when a call is made, never from the files of a repository."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

from core.config import Loaded
from core.secret_command import read_secret
from core.secrets import remember

VARIABLE = "ANTHROPIC_API_KEY"
RING_SERVICE, RING_USER = "taskdeck", "anthropic"
HOW = (
    f"Set {VARIABLE}, or planner.key or planner.key_command with `taskdeck config set`, "
    f"or put it into the key ring as {RING_SERVICE}, {RING_USER}."
)
"""What to do for want of a key."""


@dataclass(frozen=True)
class Key:
    """A key that is held; `source` says where, `read` fetches it (blocking, raises TaskdeckError)."""

    source: str
    read: Callable[[], str] = field(repr=False)


def find_key(loaded: Loaded) -> Key | None:
    """The first key there is: environment, the user's settings, a command, the key ring.

    No command is run for it. The key ring is asked where `keyring` is installed; it may be locked, and then
    holds nothing.
    """
    own = loaded.get("planner.key")
    if own.value and own.source.startswith("TASKDECK_"):
        return _known(own.source, own.value)
    if key := os.environ.get(VARIABLE, "").strip():
        return _known(VARIABLE, key)
    if own.value:
        return _known(own.source, own.value)
    command = loaded.get("planner.key_command")
    if command.value:
        return Key(
            f"the command of {command.source}",
            lambda: read_secret(command.value, command.source, "key command"),
        )
    ring = _from_key_ring()
    return _known(f"the key ring ({RING_SERVICE}, {RING_USER})", ring) if ring else None


def _known(source: str, key: str) -> Key:
    remember(key)
    return Key(source, lambda: key)


def _from_key_ring() -> str:
    if find_spec("keyring") is None:
        return ""
    try:
        import keyring  # pyright: ignore[reportMissingImports]

        ring: Any = keyring
        found = ring.get_password(RING_SERVICE, RING_USER)
    except Exception:
        # Locked, without a session, or not working at all: then it holds no key for us.
        return ""
    return found.strip() if isinstance(found, str) else ""
