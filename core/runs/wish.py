"""What somebody wants a run to do, and the project it is about."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from core.errors import TaskdeckError
from core.paths import state_folder
from core.runs.request import Kind
from core.settings.read_only import check_writable
from core.tasks.store import TaskStore

if TYPE_CHECKING:
    from core.project import Project


class Workspace(Protocol):
    """The project a run is started from, as `core.services.Workspace` has it."""

    @property
    def project(self) -> Project: ...
    @property
    def session(self) -> str: ...
    @property
    def tag_name(self) -> str: ...


@dataclass(frozen=True)
class Wish:
    """What somebody wants a run to do; None and empty values leave it to the settings.

    Without `keys` a run of kind docs is for the tasks whose documents are missing or stale. `commit` lets
    the task file be committed first, alone, when it has to be. `context` says per task what failed before;
    `source_branch` is the branch the input is published on, when it may be no other.
    `continues` is the commit an earlier run left on `branch` with the tasks `earlier`; without keys that is
    only delivered. `inherited` names the fields whose values are those of the run `retry_of`, and not
    somebody's choice now, `picked` those somebody chose on the sheet before the run, not by a flag.
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
    remote: str = ""
    source_branch: str = ""
    include_unpushed: bool = False
    waived: tuple[str, ...] = ()
    continues: str = ""
    branch: str = ""
    earlier: tuple[str, ...] = ()
    force: bool = False
    concurrency: int | None = None
    attempts: int = 1
    pace: float = 0.0
    retry_of: str = ""
    attempt: int = 1
    context: tuple[tuple[str, str], ...] = ()
    inherited: frozenset[str] = frozenset()
    picked: frozenset[str] = frozenset()

    @property
    def only_delivers(self) -> bool:
        """Whether no agent is to work: what an earlier run made is pushed, and that is all."""
        return bool(self.continues) and not self.keys

    def choose(self, **changes: Any) -> Wish:
        """The same wish with what somebody chose instead; that is inherited no longer."""
        return replace(self, **changes, inherited=self.inherited - changes.keys())

    def pick(self, **changes: Any) -> Wish:
        """The same, chosen on the sheet."""
        return replace(self.choose(**changes), picked=self.picked | changes.keys())


def store_of(workspace: Workspace) -> TaskStore:
    """The task file of the workspace, read afresh whenever it is asked."""
    project = workspace.project
    may_write = partial(check_writable, project.root)
    return TaskStore(project.tasks_file, state_folder(project.root), workspace.session, may_write=may_write)


class NothingToDo(TaskdeckError):  # noqa: N818
    """Every document that was asked for is there and current: nothing had to be begun."""

    exit_code = 0
