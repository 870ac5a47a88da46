"""Lets the documents of an agent through only when it wrote what it should and touched nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from core.documents.coverage import Coverage, coverage
from core.documents.places import Place
from core.tasks.document import Tag

ChangeKind = Literal["file", "symlink", "deleted", "mode", "other"]
"""`file` is new or changed content; `mode` only the rights; `other` another repository, a pipe."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A path that is no longer as it was before the agent began, relative to the top of the workspace."""

    path: str
    kind: ChangeKind


FindingKind = Literal[
    "task-file", "foreign-task", "outside", "symlink", "deleted", "mode", "other",
    "missing", "empty", "too-small", "too-large", "damaged", "wrong-task", "stale", "secret", "control",
    "wrong-stack", "link-with-password",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: a plain sentence, where, and the evidence. Never holds the secret itself."""

    kind: FindingKind
    what: str
    path: str = ""
    evidence: str = ""


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
        if self.passed:
            return f"{self.coverage.present} of {self.coverage.expected} documents are whole and current"
        more = f", and {len(self.findings) - 1} more" if len(self.findings) > 1 else ""
        return self.findings[0].what + more


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
    root. `prefix`: the project's folder below the top of the workspace ("" or "docs"). `prd`: its text, for
    the warnings about another stack.
    """
    findings: tuple[Finding, ...] = ()
    return GateResult(findings, (), coverage(tag, names, [place], keys))
