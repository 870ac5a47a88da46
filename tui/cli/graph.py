"""The command graph: what comes before what, as text, for Graphviz, for Mermaid or as JSON."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import click

from core.plain_text import printable, shorten
from core.tasks.document import Tag
from core.tasks.graph import TaskGraph
from core.tasks.model import Task
from tui.cli.completing import TASK_IDS
from tui.cli.invocation import Invocation, command
from tui.cli.output import Cell, Column, Paint, status_cell, table

_COLUMNS = (
    Column("id"),
    Column("title", flexible=True),
    Column("status", rank=1),
    Column("after", flexible=True),
    Column("unblocks"),
)


@command("graph", short_project=True, file_option=())
@click.argument("ids", nargs=-1, type=TASK_IDS, metavar="[ID]...")
@click.option("-a", "--all", "every", is_flag=True, help="Finished tasks too.")
@click.option(
    "-f", "--format", "form", type=click.Choice(["text", "dot", "mermaid"]), default="text",
    help="Text by stages, or a drawing's source.",
)  # fmt: skip
def graph(invocation: Invocation, ids: tuple[str, ...], every: bool, form: str) -> None:
    """Show what comes before what; with ids, only the chains through those tasks."""
    workspace = invocation.workspace
    tag, task_graph = workspace.tag, workspace.graph
    layers = task_graph.layers()
    shown = _shown(tag, task_graph, layers, ids, every or bool(ids) or invocation.as_json)
    layers = [[key for key in layer if key in shown] for layer in layers]
    layers = [layer for layer in layers if layer]
    edges = [(before, key) for key in shown for before in _before(task_graph, key) if before in shown]
    if invocation.as_json:
        invocation.emit(
            {
                "nodes": [_node(tag.nodes[key], at) for at, layer in enumerate(layers) for key in layer],
                "edges": [{"from": before, "to": key} for before, key in edges],
                "criticalPath": list(task_graph.critical_path),
                "cycles": [list(cycle) for cycle in task_graph.cycles],
                "tag": tag.name,
            }
        )
    elif form == "dot":
        invocation.say(*_dot(tag, layers, edges))
    elif form == "mermaid":
        invocation.say(*_mermaid(tag, layers, edges))
    else:
        invocation.say(*_text(tag, task_graph, layers, invocation.paint))


def _shown(
    tag: Tag, graph: TaskGraph, layers: list[list[str]], ids: Iterable[str], every: bool
) -> dict[str, None]:
    keys = [key for layer in layers for key in layer if every or not tag.nodes[key].finished]
    named = [tag.find(key).root.key for text in ids for key in text.split(",") if key]
    if not named:
        return dict.fromkeys(keys)
    chain = set(named)
    for key in named:
        chain |= _tasks_of(tag, graph.chain_up(key)) | _tasks_of(tag, graph.chain_down(key))
    return dict.fromkeys(key for key in keys if key in chain)


def _tasks_of(tag: Tag, keys: Collection[str]) -> set[str]:
    return {tag.nodes[key].root.key for key in keys}


def _before(graph: TaskGraph, key: str) -> list[str]:
    """The tasks `key` waits for; waiting for a subtask is waiting for its task."""
    roots = (graph.tag.nodes[target].root.key for target in graph.dependencies(key))
    return [root for root in dict.fromkeys(roots) if root != key]


def _node(task: Task, stage: int) -> dict[str, object]:
    return {"id": task.key, "title": task.title, "status": task.status, "stage": stage + 1}


def _text(tag: Tag, graph: TaskGraph, layers: list[list[str]], paint: Paint) -> list[str]:
    if not layers:
        return ["There is no unfinished task." if tag.tasks else f'Tag "{printable(tag.name)}" has no tasks.']
    rows: list[list[Cell]] = []
    for at, layer in enumerate(layers):
        rows.append([Cell(""), Cell(f"stage {at + 1}", "dim"), Cell(""), Cell(""), Cell("")])
        rows += [_row(tag, graph, key) for key in layer]
    lines = table(_COLUMNS, rows, paint).rstrip("\n").split("\n")
    if len(path := graph.critical_path) > 1:
        lines += ["", f"Longest chain of open tasks: {printable(' → '.join(path))}"]
    for cycle in graph.cycles:
        lines.append(paint(f"✕ wait for each other: {printable(' → '.join([*cycle, cycle[0]]))}", "red"))
    return lines


def _row(tag: Tag, graph: TaskGraph, key: str) -> list[Cell]:
    task = tag.nodes[key]
    after = [f"{printable(name)} {_glyph(tag.nodes[name])}" for name in graph.dependencies(key)]
    unblocks = [printable(name) for name in graph.dependents(key) if not tag.nodes[name].is_subtask]
    mark = "bold" if key in graph.critical_path else ""
    return [
        Cell(printable(key), mark),
        Cell(printable(task.title), mark),
        status_cell(task.status),
        Cell(", ".join(after)),
        Cell(", ".join(unblocks)),
    ]


def _glyph(task: Task) -> str:
    return status_cell(task.status).text.split(" ")[0]


def _quoted(text: str) -> str:
    # Both formats give quotes, brackets and backslashes a meaning: titles go without them.
    cleaned = "".join(character if character not in '"\\<>{}[]|#;`' else "'" for character in printable(text))
    return f'"{shorten(cleaned, 60)}"'


def _dot(tag: Tag, layers: list[list[str]], edges: list[tuple[str, str]]) -> list[str]:
    lines = ["digraph tasks {", "  rankdir=LR;", "  node [shape=box];"]
    lines += [
        f"  {_quoted(key)} [label={_quoted(f'{key} {tag.nodes[key].title}')}];"
        for layer in layers
        for key in layer
    ]
    return [*lines, *(f"  {_quoted(before)} -> {_quoted(key)};" for before, key in edges), "}"]


def _mermaid(tag: Tag, layers: list[list[str]], edges: list[tuple[str, str]]) -> list[str]:
    # Mermaid's own ids take few characters, so tasks are numbered and named in their labels.
    numbers = {key: f"t{at}" for at, key in enumerate(key for layer in layers for key in layer)}
    lines = ["graph LR"]
    lines += [f"  {name}[{_quoted(f'{key} {tag.nodes[key].title}')}]" for key, name in numbers.items()]
    return [*lines, *(f"  {numbers[before]} --> {numbers[key]}" for before, key in edges)]


COMMANDS = {"graph": graph}
