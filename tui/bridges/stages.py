"""The stages of the pipeline, each derived from what is there, with the proof that can be opened."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from core.plain_text import plural
from core.planning.planned_prd import prd_changed

if TYPE_CHECKING:
    from core.tasks.complexity import ComplexityReport, Score
    from core.tasks.document import Tag, TaskDocument
    from core.tasks.model import Task

State = Literal["done", "partly", "running", "stale", "failed", "waiting", "absent", "unknown"]
STATE_WORDS: Mapping[State, str] = {
    "done": "done",
    "partly": "partly done",
    "running": "at work",
    "stale": "stale: something changed since",
    "failed": "failed",
    "waiting": "not done yet",
    "absent": "later",
    "unknown": "being read",
}


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: `proof` is the short form beside its name, `evidence` the lines that prove it."""

    name: str
    short: str
    state: State = "absent"
    proof: str = ""
    evidence: tuple[tuple[str, str], ...] = ()
    pane: str = ""
    """The pane that shows what the stage made; empty when there is none yet."""
    run: str = ""
    """The run whose pull request it tells of."""


_NAMES = (
    ("Idea", "Idea"),
    ("PRD", "PRD"),
    ("Tasks", "Tasks"),
    ("Complexity", "Cplx"),
    ("Subtasks", "Sub"),
    ("Documents", "Docs"),
    ("Published", "Publ"),
    ("Submitted", "Subm"),
    ("Pull request", "PR"),
)


def not_started() -> tuple[Stage, ...]:
    """Every stage, none begun: what is shown before the project is read."""
    return tuple(Stage(name, short) for name, short in _NAMES)


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What proves a file: where, how big, which bytes, how old (seconds since it was written)."""

    path: Path
    size: int
    digest: str
    lines: int
    modified: float
    text: str

    @property
    def age(self) -> str:
        return age_text(time.time() - self.modified)


def file_facts(path: Path | None) -> FileFacts | None:
    """Read a file's facts. Blocking. None when it is not there."""
    if path is None:
        return None
    try:
        data, modified = path.read_bytes(), path.stat().st_mtime
    except OSError:
        return None
    digest = hashlib.sha256(data).hexdigest()
    lines = data.count(b"\n") + (not data.endswith(b"\n") if data else 0)
    return FileFacts(path, len(data), digest, lines, modified, data.decode("utf-8", "replace"))


def age_text(seconds: float) -> str:
    """How long ago, in the unit people would use."""
    for limit, unit, name in ((60, 1, "s"), (3600, 60, "min"), (86_400, 3600, "h")):
        if seconds < limit:
            return f"{max(0, int(seconds // unit))} {name} ago"
    return f"{plural(int(seconds // 86_400), 'day')} ago"


def size_text(size: int) -> str:
    """Bytes as people read them: 812 B, 3.4 kB."""
    return f"{size} B" if size < 1000 else f"{size / 1000:.1f} kB" if size < 1e6 else f"{size / 1e6:.1f} MB"


def find_stages(
    root: Path,
    prd: FileFacts | None,
    document: TaskDocument,
    tag: Tag,
    report: ComplexityReport | None,
    path: Path,
) -> tuple[Stage, ...]:
    """All nine stages as they stand. Blocking for a moment (one stat); call it in a thread."""
    known: Mapping[str, Stage] = {
        stage.name: stage
        for stage in (
            _idea(root, prd),
            _prd(root, prd, tag),
            _tasks(root, document, tag, path),
            _complexity(root, tag, report),
            _subtasks(tag),
        )
    }
    return tuple(known.get(stage.name, stage) for stage in not_started())


def shown_path(path: Path, root: Path) -> str:
    """A path as it is said to people: from the project's folder when it is inside."""
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def is_template(text: str) -> bool:
    """Whether a PRD is still the template that a new project gets."""
    from core.project.setup import PRD_TEMPLATE

    return text.strip() == PRD_TEMPLATE.strip()


def _idea(root: Path, prd: FileFacts | None) -> Stage:
    if prd is None or is_template(prd.text):
        return Stage("Idea", "Idea", "waiting", "", (("What it is", "no PRD holds an idea yet"),), "prd")
    lines = [line.strip() for line in prd.text.splitlines() if line.strip()]
    title = next((line.lstrip("# ") for line in lines if line.startswith("#")), lines[0] if lines else "")
    said = next((line for line in lines if line[0] not in "#<>-*|`=" and line != title), "")
    evidence = (("Idea", title), ("In its own words", said), ("Said in", shown_path(prd.path, root)))
    return Stage("Idea", "Idea", "done" if title else "waiting", "", evidence, "prd")


