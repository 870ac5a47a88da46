"""Where the boxes and lines of a dependency graph go: layers left to right, lines in channels between."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

Edge = tuple[str, str]
"""(before, after): `after` waits for `before`."""

Point = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Box:
    """The place of a task, in cells; lines meet it at row `middle`."""

    key: str
    x: int
    y: int
    width: int
    height: int
    layer: int

    @property
    def middle(self) -> int:
        return self.y + self.height // 2


@dataclass(frozen=True, slots=True)
class Route:
    """The line of an edge: corners from right of the left box to left of the right one.

    `back` is True for an edge that closes a cycle: its line is the same, but it points to the left.
    """

    before: str
    after: str
    points: tuple[Point, ...]
    back: bool = False


@dataclass(frozen=True, slots=True)
class GraphLayout:
    """A drawing of `width` x `height` cells.

    In the compact form `marks` says where each task stands on its rail; with boxes it is empty.
    """

    boxes: dict[str, Box]
    routes: tuple[Route, ...]
    width: int
    height: int
    marks: dict[str, Point] = field(default_factory=dict[str, Point])


@dataclass(slots=True, eq=False)
class _Slot:
    """A place in a layer: a task's box, or the row in which a long line passes."""

    name: str
    layer: int
    height: int
    before: list[_Slot] = field(default_factory=list["_Slot"])
    after: list[_Slot] = field(default_factory=list["_Slot"])
    order: float = 0.0
    middle: int = 0


def back_edges(nodes: Sequence[str], edges: Iterable[Edge]) -> set[Edge]:
    """Edges without which there is no cycle: those that lead back to a task the search is still below."""
    after = _by_source(nodes, edges)
    state: dict[str, int] = {}
    found: set[Edge] = set()
    for root in nodes:
        if root in state:
            continue
        state[root] = 1
        path = [(root, iter(after[root]))]
        while path:
            node, rest = path[-1]
            following = next(rest, None)
            if following is None:
                state[node] = 2
                path.pop()
            elif state.get(following) == 1:
                found.add((node, following))
            elif following not in state:
                state[following] = 1
                path.append((following, iter(after[following])))
    return found


