"""Task ids: any text, compared as text, addressed by dotted path."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from core.errors import UsageError
from core.tasks.json_text import NumberText


def id_text(raw: Any) -> str:
    """The text of an id as it is written in the file: 12, "12", 1.10 and "auth" all stand for themselves."""
    if isinstance(raw, str):
        return raw
    if isinstance(raw, NumberText):
        return raw.literal
    if isinstance(raw, int) and not isinstance(raw, bool):
        return str(raw)
    return json.dumps(raw, ensure_ascii=False)


def split_ids(text: str) -> list[str]:
    """Split a list as people type it: `5,6.1 7` gives three ids. Raises UsageError when none is left."""
    ids = [part for part in re.split(r"[,\s]+", text.strip()) if part]
    if not ids:
        raise UsageError("No task id was given.", "Name one or more ids, such as 5 or 5,6.1.")
    return ids


def named_tasks(keys: Sequence[str]) -> str:
    """`task 5`, `tasks 5, 6`; of many the first eight."""
    named = ", ".join(keys[:8]) + (" …" if len(keys) > 8 else "")
    return f"task {named}" if len(keys) == 1 else f"tasks {named}"


_NUMBER = re.compile(r"(\d+)")


def natural_order(identifier: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key that puts 2 before 10 and 1.2 before 1.10."""
    parts = (part for part in _NUMBER.split(identifier) if part)
    return tuple(
        (0, int(part), "") if part.isdigit() and len(part) < 4000 else (1, 0, part) for part in parts
    )


def repeated_texts(values: list[Any]) -> list[str]:
    """Values that occur more than once in a list, as texts, each once."""
    counts = Counter(id_text(value) for value in values)
    return [text for text, count in counts.items() if count > 1]
