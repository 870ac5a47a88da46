"""JSON with positions: where values stand, how numbers keep their spelling, what a splice replaces."""

from __future__ import annotations

import json
from json import JSONDecodeError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.tasks.editing.finish import trimmed
from core.tasks.editing.json_style import Style, format_value, quote, reindent, style_of
from core.tasks.json_text import NumberText, Splice, apply_splices, read_items, read_members, read_value

values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(max_size=4), values), st.sampled_from([None, 1, 4, "\t"]))
def test_every_member_stands_where_it_is_said_to(value: dict[str, object], indent: int | str | None) -> None:
    text = "  " + json.dumps(value, indent=indent, ensure_ascii=False) + " rest"
    members, end = read_members(text, 2)
    assert text[end:] == " rest"
    assert {member.key: json.loads(text[slice(*member.span)]) for member in members} == value
    assert all(json.loads("{" + text[slice(*member.entry)] + "}") for member in members)


@settings(max_examples=60, deadline=None)
@given(st.lists(values), st.sampled_from([None, 2]))
def test_every_item_stands_where_it_is_said_to(value: list[object], indent: int | None) -> None:
    text = json.dumps(value, indent=indent)
    items, end = read_items(text, 0)
    assert end == len(text)
    assert [json.loads(text[slice(*item.span)]) for item in items] == value


@settings(max_examples=60, deadline=None)
@given(values)
def test_values_are_written_as_javascript_writes_them(value: object) -> None:
    expected = json.dumps(value, indent=2, ensure_ascii=False)
    assert format_value(value, Style()) == expected
    assert format_value(value, Style(newline="", comma=", ")) == json.dumps(value, ensure_ascii=False)
    assert json.loads(reindent(expected, "", "\t")) == value


def test_a_number_keeps_its_spelling() -> None:
    number, _ = read_value("1.10", 0)
    assert isinstance(number, NumberText)
    assert (number.literal, float(number)) == ("1.10", 1.1)
    assert number != read_value("1.1", 0)[0]
    assert format_value([number], Style(newline="")) == "[1.10]"


@pytest.mark.parametrize("text", ['{"a" 1}', '{"a": 1,}', "{1: 2}", '{"a": 1 "b": 2}', '{"a"', '{"a": ', "{"])
def test_a_broken_object_is_an_error_with_a_position(text: str) -> None:
    with pytest.raises(JSONDecodeError):
        read_members(text, 0)


@pytest.mark.parametrize("text", ["[1 2]", "[1,]", "[", "[1", "[NaN]", "[" * 50_000])
def test_a_broken_list_is_an_error_with_a_position(text: str) -> None:
    with pytest.raises(JSONDecodeError):
        read_items(text, 0)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="ab\n", max_size=12), st.text(alphabet="ab\n", max_size=12))
def test_a_trimmed_splice_makes_one_text_of_the_other(old: str, new: str) -> None:
    splice = trimmed(3, old, new)
    text = "xyz" + old + "end"
    changed = apply_splices(text, [splice] if splice else [])
    assert changed == "xyz" + new + "end"
    assert splice is None or not (splice.old and splice.new and splice.old[0] == splice.new[0])


def test_a_splice_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        apply_splices("abc", [Splice(0, "b", "x")])
    with pytest.raises(ValueError, match="does not fit"):
        apply_splices("abc", [Splice(1, "b", "x"), Splice(0, "a", "x")])


def test_styles_are_read_from_a_sample() -> None:
    assert style_of('{\r\n\t\t"id" : 1\r\n\t}') == Style("\r\n", "\t", " : ", ", ")
    assert style_of('{ "id":1 }') == Style("", "  ", ":", ",", pad=" ")
    assert quote("é\ud800", ascii_only=True) == '"\\u00e9\\ud800"'
