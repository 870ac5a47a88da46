"""The layout of a dependency graph: boxes apart, every line from its box to its box, nothing read wrongly."""

from __future__ import annotations

import random
from itertools import combinations, pairwise

import pytest

from tui.widgets.graph_layout import GraphLayout, back_edges, lay_out, layers_of, without_implied
from tui.widgets.graph_rails import lay_out_rows

Graph = tuple[list[str], list[tuple[str, str]]]


def random_graph(seed: int, cyclic: bool) -> Graph:
    chance = random.Random(seed)
    nodes = [str(number) for number in range(1, chance.randint(2, 40))]
    pairs = [(a, b) for a, b in combinations(nodes, 2) if chance.random() < 0.12]
    if cyclic:
        pairs += [(b, a) for a, b in combinations(nodes, 2) if chance.random() < 0.02]
    return nodes, list(dict.fromkeys(pairs))


GRAPHS: list[Graph] = [
    ([], []),
    (["1"], []),
    (["1", "2", "3"], [("1", "2"), ("2", "3"), ("1", "3")]),
    (["1", "2"], [("1", "2"), ("2", "1")]),
    (["1"], [("1", "1")]),
    *(random_graph(seed, cyclic=seed % 3 == 0) for seed in range(30)),
]


@pytest.fixture(params=range(len(GRAPHS)))
def graph(request: pytest.FixtureRequest) -> Graph:
    return GRAPHS[request.param]


@pytest.fixture(params=[1, 3, 4], ids=["flat", "framed", "tall"])
def layout(graph: Graph, request: pytest.FixtureRequest) -> GraphLayout:
    return lay_out(*graph, box_width=10, box_height=request.param)


def test_no_boxes_overlap_and_all_lie_inside_the_drawing(layout: GraphLayout, graph: Graph) -> None:
    taken: set[tuple[int, int]] = set()
    assert set(layout.boxes) == set(graph[0])
    for box in layout.boxes.values():
        cells = {(x, y) for x in range(box.x, box.x + box.width) for y in range(box.y, box.y + box.height)}
        assert not cells & taken
        assert all(0 <= x < layout.width and 0 <= y < layout.height for x, y in cells)
        taken |= cells


def test_every_edge_runs_from_the_right_of_one_box_to_the_left_of_the_other(
    layout: GraphLayout, graph: Graph
) -> None:
    assert {(route.before, route.after) for route in layout.routes} == {e for e in graph[1] if e[0] != e[1]}
    for route in layout.routes:
        left, right = layout.boxes[route.before], layout.boxes[route.after]
        if route.back:
            left, right = right, left
        assert route.points[0] == (left.x + left.width, left.middle)
        assert route.points[-1] == (right.x - 1, right.middle)
        assert all(x1 == x2 or y1 == y2 for (x1, y1), (x2, y2) in pairwise(route.points))


def test_no_line_runs_through_a_box(layout: GraphLayout) -> None:
    taken = {
        (x, y)
        for box in layout.boxes.values()
        for x in range(box.x, box.x + box.width)
        for y in range(box.y, box.y + box.height)
    }
    for route in layout.routes:
        for (x1, y1), (x2, y2) in pairwise(route.points):
            for x in range(min(x1, x2), max(x1, x2) + 1):
                for y in range(min(y1, y2), max(y1, y2) + 1):
                    assert (x, y) not in taken


def test_lines_of_different_tasks_run_along_each_other_only_into_the_same_task(layout: GraphLayout) -> None:
    level: dict[tuple[int, int], list[tuple[str, str]]] = {}
    upright: dict[tuple[int, int], set[str]] = {}
    for route in layout.routes:
        ends = (route.after, route.before) if route.back else (route.before, route.after)
        for (x1, y1), (x2, y2) in pairwise(route.points):
            if y1 == y2:
                for x in range(x1, x2):
                    level.setdefault((x, y1), []).append(ends)
            else:
                for y in range(min(y1, y2), max(y1, y2)):
                    upright.setdefault((x1, y), set()).add(ends[0])
    assert all(len(sources) == 1 for sources in upright.values())
    for lines in level.values():
        assert len({source for source, _ in lines}) == 1 or len({target for _, target in lines}) == 1


def test_what_must_come_first_stands_further_left(layout: GraphLayout) -> None:
    for route in layout.routes:
        if not route.back:
            assert layout.boxes[route.before].x < layout.boxes[route.after].x


def test_without_its_back_edges_a_graph_has_no_cycle(graph: Graph) -> None:
    nodes, edges = graph
    backward = back_edges(nodes, edges)
    forward = [edge for edge in edges if edge not in backward]
    layer = layers_of(nodes, forward)
    assert all(layer[before] < layer[after] for before, after in forward)


def test_implied_edges_are_left_out_and_nothing_else() -> None:
    edges = [("1", "2"), ("2", "3"), ("1", "3"), ("3", "4"), ("1", "4"), ("2", "5")]
    assert without_implied(["1", "2", "3", "4", "5"], edges) == [
        ("1", "2"),
        ("2", "3"),
        ("3", "4"),
        ("2", "5"),
    ]


def test_a_chain_is_one_straight_line() -> None:
    layout = lay_out(["1", "2", "3"], [("1", "2"), ("2", "3")], 10, 3)
    assert len({box.middle for box in layout.boxes.values()}) == 1
    assert all(len(route.points) == 2 for route in layout.routes)


def test_a_deep_chain_does_not_exhaust_the_stack() -> None:
    nodes = [str(number) for number in range(3000)]
    edges = list(pairwise(nodes))
    assert back_edges(nodes, [*edges, ("2999", "0")]) == {("2999", "0")}
    assert layers_of(nodes, edges)["2999"] == 2999


@pytest.fixture
def rows(graph: Graph) -> GraphLayout:
    return lay_out_rows(*graph, width=70, least_text=24)


def test_the_compact_form_has_a_row_a_task_and_its_text_behind_all_rails(
    rows: GraphLayout, graph: Graph
) -> None:
    assert sorted(box.y for box in rows.boxes.values()) == list(range(len(graph[0])))
    for key, (x, y) in rows.marks.items():
        assert y == rows.boxes[key].y
        assert x < rows.boxes[key].x
    for box in rows.boxes.values():
        assert box.width >= 24
        assert box.x + box.width >= 70


def test_every_rail_runs_down_from_a_task_to_one_that_waits_for_it(rows: GraphLayout, graph: Graph) -> None:
    assert {(route.before, route.after) for route in rows.routes} == {e for e in graph[1] if e[0] != e[1]}
    for route in rows.routes:
        upper, lower = rows.marks[route.before], rows.marks[route.after]
        if route.back:
            upper, lower = lower, upper
        assert upper[1] < lower[1]
        assert {route.points[0], route.points[-1]} == {upper, lower}
        assert route.points[1] == (upper[0], lower[1])


def test_no_rail_runs_through_the_mark_of_another_task(rows: GraphLayout) -> None:
    marks = {place: key for key, place in rows.marks.items()}
    for route in rows.routes:
        for (x1, y1), (x2, y2) in pairwise(route.points):
            for x in range(min(x1, x2), max(x1, x2) + 1):
                for y in range(min(y1, y2), max(y1, y2) + 1):
                    assert marks.get((x, y)) in (None, route.before, route.after)


def test_tasks_below_each_other_on_a_rail_are_linked(rows: GraphLayout) -> None:
    at = {place: key for key, place in rows.marks.items()}
    linked = {frozenset((route.before, route.after)) for route in rows.routes}
    for (x, y), key in at.items():
        below = at.get((x, y + 1))
        assert below is None or frozenset((key, below)) in linked
