"""One consistent picture of the project at a moment, made in a thread and shown by every pane."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import TaskdeckError
from tui.bridges.stages import FileFacts, Stage, file_facts, find_stages

if TYPE_CHECKING:
    from core.project import Project
    from core.tasks.complexity import ComplexityReport
    from core.tasks.document import Tag, TaskDocument
    from core.tasks.graph import TaskGraph


@dataclass(frozen=True)
class Snapshot:
    """The task file, one of its tags, and all that is derived from them."""

    document: TaskDocument
    tag: Tag
    graph: TaskGraph
    report: ComplexityReport | None
    prd: FileFacts | None
    stages: tuple[Stage, ...]
    branch: str
    problem: str = ""
    """What could not be read beside the task file, such as a damaged complexity report."""


def take_snapshot(project: Project, prd: Path | None, document: TaskDocument, tag: Tag) -> Snapshot:
    """Derive everything the screen shows. Blocking; call it in a thread."""
    from core.project import current_branch
    from core.tasks.complexity import load_report
    from core.tasks.graph import TaskGraph

    root, tasks_file = project.root, project.tasks_file
    try:
        report, problem = load_report(project, tag.name), ""
    except TaskdeckError as error:
        report, problem = None, error.message
    facts = file_facts(prd)
    return Snapshot(
        document=document,
        tag=tag,
        graph=TaskGraph(tag),
        report=report,
        prd=facts,
        stages=find_stages(root, facts, document, tag, report, tasks_file),
        branch=current_branch(root) or "",
        problem=problem,
    )
