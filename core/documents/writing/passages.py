"""Which lines of the PRD speak of a task's subject, and which other task they belong to."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from core.errors import TaskdeckError
from core.planning.lexicon import GENERIC, Role
from core.planning.outline.wording import tokens
from core.planning.prd import Prd, Section, Statement, parse_prd
from core.planning.prd_places import cited_lines
from core.tasks.model import Task

_FEWEST = 0.5
_FEWEST_WORDS = 3
_NEAR = 0.2
_EACH_ROLE = 6
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|_")
_OPEN = ("open question", "open issue", "open point", "unresolved", "questions")
_NO_GOAL = (
    "non-goal",
    "non goal",
    "out of scope",
    "out-of-scope",
    "not in scope",
    "exclusion",
    "what this is not",
)


@dataclass(frozen=True, slots=True)
class Passage:
    """A statement of the PRD, where it stands, and the tasks that cite it."""

    text: str
    first: int
    last: int
    section: str
    role: Role
    owners: tuple[str, ...] = ()

    @property
    def lines(self) -> str:
        """`PRD line 50`, `PRD lines 50-52`."""
        return f"PRD line {self.first}" if self.first == self.last else f"PRD lines {self.first}-{self.last}"


class PrdText:
    """A PRD as the writer asks it. `name` is how it is cited; an empty `text` means that there is none."""

    def __init__(self, text: str, name: str, tasks: Sequence[Task]) -> None:
        self.text = text
        self.name = name
        self._tasks = tasks

    @cached_property
    def prd(self) -> Prd | None:
        """The document as a tree, None when there is none."""
        try:
            return parse_prd(self.text) if self.text.strip() else None
        except TaskdeckError:
            return None

    @cached_property
    def spans(self) -> dict[str, list[tuple[int, int]]]:
        """Task key -> the lines its details cite."""
        return {task.key: own_spans(task.details) for task in self._tasks}

    def passages(self, task: Task) -> tuple[Passage, ...]:
        """What else the PRD says that shares enough telling words with the task, in document order.

        Lines that the task cites itself are left out, and lines that only another task's features cite.
        """
        words = self._subject(task) | _telling(f"{task.description}\n{task.details}")
        scored: list[tuple[float, Passage]] = []
        for section, said in self._said:
            passage = self._passage(section, said)
            if task.key in passage.owners or section.role in ("none", "milestones", "acceptance", "context"):
                continue
            if passage.owners and section.role == "feature":
                continue
            score = self._covered(words, _telling(said.text))
            if score >= _FEWEST:
                scored.append((score, passage))
        kept: Counter[str] = Counter()
        chosen: list[Passage] = []
        for _, passage in sorted(scored, key=lambda pair: (-pair[0], pair[1].first)):
            kept[passage.role] += 1
            if kept[passage.role] <= _EACH_ROLE:
                chosen.append(passage)
        return tuple(sorted(chosen, key=lambda passage: passage.first))

    def open_questions(self, task: Task) -> tuple[Passage, ...]:
        """Questions the PRD leaves open that share a telling word with the task."""
        words = self._subject(task) | (_telling(f"{task.description}\n{task.details}") - GENERIC)
        return tuple(
            self._passage(section, said)
            for section, said in self._said
            if section.title.lower().startswith(_OPEN)
            and self._covered(words, _telling(said.text), 1) >= _NEAR
        )

    def non_goals(self) -> tuple[Passage, ...]:
        """What the PRD says it does not want."""
        return tuple(
            self._passage(section, said)
            for section, said in self._said
            if any(word in section.title.lower() for word in _NO_GOAL) and " and " not in section.title
        )

    def sections_of(self, task: Task) -> tuple[Section, ...]:
        """The sections that hold the lines the task cites."""
        if self.prd is None:
            return ()
        spans = self.spans.get(task.key, [])
        return tuple(
            section
            for section in self.prd.sections()
            if any(_overlap((said.first, said.last), spans) for said in section.statements)
        )

    def differs(self, task: Task) -> bool:
        """Whether the lines the task cites no longer say what it repeats of them: the PRD was edited."""
        if self.prd is None or not self.spans.get(task.key):
            return False
        lines = self.text.splitlines()
        for first, last in self.spans[task.key]:
            if last > len(lines):
                return True
            cited = tokens(" ".join(lines[first - 1 : last]))
            if cited and len(cited & tokens(task.details)) < 0.5 * len(cited):
                return True
        return False

    @cached_property
    def _said(self) -> list[tuple[Section, Statement]]:
        if self.prd is None:
            return []
        return [
            (section, said)
            for section in self.prd.sections()
            for said in section.statements
            if said.kind != "code"
        ]

    @cached_property
    def _weights(self) -> dict[str, float]:
        counts = Counter(word for _, said in self._said for word in _telling(said.text))
        size = len(self._said) or 1
        return {
            word: 0.0 if word in GENERIC else math.log(1 + size / count) for word, count in counts.items()
        }

    def _subject(self, task: Task) -> frozenset[str]:
        """The words that make the task what it is: its title's and the headings' it was made from."""
        headings = " ".join(section.title for section in self.sections_of(task))
        return _telling(f"{task.title} {headings}") - GENERIC

    def _covered(self, words: frozenset[str], said: frozenset[str], fewest: int = _FEWEST_WORDS) -> float:
        """Which share of what a statement says, rare words counting more, is in the words of a task."""
        weights = self._weights
        shared = sorted(word for word in words & said if weights.get(word))
        whole = math.fsum(sorted(weights.get(word, 0.0) for word in said))
        if len(shared) < fewest or not whole:
            return 0.0
        return math.fsum(weights[word] for word in shared) / whole

    def _passage(self, section: Section, said: Statement) -> Passage:
        owners = tuple(key for key, spans in self.spans.items() if _overlap((said.first, said.last), spans))
        return Passage(said.text, said.first, said.last, section.name, section.role, owners)


def own_spans(details: str) -> list[tuple[int, int]]:
    """The lines of the PRD that single points of the details cite, else those its headings cite."""
    points = [
        span for line in details.splitlines() if not line.rstrip().endswith(":") for span in cited_lines(line)
    ]
    return points or cited_lines(details)


def _telling(text: str) -> frozenset[str]:
    """The telling words of a text, those inside names such as `AuthService` too."""
    return tokens(_HUMP.sub(" ", text))


def _overlap(lines: tuple[int, int], spans: Sequence[tuple[int, int]]) -> bool:
    return any(lines[0] <= last and first <= lines[1] for first, last in spans)
