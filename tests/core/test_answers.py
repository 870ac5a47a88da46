"""Items are found in an answer however it is cut into pieces."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.planning.asking.answers import ItemScanner, whole_list

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    items=st.lists(st.dictionaries(st.text(), VALUES, max_size=4), max_size=6),
    cuts=st.lists(st.integers(1, 9), min_size=1, max_size=20),
    indent=st.sampled_from([None, 1]),
    escape=st.booleans(),
    other=st.dictionaries(st.text().filter(lambda key: key != "tasks"), VALUES, max_size=2),
)
def test_the_items_are_those_of_the_whole_text(
    items: list[dict[str, Any]], cuts: list[int], indent: int | None, escape: bool, other: dict[str, Any]
) -> None:
    text = json.dumps({**other, "tasks": items, "after": [1, {"a": []}]}, indent=indent, ensure_ascii=escape)
    scanner = ItemScanner("tasks")
    found: list[str] = []
    at = 0
    for size in cuts * (len(text) + 1):
        if at >= len(text):
            break
        found += scanner.feed(text[at : at + size])
        at += size
    assert [json.loads(item) for item in found] == items
    assert whole_list(text, "tasks") == (items, "")


@given(text=st.text(alphabet='{}[]",:\\ tasknumer1é', max_size=60))
def test_any_text_can_be_fed(text: str) -> None:
    scanner = ItemScanner("tasks")
    for character in text:
        scanner.feed(character)
        scanner.unfinished()
    whole_list(text, "tasks")


def test_an_item_is_complete_only_when_something_follows_it() -> None:
    scanner = ItemScanner("tasks")
    assert scanner.feed('{"tasks": [{"id": 1, "title": "A, ]} b') == []
    assert scanner.unfinished() == {"id": 1, "title": "A, ]} b"}
    assert scanner.feed('c"}') == []
    assert scanner.feed(" ,") == ['{"id": 1, "title": "A, ]} bc"}']
    assert scanner.unfinished() == {}
    assert scanner.feed('{"id": 2} ]') == ['{"id": 2}']


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "it is not JSON"),
        ("sorry", "it is not JSON"),
        ('{"tasks": [}', "it is not valid JSON: Expecting value at line 1, column 12"),
        ('{"items": []}', "it has no list called “tasks”"),
        ('{"tasks": {}}', "it has no list called “tasks”"),
        ('{"tasks": ' + "[" * 100_000 + "]" * 100_000 + "}", "it is nested too deeply"),
    ],
)
def test_what_is_wrong_is_said(text: str, wrong: str) -> None:
    assert whole_list(text, "tasks") == (None, wrong)


def test_a_fence_around_the_answer_is_passed_over() -> None:
    assert whole_list('Here:\n```json\n{"tasks": [1]}\n```\n', "tasks") == ([1], "")
