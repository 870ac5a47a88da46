"""The signs of the screen: each status, priority and score has a shape of its own, never only a colour."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from rich.cells import cell_len, get_character_cell_size

from core.plain_text import ELLIPSIS, printable
from core.tasks.complexity import heat


class Sign(NamedTuple):
    """A glyph of one cell, the style that colours it, and what it says in words."""

    glyph: str
    style: str
    label: str


STATUS_SIGNS: dict[str, Sign] = {
    "pending": Sign("○", "status--pending", "pending"),
    "in-progress": Sign("◐", "status--progress", "in progress"),
    "review": Sign("●", "status--review", "review"),
    "done": Sign("✓", "status--done", "done"),
    "completed": Sign("✓", "status--done", "completed"),
    "blocked": Sign("⊘", "status--blocked", "blocked"),
    "deferred": Sign("◇", "status--deferred", "deferred"),
    "cancelled": Sign("✕", "status--cancelled", "cancelled"),
}

PRIORITY_SIGNS: dict[str, Sign] = {
    "critical": Sign("‼", "priority--high", "critical"),
    "high": Sign("▲", "priority--high", "high"),
    "medium": Sign("·", "line--quiet", "medium"),
    "low": Sign("▽", "line--quiet", "low"),
}

ACTIVITY_GLYPHS: dict[str, str] = {
    "waiting": "?",
    "rate limited": "…",
    "stalled": "!",
    "failed": "✕",
    "ended without result": "✕",
    "succeeded": "✓",
}
"""Signs for what an agent does; every other activity is work going on."""

WORKING = "⠿"
SHADES = "▁▂▃▄▅▆▇█"
QUARTERS = " ▖▌▙█"
STALE = "≠"

NEXT = "→"
WAITING = "⋯"


CHANGED_OUTSIDE, MARKED, CURSOR = "▎", "•", "›"
CRITICAL, CIRCLE = "◆", "↺"


def legend() -> list[tuple[str, str]]:
    """Every sign with what it says, for the help."""
    named = {sign.glyph: sign.label for sign in STATUS_SIGNS.values() if sign.label != "completed"}
    return [
        *named.items(),
        *((sign.glyph, f"{sign.label} priority") for sign in PRIORITY_SIGNS.values()),
        (f"{SHADES[0]}…{SHADES[-1]}", "complexity from low to high, with its number"),
        (NEXT, "the task to do next"),
        (WAITING, "waits for another task"),
        (WORKING, "an agent works on it"),
        ("?  !", "its agent waits for you; is stalled"),
        (f"{QUARTERS[1]}…{QUARTERS[-1]}", "how many of its documents are there"),
        (STALE, "documents older than the task"),
        (CURSOR, "the cursor"),
        (MARKED, "marked: edits go to all marked tasks"),
        (CHANGED_OUTSIDE, "changed by another program a moment ago"),
        (CRITICAL, "on the critical path, the longest way to the end"),
        (CIRCLE, "in a circle: tasks that wait for each other"),
    ]


def status_sign(status: str) -> Sign:
    """The sign of a status; one that nobody knows keeps its own name behind a question mark."""
    sign = STATUS_SIGNS.get(status)
    return sign or Sign("?", "status--unknown", one_line(status, 24))


def priority_sign(priority: str) -> Sign | None:
    """The sign of a priority; None when the task has none."""
    if not priority:
        return None
    return PRIORITY_SIGNS.get(priority) or Sign("?", "line--quiet", one_line(priority, 24))


def activity_glyph(activity: str) -> str:
    """The sign of an activity such as `working` or `waiting for a person`; only its first words count."""
    for name, glyph in ACTIVITY_GLYPHS.items():
        if activity.startswith(name):
            return glyph
    return WORKING


def heat_style(score: float | None) -> str:
    """The style of a score's shade."""
    return f"heat--{heat(score)}"


def shade_style(score: float | None) -> str:
    """The style of the block that stands for a score: its shade as the colour of the sign itself."""
    return f"shade--{heat(score)}"


def shade(score: float | None) -> str:
    """The block that stands for a score, higher the harder; a space for none."""
    level = heat(score)
    return SHADES[level - 1] if level else " "


def bar(part: float, whole: float, width: int) -> str:
    """`██░░`: how much of the whole is there. Anything begun shows, nothing unfinished looks whole."""
    filled = round(width * part / whole) if whole > 0 else 0
    if part > 0:
        filled = max(1, filled)
    if part < whole:
        filled = min(width - 1, filled)
    filled = max(0, min(width, filled))
    return "█" * filled + "░" * (width - filled)


def quarter(part: int, whole: int) -> str:
    """How much of the whole is there in one cell. Anything begun shows, nothing unfinished looks whole."""
    if part <= 0 or whole <= 0:
        return QUARTERS[0]
    return QUARTERS[4] if part >= whole else QUARTERS[max(1, min(3, round(4 * part / whole)))]


# Joiners and variation selectors change widths differently in every terminal: without them each character
# is as wide as the table says, and the columns behind a title stay where they belong.
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u115f\u1160\u200b-\u200f\u2060-\u2065\ufe00-\ufe0f\ufeff\U000e0000-\U000e01ef]"
)


def plain(text: str) -> str:
    """One line of `text` that any terminal shows as it is measured: no controls, no joiners."""
    if text.isascii() and text.isprintable():
        return text
    return _INVISIBLE.sub("", printable(text))


def one_line(text: str, width: int) -> str:
    """`text` on one line of at most `width` cells, with an ellipsis where it was cut."""
    if width <= 0:
        return ""
    # A title can be as long as a book; what cannot fit need not be looked at.
    text = plain(text[: 4 * width + 64]) if len(text) > 4 * width + 64 else plain(text)
    if text.isascii():
        return text if len(text) <= width else text[: width - 1] + ELLIPSIS
    if cell_len(text) <= width:
        return text
    used = 0
    for position, character in enumerate(text):
        used += get_character_cell_size(character)
        if used > width - 1:
            return text[:position] + ELLIPSIS
    return text + ELLIPSIS


def fill(text: str, width: int) -> str:
    """`text` cut or padded on the right to exactly `width` cells."""
    text = one_line(text, width)
    return text + " " * (width - cell_len(text))


def fill_left(text: str, width: int) -> str:
    """`text` cut or padded on the left to exactly `width` cells."""
    text = one_line(text, width)
    return " " * (width - cell_len(text)) + text


def natural_width(texts: list[str], limit: int, measure: Callable[[str], int] = cell_len) -> int:
    """The cells the widest of `texts` needs, at most `limit`."""
    return min(limit, max((measure(text) for text in texts), default=0))
