"""Takes old runs away, with their logs, so that the state folder of a project does not grow for ever."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from core.errors import TaskdeckError
from core.paths import make_private_folder
from core.publishing.repository import Repository
from core.runs.copied_folder import remove_tree
from core.runs.folder import RunFolder, list_runs
from core.runs.places import open_repository

KEPT = 100
"""So many runs, the newest, are kept however old they are."""
DAYS = 30
"""Runs that ended within so many days are kept however many they are."""
_REMOVED = "removed"


def prune(state: Path, kept: int = KEPT, days: float = DAYS, now: float | None = None) -> list[str]:
    """Remove the runs that are neither among the newest `kept` nor of the last `days`; returns their ids.

    One stays all the same while it is under way or has no verdict, cannot be read, or its branch is there and
    not merged into what is checked out. Blocks. Never raises.
    """
    before = (time.time() if now is None else now) - days * 86_400
    removed: list[str] = []
    for run in list_runs(state)[kept:]:
        with contextlib.suppress(TaskdeckError, OSError):
            if run.ledger_file.stat().st_mtime < before and _is_settled(run) and _remove(run):
                removed.append(run.id)
    # Also what a process that was ended meanwhile had begun to take away.
    remove_tree(state / _REMOVED)
    return removed


def _is_settled(run: RunFolder) -> bool:
    if not run.has_verdict() or run.is_alive():
        return False
    branch = run.request.branch
    repository = open_repository(Path(run.request.root)) if branch else None
    if repository is None:
        return True
    try:
        return _is_merged(repository, f"refs/heads/{branch}")
    finally:
        repository.close()


def _is_merged(repository: Repository, ref: str) -> bool:
    """Whether HEAD has everything of that branch, or the branch is gone."""
    if repository.commit(ref) is None:
        return True
    return repository.run(["merge-base", "--is-ancestor", ref, "HEAD"], check=False).code == 0


def _remove(run: RunFolder) -> bool:
    """Moved away first, so that nobody ever sees half of a run."""
    with run.hold() as held:
        if held:
            run.path.rename(make_private_folder(run.state / _REMOVED) / run.id)
    return held
