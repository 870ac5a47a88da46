"""What a planner answered and nobody took: kept with the project, and offered again for the same work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from core.errors import TaskdeckError
from core.plain_text import plural
from tui.running import app_of
from tui.screens.menus import Choice, ask
from tui.screens.planner_work import PlannerWork, dollars_words

if TYPE_CHECKING:
    from core.planning.kept import Keeper, Kept, Work
    from core.planning.planner import Planner
    from tui.bridges.proposals import Draft, PlanDraft, SubtaskDrafts
    from tui.screens.planner_work import Stream


@dataclass(frozen=True)
class Asked:
    """Work that is asked for: who keeps the answer, and what there is of an earlier one to go on from."""

    keeper: Keeper
    kept: Kept | None = None

    @property
    def parts(self) -> frozenset[str]:
        """What need not be asked for again."""
        return self.kept.parts if self.kept else frozenset()


class KeptAnswers(PlannerWork):
    """Proposals that outlive their screen, as long as what they are made from stays the same."""

    async def asked(self, work: Work, *, half: bool = False) -> Asked | None:
        """Begin some work; where an answer to it is kept, ask what to do. None: nothing is to be done.

        With `half` what came of a plan before it was stopped is worth having too.
        """
        from core.planning.kept import Keeper

        keeper = Keeper(self.session.root, work)
        kept = await asyncio.to_thread(keeper.find)
        if kept is None or not (kept.parts or half):
            return Asked(keeper)
        choices = [
            Choice("open", "Open it again", key="o"),
            Choice("anew", "Ask again", "it costs again", key="a"),
        ]
        note = f"{_kept_words(kept)}\n{_rest_words(work, kept)}"
        answer = await ask(app_of(self), "An answer to this is kept", choices, note=note)
        if answer is None:
            return None
        return Asked(keeper, kept if answer == "open" else None)

    async def propose(
        self,
        asked: Asked,
        draft: PlanDraft | SubtaskDrafts,
        planner: Planner,
        heading: str,
        stream: Stream | None,
        title: Callable[[int], str],
    ) -> set[str]:
        """Review a proposal and write what is taken of it; the ids of what was written."""
        accepted = await self.review_kept(asked, draft, planner, heading, stream)
        if not accepted:
            return set()
        try:
            fresh = (await self.session.reload()).tag
            edits = await asyncio.to_thread(draft.edits_on, fresh, accepted)
        except TaskdeckError as error:
            self.deck.say_error(error)
            edits = ()
        change = await self.apply(edits, title(len(accepted)))
        if change is None:
            await self._say_kept(asked, f"{heading}: not written")
            return set()
        await asyncio.to_thread(asked.keeper.drop)
        if len({key.rpartition(".")[0] for key in change.created}) == 1:
            # Subtasks that came to several tasks leave the cursor where it was.
            self.task_tree.move_to(change.created[0])
        return accepted

    async def review_kept(
        self, asked: Asked, draft: Draft, planner: Planner, heading: str, stream: Stream | None
    ) -> set[str]:
        """Review a proposal, kept as it comes; with no `stream` all there is of it is kept already."""
        from core.planning.kept import resumed

        half = stream is None and "" not in asked.parts and "" in asked.keeper.work.prints
        if stream is not None and self._free:
            accepted = await self.review(draft, planner, heading, stream)
        else:
            make = stream
            accepted = await self.review(
                draft, planner, heading, lambda: resumed(make, asked.keeper, asked.kept), half=half
            )
        if not accepted:
            await self._say_kept(asked, f"{heading}: nothing is written")
        return accepted

    async def _say_kept(self, asked: Asked, words: str) -> None:
        kept = await asyncio.to_thread(asked.keeper.find)
        if kept is not None:
            self.deck.say(words, f"What came is kept ({_count(kept)}): asked again, it is offered")
        else:
            self.activity.add("info", words)


def _kept_words(kept: Kept) -> str:
    try:
        when = f"{datetime.fromisoformat(kept.time).astimezone():%d %b %H:%M}"
    except ValueError:
        when = "an earlier time"
    price = f", {dollars_words(kept.dollars)}" if kept.dollars else ""
    return f"{_count(kept)} from {when}{price}; none of it was taken."


def _count(kept: Kept) -> str:
    return f"{kept.items} item{'s' * (kept.items != 1)}"


def _rest_words(work: Work, kept: Kept) -> str:
    left = len(work.prints.keys() - kept.parts)
    if not left:
        return "To open it nothing is sent."
    if "" in work.prints:
        return "It was stopped, so the plan is not whole."
    there, rest = len(kept.parts), "the other one is" if left == 1 else f"the other {left} are"
    verb = "is" if there == 1 else "are"
    return f"{there} of {plural(len(work.prints), 'task')} {verb} there; {rest} asked for."
