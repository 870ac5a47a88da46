"""The last stages of the pipeline: Published and Pull request, from what was looked at and what runs did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.runs.standing import alarms, asks_for_one, pull_request_stage, standing_of
from tui.bridges.pull_requests import newest_state
from tui.bridges.stages import Stage, State, age_text

if TYPE_CHECKING:
    from core.publishing.truths import Truth
    from core.runs.ledger import StageView
    from core.runs.view import RunView
    from core.tasks.document import Tag
    from tui.bridges.publishing import Standing

_PROOF = 7


def with_publishing(
    stages: Sequence[Stage],
    standing: Standing | None,
    digest: str,
    tag: Tag,
    runs: Sequence[RunView],
    now: float,
) -> tuple[Stage, ...]:
    """`stages` with Published and Pull request as they stand. `digest` is the sha256 of the task file."""
    here = [run for run in runs if run.tag == tag.name and asks_for_one(run)]
    known = {
        "Published": _published(standing, digest, runs, now),
        "Pull request": _pull_request(here, now),
    }
    return tuple(known.get(stage.name) or stage for stage in stages)


def sync_words(standing: Standing | None) -> str:
    """`↑2 ↓1`: commits not on the remote's branch, and of it not here, as far as is known."""
    state = standing.state if standing else None
    if state is None:
        return ""
    counts = ((state.ahead, "↑"), (state.behind, "↓"))
    return " ".join(f"{sign}{count}" for count, sign in counts if count)


def _published(standing: Standing | None, digest: str, runs: Sequence[RunView], now: float) -> Stage | None:
    if standing is None:
        return None
    state = standing.state
    if state is None or state.main is None:
        why = (("Publishing", standing.why or "nothing is known yet; g looks"),)
        return Stage("Published", "Publ", "absent", "", why)
    main = state.main
    asked = f"asked {age_text(now - standing.asked)}" if standing.asked else "not asked; g asks it"
    rows = [
        ("Branch", f"{state.branch or 'none'} → {state.target or 'no remote'}"),
        ("File here", _blob(main.file)),
        ("HEAD", f"{_blob(main.head)}  {main.head.word}"),
        ("Remote, fetched", f"{_blob(main.remembered)}  {main.remembered.word}"),
        ("Remote, now", f"{_blob(main.remote, 'not known')}  {main.remote.word}, {asked}"),
    ]
    if state.ahead or state.behind:
        rows.append(("Commits", f"{state.ahead or 0} not there, {state.behind or 0} not here"))
    rows += [("In the way", problem.message) for problem in state.problems]
    by_run = _proof_of_run(runs, main.file.hash)
    if by_run is not None and by_run.ended is not None:
        rows.append(("Proven by a run", f"{by_run.words} {age_text(now - by_run.ended)}"))
    if standing.proven is not None:
        rows.append(("Proven", f"{age_text(now - standing.proven)}, and nothing changed here since"))
    by_other = standing.proven is not None or by_run is not None
    name: State
    if state.target is None:
        # What has nowhere to go is not stale, whatever was committed.
        name, proof = "absent", ""
    elif standing.digest != digest:
        name, proof = "stale", "changed since"
    elif state.proven or (state.state == "pushed" and by_other):
        name, proof = "done", (main.file.hash or "")[:_PROOF]
    elif state.state in ("committed", "pushed"):
        name, proof = "partly", "committed" if state.state == "committed" else "not asked now"
    else:
        # Somebody published it once; or nobody ever did.
        name = "stale" if main.head.hash or main.remembered.hash else "waiting"
        proof = "stale" if name == "stale" else ""
    return Stage("Published", "Publ", name, proof, tuple(rows))


def _blob(truth: Truth, none: str = "none") -> str:
    return f"git blob {truth.hash}" if truth.hash else none


def _proof_of_run(runs: Sequence[RunView], digest: str | None) -> StageView | None:
    """The stage in which the newest run proved that the remote holds this file."""
    for run in runs:
        for stage in run.stages:
            if stage.name == "publish" and stage.state == "done" and stage.proof.get("remote hash") == digest:
                return stage
    return None


def _pull_request(runs: Sequence[RunView], now: float) -> Stage | None:
    """How the worst pull request stands that is not settled, else the newest."""
    left = alarms(runs)
    run = left[0][0] if left else newest_state(runs)
    if run is None:
        return None
    stage, standing = pull_request_stage(run), standing_of(run)
    rows = [("Run", run.id), ("Said", stage.words if stage else "")]
    rows += [(name.capitalize(), value) for name, value in stage.proof.items()] if stage else []
    if standing is not None and standing.read_at is not None:
        rows.append(("Read back", f"{standing.words}, {age_text(now - standing.read_at)}"))
    rows += [("Also", f"{other.words}, run {view.id}") for view, other in left[1:]]
    if run is not runs[0]:
        rows.append(("Newest run", f"{runs[0].id}, {runs[0].state}: {runs[0].words}"))
    state = standing.state if standing else ""
    more = f"+{len(left) - 1}" if len(left) > 1 else ""
    proof = " ".join(
        filter(None, (standing.label if standing else "", state if state != "open" else "", more))
    )
    if stage is not None and stage.state == "skipped" and stage.proof.get("link"):
        proof = "link"
    shown = tuple((name, value) for name, value in rows if value)
    name = _state_name(run, stage, state, bool(left))
    return Stage("Pull request", "PR", name, proof, shown, run=run.id)


def _state_name(run: RunView, stage: StageView | None, state: str, alarm: bool) -> State:
    made = "done" if stage is None or state else stage.state
    if alarm or state == "closed" or made == "failed":
        return "failed"
    if made == "done":
        return "done" if state == "merged" else "partly"
    if made == "running":
        return "running"
    if made == "skipped":
        return "partly"
    return "waiting" if not run.is_over else "failed"
