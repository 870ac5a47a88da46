"""Runs again what a run did not do, with what failed as context for the agent."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import Refused, UsageError
from core.runs.folder import RunFolder
from core.runs.ledger import AttemptView, RunState
from core.runs.lineage import family, related
from core.runs.recover import recover
from core.runs.request import RunRequest
from core.runs.watch import summary
from core.runs.wish import Wish

_MOST_FINDINGS = 12
_INHERITED = frozenset(
    ("keys", "agent", "model", "base", "push", "pr", "remote", "include_unpushed", "waived", "force",
     "concurrency", "attempts")
)  # fmt: skip
"""What a retry takes over from its run as it was."""


def retry_wish(folder: RunFolder) -> Wish:
    """The wish for the part of a finished run that did not pass. Start it with `core.runs.start.start`.

    Where a later run did all its tasks but delivered less, only the delivery is left. Raises Refused when the
    run or a retry of it is still under way, UsageError when nothing of it failed or a later run did it, or
    went on from it and is the one to retry.
    """
    if folder.is_alive():
        raise Refused(
            f"The run {folder.id} is still under way.", f"`taskdeck runs cancel {folder.id}` ends it first."
        )
    recover(folder)
    chain = family(folder)
    _refuse_again(folder, chain)
    request, state = folder.request, folder.ledger()
    last = {attempt.began.task: attempt for attempt in state.current}
    passed = {task for task, attempt in last.items() if attempt.judged and attempt.judged.passed}
    # Where the branch was left: by this run, else by the one it went on from.
    branch, result = request.branch, state.result or request.continues
    after = _did_the_rest(folder, chain)
    if after is not None:
        passed, branch, result = set(request.keys), after.request.branch, after.ledger().result
    left = tuple(key for key in request.keys if key not in passed)
    if not left and not (result and _is_undelivered(request, state)):
        keys = ",".join(request.tasks)
        again = "docs generate --force" if request.kind == "docs" else "submit"
        raise UsageError(
            f"Everything the run {folder.id} was for has passed.", f"`taskdeck {again} {keys}` does it anew."
        )
    return Wish(
        kind=request.kind,
        keys=left,
        agent=request.agent,
        model=request.model or None,
        where=request.where,
        base=request.remote_base or request.base or None,
        push=request.push,
        pr=request.pr,
        remote=request.remote,
        source_branch=request.source_branch,
        include_unpushed=request.include_unpushed,
        waived=request.waived,
        continues=result,
        branch=branch if result else "",
        earlier=(*request.earlier, *(key for key in request.keys if key in passed)) if result else (),
        force=request.force,
        concurrency=request.concurrency if request.kind == "docs" else None,
        attempts=request.attempts,
        pace=request.pace,
        retry_of=folder.id,
        attempt=request.attempt + 1,
        context=tuple((key, what_failed(last.get(key), state)) for key in left),
        inherited=_INHERITED,
    )


def _is_undelivered(request: RunRequest, state: RunState) -> bool:
    ways_out = [stage for stage in state.stages if stage.name in ("push", "pull_request")]
    return request.push and any(stage.state != "done" for stage in ways_out)


def _did_the_rest(folder: RunFolder, chain: Sequence[RunFolder]) -> RunFolder | None:
    """The later run of the chain after which no task of it is left; None where no later one got further.

    Raises UsageError where one got further and left some: the branch goes on from there.
    """
    results = [run for run in chain if run.ledger().result]
    newest = max(results, key=lambda run: run.request.created, default=folder)
    if newest.request.created <= folder.request.created:
        return None
    verdict = newest.ledger().verdict
    if verdict is None or verdict.state != "done":
        raise UsageError(
            f"The run {newest.id} retried the run {folder.id} and got further.",
            f"`taskdeck runs retry {newest.id}` does what is left.",
        )
    return newest


def _refuse_again(folder: RunFolder, chain: Sequence[RunFolder]) -> None:
    """What another run of the same chain did already, or is doing, is not begun a second time."""
    views = related([summary(run) for run in chain])
    own = next(view for view in views if view.id == folder.id)
    if own.finished_by:
        raise UsageError(
            f"The run {folder.id} was finished by run {own.finished_by}; nothing of it is left to do.",
            f"`taskdeck runs show {own.finished_by}` says what came of it.",
        )
    going = next((view.id for view in views if view.alive), "")
    if going:
        raise Refused(
            f"The run {folder.id} is being retried already, by run {going}.",
            f"`taskdeck runs watch {going}` says how that goes.",
        )


def what_failed(attempt: AttemptView | None, state: RunState) -> str:
    """What went wrong in an attempt, as an agent can use it: one sentence a line."""
    lines: list[str] = []
    if attempt is None:
        lines.append("It was not begun.")
    elif attempt.judged is None and attempt.ended is not None and attempt.ended.outcome == "cancelled":
        lines.append("Nothing failed: somebody ended the run before it was done.")
    else:
        if attempt.ended is not None and attempt.ended.outcome != "succeeded":
            lines.append(attempt.ended.words)
        if attempt.judged is not None:
            findings = attempt.judged.findings[:_MOST_FINDINGS]
            lines += [_sentence(finding.get("what", ""), finding.get("path", "")) for finding in findings]
    if not any(lines) and state.verdict is not None:
        lines.append(state.verdict.said)
    return "\n".join(line for line in lines if line)


def _sentence(what: str, path: str) -> str:
    return f"{what} ({path})" if path and path not in what else what
