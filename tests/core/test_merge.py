"""Merging two versions of a task file by task id, field by field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UsageError
from core.tasks.document import TaskDocument, parse
from core.tasks.edits import EditField, SetDependencies, SetStatus
from core.tasks.merging.conflict_markers import conflict_lines, split_conflict
from core.tasks.merging.merge import merge_documents, three_way
from core.tasks.merging.text_merge import merge_text


def task(number: int, title: str = "", **fields: Any) -> dict[str, Any]:
    return {
        "id": number,
        "title": title or f"task {number}",
        "status": "pending",
        "dependencies": [],
        **fields,
    }


def document(*tasks: dict[str, Any], **tags: Any) -> TaskDocument:
    content = {"master": {"tasks": list(tasks), "metadata": {"description": "x"}}, **tags}
    return parse(json.dumps(content, indent=2).encode())


def merged(*sides: TaskDocument | None, choose: Any = None) -> tuple[TaskDocument, list[tuple[str, str]]]:
    result = merge_documents(*sides, choose=choose)  # type: ignore[arg-type]
    return parse(result.text.encode()), [(c.key, c.field) for c in result.conflicts]


CONFLICT = """{
<<<<<<< HEAD
  "a": 1,
||||||| base
  "a": 0,
=======
  "a": 2,
>>>>>>> branch
  "b": 3
}
"""


def test_a_conflict_is_split_into_its_sides() -> None:
    ours, theirs, base = split_conflict(CONFLICT)
    assert [json.loads(text or "")["a"] for text in (ours, theirs, base)] == [1, 2, 0]
    assert conflict_lines(CONFLICT) == [2]


def test_without_base_lines_there_is_no_base() -> None:
    text = CONFLICT.replace('||||||| base\n  "a": 0,\n', "")
    assert split_conflict(text).base is None
    assert split_conflict(text).ours == '{\n  "a": 1,\n  "b": 3\n}\n'


def test_line_endings_of_windows_are_kept() -> None:
    ours, theirs, _ = split_conflict(CONFLICT.replace("\n", "\r\n"))
    assert ours == '{\r\n  "a": 1,\r\n  "b": 3\r\n}\r\n'
    assert json.loads(theirs)["a"] == 2


@pytest.mark.parametrize(
    "text", ["<<<<<<< a\n1\n", "=======\n", ">>>>>>> b\n", "<<<<<<< a\n<<<<<<< b\n=======\n>>>>>>> c\n"]
)
def test_markers_that_do_not_pair_up_are_said(text: str) -> None:
    with pytest.raises(UsageError, match="marker"):
        split_conflict(text)


def test_each_side_changed_another_field() -> None:
    base = document(task(1, details="old"), task(2))
    ours = document(task(1, details="old", status="done"), task(2))
    theirs = document(task(1, details="new"), task(2, title="another title"))
    result, conflicts = merged(ours, theirs, base)
    assert result.text == document(task(1, details="new", status="done"), task(2, title="another title")).text
    assert conflicts == []


def test_both_sides_changed_the_same_field() -> None:
    base, ours, theirs = (document(task(1, status=status)) for status in ("pending", "done", "review"))
    result, conflicts = merged(ours, theirs, base)
    assert result.text == ours.text
    assert conflicts == [("1", "status")]
    result, _ = merged(ours, theirs, base, choose={("master", "1", "status"): "theirs"})
    assert result.text == theirs.text


def test_without_a_base_differing_fields_are_conflicts_kept_as_ours() -> None:
    ours = document(task(1, "Write the parser", details="ours"))
    theirs = document(task(1, "Write a parser", details="theirs", priority="high"))
    result, conflicts = merged(ours, theirs)
    assert conflicts == [("1", "title"), ("1", "details")]
    assert result.tag().find("1").raw == {**ours.tag().find("1").raw, "priority": "high"}


def test_different_tasks_under_one_id_are_not_mixed() -> None:
    ours = document(task(1, "Write the parser", subtasks=[task(1)]))
    theirs = document(task(1, "Book a flight", priority="high", subtasks=[task(1), task(2)]))
    result, conflicts = merged(ours, theirs)
    assert result.text == ours.text
    assert {("1", "title"), ("1", "priority"), ("1", "subtasks")} <= set(conflicts)


def test_tasks_of_theirs_come_in_at_their_places() -> None:
    ours, theirs = document(task(1), task(3)), document(task(0), task(1), task(2), task(3), task(4))
    result = merge_documents(ours, theirs)
    assert result.text == theirs.text
    assert result.added == ("0", "2", "4")


def test_removed_tasks_stay_removed_unless_the_other_side_changed_them() -> None:
    base = document(task(1), task(2), task(3))
    ours = document(task(3))
    theirs = document(task(1), task(2, details="new"), task(3))
    result, conflicts = merged(ours, theirs, base)
    assert [t.key for t in result.tag().tasks] == ["2", "3"]
    assert conflicts == [("2", "")]
    result, _ = merged(theirs, ours, base)
    assert [t.key for t in result.tag().tasks] == ["2", "3"]


def test_subtasks_are_merged_too() -> None:
    base = document(task(1, subtasks=[task(1), task(2)]))
    ours = document(task(1, subtasks=[task(1, status="done"), task(2)]))
    theirs = document(task(1, subtasks=[task(1), task(2, status="done"), task(3)]))
    result, conflicts = merged(ours, theirs, base)
    assert [(t.key, t.status) for t in result.tag().find("1").subtasks] == [
        ("1.1", "done"),
        ("1.2", "done"),
        ("1.3", "pending"),
    ]
    assert conflicts == []


def test_dependencies_are_merged_as_a_set() -> None:
    base, ours, theirs = (document(task(9, dependencies=ids)) for ids in ([1, 2], [1, 2, 3], [2, 4]))
    result, conflicts = merged(ours, theirs, base)
    assert result.tag().find("9").written_dependencies == ("2", "4", "3")
    assert conflicts == []


def test_ids_as_numbers_and_as_texts_are_the_same() -> None:
    ours = document(task(1), task(2, dependencies=[1]))
    theirs = parse(ours.data.replace(b'"id": 2', b'"id": "2"').replace(b"        1\n", b'        "1"\n'))
    result, conflicts = merged(ours, theirs)
    assert result.text == ours.text
    assert conflicts == []


def test_texts_changed_in_different_lines_are_merged() -> None:
    base, ours, theirs = (
        document(task(1, details=text)) for text in ("a\nb\nc\nd", "A\nb\nc\nd", "a\nb\nc\nD\ne")
    )
    result, conflicts = merged(ours, theirs, base)
    assert result.tag().find("1").details == "A\nb\nc\nD\ne"
    assert conflicts == []


def test_tags_of_both_sides_stay() -> None:
    tag = {"tasks": [task(7)]}
    result, _ = merged(document(task(1)), document(task(1), feature=tag))
    assert list(result.tags) == ["master", "feature"]
    assert result.tag("feature").find("7").title == "task 7"


def test_times_are_no_conflict() -> None:
    ours, theirs = document(task(1, updatedAt="2026-01-01")), document(task(1, updatedAt="2026-02-02"))
    result, conflicts = merged(ours, theirs)
    assert result.text == theirs.text
    assert conflicts == []


def test_a_flat_file_merges_with_its_tagged_successor() -> None:
    flat = parse(json.dumps({"tasks": [task(1, status="done"), task(3)]}, indent=2).encode())
    tagged = document(task(1), task(2))
    for sides in ((flat, tagged), (tagged, flat)):
        result, conflicts = merged(*sides)
        assert result.dialect == "tagged"
        assert {t.key for t in result.tag().tasks} == {"1", "2", "3"}
        assert ("1", "status") in conflicts
        assert result.tag().find("1").status == sides[0].tag().find("1").status


tasks = st.lists(
    st.builds(
        lambda number, status, details, ids: task(number, status=status, details=details, dependencies=ids),
        st.integers(1, 6),
        st.sampled_from(["pending", "done"]),
        st.text(max_size=5),
        st.lists(st.integers(1, 6), max_size=3, unique=True),
    ),
    max_size=5,
    unique_by=lambda one: one["id"],
)


@given(tasks, tasks, tasks)
def test_any_merge_is_a_readable_file(base: Any, ours: Any, theirs: Any) -> None:
    sides = [document(*side) for side in (ours, theirs, base)]
    for former in (None, sides[2]):
        parse(merge_documents(sides[0], sides[1], former).text.encode())


@given(tasks, tasks)
def test_an_unchanged_side_gives_way(one: Any, other: Any) -> None:
    ours, theirs = document(*one), document(*other)
    assert merge_documents(ours, theirs, theirs).text == ours.text
    assert merge_documents(ours, ours, theirs).text == ours.text
    taken = parse(merge_documents(ours, theirs, ours).text.encode())
    assert {t.key: t.raw for t in taken.tag().tasks} == {t.key: t.raw for t in theirs.tag().tasks}


def test_a_real_file_with_many_conflicts(corpus: Path) -> None:
    file = next(corpus.glob("tasks/eyaltoledano__claude-task-master@646a5482/.taskmaster/tasks/tasks.json"))
    text = file.read_text()
    assert len(conflict_lines(text)) > 20
    sides = split_conflict(text)
    ours, theirs = parse(sides.ours.encode()), parse(sides.theirs.encode())
    result = merge_documents(ours, theirs)
    document = parse(result.text.encode())
    assert set(document.tags) == set(ours.tags) | set(theirs.tags)
    keys = {task.key for task in document.tag().tasks}
    assert keys == {task.key for side in (ours, theirs) for task in side.tag().tasks}
    # The sides are two projects under the same ids: ours are untouched, theirs come in where ids are free.
    for task in ours.tag().tasks:
        assert document.tag().find(task.key).raw == task.raw
    chosen = {(c.tag, c.key, c.field): "theirs" for c in result.conflicts}
    other = parse(merge_documents(ours, theirs, choose=chosen).text.encode())  # type: ignore[arg-type]
    for task in theirs.tag().tasks:
        assert {k: v for k, v in other.tag().find(task.key).raw.items() if k != "id"} == {
            k: v for k, v in task.raw.items() if k != "id"
        }


def test_the_conflicted_report_of_the_corpus_splits(corpus: Path) -> None:
    file = next(corpus.glob("tasks/*646a5482/.taskmaster/reports/task-complexity-report.json"))
    ours, theirs, _ = split_conflict(file.read_text())
    assert json.loads(ours) != json.loads(theirs)


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "expected"),
    [
        ("a", "a", "b", "b"),
        ("a", "b", "a", "b"),
        ("a", "b", "b", "b"),
        ("a", "b", "c", None),
        ("a\nb\nc", "x\nb\nc", "a\nb\ny", "x\nb\ny"),
        ("a\nb\nc", "a\nb\nc\nd", "0\na\nb\nc", "0\na\nb\nc\nd"),
        ("a\nb", "x\nb", "a\ny", None),
        ("a\nb\nc", "a\nc", "a\nb\nC", None),
        ("", "mine", "theirs", None),
    ],
)
def test_merging_lines(base: str, ours: str, theirs: str, expected: str | None) -> None:
    assert merge_text(base, ours, theirs) == expected


def test_an_outside_change_of_other_fields_is_no_conflict() -> None:
    base = {"title": "t", "details": "a\nb\nc", "status": "pending"}
    found = three_way(
        "5", base, {**base, "details": "a\nb\nX"}, {**base, "details": "Y\nb\nc", "status": "done"}
    )
    assert found.conflicts == ()
    assert found.merged == (EditField("5", "details", "Y\nb\nX"),)
    assert found.mine == (EditField("5", "details", "a\nb\nX"), SetStatus("5", "pending"))


def test_an_outside_change_of_the_same_field_is_shown_with_both_values() -> None:
    found = three_way("5", {"title": "t"}, {"title": "mine"}, {"title": "theirs"}, tag="master")
    (conflict,) = found.conflicts
    assert (conflict.key, conflict.field, conflict.ours, conflict.theirs) == ("5", "title", "mine", "theirs")
    assert found.merged == (EditField("5", "title", "mine"),)


def test_dependencies_changed_on_both_sides() -> None:
    found = three_way(
        "5", {"dependencies": ("1", "2")}, {"dependencies": ("1", "2", "3")}, {"dependencies": ("2",)}
    )
    assert found.merged == (SetDependencies("5", ("2", "3")),)
    assert found.conflicts == ()


def test_a_task_removed_meanwhile_is_said() -> None:
    found = three_way("5", {"title": "t"}, {"title": "mine"}, None)
    assert found.merged == ()
    assert [c.field for c in found.conflicts] == [""]