def layers_of(nodes: Sequence[str], edges: Iterable[Edge]) -> dict[str, int]:
    """The layer of each node, one behind the last it waits for. `edges` must have no cycle."""
    after = _by_source(nodes, edges)
    waiting = dict.fromkeys(nodes, 0)
    for targets in after.values():
        for target in targets:
            waiting[target] += 1
    layer = dict.fromkeys(nodes, 0)
    free = [node for node in nodes if not waiting[node]]
    for node in free:  # grows while it is walked
        for target in after[node]:
            layer[target] = max(layer[target], layer[node] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                free.append(target)
    return layer


def without_implied(nodes: Sequence[str], edges: Sequence[Edge]) -> list[Edge]:
    """The edges that no longer way says already: 1 to 3 is implied by 1 to 2 to 3. No cycles allowed."""
    after = _by_source(nodes, edges)
    layer = layers_of(nodes, edges)
    bit = {node: 1 << number for number, node in enumerate(nodes)}
    reach: dict[str, int] = {}
    for node in sorted(nodes, key=layer.__getitem__, reverse=True):
        reach[node] = bit[node]
        for target in after[node]:
            reach[node] |= reach[target]
    return [
        (source, target)
        for source, target in edges
        if not any(other != target and reach[other] & bit[target] for other in after[source])
    ]


def _by_source(nodes: Sequence[str], edges: Iterable[Edge]) -> dict[str, list[str]]:
    after: dict[str, list[str]] = {node: [] for node in nodes}
    for source, target in edges:
        after[source].append(target)
    return after


def lay_out(nodes: Sequence[str], edges: Sequence[Edge], box_width: int, box_height: int) -> GraphLayout:
    """Place `nodes` and draw `edges` between them. Edges of a node to itself are left out."""
    edges = list(dict.fromkeys(edge for edge in edges if edge[0] != edge[1]))
    backward = back_edges(nodes, edges)
    forward = list(dict.fromkeys(_turned(edge, backward) for edge in edges))
    layer = layers_of(nodes, forward)
    slots = {node: _Slot(node, layer[node], box_height) for node in nodes}
    columns: list[list[_Slot]] = [[] for _ in range(1 + max(layer.values(), default=-1))]
    for slot in slots.values():
        columns[slot.layer].append(slot)
    paths = _paths(forward, slots, columns)
    _order(columns)
    _place_rows(columns)
    lefts, tracks = _place_columns(columns, box_width)
    boxes = {
        node: Box(node, lefts[slot.layer], slot.middle - box_height // 2, box_width, box_height, slot.layer)
        for node, slot in slots.items()
    }
    routes = tuple(
        Route(*edge, _points(paths[_turned(edge, backward)], lefts, tracks, box_width), edge in backward)
        for edge in edges
    )
    return GraphLayout(
        boxes,
        routes,
        width=max((box.x + box.width for box in boxes.values()), default=0),
        height=1 + max((slot.middle + slot.height // 2 for column in columns for slot in column), default=-1),
    )


def _turned(edge: Edge, backward: set[Edge]) -> Edge:
    return (edge[1], edge[0]) if edge in backward else edge


def _paths(
    edges: Sequence[Edge], slots: dict[str, _Slot], columns: list[list[_Slot]]
) -> dict[Edge, list[_Slot]]:
    """The slots each edge passes. Long edges from one task share the rows in which they pass."""
    passing: dict[tuple[str, int], _Slot] = {}
    paths: dict[Edge, list[_Slot]] = {}
    for source, target in edges:
        path = [slots[source]]
        for layer in range(slots[source].layer + 1, slots[target].layer):
            slot = passing.get((source, layer))
            if slot is None:
                slot = passing[source, layer] = _Slot("", layer, 1)
                columns[layer].append(slot)
            path.append(slot)
        path.append(slots[target])
        for left, right in pairwise(path):
            if right not in left.after:
                left.after.append(right)
                right.before.append(left)
        paths[source, target] = path
    return paths


# Rows ----------------------------------------------------------------------------------------------------


def _order(columns: list[list[_Slot]]) -> None:
    """Sort each layer so that few lines cross: every slot near the middle of its neighbours, in sweeps."""
    for column in columns:
        for number, slot in enumerate(column):
            slot.order = number
    for sweep in range(6):
        forward = sweep % 2 == 0
        for column in columns[1:] if forward else columns[-2::-1]:
            keyed = [(_barycentre(slot.before if forward else slot.after, slot), slot) for slot in column]
            keyed.sort(key=lambda pair: pair[0])
            column[:] = [slot for _, slot in keyed]
            for number, slot in enumerate(column):
                slot.order = number


def _barycentre(neighbours: list[_Slot], slot: _Slot) -> float:
    return sum(other.order for other in neighbours) / len(neighbours) if neighbours else slot.order


def _place_rows(columns: list[list[_Slot]]) -> None:
    """Give every slot its row: as level with what it follows as the order allows.

    What looks like one straight line is one: see `_may_be_level`.
    """
    taken: dict[int, _Slot] = {}
    for column in columns:
        free = 0
        for slot in column:
            levels = sorted(other.middle for other in slot.before)
            wanted = levels[(len(levels) - 1) // 2] if levels else 0
            middle = max(wanted, free + slot.height // 2)
            while middle in taken and not _may_be_level(taken[middle], slot):
                middle += 1
            slot.middle = middle
            free = middle + slot.height // 2 + (1 if slot.height > 1 else 2)
        taken = {slot.middle: slot for slot in column}
    top = min((slot.middle - slot.height // 2 for column in columns for slot in column), default=0)
    for column in columns:
        for slot in column:
            slot.middle -= top


def _may_be_level(left: _Slot, right: _Slot) -> bool:
    """Whether two slots of neighbouring layers may share a row.

    Only when a line joins them, and either nothing branches off it or nothing else joins it: with both, a
    line that joins would seem to lead into the branch.
    """
    return left in right.before and (len(left.after) == 1 or len(right.before) == 1)


# Columns and lines ---------------------------------------------------------------------------------------


def _place_columns(columns: list[list[_Slot]], box_width: int) -> tuple[list[int], list[dict[int, int]]]:
    """The left edge of each layer, and for each channel behind a layer the track of each slot's line."""
    lefts: list[int] = []
    tracks: list[dict[int, int]] = []
    x = 0
    for column in columns:
        lefts.append(x)
        assigned = _assign_tracks(column)
        tracks.append(assigned)
        x += box_width + 3 + max(assigned.values(), default=0) + 1
    return lefts, tracks


def _assign_tracks(column: list[_Slot]) -> dict[int, int]:
    """A track (0 is leftmost) for the upright part of each slot's line; parts that would touch get two."""
    bent = [slot for slot in column if any(other.middle != slot.middle for other in slot.after)]
    # Lines that go down start from the lowest, lines that go up from the highest: then few of them cross.
    bent.sort(key=_track_order)
    spans: list[list[tuple[int, int]]] = []
    tracks: dict[int, int] = {}
    for slot in bent:
        rows = [slot.middle, *(other.middle for other in slot.after)]
        low, high = min(rows), max(rows)
        track = next(
            (
                number
                for number, taken in enumerate(spans)
                if all(high < start or end < low for start, end in taken)
            ),
            len(spans),
        )
        if track == len(spans):
            spans.append([])
        spans[track].append((low, high))
        tracks[slot.middle] = track
    return tracks


def _track_order(slot: _Slot) -> tuple[bool, int]:
    down = sum(other.middle for other in slot.after) >= slot.middle * len(slot.after)
    return (not down, -slot.middle if down else slot.middle)


def _points(
    path: list[_Slot], lefts: list[int], tracks: list[dict[int, int]], box_width: int
) -> tuple[Point, ...]:
    points: list[Point] = []
    for left, right in pairwise(path):
        start = lefts[left.layer] + box_width
        end = lefts[right.layer] - 1
        points.append((start, left.middle))
        if left.middle != right.middle:
            track = start + 1 + tracks[left.layer][left.middle]
            points += [(track, left.middle), (track, right.middle)]
        points.append((end, right.middle))
    return tuple(points)
