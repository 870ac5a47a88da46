"""Collects the work of a whole PRD: a list of its own, its sections, its roadmap, or its bare sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.planning.lexicon import MODAL, SOFTWARE, VERBS, Layer, Role
from core.planning.outline.roadmap import enriched, prefers_roadmap, roadmap_units
from core.planning.outline.units import BUILT_WITH, Unit, classify, matter, new_unit, section_units, take
from core.planning.outline.wording import tokens
from core.planning.prd import Prd, Section, Statement

_EXPLICIT = re.compile(
    r"^(task|requirement|feature|work item|ticket|issue|epic)\s*#?\s*(\d+(?:\.\d+)*)\s*[:.)–-]+\s*(\S.*)$",
    re.IGNORECASE,
)
_ACCOUNT_WORDS = re.compile(
    r"\b(?:passwords?|tokens?|sign[- ]?in|log ?in|sessions?|credentials?|authenticat\w+|jwt|oauth\w*|"
    r"mfa|2fa)\b",
    re.IGNORECASE,
)


@dataclass
class Material:
    """Everything found in a PRD."""

    units: list[Unit]
    skipped: list[Section]
    """Sections that say they are done already."""
    software: bool
    explicit: bool
    """The PRD lists its tasks itself; nothing is added to them."""


def collect(prd: Prd) -> Material:
    """The work units of a PRD, not yet counted, ordered or connected."""
    sections = prd.sections()
    everything = prd.root.all_statements()
    software = sum(1 for s in everything[:3000] if SOFTWARE.search(s.text[:500])) >= max(
        1, min(len(everything) // 12, 5)
    )
    skipped = [s for s in sections if s.done and s.statements]
    explicit = _explicit_units(sections)
    if explicit:
        return Material(explicit, skipped, software, explicit=True)
    units = section_units(prd)
    listed = roadmap_units(sections)
    if prefers_roadmap(listed, units):
        units = enriched(listed, units)
    if not units:
        units = _loose_units(prd)
    _place_security(units)
    _give_acceptance(units, sections)
    return Material(units, skipped, software, explicit=False)


def _explicit_units(sections: Sequence[Section]) -> list[Unit]:
    """Sections headed "Task 3: ..." or "Requirement 1.2: ...", when the PRD is such a list."""
    found = [
        (section, m)
        for section in sections
        if section.role != "none" and (m := _EXPLICIT.match(section.title))
    ]
    if len(found) < 3:
        return []
    units: list[Unit] = []
    phases: dict[str, int] = {}
    for section, match in found:
        unit = new_unit(section, section.all_statements())
        unit.heading, unit.number = match[3], match[2]
        unit.layer = classify(match[3])
        phase = match[2].split(".")[0] if "." in match[2] else ""
        unit.phase = phases.setdefault(phase, len(phases))
        unit.wants += [
            s.text for s in unit.statements if re.search(r"\b(?:task|requirement)s? \d", s.text, re.I)
        ]
        units.append(unit)
    return units


def _loose_units(prd: Prd) -> list[Unit]:
    """A text without sections that ask for work: its items, else its sentences, each of them one unit."""
    leave_out: set[Role] = {"none", "acceptance"}
    open_sections = [s for s in prd.root.walk() if s.role not in leave_out and not s.done]
    pairs = [(section, s) for section in open_sections for s in matter(section.statements)]
    pairs = [pair for pair in pairs[_is_title(pairs) :] if not BUILT_WITH.match(pair[1].text)] or pairs
    items = [(section, s) for section, s in pairs if s.depth and len(s.text) > 3]
    if len(items) < 2:
        items = [(section, s) for section, s in pairs if MODAL.search(s.text) or _starts_with_verb(s.text)]
    units = [new_unit(section, [s], s.lead or s.text) for section, s in (items or pairs[:8])]
    for unit in units:
        unit.sources = [Section(prd.root.title, "", 0, unit.order, unit.order)]
    return units


def _is_title(pairs: Sequence[tuple[Section, Statement]]) -> bool:
    """Whether the first line of a plain text is its title: a few words, no sentence, and more behind it."""
    text = pairs[0][1].text if len(pairs) > 1 and not pairs[0][1].depth else "."
    said = text.endswith((".", "!", ":")) or len(text.split()) > 6 or MODAL.search(text)
    return not (said or _starts_with_verb(text))


def _starts_with_verb(text: str) -> bool:
    first = text.split(maxsplit=1)
    return bool(first) and first[0].lower() in VERBS


def _place_security(units: list[Unit]) -> None:
    """What security says of accounts belongs to the accounts; a remainder of one sentence to the whole."""
    security = next((unit for unit in units if unit.layer == Layer.SECURITY), None)
    accounts = next((unit for unit in units if unit.layer == Layer.AUTH), None)
    if security is None or accounts is None:
        return
    moved = [s for s in security.statements if _ACCOUNT_WORDS.search(s.text)]
    accounts.statements += moved
    accounts.sources += [s for s in security.sources if moved and s not in accounts.sources]
    security.statements = [s for s in security.statements if s not in moved]
    if len(security.statements) < 3:
        home = next((unit for unit in units if unit.layer == Layer.QUALITY), accounts)
        take(home, security.statements)
        home.sources += [s for s in security.sources if s not in home.sources]
        units.remove(security)


def _give_acceptance(units: Sequence[Unit], sections: Sequence[Section]) -> None:
    """Criteria from sections of their own go to the unit that shares most words, else to the tests."""
    tests = next((unit for unit in units if unit.layer == Layer.TESTS), None)
    for section in sections:
        if section.role != "acceptance":
            continue
        for s in section.statements:
            words = tokens(s.text[:400])
            best = max(units, key=lambda unit: len(words & unit.words()), default=None)
            if best is not None and len(words & best.words()) >= 2:
                best.acceptance.append(s)
            elif tests is not None:
                tests.acceptance.append(s)
