"""The command expand: subtasks for one task, some, or all that have none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from core.errors import Refused, UsageError
from core.plain_text import printable
from core.tasks.document import Tag
from core.tasks.model import Task
from tui.cli.applying import apply, ids_of
from tui.cli.completing import TASK_IDS, TEXT
from tui.cli.complexity import read_report_file
from tui.cli.invocation import Invocation, command
from tui.cli.output import plural
from tui.cli.planner_run import collect, planner_for, planner_options, proposal_json, proposal_lines

if TYPE_CHECKING:
    from core.planning.planner import PlannerEvent
    from core.planning.proposal import Proposal

_CLOSED = frozenset({"done", "completed", "cancelled", "deferred"})


@command("expand", file_option=("--file",))
@click.argument("ids", nargs=-1, type=TASK_IDS)
@click.option("-i", "--id", "task_ids", type=TASK_IDS, help="The ids, such as 5 or 5,6.")
@click.option("-a", "--all", "every", is_flag=True, help="Every open task that has no subtasks yet.")
@click.option(
    "-n",
    "--num",
    type=click.IntRange(0, 100),
    metavar="N",
    help="How many subtasks; the report decides without it.",
)
@click.option("-p", "--prompt", type=TEXT, default="", help="More context for the planner.")
@click.option("-f", "--force", is_flag=True, help="Replace the subtasks that are there.")
@click.option("--append", is_flag=True, help="Keep the subtasks that are there and add to them.")
@click.option("-cr", "--complexity-report", "report_file", type=click.Path(), help="Another report file.")
@planner_options
def expand(
    invocation: Invocation,
    ids: tuple[str, ...],
    task_ids: str | None,
    every: bool,
    num: int | None,
    prompt: str,
    force: bool,
    append: bool,
    report_file: str | None,
    planner_name: str | None,
    dry_run: bool,
    research: bool,
) -> None:
    """Cut tasks into subtasks."""
    if force and append:
        raise UsageError("Either --force or --append, not both.")
    if every == bool(ids or task_ids):
        raise UsageError("This takes the ids of tasks, or --all.", "For example: taskdeck expand 5")
    tag = invocation.editing.tag
    replace_or_add = force or append or dry_run
    tasks = _all(tag, replace_or_add) if every else _named(tag, ids_of(ids, task_ids), replace_or_add)
    planner = planner_for(invocation, planner_name, research)
    report = read_report_file(Path(report_file)) if report_file else invocation.workspace.report
    count = num or invocation.workspace.settings.settings.counts.subtasks or None
    entries: list[dict[str, Any]] = []
    for task in tasks:
        score = report.of(task) if report else None
        events = collect(planner.expand(task, count=count, prompt=prompt, score=score), invocation)
        proposal = _proposal(task, events, replace=force)
        entries.append(_settle(invocation, task, proposal, dry_run))
    if not tasks:
        invocation.say("Every open task has subtasks already.")
    else:
        invocation.say(f"By {planner.name}." if not dry_run else f"By {planner.name}; nothing was written.")
    invocation.emit({"expanded": entries, "planner": planner.name} | ({"dryRun": True} if dry_run else {}))


def _all(tag: Tag, replace_or_add: bool) -> list[Task]:
    open_tasks = [task for task in tag.tasks if task.status not in _CLOSED]
    return open_tasks if replace_or_add else [task for task in open_tasks if not task.subtasks]


def _named(tag: Tag, keys: list[str], replace_or_add: bool) -> list[Task]:
    tasks = [tag.find(key) for key in keys]
    for task in tasks:
        if task.is_subtask:
            raise UsageError(f"{task.key} is a subtask; only tasks are cut into subtasks.")
        if task.subtasks and not replace_or_add:
            raise Refused(
                f"Task {task.key} has {plural(len(task.subtasks), 'subtask')} already; nothing was changed.",
                "--force replaces them, --append adds to them.",
            )
    return tasks


def _proposal(task: Task, events: list[PlannerEvent], replace: bool) -> Proposal:
    from core.planning.planner import SubtaskComplete
    from core.planning.proposal import subtask_proposal

    drafts = [event.draft for event in events if isinstance(event, SubtaskComplete)]
    return subtask_proposal(task, drafts, replace=replace)


def _settle(invocation: Invocation, task: Task, proposal: Proposal, dry_run: bool) -> dict[str, Any]:
    """Apply what is proposed for one task, or show it."""
    entry: dict[str, Any] = {"taskId": task.key, "created": []}
    heading = f"{printable(task.key)}  {printable(task.title)}"
    if dry_run:
        invocation.say(heading, *(f"  {line}" for line in proposal_lines(proposal, invocation.paint)))
        return entry | {"items": proposal_json(proposal)}
    edits = proposal.edits()
    if not edits:
        invocation.say(f"{heading}: nothing to cut.")
        return entry
    added = [item for item in proposal.items if item.kind == "added"]
    change = apply(invocation, edits, title=f"expand {task.key} into {plural(len(added), 'subtask')}")
    invocation.say(
        f"{invocation.paint('✓', 'green')} {heading}: {plural(len(added), 'subtask')}",
        *(f"  {printable(item.key)}  {printable(item.title)}" for item in added),
    )
    return entry | {"created": [item.key for item in added], "edit": change.entry.number}


COMMANDS = {"expand": expand}
