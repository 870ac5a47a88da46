"""One thing that was looked at, what was seen, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.errors import Way

State = Literal["ok", "warn", "fail", "skip"]


@dataclass(frozen=True, slots=True)
class Check:
    """`evidence` says what was seen, in plain sentences; `repair` what to do, often nothing. `way` is that of
    an error (`core.errors.TaskdeckError`) with the repair as its hint.

    `state`: ok; warn (works, but look at it); fail (something cannot work); skip (nothing to look at).
    """

    name: str
    state: State
    evidence: str
    repair: str = ""
    way: Way | None = None
