"""What a person may want to know next: once a run has begun, and once it is over."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import TaskdeckError
from core.paths import state_folder
from core.plain_text import printable
from core.runs.folder import find_run
from tui.cli.invocation import Invocation

if TYPE_CHECKING:
    from core.runs.request import RunRequest
    from core.runs.view import RunView


def begun_lines(request: RunRequest) -> Iterator[str]:
    """What beginning the run changed here: only tasks that are done become in-progress. Blocks."""
    if not request.keys:
        yield f"No agent works: what is on the branch {request.branch} is delivered."
    if request.kind != "task" or not request.keys or "publish" in request.stages:
        return
    words = f"{_tasks(request.keys)} in-progress now"
    if _is_uncommitted(Path(request.root), request.tasks_path):
        words += f"; {printable(request.tasks_path)} says so and is not committed"
    yield f"{words}."


def detached_lines(run: str) -> tuple[str, ...]:
    """How to come back to a run that was left to itself."""
    return (
        f"  `taskdeck runs watch {run}` says what happens, `taskdeck logs {run}` what its agents say,",
        f"  `taskdeck runs cancel {run}` ends it.",
    )


def next_lines(invocation: Invocation, view: RunView) -> Iterator[str]:
    """What to do with a run that is over, and which of its tasks are still in-progress. Blocks."""
    if view.kind == "docs" and view.commit:
        yield f"  `taskdeck docs apply {view.id}` copies them into the work tree."
    if view.kind != "task":
        return
    proven = set(view.verdict.evidence) if view.verdict else set[str]()
    if view.commit and not {"url", "link"} & proven:
        work = f"{_since(invocation.workspace.project.root, view)}..{view.branch}"
        yield f"  `git log -p {work}` shows the work, `git merge {view.branch}` takes it over."
    passed = {row.task for row in view.agents if row.judged and row.judged.passed}
    for keys, status in (
        (tuple(key for key in view.keys if key in passed), "done"),
        (tuple(key for key in view.keys if key not in passed), "pending"),
    ):
        left = _in_progress(invocation, view.tag, keys)
        if left:
            how = f"`taskdeck set-status {','.join(left)} {status}`"
            more = f"{how} once that is taken over" if status == "done" else f"{how} sets that back"
            yield f"  {_tasks(left)} still in-progress: {more}."


def _since(root: Path, view: RunView) -> str:
    """What the work is compared with: the base as it is named here, else the commit the run worked at."""
    from core.publishing.repository import Repository

    remote = find_run(state_folder(root), view.id).request.remote
    names = [f"heads/{view.base}", *([f"remotes/{remote}/{view.base}"] if remote else [])]
    with contextlib.suppress(TaskdeckError), contextlib.closing(Repository.open(root)) as repository:
        for name in names if view.base else ():
            if repository.commit(f"refs/{name}"):
                return name.partition("/")[2]
    return find_run(state_folder(root), view.id).worked_at()[:12]


def _in_progress(invocation: Invocation, tag: str, keys: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the tasks that are in-progress by now; nothing but the beginning of a run moved them."""
    try:
        nodes = invocation.workspace.store.load().tag(tag).nodes
    except TaskdeckError:
        return ()
    return tuple(key for key in keys if key in nodes and nodes[key].status == "in-progress")


def _is_uncommitted(root: Path, path: str) -> bool:
    from core.publishing.repository import Repository

    try:
        repository = Repository.open(root)
    except TaskdeckError:
        return False
    try:
        answer = repository.run(["status", "--porcelain", "--", path], check=False)
    finally:
        repository.close()
    return answer.code == 0 and bool(answer.text)


def _tasks(keys: tuple[str, ...]) -> str:
    named = printable(", ".join(keys[:8])) + (" …" if len(keys) > 8 else "")
    return f"Task {named} is" if len(keys) == 1 else f"Tasks {named} are"
