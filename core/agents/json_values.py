"""Values out of JSON that may have any shape: the wanted kind, or its empty value."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any, cast

Object = dict[str, Any]


def text(value: object) -> str:
    """A text as it is, a number as text, everything else as ""."""
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return ""


def number(value: object) -> float | None:
    """A finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        wanted = float(value)
    except OverflowError:
        return None
    return wanted if math.isfinite(wanted) else None


def count(value: object) -> int:
    """A whole number of at least 0."""
    found = number(value)
    return max(0, int(found)) if found is not None else 0


def whole(value: object) -> int | None:
    """A whole number, or None."""
    found = number(value)
    return int(found) if found is not None else None


def seconds(milliseconds: object) -> float:
    """Milliseconds as seconds of at least 0."""
    return max(0.0, (number(milliseconds) or 0.0) / 1000)


def mapping(value: object) -> Object:
    """A JSON object, or an empty one."""
    return cast("Object", value) if isinstance(value, dict) else {}


def sequence(value: object) -> list[Any]:
    """A JSON array, or an empty one."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def objects(value: object) -> list[Object]:
    """The objects in a JSON array."""
    return [cast("Object", item) for item in sequence(value) if isinstance(item, dict)]


def texts(value: object) -> tuple[str, ...]:
    """The texts in a JSON array."""
    return tuple(item for item in sequence(value) if isinstance(item, str))


def moment(value: object) -> float:
    """Epoch seconds of an ISO date, 0.0 for what is none."""
    if not isinstance(value, str) or not value:
        return 0.0
    try:
        found = datetime.fromisoformat(value)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return 0.0
