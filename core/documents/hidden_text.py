"""Characters that no document may hold: controls, reversed reading direction, invisible letters."""

from __future__ import annotations

import re

from core.plain_text import printable

HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
    "|\r(?!\n)"
    # Tag letters spell text that only a model reads; behind a black flag they are an emoji.
    "|(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """`text` with line breaks as `\\n` and without anything `HIDDEN` finds; what was there is spelled out."""
    text = printable(text, newlines=True)
    return HIDDEN.sub(_spelled, text) if not text.isascii() else text


def find_hidden(text: str) -> tuple[int, str] | None:
    """The line (from 1) and code point (`U+001B`) of the first one, None without any."""
    found = HIDDEN.search(text)
    if found is None:
        return None
    return text.count("\n", 0, found.start()) + 1, f"U+{ord(found[0]):04X}"


def _spelled(match: re.Match[str]) -> str:
    return f"\\U{ord(match[0]):08x}"
