"""How a run's pull request stands: what the run made, and what its forge said when it was asked last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.publishing.forge.model import PullRequest, label_of
from core.runs.ledger import StageView
from core.runs.view import RunView

_STAGE = "pull_request"


@dataclass(frozen=True, slots=True)
class Standing:
    """A pull request as far as is known. `wrong` says which other branches it has, `failing` which checks
    failed; both are empty where all is as it was asked for. `read_at` is None where no forge was asked since.
    """

    label: str
    state: str
    wrong: str = ""
    failing: str = ""
    read_at: float | None = None

    @property
    def alarm(self) -> bool:
        """Whether somebody has to do something about it: one that was closed does no harm."""
        return self.state != "closed" and bool(self.wrong or self.failing)

    @property
    def words(self) -> str:
        """`#3 open, into main and not into feature/x`."""
        named = " ".join(filter(None, (self.label, self.state)))
        return ", ".join(filter(None, (named, self.wrong, self.failing)))


def pull_request_stage(view: RunView) -> StageView | None:
    """The stage of a run that makes its pull request; None when it has none."""
    return next((stage for stage in view.stages if stage.name == _STAGE), None)


def asks_for_one(view: RunView) -> bool:
    """Whether a run was to make a pull request, or somebody made one of its branch."""
    return view.look is not None or pull_request_stage(view) is not None


def standing_of(view: RunView) -> Standing | None:
    """How the pull request of a run stands; None where it made none and nobody found one."""
    if view.look is not None:
        found = view.look.found
        wrong = _wrong(view, found.base, found.head)
        failing = failing_words(found)
        return Standing(found.label, found.state, wrong, failing, view.look.read_at)
    stage = pull_request_stage(view)
    if stage is None or "number" not in stage.proof:
        return None
    proof = stage.proof
    # `pull request #4`, `merge request !4`; the record of an older run has the number alone.
    label = proof.get("name", "").rpartition(" ")[2] or label_of("", proof["number"])
    return Standing(label, proof.get("state", ""), _wrong(view, proof.get("base", ""), ""))


def _wrong(view: RunView, base: str, head: str) -> str:
    words: list[str] = []
    if base and view.into and base != view.into:
        words.append(f"into {base} and not into {view.into}")
    if head and view.branch and head != view.branch:
        words.append(f"from {head} and not from {view.branch}")
    return ", ".join(words)


def failing_words(found: PullRequest) -> str:
    """`2 checks failed: build, lint` of one that is still to be merged; else nothing."""
    checks = found.checks
    if checks is None or not checks.failed or found.state not in ("open", "draft"):
        return ""
    names = ", ".join(checks.failing[:3]) + (" …" if len(checks.failing) > 3 else "")
    count = "a check" if checks.failed == 1 else f"{checks.failed} checks"
    return f"{count} failed" + (f": {names}" if names else "")


def alarms(views: Sequence[RunView]) -> list[tuple[RunView, Standing]]:
    """The runs whose pull request somebody has to look after, those with another base first, then the newest.

    One is settled when a later run did all of its tasks again and made one that is as it was asked for.
    """
    told = [(view, standing) for view in views if (standing := standing_of(view)) is not None]
    right = [view for view, standing in told if not standing.wrong]
    left = [(view, standing) for view, standing in told if standing.alarm and not _done_again(view, right)]
    return sorted(left, key=lambda one: (not one[1].wrong, -one[0].began))


def _done_again(view: RunView, right: Sequence[RunView]) -> bool:
    return any(
        other.began > view.began
        and (other.kind, other.tag) == (view.kind, view.tag)
        and set(view.keys) <= set(other.keys)
        for other in right
    )
