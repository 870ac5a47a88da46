"""Checks a wish before anything is begun, and makes the request of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from core.config import Loaded, load_settings
from core.documents.catalogue import checked_names
from core.documents.content import content_hash
from core.documents.coverage import coverage, needed
from core.errors import Refused, TaskdeckError, UsageError
from core.paths import state_folder
from core.publishing.publish_check import PublishRequest
from core.publishing.repository import Repository
from core.runs.branch import check_stands
from core.runs.current import Current, current_words, flags_of
from core.runs.destination import Destination, check_allowed, find_destination
from core.runs.folder import list_runs
from core.runs.parameters import FLAGS, parameters
from core.runs.places import BranchPlace, document_places, open_repository
from core.runs.request import Kind, RunRequest, new_run_id
from core.runs.safe_name import safe_name
from core.runs.sources import Source, find_source
from core.runs.wish import NothingToDo, Wish, Workspace, store_of
from core.settings.read_only import check_writable
from core.tasks.document import Tag
from core.tasks.identifiers import named_tasks

_CLOSED = ("done", "cancelled")


def make_request(workspace: Workspace, wish: Wish, run_id: str = "") -> tuple[RunRequest, Source]:
    """The request of a wish, and the task file it is about. Writes nothing.

    Raises as `core.runs.start.prepare`.
    """
    wish = replace(wish, push=wish.push or wish.pr)
    loaded = _settings(workspace, wish)
    agent = str(loaded.get("agent.kind").value)
    kind = loaded.get("agent.kind").source
    _check_wish(wish, agent, "on the sheet" if "agent" in wish.picked else FLAGS.get(kind, kind))
    root = workspace.project.root.resolve()
    check_writable(root)
    document = store_of(workspace).load()
    tag = document.tag(workspace.tag_name)
    repository = open_repository(root)
    try:
        names = checked_names(loaded.settings.documents.files)
        # First, because on another branch lies another task file.
        goal = find_destination(wish, repository, loaded) if wish.push else Destination()
        keys = _keys(wish, tag, names, root, repository)
        if not keys and not wish.only_delivers:
            delivery = _delivery(wish, workspace, loaded, tag, names, goal, repository)
            return make_request(workspace, delivery, run_id)
        if wish.continues and repository is not None:
            check_stands(repository, wish.branch, wish.continues)
        _refuse_twice(wish, keys, tag.name, state_folder(root))
        if wish.kind == "docs" and wish.earlier and repository is not None:
            _refuse_stale(wish, tag, names, repository)
        source = find_source(
            wish.kind, workspace.project.tasks_file, document, tag, keys, repository, published=wish.push
        )
        command = _command(loaded) if agent == "claude" and keys else ""
        branch = repository.branch if repository else None
    finally:
        if repository is not None:
            repository.close()
    settings = loaded.settings.agent
    identity = run_id or new_run_id()
    request = RunRequest(
        id=identity,
        kind=wish.kind,
        root=str(root),
        tasks_file=str(workspace.project.tasks_file),
        tasks_path=source.path,
        tasks_sha256=sha256(source.data).hexdigest(),
        tag=tag.name,
        keys=keys,
        names=names,
        agent=agent,
        model=settings.model,
        command=command,
        where=wish.where,
        base=wish.base or branch or "",
        commit=source.commit,
        branch=(wish.branch or _branch(wish.kind, keys, identity)) if source.commit else "",
        push=wish.push,
        pr=wish.pr,
        source_branch=goal.branch,
        remote=goal.remote,
        remote_base=goal.base,
        include_unpushed=wish.include_unpushed,
        waived=wish.waived,
        continues=wish.continues,
        earlier=wish.earlier,
        force=wish.force,
        # Tasks build on each other on one branch, so that they are done one after the other.
        concurrency=settings.concurrency if wish.kind == "docs" else 1,
        attempts=wish.attempts,
        timeout=settings.timeout,
        silence=settings.silence,
        max_output=settings.max_output << 20,
        max_turns=settings.max_turns,
        retries=settings.retries,
        budget=settings.budget,
        tools=settings.tools,
        pace=wish.pace,
        prd=_prd(workspace, loaded),
        standards=loaded.settings.planner.standards,
        language=loaded.settings.planner.language,
        retry_of=wish.retry_of,
        attempt=wish.attempt,
        created=time.time(),
        titles={key: tag.find(key).title for key in (*wish.earlier, *keys)},
        contents={key: content_hash(tag.find(key).root) for key in keys},
        context=dict(wish.context),
        words=" ".join(filter(None, (source.words, _closed(wish.kind, tag, keys), _left_out(wish, keys)))),
    )
    check_allowed(request, loaded)
    rows = parameters(request, loaded, wish, branch)
    return replace(request, parameters=rows), source


def _settings(workspace: Workspace, wish: Wish) -> Loaded:
    flags: dict[str, Any] = {
        "agent.kind": wish.agent,
        "agent.model": wish.model,
        "agent.concurrency": wish.concurrency,
    }
    return load_settings(workspace.project, flags)


def _check_wish(wish: Wish, agent: str, source: str) -> None:
    if wish.where != "local":
        raise UsageError("This version of Taskdeck runs agents on this machine only.", "Leave --where out.")
    if wish.kind == "task" and agent == "builtin":
        raise UsageError(
            f"The builtin agent ({source}) writes documents only; it cannot do tasks.",
            "Name one that can: --agent claude, or `taskdeck config set agent.kind claude`.",
            "other_agent",
        )
    if wish.kind == "task" and not wish.keys and not wish.continues:
        raise UsageError("No task was named.", "For example: taskdeck submit 5")


def _keys(
    wish: Wish, tag: Tag, names: Sequence[str], root: Path, repository: Repository | None
) -> tuple[str, ...]:
    for key in wish.keys:
        task = tag.find(key)
        if wish.kind == "docs" and task.is_subtask:
            raise UsageError(
                f"{key} is a subtask; documents belong to whole tasks.", f"Name {task.root.key}."
            )
    if wish.kind == "task" or wish.only_delivers:
        return _in_order(tag, wish.keys)
    wanted = wish.keys or tuple(task.key for task in tag.tasks)
    if not wish.force:
        places = document_places(root, state_folder(root), repository)
        lacking = {task.key for task in needed(tag, names, places)}
        wanted = tuple(key for key in wanted if key in lacking)
    if not wanted and not tag.tasks:
        raise NothingToDo(f'The tag "{tag.name}" has no tasks.')
    return tuple(dict.fromkeys(wanted))


def _delivery(
    wish: Wish,
    workspace: Workspace,
    loaded: Loaded,
    tag: Tag,
    names: Sequence[str],
    goal: Destination,
    repository: Repository | None,
) -> Wish:
    """Every document asked for is current: what is pushed then is the branch that holds them."""
    words = current_words(wish)
    if not wish.push or repository is None:
        raise NothingToDo(f"{words}.", "--force writes them anew.", "force")
    if wish.retry_of:
        raise TaskdeckError(
            f"Nothing was begun: somebody wrote the documents of {named_tasks(wish.keys)} since that run.",
            f"`taskdeck docs generate {','.join(wish.keys)}{flags_of(wish)}` delivers them.",
        )
    prd = _prd(workspace, loaded)
    publication = PublishRequest(
        workspace.project,
        remote=goal.remote or None,
        protected=loaded.settings.publish.protected,
        prd=Path(prd) if prd else None,
    )
    keys = wish.keys or tuple(task.key for task in tag.tasks)
    return Current(publication, tag, names, keys, repository).delivery(wish, goal)


def _refuse_stale(wish: Wish, tag: Tag, names: Sequence[str], repository: Repository) -> None:
    """What an earlier run wrote is delivered only while it is about the tasks as they are."""
    place = BranchPlace(repository, f"refs/heads/{wish.branch}", f"branch {wish.branch}")
    kept = [key for key in wish.earlier if key in tag.nodes]
    stale = [row.key for row in coverage(tag, names, [place], kept).rows if not row.whole]
    stale += [key for key in wish.earlier if key not in tag.nodes]
    if stale:
        raise Refused(
            f"The documents on {wish.branch} are not those of {named_tasks(stale)} any more: "
            "the plan changed since they were written.",
            f"`taskdeck docs generate {','.join(stale)}{flags_of(wish)} --force` writes them anew.",
        )


def _in_order(tag: Tag, keys: Sequence[str]) -> tuple[str, ...]:
    """The keys so that a task comes behind those it depends on, otherwise in the order they were given."""
    left = list(dict.fromkeys(keys))
    ordered: list[str] = []
    while left:
        ready = next(
            (key for key in left if not set(tag.find(key).written_dependencies) & (set(left) - {key})),
            left[0],
        )
        ordered.append(ready)
        left.remove(ready)
    return tuple(ordered)


def _refuse_twice(wish: Wish, keys: Sequence[str], tag: str, state: Path) -> None:
    for run in list_runs(state):
        if not run.is_alive():
            continue
        request = run.request
        both = [key for key in keys if key in request.keys]
        if request.kind == wish.kind and request.tag == tag and both:
            named = named_tasks(both)
            what = f"The documents of {named}" if wish.kind == "docs" else named.replace("t", "T", 1)
            be = "is" if wish.kind == "task" and len(both) == 1 else "are"
            raise Refused(
                f"{what} {be} being worked on already, by the run {run.id}.",
                f"`taskdeck logs {run.id}` shows it, `taskdeck runs cancel {run.id}` ends it.",
            )


def _closed(kind: Kind, tag: Tag, keys: Sequence[str]) -> str:
    """Which of the tasks to be done are so already: whoever retries an old run may not know."""
    if kind != "task":
        return ""
    closed = [(key, tag.find(key).status) for key in keys]
    return " ".join(f"Task {key} is {status} already." for key, status in closed if status in _CLOSED)


def _left_out(wish: Wish, keys: Sequence[str]) -> str:
    """Which of the tasks somebody named are not worked on, because their documents are current."""
    current = [key for key in wish.keys if key not in keys]
    if not current:
        return ""
    words = f"The documents of {named_tasks(current)} are current already and no part of this run"
    if not wish.push:
        return f"{words}."
    return f"{words}: `taskdeck docs generate {','.join(current)}{flags_of(wish)}` delivers them."


def _command(loaded: Loaded) -> str:
    from core.agents.command import find_agent

    return str(find_agent(loaded.settings.agent.command).path)


def _prd(workspace: Workspace, loaded: Loaded) -> str:
    from core.project import find_prd

    found = find_prd(workspace.project.root, loaded.settings.prd or None)
    return str(found) if found is not None and found.is_file() else ""


def _branch(kind: Kind, keys: Sequence[str], run_id: str) -> str:
    if kind == "docs":
        return f"taskdeck/docs-{run_id}"
    named = "-".join(safe_name(key) for key in keys[:6])
    return f"taskdeck/task-{named}{'-and-more' if len(keys) > 6 else ''}-{run_id}"
