"""Finds a text or a regular expression in raw lines, many lines at a time where that is the same thing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Protocol

from core.logs.lines import Chunk, LineLog

_OVERLAP = 4096
"""Bytes that two pieces of a giant line share: a longer match of an expression may be missed there."""
_PER_LINE = re.compile(r"\(\?[!<>(]|\\[AZz]|[*+?}]\+")
"""What may mean something else in a line by itself than in many lines at once."""
_SEPARATORS = (b"\x1c", b"\x1d", b"\x1e", b"\x1f")
"""White space in text, but not in bytes."""


class Matcher(Protocol):
    """Finds lines. `find` answers their numbers and, for each, an offset inside the line."""

    def find(self, chunk: Chunk) -> Iterator[tuple[int, int]]: ...

    def is_in(self, line: bytes) -> bool: ...

    def is_in_giant(self, log: LineLog, number: int) -> bool: ...

    def spans(self, line: bytes) -> list[tuple[int, int]]: ...


class TextMatcher:
    """Plain text, compared as bytes."""

    def __init__(self, text: str, ignore_case: bool) -> None:
        self._lower = ignore_case and text.upper() != text.lower()
        self._needle = (text.lower() if self._lower else text).encode("utf-8", "surrogateescape")

    def find(self, chunk: Chunk) -> Iterator[tuple[int, int]]:
        """The lines of a chunk that hold the text."""
        data = chunk.data.lower() if self._lower else chunk.data
        needle, number, at = self._needle, chunk.first, 0
        position = data.find(needle)
        while position >= 0:
            number += data.count(b"\n", at, position)
            yield number, position
            at = data.find(b"\n", position)
            if at < 0:
                return
            position = data.find(needle, at)

    def is_in(self, line: bytes) -> bool:
        """Whether a line holds the text."""
        return self._needle in (line.lower() if self._lower else line)

    def is_in_giant(self, log: LineLog, number: int) -> bool:
        """The same for a line that is read in pieces."""
        return any(self.is_in(piece) for piece in log.pieces(number, overlap=len(self._needle) - 1))

    def spans(self, line: bytes) -> list[tuple[int, int]]:
        """Where in the line the text stands."""
        data = line.lower() if self._lower else line
        found: list[tuple[int, int]] = []
        at = data.find(self._needle)
        while at >= 0:
            found.append((at, at + len(self._needle)))
            at = data.find(self._needle, found[-1][1])
        return found


class AnyMatcher:
    """Several lower-case texts of which a line may hold any, whatever its case."""

    def __init__(self, texts: tuple[bytes, ...]) -> None:
        self._needles = texts

    def find(self, chunk: Chunk) -> Iterator[tuple[int, int]]:
        """The lines of a chunk that hold one of the texts."""
        data = chunk.data.lower()
        starts: set[int] = set()
        for needle in self._needles:
            at = data.find(needle)
            while at >= 0:
                starts.add(data.rfind(b"\n", 0, at) + 1)
                at = data.find(b"\n", at)
                at = data.find(needle, at) if at >= 0 else -1
        number, before = chunk.first, 0
        for start in sorted(starts):
            number += data.count(b"\n", before, start)
            before = start
            yield number, start

    def is_in(self, line: bytes) -> bool:
        """Whether a line holds one of the texts."""
        lower = line.lower()
        return any(needle in lower for needle in self._needles)

    def is_in_giant(self, log: LineLog, number: int) -> bool:
        """The same for a line that is read in pieces."""
        overlap = max(map(len, self._needles)) - 1
        return any(self.is_in(piece) for piece in log.pieces(number, overlap=overlap))

    def spans(self, line: bytes) -> list[tuple[int, int]]:
        """Nothing: these texts are no answer to what a person asked."""
        return []


class PatternMatcher:
    """A regular expression. Lines of ASCII are searched as bytes, others as text."""

    def __init__(self, pattern: str, ignore_case: bool) -> None:
        flags = re.IGNORECASE if ignore_case else re.NOFLAG
        self._text = re.compile(pattern, flags)
        self._spaces = "\\s" in pattern.lower()
        self._bytes: re.Pattern[bytes] | None = None
        self._block: re.Pattern[bytes] | None = None
        if pattern.isascii():
            try:
                self._bytes = re.compile(pattern.encode("ascii"), flags)
                if not _PER_LINE.search(pattern):
                    self._block = re.compile(pattern.encode("ascii"), flags | re.MULTILINE)
            except re.error:
                pass  # an escape such as \N{…}, which only text knows

    def find(self, chunk: Chunk) -> Iterator[tuple[int, int]]:
        """The lines of a chunk in which the expression is found."""
        data = chunk.data
        if self._block and self._alike(data) and b"\r" not in data:
            return self._find_in_block(chunk, self._block)
        return self._find_in_lines(chunk.first, data, 0, len(data))

    def _find_in_block(self, chunk: Chunk, pattern: re.Pattern[bytes]) -> Iterator[tuple[int, int]]:
        data, number, at = chunk.data, chunk.first, 0
        while at < len(data):
            match = pattern.search(data, at)
            if not match or match.start() >= len(data):
                return
            start = data.rfind(b"\n", at, match.start()) + 1 or at
            end = data.find(b"\n", max(match.end() - 1, match.start()))
            end = len(data) if end < 0 else end + 1
            number += data.count(b"\n", at, start)
            # The match may cover several lines: then each of them is asked by itself.
            yield from self._find_in_lines(number, data, start, end)
            number += data.count(b"\n", start, end)
            at = end

    def _find_in_lines(self, number: int, data: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
        while start < end:
            stop = data.find(b"\n", start, end)
            stop = end if stop < 0 else stop
            line = data[start:stop]
            if self.is_in(line[:-1] if line.endswith(b"\r") and stop < end else line):
                yield number, start
            number += 1
            start = stop + 1

    def is_in(self, line: bytes) -> bool:
        """Whether the expression is found in a line."""
        if self._bytes and self._alike(line):
            return self._bytes.search(line) is not None
        return self._text.search(line.decode("utf-8", "replace")) is not None

    def is_in_giant(self, log: LineLog, number: int) -> bool:
        """The same for a line that is read in pieces."""
        return any(self.is_in(piece) for piece in log.pieces(number, overlap=_OVERLAP))

    def _alike(self, data: bytes) -> bool:
        """Whether the expression finds the same in these bytes as in their text."""
        return data.isascii() and not (self._spaces and any(byte in data for byte in _SEPARATORS))

    def spans(self, line: bytes) -> list[tuple[int, int]]:
        """Where in the line something is found; nothing for empty matches."""
        if self._bytes and self._alike(line):
            return [match.span() for match in self._bytes.finditer(line) if match.end() > match.start()]
        text = line.decode("utf-8", "replace")
        found: list[tuple[int, int]] = []
        for match in self._text.finditer(text):
            if match.end() > match.start():
                start = _byte_length(text[: match.start()], line)
                found.append((start, start + _byte_length(match[0], line[start:])))
        return found


def _byte_length(text: str, line: bytes) -> int:
    """How many bytes of `line` the characters of `text` at its start are; a replaced byte counts as one."""
    at = 0
    for character in text:
        size = len(character.encode("utf-8"))
        if character == "\ufffd" and line[at : at + 3] != b"\xef\xbf\xbd":
            size = _bad_length(line[at : at + 4])
        at += size
    return at


def _bad_length(piece: bytes) -> int:
    """How many bytes at the start of `piece` one replacement character stands for."""
    try:
        piece.decode("utf-8")
    except UnicodeDecodeError as error:
        return max(1, error.end - error.start) if error.start == 0 else 1
    return 1


def matcher_for(text: str, regex: bool, ignore_case: bool) -> Matcher | None:
    """The matcher of a text; None for the empty text, which every line holds. Raises re.error."""
    if not text:
        return None
    if regex:
        return PatternMatcher(text, ignore_case)
    if ignore_case and not text.isascii() and text.upper() != text.lower():
        # Bytes cannot change the case of these letters: each form is written out.
        return PatternMatcher("".join(map(_each_case, text)), False)
    return TextMatcher(text, ignore_case)


def _each_case(letter: str) -> str:
    forms = dict.fromkeys((letter, letter.lower(), letter.upper()))
    return "(?:" + "|".join(re.escape(form) for form in forms) + ")" if len(forms) > 1 else re.escape(letter)
