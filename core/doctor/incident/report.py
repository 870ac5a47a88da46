"""Writes an incident report as Markdown into the project's folder `issues`; secrets never get in."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from core.doctor.incident.gather import LogPart, RunFacts, git_facts, run_facts
from core.doctor.incident.inbox import ANSWER, FOLDER
from core.doctor.versions import all_versions
from core.errors import Refused, TaskdeckError
from core.plain_text import printable, shorten
from core.runs.folder import RunFolder
from core.secrets import redact
from core.settings.read_only import check_writable

_SLUG = re.compile(r"[^a-z0-9]+")
_LONGEST_SLUG = 60
_CELL = re.compile(r"([\\|`<>*_\[\]])")


def write_incident(root: Path, tasks_file: Path, run: RunFolder | None = None, words: str = "") -> Path:
    """Write `issues/<date>-<slug>.md` and return its path. `words` are the person's own; blocking.

    A report is never written over: a second one of the same name gets a number. Raises NotFound,
    DamagedFile when the run cannot be read, Refused when the folder is a link or the project is read-only,
    TaskdeckError when it cannot be written.
    """
    check_writable(root)
    facts = run_facts(run) if run is not None else None
    words = redact(words).strip()
    title = shorten(printable(words.splitlines()[0]), 100) if words else ""
    title = title or (_clean(facts.title) if facts else "An incident")
    sections = _sections(root, tasks_file, run, facts, title, words)
    # Each text was made clean for itself; this is the net below, for what a later hand forgets.
    text = redact("\n\n".join(sections) + "\n")
    folder = root / FOLDER
    if folder.is_symlink():
        raise Refused(f"{folder} is a link; the report was not written.", "Make it a folder of the project.")
    try:
        folder.mkdir(exist_ok=True)
        return _write(folder, f"{time.strftime('%Y-%m-%d')}-{_slug(title, facts)}", text)
    except OSError as error:
        raise TaskdeckError(
            f"The report cannot be written to {folder}: {error.strerror}.", "Give yourself the right to."
        ) from None


def _slug(title: str, facts: RunFacts | None) -> str:
    slug = _SLUG.sub("-", title.lower()).strip("-")[:_LONGEST_SLUG].strip("-")
    return "-".join(filter(None, (facts.run if facts else "", slug))) or "incident"


def _write(folder: Path, stem: str, text: str) -> Path:
    for number in range(1, 1000):
        path = folder / (f"{stem}.md" if number == 1 else f"{stem}-{number}.md")
        try:
            with path.open("xb") as file:
                file.write(text.encode("utf-8", "replace"))
        except FileExistsError:
            continue
        return path
    raise TaskdeckError(f"There are a thousand reports {stem} in {folder}.", "Move old ones away.")


def _sections(
    root: Path, tasks_file: Path, run: RunFolder | None, facts: RunFacts | None, title: str, words: str
) -> Iterable[str]:
    yield f"# {_cell(title)}"
    about = [("written", time.strftime("%Y-%m-%d %H:%M:%S %z")), ("project", str(root))]
    if facts is not None:
        about += [("run", facts.run), ("state", facts.state), ("kept in", str(facts.folder))]
    yield _table(("what", "value"), about)
    if words:
        yield f"## In the words of who reports it\n\n{_fenced(words.splitlines())}"
    if facts is not None:
        yield from _run_sections(facts)
        asked = [(one.name, one.value, one.source) for one in facts.asked]
        yield "## Every parameter\n\n" + _table(("parameter", "value", "from"), asked)
    yield "## Branches, commits and hashes\n\n" + _table(
        ("what", "value"), list(git_facts(root, tasks_file, run))
    )
    yield "## Versions\n\n" + _table(("part", "version"), all_versions())
    yield (
        "## Answer\n\nAn answer goes into a file of the same name that ends in "
        f"`{ANSWER}`, beside this one; the inbox then shows this report as answered."
    )


def _run_sections(facts: RunFacts) -> Iterable[str]:
    """What a reader wants to know first; what it came from stands behind."""
    yield f"## What was asked\n\n{_cell(facts.wish)}"
    happened = f"## What happened\n\n{_cell(facts.words)}"
    if facts.evidence:
        happened += "\n\n" + _table(("evidence", "value"), facts.evidence)
    if facts.findings:
        happened += "\n\n" + _table(("agent", "finding", "path", "evidence"), facts.findings)
    yield happened
    yield "## Timeline\n\n" + _table(("time", "what", "said"), facts.timeline)
    for part in facts.logs:
        yield _log(part)
    if len(facts.tried) > 1:
        yield "## What was tried\n\n" + _table(("attempt", "run", "verdict", "words"), facts.tried)


def _log(part: LogPart) -> str:
    last = part.first + len(part.lines)
    head = f"## Log of {_cell(part.agent)}, lines {part.first + 1} to {last} of {part.total}"
    return f"{head}\n\n{_fenced(part.lines)}\n\nThe whole log: `{_clean(str(part.path))}`"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return "Nothing is known."
    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    lines += ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def _cell(text: str) -> str:
    """Text that means only itself inside a Markdown table."""
    return _CELL.sub(r"\\\1", _clean(text))


def _clean(text: str) -> str:
    """Text on one line without secrets: once it is cut or escaped, what is left of one is not known again."""
    return printable(redact(text))


def _fenced(lines: Iterable[str]) -> str:
    """Lines as they are, in a fence longer than any row of marks inside."""
    body = [_clean(line) for line in lines]
    longest = max((len(mark) for line in body for mark in re.findall(r"`{3,}", line)), default=2)
    fence = "`" * (longest + 1)
    return "\n".join((f"{fence}text", *body, fence))
