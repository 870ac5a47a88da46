"""Save or copy lines exactly as they stand in their logs, bytes and line ends untouched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.logs.feed import Feed
from core.logs.filter import Filtered


@dataclass(frozen=True, slots=True)
class Exported:
    """What was saved."""

    path: Path
    lines: int
    size: int
    gone: int = 0
    """Lines whose bytes nobody has any more, left out."""


def export(
    rows: Feed | Filtered,
    path: Path,
    first: int = 0,
    count: int | None = None,
    *,
    replace: bool = False,
    cancelled: Callable[[], bool] = lambda: False,
) -> Exported:
    """Save `count` rows from `first` (all of them) to `path`, whole or not at all.

    Raises Refused when `path` exists and `replace` is not set, Cancelled, and TaskdeckError when it cannot
    be written. Blocks on the disk.
    """
    raise NotImplementedError


def raw_text(feed: Feed, rows: Sequence[int], limit: int = 16 << 20) -> str:
    """The lines at these feed rows as text to copy, without control characters taken out.

    Raises Refused above `limit` bytes: such an amount belongs in a file.
    """
    raise NotImplementedError
