"""Git's conflict markers in a text: find them, and split the text into its sides."""

from __future__ import annotations

from typing import NamedTuple

from core.errors import UsageError

_START, _BASE, _MIDDLE, _END = "<<<<<<<", "|||||||", "=======", ">>>>>>>"


class Sides(NamedTuple):
    """The text as each side has it; `base` as both had it before, where git wrote that (diff3, zdiff3)."""

    ours: str
    theirs: str
    base: str | None


def conflict_lines(text: str) -> list[int]:
    """The numbers, from 1, of the lines where a conflict begins."""
    return [number for number, line in enumerate(text.split("\n"), 1) if _is_marker(line, _START)]


def split_conflict(text: str) -> Sides:
    """Split a text with conflict markers. Raises UsageError when the markers do not pair up."""
    sides: dict[str, list[str]] = {"ours": [], "theirs": [], "base": []}
    inside = ""  # the side that the lines belong to; outside of conflicts they belong to all
    has_base = False
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        step = _step(inside, line)
        if step is None:
            for side in [inside] if inside else sides:
                sides[side].append(line)
        elif step == "wrong":
            raise UsageError(
                f"The conflict marker {line[:7]} in line {number} stands where none can be.",
                "Open the file in an editor.",
            )
        else:
            has_base = has_base or step == "base"
            inside = "" if step == "all" else step
    if inside:
        raise UsageError("The last conflict in the file has no end marker.", "Open the file in an editor.")
    ours, theirs, base = ("\n".join(sides[side]) for side in ("ours", "theirs", "base"))
    return Sides(ours, theirs, base if has_base else None)


_STEPS = {
    ("", _START): "ours",
    ("ours", _BASE): "base",
    ("ours", _MIDDLE): "theirs",
    ("base", _MIDDLE): "theirs",
    ("theirs", _END): "all",
}


def _step(inside: str, line: str) -> str | None:
    """Where a marker leads: a side, "all", or "wrong"; None when the line is no marker."""
    for marker in (_START, _BASE, _MIDDLE, _END):
        if _is_marker(line, marker):
            return _STEPS.get((inside, marker), "wrong")
    return None


def _is_marker(line: str, marker: str) -> bool:
    # A line of a JSON file never begins like this by itself: texts hold no raw line breaks.
    return line.startswith(marker) and line[7:8] in ("", " ", "\r")
