"""Reads the texts of a task, whoever wrote them, into requirements, acceptance criteria and context."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from core.planning.lexicon import VERBS, Layer
from core.planning.outline.units import classify
from core.planning.outline.wording import Wording
from core.planning.prd_lines import plain, sentences
from core.tasks.model import Task

_BULLET = re.compile(r"^\s*(?:[-*+•]|\(?\d{1,2}[.):])\s+")
_PLACE = re.compile(r"\s*\((?:PRD )?lines? \d+(?:-\d+)?\)\s*$")
_FENCE = re.compile(r"^\s*(?:```|~~~)")
_INDENTED_CODE = re.compile(r"^(?:\t| {4,})\S.*[;{}()=]\s*$")
_MOST = 60


@dataclass(frozen=True)
class TaskText:
    """What a task says. The statements are plain sentences, without marks and line numbers."""

    title: str
    layer: Layer
    requirements: tuple[str, ...]
    acceptance: tuple[str, ...]
    context: tuple[str, ...]
    body: str
    """Title, description, requirements and criteria in one, to look for words in."""

    @cached_property
    def wording(self) -> Wording:
        return Wording(self.body.split("\n"))

    @property
    def subject(self) -> str:
        """The title without its verb: "the status workflow" of "Implement the status workflow"."""
        words = self.title.split()
        if len(words) > 2 and words[0].lower() == "set" and words[1].lower() == "up":
            return " ".join(words[2:])
        if len(words) > 1 and words[0].lower() in VERBS:
            rest = " ".join(words[1:])
            return rest.removeprefix("targets for ").removeprefix("the targets for ")
        return self.wording.first_lowered(self.title)


def read_task(task: Task) -> TaskText:
    """The texts of a task taken apart."""
    requirements: list[str] = []
    acceptance: list[str] = []
    context: list[str] = []
    target = requirements
    fenced = False
    for line in task.details.splitlines():
        if _FENCE.match(line):
            fenced = not fenced
            continue
        if fenced or not line.strip() or _INDENTED_CODE.match(line):
            continue
        heading = line.strip().rstrip(":").strip("#* ").lower() if line.rstrip().endswith(":") else ""
        if heading:
            target = _target(heading, requirements, acceptance, context)
        elif len(target) < _MOST:
            target += _statements(line)
    if not requirements:
        requirements = _statements(task.description)
    body = "\n".join([task.title, task.description, *requirements, *acceptance])
    return TaskText(
        task.title or "the task",
        classify(task.title),
        tuple(dict.fromkeys(requirements)),
        tuple(dict.fromkeys(acceptance)),
        tuple(dict.fromkeys(context)),
        body,
    )


def _target(heading: str, requirements: list[str], acceptance: list[str], context: list[str]) -> list[str]:
    if heading.startswith(("accept", "success", "done when", "definition of done")):
        return acceptance
    if heading.startswith(("keep in mind", "context", "note", "reference", "standards")):
        return context
    return requirements


def _statements(line: str) -> list[str]:
    text = _PLACE.sub("", _BULLET.sub("", line)).strip()
    if text.startswith("and ") and text.endswith("points there"):
        return []
    if _BULLET.match(line):
        return [plain(text)] if re.search(r"\w{2}", text) else []
    return [plain(found) for _, _, found in sentences(text) if re.search(r"\w{2}", found)]
