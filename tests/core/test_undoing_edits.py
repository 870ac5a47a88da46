"""Undoing on a file that was changed meanwhile: its own field goes back, or both values are shown."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.errors import Conflict, Refused
from core.tasks.document import TaskDocument, parse
from core.tasks.edits import (
    AddDependency,
    AddSubtask,
    AddTag,
    AddTask,
    ClearSubtasks,
    Edit,
    EditField,
    MoveTask,
    RemoveTag,
    RemoveTask,
    Reorder,
    ReplaceText,
    SetStatus,
    apply_edits,
    edit_from_json,
    edit_to_json,
    new_file_text,
)

TASKS: list[dict[str, Any]] = [
    {"id": 1, "title": "One", "status": "pending", "dependencies": []},
    {"id": 2, "title": "Two", "dependencies": [1], "subtasks": [{"id": 1, "title": "Sub"}]},
    {"id": 3, "title": "Three", "dependencies": [1, 2]},
]


def document() -> TaskDocument:
    return parse(json.dumps({"master": {"tasks": TASKS}, "other": {"tasks": []}}, indent=2).encode())


def undone(mine: list[Edit], theirs: list[Edit]) -> TaskDocument:
    """The file after `mine`, then `theirs`, then undoing `mine`."""
    applied = apply_edits(document(), mine, "master")
    between = apply_edits(applied.document, theirs, "master").document
    inverse = [edit_from_json(json.loads(json.dumps(edit_to_json(edit)))) for edit in applied.inverse]
    return apply_edits(between, inverse, "master").document


def only(theirs: list[Edit]) -> str:
    return apply_edits(document(), theirs, "master").document.text


OTHER_FIELD: list[Edit] = [EditField("3", "details", "theirs"), EditField("3", "title", "theirs")]


@pytest.mark.parametrize(
    "mine",
    [
        [SetStatus("1", "done")],
        [EditField("1", "title", "mine"), EditField("1", "priority", "high")],
        [EditField("1", "status", None)],
        [AddTask({"title": "new"})],
        [AddSubtask("1", {"title": "new"})],
        [RemoveTask("2.1")],
        [RemoveTask("2")],
        [ClearSubtasks("2")],
        [Reorder("3", "1")],
        [AddTag("fresh")],
        [RemoveTag("other")],
    ],
)
def test_what_others_changed_elsewhere_stays(mine: list[Edit]) -> None:
    assert undone(mine, OTHER_FIELD).text == only(OTHER_FIELD)


def test_a_value_changed_since_is_shown_with_the_expected_one() -> None:
    with pytest.raises(Conflict, match=r'status of 1 .*"done".*"review"'):
        undone([SetStatus("1", "done")], [SetStatus("1", "review")])
    with pytest.raises(Conflict, match=r'priority of 1 .*"high".*"low"'):
        undone([EditField("1", "priority", "high")], [EditField("1", "priority", "low")])
    with pytest.raises(Conflict, match=r"status of 1 .*nothing.*\"done\""):
        undone([EditField("1", "status", None)], [SetStatus("1", "done")])


def test_a_value_that_is_back_already_is_no_conflict() -> None:
    theirs: list[Edit] = [SetStatus("1", "pending")]
    assert undone([SetStatus("1", "done")], theirs).text == document().text


def test_a_new_task_that_was_edited_is_not_taken_away() -> None:
    with pytest.raises(Conflict, match=r'title of 4 .*"new".*"theirs"'):
        undone([AddTask({"title": "new"})], [EditField("4", "title", "theirs")])


def test_a_task_whose_id_is_taken_again_is_not_put_back() -> None:
    with pytest.raises(Conflict, match="task 3"):
        undone([RemoveTask("3")], [AddTask({"title": "theirs", "id": 3})])


def test_a_task_comes_back_where_it_was_though_others_came() -> None:
    back = undone([RemoveTask("2")], [AddTask({"title": "theirs"}, before="1"), RemoveTask("3")])
    assert [task.title for task in back.tag("master").tasks] == ["theirs", "One", "Two"]


def test_dependencies_added_by_others_stay() -> None:
    back = undone([RemoveTask("2")], [AddTask({"title": "x"}), AddDependency("3", "4")])
    assert back.tag("master").find("3").written_dependencies == ("1", "2", "4")


def test_a_subtask_whose_parent_is_gone_is_not_put_back() -> None:
    with pytest.raises(Conflict, match="subtasks of 2"):
        undone([RemoveTask("2.1")], [RemoveTask("2")])


def test_a_move_is_undone_with_all_it_rewrote() -> None:
    assert undone([MoveTask("2", "9")], [EditField("1", "title", "x")]).text == only(
        [EditField("1", "title", "x")]
    )


def test_a_replaced_file_comes_back_unless_it_changed() -> None:
    assert undone([ReplaceText(new_file_text())], []).data == document().data
    with pytest.raises(Conflict, match="sha256"):
        undone([ReplaceText(new_file_text())], [AddTask({"title": "x"})])


def test_a_removed_tag_whose_name_is_taken_is_not_put_back() -> None:
    with pytest.raises(Conflict, match="other"):
        undone([RemoveTag("other")], [AddTag("other", None, "theirs")])


def test_an_edit_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(Refused, match="warp"):
        edit_from_json({"edit": "warp"})
    with pytest.raises(Refused, match="not complete"):
        edit_from_json({"edit": "set-status", "key": "1"})
