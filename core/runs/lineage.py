"""How runs belong together: whose agents made what a retry only delivers, and which retry finished a run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

from core.errors import TaskdeckError
from core.runs.folder import RunFolder, list_runs
from core.runs.standing import pull_request_stage
from core.runs.view import AgentRow, RunView
from core.runs.watch import RunWatch, summary

_WAY_OUT = frozenset(("push", "pull_request"))


def related(views: Sequence[RunView]) -> tuple[RunView, ...]:
    """The same views in the same order, each told what it has from the others among them.

    A failed one gets the retry that finished it; one that only delivers gets the agents and files of the runs
    it delivers.
    """
    known = {view.id: view for view in views}
    done: dict[str, list[RunView]] = {}
    for view in views:
        if view.state == "done" and view.retry_of:
            done.setdefault(_first(view, known), []).append(view)
    return tuple(
        _with_makers(_with_finisher(view, done.get(_first(view, known), ())), known) for view in views
    )


def chain_of(view: RunView, views: Sequence[RunView]) -> list[RunView]:
    """Those of the views that are of the same chain of retries, the newest first."""
    known = {one.id: one for one in views}
    first = _first(view, known)
    chain = [one for one in views if _first(one, known) == first]
    return sorted(chain, key=lambda one: one.began, reverse=True)


def maker_of(run: RunView, views: Sequence[RunView]) -> RunView:
    """The run of the same chain of retries that made its pull request; this one where none did."""
    if _made_one(run):
        return run
    chain = chain_of(run, views)
    made = (one for one in chain if _made_one(one))
    return next((one for one in chain if one.id == run.finished_by), None) or next(made, run)


def _made_one(run: RunView) -> bool:
    stage = pull_request_stage(run)
    return run.look is not None or (stage is not None and bool({"number", "link"} & stage.proof.keys()))


def _first(view: RunView, known: dict[str, RunView]) -> str:
    """The run that all retries of a chain go back to, also where it is not there any more."""
    *_, last = view, *_ancestors(view, known)
    return last.retry_of or last.id


def _with_finisher(view: RunView, done: Sequence[RunView]) -> RunView:
    """A retry takes over all its run was for, so that one that is done settles its whole chain."""
    if not view.is_over or view.state == "done":
        return view
    wanted = _ways_out(view)
    # One that was told to deliver less than this run has not finished it.
    enough = [one for one in done if wanted <= _ways_out(one) and _covers(one, view)]
    return replace(view, finished_by=max(enough, key=lambda one: one.began).id) if enough else view


def _covers(one: RunView, view: RunView) -> bool:
    """A delivery may have been of some tasks only; a retry with agents has all that were left."""
    return not one.only_delivers or set(view.keys) <= set(one.keys)


def _ways_out(view: RunView) -> frozenset[str]:
    return _WAY_OUT & {stage.name for stage in view.stages}


def _with_makers(view: RunView, known: dict[str, RunView]) -> RunView:
    if not view.only_delivers or view.agents:
        return view
    makers = list(_ancestors(view, known))
    rows = [row for key in view.keys if (row := _maker(key, makers)) is not None]
    files = {path for row in rows if row.judged for path in row.judged.files}
    expected = len(files) if view.kind == "docs" else 0
    return replace(view, agents=tuple(rows), files_written=len(files), files_expected=expected)


def _ancestors(view: RunView, known: dict[str, RunView]) -> Iterator[RunView]:
    """The run it retries, what that one retried, and so on, as far as they are there.

    Where a damaged state folder makes them go round, each is seen once.
    """
    seen = {view.id}
    while view.retry_of in known and view.retry_of not in seen:
        view = known[view.retry_of]
        seen.add(view.id)
        yield view


def _maker(key: str, makers: Sequence[RunView]) -> AgentRow | None:
    """The agent whose work on that task is delivered: the last one the gate let pass."""
    for run in makers:
        for row in run.agents:
            if row.task == key and row.judged is not None and row.judged.passed:
                return replace(row, of_run=row.of_run or run.id)
    return None


def family(folder: RunFolder) -> list[RunFolder]:
    """Every run of the same chain of retries with the run itself, the first attempt first. Blocks.

    Runs that cannot be read are passed over.
    """
    runs: dict[str, RunFolder] = {}
    for run in list_runs(folder.state):
        with contextlib.suppress(TaskdeckError):
            if run.request.id:
                runs[run.id] = run
    chain = {folder.id}
    grew = True
    while grew:
        more = {run.id for run in runs.values() if run.request.retry_of in chain}
        more |= {runs[name].request.retry_of for name in chain if name in runs}
        more -= {""}
        grew = not more <= chain
        chain |= more
    found = [runs[name] for name in chain if name in runs]
    return sorted(found, key=lambda run: (run.request.attempt, run.request.created))


def whole_view(folder: RunFolder) -> RunView:
    """All there is to know of a run, with what it has from its relatives; for long logs that takes seconds.

    Raises NotFound, DamagedFile when its request cannot be read.
    """
    own = RunWatch(folder).whole()
    others = [run for run in family(folder) if run.id != folder.id]
    # Whose agents are shown has to be read whole; of the others only the end counts.
    views = [RunWatch(run).whole() if own.only_delivers else summary(run) for run in others]
    return related([own, *views])[0]
