"""acceptance-criteria.md: everything that must be true at the end, as a list to tick."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.documents.standards import Rule
from core.documents.writing.material import Material, Point, tells
from core.documents.writing.page import Page, boxes, one_line, sentence
from core.documents.writing.task_page import name_of
from core.planning.prd_vague import vague_words

_MEASURED = re.compile(
    r"`[^`]+`|\d+(?:\.\d+)? ?(?:%|percent)|\b(?:no|never|without|forbidden)\b", re.IGNORECASE
)
_CHECKS = re.compile(r"`[\w-]+ [^`]*`|\d+(?:\.\d+)? ?(?:%|percent)")


def criteria_page(material: Material) -> str:
    """The page for whoever decides whether the task is done."""
    page = Page()
    task = material.task
    page.title(f"Acceptance criteria for task {task.key}: {task.title or 'without a title'}")
    page.text("Tick a box when you have seen it hold, not when the code for it is written.")
    page.section("It is accepted when", boxes(sentence(p.text) + p.cited for p in material.acceptance))
    musts, others, weak = _split(material.requirements)
    page.section("It must", boxes(map(_line, musts)))
    page.section("It does what the task asks" if not musts else "It also does", boxes(map(_line, others)))
    page.section("It should, or can", boxes(map(_line, weak)))
    page.section("Its parts are done", boxes(_parts(material)))
    page.section(
        "It is tested",
        boxes(sentence(point.text) + point.cited for point in _tests(material)),
        _gap(material),
    )
    page.section("It follows the standards", boxes(_standards(material)))
    page.section("Criteria to settle first", *_vague(material))
    return str(page)


def _split(points: Sequence[Point]) -> tuple[list[Point], list[Point], list[Point]]:
    """Those that must hold, those without such a word, and those that may be left."""
    by_strength = {point: point.strength for point in points}
    musts = [point for point, strength in by_strength.items() if strength == "must"]
    plain = [point for point, strength in by_strength.items() if not strength]
    return musts, plain, [point for point in by_strength if point not in {*musts, *plain}]


def _line(point: Point) -> str:
    return sentence(point.text) + point.cited


def _parts(material: Material) -> list[str]:
    lines: list[str] = []
    for subtask in material.subtasks:
        test = one_line(subtask.test_strategy)
        lines.append(name_of(subtask) + (f". {sentence(test)}" if tells(test) and len(test) < 400 else ""))
    return lines


def _tests(material: Material) -> list[Point]:
    accepted = {one_line(point.text).lower().rstrip(".") for point in material.acceptance}
    return [
        point
        for point in material.tests
        if one_line(point.text).lower().removeprefix("show that ").rstrip(".") not in accepted
    ]


def _gap(material: Material) -> str:
    if material.tests:
        return ""
    return "The plan names no tests for this task. Each requirement above needs one that fails without it."


def _standards(material: Material) -> list[str]:
    """Rules with a command or a figure to check, and those that touch on the task."""
    chosen: list[Rule] = []
    for rule in material.rules:
        if _CHECKS.search(rule.text) or (rule in material.near_rules and _MEASURED.search(rule.text)):
            chosen.append(rule)
    lines = [f"{rule.text} (`{rule.path}` line {rule.line})" for rule in chosen[:10]]
    rest = len(material.rules) - len(lines)
    paths = " and ".join(f"`{path}`" for path in dict.fromkeys(rule.path for rule in material.rules))
    if rest > 0:
        lines.append(f"The other {rest} points of {paths} hold too." if lines else f"All of {paths} holds.")
    return lines


def _vague(material: Material) -> list[str]:
    lines: list[str] = []
    for point in (*material.requirements, *material.acceptance):
        for vague in vague_words(point.text):
            lines.append(f'"{vague.word}" in "{one_line(point.text)}"{point.cited}: {vague.hint}')
    if not lines:
        return []
    return [
        "Nobody can tick these as they are worded. Agree on a measure first:",
        "\n".join(f"- {x}" for x in lines),
    ]
