"""Reads a list out of an answer that is still arriving: complete items, and the beginning of the next one."""

from __future__ import annotations

import json
from typing import Any, cast

from pydantic_core import from_json


class ItemScanner:
    """Finds the items of the list in `{"name": [ {...}, {...} ]}` while the text grows.

    Every character is looked at once. An item is complete when a comma or the list's end follows it.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._key: list[str] = []
        self._text: list[str] = []
        self._item: list[str] = []
        self._depth = 0
        self._list_depth = 0
        self._in_string = False
        self._escaped = False
        self._closed = False

    @property
    def text(self) -> str:
        return "".join(self._text)

    def feed(self, text: str) -> list[str]:
        """Take the next piece of the answer; the texts of the items it completes."""
        self._text.append(text)
        complete: list[str] = []
        for character in text:
            if self._step(character):
                item = "".join(self._item).strip()
                self._item.clear()
                if item:
                    complete.append(item)
        return complete

    def unfinished(self) -> dict[str, Any]:
        """The fields of the item that is arriving, the last text as far as it came; empty between items."""
        text = "".join(self._item).strip()
        if not text.startswith("{"):
            return {}
        try:
            found = from_json(text, allow_partial="trailing-strings")
        except ValueError:
            return {}
        return cast("dict[str, Any]", found) if isinstance(found, dict) else {}

    def _step(self, character: str) -> bool:
        """Take one character; whether it ends an item."""
        in_list = self._list_depth > 0 and not self._closed
        if self._in_string:
            self._in_string_step(character)
        elif character == '"':
            self._in_string = True
            self._key.clear()
        elif character in "{[":
            return self._open(character, in_list)
        elif character in "}]":
            self._depth -= 1
            if in_list and self._depth < self._list_depth:
                self._closed = True
                return True
        elif character == "," and in_list and self._depth == self._list_depth:
            return True
        if in_list:
            self._item.append(character)
        return False

    def _in_string_step(self, character: str) -> None:
        if self._escaped:
            self._escaped = False
        elif character == "\\":
            self._escaped = True
        elif character == '"':
            self._in_string = False
        elif self._depth == 1:
            self._key.append(character)

    def _open(self, character: str, in_list: bool) -> bool:
        self._depth += 1
        if in_list:
            self._item.append(character)
        elif character == "[" and self._depth == 2 and "".join(self._key) == self._name:
            self._list_depth = self._depth
        return False


def whole_list(text: str, name: str) -> tuple[list[Any] | None, str]:
    """The list called `name` of a complete answer, or None and what is wrong with the answer.

    Text around the JSON object, such as a code fence, is passed over.
    """
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end < start:
        return None, "it is not JSON"
    try:
        found = cast("dict[str, Any]", json.loads(text[start : end + 1]))
    except json.JSONDecodeError as error:
        return None, f"it is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}"
    except RecursionError:
        return None, "it is nested too deeply"
    items = found.get(name)
    if not isinstance(items, list):
        return None, f"it has no list called “{name}”"
    return cast("list[Any]", items), ""
