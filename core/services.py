"""Wires one project's parts together: task file, graph, report, settings, planner, each made when needed."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import DamagedFile, NotFound, TaskdeckError, UsageError
from core.project import (
    Project,
    TagChoice,
    choose_tag,
    find_prd,
    find_project,
    nearby_projects,
    where_searched,
)
from core.tasks.document import Tag, TaskDocument, parse

# Reading commands must start fast, so everything else is imported by the property that needs it.
if TYPE_CHECKING:
    from core.config import Loaded
    from core.planning.choice import Choice
    from core.planning.planner import Planner
    from core.planning.usage import Estimate
    from core.tasks.complexity import ComplexityReport
    from core.tasks.graph import TaskGraph
    from core.tasks.store import TaskStore

PLANNERS = ("claude", "outline")
"""The planners there are, by the name people choose them with."""


@dataclasses.dataclass(frozen=True)
class PlannerWish:
    """How one command, or one action of the app, wants to plan; empty values leave it to the settings.

    `confirm` is asked before much is sent, `announce` hears of each operation before it begins. `over_budget`
    lets the budget be passed this once.
    """

    name: str | None = None
    model: str | None = None
    research: bool = False
    over_budget: bool = False
    confirm: Callable[[Estimate], Awaitable[bool]] | None = None
    announce: Callable[[Estimate], None] | None = None


class Workspace:
    """A project as the command line and the app work on it.

    `tag` is the tag that was asked for, if any; without it the project's current tag counts. `on_wait` is
    called when the task file is locked for longer (see `TaskStore`); set it before `store` is used.
    """

    def __init__(self, project: Project, tag: str | None = None, session: str = "") -> None:
        self.project = project
        self.wanted_tag = tag
        self.session = session
        self.on_wait: Callable[[], None] | None = None

    @cached_property
    def store(self) -> TaskStore:
        from core.paths import state_folder
        from core.tasks.store import TaskStore

        path, state = self.project.tasks_file, state_folder(self.project.root)
        return TaskStore(path, state, self.session, on_wait=self.on_wait, may_write=self.check_writable)

    def check_writable(self) -> None:
        """Raises Refused when the settings make the project read-only: with where, and how that ends."""
        from core.settings.read_only import check_writable

        check_writable(self.project.root)

    @cached_property
    def document(self) -> TaskDocument:
        """The task file as it was when first asked for. Raises NotFound, DamagedFile.

        Whoever is going to write asks for `store` first, which then need not parse it again.
        """
        return self.store.load() if "store" in vars(self) else read_document(self.project.tasks_file)

    @property
    def has_file(self) -> bool:
        """Whether there is a task file; a project without one is still being planned."""
        return self.project.tasks_file.exists()

    @cached_property
    def tag_choice(self) -> TagChoice:
        """Which tag counts and why; a tag that was named but does not exist is not checked here."""
        return choose_tag(self.project, self.wanted_tag, self.document.tags)

    @property
    def tag_name(self) -> str:
        """The tag to work on. Raises NotFound when a tag was asked for that the file does not have."""
        return self.document.tag(self.tag_choice.name).name

    @property
    def tag(self) -> Tag:
        return self.document.tag(self.tag_name)

    @cached_property
    def graph(self) -> TaskGraph:
        from core.tasks.graph import TaskGraph

        return TaskGraph(self.tag, self.scores)

    @cached_property
    def report(self) -> ComplexityReport | None:
        """The complexity report of the tag, where there is one. Raises DamagedFile."""
        from core.tasks.complexity import load_report

        return load_report(self.project, self.tag_name)

    @property
    def readable_report(self) -> ComplexityReport | None:
        """The complexity report for a command that is about the tasks: an unreadable one counts as none."""
        try:
            return self.report
        except DamagedFile:
            # A list of tasks is worth having without it; `complexity-report` and `doctor` say what is wrong.
            return None

    @cached_property
    def scores(self) -> dict[str, float]:
        """Complexity by task key, from report or tasks; an unreadable report counts as none."""
        from core.tasks.complexity import measures

        rows = measures(self.tag, self.readable_report)
        return {row.task.key: row.score for row in rows if row.score is not None}

    def for_tag(self, name: str) -> Workspace:
        """The same project on another of its tags."""
        if name == self.tag_name:
            return self
        other = Workspace(self.project, name, self.session)
        vars(other).update(
            (name, value) for name, value in vars(self).items() if name in ("store", "document")
        )
        return other

    @cached_property
    def settings(self) -> Loaded:
        """The settings in force. Raises UsageError, DamagedFile."""
        from core.config import load_settings

        return load_settings(self.project)

    @property
    def prd(self) -> Path | None:
        """The requirements document: where the settings say, else in the usual places; None without one."""
        return find_prd(self.project.root, self.settings.settings.prd or None)

    def planner_choice(self, name: str | None = None, model: str | None = None) -> Choice:
        """Who would plan, and why. Runs, opens and sends nothing. Raises UsageError, DamagedFile."""
        from core.planning.choice import choose

        return choose(self._settings_for(model), name)

    def planner(self, name: str | None = None, wish: PlannerWish | None = None) -> Planner:
        """The planner of that name, or the one the settings and the keys choose.

        Nothing is sent before its first call. Raises UsageError: no such planner, no key, research without
        a model; NotFound, TaskdeckError: standards that cannot be read.
        """
        wish = wish or PlannerWish(name)
        if wish.name is not None and wish.name not in PLANNERS:
            raise UsageError(
                f"This version of Taskdeck has no planner {wish.name}.", f"It has: {', '.join(PLANNERS)}."
            )
        return self.planner_for(self.planner_choice(wish.name, wish.model), wish)

    def planner_for(self, choice: Choice, wish: PlannerWish) -> Planner:
        """The planner that was chosen. Raises as `planner` does."""
        if choice.kind != "claude":
            if wish.research:
                from core.planning.key import HOW

                raise UsageError("--research needs a model, and there is no key for one.", HOW)
            return outline_planner()
        from core.planning.choice import claude_options
        from core.planning.claude import ClaudePlanner
        from core.planning.usage import ledger_path

        more: dict[str, object] = {
            "research": wish.research,
            "confirm": wish.confirm,
            "announce": wish.announce,
            "ledger": ledger_path(self.project.root),
        }
        if wish.over_budget:
            more["budget"] = None
        return ClaudePlanner(
            claude_options(choice, self._settings_for(wish.model), self.project.root, **more)
        )

    def _settings_for(self, model: str | None) -> Loaded:
        from core.config import load_settings

        if model is None:
            return self.settings
        return load_settings(self.project, {"planner.model": model})


def read_document(path: Path) -> TaskDocument:
    """The task file, without what a store needs for writing. Raises NotFound, DamagedFile, TaskdeckError."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise NotFound(
            f"There is no task file {path}.", "`taskdeck parse-prd` or `add-task` makes it."
        ) from None
    except OSError as error:
        raise TaskdeckError(
            f"{path} cannot be read: {error.strerror}.", "Check that it is a file and its rights."
        ) from error
    return parse(data, path)


def outline_planner() -> Planner:
    """The planner that needs no model."""
    from core.planning.outline.planner import OutlinePlanner

    return OutlinePlanner()


def open_project(
    start: Path, tag: str | None = None, session: str = "", tasks_file: Path | None = None
) -> Workspace:
    """The project that `start` belongs to: a folder in it, or its task file. Raises NotFound.

    `tasks_file` names another task file to work on, which need not exist yet.
    """
    if not start.exists():
        raise NotFound(f"There is no folder {start}.", "Name the folder of a project.")
    if start.is_file():
        start, tasks_file = start.parent, tasks_file or start
    project = find_project(start)
    if project is None:
        raise NotFound(f"There is no Task Master project in {where_searched(start)}.", _other(start))
    if tasks_file is not None:
        project = dataclasses.replace(project, tasks_file=tasks_file.resolve())
    return Workspace(project, tag, session)


def _other(start: Path) -> str:
    near = [str(folder) for folder in nearby_projects(start)[:3]]
    if near:
        return f"Close by there is {', '.join(near)}: name it with --project."
    return "`taskdeck init` makes one there, `taskdeck demo` shows one."
