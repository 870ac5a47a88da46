"""The command expand: subtasks for one task, some, or all that have none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from core.errors import Cancelled, Refused, UsageError
from core.plain_text import printable
from core.tasks.document import Tag
from core.tasks.model import Task
from tui.cli.applying import apply, ids_of
from tui.cli.completing import TASK_IDS, TEXT
from tui.cli.complexity import read_report_file
from tui.cli.invocation import Invocation, command
from tui.cli.output import plural
from tui.cli.planner_options import Planning, planner_options
from tui.cli.planner_run import PlannerRun, proposal_json, proposal_lines

if TYPE_CHECKING:
    from core.planning.expand_all import Expansion
    from core.planning.planner import PlannerEvent, SubtaskDraft
    from core.planning.usage import Estimate
    from core.tasks.complexity import Score

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
    planning: Planning,
) -> None:
    """Cut tasks into subtasks."""
    if force and append:
        raise UsageError("Either --force or --append, not both.")
    if every == bool(ids or task_ids):
        raise UsageError("This takes the ids of tasks, or --all.", "For example: taskdeck expand 5")
    tag = invocation.editing.tag
    replace_or_add = force or append
    tasks = _all(tag, replace_or_add) if every else _named(tag, ids_of(ids, task_ids), replace_or_add)
    report = read_report_file(Path(report_file)) if report_file else invocation.workspace.report
    count = num or invocation.workspace.settings.settings.counts.subtasks or None
    run = PlannerRun(invocation, planning)
    work = Expanding(run, tasks, replace=force, add=append)
    work.carry_out(count, prompt, dict(report.scores) if report else {})
    if not tasks:
        invocation.say("Every open task has subtasks already.")
    else:
        invocation.say(f"By {run.name}{run.in_all}{'; nothing was written' * planning.dry_run}.")
    ordered = [work.entries[task.key] for task in tasks if task.key in work.entries]
    extra = {"dryRun": True} if planning.dry_run else {}
    invocation.emit({"expanded": ordered, **run.as_json(), **extra})


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


class Expanding:
    """Expands tasks side by side and saves each as soon as it is whole. `entries` say what became of each."""

    def __init__(self, run: PlannerRun, tasks: Sequence[Task], *, replace: bool, add: bool) -> None:
        self.run = run
        self.invocation = run.invocation
        self.tasks = tasks
        self.replace = replace
        self.add = add
        self.entries: dict[str, dict[str, Any]] = {}

    def carry_out(self, count: int | None, prompt: str, scores: Mapping[str, Score]) -> None:
        """Raises TaskdeckError when a task could not be expanded, Cancelled when it was stopped."""
        from core.planning.expand_all import expand_all

        if not self.tasks:
            return
        planner = self.run.planner
        estimate: Callable[[Sequence[Task]], Estimate] | None = getattr(planner, "expansion_estimate", None)
        if estimate is not None and len(self.tasks) > 1:
            self.run.approve(estimate(self.tasks))
        concurrency: int = getattr(planner, "concurrency", 1)
        events = expand_all(
            planner, self.tasks, concurrency=concurrency, count=count, prompt=prompt, scores=scores
        )
        try:
            self.run.follow(events, self._take)
        except KeyboardInterrupt:
            done = f"{len(self.entries)} of {plural(len(self.tasks), 'task')} were expanded and are saved"
            if self.run.dry_run:
                raise
            raise Cancelled(
                f"Stopped; {done}.{self.run.cost_of_stopped()}", "Run it again for the rest."
            ) from None

    def _take(self, event: PlannerEvent | Expansion) -> None:
        from core.planning.expand_all import Expansion

        if isinstance(event, Expansion):
            self._settle(event.parent_key, event.drafts)

    def _settle(self, key: str, drafts: Sequence[SubtaskDraft]) -> None:
        """Apply what is proposed for one task to the file as it is now, or show it."""
        from core.planning.proposal import subtask_proposal

        task = self._as_it_is_now(key)
        if task is None:
            return
        proposal = subtask_proposal(task, drafts, replace=self.replace)
        heading = f"{printable(task.key)}  {printable(task.title)}"
        entry: dict[str, Any] = {"taskId": key, "created": []}
        self.entries[key] = entry
        edits = proposal.edits()
        if not edits:
            self.invocation.say(f"{heading}: nothing to cut.")
            return
        if self.run.dry_run:
            lines = proposal_lines(proposal, self.invocation.paint)
            self.invocation.say(heading, *(f"  {line}" for line in lines))
            entry["items"] = proposal_json(proposal)
            return
        added = [item for item in proposal.items if item.kind == "added"]
        change = apply(self.invocation, edits, title=f"expand {key} into {plural(len(added), 'subtask')}")
        self.invocation.say(
            f"{self.invocation.paint('✓', 'green')} {heading}: {plural(len(added), 'subtask')}",
            *(f"  {printable(item.key)}  {printable(item.title)}" for item in added),
        )
        entry |= {"created": [item.key for item in added], "edit": change.entry.number}

    def _as_it_is_now(self, key: str) -> Task | None:
        """The task in the file of this moment; None, said, where somebody else took or cut it meanwhile."""
        workspace = self.invocation.editing
        tag = workspace.store.load().tag(workspace.tag_name)
        task = tag.nodes.get(key)
        before = workspace.tag.find(key)
        if task is None:
            self.invocation.note(f"Task {key} is gone; what was planned for it was left out.")
        elif len(task.subtasks) > len(before.subtasks) and not (self.replace or self.add):
            self.invocation.note(f"Task {key} has subtasks by now; what was planned for it was left out.")
            return None
        return task


COMMANDS = {"expand": expand}
