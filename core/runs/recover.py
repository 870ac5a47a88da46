"""Finds runs whose worker is gone, ends what it left running and writes down what became of them."""

from __future__ import annotations

from pathlib import Path

from core.runs.folder import RunFolder


def recover_all(state: Path) -> list[RunFolder]:
    """Recover every run of a project that needs it; returns those that were recovered. Blocks."""
    raise NotImplementedError


def recover(folder: RunFolder) -> bool:
    """Recover one run: end orphaned agents, write the verdict `interrupted`, remove the worktrees.

    Returns whether there was something to do. Safe while others do the same, or the run lives: the run's
    lock decides.
    """
    raise NotImplementedError
