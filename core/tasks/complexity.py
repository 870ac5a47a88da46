"""Task Master's complexity reports: found, read in every shape, merged by task id; how to shade a score."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from json import JSONDecodeError
from pathlib import Path
from typing import Any, Literal, Protocol, cast

from core.errors import DamagedFile
from core.tasks.document import DEFAULT_TAG, Tag
from core.tasks.identifiers import id_text
from core.tasks.json_text import read_value, skip_space
from core.tasks.model import Task

_WAIT_SECONDS = 10.0

Band = Literal["low", "medium", "high"]

HEAT_LEVELS = 8
"""`heat` answers 0 (nothing known) to this."""

_NAME = "task-complexity-report"
_HINT = "Nothing was changed. Mend the report or move it away, then analyse again."


class Place(Protocol):
    """The project a report belongs to."""

    @property
    def root(self) -> Path: ...


@dataclass(frozen=True, slots=True)
class Score:
    """How complex a task is, 1 to 10, and how many subtasks are recommended for it."""

    key: str
    title: str
    score: float
    recommended: int
    prompt: str = ""
    reasoning: str = ""


@dataclass(frozen=True)
class ComplexityReport:
    """A report file. `scores` by task key in the file's order; `skipped` counts entries that say no score."""

    path: Path
    scores: Mapping[str, Score]
    meta: Mapping[str, Any]
    skipped: int = 0

    def of(self, task: Task) -> Score | None:
        """The score of a task, by its key or, for an odd key, by the id it writes."""
        return self.scores.get(task.key) or (self.scores.get(task.own_id) if not task.parent else None)


def band(score: float) -> Band:
    """Task Master's bands: high from 8, medium from 5."""
    return "high" if score >= 8 else "medium" if score >= 5 else "low"


def heat(score: float | None) -> int:
    """The shade of a score: 0 where there is none, 1 (score up to 2) to 8 (9 and more)."""
    return 0 if score is None else max(1, min(HEAT_LEVELS, int(score + 0.5) - 1))


def score_text(score: float) -> str:
    """A score as people write it: 7, 7.5."""
    return f"{score:.1f}".removesuffix(".0")


def report_candidates(project: Place, tag: str = DEFAULT_TAG) -> tuple[Path, ...]:
    """Where the report of a tag may be; the first that exists counts: raw tag name, slug, the old place."""
    reports = project.root / ".taskmaster" / "reports"
    if tag == DEFAULT_TAG:
        return reports / f"{_NAME}.json", project.root / "scripts" / f"{_NAME}.json"
    names = [
        name for name in dict.fromkeys((tag, slug(tag))) if name and "/" not in name and "\0" not in name
    ]
    return tuple(reports / f"{_NAME}_{name}.json" for name in names)


