"""What a person types to filter a log: text, /regex/, !inverse, and level:, source:, kind: among it."""

from __future__ import annotations

import re
from dataclasses import replace

from core.errors import UsageError
from core.logs.facts import LEVELS
from core.logs.filter import Filter

HINT = "text, /regex/, !inverse, level:warning, source:NAME, kind:NAME; capitals count"

_PART = re.compile(r"(?:^|\s+)(level|source|kind):(\S+)")
_LEVEL_NAMES = {"warn": "warning", "err": "error"} | {level: level for level in LEVELS}


def parse_filter(words: str) -> Filter:
    """The filter that `words` describe. Raises UsageError for a level nobody knows or a bad expression."""
    named: dict[str, frozenset[str]] = {}
    for name, values in _PART.findall(words):
        wanted = frozenset(value for value in values.split(",") if value)
        named[f"{name}s"] = named.get(f"{name}s", frozenset()) | wanted
    if "levels" in named:
        named["levels"] = levels_named(",".join(sorted(named["levels"])))
    return Filter.parse(_PART.sub("", words).strip(), **named)


def options_filter(grep: str, levels: str) -> Filter | None:
    """The filter of two options of a command; `grep` counts to its last space. Raises UsageError."""
    if not grep and not levels:
        return None
    named = parse_filter(f"level:{levels.replace(' ', '')}") if levels_named(levels) else Filter()
    words = _PART.sub("", grep)
    if words == grep:
        return replace(Filter.parse(grep), levels=named.levels)
    return parse_filter(filter_words(grep, levels))


def filter_words(grep: str, levels: str) -> str:
    """What one would type for these two options of a command. Raises UsageError."""
    if levels:
        levels_named(levels)
    return " ".join(filter(None, (grep, f"level:{levels.replace(' ', '')}" if levels else "")))


def levels_named(words: str) -> frozenset[str]:
    """`warning` is that level and what is worse; `debug,error` are just these two. Raises UsageError."""
    names = [word.strip().lower() for word in words.split(",") if word.strip()]
    for name in names:
        if name not in _LEVEL_NAMES:
            raise UsageError(f"There is no level {name}.", f"Levels: {', '.join(LEVELS)}.")
    levels = [_LEVEL_NAMES[name] for name in names]
    if len(levels) == 1:
        return frozenset(LEVELS[LEVELS.index(levels[0]) :])
    return frozenset(levels)
