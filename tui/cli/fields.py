"""Commands that change what is written in a task: set-status, edit."""

from __future__ import annotations

import click

from core.errors import UsageError
from core.plain_text import printable
from core.tasks.edits import Edit, EditField, SetDependencies, SetStatus
from core.tasks.identifiers import split_ids
from tui.cli.applying import apply, check_priority, done, follow, ids_of, one_id, text_values
from tui.cli.completing import IDS_THEN_STATUS, PRIORITY, STATUS, TASK_IDS, TEXT
from tui.cli.invocation import Invocation, command


@command("set-status", short_project=True, formats=("text", "json"), file_option=())
@click.argument("words", nargs=-1, type=IDS_THEN_STATUS, metavar="[IDS]... [STATUS]")
@click.option("-i", "--id", "task_ids", type=TASK_IDS, help="The ids, such as 5 or 5,6.1.")
@click.option("-s", "--status", type=STATUS, help="The new status.")
@click.option("--cascade", is_flag=True, help="Let parents and subtasks follow by Task Master's rule.")
@click.option("--silent", is_flag=True, help="Print nothing; only the exit code counts.")
def set_status(
    invocation: Invocation,
    words: tuple[str, ...],
    task_ids: str | None,
    status: str | None,
    cascade: bool,
    silent: bool,
) -> None:
    """Set the status of tasks or subtasks.

    \b
    taskdeck set-status 5 done
    taskdeck set-status --id=5,6.1 --status=done
    """
    if status is None:
        if len(words) < (1 if task_ids else 2):
            raise UsageError("A status is missing.", "For example: taskdeck set-status 5 done")
        *ids, status = words
    else:
        ids = list(words)
    keys = ids_of(ids, task_ids)
    before = {key: invocation.editing.tag.find(key).status for key in keys}
    edits = [SetStatus(key, status) for key in keys]
    change = apply(invocation, edits)
    followed = follow(invocation, change, edits, cascade)
    if silent:
        return
    lines = [
        f"{key}: {old} → {status}" if old != status else f"{key}: {status} already"
        for key, old in before.items()
    ]
    tasks = [{"taskId": key, "oldStatus": old, "newStatus": status} for key, old in before.items()]
    carried, offered = (followed, []) if cascade else ([], followed)
    done(
        invocation,
        change,
        [*lines, *carried],
        success=True,
        updatedTasks=tasks,
        tasks=tasks,
        couldFollow=offered,
    )
    if offered:
        invocation.say(f"  With --cascade also: {printable('; '.join(offered))}.")


@command("edit")
@click.argument("ids", nargs=-1, type=TASK_IDS, metavar="ID")
@click.option("-i", "--id", "task_id", type=TASK_IDS, help="The id, the same as ID.")
@click.option("-t", "--title", type=TEXT, help="The title.")
@click.option("-d", "--description", type=TEXT, help="The description.")
@click.option("--details", type=TEXT, help="The implementation details.")
@click.option("--test-strategy", type=TEXT, help="How it is tested.")
@click.option("--priority", type=PRIORITY, help="The priority.")
@click.option("-s", "--status", type=STATUS, help="The status.")
@click.option("--dependencies", type=TASK_IDS, help="All ids it depends on; an empty text for none.")
@click.option("--set", "others", type=TEXT, multiple=True, metavar="FIELD=TEXT", help="Any other text field.")
@click.option("--unset", "unset", type=TEXT, multiple=True, metavar="FIELD", help="Remove a field.")
def edit(
    invocation: Invocation,
    ids: tuple[str, ...],
    task_id: str | None,
    status: str | None,
    dependencies: str | None,
    others: tuple[str, ...],
    unset: tuple[str, ...],
    **options: str | None,
) -> None:
    """Edit the fields of a task or subtask. The value - reads standard input.

    \b
    taskdeck edit 5 --title "Task service"
    taskdeck edit 5.2 --details - < notes.md
    """
    key = one_id(ids, task_id)
    fields = dict(_other(item) for item in others)
    fields |= {("testStrategy" if name == "test_strategy" else name): text for name, text in options.items()}
    texts = text_values(fields)
    check_priority(invocation, texts.get("priority"))
    edits: list[Edit] = [EditField(key, name, text) for name, text in texts.items()]
    edits += [EditField(key, name, None) for name in unset]
    if status is not None:
        edits.append(SetStatus(key, status))
    if dependencies is not None:
        listed = split_ids(dependencies) if dependencies.strip(", ") else []
        edits.append(SetDependencies(key, tuple(listed)))
    if not edits:
        raise UsageError(
            f"Nothing to change in {key} was named.", 'For example: --title "..." or --details -'
        )
    invocation.editing.tag.find(key)
    change = apply(invocation, edits)
    names = [*texts, *unset]
    names += (["status"] if status is not None else []) + (
        ["dependencies"] if dependencies is not None else []
    )
    done(invocation, change, [f"{key}: changed {', '.join(names)}"], taskId=key, fields=names)


def _other(item: str) -> tuple[str, str | None]:
    name, equals, text = item.partition("=")
    if not equals or not name:
        raise UsageError(f"--set {item} has no FIELD=TEXT.", "For example: --set assignee=ada")
    if name in ("id", "subtasks", "dependencies"):
        raise UsageError(
            f"The field {name} cannot be set as text.", "`taskdeck move` changes ids, --dependencies those."
        )
    return name, text


COMMANDS = {"set-status": set_status, "edit": edit}
