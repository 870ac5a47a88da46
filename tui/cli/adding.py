"""Commands that add: add-task, add-subtask."""

from __future__ import annotations

from typing import Any

import click

from core.errors import UsageError
from core.tasks.edits import AddSubtask, AddTask, MoveTask
from core.tasks.identifiers import split_ids
from tui.cli.applying import apply, check_priority, done, one_id, text_value, text_values
from tui.cli.completing import PRIORITY, STATUS, TASK_IDS, TEXT
from tui.cli.invocation import Invocation, command
from tui.cli.planner_options import Planning, planner_options


def _ids(dependencies: str | None) -> list[str]:
    return split_ids(dependencies) if dependencies and dependencies.strip(", ") else []


def _fields(texts: dict[str, str | None], dependencies: str | None, status: str | None) -> dict[str, Any]:
    """The fields that were named, by Task Master's names."""
    named = text_values(texts)
    fields: dict[str, Any] = {
        ("testStrategy" if name == "test_strategy" else name): text for name, text in named.items()
    }
    if status is not None:
        fields["status"] = status
    if dependencies is not None:
        fields["dependencies"] = _ids(dependencies)
    return fields


@command("add-task")
@click.option("-t", "--title", type=TEXT, help="The title.")
@click.option("-d", "--description", type=TEXT, help="What is to be done.")
@click.option("--details", type=TEXT, help="The implementation details.")
@click.option("--test-strategy", type=TEXT, help="How it is tested.")
@click.option("--priority", type=PRIORITY, help="high, medium (the default) or low.")
@click.option("--dependencies", type=TASK_IDS, help="The ids it depends on, such as 1,2.")
@click.option("-s", "--status", type=STATUS, help="The status; pending without it.")
@click.option("--before", type=TASK_IDS, help="Put it before this task instead of at the end.")
@click.option("-p", "--prompt", type=TEXT, help="Let the planner word the task from this.")
@planner_options
def add_task(
    invocation: Invocation,
    dependencies: str | None,
    status: str | None,
    before: str | None,
    prompt: str | None,
    planning: Planning,
    **texts: str | None,
) -> None:
    """Add a task. Text options read standard input for -, and win over what --prompt brings."""
    if prompt is not None:
        from tui.cli.wishing import add_wished_task

        wish, fields = text_value(prompt), _fields(texts, dependencies, status)
        check_priority(invocation, fields.get("priority"))
        add_wished_task(invocation, wish, fields, before, planning)
        return
    if planning != Planning():
        raise UsageError("Planning a task needs --prompt.", 'For example: --prompt "Export as CSV"')
    if not (texts["title"] or "").strip():
        raise UsageError("A task needs a title.", 'For example: taskdeck add-task --title "Write the README"')
    fields = _fields(texts, dependencies, status)
    check_priority(invocation, fields.get("priority"))
    change = apply(invocation, [AddTask(fields, before)], create=True)
    key = change.created[0]
    title = change.document.tag(change.entry.tag).find(key).title
    done(invocation, change, [f"added {key} {title}"], taskId=key)


@command("add-subtask")
@click.argument("parents", nargs=-1, type=TASK_IDS, metavar="PARENT")
@click.option("-p", "--parent", type=TASK_IDS, help="The task it belongs to, the same as PARENT.")
@click.option("-i", "--task-id", type=TASK_IDS, help="Make this existing task the subtask.")
@click.option("-t", "--title", type=TEXT, help="The title.")
@click.option("-d", "--description", type=TEXT, help="What is to be done.")
@click.option("--details", type=TEXT, help="The implementation details.")
@click.option("--test-strategy", type=TEXT, help="How it is tested.")
@click.option("--dependencies", type=TASK_IDS, help="Ids it depends on; a bare 2 is its sibling 2.")
@click.option("-s", "--status", type=STATUS, help="The status; pending without it.")
@click.option("--before", type=TASK_IDS, help="Put it before this subtask instead of at the end.")
@click.option("--generate", is_flag=True, hidden=True)
def add_subtask(
    invocation: Invocation,
    parents: tuple[str, ...],
    parent: str | None,
    task_id: str | None,
    dependencies: str | None,
    status: str | None,
    before: str | None,
    generate: bool,
    **texts: str | None,
) -> None:
    """Add a subtask to a task, new or made from an existing task."""
    owner = one_id(parents, parent, "parent id")
    task = invocation.editing.tag.find(owner)
    if task_id is not None:
        taken = [int(subtask.own_id) for subtask in task.subtasks if subtask.own_id.isdecimal()]
        target = f"{owner}.{max(taken, default=0) + 1}"
        change = apply(invocation, [MoveTask(one_id((), task_id), target)])
        done(invocation, change, [f"{task_id} is now {target}"], taskId=target)
        return
    if not (texts["title"] or "").strip():
        raise UsageError(
            "A subtask needs a title.", f'For example: taskdeck add-subtask {owner} --title "Write the tests"'
        )
    change = apply(invocation, [AddSubtask(owner, _fields(texts, dependencies, status), before)])
    key = change.created[0]
    done(invocation, change, [f"added {key} {texts['title']}"], taskId=key)


COMMANDS = {"add-task": add_task, "add-subtask": add_subtask}
