"""Sizes and counts in words a person reads."""

from __future__ import annotations


def size(count: int) -> str:
    """`2130` as `2.1 kB`."""
    if count < 1000:
        return f"{count} B"
    for step, unit in ((1e3, "kB"), (1e6, "MB")):
        if count < step * 999.95:
            return f"{count / step:.1f} {unit}"
    return f"{count / 1e9:.1f} GB"


def several(count: int, one: str, many: str = "") -> str:
    """`1 tool`, `2 tools`."""
    return f"{count} {one}" if count == 1 else f"{count} {many or one + 's'}"
