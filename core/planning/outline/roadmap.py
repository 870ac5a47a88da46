"""Pieces of work from a roadmap, when that says better what to do than the requirements."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.planning.lexicon import DONE_MARK, Layer
from core.planning.outline.units import Unit, item_groups, new_unit, take
from core.planning.outline.wording import containment
from core.planning.prd import Section

_PHASE_LEAD = re.compile(r"^(?:phase|milestone|stage|sprint|release|m)\s*\d|^mvp\b|^v\d", re.IGNORECASE)


def roadmap_units(sections: Sequence[Section]) -> list[Unit]:
    units: list[Unit] = []
    phase = 0
    for section in sections:
        if section.role != "milestones" or section.done:
            continue
        if section.statements:
            phase += 1
        if section.level == 7 or (
            item_groups(section.statements) == [] and section.children == [] and _is_leaf_work(section)
        ):
            units.append(_in_phase(new_unit(section, section.statements), phase))
            continue
        units += _phase_items(section, phase)
    return [unit for unit in units if not DONE_MARK.search(unit.heading)]


def _is_leaf_work(section: Section) -> bool:
    return section.level >= 4 and len(section.statements) >= 2


def _in_phase(unit: Unit, phase: int) -> Unit:
    unit.phase = phase
    return unit


def _phase_items(section: Section, phase: int) -> list[Unit]:
    units: list[Unit] = []
    current: Unit | None = None
    in_phase_item = False
    for s in section.statements:
        if s.depth == 1 and _PHASE_LEAD.match(s.lead or s.text):
            in_phase_item, current, phase = True, None, phase + 1
        elif s.label:
            if current is not None:
                take(current, [s])
        elif s.depth == 1 or (s.depth == 2 and in_phase_item):
            if s.depth == 1:
                in_phase_item = False
            text = s.lead or s.text
            current = _in_phase(new_unit(section, [s], text), phase)
            units.append(current)
        elif s.depth > 1 and current is not None:
            take(current, [s])
    return units


def prefers_roadmap(listed: Sequence[Unit], units: Sequence[Unit]) -> bool:
    """Whether the roadmap says what to do better than the requirements: rich items, or many more of them."""
    if len(listed) < 5:
        return False
    rich = sum(len(unit.statements) for unit in listed) >= 2.5 * len(listed)
    features = [unit for unit in units if unit.layer in range(Layer.AUTH, Layer.SECURITY)]
    demanding = sum(len(unit.statements) for unit in features)
    return (rich and len(listed) >= len(features)) or (
        len(listed) >= 2 * len(features) and demanding < 3 * len(listed)
    )


def enriched(listed: list[Unit], units: Sequence[Unit]) -> list[Unit]:
    """The roadmap's units, with the requirements that speak of the same; what has no place there is added."""
    kept = list(listed)
    end = max(unit.phase for unit in listed) + 1
    for unit in units:
        best = max(listed, key=lambda other: _closeness(unit, other))
        if _closeness(unit, best) >= 0.5:
            best.context += unit.statements
            best.acceptance += unit.acceptance
        elif (
            unit.layer < Layer.SECURITY
            and unit.layer not in (Layer.CONTRACT, Layer.SCHEMA)
            and len(unit.statements) > 1
        ):
            kept.append(_in_phase(unit, best.phase))
        elif unit.layer >= Layer.SECURITY and not any(other.layer == unit.layer for other in listed):
            kept.append(_in_phase(unit, end))
    return kept


def _closeness(unit: Unit, other: Unit) -> float:
    named = containment(unit.words(), other.words())
    shared = max(containment(unit.words(), other.all_words()), containment(other.words(), unit.all_words()))
    return max(named, shared * 0.8)