def _prd(root: Path, prd: FileFacts | None, tag: Tag) -> Stage:
    if prd is None:
        return Stage("PRD", "PRD", "waiting", "", (("PRD", "none found in .taskmaster/docs"),), "prd")
    words = len(prd.text.split())
    sections = sum(line.startswith("#") for line in prd.text.splitlines())
    untouched = is_template(prd.text)
    evidence = (
        ("File", shown_path(prd.path, root)),
        (
            "Content",
            "the untouched template"
            if untouched
            else f"{plural(words, 'word')}, {plural(sections, 'heading')}",
        ),
        ("Size", f"{size_text(prd.size)}, {plural(prd.lines, 'line')}"),
        ("sha256", prd.digest),
        ("Written", prd.age),
    )
    if untouched or not words:
        return Stage("PRD", "PRD", "waiting", "", evidence, "prd")
    if tag.tasks and prd_changed(root, tag.name, prd.text):
        evidence += (
            ("Changed", "since the tasks were planned from it: p compares and changes what it must"),
        )
        return Stage("PRD", "PRD", "stale", "changed", evidence, "prd")
    return Stage("PRD", "PRD", "done", "", evidence, "prd")


def _tasks(root: Path, document: TaskDocument, tag: Tag, path: Path) -> Stage:
    total = len(tag.tasks)
    done = sum(task.finished for task in tag.tasks)
    try:
        age = age_text(time.time() - path.stat().st_mtime)
    except OSError:
        age = "not on disk"
    evidence = (
        ("File", shown_path(path, root)),
        ("Tag", f"{tag.name} (of {len(document.tags)})"),
        ("Tasks", f"{total}, {done} done"),
        ("Size", f"{size_text(len(document.data))}, {document.dialect} format"),
        ("sha256", document.digest),
        ("Written", age),
    )
    proof = f"{total} planned" if total else ""
    return Stage("Tasks", "Tasks", "done" if total else "waiting", proof, evidence, "tree")


_SET_ASIDE = frozenset({"deferred", "cancelled"})


def is_open(task: Task) -> bool:
    """Whether somebody is still to do it: neither finished nor set aside."""
    return not task.finished and task.status not in _SET_ASIDE


def _complexity(root: Path, tag: Tag, report: ComplexityReport | None) -> Stage:
    scores: Mapping[str, Score] = report.scores if report else {}
    scored = sum(task.key in scores for task in tag.tasks)
    total = len(tag.tasks)
    unscored = [task.key for task in tag.tasks if task.key not in scores and is_open(task)]
    if report is None or not scored:
        return Stage("Complexity", "Cplx", "waiting", "", (("Report", "no task is scored yet"),), "heatmap")
    hard = sorted((s for s in scores.values() if s.key in tag.nodes), key=lambda s: -s.score)[:3]
    facts = file_facts(report.path)
    evidence = (
        ("Report", shown_path(report.path, root)),
        ("Scored", f"{scored} of {plural(total, 'task')}"),
        ("Hardest", ", ".join(f"{score.key} ({score.score:g})" for score in hard)),
        ("Open and unscored", ", ".join(unscored[:12]) or "none"),
        ("sha256", facts.digest if facts else "not on disk"),
        ("Written", facts.age if facts else "not on disk"),
    )
    proof = f"{scored}/{total}" if unscored else ""
    return Stage("Complexity", "Cplx", "partly" if unscored else "done", proof, evidence, "heatmap")


def _subtasks(tag: Tag) -> Stage:
    total = len(tag.nodes) - len(tag.tasks)
    done = sum(node.finished for node in tag.nodes.values() if node.is_subtask)
    bare = [task.key for task in tag.tasks if not task.subtasks and is_open(task)]
    evidence = (
        ("Subtasks", f"{total}, {done} done"),
        ("Open tasks without any", ", ".join(bare[:16]) + (" …" if len(bare) > 16 else "") or "none"),
    )
    state: State = "waiting" if not total else "partly" if bare else "done"
    return Stage("Subtasks", "Sub", state, str(total) if total else "", evidence, "tree")
