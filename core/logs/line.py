"""One line of a log, as every reader and viewer gets it."""

from __future__ import annotations

from dataclasses import dataclass

LINE_PREFIX = 65_536
"""Bytes of a line that are read when nobody asks for more: a line itself has no limit."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of one source. `data` holds its bytes without the line end, or the first of them when `cut`."""

    number: int
    """Counts from 0 in its own log."""
    source: str
    time: float | None
    """Seconds since the epoch: when it arrived, or what its head says; None when neither is known."""
    data: bytes
    size: int
    """Bytes of the whole line without its line end, however many `data` holds."""
    gone: bool = False
    """The file was truncated or removed before this line was read again: nobody has its bytes any more."""

    @property
    def text(self) -> str:
        """`data` as text; what is no UTF-8 becomes the replacement character. Not safe for a terminal yet."""
        return self.data.decode("utf-8", "replace")

    @property
    def cut(self) -> bool:
        """Whether the line goes on after `data`."""
        return self.size > len(self.data)
