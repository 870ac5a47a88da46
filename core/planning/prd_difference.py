"""Which lines of a PRD an edit touched; a line that only moved is not touched."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter

from core.planning.outline.wording import tokens
from core.planning.planner import TaskDraft
from core.planning.prd_places import cited_lines
from core.tasks.model import Task


class PrdEdit:
    """What an edit of a PRD touched, from the text before and after it."""

    def __init__(self, before: str, after: str) -> None:
        old, new = _plain_lines(before), _plain_lines(after)
        added, gone = Counter(new) - Counter(old), Counter(old) - Counter(new)
        size = max(sum(map(bool, old)), sum(map(bool, new)), 1)
        self._kept = 1 - max(_lines_in(added), _lines_in(gone)) / size
        self.gone = [line for line in gone if line]
        """The lines that are no longer there."""
        self._gone_words = tokens("\n".join(self.gone)[:200_000])
        self.lines = sorted({*_numbers_of(new, added), *_neighbours(old, new, gone)})
        """The lines of the new text, from 1, that are new or next to a place where some were taken out."""

    @property
    def related(self) -> bool:
        """Whether one text is an edit of the other, not another document."""
        return self._kept >= 0.3

    def touches(self, draft: TaskDraft) -> bool:
        """Whether a draft of the new PRD comes from a touched line; one that names no lines may."""
        spans = cited_lines(draft.details) + cited_lines(draft.test_strategy)
        if draft.source_lines:
            spans.append(draft.source_lines)
        return not spans or any(self._any_line(first, last) for first, last in spans)

    def took_out(self, task: Task) -> bool:
        """Whether what the title of a present task speaks of stood in the lines that went."""
        words = tokens(task.title)
        return bool(words) and len(words & self._gone_words) * 5 >= len(words) * 3

    def _any_line(self, first: int, last: int) -> bool:
        at = bisect_left(self.lines, first)
        return at < len(self.lines) and self.lines[at] <= last


def _lines_in(lines: Counter[str]) -> int:
    return sum(times for line, times in lines.items() if line)


def _plain_lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]


def _numbers_of(lines: list[str], wanted: Counter[str]) -> list[int]:
    """The line numbers of the new lines; of a line that is there more often now, the last ones."""
    left = +wanted
    numbers: list[int] = []
    for number in range(len(lines), 0, -1):
        line = lines[number - 1]
        if line and left[line] > 0:
            left[line] -= 1
            numbers.append(number)
    return numbers


def _neighbours(old: list[str], new: list[str], gone: Counter[str]) -> list[int]:
    """Where lines were taken out: the numbers in the new text of the lines that stood around them."""
    places: dict[str, int] = {}
    for number, line in enumerate(new, 1):
        places.setdefault(line, number)
    left = +gone
    numbers: list[int] = []
    before, open_end = 0, False
    for line in filter(None, old):
        if left[line] > 0:
            left[line] -= 1
            numbers.append(before)
            open_end = True
            continue
        before = places.get(line, before)
        if open_end:
            numbers.append(before)
            open_end = False
    return [number for number in numbers if number]
