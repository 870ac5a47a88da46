"""Takes a forge's JSON answers apart; what is not of the kind that was expected reads as nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from core.plain_text import printable, shorten
from core.secrets import redact

_LONGEST_CAUSE = 300


def rows(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list; anything else in it reads as an empty one."""
    found = cast("list[Any]", value) if isinstance(value, list) else []
    return [members(row) for row in found]


def members(value: Any) -> Mapping[str, Any]:
    """The members of an object."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def text(value: Any) -> str:
    """A text as it may be shown."""
    return printable(value, newlines=True) if isinstance(value, str) else ""


def error_text(body: Any) -> str:
    """What an error object says is wrong, in one line; empty for anything else.

    GitHub and Gitea have `message` and a list `errors`; GitLab has `message` as a text, a list or lists by
    field, or `error` with `error_description`.
    """
    answer = members(body)
    said = [*_said(answer.get("message")), *_said(answer.get("error")), *_said(answer.get("errors"))]
    said += _said(answer.get("error_description"))
    words = [part.strip(" .") for part in said if part.strip(" .")]
    return shorten(printable(redact(": ".join(dict.fromkeys(words)))), _LONGEST_CAUSE)


def _said(value: Any) -> list[str]:
    if isinstance(value, list):
        return [part for one in cast("list[Any]", value) for part in _said(one)]
    if isinstance(value, dict):
        fields = members(cast("Any", value))
        if "message" in fields or "code" in fields:
            return _said(fields.get("message") or fields.get("code"))
        return [part for name, one in fields.items() for part in (f"{name} {said}" for said in _said(one))]
    return [value] if isinstance(value, str) else []
