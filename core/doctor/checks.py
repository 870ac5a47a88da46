"""The checks of a project: where it is, its task file, report, settings, and what was left behind."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from core.doctor.check import Check
from core.doctor.machine import machine_checks
from core.doctor.planner import planner_checks
from core.doctor.settings import settings_check, stop_lines_check
from core.errors import DamagedFile, TaskdeckError
from core.project import Project, choose_tag, find_project, nearby_projects, where_searched
from core.tasks.complexity import load_report, report_path
from core.tasks.document import Tag, TaskDocument, parse
from core.tasks.findings import Finding, file_findings, tag_findings
from core.tasks.graph import TaskGraph

_SHOWN = 3
_STALE_SECONDS = 10

Placed = tuple[str, Finding]
"""A finding with the words that say which tag it is in; empty where there is only one."""


def run_checks(
    start: Path, tag: str | None = None, *, run_tools: bool = False, online: bool = False
) -> list[Check]:
    """Everything the doctor looks at, for the project that `start` belongs to. Blocking.

    Reads files and git. With `run_tools` slow programs (task-master) are started to learn their version;
    with `online` the git remote, the forge and the model's API are asked, which changes and costs nothing.
    """
    project = find_project(start) if start.exists() else None
    checks = [_project(start, project)]
    if project is not None:
        checks += _task_file(project, tag)
        checks += [_task_master_files(project), _left_behind(project), _state_folder(project)]
    checks.append(settings_check(project))
    if project is not None:
        checks.append(stop_lines_check(project))
    checks += planner_checks(project)
    if project is not None:
        checks += _work(project, online)
    return checks + list(machine_checks(run_tools))


def _work(project: Project, online: bool) -> Iterator[Check]:
    """What agents and publishing need. Broken settings are said by their own check."""
    from core.config import load_settings
    from core.doctor.agent import agent_checks
    from core.doctor.publishing import publishing_checks

    try:
        loaded = load_settings(project, strict=False)
    except TaskdeckError:
        return
    if online:
        from core.doctor.model import model_check

        yield asyncio.run(model_check(project, loaded))
    yield from agent_checks(loaded)
    yield from publishing_checks(project, loaded, online)


def _project(start: Path, project: Project | None) -> Check:
    if project is not None:
        evidence = " ".join([f"{project.root}.", *project.legacy])
        return Check("project", "ok", evidence)
    if not start.exists():
        return Check("project", "fail", f"There is no folder {start}.", "Name the folder of a project.")
    near = nearby_projects(start)
    evidence = f"There is no project in {where_searched(start)}."
    if near:
        below = ", ".join(path.name for path in near)
        return Check(
            "project", "fail", f"{evidence} There is one in: {below}.", f"`taskdeck {near[0]}` opens it."
        )
    return Check("project", "fail", evidence, "`taskdeck init` makes one here.")


def _task_file(project: Project, wanted: str | None) -> Iterator[Check]:
    path = project.tasks_file
    try:
        document = parse(path.read_bytes(), path)
    except FileNotFoundError:
        yield Check(
            "task file", "warn", f"{path} does not exist yet.", "`taskdeck parse-prd` or `add-task` makes it."
        )
        return
    except OSError as error:
        reason = error.strerror or str(error)
        yield Check("task file", "fail", f"{path} cannot be read: {reason}.", "Change its rights.")
        return
    except DamagedFile as error:
        yield Check("task file", "fail", error.message, error.hint)
        return
    yield _contents(path, document)
    yield _tag(project, wanted, document)
    found = [
        (f'Tag "{name}": ' if len(document.tags) > 1 else "", finding)
        for name, tag in document.tags.items()
        for finding in tag_findings(TaskGraph(tag))
    ]
    yield _dependencies([item for item in found if item[1].about_dependencies])
    file = [("", finding) for finding in file_findings(document)]
    yield _shape([*file, *(item for item in found if not item[1].about_dependencies)])
    yield from _reports(project, choose_tag(project, wanted, document.tags).name, document)


def _contents(path: Path, document: TaskDocument) -> Check:
    counts = [_counted(tag) for tag in document.tags.values()]
    size = (
        f"{len(document.data) / 1000:.0f} kB" if len(document.data) >= 1000 else f"{len(document.data)} bytes"
    )
    evidence = f"{path}: {document.dialect}, {size}; {', '.join(counts) or 'no tags'}."
    if not document.tags:
        return Check("task file", "warn", evidence, "`taskdeck tags add NAME` makes a tag.")
    return Check("task file", "ok", evidence)


def _counted(tag: Tag) -> str:
    done = sum(task.finished for task in tag.tasks)
    return f"{tag.name} {len(tag.tasks)}/{len(tag.nodes) - len(tag.tasks)} ({done} done)"


def _tag(project: Project, wanted: str | None, document: TaskDocument) -> Check:
    choice = choose_tag(project, wanted, document.tags)
    evidence = f'"{choice.name}", from {choice.source}. {choice.note}'.strip()
    if choice.name not in document.tags:
        return Check(
            "tag", "fail", f"{evidence} The task file has no such tag.", "`taskdeck tags` lists them."
        )
    if choice.note:
        return Check("tag", "warn", evidence, f"`taskdeck tags use {choice.name}` settles it.")
    return Check("tag", "ok", evidence)


def _dependencies(findings: Sequence[Placed]) -> Check:
    if not findings:
        return Check("dependencies", "ok", "Every dependency names a task, and none wait for each other.")
    return Check("dependencies", "warn", _summary(findings), "`taskdeck fix-dependencies` mends them.")


def _shape(findings: Sequence[Placed]) -> Check:
    if not findings:
        return Check("tasks", "ok", "Every task has an id of its own and readable fields.")
    return Check("tasks", "warn", _summary(findings), "Nothing is lost; the task's view offers repairs.")


def _summary(findings: Sequence[Placed]) -> str:
    kinds = Counter(finding.kind for _, finding in findings)
    counted = ", ".join(f"{number} {kind}" for kind, number in kinds.items())
    more = f" And {len(findings) - _SHOWN} more." if len(findings) > _SHOWN else ""
    return f"{counted}. {' '.join(place + finding.text for place, finding in findings[:_SHOWN])}{more}"


def _reports(project: Project, current: str, document: TaskDocument) -> Iterator[Check]:
    """The report of the current tag, and those of others that cannot be read."""
    for name, tag in document.tags.items():
        check = _report(project, tag)
        if name == current or check.state == "warn":
            yield check


def _report(project: Project, tag: Tag) -> Check:
    name = f"complexity of {tag.name}"
    try:
        report = load_report(project, tag.name)
    except DamagedFile as error:
        return Check(name, "warn", error.message, error.hint)
    if report is None:
        place = report_path(project, tag.name)
        return Check(
            name, "skip", f"There is no report ({place}).", "`taskdeck analyze-complexity` makes it."
        )
    scored = sum(report.of(task) is not None for task in tag.tasks)
    evidence = f"{report.path}: {scored} of {len(tag.tasks)} tasks have a score."
    strangers = len(report.scores) - scored
    if strangers > 0:
        evidence += f" {strangers} scores are for tasks this tag does not have."
    if report.skipped:
        evidence += f" {report.skipped} entries say no score."
    return Check(name, "ok", evidence)


def _task_master_files(project: Project) -> Check:
    problems = [problem for problem in (project.config.problem, project.state.problem) if problem]
    if problems:
        return Check("task-master's settings", "warn", " ".join(problems), "Mend the file, or remove it.")
    seen = [path.name for path in (project.config.path, project.state.path) if path]
    return Check("task-master's settings", "ok" if seen else "skip", f"{', '.join(seen) or 'None'} found.")


def _left_behind(project: Project) -> Check:
    path = project.tasks_file
    lock = path.with_name(path.name + ".lock")
    try:
        age = time.time() - lock.lstat().st_mtime
    except OSError:
        age = None
    if age is not None and age > _STALE_SECONDS:
        evidence = f"{lock} was last touched {_age(age)} ago: its holder is gone."
        return Check("lock", "warn", evidence, "The next edit clears it; you need do nothing.")
    if age is not None:
        return Check("lock", "ok", f"{lock} is held by a program that is writing now.")
    prefix = f".{path.name}.taskdeck-"
    rests = [entry.name for entry in _entries(path.parent) if entry.name.startswith(prefix)]
    if rests:
        return Check(
            "lock", "warn", f"Unfinished writes lie in {path.parent}: {', '.join(rests[:_SHOWN])}.", _REST
        )
    return Check("lock", "ok", "Nobody holds the task file, and nothing unfinished lies beside it.")


_REST = "They hold nothing that counts; the next edit clears them."


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _age(seconds: float) -> str:
    for size, name in ((86400, "days"), (3600, "hours"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {name}"
    return f"{seconds:.0f} s"


def _state_folder(project: Project) -> Check:
    from core.paths import state_folder

    folder = state_folder(project.root)
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
        return Check("state", "ok", f"Journal and backups are kept in {folder}.")
    repair = f"Give yourself the right to write in {existing}, or set XDG_STATE_HOME."
    return Check("state", "fail", f"{folder} cannot be written, so no edit can be journalled.", repair)
