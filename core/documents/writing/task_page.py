"""task.md: what the task is, what it rests on, its parts, and where the PRD and the standards speak of it."""

from __future__ import annotations

from core.documents.writing.material import Material, tells
from core.documents.writing.page import Page, listed, one_line, quoted
from core.documents.writing.parts import part_of
from core.documents.writing.passages import Passage
from core.tasks.model import Task


def task_page(material: Material) -> str:
    """The page for whoever wants to know the whole task."""
    task = material.task
    page = Page()
    page.title(f"Task {task.key}: {task.title or 'without a title'}")
    page.section("Goal", quoted(task.description) or "The plan gives the task no description.")
    page.section("What it depends on", *_before(material))
    page.section("What waits for it", *_after(material))
    if task.details.strip() and one_line(task.details) != one_line(task.description):
        page.section("Details", quoted(task.details))
    elif not task.description.strip():
        page.section("Details", "The plan says nothing beyond the title. Ask before building on a guess.")
    page.section("Where the PRD speaks of it", *_prd(material))
    page.section("Subtasks", _subtasks(material))
    page.section("How it is tested", quoted(task.test_strategy) or _NO_TEST)
    page.section("Standards", *standards_blocks(material))
    return str(page)


_NO_TEST = "The plan names no test strategy; the acceptance criteria say what has to be shown."


def standards_blocks(material: Material) -> list[str]:
    """Which files of standards there are, and their points that touch on the task."""
    paths = list(dict.fromkeys(rule.path for rule in material.rules))
    if not paths:
        return []
    names = " and ".join(f"`{path}`" for path in paths)
    near = [f"{rule.text} (`{rule.path}` line {rule.line})" for rule in material.near_rules]
    if len(near) == len(material.rules):
        return [f"{names} applies as a whole:", listed(near)]
    if not near:
        return [f"{names} applies as a whole."]
    return [f"{names} applies as a whole. Closest to this task:", listed(near)]


def name_of(task: Task) -> str:
    """`2 Define the protocol buffers`."""
    return f"{task.key} {one_line(task.title)}".strip()


def said(passage: Passage, material: Material) -> str:
    """A passage with its lines, and the task that has it as its subject."""
    others = [key for key in passage.owners if key != material.task.key]
    owner = f"; task {', '.join(others)}" if others else ""
    return f"{passage.text} ({passage.lines}{owner})"


def _before(material: Material) -> list[str]:
    blocks: list[str] = []
    if material.before:
        blocks += [listed(f"**{name_of(task)}**: {_short(task)}" for task in material.before)]
    dangling = material.graph.dangling(material.task.key)
    if dangling:
        ids = ", ".join(dangling)
        blocks.append(f"The plan also names {ids}, but there is no such task.")
    return blocks or ["Nothing: it can be started at once."]


def _after(material: Material) -> list[str]:
    if not material.after:
        return ["No other task."]
    return [listed(name_of(task) for task in material.after)]


def _short(task: Task) -> str:
    text = one_line(task.description) or "the plan gives no description"
    return text if len(text) <= 240 else text[:239].rsplit(" ", 1)[0] + " …"


def _prd(material: Material) -> list[str]:
    prd = material.prd
    if prd.prd is None:
        return []
    sections = prd.sections_of(material.task)
    where = [f'"{section.name}" (lines {section.first}-{section.last})' for section in sections]
    blocks: list[str] = []
    if where:
        blocks.append(f"`{prd.name}`: " + ", ".join(where) + ".")
    if prd.differs(material.task):
        blocks.append(
            "**Look before you build:** the lines that the task cites no longer say what it repeats of them. "
            "The PRD was edited after the task was planned."
        )
    if material.passages:
        lead = "Beside the lines that the task repeats, it says on the same subject:"
        if not where:
            lead = f"The task cites no lines of `{prd.name}`. By their words, these speak of its subject:"
        blocks += [lead, *_by_section(material)]
    elif not where:
        blocks.append(f"The task cites no lines of `{prd.name}`, and none was found that speaks of it.")
    return blocks


def _by_section(material: Material) -> list[str]:
    blocks: list[str] = []
    for name in dict.fromkeys(passage.section for passage in material.passages):
        found = [said(passage, material) for passage in material.passages if passage.section == name]
        blocks += [f'From "{name}":\n\n{listed(found)}']
    return blocks


def _subtasks(material: Material) -> str:
    blocks: list[str] = []
    for subtask in material.subtasks:
        after = [other.key for other in material.siblings_before(subtask)]
        blocks.append(f"### {name_of(subtask)}")
        if after:
            blocks.append(f"After {', '.join(after)}.")
        part = part_of(subtask, material)
        blocks += [block for block in (part.own, part.requirements()) if block]
        if tells(subtask.test_strategy) and one_line(subtask.test_strategy) not in one_line(part.own):
            blocks.append(f"Test: {one_line(subtask.test_strategy)}")
        for below in subtask.subtasks:
            blocks.append(f"- {name_of(below)}: {one_line(below.description or below.details)}")
    return "\n\n".join(blocks)
