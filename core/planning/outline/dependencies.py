"""Which piece of work needs which: what the PRD says, then what must exist first; never in a circle."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Sequence

from core.planning.lexicon import GENERIC, Layer
from core.planning.outline.units import Unit
from core.planning.outline.wording import bare, tokens
from core.planning.prd import Prd

_DEPENDENCY = re.compile(
    r"\b(?:depends? on|depending on|requires?|builds? (?:up)?on|built on(?: top of)?|relies on|after|"
    r"once|needs|"
    r"based on|following|prerequisites?:?)\s+(.{3,160})",
    re.IGNORECASE,
)
_NUMBERS = re.compile(r"\b(?:tasks?|requirements?|features?|epics?|issues?|"
    r"tickets?)\s*#?((?:\d+(?:\.\d+)*(?:\s*(?:,|and|&)\s*)?)+)", re.I)  # fmt: skip
_MOST = 4
_MOST_AT_THE_END = 6
"""Tests and targets look back on everything, so they may name a few more."""

_PLAN: dict[Layer, tuple[tuple[Layer, ...], ...]] = {
    Layer.CONTRACT: ((Layer.SCAFFOLD,),),
    Layer.SCHEMA: ((Layer.SCAFFOLD,),),
    Layer.ACCESS: ((Layer.SCHEMA, Layer.SCAFFOLD),),
    Layer.AUTH: ((Layer.ACCESS, Layer.SCHEMA, Layer.SCAFFOLD), (Layer.CONTRACT,)),
    Layer.SERVICE: ((Layer.AUTH,), (Layer.ACCESS, Layer.SCHEMA, Layer.SCAFFOLD), (Layer.CONTRACT,)),
    Layer.FEATURE: ((Layer.SERVICE, Layer.AUTH, Layer.ACCESS, Layer.SCHEMA, Layer.SCAFFOLD),),
    Layer.STREAMING: ((Layer.ACCESS, Layer.SCHEMA, Layer.SCAFFOLD),),
    Layer.INTERFACE: ((Layer.CONTRACT, Layer.SCAFFOLD),),
    Layer.SECURITY: ((Layer.AUTH, Layer.SERVICE, Layer.SCAFFOLD),),
    Layer.OBSERVABILITY: ((Layer.AUTH, Layer.SERVICE, Layer.SCAFFOLD),),
    Layer.DEPLOYMENT: (
        (Layer.TESTS, Layer.SERVICE, Layer.SCAFFOLD),
        (Layer.QUALITY,),
        (Layer.OBSERVABILITY,),
    ),
    Layer.DOCUMENTATION: ((Layer.DEPLOYMENT, Layer.TESTS, Layer.SERVICE),),
}
"""For each kind of work what it needs: of each group the first kind that the plan has."""

_PRODUCT = (Layer.SERVICE, Layer.FEATURE, Layer.STREAMING, Layer.INTERFACE)


_LOOKED_BACK_ON = {
    Layer.QUALITY: frozenset({*_PRODUCT, Layer.AUTH, Layer.OBSERVABILITY}),
    Layer.TESTS: frozenset({*_PRODUCT, Layer.AUTH, Layer.SECURITY}),
    Layer.DOCUMENTATION: frozenset({*_PRODUCT, Layer.AUTH}),
}


def arrange(units: Sequence[Unit], prd: Prd, *, listed: bool) -> tuple[list[Unit], list[list[int]]]:
    """The units in the order of work, and for each the positions of those it depends on.

    `listed`: the PRD gives an order of its own (a roadmap, numbered tasks), which then goes before ours.
    """
    _phase_hints(units, prd, listed)
    ranked = sorted(units, key=lambda unit: _rank(unit, listed))
    edges = _Edges(len(ranked))
    _stated(ranked, prd, edges)
    if not (listed and any(edges.needs)):
        _by_kind(ranked, edges)
    elif not any(unit.number for unit in ranked):
        texts = [_words_used(unit) for unit in ranked]
        for at, needs in enumerate(edges.needs):
            if at and not needs:
                _hang_up(ranked, texts, at, edges)
    order = edges.order()
    places = {old: new for new, old in enumerate(order)}
    reduced = edges.reduced()
    needs = [sorted(places[need] for need in _most_telling(reduced[old], ranked, old)) for old in order]
    return [ranked[old] for old in order], needs


def _rank(unit: Unit, listed: bool) -> tuple[int, int, int]:
    return (unit.phase, unit.order, 0) if listed else (unit.layer, unit.phase, unit.order)


def _phase_hints(units: Sequence[Unit], prd: Prd, listed: bool) -> None:
    """Milestones that name work give its order among work of the same kind."""
    if listed:
        return
    phase = 0
    for section in prd.sections():
        if section.role != "milestones":
            continue
        for statement in section.statements:
            phase += 1
            words = tokens(statement.text[:400])
            for unit in units:
                if not unit.phase and (unit.words() - GENERIC) & words:
                    unit.phase = phase
    for unit in units:
        unit.phase = unit.phase or phase + 1


class _Edges:
    """A graph without circles: an edge that would close one is not taken."""

    def __init__(self, size: int) -> None:
        self.needs: list[set[int]] = [set() for _ in range(size)]

    def add(self, unit: int, need: int) -> None:
        if unit != need and not self._reaches(need, unit):
            self.needs[unit].add(need)

    def _reaches(self, start: int, goal: int) -> bool:
        seen, waiting = {start}, [start]
        while waiting:
            for need in self.needs[waiting.pop()]:
                if need == goal:
                    return True
                if need not in seen:
                    seen.add(need)
                    waiting.append(need)
        return start == goal

    def order(self) -> list[int]:
        """Every position, what is needed before what needs it, otherwise as ranked."""
        left = [len(needs) for needs in self.needs]
        needed_by: list[list[int]] = [[] for _ in self.needs]
        for unit, needs in enumerate(self.needs):
            for need in needs:
                needed_by[need].append(unit)
        ready = [unit for unit, count in enumerate(left) if not count]
        heapq.heapify(ready)
        order: list[int] = []
        while ready:
            unit = heapq.heappop(ready)
            order.append(unit)
            for later in needed_by[unit]:
                left[later] -= 1
                if not left[later]:
                    heapq.heappush(ready, later)
        return order

    def reduced(self) -> list[set[int]]:
        """Without edges that follow from others."""
        above: list[set[int]] = [set() for _ in self.needs]
        for unit in self.order():
            for need in self.needs[unit]:
                above[unit] |= above[need] | {need}
        return [
            {need for need in needs if not any(need in above[other] for other in needs if other != need)}
            for needs in self.needs
        ]


def _stated(units: Sequence[Unit], prd: Prd, edges: _Edges) -> None:
    """Dependencies the document states: by number, by name, or in a section about the order of work."""
    numbers = {unit.number: at for at, unit in enumerate(units) if unit.number}
    names = [tokens(bare(unit.heading)) - GENERIC or tokens(bare(unit.heading)) for unit in units]
    for at, unit in enumerate(units):
        for text in unit.wants:
            for found in _NUMBERS.finditer(text):
                for number in re.findall(r"\d+(?:\.\d+)*", found[1]):
                    if number in numbers:
                        edges.add(at, numbers[number])
        texts = [*unit.wants, *(m[1] for s in unit.statements for m in _DEPENDENCY.finditer(s.text[:600]))]
        _add_named(at, texts, names, edges)
    _stated_in_order_sections(prd, names, edges)


def _stated_in_order_sections(prd: Prd, names: Sequence[frozenset[str]], edges: _Edges) -> None:
    for section in (section for section in prd.sections() if section.role == "order"):
        current: int | None = None
        for statement in section.statements:
            if statement.depth <= 1:
                current = _best_named(tokens(statement.lead or statement.text[:80]), names, 0.6)
            texts = [m[1] for m in _DEPENDENCY.finditer(statement.text[:600])]
            if current is not None:
                _add_named(current, texts, names, edges)


def _add_named(at: int, texts: Iterable[str], names: Sequence[frozenset[str]], edges: _Edges) -> None:
    for text in texts:
        for part in re.split(r",| and |;|\.\s", text):
            found = _best_named(tokens(part), names, 0.66)
            if found is not None:
                edges.add(at, found)


def _best_named(words: frozenset[str], names: Sequence[frozenset[str]], least: float) -> int | None:
    """The unit most of whose name is among `words`."""
    best, best_share = None, 0.0
    for at, name in enumerate(names):
        shared = len(words & name)
        share = shared / len(name) if name else 0.0
        if share >= least and (shared > 1 or len(name) == 1) and share > best_share:
            best, best_share = at, share
    return best


def _by_kind(units: Sequence[Unit], edges: _Edges) -> None:
    texts = [_words_used(unit) for unit in units]
    for at, unit in enumerate(units):
        found = (_first_of(units, range(at), group) for group in _PLAN.get(unit.layer, ()))
        needs = [need for need in found if need is not None]
        if unit.layer in _PRODUCT:
            needs += _related(units, texts, at, [e for e in range(at) if units[e].layer in _PRODUCT])
        if unit.layer == Layer.STREAMING:
            # What is streamed are the changes that the services make.
            needs += [e for e in range(at) if units[e].layer == Layer.SERVICE][-1:]
        needs += [e for e in range(at) if units[e].layer in _LOOKED_BACK_ON.get(unit.layer, ())]
        for need in needs:
            edges.add(at, need)
        if at and not edges.needs[at]:
            _hang_up(units, texts, at, edges)


def _first_of(units: Sequence[Unit], earlier: range, group: Sequence[Layer]) -> int | None:
    for layer in group:
        found = next((e for e in earlier if units[e].layer == layer), None)
        if found is not None:
            return found
    return None


def _hang_up(units: Sequence[Unit], texts: Sequence[dict[str, int]], at: int, edges: _Edges) -> None:
    """Work of which nothing is known yet: what it shares most words with, else the ground work."""
    if units[at].layer == Layer.SCAFFOLD:
        return
    related = _related(units, texts, at, list(range(at)))
    ground = _first_of(units, range(at), (Layer.SCAFFOLD, Layer.SCHEMA, Layer.CONTRACT))
    for need in related[:1] or ([ground] if ground is not None else []):
        edges.add(at, need)


def _words_used(unit: Unit) -> dict[str, int]:
    """How many statements of a unit use each word."""
    counts: dict[str, int] = {}
    for statement in unit.statements:
        for word in tokens(statement.text[:400]):
            counts[word] = counts.get(word, 0) + 1
    for word in unit.words():
        counts[word] = counts.get(word, 0) + 1
    return counts


_EMPTY_NAMES = tokens(
    "management system service support feature basic core implement build create add define use crud "
    "operations"
)


def _related(
    units: Sequence[Unit], texts: Sequence[dict[str, int]], at: int, others: Sequence[int]
) -> list[int]:
    """Earlier units whose nouns this one speaks of, the most mentioned first, at most two."""
    scores: list[tuple[int, int]] = []
    for other in others:
        nouns = units[other].words() - _EMPTY_NAMES
        score = max((texts[at].get(word, 0) for word in nouns), default=0)
        if score:
            scores.append((-score, other))
    scores.sort()
    return [other for score, other in scores[:2] if -score >= max(2, -scores[0][0] // 2)] or [
        other for _, other in scores[:1]
    ]


def _most_telling(needs: Iterable[int], units: Sequence[Unit], at: int) -> list[int]:
    most = _MOST_AT_THE_END if units[at].layer in (Layer.TESTS, Layer.QUALITY) else _MOST
    return sorted(needs, key=lambda need: (-units[need].layer, need))[:most]
