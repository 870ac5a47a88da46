"""Commands that read: list, next, show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import click

from core.errors import NotFound, TaskdeckError, UsageError
from core.plain_text import printable, wrap
from core.services import Workspace
from core.tasks.document import Tag
from core.tasks.identifiers import split_ids
from core.tasks.model import FINISHED, STATUSES, Task
from tui.cli.completing import STATUS, TASK_IDS
from tui.cli.invocation import Invocation, command
from tui.cli.output import (
    Cell,
    Column,
    Paint,
    plural,
    priority_cell,
    reading_width,
    score_cell,
    status_cell,
    table,
    write_text,
)
from tui.cli.task_json import tasks_json
from tui.cli.task_text import task_text

_COLUMNS = (
    Column("id"),
    Column("title", flexible=True),
    Column("status"),
    Column("priority", rank=3),
    Column("after", flexible=True, rank=4),
    Column("score", rank=2),
    Column("subtasks", right=True, rank=1),
)


@command("list", short_tag=True, short_project=True, formats=("text", "json", "compact"), file_option=())
@click.argument("filters", nargs=-1, type=STATUS, metavar="[STATUS|all]")
@click.option(
    "-s", "--status", "statuses", type=STATUS, help="Only tasks with this status; several by comma."
)
@click.option("--with-subtasks", is_flag=True, help="Show the subtasks below their tasks.")
@click.option("--ready", is_flag=True, help="Only tasks whose dependencies are all done.")
@click.option("--blocking", is_flag=True, help="Only unfinished tasks that others wait for.")
@click.option("--all-tags", is_flag=True, help="The tasks of every tag.")
@click.option("-c", "--compact", is_flag=True, help="One short line for each task.")
@click.option("--no-header", is_flag=True, help="Leave out the line of totals.")
@click.option("--silent", is_flag=True, help="Print nothing; only the exit code counts.")
def list_tasks(
    invocation: Invocation,
    filters: tuple[str, ...],
    statuses: str | None,
    with_subtasks: bool,
    compact: bool,
    no_header: bool,
    all_tags: bool,
    silent: bool,
    ready: bool,
    blocking: bool,
) -> None:
    """List the tasks of a tag."""
    workspace = invocation.workspace
    wanted = {word for text in (*filters, statuses or "") for word in text.split(",") if word}
    with_subtasks = with_subtasks or "all" in wanted
    names = list(workspace.document.tags) if all_tags else [workspace.tag_name]
    parts = [workspace.for_tag(name) for name in names]
    _check_statuses(wanted - {"all"}, parts)
    picked = [(part, _pick(part, wanted - {"all"}, ready, blocking)) for part in parts]
    if silent:
        return
    if invocation.as_json:
        invocation.emit(_list_document(picked, all_tags))
        return
    for part, tasks in picked:
        if compact or invocation.format == "compact":
            write_text("".join(f"{_compact(task, invocation.paint)}\n" for task in tasks))
            continue
        if not no_header:
            invocation.say(_totals(part.tag, invocation.paint), "")
        if tasks:
            write_text(_task_table(part, tasks, with_subtasks, invocation.paint))
        elif part.tag.tasks:
            invocation.say("No task fits.")
        else:
            invocation.say("`taskdeck parse-prd` plans tasks from a PRD, `taskdeck add-task` adds one.")


def _pick(workspace: Workspace, statuses: set[str], ready: bool, blocking: bool) -> list[Task]:
    tasks = [task for task in workspace.tag.tasks if not statuses or task.status in statuses]
    if ready:
        tasks = [task for task in tasks if not task.finished and workspace.graph.ready(task.key)]
    if blocking:
        tasks = [task for task in tasks if not task.finished and workspace.graph.dependents(task.key)]
    return tasks


def _check_statuses(wanted: set[str], parts: Sequence[Workspace]) -> None:
    """Raises UsageError for a status that Task Master does not know and no task has: a slip of the pen."""
    if wanted <= {*STATUSES, *FINISHED}:
        return
    used = {task.status for part in parts for task in part.tag.nodes.values()}
    known = list(dict.fromkeys([*STATUSES, *sorted(FINISHED | used)]))
    for word in sorted(wanted):
        if word not in known:
            raise UsageError(f'No task has the status "{word}".', f"Statuses: {', '.join(known)}.")


def _list_document(picked: Sequence[tuple[Workspace, list[Task]]], all_tags: bool) -> dict[str, Any]:
    texts = [text for part, tasks in picked for text in tasks_json(part, tasks, with_tag=all_tags)]
    metadata: dict[str, Any] = {
        "total": sum(len(part.tag.tasks) for part, _ in picked),
        "filtered": len(texts),
        "tag": "all" if all_tags else picked[0][0].tag_name,
        "storageType": "file",
    }
    if all_tags:
        metadata["tags"] = {part.tag_name: len(tasks) for part, tasks in picked}
    return {"tasks": texts, "metadata": metadata}


def _totals(tag: Tag, paint: Paint) -> str:
    counts = Counter(task.status for task in tag.tasks)
    parts = [plural(len(tag.tasks), "task")]
    parts += [f"{count} {printable(status)}" for status, count in counts.most_common()]
    return f"{paint(printable(tag.name), 'bold')}  {', '.join(parts)}"


def _compact(task: Task, paint: Paint) -> str:
    glyph = status_cell(task.status)
    return f"{printable(task.key)} {paint(glyph.text, glyph.style)} {printable(task.title)}"


def _task_table(workspace: Workspace, tasks: Sequence[Task], with_subtasks: bool, paint: Paint) -> str:
    scores = workspace.scores
    rows: list[list[Cell]] = []
    for task in tasks:
        rows.append(_row(task, scores.get(task.key)))
        if with_subtasks:
            rows += [_row(subtask, None) for subtask in task.walk() if subtask is not task]
    return table(_COLUMNS, rows, paint)


def _row(task: Task, score: float | None) -> list[Cell]:
    done = sum(subtask.finished for subtask in task.subtasks)
    indent = "  " if task.is_subtask else ""
    return [
        Cell(indent + printable(task.key)),
        Cell(indent + printable(task.title), "dim" if task.finished else ""),
        status_cell(task.status),
        priority_cell(task.priority),
        Cell(printable(", ".join(task.written_dependencies))),
        score_cell(score) if score is not None else Cell(""),
        Cell(f"{done}/{len(task.subtasks)}" if task.subtasks else ""),
    ]


@command("next", short_tag=True, short_project=True, formats=("text", "json"), file_option=())
@click.option("--silent", is_flag=True, help="Print nothing; only the exit code counts.")
def next_command(invocation: Invocation, silent: bool) -> None:
    """Show the task to work on next, and why that one."""
    from core.tasks.next_task import next_task

    workspace = invocation.workspace
    answer = next_task(workspace.tag, workspace.graph)
    if silent:
        return
    task = answer.task
    if invocation.as_json:
        text = tasks_json(workspace, [task])[0] if task else None
        invocation.emit(
            {
                "task": text,
                "found": task is not None,
                "tag": workspace.tag_name,
                "storageType": "file",
                "hasAnyTasks": bool(workspace.tag.tasks),
                "reasons": list(answer.reasons),
            }
        )
        return
    if task is None:
        invocation.say("There is no task to work on next.", *(printable(reason) for reason in answer.reasons))
        return
    invocation.say(*task_text(workspace, task, invocation.paint, whole=False))
    reasons = [line for text in answer.reasons for line in wrap(printable(text), reading_width() - 2)]
    invocation.say("", "Why this one:", *(f"  {line}" for line in reasons))
    invocation.say("", f"Start: taskdeck set-status {printable(task.key)} in-progress")


@command("show", short_project=True, formats=("text", "json"), file_option=())
@click.argument("ids", nargs=-1, type=TASK_IDS)
@click.option("-i", "--id", "task_ids", type=TASK_IDS, help="The ids, such as 5 or 5,6.1.")
@click.option("-s", "--status", type=STATUS, help="Only subtasks with this status.")
@click.option("--silent", is_flag=True, help="Print nothing; only the exit code counts.")
def show(
    invocation: Invocation, ids: tuple[str, ...], task_ids: str | None, status: str | None, silent: bool
) -> None:
    """Show tasks or subtasks whole."""
    keys = split_ids(",".join([*ids, task_ids or ""]).strip(","))
    workspace = invocation.workspace
    tag = workspace.tag
    found = [tag.nodes[key] for key in keys if key in tag.nodes]
    missing = [key for key in keys if key not in tag.nodes]
    if found and not silent:
        _show_found(invocation, found, missing, status, len(keys) > 1)
    if missing:
        raise _missing(workspace.tag_name, missing)


def _show_found(
    invocation: Invocation, found: list[Task], missing: list[str], status: str | None, several: bool
) -> None:
    workspace = invocation.workspace
    if invocation.as_json:
        texts = tasks_json(workspace, found)
        common = {"tag": workspace.tag_name, "storageType": "file"}
        if several:
            invocation.emit({"tasks": texts, "notFound": missing, **common})
        else:
            invocation.emit({"task": texts[0], "found": True, **common})
        return
    for at, task in enumerate(found):
        invocation.say(*([""] if at else []), *task_text(workspace, task, invocation.paint, status=status))


def _missing(tag: str, keys: list[str]) -> TaskdeckError:
    names = ", ".join(keys)
    return NotFound(f'There is no task {names} in tag "{tag}".', "`taskdeck list` shows the ids.")


COMMANDS = {"list": list_tasks, "next": next_command, "show": show}
