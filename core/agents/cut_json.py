"""Makes a JSON object whole again of which only the beginning is there."""

from __future__ import annotations

import json
import re
from collections import deque
from typing import Any, cast

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],]|"', re.DOTALL)
_CLOSES = {"{": "}", "[": "]"}
_TRIES = 8
_DEEPEST = 100  # a stranger wrote it: nesting must not cost time


def complete(beginning: str) -> dict[str, Any] | None:
    """The object without what was cut off; a text that was cut in half ends there. None if it is none."""
    stack: list[str] = []
    # Where the text can be cut with everything before it whole.
    commas: deque[tuple[int, str]] = deque(maxlen=_TRIES)
    inside = False
    for token in _TOKEN.finditer(beginning):
        sign = token[0]
        if sign in _CLOSES:
            if len(stack) == _DEEPEST:
                return None
            stack.append(_CLOSES[sign])
            commas.append((token.end(), "".join(reversed(stack))))
        elif sign in "}]" and stack:
            stack.pop()
        elif sign == ",":
            commas.append((token.start(), "".join(reversed(stack))))
        elif sign == '"':
            inside = True
            break
    ends = "".join(reversed(stack))
    tries = [_unescaped(beginning) + '"' + ends] if inside else [beginning + ends]
    tries += [beginning[:place] + closing for place, closing in reversed(commas)]
    for text in tries:
        try:
            value: object = json.loads(text)
        except (ValueError, RecursionError):
            continue
        return cast("dict[str, Any]", value) if isinstance(value, dict) else None
    return None


def _unescaped(beginning: str) -> str:
    """Without an escape that was cut in half at the end."""
    tail = re.search(r"\\(?:u[0-9a-fA-F]{0,3})?$", beginning)
    if tail and (len(beginning[: tail.start()]) - len(beginning[: tail.start()].rstrip("\\"))) % 2 == 0:
        return beginning[: tail.start()]
    return beginning
