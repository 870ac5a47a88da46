"""Pull requests of runs: what the run recorded, and what the forge says when somebody asks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.errors import TaskdeckError
from core.runs.kept_look import Look
from core.runs.standing import asks_for_one, pull_request_stage, standing_of
from tui.bridges.activity import Activity
from tui.bridges.runs import Runs
from tui.bridges.session import Session
from tui.bridges.ways import way_words

if TYPE_CHECKING:
    from core.publishing.forge.model import PullRequest
    from core.runs.ledger import StageView
    from core.runs.request import RunRequest
    from core.runs.view import RunView


@dataclass(frozen=True)
class Card:
    """A run's pull request. `base` and `head` are what was asked for; `found` is what the forge has.

    `proof` is what the run recorded at `recorded` (epoch seconds), `read_at` when the forge was asked, `why`
    what stands in the way of asking it. `finishes` is the failed run whose retry made it, where somebody
    asked about that one. `state` is that of the run's stage, or missed where the run ended before it; `way`
    is what to do about a run that failed, `can_retry` whether anything of it is left to do.
    """

    run: str
    kind: str
    keys: tuple[str, ...]
    base: str
    head: str
    words: str
    state: str
    proof: Mapping[str, str]
    recorded: float | None
    gate: tuple[tuple[bool, str], ...]
    forge: str = ""
    found: PullRequest | None = None
    read_at: float | None = None
    why: str = ""
    finishes: str = ""
    can_retry: bool = False
    way: str = ""

    @property
    def link(self) -> str:
        """Where a person sees it, or can make it."""
        found = self.found.url if self.found else ""
        return found or self.proof.get("url", "") or self.proof.get("link", "")

    @property
    def number(self) -> int | None:
        number = self.proof.get("number", "")
        return self.found.number if self.found else int(number) if number.isdecimal() else None

    @property
    def noun(self) -> str:
        """What the forge calls it: a pull request, a merge request."""
        if self.found is not None:
            return self.found.noun
        return self.proof.get("name", "").rpartition(" ")[0] or "pull request"

    @property
    def label(self) -> str:
        """Its number as the forge writes it, `#4` or `!4`; empty when there is none yet."""
        from core.publishing.forge.model import label_of

        return label_of(self.noun, self.number) if self.number is not None else ""

    @property
    def wrong(self) -> tuple[str, ...]:
        """What is not as it was asked for, each a plain sentence."""
        from core.publishing.forge.words import wrong_words

        state = self.found.state if self.found else "open"
        page = "its page (o opens it)"
        return tuple(wrong_words(self._branches(), (self.base, self.head), state, page, self._again))

    @property
    def _again(self) -> str:
        """How another one is made."""
        if self.can_retry:
            return f"Then R on the runs makes one into {self.base}."
        if self.kind == "docs":
            again = "d on the plan writes its documents again"
        else:
            again = f"s on the plan gives task {', '.join(self.keys[:4])} to an agent again"
        return f"Then {again}, and p on the sheet makes one into {self.base}."

    def _branches(self) -> tuple[str, str]:
        if self.found is not None:
            return self.found.base, self.found.head
        return self.proof.get("base", ""), self.proof.get("head", "")

    @property
    def offered(self) -> str:
        """The status the run's tasks may get; only what the forge just said counts. Empty for none."""
        from core.runs.delivery import offered_status

        if self.found is None or self.kind != "task" or self.wrong:
            return ""
        return offered_status(self.found.state)


def newest_state(runs: Sequence[RunView]) -> RunView | None:
    """Of runs with a pull request, the newest first, the one that says how it stands with it now.

    One that is open counts until another is made: a later run that failed, or goes on, does not end it.
    """
    if not runs or _made(runs[0]):
        return runs[0] if runs else None
    finisher = next((run for run in runs if run.id == runs[0].finished_by), None)
    return finisher or next((run for run in runs if _is_open(run)), runs[0])


def _made(run: RunView) -> bool:
    stage = pull_request_stage(run)
    return stage is not None and bool({"number", "link"} & stage.proof.keys())


