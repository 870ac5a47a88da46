"""Reads a product requirements document into sections with roles and statements with line numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from core.errors import TaskdeckError
from core.planning.lexicon import DONE_MARK, FIRM_UNDER_FEATURES, HEADING_ROLES, Role
from core.planning.prd_lines import as_markdown, heading_parts, plain, sentences

if TYPE_CHECKING:
    from markdown_it.token import Token

StatementKind = Literal["sentence", "item", "row", "code"]

_MARKER = re.compile(r"^\*\*(.{2,100}?)\*\*\s*:?\s*$")
_LEAD = re.compile(r"^(?:\[[ xX]\]\s*)?(?:[^\w\s*`]+\s*)?\*\*(.{1,100}?)\*\*\s*[:.–—-]*\s*")
_ROW_NUMBER = re.compile(r"^\W*(?:[A-Za-z]{1,5}[-. ]?)?\d+(?:\.\d+)*\W*$")
_FIELD = re.compile(
    r"^(?:\*\*)?(priority|complexity|description|acceptance(?: criteria)?|success criteria|"
    r"technical notes?|notes?|"
    r"dependencies|depends on|deliverables?|requirements?|estimated time|estimate|effort|files?|status|"
    r"verification|"
    r"test strategy|user story|as a|portfolio value|ux impact|example)(?:\*\*)?\s*:(?:\*\*)?\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing the document says: a sentence, list item, table row or block of code."""

    text: str
    """Without Markdown emphasis and list marks; the text of code as it stands."""
    first: int
    last: int
    depth: int
    """0 for paragraphs, 1 for items of a list, 2 for items of a list in it."""
    kind: StatementKind
    lead: str = ""
    """The bold words an item begins with: "Agent core" of "**Agent core:** plans the work"."""
    label: str = ""
    """What it is said under, in lower case: "acceptance criteria", "priority"; else empty."""
    done: bool = False


@dataclass(eq=False)
class Section:
    """A heading with what stands below it. Lines count from 1, both ends belong to it."""

    title: str
    number: str
    level: int
    first: int
    last: int
    role: Role = "unknown"
    statements: list[Statement] = field(default_factory=list[Statement])
    children: list[Section] = field(default_factory=list["Section"])
    done: bool = False

    def walk(self) -> Iterator[Section]:
        waiting: list[Section] = [self]
        while waiting:
            section = waiting.pop()
            yield section
            waiting.extend(reversed(section.children))

    def all_statements(self) -> list[Statement]:
        return [statement for section in self.walk() for statement in section.statements]

    @property
    def name(self) -> str:
        """The heading with its number, as it is cited."""
        return f"{self.number} {self.title}".strip()


@dataclass(frozen=True)
class Prd:
    """A document as a tree. `root` holds what stands before the first heading; its title is the whole's."""

    root: Section
    lines: int

    def sections(self) -> list[Section]:
        """Every section in document order, without the root."""
        return list(self.root.walk())[1:]


def parse_prd(text: str) -> Prd:
    """Read Markdown or plain text with numbered, underlined or capital headings.

    Raises TaskdeckError when there is no word in it.
    """
    if not re.search(r"\w", text):
        raise TaskdeckError(
            "The PRD is empty: there is nothing to plan.",
            "Write what should be built, or draft one with `taskdeck draft-prd`.",
        )
    source = as_markdown(text)
    # What stands behind the last line end is a line only where something stands there.
    reader = _Reader(source.count("\n") + (not source.endswith("\n")))
    reader.read(_tokens(source))
    root = reader.finish()
    _give_roles(root)
    return Prd(root, reader.lines)


def _tokens(source: str) -> Sequence[Token]:
    from markdown_it import MarkdownIt  # imported here: reading a task file must not pay for it

    parser = MarkdownIt("commonmark").enable("table")
    # Only blocks are wanted: text is read by `plain`, and inline parsing is what takes long.
    parser.disable(["inline", "text_join"], ignoreInvalid=True)
    return parser.parse(source)


def _row_text(cells: Sequence[str]) -> str:
    """A table row as a sentence: "FR-1 | Users shall log in | Must" gives "Users shall log in (Must)"."""
    rest = [cell for cell in cells[1:] if cell]
    if _ROW_NUMBER.match(cells[0]) and rest:
        return rest[0] + (f" ({', '.join(rest[1:])})" if rest[1:] else "")
    return f"{cells[0]}: {', '.join(rest)}" if rest else cells[0]


