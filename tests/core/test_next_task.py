"""`next` answers as Task Master does and says why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.errors import DamagedFile
from core.tasks.document import Tag, parse
from core.tasks.findings import tag_findings
from core.tasks.graph import TaskGraph
from core.tasks.next_task import next_task


def make_tag(*tasks: dict[str, Any]) -> Tag:
    return parse(json.dumps({"master": {"tasks": list(tasks)}}).encode()).tag()


def task(identifier: object, *dependencies: object, **fields: Any) -> dict[str, Any]:
    return {"id": identifier, "title": "t", "status": "pending", "dependencies": list(dependencies), **fields}


def chosen(*tasks: dict[str, Any]) -> str | None:
    found = next_task(make_tag(*tasks)).task
    return found.key if found else None


def test_the_highest_priority_that_is_ready_comes_first() -> None:
    assert chosen(task(1, priority="low"), task(2, priority="high"), task(3, 1, priority="critical")) == "2"
    assert chosen(task(1, priority="high"), task(2, priority="critical")) == "2"


def test_an_unknown_or_missing_priority_counts_as_medium() -> None:
    assert chosen(task(1, priority="low"), task(2)) == "2"
    assert chosen(task(1, priority="urgent"), task(2, priority="medium")) == "1"


def test_then_fewer_dependencies_then_the_lower_id() -> None:
    done = task(1, status="done")
    assert chosen(done, task(2, 1), task(3)) == "3"
    assert chosen(done, task(10), task(9)) == "9"


def test_subtasks_of_tasks_in_progress_come_before_any_task() -> None:
    parent = task(5, status="in-progress", subtasks=[task(1, status="done"), task(2, 1), task(3, 2)])
    found = next_task(make_tag(task(1, priority="critical"), parent))
    assert found.task is not None
    assert found.task.key == "5.2"
    assert "Task 5 is in progress" in found.reasons[0]
    assert any("makes 5.3 ready" in reason for reason in found.reasons)


def test_a_subtask_takes_the_priority_of_its_task() -> None:
    low = task(1, status="in-progress", priority="low", subtasks=[task(1)])
    high = task(2, status="in-progress", priority="high", subtasks=[task(1)])
    assert chosen(low, high) == "2.1"


def test_when_no_subtask_is_ready_the_task_itself_counts() -> None:
    assert chosen(task(5, status="in-progress", subtasks=[task(1, 9)])) == "5"


def test_deferred_blocked_review_and_unknown_statuses_are_passed_over() -> None:
    others = [
        task(n, status=s) for n, s in enumerate(("deferred", "blocked", "review", "cancelled", "todo"), 1)
    ]
    assert chosen(*others) is None
    assert chosen(*others, task(9)) == "9"


@pytest.mark.parametrize(
    ("tasks", "words"),
    [
        ((), "no tasks"),
        ((task(1, status="done"), task(2, status="completed")), "All 2 tasks are done."),
        ((task(1, status="deferred"), task(2, 1)), "1 task waits for 1, which is deferred."),
        ((task(1, 99),), "1 waits for 99, which does not exist."),
        ((task(1, 2), task(2, 1)), "1 and 2 wait for each other."),
        ((task(1, 1),), "1 depends on itself."),
    ],
)
def test_when_there_is_none_it_says_why(tasks: tuple[dict[str, Any], ...], words: str) -> None:
    found = next_task(make_tag(*tasks))
    assert found.task is None
    assert words in " ".join(found.reasons)


def test_every_file_of_the_corpus_has_an_answer(corpus: Path) -> None:
    for path in sorted(corpus.glob("tasks/**/tasks.json")):
        try:
            document = parse(path.read_bytes(), path)
        except DamagedFile:
            continue
        for tag in document.tags.values():
            graph = TaskGraph(tag)
            found = next_task(tag, graph)
            assert found.reasons
            if found.task:
                assert graph.ready(found.task.key)
            assert set(graph.critical_path) <= set(tag.nodes)
            assert all(finding.text and "\n" not in finding.text for finding in tag_findings(graph))


def test_the_corpus_holds_what_was_counted_in_it(corpus: Path) -> None:
    path = corpus / "tasks" / "eyaltoledano__claude-task-master" / ".taskmaster" / "tasks" / "tasks.json"
    document = parse(path.read_bytes(), path)
    master = document.tag("master")
    assert (len(master.tasks), len(master.nodes) - len(master.tasks)) == (93, 535)
    kinds = [finding.kind for tag in document.tags.values() for finding in tag_findings(TaskGraph(tag))]
    assert kinds.count("duplicate-id") == 7
    assert kinds.count("dangling") + kinds.count("ambiguous") == 1
