"""What is left of a task file that ends too early or breaks somewhere: what stands whole before it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from json import JSONDecodeError
from typing import Any, NamedTuple

from core.tasks.json_text import Reader, read_members, read_value, skip_space


class _Cut(NamedTuple):
    """A position behind something whole, and the brackets that are still open there."""

    end: int
    open: str


def salvage(text: str) -> str | None:
    """The text up to the last whole task, or the last whole entry behind the tasks, with its brackets closed.

    None when nothing whole stands before the place that does not parse. Nothing of what is kept changes.
    """
    start = skip_space(text, 1 if text.startswith("\ufeff") else 0)
    if text[start : start + 1] != "{":
        return None
    cuts: list[_Cut] = []
    with contextlib.suppress(JSONDecodeError):
        read_members(text, start, _noting(cuts, "}"))
    if not cuts:
        return None
    last = max(cuts)
    return text[: last.end] + _closing(text, last.open)


def _noting(cuts: list[_Cut], still_open: str) -> Callable[[str], Reader]:
    """Readers that note the last whole value of an object, and look into the one that is not whole."""

    def choose(key: str) -> Reader:
        def read(text: str, position: int) -> tuple[Any, int]:
            try:
                value, end = read_value(text, position)
            except JSONDecodeError:
                mark = text[position : position + 1]
                if key == "tasks" and mark == "[":
                    cuts.append(_Cut(_whole_items(text, position), "]" + still_open))
                elif mark == "{" and still_open == "}":
                    read_members(text, position, _noting(cuts, "}}"))
                raise
            behind = skip_space(text, end)
            if text[behind : behind + 1] in (",", "}"):  # else a number may have lost its last digits
                cuts.append(_Cut(end, still_open))
            return value, end

        return read

    return choose


def _whole_items(text: str, position: int) -> int:
    """Where the last whole element of the list at `position` ends."""
    end = position + 1
    at = skip_space(text, end)
    while True:
        try:
            _, end = read_value(text, at)
        except JSONDecodeError:
            return end
        at = skip_space(text, end)
        if text[at : at + 1] != ",":
            return end
        at = skip_space(text, at + 1)


def _closing(text: str, still_open: str) -> str:
    """The closing brackets, each on a line of its own where the file has lines."""
    line_end = text.find("\n")
    if line_end < 0:
        return still_open
    newline = "\r\n" if text[line_end - 1 : line_end] == "\r" else "\n"
    second = text[line_end + 1 :]
    unit = second[: len(second) - len(second.lstrip(" \t"))]
    depths = range(len(still_open) - 1, -1, -1)
    return "".join(
        newline + unit * depth + bracket for depth, bracket in zip(depths, still_open, strict=True)
    )
