"""The lines of one source: files on disk, a small index in memory, any line read back on demand."""

from __future__ import annotations

from pathlib import Path

from core.logs.line import LINE_PREFIX, Line
from core.logs.writer import LineWriter

__all__ = ["LINE_PREFIX", "Line", "LineLog", "LineWriter"]


class LineLog:
    """One source's lines. One thread refreshes, any number read; every method may block on the disk."""

    name: str
    line_count: int
    byte_count: int
    version: int

    @classmethod
    def open_file(cls, path: Path, name: str | None = None, times: Path | None = None) -> LineLog:
        """The log of a file that is still written, there or not yet. Nothing is read before `refresh`."""
        raise NotImplementedError

    def refresh(self) -> bool:
        """Look for more; True when something changed. Never raises for what the file does: see `trouble`."""
        raise NotImplementedError

    def lines(self, first: int, count: int, limit: int = LINE_PREFIX) -> list[Line]:
        """Up to `count` lines from number `first`, each with at most `limit` bytes."""
        raise NotImplementedError

    def raw(self, number: int) -> bytes:
        """The whole line exactly as it stands in the file, its line end included. Raises IndexError."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of the files."""
