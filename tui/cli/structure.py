"""Commands that change where tasks stand: remove-task, remove-subtask, clear-subtasks, move."""

from __future__ import annotations

import click

from core.errors import UsageError
from core.tasks.document import Tag
from core.tasks.edits import ClearSubtasks, Edit, MoveTask, RemoveTask, Reorder
from core.tasks.identifiers import split_ids
from core.tasks.model import Task
from tui.cli.applying import apply, done, ids_of
from tui.cli.completing import TAG, TASK_IDS
from tui.cli.invocation import Invocation, command, confirm
from tui.cli.output import plural

_IDS = click.argument("ids", nargs=-1, type=TASK_IDS)
_ID_OPTION = click.option("-i", "--id", "task_ids", type=TASK_IDS, help="The ids, such as 5 or 5,6.1.")
_YES = click.option("-y", "--yes", is_flag=True, help="Do not ask.")


@command("remove-task")
@_IDS
@_ID_OPTION
@_YES
def remove_task(invocation: Invocation, ids: tuple[str, ...], task_ids: str | None, yes: bool) -> None:
    """Remove tasks or subtasks, and every dependency on them. `taskdeck undo` brings them back."""
    keys = ids_of(ids, task_ids)
    _remove(invocation, _outermost(invocation.editing.tag, keys), yes)


@command("remove-subtask")
@_IDS
@_ID_OPTION
@click.option("-c", "--convert", is_flag=True, help="Keep it as a task of its own.")
@click.option("--generate", is_flag=True, hidden=True)
@_YES
def remove_subtask(
    invocation: Invocation,
    ids: tuple[str, ...],
    task_ids: str | None,
    convert: bool,
    generate: bool,
    yes: bool,
) -> None:
    """Remove subtasks, or make tasks of them."""
    tag = invocation.editing.tag
    tasks = [tag.find(key) for key in ids_of(ids, task_ids)]
    for task in tasks:
        if not task.is_subtask:
            raise UsageError(f"{task.key} is a task, not a subtask.", "`taskdeck remove-task` removes tasks.")
    if not convert:
        _remove(invocation, tasks, yes)
        return
    first = max((int(task.own_id) for task in tag.tasks if task.own_id.isdecimal()), default=0) + 1
    targets = {task.key: str(first + at) for at, task in enumerate(tasks)}
    change = apply(invocation, [MoveTask(key, target) for key, target in targets.items()])
    done(invocation, change, [f"{key} is now {target}" for key, target in targets.items()])


def _outermost(tag: Tag, keys: list[str]) -> list[Task]:
    """The tasks without those that go with their parent anyway."""
    chosen = set(keys)
    tasks = [tag.find(key) for key in keys]
    return [task for task in tasks if not _has_ancestor_in(task, chosen)]


def _has_ancestor_in(task: Task, keys: set[str]) -> bool:
    parent = task.parent
    while parent is not None:
        if parent.key in keys:
            return True
        parent = parent.parent
    return False


def _remove(invocation: Invocation, tasks: list[Task], yes: bool) -> None:
    below = sum(1 for task in tasks for _ in task.walk()) - len(tasks)
    names = ", ".join(f"{task.key} {task.title}" for task in tasks[:3]) + (" …" if len(tasks) > 3 else "")
    with_subtasks = f" with {plural(below, 'subtask')}" if below else ""
    confirm(f"Remove {names}{with_subtasks}?", yes)
    change = apply(invocation, [RemoveTask(task.key) for task in tasks])
    done(
        invocation,
        change,
        [f"removed {task.key} {task.title}" for task in tasks],
        removed=[t.key for t in tasks],
    )


@command("clear-subtasks")
@_IDS
@_ID_OPTION
@click.option("-a", "--all", "every", is_flag=True, help="The subtasks of every task.")
@_YES
def clear_subtasks(
    invocation: Invocation, ids: tuple[str, ...], task_ids: str | None, every: bool, yes: bool
) -> None:
    """Remove all subtasks of tasks."""
    tag = invocation.editing.tag
    if every and (ids or task_ids):
        raise UsageError("Either ids or --all, not both.")
    chosen = list(tag.tasks) if every else [tag.find(key) for key in ids_of(ids, task_ids)]
    tasks = [task for task in chosen if task.subtasks]
    if not tasks:
        invocation.say("There are no subtasks to remove.")
        invocation.emit({"done": [], "created": []})
        return
    count = sum(len(task.subtasks) for task in tasks)
    confirm(f"Remove {plural(count, 'subtask')} of {plural(len(tasks), 'task')}?", yes)
    edits: list[Edit] = [ClearSubtasks(task.key) for task in tasks]
    change = apply(invocation, edits)
    done(
        invocation,
        change,
        [f"removed {plural(len(task.subtasks), 'subtask')} of {task.key}" for task in tasks],
        cleared=[task.key for task in tasks],
    )


@command("move")
@click.argument("ids", nargs=-1, type=TASK_IDS, metavar="[FROM TO]")
@click.option("--from", "sources", type=TASK_IDS, help="The ids to move, such as 5 or 5.2,5.3.")
@click.option("--to", "targets", type=TASK_IDS, help="Where to: as many ids, such as 7 or 7.3.")
@click.option("--before", type=TASK_IDS, help="Keep the id; only stand before this one.")
@click.option("--last", is_flag=True, help="Keep the id; only stand at the end.")
@click.option("--from-tag", type=TAG, hidden=True)
@click.option("--to-tag", type=TAG, hidden=True)
@click.option("--with-dependencies", is_flag=True, hidden=True)
@click.option("--ignore-dependencies", is_flag=True, hidden=True)
def move(
    invocation: Invocation,
    ids: tuple[str, ...],
    sources: str | None,
    targets: str | None,
    before: str | None,
    last: bool,
    from_tag: str | None,
    to_tag: str | None,
    with_dependencies: bool,
    ignore_dependencies: bool,
) -> None:
    """Give tasks another id, parent or place; dependencies follow.

    \b
    taskdeck move 5 7.3         task 5 becomes subtask 7.3
    taskdeck move 5.2 9         subtask 5.2 becomes task 9
    taskdeck move 5 --before 2  only the order changes
    """
    if from_tag or to_tag or with_dependencies or ignore_dependencies:
        raise UsageError(
            "This version moves tasks within a tag only.", "`taskdeck tags copy` copies a whole tag."
        )
    if before is not None or last:
        _reorder(invocation, ids_of(ids, sources), before)
        return
    if sources is None and targets is None and len(ids) == 2:
        sources, targets = ids
    if sources is None or targets is None or (ids and sources is not ids[0]):
        raise UsageError("This takes what to move and where to.", "For example: taskdeck move 5 7.3")
    pairs = list(zip(split_ids(sources), split_ids(targets), strict=False))
    if len(split_ids(sources)) != len(split_ids(targets)):
        raise UsageError("--from and --to name different numbers of ids.")
    change = apply(invocation, [MoveTask(source, target) for source, target in pairs])
    done(invocation, change, [f"{source} is now {target}" for source, target in pairs])


def _reorder(invocation: Invocation, keys: list[str], before: str | None) -> None:
    change = apply(invocation, [Reorder(key, before) for key in keys])
    place = f"before {before}" if before else "at the end"
    done(invocation, change, [f"{key} stands {place}" for key in keys])


COMMANDS = {
    "remove-task": remove_task,
    "remove-subtask": remove_subtask,
    "clear-subtasks": clear_subtasks,
    "move": move,
}
