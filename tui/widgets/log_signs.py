"""The signs of a log: levels, sources and streams each have a shape of their own, never only a colour."""

from __future__ import annotations

from collections.abc import Sequence

LEVEL_SIGNS: dict[str, str] = {"debug": "·", "info": " ", "warning": "▲", "error": "✗"}
"""Level of a line to its sign; an ordinary line needs none."""

SOURCE_SIGNS = "◆●■◇○□◈▣"
"""Sources take these in turn; there are as many styles `log--source-N`."""

STREAM_SIGNS: dict[str, str] = {"connecting": "◌", "live": "●", "quiet": "○", "ended": "■"}

CURSOR, BOOKMARK, BOTH = "›", "★", "✦"
BARS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], width: int) -> str:
    """The last `width` values as bars; nothing stays blank, and whatever is not nothing shows."""
    values = [0.0] * (width - len(values)) + list(values)[-width:] if width > 0 else []
    highest = max(values, default=0.0)
    if highest <= 0:
        return " " * len(values)
    return "".join(BARS[min(7, int(value / highest * 7.999))] if value > 0 else " " for value in values)


def amount(count: float) -> str:
    """A count in at most five characters: 950, 12.4k, 3.1M."""
    if count < 1000:
        return f"{count:.0f}"
    if count < 999_500:
        return f"{count / 1000:.1f}k" if count < 99_950 else f"{count / 1000:.0f}k"
    return f"{count / 1_000_000:.1f}M"


def size_text(size: int) -> str:
    """A size in bytes as people read it: 950 B, 2.1 kB, 30.4 MB."""
    if size < 1000:
        return f"{size} B"
    for unit in ("kB", "MB"):
        size_in = size / (1000 if unit == "kB" else 1_000_000)
        if size_in < 999.95:
            return f"{size_in:.1f} {unit}"
    return f"{size / 1_000_000_000:.1f} GB"


def seconds_text(seconds: float) -> str:
    """A duration: 40 ms, 12 s, 2 min 10 s, 3 h 5 min."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


def roughly(seconds: float) -> str:
    """How long something lasts, in words that change seldom: 12 s, 2 min, 3 h, 4 d."""
    if seconds < 60:
        return f"{int(seconds)} s"
    if seconds < 3600:
        return f"{int(seconds / 60)} min"
    return f"{int(seconds / 3600)} h" if seconds < 172_800 else f"{int(seconds / 86_400)} d"
