"""Writes the texts of a task draft: description, details that cite the PRD by line, test strategy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from core.planning.lexicon import LAYER_WORDS, Layer
from core.planning.outline.units import Unit, matter
from core.planning.outline.wording import Wording, clipped, tokens
from core.planning.planner import TaskDraft
from core.planning.prd import Prd, Section, Statement

_QUOTE = 400
"""Characters of a requirement that are quoted; the line number leads to the rest."""
_MOST_QUOTES = 24
_MOST_PLACED = 300
"""Statements of one task that are looked up in their sections; a task of more is a whole document."""

_TESTS: dict[Layer, str] = {
    Layer.SCAFFOLD: "A fresh clone builds, lints and tests with the documented commands, locally and in "
    "continuous integration.",
    Layer.CONTRACT: "The contract compiles without warnings, generated code is used by a small client, "
    "and a breaking change is found.",
    Layer.SCHEMA: "Migrations run on an empty database and on the previous version; constraints refuse "
    "what they must.",
    Layer.ACCESS: "Tests against a real database cover every query, its errors and the rollback of a "
    "failed transaction.",
    Layer.AUTH: "Tests cover the good case, expired, forged and missing credentials, and that nothing "
    "is told to a stranger.",
    Layer.STREAMING: "Tests with several clients check order, completeness, reconnecting and a slow reader.",
    Layer.SECURITY: "Each measure has a test that fails without it; a scan of dependencies is clean.",
    Layer.OBSERVABILITY: "A test run shows each log line, metric and trace that is asked for, with the "
    "right labels.",
    Layer.QUALITY: "A repeatable load run measures each figure named above and fails when one is missed.",
    Layer.TESTS: "The suite runs in continuous integration, fails on a broken requirement and leaves "
    "nothing behind.",
    Layer.DEPLOYMENT: "A deployment from nothing comes up healthy, an upgrade keeps serving, a rollback "
    "works.",
    Layer.DOCUMENTATION: "A person new to the project follows each guide to the end without asking.",
}


class Writer:
    """Turns units into drafts of one document."""

    def __init__(self, prd: Prd, wording: Wording) -> None:
        self.wording = wording
        sections = prd.sections()
        self.sections = sections
        self.standards = [
            s for section in sections if section.role == "constraints" for s in matter(section.statements)
        ][:200]
        self.testing = [
            s
            for section in sections
            if section.role == "testing"
            for s in matter(section.statements)
            if s.depth
        ][:50]

    def draft(self, number: int, unit: Unit, priority: str, dependencies: list[int]) -> TaskDraft:
        return TaskDraft(
            id=number,
            title=unit.title,
            description=self._description(unit),
            details=self._details(unit),
            test_strategy=self._test_strategy(unit),
            priority=priority,
            dependencies=dependencies,
            source_lines=_span(unit),
        )

    def steps(self, statements: Sequence[Statement], limit: int = 90) -> list[str]:
        """The statements as short lines in the imperative, without repetition."""
        lines = [
            self.wording.imperative(s.text if not _only_lead(s) else s.lead, limit=limit) for s in statements
        ]
        return list(dict.fromkeys(line for line in lines if line))

    def _description(self, unit: Unit) -> str:
        prose = [s.text for s in takewhile(lambda s: s.kind == "sentence", unit.statements)]
        if prose:
            return _quoted(" ".join(prose), 300)
        if len(unit.statements) == 1:
            return _quoted(unit.statements[0].text, 300)
        if unit.layer in (Layer.CONTRACT, Layer.SCHEMA):
            return _quoted("; ".join(s.text.rstrip(".") for s in unit.statements[:4]), 300) + "."
        if unit.layer == Layer.SCAFFOLD:
            return _quoted(unit.statements[0].text, 300) if unit.statements else unit.title + "."
        steps = self.steps(unit.statements[:6], 84)
        if not steps:
            return unit.title + "."
        more = len(unit.statements) - len(steps[:3])
        text = "; ".join([steps[0], *(self.wording.first_lowered(step) for step in steps[1:3])])
        return f"{text}; and {more} more {'point' if more == 1 else 'points'}." if more > 0 else text + "."

    def _details(self, unit: Unit) -> str:
        blocks: list[str] = []
        for at, (section, statements) in enumerate(self._by_section(unit)):
            lines = _lines(statements[0].first, max(s.last for s in statements))
            name = f'"{section.name}"' if section.name else "its text"
            opening = f"From the PRD, {name}" if at == 0 else f"Also from {name}"
            quotes = [_quote(s) for s in statements[:_MOST_QUOTES]]
            if len(statements) > _MOST_QUOTES:
                quotes.append(f"- and {len(statements) - _MOST_QUOTES} more points there")
            blocks.append(f"{opening} ({lines}):\n" + "\n".join(quotes))
        if unit.acceptance:
            blocks.append("Accepted when:\n" + "\n".join(_quote(s) for s in unit.acceptance[:12]))
        mind = [*unit.context[:6], *self._standards_for(unit)]
        if mind:
            blocks.append("Keep in mind:\n" + "\n".join(dict.fromkeys(_quote(s) for s in mind)))
        return "\n\n".join(blocks)

    def _by_section(self, unit: Unit) -> list[tuple[Section, list[Statement]]]:
        """The statements under the section each of them stands in, in the order of the unit."""
        groups: list[tuple[Section, list[Statement]]] = []
        for s in (unit.statements or unit.acceptance)[:_MOST_PLACED]:
            home = self._home(unit, s)
            if groups and groups[-1][0] is home:
                groups[-1][1].append(s)
            else:
                groups.append((home, [s]))
        return groups

    def _home(self, unit: Unit, statement: Statement) -> Section:
        inside = [s for s in unit.sources if s.first <= statement.first <= s.last]
        return max(
            inside, key=lambda s: s.level, default=unit.sources[0] if unit.sources else self.sections[0]
        )

    def _standards_for(self, unit: Unit) -> list[Statement]:
        """Up to two constraints that speak of this kind of work."""
        if unit.layer == Layer.SCAFFOLD:
            return []
        pattern = (
            next(pattern for layer, pattern in LAYER_WORDS if layer == unit.layer)
            if unit.layer != Layer.SERVICE
            else None
        )
        words = unit.words()
        known = {s.first for s in (*unit.statements, *unit.context)}
        found = [
            s
            for s in self.standards
            if s.first not in known
            and ((pattern and pattern.search(s.text)) or len(words & tokens(s.text[:300])) >= 2)
        ]
        return found[:2]

    def _test_strategy(self, unit: Unit) -> str:
        parts: list[str] = []
        if unit.acceptance:
            parts.append("Show that " + "; ".join(self._criterion(s) for s in unit.acceptance[:5]) + ".")
        general = _TESTS.get(unit.layer)
        steps = [self.wording.first_lowered(step) for step in self.steps(unit.statements[:4], 84)]
        if general:
            parts.append(general)
        elif steps:
            parts.append(
                "Test through the public interface, good case and refusal: " + "; ".join(steps[:3]) + "."
            )
        rule = next((s for s in self.testing if re.search(r"\bintegration\b", s.text, re.IGNORECASE)), None)
        if rule is not None and unit.layer in range(Layer.ACCESS, Layer.SECURITY):
            parts.append(f"As the PRD asks (line {rule.first}): {_quoted(rule.text, 160)}")
        return " ".join(parts)

    def _criterion(self, statement: Statement) -> str:
        return (
            self.wording.first_lowered(_quoted(statement.text, 220).rstrip(". "))
            + f" (line {statement.first})"
        )


def _only_lead(statement: Statement) -> bool:
    return bool(statement.lead) and len(statement.text) <= len(statement.lead) + 2


def _quoted(text: str, limit: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limit else clipped(text[: limit - 1], limit - 1) + "…"


def _quote(statement: Statement) -> str:
    place = (
        f"line {statement.first}"
        if statement.first == statement.last
        else f"lines {statement.first}-{statement.last}"
    )
    return f"- {_quoted(statement.text, _QUOTE)} ({place})"


def _lines(first: int, last: int) -> str:
    return f"PRD line {first}" if first == last else f"PRD lines {first}-{last}"


def _span(unit: Unit) -> tuple[int, int]:
    """The lines of the section most of the unit comes from, as far as the unit uses it."""
    main = unit.sources[0] if unit.sources else None
    spans = [
        (first, last) for first, last in unit.lines() if main is None or main.first <= first <= main.last
    ]
    spans = spans or unit.lines()
    first, last = spans[0][0], max(last for _, last in spans)
    if main is not None and main.level and unit.heading == main.title and main.first <= first:
        first = main.first
    return max(first, 1), max(last, first, 1)
