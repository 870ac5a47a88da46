"""Finds keys and tokens in a document: those this process knows, and those whose shape tells."""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.secret_shapes import find_shapes
from core.secrets import redact_known

_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]{1,15}://[^\s/:@]{1,80}:(?![<$*{x])[^\s/@]{6,80}@", re.IGNORECASE)
_SHOWN = 4


def find_secrets(text: str) -> Iterator[tuple[int, str]]:
    """The line (from 1) and, in words that do not give it away, the kind of every secret in `text`."""
    lines = text.split("\n")
    known = set[int]()
    if redact_known(text) != text:
        for number, line in enumerate(lines, 1):
            if redact_known(line) != line:
                known.add(number)
                yield number, "a key this process holds"
        if not known:
            yield 1, "a key this process holds, broken over lines"
    for start, kind, shown in find_shapes(text):
        number = text.count("\n", 0, start) + 1
        if number not in known:
            yield number, f"what looks like {kind} ({shown[:_SHOWN]}…)"


def find_passwords(text: str) -> Iterator[int]:
    """The lines with an address that carries a password. Examples have them too, so this is no proof."""
    for found in _ADDRESS.finditer(text):
        yield text.count("\n", 0, found.start()) + 1
