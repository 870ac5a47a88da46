"""What a reader would send a PRD back for: words nobody can test, gaps, contradictions, repetitions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from core.errors import TaskdeckError
from core.planning.lexicon import MODAL, TASK_ROLES
from core.planning.outline.tasks import is_english
from core.planning.outline.wording import tokens
from core.planning.prd import Prd, Section, Statement, parse_prd
from core.planning.prd_figures import contradictions
from core.planning.prd_outline import asks
from core.planning.prd_vague import vague_words

Kind = Literal["untestable", "non-goals", "contradiction", "placeholder", "empty", "acceptance", "duplicate"]
_ACCEPTANCE = frozenset({"acceptance", "acceptance criteria", "success criteria", "verification"})
_META = frozenset(
    {"priority", "complexity", "estimated time", "estimate", "effort", "status", "files", "file", "example",
     "dependencies", "depends on", "notes", "note"}
)  # fmt: skip
_NON_GOALS = re.compile(
    r"\bnon[- ]?goals?\b|\b(?:out[- ]of|not in|beyond) (?:the )?scope\b|\bexclusions?\b|\bexcluded\b|"
    r"\bwhat (?:this|it|we) (?:is|are|will|do|does)(?: not|n['’]t)\b|"
    r"\bnot (?:included|planned|doing)\b|\bwon['’]?t[- ](?:have|do)\b",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"\bTB[DCA]\b|\btbd\b|\bTODO\b(?!['’]?s?[ /-]*(?:apps?|lists?|items?|comments?|markers?|entr|FIXME|HACK|"
    r"scanner|application))|\bFIXME\b(?! comments?| markers?)|(?<!\?)\?{3,}|"
    r"(?i:\bto be (?:determined|decided|defined|confirmed|"
    r"specified|announced|agreed)\b)|(?i:\blorem ipsum\b)|(?i:[\[<](?:insert|fill in|your|placeholder|add)\b"
    r"[^\]>\n]{0,60}[\]>])|"
    r"(?i:\[(?:[a-z]+ ){0,3}(?:name|description|date|user type|benefit|criterion|requirement)\](?!\())|"
    r"\b(?:must|shall|should|can)\s+(?:…|\.\.\.)"
)
_QUESTION = re.compile(r"^question\s*:", re.IGNORECASE)
_CODE_SPAN = re.compile(r"`[^`\n]*`")
_FILLER = re.compile(r"^\s*(?:[-*_=]{3,}|<!--.*?-->|</?\w[^>]*>)?\s*$")
_FENCE = re.compile(r"^\s*(?:```|~~~)")
_NUMBERS = re.compile(r"\d+(?:[.,]\d+)*")
_NEGATION = re.compile(r"\b(?:not|never|no|without|cannot)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PrdFinding:
    """One thing to look at. Lines and columns count from 1; `column` is None for a whole line or section."""

    kind: Kind
    line: int
    column: int | None
    text: str
    """What is the matter, with the words it is about."""
    hint: str
    """What to write instead."""


def lint_prd(text: str) -> list[PrdFinding]:
    """The findings in document order; none for an empty document. Code and quotes are not looked at."""
    try:
        prd = parse_prd(text)
    except TaskdeckError:
        return []
    return _Lint(prd, text).findings()


@dataclass(frozen=True, slots=True)
class _Place:
    """A statement, the section it stands in, and those around that, from the outermost on."""

    statement: Statement
    path: tuple[Section, ...]

    @property
    def section(self) -> Section:
        return self.path[-1]


class _Lint:
    def __init__(self, prd: Prd, text: str) -> None:
        self.prd = prd
        self.lines = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self.places = [place for place in _places(prd.root) if not self._quoted(place.statement)]
        self.requirements = [place for place in self.places if _is_requirement(place)]

    @cached_property
    def english(self) -> bool:
        return is_english([place.statement for place in self.places])

    def findings(self) -> list[PrdFinding]:
        found = [
            *self._untestable(), *self._non_goals(), *self._contradictions(), *self._placeholders(),
            *self._empty(), *self._acceptance(), *self._duplicates(),
        ]  # fmt: skip
        return sorted(found, key=lambda one: (one.line, one.column or 0, one.kind))

    def _quoted(self, statement: Statement) -> bool:
        at = statement.first - 1
        return at < len(self.lines) and self.lines[at].lstrip().startswith(">")

    def _column(self, statement: Statement, word: str) -> tuple[int, int | None]:
        """Line and column of a word of a statement, as far as it can be found in the file."""
        pattern = re.compile(r"(?<!\w)" + re.escape(word))
        for number in range(statement.first, min(statement.last, len(self.lines)) + 1):
            if match := pattern.search(self.lines[number - 1]):
                return number, match.start() + 1
        return statement.first, None

    # Checks

    def _untestable(self) -> Iterator[PrdFinding]:
        beside = {(id(p.section), p.statement.label) for p in self.places if p.statement.label in _ACCEPTANCE}
        with_criteria = {section for section, _ in beside}
        for at, place in enumerate(self.requirements):
            if id(place.section) in with_criteria and place.statement.label not in _ACCEPTANCE:
                continue
            below = _points_below(self.requirements, at)
            words = vague_words(place.statement.text, below)
            if words:
                line, column = self._column(place.statement, words[0].word)
                names = " and ".join(f'"{one.word}"' for one in words)
                yield PrdFinding("untestable", line, column, f"{names}: nobody can test that.", words[0].hint)

    def _non_goals(self) -> Iterator[PrdFinding]:
        sections = self.prd.sections()
        if len(sections) < 3 or len(self.requirements) < 3 or not self.english:
            return
        named = any(_NON_GOALS.search(section.title) for section in sections)
        if not named and not any(_NON_GOALS.search(place.statement.text) for place in self.places):
            yield PrdFinding(
                "non-goals", 1, None, "Nothing says what will not be built.",
                'Add a section "Non-goals": what could one expect that it will not do?',
            )  # fmt: skip

    def _contradictions(self) -> Iterator[PrdFinding]:
        places = [
            (place.statement, place.path[1:])
            for place in self.places
            if place.statement.kind != "code"
            and place.statement.label not in _META
            and place.section.role not in ("milestones", "order")
        ]
        for first, second in contradictions(places):
            line, column = self._column(second.statement, second.shown)
            yield PrdFinding(
                "contradiction", line, column,
                f'"{second.shown}" here, "{first.shown}" in line {first.statement.first}.',
                "Keep one of the two figures, or say what makes them different.",
            )  # fmt: skip

    def _placeholders(self) -> Iterator[PrdFinding]:
        hint = "Decide it, or move it to the open questions with the name of who decides."
        for place in self.places:
            text = _CODE_SPAN.sub("", place.statement.text)
            match = _PLACEHOLDER.search(text) or (
                _QUESTION.match(text) if "question" not in place.section.title.lower() else None
            )
            if match and place.statement.kind != "code":
                line, column = self._column(place.statement, match[0])
                if _QUESTION.match(text):
                    yield PrdFinding("placeholder", line, column, "A question without an answer.",
                                     "Answer it in a requirement and delete it.")  # fmt: skip
                else:
                    yield PrdFinding("placeholder", line, column, f'"{match[0]}" is still open.', hint)
        for section in self.prd.sections():
            if match := _PLACEHOLDER.search(_CODE_SPAN.sub("", section.title)):
                yield PrdFinding(
                    "placeholder", section.first, None, f'"{match[0]}" in a heading is still open.', hint
                )

    def _empty(self) -> Iterator[PrdFinding]:
        leaves = [s for s in self.prd.sections() if not s.children and 0 < s.level < 7]
        empty = [s for s in leaves if self._is_empty(s)]
        if len(empty) * 2 > len(leaves):
            return  # a list of headings
        first = self.prd.sections()[0] if leaves else None
        for section in empty:
            if section is not first and not MODAL.search(section.title) and section.role != "milestones":
                yield PrdFinding(
                    "empty", section.first, None, f'Nothing stands below "{section.name}".',
                    "Write what belongs there, or delete the heading.",
                )  # fmt: skip

    def _is_empty(self, section: Section) -> bool:
        return all(_FILLER.match(line) for line in self.lines[section.first : section.last])

    def _acceptance(self) -> Iterator[PrdFinding]:
        for parent in self.prd.root.walk():
            asking = [s for s in parent.children if s.role in TASK_ROLES and not s.done and _asks_for_work(s)]
            without = [s for s in asking if not _has_criteria(s)]
            with_them = len(asking) - len(without)
            if with_them >= 2 and with_them >= len(without):
                for section in without:
                    yield PrdFinding(
                        "acceptance", section.first, None,
                        f'"{section.name}" has no acceptance criteria, the sections beside it have.',
                        "Say what has to be shown before it counts as done.",
                    )  # fmt: skip

    def _duplicates(self) -> Iterator[PrdFinding]:
        groups: dict[tuple[object, ...], list[_Place]] = {}
        for place in self.requirements:
            text = place.statement.text
            words = tokens(text[:1000])
            if len(words) >= 4 and place.statement.label not in _ACCEPTANCE and len(text) <= 1000:
                key = (words, frozenset(_NUMBERS.findall(text)), bool(_NEGATION.search(text)))
                groups.setdefault(key, []).append(place)
        for places in groups.values():
            if 2 <= len(places) <= 3:  # what stands everywhere is a form that was filled in
                first = places[0].statement.first
                for place in places[1:]:
                    yield PrdFinding(
                        "duplicate", place.statement.first, None, f"The same as line {first}.",
                        "Say it once; refer to it elsewhere.",
                    )  # fmt: skip


def _places(root: Section) -> list[_Place]:
    places: list[_Place] = []
    waiting: list[tuple[Section, tuple[Section, ...]]] = [(root, (root,))]
    while waiting:
        section, path = waiting.pop()
        places += [_Place(statement, path) for statement in section.statements]
        waiting += [(child, (*path[:6], child)) for child in reversed(section.children)]
    return places


def _is_requirement(place: _Place) -> bool:
    """Whether a statement asks for something that somebody has to show in the end."""
    statement, role = place.statement, place.section.role
    if statement.kind == "code" or statement.done or statement.label in _META or statement.text.endswith("?"):
        return False
    if role in TASK_ROLES or role == "acceptance":
        return asks(statement)
    return role in ("unknown", "constraints") and bool(MODAL.search(statement.text))


def _points_below(places: Sequence[_Place], at: int) -> list[str]:
    """The texts of the list that stands in an item."""
    statement = places[at].statement
    found: list[str] = []
    for place in places[at + 1 : at + 9]:
        if place.statement.depth <= statement.depth or place.section is not places[at].section:
            break
        found.append(place.statement.text)
    return found


def _asks_for_work(section: Section) -> bool:
    return any(asks(s) and s.kind != "code" for s in section.statements)


def _has_criteria(section: Section) -> bool:
    return any(
        below.role == "acceptance" or any(s.label in _ACCEPTANCE for s in below.statements)
        for below in section.walk()
    )
