"""Reading task files: dialects, addresses, and what is said about a file that is damaged."""

from __future__ import annotations

import pytest

from core.errors import DamagedFile, NotFound
from core.tasks.document import parse
from core.tasks.identifiers import natural_order, split_ids


def keys(text: str, tag: str | None = None) -> list[str]:
    return [task.key for task in parse(text.encode()).tag(tag).walk()]


def test_a_flat_file_is_the_tag_master() -> None:
    document = parse(b'{"meta": {"a": 1}, "tasks": [{"id": 1}, {"id": 2}], "extra": 5}')
    assert document.dialect == "flat"
    assert list(document.tags) == ["master"]
    assert document.tag().metadata == {"a": 1}


def test_a_tagged_file_without_master_shows_its_only_tag() -> None:
    assert parse(b'{"feature": {"tasks": [{"id": 1}]}}').tag().name == "feature"


def test_an_unknown_tag_is_named_with_those_there_are() -> None:
    with pytest.raises(NotFound, match="master, two"):
        parse(b'{"master": {"tasks": []}, "two": {"tasks": []}}').tag("three")


def test_leaked_internals_are_no_tags() -> None:
    text = b'{"_rawTaggedData": {"tasks": []}, "tag": {"tasks": []}, "master": {"tasks": []}}'
    assert list(parse(text).tags) == ["master"]


@pytest.mark.parametrize(
    ("subtask_id", "key"),
    [
        ("3", "12.3"),
        ('"3"', "12.3"),
        ('"12.3"', "12.3"),
        ("12.10", "12.10"),
        ('"a b"', "12.a b"),
        ("null", "12.?1"),
    ],
)
def test_a_subtask_is_addressed_by_its_dotted_id(subtask_id: str, key: str) -> None:
    assert keys(f'{{"tasks": [{{"id": 12, "subtasks": [{{"id": {subtask_id}}}]}}]}}') == ["12", key]


def test_tasks_of_one_id_stay_addressable() -> None:
    text = '{"tasks": [{"id": 1}, {"id": "1"}, {"id": 1, "subtasks": [{"id": 4}, {"id": 4}]}]}'
    assert keys(text) == ["1", "1#2", "1#3", "1#3.4", "1#3.4#2"]


def test_an_exact_id_wins_over_the_dotted_reading() -> None:
    tag = parse(b'{"tasks": [{"id": "1.2", "title": "task"}, {"id": 1, "subtasks": [{"id": 2}]}]}').tag()
    assert tag.find("1.2").title == "task"


def test_of_equal_keys_the_last_counts() -> None:
    text = '{"master": {"tasks": []}, "master": {"tasks": [{"id": 1}], "tasks": [{"id": 2}, {"id": 3}]}}'
    assert keys(text) == ["2", "3"]
    assert parse(b'{"tasks": [{"id": 1}], "tasks": 5}').tags == {}


def test_subtasks_nest_deeper_than_python_recurses() -> None:
    nested = '{"id": 1}'
    for _ in range(300):
        nested = f'{{"id": 1, "subtasks": [{nested}]}}'
    tag = parse(f'{{"tasks": [{nested}]}}'.encode()).tag()
    assert len(tag.nodes) == 301
    assert sum(1 for _ in tag.walk()) == 301


def test_fields_read_safely_whatever_they_hold() -> None:
    task = parse(b'{"tasks": [{"id": 1, "title": null, "details": 5, "dependencies": "no"}]}').tag().find("1")
    assert (task.title, task.details, task.status, task.priority) == ("", "5", "pending", "")
    assert task.written_dependencies == ()


@pytest.mark.parametrize(
    ("data", "line", "column", "what"),
    [
        (b"", 1, 1, "empty"),
        (b" \n\t", 1, 1, "empty"),
        (b"\0\0\0", 1, 1, "empty"),
        (b'{\n<<<<<<< HEAD\n"a": 1\n=======\n', 2, 1, "git conflict marker <<<<<<<"),
        (b'{"a": [1,\n=======\n2]}', 2, 1, "git conflict marker ======="),
        (b'{"a": 1}\n{"b": 2}', 2, 1, "more text behind the end"),
        (b'{"master": {"tasks": [{"id": 1},', 1, 33, "not valid JSON"),
        (b'{"master": {"tasks": [{"id": 1', 1, 31, "not valid JSON"),
        (b'{"tasks": [\n  {"id": 1, "x": NaN}]}', 2, 18, "JSON: NaN is no JSON value"),
        (b'{"tasks": [\n  {"t": "NaN", "x": [-Infinity]}]}', 2, 22, "JSON: -Infinity is no JSON value"),
        (b'{"a": "ok",\n "b": "\xc3\xa9\xff"}', 2, 9, "not UTF-8"),
        ("{}".encode("utf-16"), 1, 1, "UTF-16"),
        (b"[1]", 1, 1, "another kind of value"),
        (b"nonsense", 1, 1, "not valid JSON"),
        (b'{"tasks": [{"id": 1}{"id": 2}]}', 1, 21, "','"),
        (b'{"a": "x\ny"}', 1, 9, "control character"),
        (b"[" * 100_000, 1, 1, "deep"),
        (b'{"master": {"tasks": [\n' + b"[" * 100_000, 2, 1, "deep"),
        (b'{"a":' * 100_000, 1, 1, "not valid JSON"),
    ],
)
def test_a_damaged_file_says_where(data: bytes, line: int, column: int, what: str) -> None:
    with pytest.raises(DamagedFile) as caught:
        parse(data, "folder/tasks.json")
    error = caught.value
    assert what.lower() in error.what.lower()
    assert error.line == line
    if what != "not valid JSON" or line > 1 or len(data) < 100:
        assert error.column == column
    assert error.message.startswith(f"folder/tasks.json: line {line}, column ")
    assert error.exit_code == 3


def test_a_byte_order_mark_and_carriage_returns_stay() -> None:
    data = b'\xef\xbb\xbf{\r\n  "tasks": []\r\n}\r\n'
    document = parse(data)
    assert document.data == data
    assert document.newline == "\r\n"


def test_huge_numbers_and_lone_surrogates_are_read() -> None:
    data = b'{"tasks": [{"id": ' + b"9" * 5000 + b', "title": "\\ud800"}]}'
    assert parse(data).data == data


def test_ids_sort_as_people_count() -> None:
    assert sorted(["10", "2", "1.10", "1.2", "b", "1"], key=natural_order) == [
        "1",
        "1.2",
        "1.10",
        "2",
        "10",
        "b",
    ]
    assert split_ids("5,6.1  7") == ["5", "6.1", "7"]
