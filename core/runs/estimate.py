"""How long a run will still take, as a range from what was measured."""

from __future__ import annotations

import math


def time_left(written: int, expected: int, elapsed: float) -> tuple[float, float] | None:
    """Seconds left, at least and at most, from `written` of `expected` files in `elapsed` seconds.

    The more files were measured the narrower the range; None while nothing can be said (fewer than two).
    """
    left = expected - written
    if written < 2 or elapsed <= 0:
        return None
    if left <= 0:
        return 0.0, 0.0
    rate = written / elapsed
    # Files come about independently of each other: their count is known to about its root.
    doubt = min(0.8, 1 / math.sqrt(written))
    return left / (rate * (1 + doubt)), left / (rate * (1 - doubt))


def range_words(eta: tuple[float, float] | None) -> str:
    """`11 to 16 min left`; empty without an estimate, and where nothing is left."""
    if eta is None or eta[1] <= 0:
        return ""
    low, high = eta
    if high < 1:
        return "nearly done"
    if high < 90:
        low_text, high_text, unit = f"{low:.0f}", f"{high:.0f}", "s"
    elif high < 5400:
        low_text, high_text, unit = f"{low / 60:.0f}", f"{math.ceil(high / 60)}", "min"
    else:
        low_text, high_text, unit = f"{low / 3600:.1f}", f"{high / 3600:.1f}", "h"
    return f"{low_text} to {high_text} {unit} left" if low_text != high_text else f"{high_text} {unit} left"
