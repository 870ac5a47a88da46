"""Starts a run: what was wished becomes a request, is checked, and goes to a worker that outlives us."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import subprocess
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

from core.atomic_write import write_atomic
from core.errors import Refused, TaskdeckError
from core.paths import make_private_folder, state_folder
from core.plain_text import printable
from core.publishing.repository import Repository
from core.runs.folder import RunFolder, list_runs, runs_folder
from core.runs.own_process import own_command
from core.runs.places import open_repository
from core.runs.preflight import make_request
from core.runs.request import RunRequest, new_run_id
from core.runs.sources import Source, Uncommitted, path_in
from core.runs.wish import NothingToDo, Wish, Workspace, store_of
from core.settings.read_only import check_writable

__all__ = ["NothingToDo", "Uncommitted", "Wish", "Workspace", "commit_alone", "prepare", "start"]

_BEGIN = 60.0
"""Seconds a worker may take to begin."""


async def prepare(workspace: Workspace, wish: Wish) -> RunRequest:
    """The request this wish makes, checked, with every parameter and its source; nothing is written.

    Raises NothingToDo, UsageError (a wish that cannot be), NotFound (no such task, no agent), Uncommitted
    (the content of a task differs from what is committed), Refused (the same work is under way), DamagedFile,
    TaskdeckError.
    """
    request, _ = await asyncio.to_thread(make_request, workspace, wish)
    return request


async def start(workspace: Workspace, wish: Wish) -> RunFolder:
    """Prepare and begin a run; returns when its worker holds it. Raises as `prepare` does, TaskdeckError.

    With `wish.commit` a task file that differs is committed first, alone. Submitting sets the tasks to
    in-progress, as an edit that undoes; where that fails the error says that the run has begun.
    """
    return await asyncio.to_thread(start_now, workspace, wish)


def start_now(workspace: Workspace, wish: Wish) -> RunFolder:
    """`start`, blocking."""
    state = state_folder(workspace.project.root)
    # Two that start the same work at once would both find nothing under way.
    with _one_at_a_time(state):
        identity = _free_id(state)
        request, source = _request(workspace, wish, identity)
        published = "publish" in request.stages
        if request.kind == "task" and published:
            # The run publishes the file and works from exactly that: the status has to be in it by then.
            _set_in_progress(workspace, request)
            request, source = _request(workspace, wish, identity)
        folder = _begin(state, request, source)
    if request.kind == "task" and not published:
        _mark_begun(workspace, request, folder)
    return folder


def _request(workspace: Workspace, wish: Wish, run_id: str) -> tuple[RunRequest, Source]:
    root = workspace.project.root
    try:
        request, source = make_request(workspace, wish, run_id)
    except Uncommitted as error:
        if not wish.commit:
            raise
        path = error.path
    except NothingToDo as nothing:
        path = _uncommitted(root, workspace.project.tasks_file) if wish.commit else ""
        if not path:
            raise
        commit_alone(root, path)
        raise NothingToDo(f"{nothing.message} {_committed(path)}", nothing.hint, nothing.way) from None
    else:
        # Where the run publishes, its first stage commits the file.
        wanted = wish.commit and "publish" not in request.stages
        path = _uncommitted(root, workspace.project.tasks_file) if wanted else ""
        if not path:
            return request, source
    commit_alone(root, path)
    request, source = make_request(workspace, wish, run_id)
    return replace(request, words=f"{_committed(path)} {request.words}".strip()), source


def _committed(path: str) -> str:
    return f"{path} was committed, alone."


def _uncommitted(root: Path, file: Path) -> str:
    """The task file's path from the top where HEAD has another content of it; empty where it has the same.

    What HEAD does not have at all is no matter of this: git may be told to ignore it.
    """
    repository = open_repository(root)
    if repository is None:
        return ""
    try:
        path = path_in(repository, file)
        there = repository.blob_hash("HEAD", path) if repository.head else None
        return path if there is not None and there != repository.file_hash(path) else ""
    finally:
        repository.close()


def commit_alone(root: Path, path: str) -> None:
    """Commit that one file (its path from the top of the repository); whatever else is staged stays as it is.

    Blocking. Raises Refused with what git said.
    """
    check_writable(root)
    repository = Repository.open(root)
    try:
        done = repository.commit_only([path], f"chore(tasks): update {Path(path).name}")
        known = repository.has_identity()
    finally:
        repository.close()
    if done.code != 0:
        hint = "Commit it yourself, then start again."
        who = "Tell git who you are first: git config user.name and user.email."
        raise Refused(f"Git did not commit {path}: {done.words}.", hint if known else who)


def _free_id(state: Path) -> str:
    taken = {run.id for run in list_runs(state)}
    while (made := new_run_id()) in taken:
        pass
    return made


@contextlib.contextmanager
def _one_at_a_time(state: Path) -> Generator[None]:
    make_private_folder(runs_folder(state))
    descriptor = os.open(runs_folder(state) / "start.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _begin(state: Path, request: RunRequest, source: Source) -> RunFolder:
    folder = RunFolder(runs_folder(state) / request.id)
    make_private_folder(folder.path)
    # The lock is ours before anybody can see the run, and the worker's before it is no longer ours: whoever
    # finds it free knows that the run has nobody left.
    lock = os.open(folder.lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        write_atomic(folder.tasks_file, source.data, mode=0o400)
        write_atomic(folder.request_file, request.to_json().encode("utf-8", "backslashreplace"), mode=0o600)
        _start_worker(folder, lock)
    finally:
        os.close(lock)
    return folder


def _start_worker(folder: RunFolder, lock: int) -> None:
    command = own_command("core.runs.worker", str(folder.path), str(lock))
    with folder.worker_log.open("wb") as log:
        # The process we start leaves at once and its child goes on: nobody has to wait for that one.
        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=(lock,),
                start_new_session=True, umask=0o077, cwd=folder.path, timeout=_BEGIN, check=False,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            raise TaskdeckError(
                f"The worker of the run {folder.id} did not begin: {error}.", f"See {folder.worker_log}."
            ) from None
    if done.returncode != 0:
        said = folder.worker_log.read_text("utf-8", "replace").strip().splitlines()[-1:]
        raise TaskdeckError(
            f"The worker of the run {folder.id} did not begin: {printable(''.join(said)) or 'it ended'}.",
            f"See {folder.worker_log}.",
        )


def _mark_begun(workspace: Workspace, request: RunRequest, folder: RunFolder) -> None:
    try:
        _set_in_progress(workspace, request)
    except TaskdeckError as error:
        message = f"The run {folder.id} has begun, but its tasks were not set to in-progress: {error.message}"
        raise TaskdeckError(message, error.hint) from None


def _set_in_progress(workspace: Workspace, request: RunRequest) -> None:
    from core.tasks.edits import SetStatus

    store = store_of(workspace)
    tag = store.load().tag(request.tag)
    edits = [SetStatus(key, "in-progress") for key in request.keys if tag.find(key).status != "in-progress"]
    if edits:
        store.apply(edits, tag=request.tag, title=f"submit {', '.join(request.keys)}")
