"""Text from files made safe for a terminal: nothing in it moves a cursor, sets a colour or turns a line."""

from __future__ import annotations

import re

_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_UNSAFE_IN_JSON = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LINE_BREAKS = re.compile("\r\n?|[\u2028\u2029\x85]")
_SPACE = frozenset("\t\n\r\x0b\x0c\x85\u2028\u2029")
ELLIPSIS = "…"


def plural(count: int, noun: str) -> str:
    """`1 task`, `3 tasks`, `0 tasks`; for nouns that only take an s."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def printable(text: str, newlines: bool = False) -> str:
    """`text` without anything a terminal would act on; what was there stays visible.

    C0 controls and DEL become their pictures (ESC is ␛), C1 controls, the characters that reverse the
    reading direction and lone surrogates are spelled out (`\\x9b`, `\\u202e`). Line breaks and tabs become
    one space each; with `newlines` every kind of line break becomes `\\n` and a tab four spaces.
    """
    if text.isprintable():
        return text
    if newlines:
        text = _LINE_BREAKS.sub("\n", text).replace("\t", "    ")
        return "\n".join(_UNSAFE.sub(_visible, line) for line in text.split("\n"))
    return _UNSAFE.sub(_visible, text.replace("\r\n", "\n"))


def _visible(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    if character in _SPACE:
        return " "
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def printable_json(text: str) -> str:
    """JSON text with DEL, C1 controls, direction marks and lone surrogates as `\\uXXXX` escapes.

    Those characters can stand only inside strings, so the value stays the same.
    """
    if text.isascii() and "\x7f" not in text:
        return text
    return _UNSAFE_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def cell_width(text: str) -> int:
    """How many terminal cells `text` takes. `text` must be printable."""
    return len(text) if text.isascii() else sum(map(_width_of, text))


def _width_of(character: str) -> int:
    # Imported here: nearly every title is ASCII, and then no table is needed.
    from unicodedata import category, east_asian_width

    if character < "\u0300":
        return 1
    if category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1


def shorten(text: str, width: int) -> str:
    """`text` in at most `width` cells, with an ellipsis where something was cut off."""
    if width <= 0:
        return ""
    if cell_width(text) <= width:
        return text
    if text.isascii():
        return text[: width - 1] + ELLIPSIS
    taken, used = 0, 0
    for character in text:
        used += _width_of(character)
        if used > width - 1:
            break
        taken += 1
    return text[:taken] + ELLIPSIS


def dollars(amount: float) -> str:
    """`$1.25`; what is less than a cent with four digits, because it would read as nothing."""
    return f"${amount:.2f}" if amount >= 0.01 or not amount else f"${amount:.4f}"


def pad(text: str, width: int) -> str:
    """`text` followed by as many spaces as fill `width` cells."""
    return text + " " * (width - cell_width(text))


def wrap(text: str, width: int) -> list[str]:
    """The lines of `text`, those of more than `width` cells (8 at least) broken between words.

    Indents are kept, items of a list hang below their first word; only a word too long by itself is cut.
    """
    width = max(8, width)
    lines: list[str] = []
    for line in text.split("\n"):
        if cell_width(line) <= width:
            lines.append(line)
            continue
        lines += _wrap_line(line, width)
    return lines


_LEAD = re.compile(r" *(?:[-*+•] |\d{1,3}[.)] )?")


def _wrap_line(line: str, width: int) -> list[str]:
    lead = _LEAD.match(line)
    first = lead[0] if lead and len(lead[0]) <= width // 2 else ""
    indent = " " * len(first)
    lines: list[str] = []
    current, used = "", 0
    for word in line[len(first) :].split():
        for piece in _pieces(word, width - len(indent)):
            size = cell_width(piece)
            if current and used + 1 + size <= width:
                current += " " + piece
                used += 1 + size
                continue
            if current:
                lines.append(current)
            current, used = (indent if lines else first) + piece, len(indent) + size
    return [*lines, current] if current else [""]


def _pieces(word: str, width: int) -> list[str]:
    if cell_width(word) <= width:
        return [word]
    pieces: list[str] = []
    current, used = "", 0
    for character in word:
        size = _width_of(character)
        if current and used + size > width:
            pieces.append(current)
            current, used = "", 0
        current += character
        used += size
    return [*pieces, current]
