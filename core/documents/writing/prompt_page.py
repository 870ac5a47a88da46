"""prompt.md: a prompt that can be handed to a coding agent as it stands."""

from __future__ import annotations

from core.documents.catalogue import folder_of
from core.documents.writing.material import Material, Point, tells
from core.documents.writing.page import Page, listed, numbered, one_line, quoted, sentence
from core.documents.writing.parts import part_of
from core.documents.writing.task_page import name_of, standards_blocks
from core.tasks.model import Task

_MOST = 12


def prompt_page(material: Material, names: tuple[str, ...]) -> str:
    """The page for the agent that does the task."""
    task = material.task
    page = Page()
    page.title(f"Do task {task.key}: {task.title or 'without a title'}")
    page.text(
        "You work in this project's repository. Your job is this one task, whole, and nothing beyond it."
    )
    page.section(
        "Goal",
        quoted(task.description) or "The plan gives only the title. Ask what is meant before you begin.",
    )
    page.section("Read first", numbered(_reading(material, names)))
    page.section("What is there already", *_before(material))
    page.section("What to build", *_requirements(material))
    page.section("In this order", numbered(_steps(material)))
    page.section(
        "Tests",
        quoted(task.test_strategy)
        or "The plan names none. Write one for each requirement, that fails without it.",
    )
    page.section("Rules", *standards_blocks(material), "In any case:", listed(_RULES))
    page.section("Not part of this task", *_not_part(material))
    page.section("Done when", *_done(material, names))
    page.section("When something is missing", _STOP)
    return str(page)


_STOP = (
    "If a file named here is missing, a task it builds on is not there, or two requirements contradict each "
    "other, stop and say so with the file and line. Do not replace what is missing by a guess, and do not "
    "change the task file or the PRD to fit the code."
)


def _reading(material: Material, names: tuple[str, ...]) -> list[str]:
    folder = folder_of(material.task.key)
    what = {
        "task.md": "the whole task with its neighbours",
        "design-spec.md": "what is decided about the design and what is open",
        "acceptance-criteria.md": "the list that decides whether you are done",
    }
    lines = [f"`{folder}/{name}`: {what[name]}." for name in names if name in what]
    sections = material.prd.sections_of(material.task)
    if sections:
        where = ", ".join(
            f'"{section.name}" (lines {section.first}-{section.last})' for section in sections[:6]
        )
        lines.append(f"`{material.prd.name}`: {where}.")
    lines += [
        f"`{path}`: it applies to all you write."
        for path in dict.fromkeys(rule.path for rule in material.rules)
    ]
    return lines


def _before(material: Material) -> list[str]:
    if not material.before:
        return ["The task depends on no other. Look at what the repository holds before you add to it."]
    return [
        "These tasks come before. Look at what they left in the repository and build on it:",
        listed(f"{name_of(task)}" for task in material.before),
    ]


def _requirements(material: Material) -> list[str]:
    if material.shows_code:
        return [quoted(material.task.details)]
    blocks: list[str] = []
    for under in dict.fromkeys(point.under for point in material.requirements):
        found = [_line(point) for point in material.requirements if point.under == under]
        blocks += [f"{under}:"] if under else []
        blocks.append(listed(found))
    return blocks


def _line(point: Point) -> str:
    return sentence(point.text) + point.cited


def _steps(material: Material) -> list[str]:
    steps: list[str] = []
    for subtask in material.subtasks:
        part = part_of(subtask, material)
        text = one_line(part.own)
        says = [sentence(text)] if text and len(text) < 500 else []
        says += [f"Covers {part.covers}."] if part.covers else []
        test = one_line(subtask.test_strategy).removeprefix("Show that ")
        if tells(test) and len(test) < 300 and test not in text and not _accepted(test, material):
            says.append(f"Shown by: {sentence(test)}")
        steps.append(" ".join([f"**{name_of(subtask)}.**", *says]))
    return steps


def _accepted(text: str, material: Material) -> bool:
    return any(
        one_line(text).rstrip(".") == one_line(point.text).rstrip(".") for point in material.acceptance
    )


_RULES = (
    "Change nothing that the task does not need.",
    "Keep what runs running: the tests that pass now pass when you are done.",
    "Say in the summary what you did not do and why.",
)


def _not_part(material: Material) -> list[str]:
    others: list[Task] = list(material.after)
    blocks: list[str] = []
    if others:
        blocks += ["Other tasks do this, after yours:", listed(map(name_of, others[:_MOST]))]
    goals = material.prd.non_goals()
    if goals:
        blocks += ["The PRD does not want:", listed(f"{p.text} ({p.lines})" for p in goals[:8])]
    return blocks


def _done(material: Material, names: tuple[str, ...]) -> list[str]:
    blocks = [listed(_line(point) for point in material.acceptance)] if material.acceptance else []
    if "acceptance-criteria.md" in names:
        path = f"{folder_of(material.task.key)}/acceptance-criteria.md"
        blocks.append(f"Every box of `{path}` can be ticked, and you have seen each of them hold.")
    elif not blocks:
        blocks.append('Every point under "What to build" holds, and you have seen each of them hold.')
    return blocks
