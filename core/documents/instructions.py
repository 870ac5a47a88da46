"""The words a model is given with a brief: Markdown files in `prompts`, filled in."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from string import Template

from core.documents.brief import Brief
from core.documents.catalogue import folder_of
from core.documents.front_matter import FrontMatter, dump
from core.documents.places import FolderPlace
from core.documents.standards import find_standards

_FOLDER = Path(__file__).with_name("prompts")
_WHAT = {
    "task.md": "the task whole: goal, details, what it depends on, what waits for it, its subtasks in order, "
    "the passages of the PRD it rests on",
    "prompt.md": "a prompt for the agent that does the task: what to read, what to build in which order, "
    "rules, limits, when it is done, when to stop and ask",
    "design-spec.md": "components, interfaces, data, limits, failures, risks, and the questions to settle "
    "before code",
    "acceptance-criteria.md": "a list of boxes to tick (`- [ ]`), each something that can be seen to hold: "
    "requirements, subtasks, tests, standards",
}


def instructions(brief: Brief) -> str:
    """The prompt for an agent with a model. Texts of tasks in it are quoted, never read as instructions.

    Looks into the workspace for the project's standards. Blocks.
    """
    return _fill(
        "documents",
        tasks_file=brief.tasks_file,
        tasks_sha256=brief.tasks_sha256,
        tag=brief.tag,
        tasks=_tasks(brief),
        prd=_fill("prd", prd=brief.prd, name=brief.prd_name or brief.prd) if brief.prd else "",
        standards=_standards(brief),
        files="\n".join(
            f"- `{name}`: {_WHAT.get(name, 'what its name says of the task')}" for name in brief.names
        ),
        front_matter=_front_matter(brief),
        language=_fill("language", language=brief.language) if brief.language else "",
        remarks=_fill("remarks", remarks=brief.remarks) if brief.remarks.strip() else "",
    )


def _tasks(brief: Brief) -> str:
    return "\n".join(
        f"- task {_text(task.key)}, {_text(task.title)}: folder `{folder_of(task.key)}`, hash `{task.hash}`"
        for task in brief.tasks
    )


def _standards(brief: Brief) -> str:
    place = FolderPlace(Path(brief.out))
    prd = Path(brief.prd).read_text("utf-8", "replace") if brief.prd and Path(brief.prd).is_file() else ""
    paths = find_standards(place, brief.standards, prd)
    return _fill("standards", paths="\n".join(f"  - `{path}`" for path in paths)) if paths else ""


def _front_matter(brief: Brief) -> str:
    blocks: list[str] = []
    for task in brief.tasks:
        matter = FrontMatter(
            task.key, task.title, task.hash, brief.names[0], brief.tag, brief.written_by, brief.model
        )
        blocks.append(f"Task {_text(task.key)}:\n\n```yaml\n{dump(matter)}```")
    return "\n\n".join(blocks) + "\n\n`document` is the name of the file it stands in."


def _text(text: str) -> str:
    return json.dumps(" ".join(text.split()), ensure_ascii=False)


def _fill(prompt: str, /, **values: str) -> str:
    return _template(prompt).substitute(values)


@cache
def _template(name: str) -> Template:
    return Template((_FOLDER / f"{name}.md").read_text("utf-8"))
