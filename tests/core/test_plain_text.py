"""Text from files cannot steer a terminal, and takes the cells it is said to take."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.plain_text import cell_width, dollars, pad, plural, printable, printable_json, shorten, wrap

BIDI = [chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain title", "plain title"),
        ("[red]markup[/] stays", "[red]markup[/] stays"),
        ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
        ("\x1b]0;title\x07", "␛]0;title␇"),
        ("\x9b31m", "\\x9b31m"),
        ("null\0 del\x7f", "null␀ del␡"),
        ("two\r\nlines\tand a tab", "two lines and a tab"),
        ("evil\u202egnp.exe", "evil\\u202egnp.exe"),
        ("\ud83d alone", "\\ud83d alone"),
        ("日本語 é 🎉 שלום", "日本語 é 🎉 שלום"),
        ("", ""),
    ],
)
def test_printable_shows_what_a_terminal_would_have_acted_on(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_printable_keeps_line_breaks_where_asked() -> None:
    assert printable("a\r\nb\rc\u2028d\x85e\tf\x1bg", newlines=True) == "a\nb\nc\nd\ne    f␛g"


@given(st.text(st.characters(exclude_categories=()), max_size=200), st.booleans())
def test_printable_leaves_no_control_character(text: str, newlines: bool) -> None:
    shown = printable(text, newlines)
    left = {character for character in shown if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")}
    assert left <= ({"\n"} if newlines else set())
    assert not any(character in BIDI for character in shown)
    shown.encode("utf-8")
    assert printable(shown, newlines) == shown


@given(st.text(max_size=100))
def test_printable_json_is_the_same_value(text: str) -> None:
    written = json.dumps({"title": text}, ensure_ascii=False)
    safe = printable_json(written)
    assert json.loads(safe) == {"title": text}
    assert not any(0x7F <= ord(character) <= 0x9F for character in safe)


@pytest.mark.parametrize(
    ("text", "cells"), [("abc", 3), ("日本", 4), ("e\u0301", 1), ("ｗｉｄｅ", 8), ("🎉", 2), ("a\u200bb", 2)]
)
def test_cell_width(text: str, cells: int) -> None:
    assert cell_width(text) == cells


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 4, "abc…"),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"),
        ("abc", 0, ""),
    ],
)
def test_shorten_says_that_something_was_cut(text: str, width: int, shown: str) -> None:
    assert shorten(text, width) == shown
    assert cell_width(shown) <= width


def test_pad_counts_cells() -> None:
    assert pad("日本", 6) == "日本  "


@given(st.text("ab 日\n", max_size=120), st.integers(8, 40))
def test_wrap_loses_no_word_and_fits(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(cell_width(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_wrap_hangs_list_items_and_keeps_lines_that_fit() -> None:
    assert wrap("- one two three\n    code  x", 12) == ["- one two", "  three", "    code  x"]
    assert wrap("12. one two three", 12) == ["12. one two", "    three"]


def test_a_price_has_two_digits_and_four_below_a_cent() -> None:
    assert [dollars(amount) for amount in (0, 0.0019, 0.0099, 0.01, 1.255, 12)] == [
        "$0.00", "$0.0019", "$0.0099", "$0.01", "$1.25", "$12.00",
    ]  # fmt: skip


def test_one_is_one_and_none_is_many() -> None:
    assert [plural(count, "commit") for count in (0, 1, 2)] == ["0 commits", "1 commit", "2 commits"]
