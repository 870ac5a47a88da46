"""Runs as a person reads them: a row each with the reason where one did not end well, one with its stages."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from core.plain_text import dollars, printable, shorten, wrap
from core.runs.ledger import StageView
from core.runs.proof_words import is_hash, proof_words
from core.runs.standing import standing_of
from core.runs.view import AgentRow, RunView
from tui.cli.output import Cell, Column, Paint, reading_width, table, terminal_width
from tui.cli.run_json import STATE_STYLES, age, finished_words, kept_besides, progress_words
from tui.run_states import RUN_GLYPHS, STAGE_GLYPHS

_MOST = 8
"""Findings of one agent that are shown; JSON has them all."""
_SHORT = 12
_WIDE = 120
"""From this many columns on, what a run says stands in its row; below, under it."""
_COLUMNS = [
    Column("run"), Column("state"), Column("what", rank=2), Column("tasks", flexible=True),
    Column("agent", rank=3), Column("files", right=True, rank=1), Column("cost", right=True, rank=4),
    Column("begun", rank=2),
]  # fmt: skip


def run_table(views: Sequence[RunView], paint: Paint) -> str:
    """The runs as rows. On a narrow terminal the reason of what did not end well stands below its row."""
    width = terminal_width()
    rows = [_row(view) for view in views]
    if width is None or width >= _WIDE:
        words = [[*row, Cell(_words(view), "dim")] for row, view in zip(rows, views, strict=True)]
        return table([*_COLUMNS, Column("", flexible=True, rank=5)], words, paint)
    heading, *lines = table(_COLUMNS, rows, paint).splitlines()
    shown = [heading]
    for line, view in zip(lines, views, strict=True):
        shown.append(line)
        if not _is_well(view):
            words = shorten(_words(view), 2 * (width - 6))
            shown += [paint(part, "dim") for part in _fitted(f"    {words}")] if words else []
    return "".join(f"{line}\n" for line in shown)


def run_lines(view: RunView, paint: Paint) -> Iterator[str]:
    """One run whole: how it stands, its stages with their proofs, its agents, its health."""
    what = "documents of" if view.kind == "docs" else "task"
    about = f"{what} {printable(', '.join(view.keys))} by {view.agent}"
    state = paint(f"{RUN_GLYPHS[view.state]} {view.state}", STATE_STYLES[view.state])
    yield f"Run {view.id}  {state}  {about}"
    if view.words:
        yield from _fitted(f"  {printable(view.words)}")
    if not view.is_over and progress_words(view):
        yield f"  {progress_words(view)}"
    if view.retry_of:
        yield f"  attempt {view.attempt}, after {view.retry_of}"
    if view.finished_by:
        yield f"  {finished_words(view)}"
    yield ""
    for stage in view.stages:
        yield from stage_lines(stage, time.time())
    yield from _pull_request_lines(view)
    yield ""
    for row in view.agents:
        yield from _agent_lines(row)
    if kept := kept_besides(view):
        yield f"  What was written by then is kept in {printable(kept)}"
    for signal in view.health:
        measured = f"  {age(signal.age)} ago" if signal.age else ""
        yield f"  {signal.name}: {printable(signal.value)}{measured}"


def stage_lines(stage: StageView, now: float) -> Iterator[str]:
    """One stage: its state and age, what it said, then each proof on a line of its own, never broken."""
    head = f"  {STAGE_GLYPHS[stage.state]} {stage.name.replace('_', ' ')}"
    moment = stage.ended or stage.began
    if moment:
        head += f", {age(now - moment)} ago" if stage.ended else f", for {age(now - moment)}"
    yield head
    if stage.words:
        yield from _fitted(f"      {printable(stage.words)}")
    for name, value in proof_words(stage.proof, stage.name):
        yield f"      {printable(name)}: {printable(value[:_SHORT] if is_hash(value) else value)}"


def _row(view: RunView) -> list[Cell]:
    return [
        Cell(view.id),
        Cell(f"{RUN_GLYPHS[view.state]} {view.state}", STATE_STYLES[view.state]),
        Cell("documents" if view.kind == "docs" else "task"),
        Cell(printable(shorten(" ".join(view.keys), 24))),
        Cell(view.agent),
        Cell(f"{view.files_written}/{view.files_expected}" if view.files_expected else ""),
        Cell(dollars(view.cost) if view.cost else ""),
        Cell(f"{age(time.time() - view.began)} ago"),
    ]


def _words(view: RunView) -> str:
    """What a run came to, and first of all what its forge said of its pull request when it was asked last."""
    standing, seen = standing_of(view), ""
    if standing is not None and (standing.alarm or standing.read_at is not None):
        seen = f"✕ {standing.words}." if standing.alarm else f"{standing.words}."
    return printable(" ".join(filter(None, (seen, finished_words(view), view.words))))


def _is_well(view: RunView) -> bool:
    standing = standing_of(view)
    return view.state == "done" and not (standing is not None and standing.alarm)


def _fitted(line: str) -> list[str]:
    """The line broken between words where the terminal is narrow, its indent kept; a pipe gets it whole."""
    return [line] if terminal_width() is None else wrap(line, reading_width())


def _pull_request_lines(view: RunView) -> Iterator[str]:
    """That the pull request may have moved on since, and who can say."""
    standing = standing_of(view)
    if standing is None:
        return
    said = "That is how it was made"
    if standing.read_at is not None:
        said = f"Its forge said {age(time.time() - standing.read_at)} ago: {printable(standing.words)}"
    yield from _fitted(f"      {said}; `taskdeck pr {view.id}` asks the forge again.")


def _agent_lines(row: AgentRow) -> Iterator[str]:
    words = row.view.words if row.view else "It has not begun."
    judged = row.judged
    passed = " Passed." if judged and judged.passed else ""
    if judged and judged.findings:
        passed = " Did not pass the gate."
    whose = f" (of run {row.of_run})" if row.of_run else ""
    yield from _fitted(f"  {row.name}{whose}  {printable(row.title)}: {printable(words)}{passed}")
    if judged is None:
        return
    for finding in judged.findings[:_MOST]:
        yield from _fitted(f"    ✕ {printable(finding.get('what', ''))}")
    for warning in judged.warnings[:_MOST]:
        yield from _fitted(f"    ▲ {printable(warning)}")
    if judged.kept:
        yield f"    kept in {printable(judged.kept)}"