class _Reader:
    """Walks the flat list of tokens once and hangs sections and statements into a tree."""

    def __init__(self, lines: int) -> None:
        self.lines = lines
        self.path = [Section("", "", 0, 1, lines)]
        self.depth = 0
        self.label = ""
        self.label_depth = 0
        self.item_start = False
        self.heading: int | None = None
        self.row: list[str] | None = None
        self.row_line = 0
        self.in_head = False

    def read(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            first, last = (token.map[0] + 1, token.map[1]) if token.map else (0, 0)
            match token.type:
                case "heading_open":
                    self.heading = int(token.tag[1])
                case "inline" if self.heading is not None:
                    self._open(token.content, self.heading, first)
                    self.heading = None
                case "inline" if self.row is not None:
                    self.row.append(plain(token.content))
                    self.row_line = first
                case "inline":
                    self._text(token.content, first)
                case "fence" | "code_block":
                    self._add(Statement(token.content, first, last, self.depth, "code", label=self.label))
                case _:
                    self._structure(token.type)

    def _structure(self, kind: str) -> None:
        match kind:
            case "bullet_list_open" | "ordered_list_open":
                self.depth += 1
            case "bullet_list_close" | "ordered_list_close":
                self.depth -= 1
                if self.depth <= self.label_depth:
                    self.label = ""
            case "list_item_open":
                self.item_start = True
            case "thead_open" | "thead_close":
                self.in_head = kind == "thead_open"
            case "tr_open":
                self.row = []
            case "tr_close":
                cells, self.row = self.row or [], None
                if not self.in_head and any(cells):
                    text = _row_text(cells)
                    lead = "" if _ROW_NUMBER.match(cells[0]) else cells[0]
                    line = self.row_line
                    self._add(Statement(text.rstrip(": "), line, line, 1, "row", lead))
            case _:
                pass

    def finish(self) -> Section:
        self._close(1, self.lines + 1)
        return self.path[0]

    def _close(self, level: int, line: int) -> None:
        while len(self.path) > 1 and self.path[-1].level >= level:
            self.path.pop().last = max(line - 1, 1)

    def _open(self, content: str, level: int, line: int) -> None:
        number, title = heading_parts(content)
        self._close(level, line)
        done = bool(DONE_MARK.search(content)) or self.path[-1].done
        section = Section(title, number, level, line, line, done=done)
        self.path[-1].children.append(section)
        self.path.append(section)
        self.label, self.label_depth = "", 0

    def _add(self, statement: Statement) -> None:
        self.path[-1].statements.append(statement)

    def _text(self, content: str, first: int) -> None:
        starts_item, self.item_start = self.item_start, False
        if self.depth == 0:
            self.label = ""
            marker = _MARKER.match(content)
            if marker and not _FIELD.match(content.replace("**", "").rstrip(": ") + ":"):
                self._open(marker[1].rstrip(":"), 7, first)
                return
        lines = content.split("\n")
        if len(lines) > 1 and sum(1 for line in lines if _FIELD.match(line)) > 1:
            for offset, line in enumerate(lines):
                self._paragraph(line, first + offset, starts_item)
            return
        self._paragraph(content, first, starts_item)

    def _paragraph(self, content: str, first: int, starts_item: bool) -> None:
        found = _FIELD.match(content)
        label = self.label
        if found:
            label = found[1].lower()
            content = content[found.end() :]
            if not content.strip():
                self.label, self.label_depth = label, self.depth
                return
        lead = _LEAD.match(content) if starts_item else None
        if starts_item:
            last = first + content.count("\n")
            name = plain(lead[1]).rstrip(":. ") if lead else ""
            done = bool(DONE_MARK.search(content[:200]))
            text = plain(" ".join(content.split()))
            self._add(Statement(text, first, last, self.depth, "item", name, label, done))
            return
        for start, end, sentence in sentences(content):
            self._add(
                Statement(plain(sentence), first + start, first + end, self.depth, "sentence", "", label)
            )


def _give_roles(root: Section) -> None:
    top = root.children
    if not root.statements and len(top) == 1 and top[0].children:
        # A single first heading is the title of the document, not a section of it.
        root.title, root.statements = top[0].title, top[0].statements
        root.children = top = top[0].children
    root.role = "context"
    title = top[0] if len(top) > 1 and _is_title(top[0]) else None
    if title is not None:
        root.title = title.title
    waiting: list[tuple[Section, Role]] = [(section, "unknown") for section in reversed(top)]
    while waiting:
        section, parent = waiting.pop()
        section.role = "context" if section is title else _role(section.title, parent)
        waiting.extend((child, section.role) for child in reversed(section.children))


def _is_title(section: Section) -> bool:
    pattern = r"\b(?:prd|requirements document|specification)\b"
    return section.level == 1 and bool(re.search(pattern, section.title, re.IGNORECASE))


_STAGE = re.compile(r"^(?:phase|milestone|stage|sprint|week|step|iteration|release|m\d)\b", re.IGNORECASE)
_CODE_SPAN = re.compile(r"`[^`]*`")
_PARTS = re.compile(r"\s*(?:,|&|/|\band\b)\s*", re.IGNORECASE)


def _own_role(title: str) -> Role | None:
    """What the words of a heading say; "Goals and non-goals" counts as its first part that is kept."""
    found: list[Role | None] = (
        [_lexicon_role(part) for part in _PARTS.split(title)] if len(title) < 200 else []
    )
    kept: list[Role] = [role for role in found if role is not None and role != "none"]
    if "none" in found and kept:
        return kept[0]
    return _lexicon_role(title)


def _lexicon_role(title: str) -> Role | None:
    title = _CODE_SPAN.sub(" ", title)
    for role, pattern in HEADING_ROLES:
        if pattern.search(title):
            return role
    return None


def _role(title: str, parent: Role) -> Role:
    """The role of a heading, seen from the section it stands in."""
    if parent == "none":
        return "none"
    own = _own_role(title)
    if own is None:
        return parent
    return _within(parent, own, title)


def _within(parent: Role, own: Role, title: str) -> Role:
    if parent == "acceptance" or (parent == "context" and "persona" in title.lower()):
        return parent
    if parent == "context" and own == "milestones":
        return parent
    if parent in ("milestones", "order"):
        if "(future)" in title.lower():
            return "none"
        return own if own == "acceptance" or (own == "none" and not _STAGE.match(title)) else parent
    if parent == "data" and own != "none":
        return parent
    if parent == "feature" and own not in FIRM_UNDER_FEATURES:
        return parent
    if parent in ("api", "testing", "deployment") and own in (
        "feature",
        "architecture",
        "context",
        "milestones",
    ):
        return parent
    return own
