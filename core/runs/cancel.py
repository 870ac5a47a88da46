"""Asks a run to end: it ends its agents, keeps what passed the gate and writes its verdict itself."""

from __future__ import annotations

from core.runs.folder import RunFolder


def cancel(folder: RunFolder) -> bool:
    """Ask for the end of a run; returns False when it is over already. Blocks for a moment. Raises OSError.

    Asking twice is the same as asking once. `RunWatch` shows when it has ended.
    """
    raise NotImplementedError
