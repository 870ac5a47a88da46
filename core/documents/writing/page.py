"""Puts Markdown together: headings only over something, texts of tasks kept from breaking the page."""

from __future__ import annotations

import re
from collections.abc import Iterable

from core.planning.lexicon import word_set

_FENCE = re.compile(r"^\s*(```+|~~~+)")
_HEADING = re.compile(r"^(\s{0,3})#{1,6}\s+(.*)$")
_RULE = re.compile(r"^\s{0,3}(?:-{3,}|={3,}|\*{3,})\s*$")
_LONGEST = 60_000
_ARTICLES = word_set("a an the all any both each every no of one only two when while if it this")


class Page:
    """A document that grows downwards."""

    def __init__(self) -> None:
        self._blocks: list[str] = []

    def title(self, text: str) -> None:
        self._blocks.append(f"# {one_line(text)}")

    def text(self, *paragraphs: str) -> None:
        """Paragraphs; empty ones are left out."""
        self._blocks += [paragraph.strip() for paragraph in paragraphs if paragraph.strip()]

    def section(self, heading: str, *blocks: str, level: int = 2) -> None:
        """A heading with what stands below it; nothing at all when that is empty."""
        kept = [block.strip("\n") for block in blocks if block.strip()]
        if kept:
            self._blocks += [f"{'#' * level} {one_line(heading)}", *kept]

    def __str__(self) -> str:
        return "\n\n".join(self._blocks) + "\n"


def listed(items: Iterable[str], mark: str = "-") -> str:
    """Items of a list, each on one line."""
    return "\n".join(f"{mark} {one_line(item)}" for item in items)


def numbered(items: Iterable[str]) -> str:
    """An ordered list."""
    return "\n".join(f"{at}. {item}" for at, item in enumerate(items, 1))


def boxes(items: Iterable[str]) -> str:
    """A list to tick."""
    return listed(items, "- [ ]")


def one_line(text: str) -> str:
    """The text with every run of blanks and line breaks as one blank."""
    return " ".join(text.split())


def quoted(text: str) -> str:
    """A text of a task as it stands, without headings and rules of its own that would cut the page."""
    if len(text) > _LONGEST:
        more = len(text) - _LONGEST
        text = f"{text[:_LONGEST]}\n\n(… {more:,} characters more stand in the task file.)"
    lines: list[str] = []
    fence = ""
    for line in text.replace("\r\n", "\n").strip("\n").split("\n"):
        mark = _FENCE.match(line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        elif not fence:
            line = _HEADING.sub(lambda match: f"{match[1]}**{match[2].strip('#* ')}**", line)
            line = "" if _RULE.match(line) else line
        lines.append(line.rstrip())
    if fence:
        lines.append(fence)
    return "\n".join(lines).strip("\n")


def sentence(text: str) -> str:
    """The text with a full stop behind, where it has no end of its own, and a capital before an article."""
    text = one_line(text)
    if not text:
        return ""
    # Only articles and their like: the first word may be a name that is written small, such as tonic.
    if text.split(maxsplit=1)[0] in _ARTICLES:
        text = text[0].upper() + text[1:]
    return text + ("" if text[-1] in ".!?:…。" else ".")
