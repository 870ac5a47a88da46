"""What a viewer shows for one line: its level, kind and words, read from JSON lines and plain lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol, cast, runtime_checkable

from core.logs.line import Line

LEVELS = ("debug", "info", "warning", "error")
GLYPHS = {"debug": "·", "info": " ", "warning": "▲", "error": "✗"}


@dataclass(frozen=True, slots=True)
class LineFacts:
    """One readable row. Its texts are raw: pass them through `printable` before a screen."""

    level: str = "info"
    """debug, info, warning or error."""
    kind: str = ""
    """What event the line is, for the kinds of a filter; empty for a plain line."""
    glyph: str = " "
    label: str = ""
    """A short name before the text: the tool, the component."""
    text: str = ""
    detail: str = ""
    """What else is worth showing when there is room."""
    seconds: float | None = None
    cost: float | None = None
    """US dollars."""


_COLOUR = re.compile(r"\x1b\[[0-9;:]*[mK]")
_COLOUR_BYTES = re.compile(_COLOUR.pattern.encode())


def uncoloured(text: str) -> str:
    """`text` without the sequences that colour it in a terminal; other escapes stay."""
    return _COLOUR.sub("", text) if "\x1b[" in text else text


class Reader(Protocol):
    """Reads lines. Never raises, whatever the line holds; must be safe to call from several threads."""

    def __call__(self, line: Line) -> LineFacts: ...


@runtime_checkable
class Hinting(Protocol):
    """A reader that can say cheaply which lines cannot matter, so that a filter need not read them all."""

    def hint(self, levels: frozenset[str], kinds: frozenset[str]) -> tuple[bytes, ...] | None:
        """Lower-case texts of which every line of these levels and kinds holds one, whatever its case; None
        when there are none that tell."""
        ...


_LEVEL_OF_WORD = {
    "trace": "debug",
    "verbose": "debug",
    "debug": "debug",
    "info": "info",
    "information": "info",
    "notice": "info",
    "warn": "warning",
    "warning": "warning",
    "error": "error",
    "err": "error",
    "fatal": "error",
    "critical": "error",
    "crit": "error",
    "alert": "error",
    "emergency": "error",
    "emerg": "error",
    "panic": "error",
    "severe": "error",
    "dpanic": "error",
}
_HEAD = 240
_WORD = re.compile(
    rb"(?<![A-Za-z0-9_])(?:(TRACE|DEBUG)|(WARN(?:ING)?)|(ERROR|FATAL|CRITICAL|PANIC|SEVERE|EMERG(?:ENCY)?))"
    rb"(?![A-Za-z0-9_])"
)
_LOWER = re.compile(
    rb"(?:^|[\s\[(<])(?:(trace|debug)|(warn(?:ing)?)|(error|fatal|critical|panic|panicked))(?:\[|\]|\)|>|:|=)"
    rb"|\blevel=\"?(?:(trace|debug)|(warn(?:ing)?)|(error|fatal|critical|panic))\b"
    rb"|^()()(Traceback \(most recent call last\)|Exception in thread )"
)
_KLOG = re.compile(rb"([IWEF])\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ \S+\.(?:go|cc|cpp|py):\d+\]")
_KLOG_LEVELS = {b"I": "info", b"W": "warning", b"E": "error", b"F": "error"}
_LEVEL_KEYS = ("level", "severity", "lvl", "levelname", "log.level", "loglevel")
_TEXT_KEYS = ("msg", "message", "event", "text", "log")
_LABEL_KEYS = ("logger", "component", "tool", "name", "target", "caller")
_TIME_KEYS = frozenset(("ts", "time", "timestamp", "@timestamp"))
_SOURCES = (b".go:", b".cc:", b".cpp:", b".py:")
_HINTS = {
    "warning": (b"warn", b'"level":4', b'"level": 4', *_SOURCES),
    "error": (
        *(
            b"err",
            b"fatal",
            b"crit",
            b"panic",
            b"severe",
            b"emerg",
            b"alert",
            b"traceback (",
            b"exception in",
        ),
        *(b'"level":5', b'"level": 5', b'"level":6', b'"level": 6'),
        *_SOURCES,
    ),
}


class PlainReader:
    """Reads what most programs write: JSON lines with a level and a message, lines with a level word."""

    def __call__(self, line: Line) -> LineFacts:
        if line.data[:1] == b"{" and not line.cut:
            facts = _json_facts(line)
            if facts is not None:
                return facts
        level = plain_level(line.data)
        return LineFacts(level, "", GLYPHS[level], "", uncoloured(line.text))

    def hint(self, levels: frozenset[str], kinds: frozenset[str]) -> tuple[bytes, ...] | None:
        """See Hinting: levels that are not the usual ones are few among lines, and named by few words."""
        if kinds or not levels or not levels <= _HINTS.keys():
            return None
        return tuple(dict.fromkeys(text for level in sorted(levels) for text in _HINTS[level]))


plain_reader = PlainReader()
"""The reader for logs of programs we know nothing about."""


def plain_level(data: bytes) -> str:
    """The level a plain line names at its head; info when it names none."""
    head = data[:_HEAD]
    if b"\x1b[" in head:
        head = _COLOUR_BYTES.sub(b"", head)
    klog = _KLOG.match(head)
    if klog:
        return _KLOG_LEVELS[klog[1]]
    found = _WORD.search(head) or _LOWER.search(head)
    if not found or not found.lastindex:
        return "info"
    return ("debug", "warning", "error")[(found.lastindex - 1) % 3]


def _json_facts(line: Line) -> LineFacts | None:
    """The facts of a JSON object; None for what is none. An object without a message shows as it is."""
    try:
        value: Any = json.loads(line.data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    record = cast("dict[str, Any]", value)
    level = _json_level(record)
    key = next((key for key in _TEXT_KEYS if isinstance(record.get(key), str)), "")
    if not key:
        return LineFacts(level, "", GLYPHS[level], "", line.text)
    label = next((key for key in _LABEL_KEYS if isinstance(record.get(key), str) and record[key]), "")
    used = {key, label, *_LEVEL_KEYS} | _TIME_KEYS
    return LineFacts(
        level,
        "",
        GLYPHS[level],
        uncoloured(str(record[label])) if label else "",
        uncoloured(str(record[key])),
        uncoloured(_rest((name, item) for name, item in record.items() if name not in used)),
    )


def _json_level(record: dict[str, Any]) -> str:
    for key in _LEVEL_KEYS:
        value: Any = record.get(key)
        if isinstance(value, str) and value.lower() in _LEVEL_OF_WORD:
            return _LEVEL_OF_WORD[value.lower()]
        # pino and bunyan count in tens: 10 trace, 20 debug, 30 info, 40 warn, 50 error, 60 fatal.
        if key == "level" and isinstance(value, int) and 10 <= value <= 69:
            return LEVELS[max(0, min(3, value // 10 - 2))]
    return "info"


def _rest(items: Iterable[tuple[str, Any]]) -> str:
    parts: list[str] = []
    for name, item in items:
        value = item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)
        parts.append(f"{name}={value}")
    return "  ".join(parts)
