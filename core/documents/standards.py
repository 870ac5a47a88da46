"""The project's standards: which files hold them, and what they say, line by line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.documents.places import Place

_USUAL = ("standards.md", "STANDARDS.md", "CONTRIBUTING.md", "CLAUDE.md", "AGENTS.md", "docs/standards.md")
_NAMED = re.compile(r"`([\w./-]{1,120}\.(?:md|txt))`|(?<![\w`/])([\w./-]{1,100}/[\w.-]{1,60}\.md)\b")
_TELLS = re.compile(r"standard|convention|guideline|style ?guide|contributing", re.IGNORECASE)
_MOST_BYTES = 200_000


@dataclass(frozen=True, slots=True)
class Standards:
    """A file with the project's standards: its path in the project and its text."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing a file of standards says."""

    text: str
    path: str
    line: int
    section: str


def find_standards(place: Place, configured: Sequence[str], prd: str = "") -> tuple[str, ...]:
    """The files with standards, as paths in the project: those of the settings, else those the PRD names as
    standards, else the usual ones that are there. What lies outside of the project is left out.
    """
    named = list(configured)
    if not named:
        for line in prd.splitlines():
            if _TELLS.search(line):
                named += [one or other for one, other in _NAMED.findall(line)]
    found = _readable(place, named)
    return found or _readable(place, _USUAL)


def read_standards(place: Place, paths: Sequence[str]) -> tuple[Standards, ...]:
    """The texts of those files; what cannot be read is left out. Blocks."""
    texts = ((path, place.read(path)) for path in paths)
    return tuple(
        Standards(path, data[:_MOST_BYTES].decode("utf-8", "replace")) for path, data in texts if data
    )


def rules_of(standards: Sequence[Standards]) -> tuple[Rule, ...]:
    """Every item and sentence of the standards, in order."""
    from core.errors import TaskdeckError
    from core.planning.prd import parse_prd

    rules: list[Rule] = []
    for file in standards:
        try:
            sections = parse_prd(file.text).root.walk()
        except TaskdeckError:
            continue
        for section in sections:
            rules += [
                Rule(said.text, file.path, said.first, section.title)
                for said in section.statements
                if said.kind == "item"
            ]
    return tuple(rules)


def _readable(place: Place, paths: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(path for path in paths if place.read(path)))
