"""Merge two changed versions of a text line by line, as git does."""

from __future__ import annotations

from difflib import SequenceMatcher


def merge_text(base: str, ours: str, theirs: str) -> str | None:
    """The text with the changes of both sides; None when they changed the same lines differently."""
    if ours == theirs or theirs == base:
        return ours
    if ours == base:
        return theirs
    base_lines, our_lines, their_lines = (text.split("\n") for text in (base, ours, theirs))
    our_changes, their_changes = _changes(base_lines, our_lines), _changes(base_lines, their_lines)
    merged: list[str] = []
    at = -1  # no change yet
    for start, end, lines in sorted(set(our_changes + their_changes)):
        if start <= at:
            return None  # they overlap or touch: the order would be a guess
        merged += base_lines[max(at, 0) : start]
        merged += lines
        at = end
    merged += base_lines[max(at, 0) :]
    return "\n".join(merged)


Change = tuple[int, int, tuple[str, ...]]


def _changes(base: list[str], changed: list[str]) -> list[Change]:
    matcher = SequenceMatcher(None, base, changed, autojunk=False)
    return [
        (start, end, tuple(changed[new_start:new_end]))
        for kind, start, end, new_start, new_end in matcher.get_opcodes()
        if kind != "equal"
    ]
