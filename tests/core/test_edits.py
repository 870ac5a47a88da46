"""Edits of fields and dependencies: what the file reads afterwards, line by line."""

from __future__ import annotations

import difflib
import json

import pytest

from core.errors import NotFound, Refused, UsageError
from core.tasks.document import parse
from core.tasks.edits import (
    AddDependency,
    AddTask,
    Edit,
    EditField,
    RemoveDependency,
    SetDependencies,
    SetStatus,
    apply_edits,
    cascade_for,
    describe,
)

PRETTY = json.dumps(
    {
        "master": {
            "tasks": [
                {
                    "id": 1,
                    "title": "One",
                    "status": "pending",
                    "dependencies": [],
                    "subtasks": [
                        {"id": 1, "title": "Sub one", "status": "done"},
                        {"id": 2, "title": "Sub two", "status": "pending", "dependencies": [1]},
                        {"id": 3, "title": "Sub three", "status": "pending"},
                    ],
                },
                {"id": 2, "title": "Two", "description": "d", "dependencies": [1], "status": "pending"},
                {"id": 3, "title": "Three", "dependencies": [1, 2, "1.2"], "status": "done"},
                {"id": 4, "title": "Four", "details": ["a", "list"]},
            ],
            "metadata": {"created": "2025"},
        }
    },
    indent=2,
)


def change(text: str, *edits: Edit, tag: str | None = None) -> str:
    return apply_edits(parse(text.encode()), edits, tag).document.text


def difference(*edits: Edit, text: str = PRETTY) -> list[str]:
    lines = difflib.unified_diff(text.split("\n"), change(text, *edits).split("\n"), lineterm="", n=0)
    return [line[0] + line[1:].strip() for line in lines if line[:2] not in ("--", "++", "@@")]


def test_a_status_is_one_line() -> None:
    assert difference(SetStatus("1.2", "done")) == ['-"status": "pending",', '+"status": "done",']


def test_the_status_that_is_there_changes_nothing() -> None:
    applied = apply_edits(parse(PRETTY.encode()), [SetStatus("2", "pending")])
    assert (applied.splices, applied.inverse) == ((), ())


def test_an_unknown_status_names_those_there_are() -> None:
    with pytest.raises(UsageError, match="nope") as caught:
        change(PRETTY, SetStatus("2", "nope"))
    assert "pending, in-progress, review, done, blocked, deferred, cancelled, completed" in caught.value.hint


def test_an_unknown_task_is_named() -> None:
    with pytest.raises(NotFound, match="no task 17"):
        change(PRETTY, SetStatus("17", "done"))


def test_a_new_field_follows_the_one_before_it_in_task_masters_order() -> None:
    assert difference(EditField("2", "details", "x")) == ['+"details": "x",']
    lines = change(PRETTY, EditField("2", "details", "x"), EditField("2", "priority", "low")).split("\n")
    fields = [line.split('"')[1] for line in lines if line.startswith(" " * 8 + '"')]
    assert fields[5:11] == ["id", "title", "description", "details", "priority", "dependencies"]


def test_a_field_can_be_removed_with_its_line() -> None:
    assert difference(EditField("2", "description", None)) == ['-"description": "d",']


def test_text_is_written_as_javascript_does() -> None:
    text = change(PRETTY, EditField("2", "title", 'é → 😀 "q" \\ \n\t\x01\x7f\u2028 \ud800'))
    assert '"é → 😀 \\"q\\" \\\\ \\n\\t\\u0001\x7f\u2028 \\ud800"' in text
    assert parse(text.encode()).tag().find("2").title.startswith("é → 😀")


def test_a_file_that_escapes_everything_is_followed() -> None:
    text = PRETTY.replace("One", "Caf\\u00e9")
    assert '"title": "na\\u00efve"' in change(text, EditField("2", "title", "naïve"))
    assert '"title": "naïve"' in change(
        PRETTY.replace("One", "C:\\\\u00e9"), EditField("2", "title", "naïve")
    )
    assert '"title": "naïve"' in change(PRETTY.replace("One", "\\u001b"), EditField("2", "title", "naïve"))


def test_fields_that_hold_structure_are_no_text() -> None:
    for field in ("id", "subtasks", "dependencies", ""):
        with pytest.raises(UsageError):
            change(PRETTY, EditField("2", field, "x"))
    with pytest.raises(UsageError, match="holds a list"):
        change(PRETTY, EditField("4", "details", "x"))
    with pytest.raises(UsageError, match="needs a title"):
        change(PRETTY, EditField("2", "title", " "))
    with pytest.raises(UsageError, match="not a status"):
        change(PRETTY, EditField("2", "status", "x"))


def test_a_spelling_of_the_file_is_kept() -> None:
    text = '{"tasks":[{"id":1,"title":"t","test_strategy":"old"}]}'
    assert change(text, EditField("1", "testStrategy", "new")) == text.replace("old", "new")


