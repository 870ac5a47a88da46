"""Judges what one agent left in its workspace: its own changes, its copies, what it said it wrote."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from core.agents.view import AgentView
from core.documents.coverage import FolderPlace
from core.documents.gate import Changed, ChangeKind, Finding, GateResult, check
from core.errors import Refused
from core.plain_text import printable
from core.publishing.changed_paths import ChangedPath
from core.runs.briefing import Handed
from core.runs.request import RunRequest
from core.runs.workspace import Slot
from core.tasks.document import Tag

_WORKSPACE = re.compile(r"\d{6}-\d{4}-[a-z2-9]{3}-(\d+|pristine)")
_HOME = frozenset(("input", "log", "log.times", "brief.json"))
_KINDS: dict[str, ChangeKind] = {
    "added": "file",
    "modified": "file",
    "deleted": "deleted",
    "mode": "mode",
    "symlink": "symlink",
}


@dataclass(frozen=True)
class Judgement:
    """What was found. `files` are the documents that passed, by their path in the project."""

    findings: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    words: str
    changes: tuple[ChangedPath, ...]
    files: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.findings


def judge_documents(
    request: RunRequest, tag: Tag, key: str, slot: Slot, handed: Handed, view: AgentView, prd: str
) -> Judgement:
    """The gate on the documents of one task. Blocks."""
    try:
        changes = slot.changes()
    except Refused as error:
        finding = Finding("outside", error.message, ".git")
        return Judgement((finding,), (), error.message, ())
    prefix = "/".join(slot.project.relative_to(slot.folder).parts)
    changed = [Changed(change.path, _KINDS.get(change.kind, "other")) for change in changes]
    gate = check(
        changed,
        tag,
        [key],
        request.names,
        FolderPlace(slot.project, "workspace"),
        prefix=prefix,
        tasks_path=_tasks_path(request, prefix),
        prd=prd,
    )
    more = (*own_findings(handed, slot, view),)
    files = tuple(change.path.removeprefix(f"{prefix}/") for change in changes)
    return Judgement((*more, *gate.findings), gate.warnings, _words(more, gate), tuple(changes), files)


def own_findings(handed: Handed, slot: Slot, view: AgentView) -> Iterator[Finding]:
    """What the documents' gate cannot see: the read-only copy, and writes that left the workspace."""
    if not handed.tasks_are_unchanged():
        yield Finding(
            "task-file", "The agent changed its read-only copy of the task file.", str(handed.tasks_file)
        )
    for path in (*outside(view, slot), *strangers(slot.folder.parent, handed.home)):
        yield Finding("outside", f"The agent wrote outside its workspace: {printable(path)}.", path)


def outside(view: AgentView, slot: Slot) -> list[str]:
    """Paths the agent's tool calls wrote that do not lie in its workspace, links followed."""
    top = slot.folder.resolve()
    found: list[str] = []
    for write in view.files:
        path = slot.project / write.path
        if not path.resolve().is_relative_to(top) and write.path not in found:
            found.append(write.path)
    return found


def strangers(worktrees: Path, home: Path) -> list[str]:
    """What lies beside the workspaces and the agent's input, where only we put anything."""
    found = [entry for entry in worktrees.iterdir() if not _WORKSPACE.fullmatch(entry.name)]
    found += [entry for entry in home.iterdir() if entry.name not in _HOME]
    found += [entry for entry in (home / "input").iterdir() if entry.name not in ("tasks.json", "prd")]
    return sorted(str(entry) for entry in found)


def as_mappings(findings: Iterable[Finding]) -> tuple[dict[str, str], ...]:
    """Findings as the ledger keeps them."""
    return tuple({"kind": f.kind, "what": f.what, "path": f.path, "evidence": f.evidence} for f in findings)


def _words(more: Sequence[Finding], gate: GateResult) -> str:
    if not more:
        return gate.words
    rest = len(more) + len(gate.findings) - 1
    return more[0].what + (f", and {rest} more" if rest else "")


def _tasks_path(request: RunRequest, prefix: str) -> str:
    """The task file's path in the project; without git from the project's root."""
    path = PurePosixPath(request.tasks_path or _relative(request))
    if prefix and path.is_relative_to(prefix):
        return path.relative_to(prefix).as_posix()
    return path.as_posix()


def _relative(request: RunRequest) -> str:
    file, root = Path(request.tasks_file).resolve(), Path(request.root).resolve()
    return file.relative_to(root).as_posix() if file.is_relative_to(root) else file.name
