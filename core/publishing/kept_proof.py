"""The last proof of a publication, noted for other processes: what the remote held, and when it said so."""

from __future__ import annotations

import contextlib
import json
import time
from pathlib import Path
from typing import Any

from core.atomic_write import write_atomic
from core.errors import TaskdeckError
from core.paths import make_private_folder, state_folder
from core.publishing.publish_check import PublishState

_NAME = "published.json"


def keep_proof(root: Path, state: PublishState) -> None:
    """Note that the remote holds the main file, if it was proven; where that fails nobody misses it."""
    if not state.proven or state.main is None:
        return
    data = json.dumps(_facts(state) | {"time": time.time()}).encode()
    with contextlib.suppress(OSError, TaskdeckError):
        write_atomic(make_private_folder(state_folder(root)) / _NAME, data, mode=0o600, durable=False)


def proven_at(root: Path, state: PublishState) -> float | None:
    """When the remote was last seen to hold what `state` tells of (epoch seconds).

    None when there is no such proof, or branch, HEAD, the file or what is remembered changed since.
    """
    if state.state not in ("pushed", "proven"):
        return None
    try:
        kept: Any = json.loads((state_folder(root) / _NAME).read_bytes())
        facts = _facts(state)
        same = {name: kept[name] for name in facts} == facts
        return float(kept["time"]) if same and kept["time"] <= time.time() else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _facts(state: PublishState) -> dict[str, str | None]:
    """What must be the same for a proof to count. What is remembered moves with every fetch."""
    main = state.main
    return {
        "branch": state.branch,
        "commit": state.commit,
        "remote": str(state.target),
        "address": state.address,
        "path": main.path if main else None,
        "hash": main.file.hash if main else None,
        "fetched": main.remembered.commit if main else None,
    }
