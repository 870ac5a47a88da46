"""The dependency graph: what a written id means, what is ready, what is wrong, in linear time."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import DamagedFile
from core.tasks.document import Tag, parse
from core.tasks.edits import apply_edits
from core.tasks.findings import file_findings, tag_findings
from core.tasks.graph import TaskGraph


def make_tag(*tasks: dict[str, Any]) -> Tag:
    return parse(json.dumps({"master": {"tasks": list(tasks)}}).encode()).tag()


def task(
    identifier: object,
    *dependencies: object,
    status: str = "pending",
    subtasks: tuple[dict[str, Any], ...] = (),
) -> dict[str, Any]:
    return {
        "id": identifier,
        "title": f"Task {identifier}",
        "status": status,
        "dependencies": list(dependencies),
        "subtasks": list(subtasks),
    }


def kinds(graph: TaskGraph) -> list[tuple[str, str]]:
    return [(finding.kind, finding.key) for finding in tag_findings(graph)]


def test_a_bare_id_in_a_subtask_means_the_sibling() -> None:
    graph = TaskGraph(
        make_tag(task(1), task(2), task(5, 1, subtasks=(task(1), task(2, 1), task(3, "2", "5.1"))))
    )
    assert graph.dependencies("5.2") == ("5.1",)
    assert graph.dependencies("5.3") == ("5.2", "5.1")
    assert graph.dependencies("5") == ("1",)
    assert graph.dependents("5.1") == ("5.2", "5.3")
    assert tag_findings(graph) == ()


def test_a_bare_id_without_such_a_sibling_is_read_as_the_task_and_said() -> None:
    graph = TaskGraph(make_tag(task(7, status="done"), task(8, subtasks=(task(1, 7),))))
    assert graph.dependencies("8.1") == ("7",)
    assert not graph.ready("8.1"), "Task Master looks for 8.7, which is never done"
    (finding,) = tag_findings(graph)
    assert (finding.kind, finding.key) == ("ambiguous", "8.1")
    assert "8.7" in finding.text


def test_an_exact_id_wins_over_the_dotted_reading() -> None:
    graph = TaskGraph(make_tag(task("5.2"), task(5, subtasks=(task(1), task(2))), task(6, "5.2")))
    assert graph.dependencies("6") == ("5.2",)
    assert not graph.tag.nodes["5.2"].is_subtask


def test_ids_are_compared_as_text() -> None:
    graph = TaskGraph(make_tag(task("1"), task(2, "1"), task("3", 2)))
    assert graph.dependencies("2") == ("1",)
    assert graph.dependencies("3") == ("2",)


@pytest.mark.parametrize("status", ["done", "completed"])
def test_a_finished_dependency_makes_ready(status: str) -> None:
    graph = TaskGraph(make_tag(task(1, status=status), task(2, 1)))
    assert graph.ready("2")
    assert graph.blocked_by("2") == ()


def test_an_unfinished_dependency_blocks_and_finishing_it_unblocks() -> None:
    graph = TaskGraph(make_tag(task(1), task(2, 1), task(3, 1, 2), task(4, 3), task(5, 1, status="done")))
    assert graph.blocked_by("3") == ("1", "2")
    assert graph.unblocks("1") == ("2",)
    assert graph.chain_down("1") == {"2", "3", "4", "5"}
    assert graph.chain_up("4") == {"1", "2", "3"}


def test_a_missing_dependency_blocks_for_ever_and_is_found() -> None:
    graph = TaskGraph(make_tag(task(1, 99), task(2, 1, "4.4")))
    assert not graph.ready("1")
    assert graph.dangling("1") == ("99",)
    assert kinds(graph) == [("dangling", "1"), ("dangling", "2")]


def test_each_knot_is_one_readable_cycle() -> None:
    graph = TaskGraph(
        make_tag(task(1, 3), task(2, 1), task(3, 2), task(4, 5), task(5, 4), task(6, 6), task(7, 1))
    )
    assert graph.cycles == (("1", "3", "2"), ("4", "5"))
    texts = [finding.text for finding in tag_findings(graph) if finding.kind == "cycle"]
    assert texts[0] == "These wait for each other: 1 → 3 → 2 → 1."
    assert ("self", "6") in kinds(graph)


def test_the_repair_of_a_cycle_takes_the_dependency_against_the_order() -> None:
    graph = TaskGraph(make_tag(task(1, 3), task(2, 1), task(3, 2)))
    (finding,) = tag_findings(graph)
    assert [(edit.key, edit.depends_on) for edit in finding.repair] == [("1", "3")]  # type: ignore[union-attr]


def test_the_repairs_leave_nothing_to_find() -> None:
    document = parse(
        json.dumps(
            {
                "master": {
                    "tasks": [
                        task(1, 3, 99, 99),
                        task(2, 2, 1, 1),
                        task(3, 2, subtasks=(task(1, 2), task(2, 1), task(2, 44), task(2))),
                        task(3),
                        task(4, 3, subtasks=(task(1, 2),)),
                        {"id": 5, "title": "t", "details": None},
                    ]
                }
            },
            indent=2,
        ).encode()
    )
    found = tag_findings(TaskGraph(document.tag()))
    assert {finding.kind for finding in found} == {
        *("dangling", "self", "cycle", "ambiguous", "repeated", "duplicate-id", "null-field")
    }
    edits = list(dict.fromkeys(edit for finding in found for edit in finding.repair))
    mended = apply_edits(document, edits, "master").document
    assert tag_findings(TaskGraph(mended.tag())) == ()
    assert len(mended.tag().nodes) == len(document.tag().nodes)


def test_entries_that_are_no_tasks_are_kept_and_said() -> None:
    tag = parse(b'{"master": {"tasks": [1, {"title": "no id"}, {"id": 2, "subtasks": {}}]}}').tag()
    kinds = {finding.kind for finding in tag_findings(TaskGraph(tag))}
    assert kinds == {"not-a-task", "missing-id", "wrong-type"}


def test_lists_that_are_not_read_are_said() -> None:
    document = parse(b'{"a": {"tasks": {}}, "master": {"tasks": []}, "master": {"tasks": []}, "tasks": []}')
    assert sorted(finding.kind for finding in file_findings(document)) == [
        *("duplicate-tag", "ignored-tasks", "ignored-tasks")
    ]


def test_the_critical_path_is_the_longest_chain_of_open_tasks() -> None:
    tasks = [
        task(1, status="done"),
        task(2, 1),
        task(3, 2),
        task(4, 1),
        task(5, 3, 4),
        task(6, status="cancelled"),
    ]
    assert TaskGraph(make_tag(*tasks)).critical_path == ("2", "3", "5")
    assert TaskGraph(make_tag(*tasks), {"4": 9.0}).critical_path == ("4", "5")
    assert TaskGraph(make_tag()).critical_path == ()


def test_a_dependency_on_a_subtask_counts_for_its_task_in_the_drawing() -> None:
    graph = TaskGraph(
        make_tag(task(1, subtasks=(task(1), task(2, 1))), task(2, "1.2"), task(3), task(4, 2, 3))
    )
    assert graph.layers() == [["1", "3"], ["2"], ["4"]]
    assert graph.layers("1") == [["1.1"], ["1.2"]]


def test_a_cycle_can_be_drawn() -> None:
    graph = TaskGraph(make_tag(task(1, 2), task(2, 1), task(3, 2)))
    assert graph.layers() == [["1", "2"], ["3"]]
    assert "3" in graph.critical_path


def test_ten_thousand_diamonds_and_a_chain_of_fifty_thousand_need_no_recursion() -> None:
    diamonds = TaskGraph(
        make_tag(*(task(i, *(j for j in (i - 1, i - 2, i - 3) if j > 0)) for i in range(1, 10_001)))
    )
    assert tag_findings(diamonds) == ()
    assert len(diamonds.critical_path) == 10_000
    assert len(diamonds.chain_down("1")) == 9_999
    ring = TaskGraph(make_tag(*(task(i, i - 1 or 50_000) for i in range(1, 50_001))))
    assert sys.getrecursionlimit() < 50_000
    assert len(ring.cycles[0]) == 50_000
    assert len(tag_findings(ring)[0].text) < 200
    assert ring.layers()[0][0] == "1"


GRAPHS = st.integers(1, 7).flatmap(
    lambda size: st.lists(
        st.tuples(st.lists(st.integers(1, size + 1), max_size=4), st.booleans()), min_size=size, max_size=size
    )
)


@given(GRAPHS)
@settings(max_examples=300, deadline=None)
def test_small_graphs_agree_with_a_naive_model(rows: list[tuple[list[int], bool]]) -> None:
    graph = TaskGraph(
        make_tag(
            *(task(n, *deps, status="done" if done else "pending") for n, (deps, done) in enumerate(rows, 1))
        )
    )
    size = len(rows)
    needs = {n: {d for d in deps if d <= size} for n, (deps, _) in enumerate(rows, 1)}
    reach = {n: closure(n, needs) for n in needs}
    knots = {frozenset(m for m in needs if m in reach[n] and n in reach[m]) for n in needs}
    knots = {knot for knot in knots if len(knot) > 1}
    assert {frozenset(map(int, component)) for component, _ in graph.cycle_components} == knots
    for cycle in graph.cycles:
        for at, following in zip(cycle, (*cycle[1:], cycle[0]), strict=True):
            assert following in graph.dependencies(at)
    for n, (deps, _) in enumerate(rows, 1):
        assert graph.chain_up(str(n)) == {str(m) for m in reach[n] - {n}}
        assert graph.ready(str(n)) == all(d <= size and rows[d - 1][1] and d != n for d in deps)
    layer_of = {key: number for number, layer in enumerate(graph.layers()) for key in layer}
    assert sorted(map(int, layer_of)) == list(needs)
    for n, targets in needs.items():
        for target in targets:
            if n not in reach[target]:
                assert layer_of[str(target)] < layer_of[str(n)]
    assert len(graph.critical_path) >= (1 if any(not done for _, done in rows) else 0)


@given(GRAPHS)
@settings(max_examples=100, deadline=None)
def test_the_repairs_of_any_small_graph_leave_no_finding(rows: list[tuple[list[int], bool]]) -> None:
    tasks = [task(n, *deps) for n, (deps, _) in enumerate(rows, 1)]
    document = parse(json.dumps({"master": {"tasks": tasks}}, indent=2).encode())
    edits = list(dict.fromkeys(e for f in tag_findings(TaskGraph(document.tag())) for e in f.repair))
    if edits:
        document = apply_edits(document, edits, "master").document
    assert tag_findings(TaskGraph(document.tag())) == ()


def closure(start: int, needs: dict[int, set[int]]) -> set[int]:
    reached: set[int] = set()
    queue = list(needs[start])
    while queue:
        at = queue.pop()
        if at not in reached:
            reached.add(at)
            queue += needs[at]
    return reached


def test_the_repairs_of_every_file_of_the_corpus_fit_it(corpus: Path) -> None:
    repaired = 0
    for path in sorted(corpus.glob("tasks/**/tasks.json")):
        try:
            document = parse(path.read_bytes(), path)
        except DamagedFile:
            continue
        for name in document.tags:
            found = tag_findings(TaskGraph(document.tag(name)))
            edits = list(dict.fromkeys(edit for finding in found for edit in finding.repair))
            repaired += len(edits)
            after = apply_edits(document, edits, name).document.tag(name) if edits else document.tag(name)
            left = [finding for finding in tag_findings(TaskGraph(after)) if finding.repair]
            assert left == []
            assert len(after.nodes) == len(document.tag(name).nodes)
    assert repaired >= 8
