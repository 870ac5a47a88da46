"""The incident reports of a project, each with its answer where somebody wrote one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.errors import Conflict, Refused, TaskdeckError
from core.plain_text import printable
from core.secrets import redact
from core.settings.read_only import check_writable

FOLDER = "issues"
ANSWER = ".resolution.md"
_ANSWERS = (ANSWER, "-resolution.md", ".answer.md", "-answer.md")
_NAME = re.compile(r"(?P<date>\d{4}-\d{2}-\d{2})-(?P<slug>.+)\.md")
_RUN = re.compile(r"^\| run \| (?P<run>\S+) \|", re.MULTILINE)
_WRITTEN = re.compile(r"^\| written \| (?P<moment>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}) \|", re.MULTILINE)
_ESCAPED = re.compile(r"\\([\\|`<>*_\[\]])")
_HEAD = 8_192


@dataclass(frozen=True, slots=True)
class Incident:
    """A report. `run` is empty when it is about none, `answer` None while nobody answered.

    `written` is when, in seconds since the epoch; 0 where the report does not say so.
    `answered` is the first line of the answer that is not empty and no heading.
    """

    path: Path
    title: str
    date: str
    run: str = ""
    answer: Path | None = None
    answered: str = ""
    written: float = 0.0


def list_incidents(root: Path) -> list[Incident]:
    """Every report in the project's folder `issues`, unreadable ones too. Blocking.

    Those nobody answered stand first, then the answered ones, each the newest first.
    """
    try:
        names = sorted(path.name for path in (root / FOLDER).iterdir())
    except OSError:
        return []
    reports = [name for name in names if _NAME.fullmatch(name) and not name.endswith(_ANSWERS)]
    found = [_read(root / FOLDER / name, names) for name in reports]
    found.sort(key=lambda one: (one.date, one.written, one.path.name), reverse=True)
    return sorted(found, key=lambda one: one.answer is not None)


def answer_path(incident: Incident) -> Path:
    """Where the answer to a report is, or is looked for."""
    return incident.answer or incident.path.with_name(incident.path.stem + ANSWER)


def write_answer(root: Path, incident: Incident, text: str) -> Path:
    """Write the first answer to a report beside it, secrets masked, and return its path. Blocking.

    Raises Conflict when somebody answered meanwhile, Refused when the project is read-only or the folder a
    link, TaskdeckError when it cannot be written.
    """
    check_writable(root)
    path = incident.path.with_name(incident.path.stem + ANSWER)
    if path.parent.is_symlink():
        raise Refused(f"{path.parent} is a link; no answer was written.", "Make it a folder of the project.")
    try:
        with path.open("xb") as file:
            file.write((redact(text).strip() + "\n").encode("utf-8", "replace"))
    except FileExistsError:
        raise Conflict(f"{path.name} is there by now; it was left as it is.", "r looks again.") from None
    except OSError as error:
        words = f"The answer cannot be written to {path}: {error.strerror}."
        raise TaskdeckError(words, "Give yourself the right to.") from None
    return path


def _read(path: Path, names: list[str]) -> Incident:
    match = _NAME.fullmatch(path.name)
    assert match is not None
    text = _text(path)
    title = next((line[2:] for line in text.splitlines() if line.startswith("# ")), match["slug"])
    run = _RUN.search(text)
    answer = next((path.with_name(path.stem + end) for end in _ANSWERS if path.stem + end in names), None)
    return Incident(
        path,
        _clean(_ESCAPED.sub(r"\1", title.strip())),
        match["date"],
        _clean(run["run"]) if run else "",
        answer,
        _first_words(_text(answer)) if answer else "",
        _written(text),
    )


def _written(text: str) -> float:
    match = _WRITTEN.search(text)
    try:
        return datetime.strptime(match["moment"], "%Y-%m-%d %H:%M:%S %z").timestamp() if match else 0.0
    except (ValueError, OverflowError):
        return 0.0


def _first_words(text: str) -> str:
    lines = (line.strip() for line in text.splitlines())
    return _clean(next((line for line in lines if line and not line.startswith("#")), ""))


def _clean(text: str) -> str:
    """Reports written by hand, or by an older Taskdeck, may hold secrets: a list shows none."""
    return printable(redact(text))


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD).decode("utf-8", "replace")
    except OSError as error:
        return f"# {path.name} cannot be read: {error.strerror}"
