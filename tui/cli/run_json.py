"""A run as JSON, and as the lines a person reads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from core.plain_text import dollars, printable
from core.runs.estimate import range_words
from core.runs.ledger import StageView
from core.runs.request import RunRequest
from core.runs.standing import standing_of
from core.runs.view import AgentRow, RunView
from tui.cli.output import Cell, Column, Paint, table

STATE_STYLES = {
    "done": "green",
    "failed": "red",
    "refused": "red",
    "cancelled": "dim",
    "interrupted": "yellow",
    "running": "cyan",
    "gating": "cyan",
    "preparing": "cyan",
}


def run_json(view: RunView) -> dict[str, Any]:
    """Everything there is to know about a run, times in ISO."""
    return {
        "id": view.id,
        "kind": view.kind,
        "state": view.state,
        "words": view.words,
        "alive": view.alive,
        "tag": view.tag,
        "tasks": list(view.keys),
        "agent": view.agent,
        "began": iso(view.began),
        "ended": iso(view.ended),
        "stages": [_stage_json(stage) for stage in view.stages],
        "agents": [_agent_json(row) for row in view.agents],
        "filesWritten": view.files_written,
        "filesExpected": view.files_expected,
        "lines": view.lines,
        "cost": view.cost,
        "secondsLeft": None if view.eta is None else [round(seconds, 1) for seconds in view.eta],
        "branch": view.branch if view.commit else "",
        "commit": view.commit,
        "base": view.base,
        "retryOf": view.retry_of,
        "finishedBy": view.finished_by,
        "pullRequest": _standing_json(view),
        "attempt": view.attempt,
        "health": [{"name": s.name, "value": s.value, "age": s.age} for s in view.health],
        "notes": [note.words for note in view.notes],
        "verdict": None
        if view.verdict is None
        else {
            "state": view.verdict.state,
            "words": view.verdict.said,
            "evidence": dict(view.verdict.evidence),
        },
    }


def _standing_json(view: RunView) -> dict[str, Any] | None:
    """How its pull request stands, as far as was seen; None where there is none."""
    standing = standing_of(view)
    if standing is None:
        return None
    return {
        "label": standing.label,
        "state": standing.state,
        "alarm": standing.alarm,
        "wrong": standing.wrong,
        "failing": standing.failing,
        "readAt": iso(standing.read_at),
    }


def _stage_json(stage: StageView) -> dict[str, Any]:
    return {
        "name": stage.name,
        "state": stage.state,
        "words": stage.words,
        "proof": dict(stage.proof),
        "began": iso(stage.began),
        "ended": iso(stage.ended),
    }


def _agent_json(row: AgentRow) -> dict[str, Any]:
    judged = row.judged
    return {
        "name": row.name,
        "task": row.task,
        "title": row.title,
        "ofRun": row.of_run,
        "attempt": row.attempt,
        "activity": None if row.view is None else str(row.view.state),
        "words": "" if row.view is None else row.view.words,
        "cost": None if row.view is None else row.view.cost,
        "began": iso(row.began),
        "ended": iso(row.ended),
        "log": None if row.log is None else str(row.log),
        "gate": None
        if judged is None
        else {
            "passed": judged.passed,
            "words": judged.words,
            "findings": [dict(finding) for finding in judged.findings],
            "warnings": list(judged.warnings),
            "files": list(judged.files),
            "commit": judged.commit,
            "kept": judged.kept,
        },
    }


def request_json(request: RunRequest) -> list[dict[str, str]]:
    """Every parameter with its source."""
    return [{"name": p.name, "value": p.value, "source": p.source} for p in request.parameters]


def parameter_table(request: RunRequest, paint: Paint) -> str:
    """Every parameter with its source, for a person."""
    rows = [
        [Cell(p.name), Cell(printable(p.value), "bold"), Cell(printable(p.source), "dim")]
        for p in request.parameters
    ]
    columns = [Column("parameter"), Column("value", flexible=True), Column("from", flexible=True)]
    return table(columns, rows, paint)


def finished_words(view: RunView) -> str:
    """Which retry did what this run did not; empty where none did."""
    return f"Finished by run {view.finished_by}." if view.finished_by else ""


def iso(moment: float | None) -> str | None:
    """A time as ISO text in UTC."""
    if moment is None or not moment:
        return None
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def age(seconds: float) -> str:
    """`12 s`, `3 min`, `2 h`, `5 days`."""
    for size, unit in ((86_400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"


def result_lines(view: RunView) -> Iterator[str]:
    """What to say when a run is over: the verdict, what failed and why, where things are."""
    yield printable(view.words)
    for row in view.agents:
        if row.judged is None or row.judged.passed:
            continue
        words = f"task {row.task}: {row.judged.words}"
        if words not in view.words:
            yield f"  {printable(words)}"
        for finding in row.judged.findings[1:6]:
            yield f"    {printable(finding.get('what', ''))}"
        if row.judged.kept:
            yield f"    kept in {printable(row.judged.kept)}"
    if kept := kept_besides(view):
        yield f"  What was written by then is kept in {printable(kept)}"


def kept_besides(view: RunView) -> str:
    """The folder with what agents had written when a run was ended, where no judgement names it."""
    if view.verdict is None or any(row.judged and row.judged.kept for row in view.agents):
        return ""
    return view.verdict.evidence.get("kept", "")


def progress_words(view: RunView) -> str:
    """How far a run is, in one line: files, time left, cost."""
    parts = [f"{view.files_written}/{view.files_expected} files"] if view.files_expected else []
    parts.append(range_words(view.eta))
    if view.cost:
        parts.append(dollars(view.cost))
    return ", ".join(part for part in parts if part)