def test_of_two_equal_keys_the_last_is_edited() -> None:
    text = '{"tasks":[{"id":1,"title":"t","status":"done","status":"pending"}]}'
    changed = change(text, SetStatus("1", "review"))
    assert changed == text.replace("pending", "review")
    assert change(text, EditField("1", "status", None)) == '{"tasks":[{"id":1,"title":"t"}]}'


@pytest.mark.parametrize("indent", [None, 1, 2, 4, "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_layout_of_the_file_is_followed(indent: int | str | None, newline: str) -> None:
    text = json.dumps(json.loads(PRETTY), indent=indent).replace("\n", newline)
    new = {"id": 2, "title": "Two", "description": "d", "details": "x", "dependencies": [1, 3]}
    data = json.loads(PRETTY)
    data["master"]["tasks"][1] = {**new, "status": "pending"}
    expected = json.dumps(data, indent=indent).replace("\n", newline)
    assert change(text, EditField("2", "details", "x"), SetDependencies("2", ("1",))) != text
    edits = [EditField("2", "details", "x"), RemoveDependency("3", "2"), AddDependency("2", "3")]
    data["master"]["tasks"][2]["dependencies"] = [1, "1.2"]
    expected = json.dumps(data, indent=indent).replace("\n", newline)
    assert change(text, *edits) == expected


# Dependencies


def test_a_dependency_is_written_as_the_others_are() -> None:
    assert difference(AddDependency("2", "1.1"))[-1] == '+"1.1"'
    assert difference(AddDependency("1.3", "1.2"), text=PRETTY)[-3:] == ['+"dependencies": [', "+2", "+],"]
    strings = PRETTY.replace("[\n          1", '[\n          "1"')
    assert '+"2"' in difference(AddDependency("4", "2"), text=strings)


def test_a_dependency_that_is_there_changes_nothing() -> None:
    assert difference(AddDependency("1.2", "1.1")) == []
    assert difference(SetDependencies("3", ("1", "2", "1.2"))) == []


def test_dotted_siblings_stay_dotted() -> None:
    text = PRETTY.replace('"dependencies": [\n              1\n', '"dependencies": [\n              "1.1"\n')
    assert '+"1.2"' in difference(AddDependency("1.3", "2"), text=text)


def test_a_dependency_on_itself_or_a_cycle_is_refused() -> None:
    with pytest.raises(Refused, match="cannot depend on itself"):
        change(PRETTY, AddDependency("2", "2"))
    with pytest.raises(Refused, match=r"1 → 3 → (2 → )?1"):
        change(PRETTY, AddDependency("1", "3"))
    with pytest.raises(Refused, match=r"1\.1 → 1\.2 → 1\.1"):
        change(PRETTY, SetDependencies("1.1", ("2",)))


def test_an_unknown_dependency_is_named() -> None:
    with pytest.raises(NotFound, match="2 cannot depend on 77"):
        change(PRETTY, AddDependency("2", "77"))
    with pytest.raises(NotFound, match="its dependencies are: 1"):
        change(PRETTY, RemoveDependency("2", "3"))


def test_a_subtask_cannot_name_a_whole_task() -> None:
    with pytest.raises(Refused, match=r"sibling 1\.4"):
        change(PRETTY, AddDependency("1.3", "4"))


def test_a_dependency_goes_by_its_dotted_key_too() -> None:
    assert (
        parse(change(PRETTY, RemoveDependency("1.2", "1.1")).encode()).tag().find("1.2").raw["dependencies"]
        == []
    )


def test_a_dangling_dependency_can_be_removed_and_the_rest_kept() -> None:
    text = PRETTY.replace('"1.2"\n', '"9.9"\n')
    assert json.loads(change(text, RemoveDependency("3", "9.9")))["master"]["tasks"][2]["dependencies"] == [
        1,
        2,
    ]
    kept = change(text, SetDependencies("3", ("9.9", "1")))
    assert json.loads(kept)["master"]["tasks"][2]["dependencies"] == ["9.9", 1]


# What follows a status


def test_the_cascade_is_offered_not_applied() -> None:
    document = parse(PRETTY.encode())
    assert cascade_for(document, None, [SetStatus("1.2", "in-progress")]) == (SetStatus("1", "in-progress"),)
    both = [SetStatus("1.2", "done"), SetStatus("1.3", "completed")]
    assert cascade_for(document, None, both) == (SetStatus("1", "done"),)
    assert cascade_for(document, None, [SetStatus("1", "done")]) == (
        SetStatus("1.2", "done"),
        SetStatus("1.3", "done"),
    )
    assert cascade_for(document, None, [SetStatus("1.1", "pending")]) == ()
    assert cascade_for(document, None, [EditField("1", "title", "x")]) == ()


def test_edits_are_told_in_one_line() -> None:
    assert describe(SetStatus("12.3", "done")) == "set 12.3 to done"
    assert describe(AddTask({"title": "Ship it"})) == 'add task "Ship it"'
    assert describe(EditField("2", "details", None)) == "remove details of 2"
