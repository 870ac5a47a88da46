"""Finds runs whose worker is gone, ends what it left running and writes down what became of them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator
from pathlib import Path

from core.errors import TaskdeckError
from core.publishing.repository import Repository
from core.runs.copied_folder import remove_tree
from core.runs.folder import RunFolder, list_runs
from core.runs.keep import keep_changes
from core.runs.ledger import AttemptEnded, Ledger, RunState, StageEnded, Verdict
from core.runs.places import open_repository

STAGE_WORDS = {
    "": "before it began",
    "publish": "while it published the task file",
    "push": "while it pushed the run's branch",
    "pull_request": "while it made the pull request",
    "prepare": "while it prepared the workspace",
    "agent": "while agents worked",
    "gate": "while it judged results",
    "commit": "while it committed",
    "apply": "while it copied documents into the work tree",
}


def recover_all(state: Path) -> list[RunFolder]:
    """Recover every run of a project that needs it; returns those that were recovered. Blocks.

    A run that cannot be read is passed over.
    """
    recovered: list[RunFolder] = []
    left = {path.name.rpartition("-")[0] for path in (state / "worktrees").glob("*-*")}
    for run in list_runs(state):
        if run.id not in left and run.has_verdict():
            continue
        with contextlib.suppress(TaskdeckError, OSError):
            if recover(run):
                recovered.append(run)
    return recovered


def recover(folder: RunFolder) -> bool:
    """Recover one run: end orphaned agents, write the verdict `interrupted`, remove the worktrees.

    Returns whether it had been interrupted. Safe while others do the same, or the run lives: the run's lock
    decides. Raises DamagedFile, NotFound (no request to go by), OSError.
    """
    with folder.hold() as held:
        if not held:
            return False
        state = folder.ledger()
        if state.verdict is None:
            _end_orphans(folder, state)
            _keep_what_is_there(folder)
            _write_verdict(folder, state)
        remove_worktrees(folder)
        return state.verdict is None


def remove_worktrees(folder: RunFolder) -> None:
    """Take away every folder agents of this run worked in."""
    left = _left_worktrees(folder)
    for path in left:
        remove_tree(path)
    if left and folder.request.commit:
        with contextlib.suppress(TaskdeckError), _repository(folder) as repository:
            repository.prune()


def _left_worktrees(folder: RunFolder) -> list[Path]:
    return sorted(folder.worktree(0).parent.glob(f"{folder.id}-*"))


def _end_orphans(folder: RunFolder, state: RunState) -> None:
    from core.agents.process import Identity, end_orphan

    for attempt in state.attempts:
        began = attempt.began
        if attempt.ended is None:
            end_orphan(Identity(began.pid, began.created, began.mark))
    # One that was started in the very moment the worker was killed is in no ledger: it stands in a worktree.
    places = [os.path.realpath(path) for path in _left_worktrees(folder)]
    for pid, created in _standing_in(places):
        end_orphan(Identity(pid, created))


def _standing_in(places: list[str]) -> list[tuple[int, float]]:
    """Agents and gits in these folders; a person's shell that stands there as well is none of ours."""
    if not places:
        return []
    import psutil

    from core.agents.process_tree import MARK

    found: list[tuple[int, float]] = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            cwd = process.cwd()
            if not any(cwd == place or cwd.startswith(place + os.sep) for place in places):
                continue
            if MARK in process.environ() or process.name() == "git":
                found.append((process.pid, process.create_time()))
    return found


def _keep_what_is_there(folder: RunFolder) -> None:
    """What agents had written when everything stopped; where git can tell, else the run's results only."""
    if not folder.request.commit:
        return
    for path in _left_worktrees(folder):
        with contextlib.suppress(TaskdeckError, OSError), _repository(folder) as repository:
            changes = repository.changed_paths(path, folder.worked_at())
            if changes:
                keep_changes(path, changes, folder.kept / f"interrupted-{path.name.rpartition('-')[2]}")


@contextlib.contextmanager
def _repository(folder: RunFolder) -> Generator[Repository]:
    repository = open_repository(Path(folder.request.root))
    if repository is None:
        raise TaskdeckError(f"There is no repository around {folder.request.root} any more.")
    try:
        yield repository
    finally:
        repository.close()


def _write_verdict(folder: RunFolder, state: RunState) -> None:
    running = [stage.name for stage in state.stages if stage.state == "running"]
    last = running[-1] if running else next((s.name for s in reversed(state.stages) if s.state == "done"), "")
    evidence = _evidence(folder, state, last)
    with Ledger(folder.ledger_file) as ledger:
        for attempt in state.attempts:
            if attempt.ended is None:
                ended = "It was ended, because the worker of its run was gone."
                ledger.append(
                    AttemptEnded(attempt.began.agent, attempt.began.number, "interrupted", ended, "lost")
                )
        for name in running:
            ledger.append(StageEnded(name, "failed", "interrupted"))
        if _is_whole(state):
            words = " ".join(stage.words for stage in state.stages[-1:] if stage.words)
            words = f"{words} Every stage was proven before its worker ended.".strip()
            ledger.append(Verdict("done", words, evidence))
        else:
            words = f"Its worker ended {STAGE_WORDS.get(last, f'in the stage {last}')}."
            ledger.append(Verdict("interrupted", words, evidence))


def _is_whole(state: RunState) -> bool:
    """Whether nothing but the verdict is missing."""
    ended = all(stage.state in ("done", "skipped") for stage in state.stages)
    return ended and any(stage.state == "done" for stage in state.stages)


def _evidence(folder: RunFolder, state: RunState, last: str) -> dict[str, str]:
    evidence = {"stage": last or "none", "ledger": str(folder.ledger_file)}
    if (worker := folder.worker) is not None:
        evidence["worker"] = f"process {worker[0]}"
    passed = [a.judged for a in state.attempts if a.judged and a.judged.passed]
    if passed:
        evidence["passed"] = ", ".join(judged.agent for judged in passed)
    if state.result:
        evidence |= {"branch": folder.request.branch, "commit": state.result}
    for stage in state.stages:
        evidence |= {name: stage.proof[name] for name in ("url", "link") if name in stage.proof}
    if folder.kept.is_dir():
        evidence["kept"] = str(folder.kept)
    return evidence
