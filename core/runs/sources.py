"""The task file a run works from: as it is committed, once that says what the one here says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.documents.content import content_hash, short_hash
from core.errors import Refused
from core.publishing.repository import Repository
from core.runs.request import Kind
from core.tasks.document import Tag, TaskDocument, parse


class Uncommitted(Refused):
    """An agent would work from something else than what is here; `path` is from the repository's top."""

    def __init__(self, message: str, hint: str, path: str) -> None:
        super().__init__(message, hint, "commit")
        self.path = path


@dataclass(frozen=True)
class Source:
    """The task file a run works from: its exact bytes, where git has it, and what is worth saying of it."""

    data: bytes
    document: TaskDocument
    commit: str = ""
    path: str = ""
    words: str = ""


def find_source(
    kind: Kind,
    tasks_file: Path,
    document: TaskDocument,
    tag: Tag,
    keys: Sequence[str],
    repository: Repository | None,
    *,
    published: bool = False,
) -> Source:
    """The task file at HEAD, once every task of the run says there what it says here.

    With `published` the file as it is here: the run begins with publishing exactly that.
    Without git, without a commit, and where git ignores it, the file as it is. Raises Uncommitted, Refused,
    DamagedFile. Blocks.
    """
    commit = repository.head if repository else None
    if repository is None or commit is None:
        why = "there is no git here" if repository is None else "nothing is committed here yet"
        if kind == "task":
            raise Refused(
                f"An agent's work is left on a branch, and {why}.",
                "Make a repository and a first commit, then submit again.",
            )
        return Source(document.data, document, words=f"It works in a copied folder, because {why}.")
    path = path_in(repository, tasks_file)
    if published:
        return Source(document.data, document, commit, path)
    data = repository.read(commit, path)
    if data is None:
        if repository.run(["check-ignore", "-q", "--", path], check=False).code == 0:
            words = f"Git ignores {path}: the agents get a copy of it as it is here."
            return Source(document.data, document, commit, path, words)
        raise Uncommitted(
            f"{path} is not committed, so no agent could work from it.", _commit_hint(path), path
        )
    committed = parse(data, f"{path} at {commit[:12]}")
    _compare(tag, committed, keys, path, commit)
    return Source(data, committed, commit, path)


def path_in(repository: Repository, tasks_file: Path) -> str:
    """The task file's path from the top of the repository. Raises Refused when it lies elsewhere."""
    top, real = repository.top.resolve(), tasks_file.resolve()
    if not real.is_relative_to(top):
        raise Refused(
            f"{tasks_file} does not lie in the repository {top}.", "Name a task file of this repository."
        )
    return real.relative_to(top).as_posix()


def _commit_hint(path: str) -> str:
    return f"--commit commits only {path} first, whatever else you staged."


def _compare(tag: Tag, committed: TaskDocument, keys: Sequence[str], path: str, commit: str) -> None:
    there = committed.tags.get(tag.name)
    different: list[str] = []
    missing: list[str] = []
    for key in dict.fromkeys(tag.find(key).root.key for key in keys):
        here = content_hash(tag.find(key))
        task = there.nodes.get(key) if there else None
        old = content_hash(task) if task is not None else ""
        if not old:
            missing.append(key)
        elif here != old:
            different.append(
                f"task {key}: content {short_hash(here)} here, {short_hash(old)} at commit {commit[:12]}"
            )
    if not (different or missing):
        return
    told = [f"{_tasks(len(missing))} not committed yet ({_some(missing)})"] if missing else []
    if different:
        told.append(f"{_tasks(len(different))} not as committed ({_some(different)})")
    words = " and ".join(told)
    raise Uncommitted(f"In {path}, {words}. Nothing was begun.", _commit_hint(path), path)


def _tasks(count: int) -> str:
    return "1 task is" if count == 1 else f"{count} tasks are"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{'; '.join(names[:3]) if ':' in names[0] else ', '.join(names[:3])}{more}"
