"""From a PRD to task drafts: units collected, settled in number, put in order, connected and written out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import TaskdeckError
from core.planning.lexicon import COULD, ENGLISH, LAYER_WORDS, MUST, SHOULD, Layer
from core.planning.outline.collect import Material, collect
from core.planning.outline.count import settle
from core.planning.outline.dependencies import arrange
from core.planning.outline.stack import asks, stack_of
from core.planning.outline.titles import make_titles
from core.planning.outline.units import Unit, matter
from core.planning.outline.wording import Wording, tokens
from core.planning.outline.writing import Writer
from core.planning.planner import TaskDraft
from core.planning.prd import Prd, Section, Statement, parse_prd

_DATABASE = re.compile(
    r"\b(?:postgres(?:ql)?|mysql|mariadb|sqlite|mongo(?:db)?|sqlx|database)\b", re.IGNORECASE
)
_PRIORITIES = {
    "p0": "high",
    "p1": "medium",
    "p2": "medium",
    "p3": "low",
    "highest": "high",
    "normal": "medium",
}


@dataclass(frozen=True)
class Outline:
    """The plan and what a person should know about it."""

    drafts: tuple[TaskDraft, ...]
    problems: tuple[str, ...]
    summary: str


def outline_prd(text: str, count: int | None, first_id: int = 1) -> Outline:
    """Plan a PRD. Ids count up from `first_id`. Raises TaskdeckError when there is nothing to plan."""
    prd = parse_prd(text)
    material = collect(prd)
    if not material.units:
        raise TaskdeckError(
            "No work was found in the PRD: no requirements, features or lists of things to do.",
            "Describe what should be built as list items or sentences with must, should or can.",
        )
    listed = material.explicit or any(unit.phase for unit in material.units)
    if material.software and not listed:
        _add_groundwork(prd, material.units)
    units = settle(material.units, count, explicit=material.explicit)
    statements = prd.root.all_statements()
    english = is_english(statements)
    wording = Wording(s.text for s in statements)
    stack = stack_of(prd)
    make_titles(units, wording, stack, merged=english, plain=not (english and material.software))
    units, needs = arrange(units, prd, listed=listed)
    writer = Writer(prd, wording)
    phases = {unit.phase for unit in units} if listed else set[int]()
    early = min(phases) if len(phases) > 1 else -1
    drafts = [
        writer.draft(
            first_id + at, unit, _priority(unit, unit.phase == early), [first_id + need for need in needs[at]]
        )
        for at, unit in enumerate(units)
    ]
    return Outline(tuple(drafts), _problems(material, english, count, len(units)), _summary(prd, drafts))


def _add_groundwork(prd: Prd, units: list[Unit]) -> None:
    """Work that the listed requirements rest on and that the PRD speaks of elsewhere."""
    layers = {unit.layer for unit in units}
    product = [unit for unit in units if unit.layer in range(Layer.AUTH, Layer.SECURITY)]
    if Layer.SCAFFOLD not in layers:
        section, found = _ground_statements(prd)
        units.append(_added(section, found, "Project setup", Layer.SCAFFOLD))
    if Layer.SCHEMA not in layers and len(product) >= 3:
        section, found = _statements_with(prd, _DATABASE)
        if found:
            units.append(_added(section, found[:3], "Data model", Layer.SCHEMA))
    if Layer.TESTS not in layers and len(product) >= 3:
        criteria = [s for unit in product for s in unit.acceptance]
        if criteria:
            section = product[0].sources[0]
            units.append(_added(section, criteria[:12], "Acceptance tests", Layer.TESTS))


def _added(section: Section, statements: Sequence[Statement], name: str, layer: Layer) -> Unit:
    line = statements[0].first if statements else max(section.first, 1)
    return Unit(name, layer, line, list(statements), sources=[section], collected=True)


def _ground_statements(prd: Prd) -> tuple[Section, list[Statement]]:
    """What the PRD says of languages, tools and structure, else how it introduces itself."""
    for role in ("constraints", "architecture", "context"):
        for section in prd.root.walk():
            found = matter(section.statements) if section.role == role else []
            if found and (role != "constraints" or any(s.depth for s in found)):
                return section, found[:8] if role != "context" else found[:1]
    return prd.root, matter(prd.root.all_statements())[:1]


def _statements_with(prd: Prd, pattern: re.Pattern[str]) -> tuple[Section, list[Statement]]:
    for section in prd.root.walk():
        if section.role in ("constraints", "architecture", "feature", "context"):
            found = [s for s in matter(section.statements) if asks(pattern, s.text)]
            if found:
                return section, found
    return prd.root, []


def _priority(unit: Unit, first_phase: bool) -> str:
    stated = _PRIORITIES.get(unit.priority, unit.priority)
    if stated in ("critical", "high", "medium", "low"):
        return stated
    texts = [unit.heading, *(s.text for s in unit.statements)]
    must = sum(1 for text in texts if MUST.search(text))
    should = sum(1 for text in texts if SHOULD.search(text))
    could = sum(1 for text in texts if COULD.search(text))
    if could > must + should and unit.layer > Layer.AUTH:
        return "low"
    if re.search(r"\boptional\b", unit.heading, re.IGNORECASE):
        return "low"
    foundation = unit.layer <= Layer.AUTH or (first_phase and must >= should)
    if foundation or (must and must * 2 >= len(texts) and unit.layer <= Layer.SERVICE):
        return "high"
    if unit.layer == Layer.DOCUMENTATION and not must:
        return "low"
    return "medium"


def is_english(statements: Sequence[Statement]) -> bool:
    """Whether the text reads like English, so that words can be told apart."""
    words = [word for s in statements[:400] for word in re.findall(r"[^\W\d_]+", s.text.lower())][:4000]
    if len(words) < 8:
        return all(ord(letter) < 0x80 for word in words for letter in word)
    return sum(1 for word in words if word in ENGLISH) >= 0.06 * len(words)


def _problems(material: Material, english: bool, count: int | None, made: int) -> tuple[str, ...]:
    problems: list[str] = []
    if not english:
        problems.append(
            "The PRD does not read like English: titles are its own headings, kinds of work were not "
            "told apart."
        )
    elif not material.software:
        problems.append(
            "The PRD does not read like software: no set-up or tests were added to what it lists."
        )
    if material.skipped:
        names = ", ".join(f'"{section.name}"' for section in material.skipped[:4])
        problems.append(
            f"{len(material.skipped)} sections say that they are done and made no tasks: {names}."
        )
    if count is not None and made != count:
        problems.append(f"{count} tasks were asked for; the PRD holds enough for {made}.")
    return tuple(problems)


def _summary(prd: Prd, drafts: Sequence[TaskDraft]) -> str:
    high = sum(1 for draft in drafts if draft.priority in ("high", "critical"))
    links = sum(len(draft.dependencies) for draft in drafts)
    noun = "task" if len(drafts) == 1 else "tasks"
    return f"{len(drafts)} {noun} from {prd.lines} lines: {high} of high priority, {links} dependencies."


def layer_of(text: str) -> Layer | None:
    """The kind of work a text speaks of, None when no word tells."""
    return next((layer for layer, pattern in LAYER_WORDS if pattern.search(text)), None)


def related_share(a: str, b: str) -> int:
    """How many telling words two texts have in common."""
    return len(tokens(a) & tokens(b))
