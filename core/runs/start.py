"""Starts a run: what was wished becomes a request, is checked, and goes to a worker that outlives us."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from core.runs.folder import RunFolder
from core.runs.request import Kind, RunRequest

if TYPE_CHECKING:
    from core.project import Project
    from core.tasks.document import Tag, TaskDocument
    from core.tasks.store import TaskStore


class Workspace(Protocol):
    """The project a run is started from, as `core.services.Workspace` has it."""

    @property
    def project(self) -> Project: ...
    @property
    def store(self) -> TaskStore: ...
    @property
    def document(self) -> TaskDocument: ...
    @property
    def tag_name(self) -> str: ...
    @property
    def tag(self) -> Tag: ...
    @property
    def prd(self) -> Path | None: ...


@dataclass(frozen=True)
class Wish:
    """What somebody wants a run to do; None and empty values leave it to the settings.

    Without `keys` a run of kind docs is for the tasks whose documents are missing or stale. `commit` lets
    the task file be committed first, alone, when it has to be.
    """

    kind: Kind
    keys: tuple[str, ...] = ()
    agent: str | None = None
    model: str | None = None
    where: str = "local"
    base: str | None = None
    commit: bool = False
    push: bool = False
    pr: bool = False
    force: bool = False
    concurrency: int | None = None
    attempts: int = 1
    pace: float = 0.0
    retry_of: str = ""


async def prepare(workspace: Workspace, wish: Wish) -> RunRequest:
    """The request this wish makes, checked, with every parameter and its source; nothing is written.

    Raises UsageError (a wish that cannot be), NotFound (no such task, no agent), Refused (the content of a
    task differs from what is committed, the same work is under way), DamagedFile, TaskdeckError.
    """
    return await asyncio.to_thread(_prepare, workspace, wish)


async def start(workspace: Workspace, wish: Wish) -> RunFolder:
    """Prepare and begin a run; returns when its worker holds it. Raises as `prepare`, TaskdeckError.

    With `wish.commit` a task file that differs is committed first, alone. Submitting sets the tasks to
    in-progress, as an edit that undoes.
    """
    return await asyncio.to_thread(_start, workspace, wish)


def _prepare(workspace: Workspace, wish: Wish) -> RunRequest:
    raise NotImplementedError


def _start(workspace: Workspace, wish: Wish) -> RunFolder:
    raise NotImplementedError
