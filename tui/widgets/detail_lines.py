"""Everything there is to say about one task, as lines: what it is, what it waits for, what it holds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from rich.cells import cell_len

from core.plain_text import plural
from core.tasks.complexity import ComplexityReport, band, score_text
from core.tasks.graph import TaskGraph
from core.tasks.model import Task
from tui.widgets import glyphs
from tui.widgets.text_lines import Line, Piece, flow, prose, rule, wrap

_SHOWN = frozenset(
    {
        "id",
        "title",
        "description",
        "details",
        "testStrategy",
        "test_strategy",
        "status",
        "priority",
        "dependencies",
        "subtasks",
    }
)
LONGEST_VALUE = 2_000
MOST_LINKS = 60


def detail_lines(task: Task, graph: TaskGraph, report: ComplexityReport | None, width: int) -> list[Line]:
    """The lines that show a task in `width` cells."""
    lines: list[Line] = _heading(task, width)
    lines += _facts(task, graph, report, width)
    lines += _warnings(task, graph, width)
    if task.description:
        lines += [[], *prose(task.description, width)]
    for title, text in (("Details", task.details), ("Test strategy", task.test_strategy)):
        if text.strip():
            lines += [[], rule(title, width), *prose(text.strip("\n"), width)]
    lines += _subtasks(task, width)
    lines += _complexity(task, report, width)
    lines += _other_fields(task, width)
    return lines


def _heading(task: Task, width: int) -> list[Line]:
    key = glyphs.one_line(task.key, max(1, width // 2))
    indent = cell_len(key) + 2
    title = wrap(task.title, width - indent) or ["(no title)"]
    return [
        [
            Piece(f"{key}  " if number == 0 else " " * indent, "line--next" if number == 0 else ""),
            Piece(part, "line--strong"),
        ]
        for number, part in enumerate(title)
    ]


def _facts(task: Task, graph: TaskGraph, report: ComplexityReport | None, width: int) -> list[Line]:
    lines = flow(_state(task, report), width)
    if task.parent is not None:
        lines += flow([Piece("part of"), link(task.parent, titled=True)], width, 2)
    nodes = graph.tag.nodes
    after = [link(nodes[key]) for key in graph.dependencies(task.key)]
    after += [
        Piece(f"{glyphs.plain(text)} ? (no such task)", "line--alarm") for text in graph.dangling(task.key)
    ]
    lines += _named("after", after, width)
    unblocks = graph.unblocks(task.key)
    others = [key for key in graph.dependents(task.key) if key not in set(unblocks)]
    lines += _named("unblocks", [link(nodes[key]) for key in unblocks], width)
    lines += _named("also needed by", [link(nodes[key]) for key in others], width)
    if len(graph.critical_path) > 1 and task.root.key in graph.critical_path:
        lines.append([Piece("◆ on the critical path", "line--critical")])
    return lines


def _state(task: Task, report: ComplexityReport | None) -> Iterator[Piece]:
    sign = glyphs.status_sign(task.status)
    yield Piece(f"{sign.glyph} {sign.label}  ", sign.style)
    priority = glyphs.priority_sign(task.priority)
    if priority:
        yield Piece(f"{priority.glyph} {priority.label}  ", priority.style)
    score = report.of(task) if report else None
    if score is not None:
        yield Piece("complexity", "line--quiet")
        yield Piece(glyphs.shade(score.score), glyphs.shade_style(score.score))
        yield Piece(f"{score_text(score.score)} of 10, {band(score.score)}")


def link(task: Task, titled: bool = False) -> Piece:
    """A task by its id and the sign of its status, with its title where that is wanted."""
    title = f" {task.title}" if titled else ""
    sign = glyphs.status_sign(task.status).glyph
    return Piece(f"{glyphs.plain(task.key)} {sign}{title}", "line--link", task.key)


def _named(name: str, links: list[Piece], width: int) -> list[Line]:
    if not links:
        return []
    shown = links[:MOST_LINKS]
    more = [Piece(f"and {len(links) - len(shown)} more")] if len(links) > len(shown) else []
    return flow([Piece(name, "line--quiet"), *shown, *more], width, len(name) + 1)


def _warnings(task: Task, graph: TaskGraph, width: int) -> list[Line]:
    texts: list[str] = []
    for cycle in graph.cycles:
        if task.key in cycle:
            at = cycle.index(task.key)
            ring = [*cycle[at:], *cycle[:at], task.key]
            texts.append("waits for itself: " + " → ".join(ring[:12]))
    if task.key in graph.dependencies(task.key):
        texts.append("depends on itself")
    texts += [
        f"depends on {key}, read as the task of that id: there is no such sibling"
        for key in graph.ambiguous(task.key)
    ]
    return [
        [Piece("! " if number == 0 else "  ", "line--alarm"), Piece(part, "line--alarm")]
        for text in texts
        for number, part in enumerate(wrap(text, width - 2))
    ]


def _subtasks(task: Task, width: int) -> list[Line]:
    if not task.subtasks:
        return []
    done = sum(subtask.finished for subtask in task.subtasks)
    lines: list[Line] = [[], rule(f"Subtasks {done}/{len(task.subtasks)}", width)]
    keys = [glyphs.plain(subtask.key) for subtask in task.subtasks]
    id_width = glyphs.natural_width(keys, 16)
    for subtask, key in zip(task.subtasks, keys, strict=True):
        sign = glyphs.status_sign(subtask.status)
        style = "line--quiet" if subtask.finished else ""
        lines.append(
            [
                Piece(sign.glyph + " ", sign.style),
                Piece(glyphs.fill_left(key, id_width), "line--link", subtask.key),
                Piece(" " + glyphs.one_line(subtask.title, width - id_width - 3), style, subtask.key),
            ]
        )
    return lines


def _complexity(task: Task, report: ComplexityReport | None, width: int) -> list[Line]:
    score = report.of(task) if report else None
    if score is None:
        return []
    there = len(task.subtasks)
    advice = (
        f"{plural(score.recommended, 'subtask')} recommended, {there or 'none'} there."
        if score.recommended
        else ""
    )
    texts = [text for text in (advice, score.reasoning.strip()) if text]
    lines: list[Line] = [[], rule(f"Complexity {score_text(score.score)} of 10", width)]
    lines += [line for text in texts for line in prose(text, width)]
    if score.prompt.strip():
        lines += [[Piece("Prompt for expanding:", "line--quiet")], *prose(score.prompt.strip(), width)]
    return lines


def _other_fields(task: Task, width: int) -> list[Line]:
    fields = {name: value for name, value in task.raw.items() if name not in _SHOWN}
    if not fields:
        return []
    lines: list[Line] = [[], rule("Other fields", width)]
    for name, value in fields.items():
        parts = wrap(f"{name}: {_value_text(value)}", width - 2)
        lines += [[Piece(part if number == 0 else "  " + part)] for number, part in enumerate(parts)]
    return lines


def _value_text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + f"… ({len(text):,} characters)"


def links_of(lines: Sequence[Line]) -> list[tuple[int, int]]:
    """Where the links are: (line, number of the piece), the first piece of each."""
    places: list[tuple[int, int]] = []
    for number, line in enumerate(lines):
        before: str | None = None
        for at, piece in enumerate(line):
            if piece.link is not None and piece.link != before:
                places.append((number, at))
            before = piece.link
    return places
