"""One task as text for a terminal: heading, facts, texts, subtasks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.plain_text import printable, wrap
from core.services import Workspace
from core.tasks.findings import tag_findings
from core.tasks.model import Task
from tui.cli.output import Cell, Column, Paint, priority_cell, reading_width, score_cell, status_cell, table

_SHOWN = frozenset(
    (
        *("id", "title", "description", "details", "testStrategy", "test_strategy"),
        *("status", "priority", "dependencies", "subtasks"),
    )
)


def task_text(
    workspace: Workspace, task: Task, paint: Paint, *, whole: bool = True, status: str | None = None
) -> list[str]:
    """The lines of a task. Without `whole`: no long texts; `status` picks subtasks."""
    lines = [f"{paint(printable(task.key), 'bold')}  {paint(printable(task.title), 'bold')}"]
    lines.append("   ".join(_facts(workspace, task, paint)))
    lines += _relations(workspace, task, paint)
    for heading, text in _texts(task) if whole else [("", task.description)]:
        lines += _paragraph(heading, text, paint)
    subtasks = [subtask for subtask in task.subtasks if status in (None, subtask.status)]
    if subtasks:
        done = sum(subtask.finished for subtask in task.subtasks)
        lines += ["", paint(f"Subtasks {done}/{len(task.subtasks)} done", "dim"), *_subtasks(subtasks, paint)]
    return lines


def _facts(workspace: Workspace, task: Task, paint: Paint) -> Iterable[str]:
    cells = [status_cell(task.status)]
    if task.priority:
        priority = priority_cell(task.priority)
        cells.append(Cell(f"{priority.text} priority", priority.style))
    score = workspace.scores.get(task.key)
    if score is not None:
        cell = score_cell(score)
        cells.append(Cell(f"complexity {cell.text}", cell.style))
    return (paint(cell.text, cell.style) for cell in cells)


def _relations(workspace: Workspace, task: Task, paint: Paint) -> Iterable[str]:
    nodes, graph = workspace.tag.nodes, workspace.graph
    for heading, keys in (
        ("after", graph.dependencies(task.key)),
        ("unblocks", graph.dependents(task.key)),
    ):
        if keys:
            marks = (f"{printable(key)} {_glyph(nodes[key])}" for key in keys if key in nodes)
            yield f"{paint(heading, 'dim')} {', '.join(marks)}"
    found = [finding for finding in tag_findings(graph) if finding.key == task.key]
    yield from (paint(f"! {printable(finding.text)}", "red") for finding in found)


def _glyph(task: Task) -> str:
    return status_cell(task.status).text.split(" ")[0]


def _texts(task: Task) -> Iterable[tuple[str, str]]:
    yield "", task.description
    yield "Details", task.details
    yield "Test strategy", task.test_strategy
    for name, value in task.raw.items():
        if name not in _SHOWN and isinstance(value, str) and value:
            yield name, value


def _paragraph(heading: str, text: str, paint: Paint) -> list[str]:
    if not text.strip():
        return []
    lines = wrap(printable(text, newlines=True).strip("\n"), reading_width())
    return ["", *([paint(printable(heading), "dim")] if heading else []), *lines]


def _subtasks(subtasks: Sequence[Task], paint: Paint) -> list[str]:
    columns = (Column(""), Column("", flexible=True), Column(""), Column(""))
    rows = [
        [
            Cell(printable(task.key)),
            Cell(printable(task.title)),
            status_cell(task.status),
            Cell(
                printable("after " + ", ".join(task.written_dependencies))
                if task.written_dependencies
                else ""
            ),
        ]
        for task in subtasks
    ]
    return table(columns, rows, paint).rstrip("\n").split("\n")[1:]
