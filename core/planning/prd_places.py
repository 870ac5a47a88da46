"""The lines of the PRD that a text cites."""

from __future__ import annotations

import re

_PLACE = re.compile(r"\s*\((?:PRD )?lines? (\d{1,9})(?:-(\d{1,9}))?\)")


def without_places(text: str) -> str:
    """The text without the line numbers of the PRD it cites, which every edit above them moves."""
    return _PLACE.sub("", text)


def cited_lines(text: str) -> list[tuple[int, int]]:
    """The spans of PRD lines a text cites: "(line 3)", "(PRD lines 12-14)"."""
    return [(int(first), int(last or first)) for first, last in _PLACE.findall(text)]
