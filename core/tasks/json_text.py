"""JSON that remembers where each value stands in its text, so that an edit can touch that value only.

Values are parsed by the standard library's C scanner; only the containers whose inner positions
matter are walked here. Stricter than `json.loads` where JavaScript is: NaN and Infinity are errors.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from json import JSONDecodeError
from typing import Any, NamedTuple, NoReturn, cast

type_names: dict[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a text",
    bool: "true or false",
    type(None): "null",
}


class NumberText(float):
    """A number that keeps the way it is written, because the id 1.10 is not the id 1.1."""

    __slots__ = ("literal",)
    literal: str

    def __new__(cls, literal: str) -> NumberText:
        number = super().__new__(cls, literal)
        number.literal = literal
        return number

    def __eq__(self, other: object) -> bool:
        if isinstance(other, NumberText):
            return self.literal == other.literal
        return super().__eq__(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = float.__hash__


def _read_int(literal: str) -> int | NumberText:
    # Python refuses to convert integers of more than 4300 digits; they are legal JSON all the same.
    return int(literal) if len(literal) < 4000 else NumberText(literal)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")


_decoder = json.JSONDecoder(parse_float=NumberText, parse_int=_read_int, parse_constant=_refuse_constant)
_scan_once = cast("Callable[[str, int], tuple[Any, int]]", _decoder.scan_once)  # pyright: ignore
_scan_string = cast("Callable[[str, int, bool], tuple[str, int]]", json.decoder.scanstring)  # pyright: ignore
_skip_space = re.compile(r"[ \t\n\r]*").match


class Span(NamedTuple):
    """Half-open range of character positions in a text."""

    start: int
    end: int


class Item(NamedTuple):
    """One element of a list: its parsed value and where it stands."""

    value: Any
    span: Span


class Member(NamedTuple):
    """One entry of an object: `entry` spans key, colon and value; `span` the value alone."""

    key: str
    value: Any
    entry: Span
    span: Span


Reader = Callable[[str, int], tuple[Any, int]]


def skip_space(text: str, position: int) -> int:
    """The first position at or after `position` that holds no JSON white space."""
    match = _skip_space(text, position)
    return match.end() if match else position


def read_value(text: str, position: int) -> tuple[Any, int]:
    """Parse the value that starts at `position`; returns it and the position behind it.

    Raises JSONDecodeError with the position; also for values nested too deep.
    """
    try:
        return _scan_once(text, position)
    except StopIteration as stop:
        raise JSONDecodeError("Expecting value", text, stop.value) from None
    except JSONDecodeError:
        raise
    except RecursionError:
        raise JSONDecodeError("Nested too deep to read", text, position) from None
    except ValueError as error:
        raise JSONDecodeError(str(error), text, _constant_position(text, position)) from None


_constant_or_string = re.compile(r'"(?:[^"\\]|\\.)*"|(-?Infinity|NaN)')


def _constant_position(text: str, position: int) -> int:
    found = (match.start(1) for match in _constant_or_string.finditer(text, position) if match[1])
    return next(found, position)


def read_members(
    text: str, position: int, read: Callable[[str], Reader] | None = None
) -> tuple[list[Member], int]:
    """Walk the object that starts at `position`; `read(key)` chooses how each value is parsed."""
    members: list[Member] = []
    at = skip_space(text, position + 1)
    if text[at : at + 1] == "}":
        return members, at + 1
    while True:
        if text[at : at + 1] != '"':
            raise JSONDecodeError("Expecting property name enclosed in double quotes", text, at)
        key, behind_key = _scan_string(text, at + 1, True)
        colon = skip_space(text, behind_key)
        if text[colon : colon + 1] != ":":
            raise JSONDecodeError("Expecting ':' delimiter", text, colon)
        start = skip_space(text, colon + 1)
        value, end = (read(key) if read else read_value)(text, start)
        members.append(Member(key, value, Span(at, end), Span(start, end)))
        at = skip_space(text, end)
        mark = text[at : at + 1]
        if mark == "}":
            return members, at + 1
        if mark != ",":
            raise JSONDecodeError("Expecting ',' delimiter", text, at)
        at = skip_space(text, at + 1)


def read_items(text: str, position: int) -> tuple[list[Item], int]:
    """Walk the list that starts at `position`."""
    items: list[Item] = []
    at = skip_space(text, position + 1)
    if text[at : at + 1] == "]":
        return items, at + 1
    while True:
        value, end = read_value(text, at)
        items.append(Item(value, Span(at, end)))
        at = skip_space(text, end)
        mark = text[at : at + 1]
        if mark == "]":
            return items, at + 1
        if mark != ",":
            raise JSONDecodeError("Expecting ',' delimiter", text, at)
        at = skip_space(text, at + 1)


@dataclass(frozen=True, slots=True)
class Splice:
    """Replace `text[start:start + len(old)]`, which must read `old`, by `new`."""

    start: int
    old: str
    new: str


def apply_splices(text: str, splices: list[Splice]) -> str:
    """Apply splices given in ascending, non-overlapping order of the positions in `text`."""
    pieces: list[str] = []
    at = 0
    for splice in splices:
        end = splice.start + len(splice.old)
        if splice.start < at or text[splice.start : end] != splice.old:
            raise ValueError(f"splice at {splice.start} does not fit the text")
        pieces += text[at : splice.start], splice.new
        at = end
    pieces.append(text[at:])
    return "".join(pieces)
