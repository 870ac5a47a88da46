"""Edits that add, remove and move tasks, and edits of tags."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.errors import NotFound, Refused, UsageError
from core.tasks.document import TaskDocument, parse
from core.tasks.edits import (
    AddSubtask,
    AddTag,
    AddTask,
    ClearSubtasks,
    CopyTag,
    Edit,
    MoveTask,
    RemoveTag,
    RemoveTask,
    RenameTag,
    Reorder,
    ReplaceSubtasks,
    SetStatus,
    apply_edits,
    new_file_text,
)


def file_of(*tasks: dict[str, Any], indent: int | None = 2) -> TaskDocument:
    return parse(json.dumps({"master": {"tasks": list(tasks)}}, indent=indent).encode())


def plan() -> TaskDocument:
    return file_of(
        {
            "id": 1,
            "title": "One",
            "dependencies": [],
            "subtasks": [
                {"id": 1, "title": "Sub one"},
                {"id": 2, "title": "Sub two", "dependencies": [1]},
                {"id": 3, "title": "Sub three", "dependencies": [2]},
            ],
        },
        {"id": 2, "title": "Two", "dependencies": [1], "x": 1.5, "subtasks": []},
        {"id": 3, "title": "Three", "dependencies": [1, 2, "1.2"]},
    )


def tasks(document: TaskDocument, *edits: Edit) -> list[dict[str, Any]]:
    return json.loads(apply_edits(document, edits).document.text)["master"]["tasks"]


def order(document: TaskDocument, *edits: Edit) -> list[str]:
    return [task.key for task in apply_edits(document, edits).document.tag().walk()]


def test_a_new_task_has_every_field_in_task_masters_order() -> None:
    applied = apply_edits(plan(), [AddTask({"agentHint": "web", "title": "New", "dependencies": ["2"]})])
    assert applied.created == ("4",)
    (*_, new) = json.loads(applied.document.text)["master"]["tasks"]
    assert list(new.items()) == [
        ("id", 4),
        ("title", "New"),
        ("description", ""),
        ("details", ""),
        ("testStrategy", ""),
        ("priority", "medium"),
        ("dependencies", [2]),
        ("status", "pending"),
        ("subtasks", []),
        ("agentHint", "web"),
    ]


def test_a_new_task_with_subtasks_is_written_as_json_would_be() -> None:
    new = {"title": "New", "subtasks": [{"title": "a"}, {"title": "b", "dependencies": [1]}]}
    text = apply_edits(plan(), [AddTask(new)]).document.text
    assert text == json.dumps(json.loads(text), indent=2)
    assert [task["id"] for task in json.loads(text)["master"]["tasks"][-1]["subtasks"]] == [1, 2]


@pytest.mark.parametrize(
    ("ids", "new"), [([1, 7], 8), (["1", "7"], "8"), (["a"], "1"), ([], 1), ([3, "x"], "4"), (["1.5", 2], 3)]
)
def test_a_new_id_is_the_highest_plus_one_written_as_the_others(ids: list[Any], new: Any) -> None:
    document = file_of(*({"id": own, "title": "t"} for own in ids))
    assert tasks(document, AddTask({"title": "New"}))[-1]["id"] == new


@pytest.mark.parametrize(
    ("ids", "new"),
    [("1, 2", 3), ('"1", "2"', "3"), ('"5.1", "5.4"', "5.5"), ("5.1, 5.2", 5.3), ("5.9", "5.10")],
)
def test_a_new_subtask_id_is_written_as_its_siblings(ids: str, new: Any) -> None:
    subtasks = ",".join(f'{{"id": {own.strip()}, "title": "t"}}' for own in ids.split(","))
    document = parse(f'{{"master": {{"tasks": [{{"id": 5, "subtasks": [{subtasks}]}}]}}}}'.encode())
    assert tasks(document, AddSubtask("5", {"title": "New"}))[0]["subtasks"][-1]["id"] == new


def test_a_subtask_is_put_where_it_is_wanted() -> None:
    applied = apply_edits(
        plan(), [AddSubtask("1", {"title": "New"}, before="1.2"), AddSubtask("3", {"title": "N"})]
    )
    assert applied.created == ("1.4", "3.1")
    assert [task.key for task in applied.document.tag().walk()] == [
        "1",
        "1.1",
        "1.4",
        "1.2",
        "1.3",
        "2",
        "3",
        "3.1",
    ]
    assert applied.document.text == json.dumps(json.loads(applied.document.text), indent=2)


def test_a_new_task_can_be_edited_in_the_same_go() -> None:
    changed = tasks(
        plan(), AddTask({"title": "A"}), AddTask({"title": "B", "dependencies": [4]}), SetStatus("4", "done")
    )
    assert [(task["id"], task["status"]) for task in changed[3:]] == [(4, "done"), (5, "pending")]


def test_new_tasks_may_depend_on_later_ones_but_not_in_a_circle() -> None:
    assert order(plan(), AddTask({"title": "A", "dependencies": [5]}), AddTask({"title": "B"}))[-2:] == [
        "4",
        "5",
    ]
    with pytest.raises(Refused, match="4 → 5 → 4"):
        tasks(
            plan(), AddTask({"title": "A", "dependencies": [5]}), AddTask({"title": "B", "dependencies": [4]})
        )
    with pytest.raises(NotFound, match="4 cannot depend on 77"):
        tasks(plan(), AddTask({"title": "A", "dependencies": [77]}))


@pytest.mark.parametrize(
    ("edit", "error", "words"),
    [
        (AddTask({"title": "x", "id": 2}), Refused, "a task 2 already"),
        (AddTask({"title": "x", "id": "2"}), Refused, "a task 2 already"),
        (AddSubtask("1", {"title": "x", "id": 2}), Refused, r"a task 1\.2 already"),
        (AddTask({"title": " "}), UsageError, "needs a title"),
        (AddTask({"title": "x", "status": "odd"}), UsageError, "not a status"),
        (AddTask({"title": "x", "id": True}), UsageError, "cannot be the id"),
        (AddTask({"title": "x"}, before="9"), NotFound, "no task 9"),
        (AddSubtask("9", {"title": "x"}), NotFound, "no task 9"),
        (ReplaceSubtasks("2", ({"title": "x", "id": 1}, {"title": "y", "id": 1})), Refused, r"2\.1 already"),
    ],
)
def test_a_new_task_that_cannot_be_is_refused(edit: Edit, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        tasks(plan(), edit)


def test_a_removed_task_leaves_no_reference() -> None:
    left = tasks(plan(), RemoveTask("1"))
    assert [(task["id"], task["dependencies"]) for task in left] == [(2, []), (3, [2])]
    assert tasks(plan(), RemoveTask("1.2"))[0]["subtasks"][1]["dependencies"] == []


def test_removing_a_task_keeps_siblings_of_the_same_number() -> None:
    document = file_of(
        {"id": 1, "title": "t"},
        {"id": 2, "title": "t", "subtasks": [{"id": 1}, {"id": 2, "dependencies": [1]}]},
    )
    assert tasks(document, RemoveTask("1"))[0]["subtasks"][1]["dependencies"] == [1]


def test_removing_one_of_two_equal_ids_keeps_references_to_the_other() -> None:
    document = file_of({"id": 1}, {"id": 1, "title": "again"}, {"id": 2, "dependencies": [1]})
    assert tasks(document, RemoveTask("1#2")) == [{"id": 1}, {"id": 2, "dependencies": [1]}]
    assert tasks(document, RemoveTask("1"))[-1]["dependencies"] == [1]


def test_removing_all_tasks_leaves_an_empty_list() -> None:
    changed = apply_edits(plan(), [RemoveTask("1"), RemoveTask("2"), RemoveTask("3")]).document
    assert '"tasks": []' in changed.text


def test_cleared_and_replaced_subtasks() -> None:
    assert tasks(plan(), ClearSubtasks("1"))[0]["subtasks"] == []
    assert tasks(plan(), ClearSubtasks("1"))[2]["dependencies"] == [1, 2]
    replaced = apply_edits(
        plan(), [ReplaceSubtasks("1", ({"title": "a"}, {"title": "b", "dependencies": [1]}))]
    )
    assert replaced.created == ("1.1", "1.2")
    text = replaced.document.text
    assert text == json.dumps(json.loads(text), indent=2)
    assert json.loads(text)["master"]["tasks"][2]["dependencies"] == [1, 2, "1.2"]


# Moving


def test_a_task_gets_a_free_id_and_its_place_by_number() -> None:
    moved = tasks(plan(), MoveTask("1", "9"))
    assert [(task["id"], task["dependencies"]) for task in moved] == [(2, [9]), (3, [9, 2, "9.2"]), (9, [])]
    assert moved[2]["subtasks"][1]["dependencies"] == [1]


def test_a_taken_id_is_refused() -> None:
    with pytest.raises(Refused, match="a task 2 already"):
        tasks(plan(), MoveTask("1", "2"))


def test_a_subtask_becomes_a_task() -> None:
    moved = tasks(plan(), MoveTask("1.2", "7"))
    assert moved[-1] == {
        "id": 7,
        "title": "Sub two",
        "priority": "medium",
        "dependencies": ["1.1"],
        "subtasks": [],
    }
    assert moved[2]["dependencies"] == [1, 2, 7]
    assert moved[0]["subtasks"][1]["dependencies"] == [7]


def test_a_task_becomes_a_subtask_with_all_its_fields() -> None:
    document = file_of(
        {"id": 1, "title": "a", "subtasks": [{"id": 4}]},
        {"id": 2, "title": "b", "x": 1.5, "dependencies": [1]},
    )
    (only,) = tasks(document, MoveTask("2", "1.5"))
    assert only["subtasks"] == [{"id": 4}, {"id": 5, "title": "b", "x": 1.5, "dependencies": []}]


def test_a_task_with_subtasks_stays_a_task() -> None:
    with pytest.raises(Refused, match="has subtasks"):
        tasks(plan(), MoveTask("1", "2.1"))


def test_a_dependency_that_would_mean_another_task_is_refused() -> None:
    with pytest.raises(Refused, match=r"dependency of 3 on 2"):
        tasks(plan(), MoveTask("3", "1.7"))


def test_a_subtask_moves_behind_a_sibling_or_to_another_parent() -> None:
    assert order(plan(), MoveTask("1.1", "1.2"))[1:4] == ["1.2", "1.1", "1.3"]
    assert order(plan(), MoveTask("1.1", "2.4"))[3:5] == ["2", "2.4"]
    moved = tasks(plan(), MoveTask("1.2", "2.4"))
    assert moved[0]["subtasks"][1]["dependencies"] == ["2.4"]
    assert moved[1]["subtasks"][0]["dependencies"] == ["1.1"]
    assert moved[2]["dependencies"] == [1, 2, "2.4"]


def test_a_moved_subtask_is_indented_as_its_new_place() -> None:
    text = apply_edits(plan(), [MoveTask("1.2", "7"), MoveTask("1.3", "2.1")]).document.text
    assert text == json.dumps(json.loads(text), indent=2)


def test_a_move_to_nowhere_is_refused() -> None:
    for to in ("", " 7", "9.1"):
        with pytest.raises((UsageError, NotFound)):
            tasks(plan(), MoveTask("2", to))
    with pytest.raises(UsageError, match="below itself"):
        tasks(plan(), MoveTask("2", "2.1"))


def test_reordering_keeps_ids() -> None:
    assert order(plan(), Reorder("3", "1"))[:2] == ["3", "1"]
    assert order(plan(), Reorder("1", None))[-4:] == ["1", "1.1", "1.2", "1.3"]
    with pytest.raises(UsageError, match="no sibling"):
        tasks(plan(), Reorder("1.1", "2"))


# Tags


def test_a_tag_is_added_copied_renamed_and_removed() -> None:
    document = apply_edits(plan(), [AddTag("empty"), CopyTag("master", "two", "A copy")]).document
    assert list(document.tags) == ["master", "empty", "two"]
    assert document.tag("two").metadata == {"description": "A copy"}
    copied = [document.text[slice(*document.tag(name).list_span)] for name in ("master", "two")]
    assert copied[0] == copied[1]
    renamed = apply_edits(document, [RenameTag("two", "three"), RemoveTag("empty")]).document
    assert list(renamed.tags) == ["master", "three"]


@pytest.mark.parametrize(
    ("edit", "error"),
    [
        (AddTag("master"), Refused),
        (AddTag("bad name"), UsageError),
        (AddTag("tasks"), UsageError),
        (CopyTag("none", "two"), NotFound),
        (RemoveTag("none"), NotFound),
        (RemoveTag("master"), Refused),
        (RenameTag("master", "x"), Refused),
    ],
)
def test_a_tag_that_cannot_be_is_refused(edit: Edit, error: type[Exception]) -> None:
    with pytest.raises(error):
        apply_edits(plan(), [edit])


def test_a_flat_file_becomes_tagged_with_its_second_tag() -> None:
    document = parse(b'{\n  "tasks": [\n    {\n      "id": 1.10\n    }\n  ],\n  "meta": {}\n}\n')
    applied = apply_edits(document, [AddTag("next")])
    assert applied.document.dialect == "tagged"
    assert list(applied.document.tags) == ["master", "next"]
    assert applied.document.text.startswith('{\n  "master": {\n    "tasks": [\n      {\n        "id": 1.10\n')
    assert apply_edits(applied.document, applied.inverse).document.data == document.data


def test_a_fresh_file_is_ready_for_tasks() -> None:
    text = new_file_text("2026-01-01T00:00:00.000Z")
    document = parse(text.encode())
    assert (document.dialect, document.tag().tasks, text[-1]) == ("tagged", (), "}")
    changed = apply_edits(
        document, [AddTask({"title": "First"}), AddSubtask("1", {"title": "Part"})]
    ).document
    assert changed.text == json.dumps(json.loads(changed.text), indent=2)


def test_entries_that_are_no_tasks_stay_where_they_are() -> None:
    document = parse(b'{"tasks": [{"id": 1}, null, {"id": 2}, "note", {"id": 3}]}')
    for key in "123":
        for before in ("1", "2", "3", None):
            applied = apply_edits(document, [Reorder(key, before)])
            assert apply_edits(applied.document, applied.inverse).document.data == document.data
    removed = apply_edits(document, [RemoveTask("2"), AddTask({"title": "New"}, before="3")])
    assert [json.loads(removed.document.text)["tasks"][place] for place in (1, 2)] == [None, "note"]
    assert apply_edits(removed.document, removed.inverse).document.data == document.data
