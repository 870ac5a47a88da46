"""The stages of the pipeline that agents do, and what the tree shows of them, from documents and runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from core.plain_text import plural
from tui.bridges.stages import Stage, State, age_text

if TYPE_CHECKING:
    from core.documents.coverage import Coverage
    from core.runs.watch import RunView
    from core.tasks.document import Tag


def with_work(
    stages: Sequence[Stage],
    tag: Tag,
    matrix: Coverage | None,
    runs: Sequence[RunView],
    now: float,
    *,
    looked: bool = True,
) -> tuple[Stage, ...]:
    """`stages` with Documents and Submitted as they stand; unknown before anybody `looked` for runs."""
    here = [run for run in runs if run.tag == tag.name]
    known = {
        "Documents": _documents(tag, matrix, [run for run in here if run.kind == "docs"], now),
        "Submitted": _submitted([run for run in here if run.kind == "task"], now),
    }
    if not looked:
        told = (("Runs", "they are being read"),)
        known = {name: replace(stage, state="unknown", evidence=told) for name, stage in known.items()}
    return tuple(known.get(stage.name, stage) for stage in stages)


def task_activity(runs: Sequence[RunView], tag: str) -> Mapping[str, str]:
    """What the agents of runs under way do, by the key of their task."""
    found: dict[str, str] = {}
    for run in runs:
        if run.is_over or run.tag != tag:
            continue
        for agent in run.agents:
            if agent.view is not None and not agent.view.state.over:
                found[agent.task] = agent.view.state.value.replace("_", " ")
    return found


def _documents(tag: Tag, matrix: Coverage | None, runs: Sequence[RunView], now: float) -> Stage:
    live = next((run for run in runs if not run.is_over), None)
    expected = matrix.expected if matrix is not None else 0
    present = matrix.present if matrix is not None else 0
    state: State = "waiting"
    proof = f"{present}/{expected}" if present else ""
    totals = matrix.totals if matrix is not None else {}
    if live is not None:
        state, proof = "running", f"{live.files_written}/{live.files_expected}"
    elif matrix is not None and matrix.rows and matrix.whole:
        state, proof = "done", str(present)
    elif totals.get("stale") or totals.get("damaged"):
        state = "stale"
    elif present:
        state = "partly"
    elif runs and runs[0].state in ("failed", "interrupted", "refused"):
        state = "failed"
    return Stage("Documents", "Docs", state, proof, _evidence(tag, matrix, live, runs, now), "documents")


def _evidence(
    tag: Tag, matrix: Coverage | None, live: RunView | None, runs: Sequence[RunView], now: float
) -> tuple[tuple[str, str], ...]:
    rows: list[tuple[str, str]] = []
    if matrix is None:
        rows.append(("Documents", f"none yet for {plural(len(tag.tasks), 'task')}; d writes them"))
    else:
        counts = ", ".join(f"{count} {state}" for state, count in matrix.totals.items() if count)
        rows.append(("Documents", f"{matrix.expected} wanted: {counts}"))
        rows += [(place.capitalize(), f"{matrix.present_in(place)} current") for place in matrix.places]
        lacking = matrix.needed
        if lacking:
            rows.append(("Tasks that lack some", ", ".join(lacking[:16]) + " …" * (len(lacking) > 16)))
    if live is not None:
        rows.append(
            ("Under way", f"run {live.id}, {live.files_written} of {plural(live.files_expected, 'file')}")
        )
    elif runs:
        rows.append(("Last run", _ended(runs[0], now)))
    return tuple(rows)


def _submitted(runs: Sequence[RunView], now: float) -> Stage:
    live = [run for run in runs if not run.is_over]
    keys = list(dict.fromkeys(key for run in (live or runs[:1]) for key in run.keys))
    if not runs:
        evidence = (("Runs", "no task was given to an agent yet; s submits the one under the cursor"),)
        return Stage("Submitted", "Subm", "waiting", "", evidence)
    done = runs[0].state == "done" or runs[0].finished_by
    state: State = "running" if live else "done" if done else "failed"
    if runs[0].state == "cancelled" and not live:
        state = "waiting"
    proof = ", ".join(keys) if len(keys) <= 3 else f"{len(keys)} tasks"
    rows = [(f"Task {', '.join(run.keys[:6])}", _ended(run, now)) for run in runs[:8]]
    return replace(Stage("Submitted", "Subm", state, proof), evidence=tuple(rows))


def _ended(run: RunView, now: float) -> str:
    if run.ended is None or run.verdict is None:
        return f"{run.id}: {run.words}, begun {age_text(now - run.began)}"
    return f"{run.id}: {run.verdict.words or run.state}, {age_text(now - run.ended)}"
