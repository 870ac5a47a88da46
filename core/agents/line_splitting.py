"""Cuts a stream of bytes into lines, with bounded memory however long a line is."""

from __future__ import annotations

from core.agents.reading import LONGEST


class LineSplitter:
    """Give it a stream piece by piece. Of a line longer than `longest` bytes, the first ones and one more."""

    def __init__(self, longest: int = LONGEST) -> None:
        self._most = longest + 1
        self._begun: list[bytes] = []
        self._size = 0

    def feed(self, piece: bytes) -> list[bytes]:
        """The lines that are complete now, without their ends."""
        *ends, rest = piece.split(b"\n")
        lines: list[bytes] = []
        for end in ends:
            self._add(end)
            lines.append(self._take())
        self._add(rest)
        return lines

    def finish(self) -> list[bytes]:
        """The last line, when it had no end."""
        return [self._take()] if self._size else []

    def _add(self, data: bytes) -> None:
        data = data[: self._most - self._size]
        if data:
            self._begun.append(data)
            self._size += len(data)

    def _take(self) -> bytes:
        line = b"".join(self._begun)
        self._begun, self._size = [], 0
        return line