def _is_open(run: RunView) -> bool:
    standing = standing_of(run)
    return standing is not None and standing.state in ("open", "draft")


class PullRequests:
    """The cards that were looked at; what a forge said goes into the views of the runs."""

    def __init__(self, session: Session, activity: Activity, runs: Runs) -> None:
        self.session = session
        self.activity = activity
        self.runs = runs
        self.cards: dict[str, Card] = {}
        self.now: Callable[[], float] = time.time

    def latest(self, tag: str, task: str | None = None) -> RunView | None:
        """The newest run with a pull request: of that task if it has one, else of the tag."""
        runs = [run for run in self.runs.views if run.tag == tag and asks_for_one(run)]
        return newest_state([run for run in runs if task in run.keys] or runs)

    async def recorded(self, run: RunView) -> Card:
        """What the record of a run says, or of the retry that did what it did not; nobody is asked.

        Raises TaskdeckError.
        """
        asked, run = run, self._maker(run)
        request = await asyncio.to_thread(lambda: self.runs.folder(run.id).request)
        known = self.cards.get(run.id)
        card = replace(_card(run, request), finishes=asked.id if asked.id != run.id else "")
        if run.look is not None:
            card = replace(card, found=run.look.found, read_at=run.look.read_at)
        if known is not None:
            card = replace(card, forge=known.forge)
        self.cards[card.run] = card
        return card

    def _maker(self, run: RunView) -> RunView:
        """The run of the same chain of retries that made the pull request; this one where none did."""
        from core.runs.lineage import maker_of

        return maker_of(run, self.runs.views)

    async def read(self, card: Card) -> Card:
        """Ask the forge. What goes wrong is in the card's `why`."""
        with self.activity.step(f"read the pull request of {card.run}") as step:
            new = await asyncio.to_thread(self._read, card)
            step.detail = f"{new.label} is {new.found.state}" if new.found else new.why
        self.cards[new.run] = new
        if new.found is not None and new.read_at is not None:
            self.runs.take_look(new.run, Look(new.found, new.read_at))
        return new

    def _read(self, card: Card) -> Card:
        try:
            return self._ask(card)
        except TaskdeckError as error:
            return replace(card, why=f"{error.message} {error.hint}".strip())

    def _ask(self, card: Card) -> Card:
        from core.runs.pull_request_look import ask_forge

        folder = self.runs.folder(card.run)
        asked = ask_forge(folder, self.session.workspace.project, card.number, self.now)
        if asked.found is None:
            return replace(card, forge=asked.forge or card.forge, why=asked.why)
        return replace(card, forge=asked.forge, found=asked.found, read_at=asked.read_at, why="")


def _card(run: RunView, request: RunRequest) -> Card:
    stage = pull_request_stage(run)
    gate = [
        (agent.judged.passed, f"{agent.name}: {agent.judged.words or 'passed'}")
        for agent in run.agents
        if agent.judged is not None
    ]
    return Card(
        run.id,
        run.kind,
        (*request.earlier, *request.keys),
        request.remote_base or request.base,
        request.branch,
        *_standing(run, stage),
        dict(stage.proof) if stage else {},
        stage.ended if stage else None,
        tuple(gate),
        can_retry=run.is_over and run.state != "done" and not run.finished_by,
        way=_way_out(run),
    )


def _standing(run: RunView, stage: StageView | None) -> tuple[str, str]:
    """What the run says of its pull request, and the state of that."""
    if stage is None:
        return "This run was not asked for a pull request.", "absent"
    if stage.state != "waiting" or not run.is_over:
        return stage.words, stage.state
    why = run.verdict.words if run.verdict is not None else run.words
    return f"No pull request was made, the run ended before: {why}", "missed"


def _way_out(run: RunView) -> str:
    """What to do about a run that failed; empty where there is nothing, or a retry did it."""
    if run.verdict is None or run.finished_by:
        return ""
    return way_words("pull_request", run.verdict.way) or run.verdict.hint
