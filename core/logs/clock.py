"""Reads when a line was written from its head or its JSON keys, about a million lines a second."""

from __future__ import annotations

import re
import time
from datetime import datetime

_STAMP = rb"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:[.,](\d{1,12}))?(?: ?(Z|[+-]\d\d:?\d\d))?(?![0-9])"
_ISO = re.compile(_STAMP)
_HEAD = re.compile(rb"(?<![\w.-])" + _STAMP)
_HEAD_BYTES = 64
_JSON = re.compile(
    rb'"(?:ts|time|timestamp|@timestamp)"\s*:\s*'
    rb'(?:(")|(\d{9,19}(?:\.\d+)?)\b|(\d(?:\.\d+)?[eE]\+?\d{1,2}))'
)
_JSON_BYTES = 4096
_EPOCH = re.compile(rb"\[?(\d{10}(?:\.\d{1,9})?|\d{13})(?![\w.])")
_SYSLOG = re.compile(rb"(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) ([ \d]\d) (\d\d:\d\d:\d\d)\b")
_MONTHS = b"JanFebMarAprMayJunJulAugSepOctNovDec"
_KLOG = re.compile(rb"[IWEF](\d\d)(\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?")
_REMEMBERED = 4096
_DAY = 86_400.0


class Clock:
    """The times of one log's lines. A stamp without a zone is local time, one without a year of this year.

    Remembers where the last line had its stamp and what the last seconds were, since most lines are alike.
    """

    def __init__(self) -> None:
        self._head = b""
        self._seconds: dict[bytes, float | None] = {}

    def of(self, data: bytes) -> float | None:
        """Seconds since the epoch; None when the line tells no time. `data` may be a prefix of the line."""
        head = self._head
        if data.startswith(head):
            match = _ISO.match(data, len(head))
            if match:
                return self._iso(match)
        return self._json(data) if data[:1] == b"{" else self._plain(data)

    def _json(self, data: bytes) -> float | None:
        found = _JSON.search(data, 0, _JSON_BYTES) or _JSON.search(data, max(0, len(data) - _JSON_BYTES))
        if not found:
            return None
        if found[1] is None:
            return _epoch(float(found[2] or found[3]))
        match = _ISO.match(data, found.end())
        if match:
            return self._remember(data, match)
        number = _EPOCH.match(data, found.end())
        return _epoch(float(number[1])) if number else None

    def _plain(self, data: bytes) -> float | None:
        match = _HEAD.search(data, 0, _HEAD_BYTES)
        if match:
            return self._remember(data, match)
        match = _EPOCH.match(data)
        if match:
            return _epoch(float(match[1]))
        match = _SYSLOG.match(data)
        if match:
            month = _MONTHS.index(match[1]) // 3 + 1
            return self._without_year(b"%02d-%02dT%b" % (month, int(match[2]), match[3]))
        match = _KLOG.match(data)
        if match:
            base = self._without_year(b"%b-%bT%b" % (match[1], match[2], match[3]))
            return base + _fraction(match[4]) if base is not None else None
        return None

    def _remember(self, data: bytes, match: re.Match[bytes]) -> float | None:
        self._head = data[: match.start()]
        return self._iso(match)

    def _iso(self, match: re.Match[bytes]) -> float | None:
        stamp, fraction, zone = match.groups()
        key = stamp + zone if zone else stamp
        try:
            base = self._seconds[key]
        except KeyError:
            base = self._learn(key)
        if base is None or not fraction:
            return base
        return base + int(fraction) / 10 ** len(fraction)

    def _without_year(self, rest: bytes) -> float | None:
        """Of this year, or of the last when that would lie in the future."""
        now = time.time()
        year = time.localtime(now).tm_year
        for candidate in (year, year - 1):
            key = b"%d-%b" % (candidate, rest)
            found = self._seconds.get(key) or self._learn(key)
            if found is not None and found < now + _DAY:
                return found
        return None

    def _learn(self, key: bytes) -> float | None:
        try:
            value = datetime.fromisoformat(key.decode("ascii")).timestamp()
        except (ValueError, OverflowError, OSError):
            value = None
        if len(self._seconds) >= _REMEMBERED:
            self._seconds.clear()
        self._seconds[key] = value
        return value


def _fraction(digits: bytes | None) -> float:
    return int(digits) / 10 ** len(digits) if digits else 0.0


def _epoch(value: float) -> float | None:
    """Seconds from a count of seconds, milliseconds, microseconds or nanoseconds."""
    for unit in (1.0, 1e3, 1e6, 1e9):
        # From 2001 to 2286: in these years the four units cannot be confused.
        if 1e9 <= value / unit < 1e10:
            return value / unit
    return None
