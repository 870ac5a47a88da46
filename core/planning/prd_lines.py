"""Text of a PRD line by line: plain-text headings made Markdown, marks taken off, sentences told apart."""

from __future__ import annotations

import re
from collections.abc import Iterator

_TAG_LINE = re.compile(r"^\s{0,3}</?[A-Za-z][\w-]*>\s*$")
_FENCE = re.compile(r"^\s{0,3}(```+|~~~+)")
_MARKDOWN_HEADING = re.compile(r"^ {0,3}#{1,6}\s+\S")
_UNDERLINE = re.compile(r"^\s*(?:=+|-{3,})\s*$")
_NUMBERED = re.compile(r"^(?:section\s+)?((?:\d{1,2}\.)*\d{1,2})[.):]?\s+(\S.{1,78})$", re.IGNORECASE)
_CAPITALS = re.compile(r"^[A-Z][A-Z0-9 &/,()'+-]{3,78}:?$")
_NUMBER = re.compile(
    r"^(?:\(?((?:\d{1,3}\.)+\d{0,3}|\d{1,3}[.):]|[IVX]{1,4}\.|[A-Z]\.)\)?|(?:section|part|"
    r"chapter)\s+(\d+)[.:]?|((?:R|FR|NFR|REQ|US|UC)[- ]?\d{1,3}(?:\.\d+)*)[.:)]?)\s+",
    re.IGNORECASE,
)
_LINK = re.compile(r"!?\[([^\]\n]{0,300})\]\([^)\n]{0,500}\)")
_EMPHASIS = re.compile(r"(\*\*|__|~~)(?=\S)(.{1,400}?)(?<=\S)\1")
_LIGHT = re.compile(r"(?<![\w*])([*_])(?=[^\s*_])([^*_\n]{1,300}?)(?<=[^\s*_])\1(?![\w*])")
_COMMENT = re.compile(r"<!--.{0,2000}?-->", re.DOTALL)
_FRONT_SIGNS = re.compile(r"^(?:\[[ xX]\]\s+|[\U0001F000-\U0001FAFF\u2190-\u2BFF\uFE0F]+\s*)+")
_SENTENCE_END = re.compile(r"[.!?。！？](?=\s+[\"'`(*]*[A-Z0-9À-ÞА-Я]|\s*$)|[。！？]")
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|approx|no|fig|cf|mr|dr|st|\d+|[A-Z]))$", re.IGNORECASE)


def as_markdown(text: str) -> str:
    """The text with each line in its place, so that Markdown sees the headings a person sees."""
    lines = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\0", " ").split("\n")
    _blank_front_matter(lines)
    fenced = False
    headings = 0
    for number, line in enumerate(lines):
        if _FENCE.match(line):
            fenced = not fenced
        elif not fenced and _TAG_LINE.match(line):
            lines[number] = ""  # <context> and <PRD> of Task Master's template would hide what they hold
        elif not fenced and _MARKDOWN_HEADING.match(line):
            headings += 1
    if headings < 2:
        _mark_plain_headings(lines)
    return "\n".join(lines)


def _blank_front_matter(lines: list[str]) -> None:
    if not lines or lines[0].strip() != "---":
        return
    for end in range(1, min(len(lines), 60)):
        if lines[end].strip() == "---":
            lines[: end + 1] = [""] * (end + 1)
            return


def _mark_plain_headings(lines: list[str]) -> None:
    """Put `#` before lines that stand alone and are numbered or in capitals, as text files write headings."""
    for number, line in enumerate(lines):
        text = line.strip()
        alone = not (number and lines[number - 1].strip()) or lines[number - 1].startswith("#")
        if not text or line.startswith((" ", "\t")) or not alone:
            continue
        below = lines[number + 1].strip() if number + 1 < len(lines) else ""
        if _UNDERLINE.match(below) and len(below) >= 3:
            continue
        level = _plain_level(text, below)
        if level:
            lines[number] = "#" * level + " " + text.rstrip(":")


def _plain_level(text: str, below: str) -> int:
    numbered = _NUMBERED.match(text)
    words = numbered[2] if numbered else text
    capitals = _CAPITALS.match(words) is not None and any(len(w) > 2 for w in words.split())
    if numbered and (capitals or (not words.endswith((".", ";", ",")) and len(words.split()) <= 9)):
        next_item = _NUMBERED.match(below)
        if not next_item:
            return min(1 + numbered[1].count(".") + 1, 6)
    if capitals and not numbered:
        return 2
    if text.endswith(":") and len(text.split()) <= 5 and text[:1].isupper() and not numbered:
        return 3
    return 0


def heading_parts(content: str) -> tuple[str, str]:
    """Number and title of a heading: "4.1 **Accounts**" gives ("4.1", "Accounts")."""
    text = plain(" ".join(content.split())).strip("# ")
    found = _NUMBER.match(text)
    if not found or found.end() == len(text):
        return "", text.rstrip(":")
    return (found[1] or found[2] or found[3]).rstrip(".):"), text[found.end() :].rstrip(":")


def plain(text: str) -> str:
    """The text without emphasis, links, comments, check boxes and pictographs in front; code marks stay."""
    if "<!--" in text:
        text = _COMMENT.sub("", text)
    if "](" in text:
        text = _LINK.sub(r"\1", text)
    if "*" in text or "_" in text or "~" in text:
        text = _LIGHT.sub(r"\2", _EMPHASIS.sub(r"\2", text))
    return _FRONT_SIGNS.sub("", text.strip()).strip()


def sentences(text: str) -> Iterator[tuple[int, int, str]]:
    """Each sentence with the first and last line it stands on, counted from 0 at the start of `text`."""
    start = line = 0
    for found in _SENTENCE_END.finditer(text):
        if text[found.start()] == "." and _ABBREVIATION.search(
            text[max(start, found.start() - 8) : found.start()]
        ):
            continue
        piece = text[start : found.end()]
        lead = piece[: len(piece) - len(piece.lstrip())].count("\n")
        end = line + piece.count("\n")
        if piece.strip():
            yield line + lead, end, " ".join(piece.split())
        start, line = found.end(), end
    rest = text[start:]
    if rest.strip():
        lead = rest[: len(rest) - len(rest.lstrip())].count("\n")
        yield line + lead, line + rest.rstrip().count("\n"), " ".join(rest.split())
