"""The compact form of a dependency graph: a row a task, what comes first on top, rails on the left."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapify, heappop, heappush

from tui.widgets.graph_layout import Box, Edge, GraphLayout, Point, Route, back_edges

STEP = 2
"""Cells from one rail to the next."""


def lay_out_rows(nodes: Sequence[str], edges: Sequence[Edge], width: int, least_text: int) -> GraphLayout:
    """Place `nodes` in rows and draw `edges` as rails, as `git log --graph` does.

    A task stands on a rail of its own, which runs down to the last task that waits for it; that task stands
    on the same rail. The text of every row begins behind the last rail and ends at cell `width`, or further
    right where fewer than `least_text` cells would be left. `marks` of the layout says where each task
    stands on its rail.
    """
    edges = list(dict.fromkeys(edge for edge in edges if edge[0] != edge[1]))
    backward = back_edges(nodes, edges)
    turned = {edge: (edge[1], edge[0]) if edge in backward else edge for edge in edges}
    rows = {node: row for row, node in enumerate(_in_order(nodes, list(turned.values())))}
    rails = _rails(rows, list(turned.values()))
    left = STEP * (1 + max(rails.values(), default=-1))
    text = max(least_text, width - left)
    marks = {node: (STEP * rails[node], row) for node, row in rows.items()}
    return GraphLayout(
        {node: Box(node, left, row, text, 1, 0) for node, row in rows.items()},
        tuple(
            Route(*edge, _points(*(marks[end] for end in turned[edge])), edge in backward) for edge in edges
        ),
        width=left + text,
        height=len(rows),
        marks=marks,
    )


def _in_order(nodes: Sequence[str], edges: Sequence[Edge]) -> list[str]:
    """`nodes` so that every edge leads down, as near to the given order as that allows; loose ones last."""
    place = {node: number for number, node in enumerate(nodes)}
    after: dict[str, list[str]] = {node: [] for node in nodes}
    waiting = dict.fromkeys(nodes, 0)
    joined: set[str] = set()
    for before, behind in dict.fromkeys(edges):
        after[before].append(behind)
        waiting[behind] += 1
        joined |= {before, behind}
    free = [place[node] for node in nodes if node in joined and not waiting[node]]
    heapify(free)
    ordered: list[str] = []
    while free:
        node = nodes[heappop(free)]
        ordered.append(node)
        for behind in after[node]:
            waiting[behind] -= 1
            if not waiting[behind]:
                heappush(free, place[behind])
    return [*ordered, *(node for node in nodes if node not in joined)]


def _rails(rows: dict[str, int], edges: Sequence[Edge]) -> dict[str, int]:
    """The number of the rail each task stands on, from 0 at the left."""
    last: dict[str, int] = {}
    before: dict[str, list[str]] = {node: [] for node in rows}
    for source, target in dict.fromkeys(edges):
        last[source] = max(last.get(source, 0), rows[target])
        before[target].append(source)
    rails: dict[str, int] = {}
    busy: list[int] = []  # by rail, the last row in which it is drawn
    for node, row in rows.items():
        ending = [rails[source] for source in before[node] if last[source] == row]
        # Two tasks below each other on a rail are linked: a rail begins anew only below an empty row.
        free = (number for number, until in enumerate(busy) if until < row - 1)
        rail = min(ending) if ending else next(free, len(busy))
        if rail == len(busy):
            busy.append(row)
        rails[node] = rail
        busy[rail] = max(last.get(node, row), row)
    return rails


def _points(start: Point, end: Point) -> tuple[Point, ...]:
    """Down the rail of the upper task, then across to the lower one; level lines go from left to right."""
    corner = (start[0], end[1])
    return (end, corner, start) if end[0] < start[0] else (start, corner, end)
