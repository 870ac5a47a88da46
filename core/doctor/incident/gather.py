"""Gathers what an incident report says about a run: from its files, its logs, git and this machine."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.agents.rows import AgentReader
from core.errors import TaskdeckError
from core.logs.line import Line
from core.logs.lines import LineLog
from core.plain_text import plural, printable, shorten
from core.publishing.repository import Repository
from core.publishing.truths import TruthReader
from core.runs.folder import RunFolder
from core.runs.ledger import AttemptView, RunState
from core.runs.lineage import family
from core.runs.proof_words import proof_words
from core.runs.request import Parameter, RunRequest
from core.secrets import redact

_LINES_BEFORE, _LINES_AFTER = 24, 8
_WIDEST = 180
_LOOKED_AT = 4_000
"""The last so many lines of a log are looked at for what went wrong."""
_LONGEST_KEY = 120
"""A private key has fewer lines; of one that begins above the part that is shown, the rest is known too."""

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LogPart:
    """The lines around where an agent went wrong, readable; `lines` of how many it wrote in all."""

    agent: str
    lines: tuple[str, ...]
    first: int
    total: int
    path: Path


@dataclass(frozen=True, slots=True)
class RunFacts:
    """Everything about one run. Times in `timeline` are local and to the second."""

    run: str
    title: str
    state: str
    words: str
    wish: str
    asked: tuple[Parameter, ...]
    evidence: tuple[Row, ...]
    timeline: tuple[Row, ...]
    findings: tuple[Row, ...]
    logs: tuple[LogPart, ...]
    tried: tuple[Row, ...]
    folder: Path


def run_facts(folder: RunFolder) -> RunFacts:
    """All facts of a run. Blocking. Raises NotFound, DamagedFile when its request cannot be read."""
    state, request = folder.ledger(), folder.request
    verdict = state.verdict
    stage = state.running_stage
    name = verdict.state if verdict else ("under way" if folder.is_alive() else "interrupted")
    words = verdict.said if verdict else (f"In the stage {stage}." if stage else "Nothing was begun.")
    what = "documents" if request.kind == "docs" else "work"
    keys = request.tasks
    tasks = ", ".join(keys[:6]) + (" …" if len(keys) > 6 else "")
    return RunFacts(
        folder.id,
        f"{what} for task{'s' * (len(keys) != 1)} {tasks}: {name}",
        name,
        words,
        _wish(request),
        request.parameters,
        tuple(proof_words(verdict.evidence, "commit")) if verdict else (),
        tuple(_timeline(state)),
        tuple(_findings(state)),
        tuple(_logs(folder, state)),
        tuple(_tried(folder)),
        folder.path,
    )


def _wish(request: RunRequest) -> str:
    """What somebody wanted, in one sentence."""
    keys = request.tasks
    what = "Documents" if request.kind == "docs" else "The work"
    tasks = f"task{'s' * (len(keys) != 1)} {', '.join(keys[:12])}" + (" …" if len(keys) > 12 else "")
    by = request.agent if not request.model else f"{request.agent} with {request.model}"
    if request.pr:
        goal = f"as a pull request from {request.branch} to {request.remote_base}"
    elif request.push:
        goal = f"pushed as {request.branch}"
    else:
        goal = f"left on the branch {request.branch}" if request.branch else "copied into the project"
    return f"{what} of {tasks} (tag {request.tag}) by {by}, {goal}."


def _timeline(state: RunState) -> Iterator[Row]:
    rows: list[tuple[float, str, str]] = []
    for stage in state.stages:
        if stage.began:
            rows.append((stage.began, stage.name, "began"))
        if stage.ended:
            proof = ", ".join(f"{name} {value}" for name, value in proof_words(stage.proof, stage.name))
            said = ": ".join(filter(None, (stage.state, stage.words)))
            rows.append((stage.ended, stage.name, f"{said} ({proof})" if proof else said))
    for attempt in state.attempts:
        began = attempt.began
        rows.append((began.time, began.agent, f"attempt {began.number} began, process {began.pid}"))
        if attempt.ended:
            end = attempt.ended
            said = f"{end.outcome}: {end.words}" if end.words else end.outcome
            rows.append((end.time, began.agent, f"{said} (exit code {end.exit_code}, {end.seconds:.0f} s)"))
        if attempt.judged:
            rows.append((attempt.judged.time, began.agent, f"gate: {attempt.judged.words}"))
    rows += [(note.time, "note", note.words) for note in state.notes]
    rows += [(waived.time, "waived", f"{waived.check}: {waived.words}") for waived in state.waived]
    if state.verdict:
        rows.append((state.verdict.time, "verdict", f"{state.verdict.state}: {state.verdict.said}"))
    for moment, who, what in sorted(rows, key=lambda row: row[0]):
        yield _clock(moment), who, what


def _findings(state: RunState) -> Iterator[Row]:
    for attempt in state.current:
        for finding in attempt.judged.findings if attempt.judged else ():
            yield attempt.began.agent, *(finding.get(name, "") for name in ("what", "path", "evidence"))


def _logs(folder: RunFolder, state: RunState) -> Iterator[LogPart]:
    """The part around its failure for each agent that failed; of a run without one, the end of each log."""
    failed = [attempt for attempt in state.current if _failed(attempt)] or list(state.current)
    for attempt in failed[:4]:
        path = folder.agent(attempt.began.agent, attempt.began.number) / "log"
        part = _log_part(attempt.began.agent, path)
        if part is not None:
            yield part


def _failed(attempt: AttemptView) -> bool:
    ended = attempt.ended is None or attempt.ended.outcome != "succeeded"
    return ended or (attempt.judged is not None and not attempt.judged.passed)


def _log_part(agent: str, path: Path) -> LogPart | None:
    log = LineLog.open_file(path, agent, path.with_name("log.times"))
    try:
        while log.refresh():
            pass
        total = log.line_count
        skipped = max(0, total - _LOOKED_AT)
        last = log.lines(skipped, total - skipped)
    finally:
        log.close()
    if not last:
        return None
    reader = AgentReader()
    errors = [place for place, line in enumerate(last) if reader(line).level == "error"]
    centre = errors[-1] if errors else len(last) - 1
    first = max(0, centre - _LINES_BEFORE)
    rows: list[str] = []
    for line in _masked(last[: centre + _LINES_AFTER + 1], first):
        fact = reader(line)
        said = " ".join(filter(None, (fact.glyph.strip(), fact.label, fact.text, fact.detail)))
        rows.append(f"{_clock(line.time)}  {shorten(printable(said or line.text), _WIDEST)}")
    return LogPart(agent, tuple(rows), skipped + first, total, path)


def _masked(lines: Sequence[Line], first: int) -> list[Line]:
    """The lines from `first` on without secrets, as the agent wrote them: a row shows only a part of each."""
    above = max(0, first - _LONGEST_KEY)
    texts = redact("\n".join(line.text for line in lines[above:])).split("\n")
    if len(texts) != len(lines) - above:  # a secret over several lines was one mark
        texts = [redact(line.text) for line in lines[above:]]
    masked: list[Line] = []
    for line, text in list(zip(lines[above:], texts, strict=True))[first - above :]:
        data = text.encode("utf-8", "replace")
        masked.append(replace(line, data=data, size=line.size if line.cut else len(data)))
    return masked


def _tried(folder: RunFolder) -> Iterator[Row]:
    """Every run of the same chain of retries: attempt, run, verdict, words."""
    for run in family(folder):
        verdict = run.ledger().verdict
        yield (
            str(run.request.attempt),
            run.id,
            verdict.state if verdict else "",
            verdict.said if verdict else "",
        )


def git_facts(root: Path, tasks_file: Path, run: RunFolder | None) -> Iterator[Row]:
    """Branches, commits and hashes as they are here now; nothing is asked of a remote."""
    try:
        repository = Repository.open(root)
    except TaskdeckError as error:
        yield "git", error.message
        return
    try:
        yield "branch now", repository.branch or "none (detached)"
        yield "HEAD now", repository.head or "none"
        upstream = repository.upstream
        yield "upstream", str(upstream) if upstream else "none"
        if tasks_file.is_relative_to(repository.top):
            yield from _truths(repository, tasks_file)
        if run is not None:
            yield from _run_refs(repository, run)
    finally:
        repository.close()


def _truths(repository: Repository, tasks_file: Path) -> Iterator[Row]:
    path = tasks_file.relative_to(repository.top).as_posix()
    for truth in TruthReader(repository, None, None, "not asked").read(path, contents=True).all[:2]:
        content = truth.content
        said = f", {plural(content.tasks, 'task')}, first: {content.first}" if content else ""
        blob = f"git blob {truth.hash}" if truth.hash else "missing"
        yield f"task file, {truth.place}", f"{truth.where} {blob}{said}"


def _run_refs(repository: Repository, run: RunFolder) -> Iterator[Row]:
    request = run.request
    if request.commit:
        yield "run works from", request.commit
    if request.base:
        yield "run's base", f"{request.base} at {_commit(repository, request.base)}"
    if request.branch:
        yield "run's branch", f"{request.branch} at {_commit(repository, request.branch)}"
    yield "task file of the run", f"sha256 {request.tasks_sha256}"


def _commit(repository: Repository, name: str) -> str:
    try:
        return repository.commit(name) or "nothing here"
    except TaskdeckError as error:  # a report is written of a broken request too
        return f"nothing: {error.message}"


def _clock(moment: float | None) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment)) if moment else " " * 19
