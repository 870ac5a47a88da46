"""The command analyze-complexity: score the open tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from core.errors import TaskdeckError, UsageError
from core.plain_text import printable
from core.tasks.complexity import Score, report_path, save_report
from core.tasks.document import Tag
from core.tasks.identifiers import split_ids
from core.tasks.model import Task
from tui.cli.completing import TASK_IDS
from tui.cli.complexity import report_entry
from tui.cli.invocation import Invocation, command
from tui.cli.output import Cell, Column, plural, score_cell, table, write_text
from tui.cli.planner_run import collect, planner_for, planner_options

if TYPE_CHECKING:
    from core.planning.planner import Planner, ScoreDraft
    from core.tasks.complexity import ComplexityReport


@command("analyze-complexity", file_option=("-f", "--file"))
@click.argument("ids", nargs=-1, type=TASK_IDS)
@click.option("-i", "--id", "task_ids", type=TASK_IDS, help="Only these tasks.")
@click.option("--from", "first", type=click.IntRange(0), metavar="N", help="Only tasks from this number on.")
@click.option("--to", "last", type=click.IntRange(0), metavar="N", help="Only tasks up to this number.")
@click.option(
    "-t", "--threshold", type=click.FloatRange(1, 10), default=5, show_default=True,
    help="From which score on a task should be expanded.",
)  # fmt: skip
@planner_options
def analyze_complexity(
    invocation: Invocation,
    ids: tuple[str, ...],
    task_ids: str | None,
    first: int | None,
    last: int | None,
    threshold: float,
    planner_name: str | None,
    dry_run: bool,
    research: bool,
) -> None:
    """Score how complex the open tasks are and how many subtasks each should have."""
    workspace = invocation.workspace
    named = split_ids(",".join([*ids, task_ids or ""])) if ids or task_ids else []
    tasks = _chosen(workspace.tag, named, first, last)
    planner = planner_for(invocation, planner_name, research)
    drafts = _scores(invocation, planner, tasks)
    if not drafts:
        raise TaskdeckError("There is no open task to analyse.", "`taskdeck list` shows the tasks.")
    path = report_path(workspace.project, workspace.tag_name)
    if not dry_run:
        path = _save(invocation, drafts, threshold).path
    _show_scores(invocation, drafts, threshold)
    entries = [
        report_entry(draft.task_id, draft.title, draft.score, draft.recommended, draft.reasoning)
        for draft in drafts
    ]
    invocation.emit(
        {"complexityAnalysis": entries, "planner": planner.name, "report": str(path), "dryRun": dry_run}
    )
    if dry_run:
        invocation.say("", f"By {planner.name}; nothing was written.")
    else:
        invocation.say(
            "", f"{invocation.paint('✓', 'green')} {plural(len(drafts), 'score')} by {planner.name} in {path}"
        )
        invocation.say("`taskdeck complexity-report ID` explains a score. Next: taskdeck expand --all")


def _chosen(tag: Tag, named: list[str], first: int | None, last: int | None) -> list[Task]:
    tasks = [tag.find(key) for key in named] if named else list(tag.tasks)
    if any(task.is_subtask for task in tasks):
        raise UsageError("Only tasks are scored, not subtasks.")
    if first is None and last is None:
        return tasks
    numbers = range(first or 0, (last if last is not None else 10**9) + 1)
    return [task for task in tasks if task.key.isdecimal() and int(task.key) in numbers]


def _scores(invocation: Invocation, planner: Planner, tasks: Sequence[Task]) -> list[ScoreDraft]:
    from core.planning.planner import ScoreComplete

    events = collect(planner.analyse(tasks), invocation)
    return [event.score for event in events if isinstance(event, ScoreComplete)]


def _save(invocation: Invocation, drafts: Sequence[ScoreDraft], threshold: float) -> ComplexityReport:
    workspace = invocation.workspace
    scores = [
        Score(draft.task_id, draft.title, draft.score, draft.recommended, draft.prompt, draft.reasoning)
        for draft in drafts
    ]
    return save_report(
        workspace.project,
        workspace.tag_name,
        scores,
        project_name=workspace.project.config.project_name,
        total_tasks=len(workspace.tag.tasks),
        threshold=threshold,
    )


def _show_scores(invocation: Invocation, drafts: Sequence[ScoreDraft], threshold: float) -> None:
    if invocation.as_json:
        return
    rows = [
        [
            Cell(printable(draft.task_id)),
            Cell(printable(draft.title)),
            score_cell(draft.score),
            Cell(str(draft.recommended)),
            Cell("expand" if draft.score >= threshold else ""),
        ]
        for draft in sorted(drafts, key=lambda draft: -draft.score)
    ]
    columns = [
        Column("id"),
        Column("title", flexible=True),
        Column("score"),
        Column("subtasks", right=True),
    ]
    write_text(table([*columns, Column("")], rows, invocation.paint))


COMMANDS = {"analyze-complexity": analyze_complexity}