def slug(tag: str) -> str:
    """A tag as Task Master's old core writes it in file names."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", tag).lower()[:50]


def report_path(project: Place, tag: str = DEFAULT_TAG) -> Path:
    """The report file of a tag: the one that exists, else the one to make."""
    candidates = report_candidates(project, tag)
    return next((path for path in candidates if path.is_file()), candidates[0])


def load_report(project: Place, tag: str = DEFAULT_TAG) -> ComplexityReport | None:
    """The complexity report of a tag; None when there is none. Raises DamagedFile when it does not parse."""
    path = report_path(project, tag)
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise DamagedFile(path, f"cannot be read: {error.strerror or error}") from None
    return read_report(data, path)


def read_report(data: bytes, path: Path) -> ComplexityReport:
    """Read a report in either entry shape. Raises DamagedFile with line and column."""
    raw = _parse(data, path)
    scores: dict[str, Score] = {}
    entries = _entries(raw)
    for entry in entries:
        score = _score(entry)
        if score is not None:
            scores[score.key] = score
    meta: Any = raw.get("meta")
    counted = sum(1 for entry in entries if _score(entry) is None)
    return ComplexityReport(
        path, scores, cast("dict[str, Any]", meta) if isinstance(meta, dict) else {}, counted
    )


def _parse(data: bytes, path: Path) -> dict[str, Any]:
    try:
        text = data.decode("utf-8").removeprefix("﻿")
        start = skip_space(text, 0)
        value, end = read_value(text, start)
        if skip_space(text, end) != len(text):
            raise JSONDecodeError("Extra data", text, skip_space(text, end))
    except UnicodeDecodeError:
        raise DamagedFile(path, "the text is not UTF-8", hint=_HINT) from None
    except JSONDecodeError as error:
        what = "not valid JSON"
        if error.doc[error.doc.rfind("\n", 0, error.pos) + 1 :].startswith(("<<<<<<<", "=======", ">>>>>>>")):
            what = "git conflict marker"
        raise DamagedFile(path, what, error.lineno, error.colno, _HINT) from None
    except RecursionError:
        raise DamagedFile(path, "the values are nested too deep to read", hint=_HINT) from None
    raw = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    if not isinstance(raw.get("complexityAnalysis"), list):
        raise DamagedFile(path, "not a complexity report: it has no complexityAnalysis list", hint=_HINT)
    return raw


def _object(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _entries(raw: dict[str, Any]) -> list[Any]:
    return cast("list[Any]", raw["complexityAnalysis"])


def _score(entry: Any) -> Score | None:
    if not isinstance(entry, dict):
        return None
    fields = cast("dict[str, Any]", entry)
    task_id = fields.get("taskId", fields.get("id"))
    score = _number(fields.get("complexityScore", fields.get("complexity")))
    if task_id is None or score is None:
        return None
    recommended = _number(fields.get("recommendedSubtasks", fields.get("subtaskCount")))
    return Score(
        key=id_text(task_id),
        title=_text(fields.get("taskTitle", fields.get("title"))),
        score=score,
        recommended=max(0, int(recommended or 0)),
        prompt=_text(fields.get("expansionPrompt")),
        reasoning=_text(fields.get("reasoning")),
    )


def _number(value: Any) -> float | None:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # Beyond any score, and infinity and NaN with it: not a measure of complexity.
    return float(value) if -1000 < value < 1000 else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def save_report(
    project: Place,
    tag: str,
    scores: Iterable[Score],
    *,
    project_name: str = "",
    total_tasks: int | None = None,
    research: bool = False,
    threshold: float = 5,
) -> ComplexityReport:
    """Put scores into the report of a tag: entries of the same task are replaced, all others kept.

    Written atomically in Task Master's shape. Raises DamagedFile, and writes nothing, when the present
    report does not parse, LockHeld when another Taskdeck keeps writing it, TaskdeckError when it
    cannot be written, Refused in a read-only project.
    """
    from core.atomic_write import write_atomic
    from core.paths import state_folder
    from core.settings.read_only import check_writable
    from core.tasks.storage.turn import take_turn

    check_writable(project.root)
    path = report_path(project, tag)
    new = {score.key: score for score in scores}
    with take_turn(state_folder(project.root) / "reports.turn", path, time.monotonic() + _WAIT_SECONDS):
        raw = _parse(path.read_bytes(), path) if path.is_file() else {}
        entries = _merged(_entries(raw) if raw else [], new)
        meta = _object(raw.get("meta")) | {
            "generatedAt": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "tasksAnalyzed": len(new),
            "totalTasks": len(entries) if total_tasks is None else total_tasks,
            "analysisCount": len(entries),
            "thresholdScore": _plain(threshold),
            "projectName": project_name or _object(raw.get("meta")).get("projectName") or project.root.name,
            "usedResearch": research,
        }
        text = json.dumps(
            {**raw, "meta": meta, "complexityAnalysis": entries}, indent="\t", ensure_ascii=False
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, text.encode("utf-8"))
    return read_report(text.encode("utf-8"), path)


def _merged(entries: Sequence[Any], new: Mapping[str, Score]) -> list[Any]:
    """The entries with those of `new` in the place of their predecessors, the others behind them."""
    merged: list[Any] = []
    placed: set[str] = set()
    for entry in entries:
        old = _score(entry)
        if old is None or old.key not in new:
            merged.append(entry)
        elif old.key not in placed:
            placed.add(old.key)
            merged.append(_entry(new[old.key]))
    return merged + [_entry(score) for key, score in new.items() if key not in placed]


def _entry(score: Score) -> dict[str, Any]:
    return {
        "taskId": int(score.key) if score.key.isdecimal() and len(score.key) < 16 else score.key,
        "taskTitle": score.title,
        "complexityScore": _plain(score.score),
        "recommendedSubtasks": score.recommended,
        "expansionPrompt": score.prompt,
        "reasoning": score.reasoning,
    }


def _plain(number: float) -> float | int:
    return int(number) if number == int(number) else number


def weights(report: ComplexityReport | None) -> dict[str, float]:
    """Scores by key, for `TaskGraph`."""
    return {key: score.score for key, score in report.scores.items()} if report else {}


@dataclass(frozen=True, slots=True)
class Measure:
    """One row of the heatmap: a task's score, subtasks recommended and present."""

    task: Task
    score: float | None
    recommended: int
    present: int

    @property
    def missing(self) -> int:
        """How many more subtasks are recommended than present."""
        return max(0, self.recommended - self.present)


def measures(tag: Tag, report: ComplexityReport | None) -> list[Measure]:
    """Every top-level task in file order, with its score where the report, else the task itself, knows one.

    Task Master's newer core copies scores into the task file (`complexity`, `recommendedSubtasks`).
    """
    return [measure(task, report) for task in tag.tasks]


def measure(task: Task, report: ComplexityReport | None) -> Measure:
    """The score of one task, and subtasks recommended against present."""
    found = report.of(task) if report else None
    if found:
        return Measure(task, found.score, found.recommended, len(task.subtasks))
    recommended = _number(task.raw.get("recommendedSubtasks"))
    return Measure(
        task, _number(task.raw.get("complexity")), max(0, int(recommended or 0)), len(task.subtasks)
    )


def rolled_up(rows: Iterable[Measure]) -> float | None:
    """One score for many tasks: their mean, rounded to a tenth; None when none has a score."""
    scores = [row.score for row in rows if row.score is not None]
    return round(sum(scores) / len(scores), 1) if scores else None
