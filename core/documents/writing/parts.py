"""What a subtask says of its own, apart from the requirements of its task that it repeats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.documents.writing.material import BULLET, Material, Point
from core.documents.writing.page import listed, one_line, quoted, sentence
from core.planning.prd_lines import sentences
from core.planning.prd_places import without_places
from core.tasks.model import Task

_MOST_TEXTS = 4


@dataclass(frozen=True)
class Part:
    """A subtask: the requirements it takes over, and the rest of its texts."""

    subtask: Task
    points: tuple[Point, ...]
    own: str
    """Description and details without the lines that repeat requirements; Markdown, often empty."""

    @property
    def covers(self) -> str:
        """Its requirements in one line: `PRD lines 51-53, 158`; empty where none of them has lines."""
        return spans([point.lines for point in self.points if point.lines[0]])

    def requirements(self) -> str:
        """Its requirements as a list; of many only the lines of the PRD, where they have some."""
        if len(self.points) > _MOST_TEXTS and self.covers:
            return f"It answers to the requirements of {self.covers}."
        return listed(sentence(point.text) + point.cited for point in self.points)


def part_of(subtask: Task, material: Material) -> Part:
    """Take the texts of a subtask apart."""
    known = {_plain(point.text): point for point in (*material.requirements, *material.acceptance)}
    found: dict[str, Point] = {}
    own: list[str] = []
    for line in subtask.details.splitlines():
        bare = _plain(BULLET.sub("", line))
        if bare in known:
            found[bare] = known[bare]
        else:
            own.append(line)
    description = _rest(subtask.description, known, found, subtask.title, "\n".join(own))
    details = _without_empty_headings(own)
    return Part(subtask, tuple(found.values()), quoted("\n\n".join(filter(None, [description, details]))))


def spans(lines: Sequence[tuple[int, int]]) -> str:
    """`PRD lines 50-53, 158`."""
    numbers = sorted({number for first, last in lines for number in range(first, last + 1)})
    texts: list[str] = []
    at = 0
    while at < len(numbers):
        end = at
        while end + 1 < len(numbers) and numbers[end + 1] == numbers[end] + 1:
            end += 1
        texts.append(str(numbers[at]) if at == end else f"{numbers[at]}-{numbers[end]}")
        at = end + 1
    return f"PRD line{'s' if len(numbers) > 1 else ''} {', '.join(texts)}" if texts else ""


def _rest(text: str, known: dict[str, Point], found: dict[str, Point], title: str, details: str) -> str:
    """The description without sentences that are requirements, its title, or said again in the details."""
    kept: list[str] = []
    for line in text.splitlines():
        for _, _, piece in sentences(line):
            bare = _plain(piece)
            if bare in known:
                found.setdefault(bare, known[bare])
            elif bare != _plain(title) and bare not in _plain(details):
                kept.append(one_line(piece))
    return " ".join(kept)


def _without_empty_headings(lines: list[str]) -> str:
    kept: list[str] = []
    for at, line in enumerate(lines):
        below = next((other for other in lines[at + 1 :] if other.strip()), "")
        if line.rstrip().endswith(":") and not BULLET.match(line) and not below:
            continue
        kept.append(line)
    return "\n".join(kept).strip()


def _plain(text: str) -> str:
    return one_line(without_places(text)).lower().rstrip(".")
