"""The command complexity-report: what is known about how complex the tasks are, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from core.errors import NotFound
from core.plain_text import printable, wrap
from core.tasks.complexity import (
    ComplexityReport,
    Measure,
    Score,
    band,
    measures,
    read_report,
    report_path,
)
from core.tasks.document import Tag
from core.tasks.identifiers import split_ids
from tui.cli.completing import TASK_IDS
from tui.cli.invocation import Invocation, command
from tui.cli.output import (
    Cell,
    Column,
    Paint,
    plural,
    reading_width,
    score_cell,
    status_cell,
    table,
    write_text,
)

_MAKE = "`taskdeck analyze-complexity` makes one."
_COLUMNS = (
    Column("id"),
    Column("title", flexible=True),
    Column("status"),
    Column("score"),
    Column("recommended", right=True),
    Column("present", right=True),
)


@command("complexity-report", file_option=())
@click.argument("ids", nargs=-1, type=TASK_IDS, metavar="[ID]...")
@click.option("-f", "--file", "report_file", type=click.Path(), help="Another report file.")
@click.option("--sort", type=click.Choice(["complexity", "id"]), default="complexity", help="The order.")
def complexity_report(
    invocation: Invocation, ids: tuple[str, ...], report_file: str | None, sort: str
) -> None:
    """Show how complex the tasks are, subtasks recommended and present; with ids, explain the scores."""
    workspace = invocation.workspace
    report = read_report_file(Path(report_file)) if report_file else workspace.report
    rows = [row for row in measures(workspace.tag, report) if row.score is not None]
    path = report.path if report else report_path(workspace.project, workspace.tag_name)
    if report is None and not rows:
        raise NotFound(f"There is no complexity report at {path}.", _MAKE)
    scores = dict(report.scores) if report else {row.task.key: _score(row) for row in rows}
    if ids:
        wanted = split_ids(",".join(ids))
        if missing := [key for key in wanted if key not in scores]:
            raise NotFound(f"There is no score for {', '.join(missing)} in {path}.", _MAKE)
        scores = {key: scores[key] for key in wanted}
    entries = [
        report_entry(s.key, s.title, s.score, s.recommended, s.reasoning) | {"expansionPrompt": s.prompt}
        for s in scores.values()
    ]
    meta = dict(report.meta) if report else {}
    invocation.emit(
        {"meta": meta, "complexityAnalysis": entries, "report": str(report.path) if report else None}
    )
    if invocation.as_json:
        return
    if ids:
        invocation.say(*_explained(list(scores.values()), invocation.paint))
        return
    if sort == "complexity":
        rows.sort(key=lambda row: -(row.score or 0))
    write_text(table(_COLUMNS, [_row(row) for row in rows], invocation.paint))
    invocation.say("", _summary(rows, report, workspace.tag))


def _score(row: Measure) -> Score:
    """The score a task itself holds, where there is no report."""
    reasoning = row.task.raw.get("complexityReasoning")
    return Score(
        row.task.key,
        row.task.title,
        row.score or 0,
        row.recommended,
        reasoning=reasoning if isinstance(reasoning, str) else "",
    )


def _explained(scores: Sequence[Score], paint: Paint) -> list[str]:
    lines: list[str] = []
    for score in scores:
        cell = score_cell(score.score)
        heading = f"{printable(score.key)}  {printable(score.title)}"
        lines += [*([""] if lines else []), paint(heading, "bold")]
        lines.append(f"{paint(cell.text, cell.style)}  {plural(score.recommended, 'subtask')} recommended")
        for text in (score.reasoning, score.prompt):
            lines += wrap(printable(text, newlines=True), reading_width()) if text else []
    return lines


def report_entry(key: str, title: str, score: float, recommended: int, reasoning: str) -> dict[str, Any]:
    """One entry of a report by Task Master's field names."""
    return {
        "taskId": int(key) if key.isdecimal() and len(key) < 16 else key,
        "taskTitle": title,
        "complexityScore": int(score) if score == int(score) else score,
        "recommendedSubtasks": recommended,
        "reasoning": reasoning,
    }


def read_report_file(path: Path) -> ComplexityReport:
    """The report in a file that was named. Raises NotFound, DamagedFile."""
    try:
        return read_report(path.read_bytes(), path)
    except FileNotFoundError:
        raise NotFound(f"There is no complexity report at {path}.", "Name an existing file.") from None


def _row(row: Measure) -> list[Cell]:
    return [
        Cell(printable(row.task.key)),
        Cell(printable(row.task.title)),
        status_cell(row.task.status),
        score_cell(row.score),
        Cell(str(row.recommended)),
        Cell(str(row.present), "yellow" if row.missing else ""),
    ]


def _summary(rows: Sequence[Measure], report: ComplexityReport | None, tag: Tag) -> str:
    bands = Counter(band(row.score) for row in rows if row.score is not None)
    parts = [f"{bands[name]} {name}" for name in ("high", "medium", "low") if bands[name]]
    where = f" in {report.path}" if report else " written in the tasks, there is no report file"
    text = (
        f"{plural(len(rows), 'score')} ({', '.join(parts)}){printable(where)}."
        if rows
        else f"No task has a score{printable(where)}."
    )
    strangers = [key for key in report.scores if key not in tag.nodes] if report else []
    return text + (
        f" Scored, but no longer there: {printable(', '.join(strangers[:8]))}." if strangers else ""
    )


COMMANDS = {"complexity-report": complexity_report}
