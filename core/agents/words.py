"""Sizes, amounts and counts in words a person reads."""

from __future__ import annotations


def size(count: int) -> str:
    """`2130` as `2.1 kB`."""
    if count < 1000:
        return f"{count} B"
    for step, unit in ((1e3, "kB"), (1e6, "MB")):
        if count < step * 999.95:
            return f"{count / step:.1f} {unit}"
    return f"{count / 1e9:.1f} GB"


def dollars(cost: float) -> str:
    """`0.00188` as `$0.0019`, `2.5937` as `$2.59`."""
    return f"${cost:.2f}" if cost >= 0.1 or cost == 0 else f"${cost:.4f}"


def several(count: int, one: str, many: str = "") -> str:
    """`1 tool`, `2 tools`."""
    return f"{count} {one}" if count == 1 else f"{count} {many or one + 's'}"
