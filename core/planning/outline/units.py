"""Finds the pieces of work in a PRD: what each section asks for, before titles, order and dependencies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from core.planning.lexicon import (
    GENERIC,
    LAYER_WORDS,
    MODAL,
    ROLE_LAYERS,
    TASK_ROLES,
    Layer,
)
from core.planning.outline.wording import bare, containment, tokens
from core.planning.prd import Prd, Section, Statement

_ACCESS_WORDS = re.compile(
    r"\b(?:repository (?:types?|layer|pattern)|repositories|data access|dao|persistence layer|orm)\b",
    re.IGNORECASE,
)
_SERVICE = re.compile(r"\bservice\s+(\w+)\s*\{([^}]*)", re.IGNORECASE)
_CALL = re.compile(r"\brpc\s+(\w+)")
_TABLE = re.compile(
    r"\bcreate\s+table\s+(?:if\s+not\s+exists\s+)?[\"`]?(\w+)[\"`]?\s*\(([^;]*)", re.IGNORECASE
)
_COLUMN = re.compile(r"(?:^|,)\s*[\"`]?([a-z_]\w*)[\"`]?\s+[A-Za-z]")
BUILT_WITH = re.compile(
    r"(?:written|built|implemented|programmed|coded|made) (?:in|with|on|using)\b", re.IGNORECASE
)
_META_LABELS = frozenset(
    {"priority", "complexity", "estimated time", "estimate", "effort", "status", "files", "file"}
)
_ACCEPTANCE_LABELS = (
    "acceptance",
    "acceptance criteria",
    "success criteria",
    "verification",
    "test strategy",
)
_DEPENDENCY_LABELS = ("dependencies", "depends on")
_NO_MATTER = _META_LABELS.union(_ACCEPTANCE_LABELS, _DEPENDENCY_LABELS)


@dataclass(eq=False)
class Unit:
    """A piece of work on its way to becoming a task."""

    heading: str
    """The words of the PRD it is named by."""
    layer: Layer
    order: int
    """Its first line in the PRD."""
    statements: list[Statement] = field(default_factory=list[Statement])
    """What it must do, in document order."""
    acceptance: list[Statement] = field(default_factory=list[Statement])
    context: list[Statement] = field(default_factory=list[Statement])
    sources: list[Section] = field(default_factory=list[Section])
    number: str = ""
    """The number the PRD gives it: "2.1" of "Requirement 2.1"."""
    phase: int = 0
    title: str = ""
    """Set when the title is final; empty means: made from heading and layer."""
    wants: list[str] = field(default_factory=list[str])
    """Texts that say what it depends on."""
    priority: str = ""
    parts: list[str] = field(default_factory=list[str])
    """The headings it was merged from, when there are several."""
    code: str = ""
    """Code that the PRD gives for it, to take names from."""
    collected: bool = False
    """Made from all sections of one role, so that its name is better made from what they hold."""

    def words(self) -> frozenset[str]:
        return tokens(self.heading)

    def all_words(self) -> frozenset[str]:
        return tokens(" ".join([self.heading, *(s.text[:300] for s in self.statements[:40])]))

    def lines(self) -> list[tuple[int, int]]:
        """The spans of lines it comes from, ascending."""
        spans = sorted((s.first, s.last) for s in (*self.statements, *self.acceptance))
        return spans or [(self.order, self.order)]


def matter(statements: Iterable[Statement]) -> list[Statement]:
    """The statements that ask for something: no code, no priorities, estimates or acceptance criteria."""
    return [
        s
        for s in statements
        if s.kind != "code" and not s.done and s.label not in _NO_MATTER and not s.text.endswith("?")
    ]


def new_unit(
    section: Section, statements: Sequence[Statement], heading: str = "", layer: Layer | None = None
) -> Unit:
    """A unit for statements of a section; metadata among them becomes its priority, acceptance and wishes."""
    name = heading or section.title
    first = statements[0].first if heading and statements else section.first
    unit = Unit(name, classify(name) if layer is None else layer, first, sources=[section])
    take(unit, statements)
    return unit


def take(unit: Unit, statements: Iterable[Statement]) -> None:
    """Give statements to a unit, each to where it belongs."""
    for s in statements:
        if s.label in _ACCEPTANCE_LABELS:
            unit.acceptance.append(s)
        elif s.label in _DEPENDENCY_LABELS or re.match(r"(?:depends? on|requires)\b", s.text, re.IGNORECASE):
            unit.wants.append(s.text)
            if s.label not in _DEPENDENCY_LABELS:
                unit.context.append(s)
        elif s.label == "priority":
            unit.priority = s.text.split()[0].lower().strip(".,") if s.text.split() else ""
        elif (
            s.label in _META_LABELS
            or BUILT_WITH.match(s.text)
            or re.match(r"(?:no|none)\b.{0,20}\bdependenc", s.text, re.IGNORECASE)
        ):
            unit.context.append(s)
        else:
            unit.statements += matter([s])


def classify(title: str) -> Layer:
    """The kind of work a title speaks of."""
    if re.match(r"write (?:the |an? )?(?:\S+,? ){0,7}?tests?\b", title, re.IGNORECASE) or re.search(
        r"\b(?:tests|testing)$", title, re.IGNORECASE
    ):
        return Layer.TESTS
    places = [(match.start(), at) for at, (_, p) in enumerate(LAYER_WORDS) if (match := p.search(title))]
    found = LAYER_WORDS[min(places)[1]][0] if places else Layer.SERVICE
    if found == Layer.DOCUMENTATION and re.search(
        r"\b(?:systems?|engine|management|pipeline|intelligence)\b", title, re.I
    ):
        return Layer.FEATURE
    return found


def section_units(prd: Prd) -> list[Unit]:
    units: list[Unit] = []
    merged: dict[Layer, Unit] = {}
    for section in prd.root.children:
        _walk(section, units, merged)
    if sum(1 for unit in units if unit.layer in range(Layer.AUTH, Layer.SECURITY)) < 6:
        _components(prd, units)
    units += merged.values()
    _split_access(units)
    return [unit for unit in units if unit.statements or unit.acceptance]


def _walk(section: Section, units: list[Unit], merged: dict[Layer, Unit]) -> None:
    """Units of a section and what stands below it. `merged` collects the roles that make one unit each."""
    waiting = [section]
    while waiting:
        current = waiting.pop()
        waiting.extend(reversed(current.children))
        if current.done or current.role not in (*TASK_ROLES, "unknown") or not current.statements:
            continue
        if current.role in ("feature", "unknown"):
            units += _feature_units(current)
        elif current.role in ROLE_LAYERS:
            _merge_role(current, merged)


def _merge_role(section: Section, merged: dict[Layer, Unit]) -> None:
    layer = ROLE_LAYERS[section.role]
    unit = merged.get(layer)
    if unit is None:
        unit = merged[layer] = Unit(section.title, layer, section.first, collected=True)
    unit.sources.append(section)
    take(unit, section.statements)
    unit.code += "\n".join(s.text[:4000] for s in section.statements if s.kind == "code")
    if section.role in ("api", "data"):
        code = [s for s in section.statements if s.kind == "code"]
        named = [s for block in code for s in _code_rows(block)]
        if not named and code and not matter(section.statements):
            # A contract given as code is the requirement itself: cite it under the name of its section.
            named = [_named_code(section, code[0])]
        unit.statements = [*named, *unit.statements]


def _code_rows(code: Statement) -> list[Statement]:
    """The services and tables that a block of code defines, each as a row: "`users`: id, email"."""
    text = code.text[:20_000]
    found = [(match, _CALL.findall(match[2])) for match in _SERVICE.finditer(text)]
    found += [(match, _COLUMN.findall(match[2])) for match in _TABLE.finditer(text)]
    rows: list[Statement] = []
    for match, parts in found[:30]:
        line = min(code.first + 1 + text.count("\n", 0, match.start(1)), code.last)
        rows.append(Statement(f"`{match[1]}`: {', '.join(parts[:20])}".rstrip(": "), line, line, 1, "row"))
    return rows


def _named_code(section: Section, code: Statement) -> Statement:
    return Statement(section.title, code.first, code.last, 1, "item", section.title)


def _feature_units(section: Section) -> list[Unit]:
    found = [s for s in section.statements if s.kind != "code"]
    asked = matter(found)
    if not asked:
        return []
    if section.role == "unknown" and not any(MODAL.search(s.text) or s.depth for s in asked):
        return []
    if section.children and not any(s.depth or MODAL.search(s.text) for s in asked):
        return []  # a sentence that introduces the sections below it
    groups = item_groups(found)
    if len(groups) >= 2:
        return [new_unit(section, group, group[0].lead or group[0].text) for group in groups]
    items = [s for s in asked if s.depth == 1]
    if len(items) >= 3 and _BARE_LIST.fullmatch(bare(section.title)):
        return _item_units(section, found)
    return [new_unit(section, found)]


_BARE_LIST = re.compile(
    r"(?:(?:core|main|key|functional|technical|product|business|system|user|initial|mvp|must[- ]have)\s+)*"
    r"(?:features?|requirements?|capabilit(?:y|ies)|scope|stories|use cases?|mvp|must[- ]haves?|"
    r"tasks|work items|deliverables)",
    re.IGNORECASE,
)
"""Headings that name no subject: the list below them is a list of work."""


def _item_units(section: Section, found: Sequence[Statement]) -> list[Unit]:
    """A bare list under "Features" or "Requirements": each item is work of its own."""
    units: list[Unit] = []
    for s in found:
        if s.depth == 1 and matter([s]):
            units.append(new_unit(section, [s], s.lead or s.text))
        elif units and s.depth:
            take(units[-1], [s])
    return units


def item_groups(statements: Sequence[Statement]) -> list[list[Statement]]:
    """Items that hold a list of their own, each with it: "1. **Agent core**" and the points below."""
    groups: list[list[Statement]] = []
    for s in statements:
        if s.depth == 1:
            groups.append([s])
        elif s.depth > 1 and groups:
            groups[-1].append(s)
    rich = [group for group in groups if len(group) > 1]
    return groups if groups and len(rich) * 2 > len(groups) else []


def _components(prd: Prd, units: list[Unit]) -> None:
    """A PRD with few requirements: the parts of its architecture that they do not name are work too."""
    named: list[Section] = []
    for section in prd.sections():
        if section.role != "architecture" or section.done or not section.statements:
            continue
        if not tokens(section.title) - GENERIC - _ARCHITECTURE_WORDS:
            continue
        made = _feature_units(section)
        inside = any(span.first < section.first <= span.last for span in named)
        if not made and not inside and all(s.kind == "code" for s in section.statements):
            made = [new_unit(section, [_named_code(section, section.statements[0])])]
        named += [section] if made else []
        known = list(units)
        units += [
            unit
            for unit in made
            if unit.statements and all(containment(unit.words(), other.words()) < 0.6 for other in known)
        ]


_ARCHITECTURE_WORDS = tokens(
    "architecture technical overview diagram flow stack approach details high level structure"
)


def _split_access(units: list[Unit]) -> None:
    schema = next((unit for unit in units if unit.layer == Layer.SCHEMA), None)
    if schema is None or any(unit.layer == Layer.ACCESS for unit in units):
        return
    found = [s for s in schema.statements if _ACCESS_WORDS.search(s.text)]
    if found and len(schema.statements) - len(found) >= 3:
        schema.statements = [s for s in schema.statements if s not in found]
        unit = Unit(
            "Data access", Layer.ACCESS, found[0].first, found, sources=schema.sources[:1], collected=True
        )
        unit.context = [s for s in schema.statements if s.depth and "`" in s.text][:6]
        units.append(unit)
