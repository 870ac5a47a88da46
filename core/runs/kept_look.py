"""What a forge said last of a run's pull request, kept in the run's folder."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

from core.atomic_write import write_atomic
from core.publishing.forge.merging import Merging
from core.publishing.forge.model import Checks, Noun, PullRequest, State

_FILE = "pull_request.json"


@dataclass(frozen=True, slots=True)
class Look:
    """What a forge said of a pull request at `read_at`, in seconds since the epoch."""

    found: PullRequest
    read_at: float


def keep_look(folder: Path, look: Look) -> None:
    """Keep it in a run's folder, for every program that shows the run. Raises TaskdeckError."""
    raw = dataclasses.asdict(look)
    raw["found"]["body"] = ""
    write_atomic(folder / _FILE, json.dumps(raw).encode(), mode=0o600, durable=False)


def last_look(folder: Path) -> Look | None:
    """What was kept last in a run's folder; None where nobody asked, or what is there says nothing."""
    file = folder / _FILE
    try:
        return _read(file, file.stat().st_mtime_ns)
    except OSError:
        return None


@lru_cache(512)
def _read(file: Path, _written: int) -> Look | None:
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return _look(json.loads(file.read_bytes()))
    return None


def _look(raw: Any) -> Look | None:
    found = dict(raw["found"])
    checks = found["checks"]
    found["checks"] = Checks(**checks | {"failing": tuple(checks["failing"])}) if checks else None
    found["merging"] = Merging(**found["merging"])
    found["number"] = int(found["number"])
    look = Look(PullRequest(**found), float(raw["read_at"]))
    known = look.found.state in get_args(State) and look.found.noun in get_args(Noun)
    return look if known else None
