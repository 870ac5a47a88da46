"""What is asked of a model for each operation, from the tasks and texts it is about."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.planning.options import Standard
from core.planning.prompt_files import prompt
from core.planning.wire import Block, text_block
from core.tasks.model import Task

if TYPE_CHECKING:
    from core.tasks.complexity import Score


@dataclass(frozen=True)
class Question:
    """One question: material first, then how to answer it. `topic` is what research would look into."""

    purpose: str
    keys: tuple[str, ...]
    material: tuple[Block, ...]
    how: str
    topic: str


def plan_question(prd: str, existing: Sequence[Task], start: int, count: int | None) -> Question:
    numbered = "\n".join(f"{number}| {line}" for number, line in enumerate(prd.splitlines(), 1))
    # Marked for the cache: an answer that is cut off or flawed sends the document again.
    document = text_block(prompt("plan", prd=numbered), cached=True)
    allowed = "of earlier tasks in this list or of existing tasks" if existing else "of tasks in this list"
    wish = f"About {count} tasks suit this plan; more or fewer are right when the document asks for it."
    how = prompt("plan_how", start=start, allowed=allowed, count=wish if count else "")
    return Question("parse-prd", (), (document, *_present(existing)), how, prd)


def add_question(wish: str, existing: Sequence[Task], start: int) -> Question:
    return Question("add-task", (), _present(existing), prompt("add_task", wish=wish, start=start), wish)


def revise_question(task: Task, wish: str, existing: Sequence[Task], number: int) -> Question:
    how = prompt("revise", task=_json(_fields(task)), wish=wish, number=number)
    purpose = "update-subtask" if task.is_subtask else "update-task"
    return Question(purpose, (task.key,), _present(existing), how, f"{task.title}\n{wish}")


def note_question(task: Task, wish: str) -> Question:
    how = prompt("note", task=_json(_fields(task)), wish=wish)
    purpose = "update-subtask" if task.is_subtask else "update-task"
    return Question(purpose, (task.key,), (), how, f"{task.title}\n{wish}")


def analyse_question(tasks: Sequence[Task]) -> Question:
    how = prompt("analyse", tasks=_json([_fields(task) for task in tasks]), count=len(tasks))
    topic = "\n".join(f"{task.title}: {task.description}" for task in tasks)
    return Question("analyze-complexity", tuple(task.key for task in tasks), (), how, topic)


def expand_question(task: Task, count: int | None, wish: str, score: Score | None) -> Question:
    context: list[str] = []
    if task.subtasks:
        titles = "\n".join(f"- {subtask.title}" for subtask in task.subtasks)
        context.append(f"\nIt has these subtasks already; do not repeat them:\n\n{titles}\n")
    if score is not None and score.prompt:
        context.append(f"\nAn analysis of its complexity says to mind this:\n\n{score.prompt}\n")
    number = (
        f"About {count} subtasks suit it; more or fewer are right when the task asks for it." if count else ""
    )
    how = prompt(
        "expand",
        task=_json(_fields(task)),
        context="".join(context),
        count=number,
        wish=f"Also: {wish}" if wish else "",
    )
    return Question("expand", (task.key,), (), how, f"{task.title}\n{task.description}\n{task.details}")


def prd_question(idea: str) -> Question:
    return Question("draft-prd", (), (), prompt("draft_prd", idea=idea), idea)


def redraft_question(prd: str, section: str, wish: str, idea: str) -> Question:
    # The document is the same whichever section is asked for, so it is marked for the cache.
    document = text_block(prompt("redraft", prd=prd), cached=True)
    how = prompt(
        "redraft_how",
        section=section.strip(),
        idea=f"\nThe document began with this idea:\n\n<idea>\n{idea}\n</idea>\n" if idea else "",
        wish=f"\nWhat should be different: {wish}\n" if wish else "",
    )
    return Question("draft-prd, section", (), (document,), how, f"{idea}\n{section}\n{wish}".strip())


def system_blocks(language: str, standards: Sequence[Standard]) -> tuple[Block, ...]:
    """What every request begins with: always the same, and therefore cached up to its end."""
    wish = f"- Write titles, descriptions and all other texts in {language}." if language else ""
    rules = prompt("system", language=wish)
    if not standards:
        return (text_block(rules, cached=True),)
    files = "\n\n".join(f"## {file.name}\n\n{file.text}" for file in standards)
    return (text_block(rules), text_block(prompt("standards", standards=files), cached=True))


def _present(existing: Sequence[Task]) -> tuple[Block, ...]:
    """The tasks there are, by which new ones are told apart and depend on others."""
    if not existing:
        return ()
    known = [{"id": task.key, "title": task.title, "status": task.status} for task in existing]
    return (text_block(prompt("plan_existing", tasks=_json(known))),)


def _fields(task: Task) -> dict[str, Any]:
    fields = {
        "id": task.key,
        "title": task.title,
        "description": task.description,
        "details": task.details,
        "testStrategy": task.test_strategy,
        "priority": task.priority,
        "dependencies": list(task.written_dependencies),
        "subtasks": [subtask.title for subtask in task.subtasks],
    }
    return {name: value for name, value in fields.items() if value}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)
