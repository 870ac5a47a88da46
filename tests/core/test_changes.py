"""What is said to differ between two states of a tag."""

from __future__ import annotations

import json
from typing import Any

from core.tasks.changes import TaskChanges, diff
from core.tasks.document import Tag, parse
from core.tasks.edits import Edit, RemoveTask, Reorder, SetStatus, apply_edits

TASKS = [
    {
        "id": 1,
        "title": "one",
        "status": "done",
        "subtasks": [{"id": 1, "title": "a"}, {"id": 2, "title": "b"}],
    },
    {"id": 2, "title": "two", "dependencies": [1]},
    {"id": 3, "title": "three", "details": None},
]


def tag_of(tasks: list[Any]) -> Tag:
    return parse(json.dumps({"master": {"tasks": tasks}}).encode()).tag()


def after(*edits: Edit) -> TaskChanges:
    document = parse(json.dumps({"master": {"tasks": TASKS}}, indent=2).encode())
    changed = apply_edits(document, edits).document
    changes = diff(document.tag(), changed.tag())
    assert diff(document.tag(), parse(changed.data).tag()) == changes
    return changes


def test_equal_content_has_no_changes() -> None:
    assert not diff(tag_of(TASKS), tag_of(TASKS))


def test_a_changed_field_is_named() -> None:
    assert after(SetStatus("1.2", "done"), SetStatus("3", "done")) == TaskChanges(
        changed={"1.2": ("status",), "3": ("status",)}
    )


def test_null_is_not_the_same_as_missing() -> None:
    new = [*TASKS[:2], {"id": 3, "title": "three"}]
    assert diff(tag_of(TASKS), tag_of(new)).changed == {"3": ("details",)}


def test_a_removed_task_goes_with_its_subtasks() -> None:
    changes = after(RemoveTask("1"))
    assert changes.removed == ("1", "1.1", "1.2")
    assert changes.changed == {"2": ("dependencies",)}


def test_a_new_task_comes_with_its_subtasks() -> None:
    assert diff(tag_of(TASKS[1:]), tag_of(TASKS)).added == ("1", "1.1", "1.2")


def test_the_fewest_moves_are_told() -> None:
    assert after(Reorder("1", None)) == TaskChanges(moved=("1",))
    assert after(Reorder("1.2", "1.1")).moved in (("1.1",), ("1.2",))
    assert after(Reorder("3", "1")).moved == ("3",)


def test_ids_that_differ_only_as_written_are_other_tasks() -> None:
    old = parse(b'{"tasks": [{"id": 1, "subtasks": [{"id": 1.1}]}]}').tag()
    new = parse(b'{"tasks": [{"id": 1, "subtasks": [{"id": 1.10}]}]}').tag()
    changes = diff(old, new)
    assert (changes.added, changes.removed) == (("1.10",), ("1.1",))


def test_a_number_spelled_otherwise_is_a_change() -> None:
    old, new = (parse(b'{"tasks": [{"id": 1, "cost": %s}]}' % cost).tag() for cost in (b"1.1", b"1.10"))
    assert diff(old, new).changed == {"1": ("cost",)}


def test_a_tag_that_comes_or_goes_is_all_added_or_removed() -> None:
    assert diff(None, tag_of(TASKS)).added == ("1", "1.1", "1.2", "2", "3")
    assert diff(tag_of(TASKS), None).removed == ("1", "1.1", "1.2", "2", "3")
    assert not diff(None, None)
