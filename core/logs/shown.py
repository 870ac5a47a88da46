"""Finds a text also in what a viewer shows of a line, where that is not what stands in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.logs.criteria import Filter
from core.logs.facts import LineFacts, PlainReader, Reader, uncoloured
from core.logs.line import LINE_PREFIX, Line
from core.logs.lines import Chunk
from core.logs.matching import AnyMatcher, Matcher

_WORD = re.compile(r"[A-Za-z0-9_]+")
_JOINED = re.compile(r"[^\x20-\x7e]|[=\"]|  ")
"""What can stand in a row though it stands in no part of a JSON line: how the parts are joined, what JSON
escapes. Reading a million JSON lines takes half a minute, so nobody does it for less."""
_NO_LITERAL = re.compile(r"[|?*+{}\[\]()\\]")
_ESCAPE = b"\x1b["


class ShownMatcher:
    """A matcher for the lines that are shown in other words: JSON objects, and lines with colours in them."""

    def __init__(self, matcher: Matcher, wanted: Filter, reader: Reader) -> None:
        self._matcher = matcher
        self._reader = reader
        # What the plain reader shows is made of the line's own words: a line without them need not be read.
        plain = isinstance(reader, PlainReader)
        self._words = tuple(word.lower().encode() for word in _sure_words(wanted)) if plain else ()
        self._suspects: Matcher | None = None
        if plain and not _JOINED.search(wanted.text):
            self._suspects = AnyMatcher((_ESCAPE,))
        elif self._words:
            self._suspects = AnyMatcher((max(self._words, key=len),))

    def find(self, name: str, chunk: Chunk) -> Iterator[tuple[int, int]]:
        """The lines of a chunk of the log `name` that hold the text, or are shown with it."""
        found = dict(self._matcher.find(chunk))
        suspects = self._suspects.find(chunk) if self._suspects else each_line(chunk)
        for number, at in suspects:
            if number not in found and self._is_shown(name, chunk, number, at):
                found[number] = at
        return iter(sorted(found.items()))

    def _is_shown(self, name: str, chunk: Chunk, number: int, at: int) -> bool:
        data = line_at(chunk, at)
        if data[:1] != b"{" and _ESCAPE not in data:
            return False
        if self._words:
            lower = data.lower()
            if not all(word in lower for word in self._words):
                return False
        facts = self._reader(Line(number, name, None, data[:LINE_PREFIX], len(data)))
        return self._matcher.is_in(shown_words(facts).encode("utf-8", "replace"))


def shown_words(facts: LineFacts) -> str:
    """The words of a row in one text."""
    label = f"{facts.label} " if facts.label else ""
    detail = f"  {facts.detail}" if facts.detail else ""
    return uncoloured(f"{label}{facts.text}{detail}")


def shown_matcher(matcher: Matcher | None, wanted: Filter, reader: Reader) -> ShownMatcher | None:
    """What finds lines by what is shown of them; None where their bytes tell as much."""
    if matcher is None or (isinstance(reader, PlainReader) and _WORD.fullmatch(wanted.text)):
        return None
    return ShownMatcher(matcher, wanted, reader)


def _sure_words(wanted: Filter) -> list[str]:
    """The words that every line with the text holds; none where an expression leaves that open."""
    return [] if wanted.regex and _NO_LITERAL.search(wanted.text) else _WORD.findall(wanted.text)


def each_line(chunk: Chunk) -> Iterator[tuple[int, int]]:
    """Every line of a chunk: its number and where it begins."""
    at, number = 0, chunk.first
    while at < len(chunk.data):
        yield number, at
        end = chunk.data.find(b"\n", at)
        if end < 0:
            return
        at, number = end + 1, number + 1


def line_at(chunk: Chunk, at: int) -> bytes:
    """The line of a chunk around the offset `at`, without its end."""
    start = chunk.data.rfind(b"\n", 0, at) + 1
    end = chunk.data.find(b"\n", at)
    data = chunk.data[start : end if end >= 0 else len(chunk.data)]
    return data[:-1] if end >= 0 and data.endswith(b"\r") else data
