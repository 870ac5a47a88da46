"""Writes a task's documents by template, without a model: the same task gives the same text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.tasks.document import Tag
from core.tasks.model import Task


@dataclass(frozen=True)
class Standards:
    """A file with the project's standards: its path in the project and its text."""

    path: str
    text: str


@dataclass(frozen=True)
class Context:
    """What the writer knows beside the task itself."""

    tag: Tag
    names: Sequence[str]
    prd: str = ""
    prd_name: str = ""
    standards: tuple[Standards, ...] = ()
    written_by: str = "builtin"
    model: str = ""


def write_documents(task: Task, context: Context) -> dict[str, str]:
    """File name -> text with front matter, one for each of `context.names`."""
    raise NotImplementedError
