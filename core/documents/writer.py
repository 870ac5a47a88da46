"""Writes a task's documents by template, without a model: the same task gives the same text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from core.documents.content import content_hash
from core.documents.front_matter import FrontMatter, dump
from core.documents.hidden_text import visible
from core.documents.standards import Rule, Standards, rules_of
from core.documents.writing.criteria_page import criteria_page
from core.documents.writing.design_page import design_page
from core.documents.writing.material import Material, gather
from core.documents.writing.passages import PrdText
from core.documents.writing.prompt_page import prompt_page
from core.documents.writing.task_page import task_page
from core.secrets import redact_known
from core.tasks.document import Tag
from core.tasks.graph import TaskGraph
from core.tasks.model import Task

__all__ = ["Context", "Standards", "write_document", "write_documents"]


@dataclass(frozen=True)
class Context:
    """What the writer knows beside the task itself. One context serves all tasks of a tag."""

    tag: Tag
    names: Sequence[str]
    prd: str = ""
    prd_name: str = ""
    """How the PRD is cited: its path in the project."""
    standards: tuple[Standards, ...] = ()
    written_by: str = "builtin"
    model: str = ""

    @cached_property
    def graph(self) -> TaskGraph:
        return TaskGraph(self.tag)

    @cached_property
    def prd_text(self) -> PrdText:
        return PrdText(self.prd, self.prd_name or "the PRD", self.tag.tasks)

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        return rules_of(self.standards)

    def material(self, task: Task) -> Material:
        """What the pages of a task are written from."""
        return gather(task, self.graph, self.prd_text, self.rules)


def write_documents(task: Task, context: Context) -> dict[str, str]:
    """File name -> text with front matter, one for each of `context.names`."""
    material = context.material(task)
    return {name: write_document(name, material, context) for name in context.names}


def write_document(name: str, material: Material, context: Context) -> str:
    """One document. A file that is none of the usual four gets what task.md has."""
    task = material.task
    matter = FrontMatter(
        task.key, task.title, content_hash(task), name, context.tag.name, context.written_by, context.model
    )
    return f"{dump(matter)}\n{visible(redact_known(_page(name, material, tuple(context.names))))}"


def _page(name: str, material: Material, names: tuple[str, ...]) -> str:
    match name:
        case "prompt.md":
            return prompt_page(material, names)
        case "design-spec.md":
            return design_page(material)
        case "acceptance-criteria.md":
            return criteria_page(material)
        case _:
            return task_page(material)
