"""Brings the pieces of work to a sensible number: the closest merged, the largest split."""

from __future__ import annotations

from collections.abc import Sequence

from core.planning.lexicon import GENERIC
from core.planning.outline.units import Unit
from core.planning.outline.wording import bare, likeness

MOST = 25
"""A plan of more tasks than this is no overview; a PRD that lists its tasks itself may have more."""
FEWEST = 8
_SUBSTANTIAL = 24
"""From so many requirements on a plan of fewer than FEWEST tasks would hide what there is to do."""
_PAIRWISE = 400


def settle(units: Sequence[Unit], count: int | None, *, explicit: bool) -> list[Unit]:
    """The units in reading order, merged or split to `count`, or without it to what suits the PRD."""
    settled = _without_duplicates(sorted(units, key=lambda unit: unit.order))
    if count is not None:
        settled = _shrunk(settled, max(count, 1))
        return _grown(settled, count, 2)
    if not explicit:
        settled = _shrunk(settled, MOST)
    if sum(len(unit.statements) for unit in settled) >= _SUBSTANTIAL:
        settled = _grown(settled, FEWEST, 4)
    elif len(settled) < 3:
        settled = _grown(settled, 5, 3)
    return settled


def _without_duplicates(units: Sequence[Unit]) -> list[Unit]:
    kept: list[Unit] = []
    by_words: dict[frozenset[str], Unit] = {}
    for unit in units:
        words = unit.words()
        twin = by_words.get(words) if words else None
        if twin is None and len(units) <= _PAIRWISE:
            twin = next((other for other in kept if likeness(words, other.words()) >= 0.8), None)
        if twin is not None and not (unit.number and twin.number):
            absorb(twin, unit)
            continue
        by_words[words] = unit
        kept.append(unit)
    return kept


def absorb(unit: Unit, other: Unit) -> None:
    """Give `unit` all that `other` must do."""
    known = {(s.first, s.text) for s in unit.statements}
    unit.statements += [s for s in other.statements if (s.first, s.text) not in known]
    unit.acceptance += other.acceptance
    unit.context += other.context
    unit.wants += other.wants
    unit.sources += [section for section in other.sources if section not in unit.sources]
    unit.priority = unit.priority or other.priority
    unit.phase = min(unit.phase, other.phase)
    unit.order = min(unit.order, other.order)
    unit.collected = unit.collected and other.collected


def _shrunk(units: list[Unit], most: int) -> list[Unit]:
    if len(units) > 8 * most:
        units = _coarse(units, 4 * most)
    units = sorted(units, key=lambda unit: (unit.layer, unit.order))
    while len(units) > most:
        at = min(range(len(units) - 1), key=lambda index: (_distance(units[index], units[index + 1]), index))
        _merge(units[at], units.pop(at + 1))
    return sorted(units, key=lambda unit: unit.order)


def _coarse(units: Sequence[Unit], most: int) -> list[Unit]:
    """A first pass for very long documents: neighbours in the text become one."""
    size = -(-len(units) // most)
    merged: list[Unit] = []
    for start in range(0, len(units), size):
        first = units[start]
        for other in units[start + 1 : start + size]:
            _merge(first, other)
        merged.append(first)
    return merged


def _merge(unit: Unit, other: Unit) -> None:
    small, large = sorted((unit, other), key=lambda u: len(u.statements))
    unit.parts = [*(unit.parts or [unit.heading]), *(other.parts or [other.heading])]
    unit.heading = large.heading
    unit.layer = large.layer if large.layer != small.layer else unit.layer
    absorb(unit, other)


def _distance(unit: Unit, other: Unit) -> float:
    """How unwelcome a merge is: size, other kind of work, nothing in common."""
    size = (len(unit.statements) + len(other.statements)) / 3
    kind = 4.0 * min(abs(unit.layer - other.layer), 3)
    source = 0.0 if unit.sources[:1] == other.sources[:1] else 1.5
    return size + kind + source - 4 * likeness(unit.words() - GENERIC, other.words() - GENERIC)


def _grown(units: list[Unit], fewest: int, least: int) -> list[Unit]:
    """Split the largest until there are `fewest`; a unit of fewer than `least` statements stays whole."""
    while len(units) < fewest:
        # What was collected from all of the PRD hangs together more than a list of features.
        largest = max(units, key=lambda u: len(u.statements) / (2 if u.collected else 1), default=None)
        if largest is None or len(largest.statements) < least:
            break
        at = units.index(largest)
        units[at : at + 1] = _halves(largest)
    return units


def _halves(unit: Unit) -> list[Unit]:
    middle = _cut(unit)
    first, rest = unit.statements[:middle], unit.statements[middle:]
    heading = rest[0].lead or rest[0].text
    second = Unit(heading, unit.layer, rest[0].first, rest, sources=unit.sources, phase=unit.phase)
    second.wants, second.priority = [bare(unit.heading)] if len(first) > 1 else [], unit.priority
    unit.statements = first
    if len(first) == 1 and not unit.number:
        unit.heading, unit.order, unit.collected = first[0].lead or first[0].text, first[0].first, False
    return [unit, second]


def _cut(unit: Unit) -> int:
    """Where to cut: at the top-level item nearest to the middle, so that what belongs together stays so."""
    middle = len(unit.statements) // 2
    top = min(s.depth for s in unit.statements)
    starts = [index for index, s in enumerate(unit.statements) if index and s.depth == top]
    return min(starts, key=lambda index: abs(index - middle), default=middle) or 1
