"""An agent's work on a task: the order it gets, and what of its changes may stand on a branch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from core.agents.view import AgentView
from core.documents.catalogue import path_of
from core.documents.coverage import Place
from core.documents.gate import Finding
from core.documents.secret_findings import find_secrets
from core.errors import Refused
from core.plain_text import printable
from core.publishing.changed_paths import ChangedPath
from core.publishing.repository import Repository
from core.runs.briefing import Handed
from core.runs.judging import Judgement, own_findings
from core.runs.request import RunRequest
from core.runs.workspace import Slot
from core.tasks.document import Tag
from core.tasks.model import Task

_LARGEST = 4 << 20
"""Bytes of a file that is looked through for secrets."""
_LONGEST_HISTORY = 64 << 20
_PROMPT = Path(__file__).parent / "prompts" / "task.md"


def task_prompt(request: RunRequest, tag: Tag, key: str, handed: Handed, places: Sequence[Place]) -> str:
    """The order to do one task, with everything that is known about it."""
    task = tag.find(key)
    parts = [_PROMPT.read_text("utf-8").format(key=key, tasks_file=handed.tasks_file, prefix=request.tag)]
    parts.append(f"# Task {key}: {task.title}\n\n{_task_text(task)}")
    if task.is_subtask:
        parts.append(f"# It is part of task {task.root.key}: {task.root.title}\n\n{task.root.description}")
    before = [tag.nodes[name] for name in task.written_dependencies if name in tag.nodes]
    if before:
        lines = "\n".join(f"- {other.key} ({other.status}): {other.title}" for other in before)
        parts.append(f"# It builds on\n\n{lines}")
    parts += _documents(task.root.key, request.names, places)
    if handed.brief.remarks:
        parts.append(f"# An earlier attempt failed\n\n{handed.brief.remarks}")
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _task_text(task: Task) -> str:
    texts = [task.description, task.details]
    if task.test_strategy:
        texts.append(f"How it is tested: {task.test_strategy}")
    texts += [f"## {part.key} {part.title} ({part.status})\n\n{_task_text(part)}" for part in task.subtasks]
    return "\n\n".join(text for text in texts if text)


def _documents(key: str, names: Sequence[str], places: Sequence[Place]) -> Iterator[str]:
    for name in names:
        path = path_of(key, name)
        data = next((data for place in places if (data := place.read(path)) is not None), None)
        if data:
            yield f"# Document {path}\n\n{data.decode('utf-8', 'replace')}"


def judge_task(
    request: RunRequest, repository: Repository, base: str, slot: Slot, handed: Handed, view: AgentView
) -> Judgement:
    """What an agent did for a task since `base`, its own commits and what it left uncommitted. Blocks."""
    try:
        changes = [change for change in slot.changes() if not change.ignored]
    except Refused as error:
        return Judgement((Finding("outside", error.message, ".git"),), (), error.message, ())
    findings = [*own_findings(handed, slot, view), *_history(repository, request, base, slot.folder)]
    findings += _paths(changes, request, slot.folder)
    if not changes and not findings:
        findings.append(Finding("missing", "The agent changed nothing."))
    warnings = tuple(_branches(repository, slot.folder))
    more = f", and {len(findings) - 1} more" if len(findings) > 1 else ""
    words = findings[0].what + more if findings else _counted(len(changes))
    files = tuple(change.path for change in changes)
    return Judgement(tuple(findings), warnings, words, tuple(changes), files)


def seal(repository: Repository, slot: Slot, message: str) -> str:
    """Commit what the agent left uncommitted in its workspace; returns its last commit. Blocks."""
    # Whatever branch the agent may have checked out stays where it is.
    repository.run(["checkout", "--quiet", "--detach"], slot.folder)
    head = _head(repository, slot.folder)
    left = [change.path for change in repository.changed_paths(slot.folder, head)]
    if not left:
        return head
    return repository.commit_in_worktree(slot.folder, left, message)


def patch_of(repository: Repository, slot: Slot, base: str) -> bytes:
    """The agent's commits since `base` as one patch. Blocks. Raises TaskdeckError."""
    return repository.run(["diff", "--binary", base, _head(repository, slot.folder)], slot.folder).out


def _head(repository: Repository, folder: Path) -> str:
    return repository.run(["rev-parse", "HEAD"], folder).text


def _history(repository: Repository, request: RunRequest, base: str, folder: Path) -> Iterator[Finding]:
    head = _head(repository, folder)
    if repository.run(["merge-base", "--is-ancestor", base, head], folder, check=False).code != 0:
        yield Finding("other", f"The agent's commits do not build on {base[:12]}.", "", head)
        return
    touched = repository.run(
        ["log", "--format=%h", f"{base}..{head}", "--", request.tasks_path], folder
    ).text.split()
    if touched:
        what = f"The agent committed a change of the task file {request.tasks_path}."
        yield Finding("task-file", what, request.tasks_path, " ".join(touched))
    yield from _secrets_in_history(repository, base, head, folder)


def _secrets_in_history(repository: Repository, base: str, head: str, folder: Path) -> Iterator[Finding]:
    """Secrets that the agent's own commits ever held: a branch publishes those it took away again too."""
    args = [
        "log",
        "--patch",
        "--no-color",
        "--no-ext-diff",
        "--no-textconv",
        "--format=%x01%h",
        "--unified=0",
    ]
    told = repository.run([*args, f"{base}..{head}", "--"], folder, timeout=600).out
    for part in told[:_LONGEST_HISTORY].decode("utf-8", "replace").split("\x01")[1:]:
        commit, _, patch = part.partition("\n")
        added = "\n".join(line[1:] for line in patch.splitlines() if line.startswith("+"))
        for _, kind in find_secrets(added):
            yield Finding("secret", f"The agent's commit {commit} holds {kind}.", "", commit)


def _paths(changes: Iterable[ChangedPath], request: RunRequest, folder: Path) -> Iterator[Finding]:
    for change in changes:
        path = folder / change.path
        if change.path == request.tasks_path or f"/{change.path}".endswith("/.taskmaster/tasks/tasks.json"):
            yield Finding("task-file", f"The task file {change.path} was touched.", change.path, change.kind)
        elif change.kind in ("submodule", "repository"):
            what = f"{printable(change.path)} is another repository inside this one."
            yield Finding("other", what, change.path, change.kind)
        elif change.kind == "symlink" and not path.resolve().is_relative_to(folder.resolve()):
            what = f"{printable(change.path)} is a symbolic link that leads out of the repository."
            yield Finding("symlink", what, change.path)
        elif change.kind in ("added", "modified"):
            yield from _secrets(path, change.path)


def _secrets(path: Path, name: str) -> Iterator[Finding]:
    if not path.is_file() or path.stat().st_size > _LARGEST:
        return
    text = path.read_bytes().decode("utf-8", "replace")
    for line, kind in find_secrets(text):
        yield Finding("secret", f"{printable(name)} holds {kind}.", name, f"line {line}")


def _branches(repository: Repository, folder: Path) -> Iterator[Finding]:
    answer = repository.run(["symbolic-ref", "--quiet", "HEAD"], folder, check=False)
    if answer.code == 0:
        name = answer.text.removeprefix("refs/heads/")
        yield Finding(
            "other", f"The agent checked out the branch {printable(name)}; it was left there.", name
        )


def _counted(count: int) -> str:
    return "1 file changed" if count == 1 else f"{count} files changed"
