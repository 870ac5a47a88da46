"""The commands update-task and update-subtask: a task as a wish says it should read, or with a note below."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from core.errors import TaskdeckError, UsageError
from core.plain_text import printable
from core.tasks.identifiers import split_ids
from core.tasks.model import Task
from tui.cli.applying import apply, one_id, text_value
from tui.cli.completing import TASK_IDS, TEXT
from tui.cli.invocation import Callback, Invocation, command
from tui.cli.planner_options import Planning, planner_options
from tui.cli.planner_run import PlannerRun, proposal_json, proposal_lines

if TYPE_CHECKING:
    from core.planning.proposal import Proposal


def _options(function: Callback) -> Callback:
    for decorate in (
        click.option("--append", is_flag=True, help="Leave the task as it is and add to its details."),
        click.option("-p", "--prompt", type=TEXT, help="What is to change; - reads standard input."),
        click.option("-i", "--id", "task_id", type=TASK_IDS, help="The id, the same as ID."),
        click.argument("words", nargs=-1, type=TEXT, metavar="[ID] [PROMPT]..."),
    ):
        function = decorate(function)
    return function


@command("update-task")
@_options
@planner_options
def update_task(
    invocation: Invocation,
    words: tuple[str, ...],
    task_id: str | None,
    prompt: str | None,
    append: bool,
    planning: Planning,
) -> None:
    """Change a task as PROMPT says; the difference is shown and applied, `undo` takes it back.

    \b
    taskdeck update-task 5 --prompt "Use PostgreSQL"
    """
    _update(invocation, *_asked(words, task_id, prompt), append, planning)


@command("update-subtask")
@_options
@planner_options
def update_subtask(
    invocation: Invocation,
    words: tuple[str, ...],
    task_id: str | None,
    prompt: str | None,
    append: bool,
    planning: Planning,
) -> None:
    """Change a subtask as PROMPT says; with --append add to its details, as Task Master does.

    \b
    taskdeck update-subtask 5.2 --append --prompt "The endpoint moved to /v2"
    """
    key, wish = _asked(words, task_id, prompt)
    if not invocation.editing.tag.find(key).is_subtask:
        raise UsageError(f"{key} is a task, not a subtask.", f"For it: taskdeck update-task {key}")
    _update(invocation, key, wish, append, planning)


def _asked(words: tuple[str, ...], task_id: str | None, prompt: str | None) -> tuple[str, str]:
    """The id and the wish, wherever they were written."""
    rest = list(words)
    key = one_id((), task_id) if task_id is not None else one_id(tuple(rest[:1]), None)
    rest = rest if task_id is not None else rest[1:]
    if prompt is not None and rest:
        raise UsageError("The prompt was given twice.", "Write it behind the id or with --prompt.")
    wish = text_value(prompt) if prompt is not None else " ".join(rest)
    if not wish.strip():
        raise UsageError("A prompt is missing.", f'For example: --prompt "Task {key} must also ..."')
    return split_ids(key)[0], wish


def _update(invocation: Invocation, key: str, wish: str, append: bool, planning: Planning) -> None:
    task = invocation.editing.tag.find(key)
    run = PlannerRun(invocation, planning)
    proposal = _note(run, task, wish) if append else _revision(run, task, wish)
    items = proposal_json(proposal)
    if proposal.empty:
        invocation.say(f"{key}: nothing to change, says {run.name}.")
        invocation.emit({"done": [], "taskId": key, "items": items, **run.as_json()})
        return
    invocation.say(*proposal_lines(proposal, invocation.paint))
    if planning.dry_run:
        invocation.say("", f"By {run.name}; nothing was written.")
        invocation.emit({"dryRun": True, "taskId": key, "items": items, **run.as_json()})
        return
    title = f"update {key} as asked" if not append else f"add a note to {key}"
    change = apply(invocation, proposal.edits(), title=title)
    mark = invocation.paint("✓", "green")
    invocation.say("", f"{mark} {printable(key)} changed by {run.name}. `taskdeck undo` takes it back.")
    invocation.emit(
        {"done": [title], "taskId": key, "items": items, **run.as_json(), "edit": change.entry.number}
    )


def _revision(run: PlannerRun, task: Task, wish: str) -> Proposal:
    from core.planning.gather import Gathered
    from core.planning.revision import revision_proposal

    gathered = Gathered()
    for event in run.collect(run.planner.revise(task, wish, run.invocation.editing.tag.tasks)):
        gathered.take(event)
    if not gathered.tasks:
        raise TaskdeckError(f"{run.name} gave no answer for {task.key}; nothing was changed.", "Try again.")
    return revision_proposal(_unchanged(run, task), next(iter(gathered.tasks.values())))


def _note(run: PlannerRun, task: Task, wish: str) -> Proposal:
    from core.planning.gather import Gathered
    from core.planning.revision import note_proposal

    gathered = Gathered()
    for event in run.collect(run.planner.note(task, wish)):
        gathered.take(event)
    return note_proposal(_as_it_is_now(run, task), gathered.text)


def _as_it_is_now(run: PlannerRun, task: Task) -> Task:
    workspace = run.invocation.editing
    return workspace.store.load().tag(workspace.tag_name).find(task.key)


def _unchanged(run: PlannerRun, task: Task) -> Task:
    """The task in the file of this moment. Raises Conflict when somebody else worded it anew meanwhile."""
    from core.errors import Conflict

    now = _as_it_is_now(run, task)
    if now.raw != task.raw:
        raise Conflict(
            f"Task {task.key} was changed while {run.name} wrote; nothing was written.", "Run it again."
        )
    return now


COMMANDS = {"update-task": update_task, "update-subtask": update_subtask}
