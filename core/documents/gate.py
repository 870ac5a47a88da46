"""Lets the documents of an agent through only when it wrote what it should and touched nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from core.documents.catalogue import PREFIX, folder_of, paths_of
from core.documents.content import content_hash
from core.documents.coverage import Coverage, coverage
from core.documents.inspection import Expected, Finding, FindingKind, inspect, suspect
from core.documents.places import FolderPlace, Place
from core.documents.stack_words import stacks_of
from core.tasks.document import Tag

__all__ = ["Changed", "Finding", "FindingKind", "GateResult", "check"]

ChangeKind = Literal["file", "symlink", "deleted", "mode", "other"]
"""`file` is new or changed content; `mode` only the rights; `other` another repository, a pipe."""

MOST_FINDINGS = 100
"""An agent that unpacks a million files must not make a million findings."""

_FIRST: tuple[FindingKind, ...] = ("secret", "task-file", "outside", "symlink", "foreign-task")


@dataclass(frozen=True, slots=True)
class Changed:
    """A path that is no longer as it was before the agent began, relative to the top of the workspace."""

    path: str
    kind: ChangeKind


@dataclass(frozen=True)
class GateResult:
    """The verdict. `findings` stop the result, `warnings` are for a person to look at."""

    findings: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    coverage: Coverage

    @property
    def passed(self) -> bool:
        return not self.findings

    @property
    def words(self) -> str:
        """One plain line: what passed, or the first thing that did not."""
        if not self.findings:
            return f"{self.coverage.present} of {self.coverage.expected} documents are whole and current"
        first, *rest = self.findings
        return f"{first.what} And {len(rest)} more." if rest else first.what


def check(
    changed: Iterable[Changed],
    tag: Tag,
    keys: Sequence[str],
    names: Sequence[str],
    place: Place,
    *,
    prefix: str = "",
    tasks_path: str = ".taskmaster/tasks/tasks.json",
    prd: str = "",
) -> GateResult:
    """Judge what an agent did. Blocks while it reads the documents.

    `changed`: every path that changed in the workspace, untracked ones included. `tag`: the tasks as the run
    took them. `keys`: the tasks this agent was to document. `place`: the workspace's project, relative to its
    root. `prefix`: the project's folder below the top of the workspace ("" or "docs"). `prd`: its text, with
    that of the standards, for the warnings about another stack. Raises NotFound for a key without a task.
    """
    found = [*_paths(changed, tag, keys, names, prefix.strip("/"), tasks_path)]
    warnings: list[Finding] = []
    for key in dict.fromkeys(keys):
        task = tag.find(key)
        digest = content_hash(task)
        own = "\n".join(text for part in task.walk() for text in (part.title, part.details, part.description))
        stacks = stacks_of(f"{prd}\n{own}\n{task.test_strategy}")
        for path, (_, name) in paths_of([key], names).items():
            expected = Expected(path, name, key, task.title, digest)
            data = place.read(path)
            if data is None:
                found.append(_absent(place, path))
                continue
            found += inspect(data, expected)
            warnings += suspect(data, expected, stacks)
    matrix = coverage(tag, names, [place], keys)
    warnings += [
        Finding("foreign-task", f"{file.path} belongs to a task that there is not.", file.path)
        for file in matrix.foreign
        if not any(finding.path == _joined(prefix.strip("/"), file.path) for finding in found)
    ]
    # The first finding is the one in every short line: what explains the others comes first.
    found.sort(key=lambda finding: _FIRST.index(finding.kind) if finding.kind in _FIRST else len(_FIRST))
    return GateResult(_limited(found), _limited(warnings), matrix)


def _paths(
    changed: Iterable[Changed],
    tag: Tag,
    keys: Sequence[str],
    names: Sequence[str],
    prefix: str,
    tasks_path: str,
) -> Iterator[Finding]:
    """What is wrong with the paths that changed, whatever stands in them."""
    allowed = {_joined(prefix, path) for path in paths_of(keys, names)}
    own = {_joined(prefix, folder_of(key)) for key in keys}
    others = {_joined(prefix, folder_of(task.key)): task.key for task in tag.tasks}
    for change in changed:
        path = change.path
        if path == _joined(prefix, tasks_path) or _is_task_file(path):
            yield Finding("task-file", f"The task file {path} was touched.", path, _HOW[change.kind])
        elif path in allowed or path in own:
            if change.kind != "file":
                yield Finding(_KINDS[change.kind], f"{path} {_WORDS[change.kind]}.", path)
        else:
            yield _not_allowed(change, own, others, _joined(prefix, PREFIX))


def _is_task_file(path: str) -> bool:
    """Whether it is a task file of this or another project of the repository, or its folder."""
    return f"/{path}".endswith(("/.taskmaster/tasks/tasks.json", "/.taskmaster/tasks", "/.taskmaster"))


def _not_allowed(change: Changed, own: set[str], others: dict[str, str], docs: str) -> Finding:
    path, how = change.path, _HOW[change.kind]
    if not path.startswith(docs):
        return Finding("outside", f"{path} is no document, but was touched.", path, how)
    folder = docs + path[len(docs) :].partition("/")[0]
    if folder in own:
        return Finding("outside", f"{path} is none of the documents that were asked for.", path, how)
    if folder in others:
        what = f"{path} belongs to task {others[folder]}, which this agent was not to document."
        return Finding("foreign-task", what, path, how)
    return Finding("foreign-task", f"{path} belongs to a task that there is not.", path, how)


def _absent(place: Place, path: str) -> Finding:
    if isinstance(place, FolderPlace):
        link = place.link_on_the_way(path)
        if link:
            return Finding("symlink", f"{path} cannot be read: {link} is a symbolic link.", path)
    return Finding("missing", f"{path} is missing.", path)


def _limited(findings: list[Finding]) -> tuple[Finding, ...]:
    if len(findings) <= MOST_FINDINGS:
        return tuple(findings)
    # Every kind stays in sight, however many there are of another.
    first = {finding.kind: finding for finding in reversed(findings)}
    rest = [finding for finding in findings if first[finding.kind] is not finding]
    kept = [*first.values(), *rest][:MOST_FINDINGS]
    more = len(findings) - len(kept)
    return (*kept, Finding("more", f"There are {more:,} more findings of these kinds."))


def _joined(prefix: str, path: str) -> str:
    return f"{prefix}/{path}" if prefix else path


_HOW: dict[ChangeKind, str] = {
    "file": "written",
    "symlink": "made a symbolic link",
    "deleted": "deleted",
    "mode": "its rights were changed",
    "other": "neither a file nor a folder",
}
_WORDS: dict[ChangeKind, str] = {
    "file": "was written",
    "symlink": "was made a symbolic link",
    "deleted": "was deleted",
    "mode": "had its rights changed",
    "other": "is no plain file",
}
_KINDS: dict[ChangeKind, FindingKind] = {
    "file": "outside",
    "symlink": "symlink",
    "deleted": "deleted",
    "mode": "mode",
    "other": "other",
}
