"""The command analyze-complexity: score the open tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from core.errors import Cancelled, TaskdeckError, UsageError
from core.plain_text import printable
from core.tasks.complexity import Score, report_path, save_report
from core.tasks.document import Tag
from core.tasks.identifiers import split_ids
from core.tasks.model import Task
from tui.cli.completing import TASK_IDS
from tui.cli.complexity import report_entry
from tui.cli.invocation import Invocation, command
from tui.cli.output import Cell, Column, plural, score_cell, table, write_text
from tui.cli.planner_options import Planning, planner_options
from tui.cli.planner_run import PlannerRun

if TYPE_CHECKING:
    from core.planning.planner import ScoreDraft


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
    planning: Planning,
) -> None:
    """Score how complex the open tasks are and how many subtasks each should have."""
    workspace = invocation.workspace
    named = split_ids(",".join([*ids, task_ids or ""])) if ids or task_ids else []
    tasks = _chosen(workspace.tag, named, first, last)
    run = PlannerRun(invocation, planning)
    book = ScoreBook(invocation, threshold, keep=not planning.dry_run)
    _collect(run, tasks, book)
    drafts = list(book.drafts.values())
    if not drafts:
        raise TaskdeckError("There is no open task to analyse.", "`taskdeck list` shows the tasks.")
    path = report_path(workspace.project, workspace.tag_name)
    _show_scores(invocation, drafts, threshold)
    entries = [
        report_entry(draft.task_id, draft.title, draft.score, draft.recommended, draft.reasoning)
        for draft in drafts
    ]
    invocation.emit(
        {"complexityAnalysis": entries, **run.as_json(), "report": str(path), "dryRun": planning.dry_run}
    )
    if planning.dry_run:
        invocation.say("", f"By {run.name}; nothing was written.")
    else:
        mark = invocation.paint("✓", "green")
        invocation.say("", f"{mark} {plural(len(drafts), 'score')} by {run.name} in {printable(str(path))}")
        invocation.say("The scores are in that report; `taskdeck undo` is about the task file alone.")
        invocation.say("`taskdeck complexity-report ID` explains a score. Next: taskdeck expand --all")


def _chosen(tag: Tag, named: list[str], first: int | None, last: int | None) -> list[Task]:
    tasks = [tag.find(key) for key in named] if named else list(tag.tasks)
    if any(task.is_subtask for task in tasks):
        raise UsageError("Only tasks are scored, not subtasks.")
    if first is None and last is None:
        return tasks
    numbers = range(first or 0, (last if last is not None else 10**9) + 1)
    return [task for task in tasks if task.key.isdecimal() and int(task.key) in numbers]


class ScoreBook:
    """The scores of this run. `save` writes those that are new into the report, beside the others there."""

    def __init__(self, invocation: Invocation, threshold: float, keep: bool) -> None:
        self.invocation = invocation
        self.threshold = threshold
        self.keep = keep
        self.drafts: dict[str, ScoreDraft] = {}
        self._new: dict[str, ScoreDraft] = {}
        self.saved: set[str] = set()

    def take(self, draft: ScoreDraft) -> None:
        self.drafts[draft.task_id] = self._new[draft.task_id] = draft

    def save(self) -> None:
        if not self.keep or not self._new:
            return
        workspace = self.invocation.workspace
        scores = [
            Score(draft.task_id, draft.title, draft.score, draft.recommended, draft.prompt, draft.reasoning)
            for draft in self._new.values()
        ]
        save_report(
            workspace.project,
            workspace.tag_name,
            scores,
            project_name=workspace.project.config.project_name,
            total_tasks=len(workspace.tag.tasks),
            threshold=self.threshold,
        )
        self.saved.update(self._new)
        self._new.clear()


def _collect(run: PlannerRun, tasks: Sequence[Task], book: ScoreBook) -> None:
    """Every score as it comes; saved after each call, so that an end in the middle loses one call at most."""
    from core.planning.planner import PlannerEvent, ScoreComplete, Usage

    def take(event: PlannerEvent) -> None:
        if isinstance(event, ScoreComplete):
            book.take(event.score)
        elif isinstance(event, Usage):
            book.save()

    try:
        run.follow(run.planner.analyse(tasks), take)
        book.save()
    except (KeyboardInterrupt, TaskdeckError) as error:
        book.save()
        rest = [task.key for task in tasks if task.key not in book.saved and not task.finished]
        if not book.saved:
            raise
        hint = f"For the rest: taskdeck analyze-complexity --id={','.join(rest)}"
        if isinstance(error, TaskdeckError):
            error.hint = f"{error.hint} {hint}".strip()
            raise
        raise Cancelled(f"Stopped; saved: {plural(len(book.saved), 'score')}.", hint) from None


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
