"""The outline of a PRD for a reader: its sections with their roles, and how much each of them asks for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from core.errors import TaskdeckError
from core.planning.lexicon import MODAL, TASK_ROLES, Role
from core.planning.outline.units import matter
from core.planning.prd import Prd, Section, Statement, parse_prd

Makes = Literal["tasks", "context", "none"]

_BEGINS_WITH_VERB = re.compile(
    r"^(?:as an? \w|(?:allow|enable|support|provide|add|show|handle)\b)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class OutlineRow:
    """A heading of the PRD. Lines count from 1; `last` is the last line that belongs to it."""

    depth: int
    """0 for sections of the document, 1 for those in them. The title of the whole is no section."""
    title: str
    """With its number: "4.1 Accounts"."""
    line: int
    last: int
    role: Role
    makes: Makes
    """What planning takes from it: tasks, context for tasks, or nothing."""
    requirements: int
    """Statements in it that ask for something, those of the sections in it not counted."""
    done: bool
    """The heading says that this is finished, so that it makes no tasks."""


def prd_outline(text: str) -> list[OutlineRow]:
    """The sections in document order; none for an empty document."""
    try:
        prd = parse_prd(text)
    except TaskdeckError:
        return []
    return outline_of(prd)


def outline_of(prd: Prd) -> list[OutlineRow]:
    """The same for a document that was read already."""
    roadmap = not any(s.role in TASK_ROLES and requirements_of(s) for s in prd.sections())
    rows: list[OutlineRow] = []
    waiting = [(section, 0) for section in reversed(prd.root.children)]
    while waiting:
        section, depth = waiting.pop()
        waiting += [(child, depth + 1) for child in reversed(section.children)]
        rows.append(_row(section, depth, roadmap))
    return rows


def requirements_of(section: Section) -> list[Statement]:
    """The statements of a section, without those of sections in it, that ask for something."""
    if section.role in ("none", "context"):
        return []
    return [s for s in matter(section.statements) if asks(s)]


def asks(statement: Statement) -> bool:
    """Whether a statement reads as a requirement: a list item or table row, or a sentence with "must"."""
    if statement.kind in ("item", "row"):
        return True
    return bool(MODAL.search(statement.text) or _BEGINS_WITH_VERB.match(statement.text))


def _row(section: Section, depth: int, roadmap: bool) -> OutlineRow:
    found = requirements_of(section)
    return OutlineRow(
        depth, section.name, section.first, section.last, section.role,
        _makes(section, found, roadmap), len(found), section.done,
    )  # fmt: skip


def _makes(section: Section, found: Sequence[Statement], roadmap: bool) -> Makes:
    """A roadmap makes tasks where nothing else does; otherwise it only says in which order."""
    if section.role == "none" or section.done:
        return "none"
    if section.role in TASK_ROLES:
        return "tasks"
    if section.role == "unknown":
        inside = any(requirements_of(below) for below in section.walk())
        return "tasks" if found or inside else "context"
    return "tasks" if section.role == "milestones" and roadmap else "context"
