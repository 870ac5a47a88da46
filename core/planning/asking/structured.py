"""A whole list out of a model: item by item, the rest asked for when cut off, flaws asked again once."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from core.planning.asking.answers import ItemScanner, whole_list
from core.planning.asking.calls import Calls, Reply, Restart
from core.planning.asking.collect import Collector, counted
from core.planning.failures import InvalidAnswer, Target, Truncated
from core.planning.planner import PlannerEvent, Problem, TaskBegun, Usage
from core.planning.prompt_files import prompt
from core.planning.wire import Connection, Message, Request, Text, assistant, user

_RESTS = 8
"""How often the rest of an answer that was cut off is asked for."""


@dataclass
class _Round:
    """One request and its answer: how many items were read while it streamed, and what it said."""

    reply: Reply
    taken: int = 0


class StructuredAnswer:
    """Asks for a list until it is whole; `collector` makes events of the items.

    The unfinished item is looked at every `peek` seconds at most.
    """

    def __init__(
        self,
        calls: Calls,
        connection: Connection,
        target: Target,
        collector: Collector,
        peek: float,
    ) -> None:
        self._calls = calls
        self._connection = connection
        self._target = target
        self._collector = collector
        self._peek = peek
        self._asked_again = False
        self._rests = 0

    async def events(self, request: Request) -> AsyncGenerator[PlannerEvent, None]:
        """Events of all items, some of them once more when they were mended. Raises PlannerFailure."""
        current: Request | None = request
        while current is not None:
            turn = _Round(Reply())
            self._collector.begin_round()
            async with aclosing(self._round(current, turn)) as events:
                async for event in events:
                    yield event
            found, follow = self._after(turn)
            for event in found:
                yield event
            current = request.followed_by(*follow) if follow else None

    async def _round(self, request: Request, turn: _Round) -> AsyncGenerator[PlannerEvent, None]:
        reader = _ItemReader(self._collector, self._peek)
        async with aclosing(self._calls.answer(self._connection, request, turn.reply)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Text):
                    for event in reader.feed(piece.text):
                        yield event
                elif isinstance(piece, Restart):
                    for event in self._void(piece.text, reader.taken > 0):
                        yield event
                    self._collector.begin_round()
                    reader = _ItemReader(self._collector, self._peek)
                elif isinstance(piece, Problem | Usage):
                    yield piece
        turn.taken = reader.taken

    def _void(self, text: str, shown: bool) -> list[PlannerEvent]:
        """The round came to nothing: what it showed is taken back, what came before is shown once more."""
        self._collector.roll_back()
        if not shown:
            return [Problem(text)]
        return [self._collector.restarted(text), *self._collector.everything()]

    def _after(self, turn: _Round) -> tuple[list[PlannerEvent], tuple[Message, ...]]:
        """What a round that came to its end means: events, and what to send next, if anything."""
        if turn.reply.cut_off:
            return self._ask_for_rest(turn)
        items, wrong = whole_list(turn.reply.text, self._collector.list_name)
        if items is None:
            return self._ask_whole(turn, wrong)
        events: list[PlannerEvent] = []
        for item in items[turn.taken :]:
            events += self._collector.take(item)
        events += self._collector.settle()
        flaws = self._collector.flaws()
        if not flaws:
            return events, ()
        if self._asked_again:
            mended, useless = self._collector.give_up()
            if useless:
                raise InvalidAnswer(f"{useless}, also when asked again.", self._target)
            return [*events, *mended], ()
        self._asked_again = True
        events.append(
            Problem(f"Asking again for {counted(len(flaws), 'part')} of the answer: {flaws[0][:200]}")
        )
        listed = "\n".join(f"- {flaw}" for flaw in flaws)
        return events, (assistant(self._collector.kept_json()), user(prompt("again", flaws=listed)))

    def _ask_for_rest(self, turn: _Round) -> tuple[list[PlannerEvent], tuple[Message, ...]]:
        self._rests += 1
        if turn.taken == 0 or self._rests > _RESTS:
            raise Truncated("the answer is longer than the model may write.", self._target)
        had = counted(len(self._collector.kept()), "item")
        said = Problem(f"The answer was cut off after {had}: asking for the rest.")
        return [said], (assistant(self._collector.kept_json()), user(self._collector.rest_prompt()))

    def _ask_whole(self, turn: _Round, wrong: str) -> tuple[list[PlannerEvent], tuple[Message, ...]]:
        if self._asked_again:
            raise InvalidAnswer(f"the answer cannot be used: {wrong}, also when asked again.", self._target)
        self._asked_again = True
        events = self._void(f"The answer cannot be used: {wrong}. Asking again.", turn.taken > 0)
        text = turn.reply.text.strip()
        question = user(prompt("again_whole", flaw=wrong))
        return events, (assistant(text), question) if text else (question,)


class _ItemReader:
    """Feeds a streaming answer to a collector."""

    def __init__(self, collector: Collector, peek: float) -> None:
        self.taken = 0
        self._collector = collector
        self._peek = peek
        self._scanner = ItemScanner(collector.list_name)
        self._looked = float("-inf")
        self._begun: TaskBegun | None = None
        self._broken = False

    def feed(self, text: str) -> list[PlannerEvent]:
        events: list[PlannerEvent] = []
        for item in self._scanner.feed(text):
            events += self._take(item)
        begun = self._unfinished()
        if begun is not None:
            events.append(begun)
        return events

    def _take(self, text: str) -> list[PlannerEvent]:
        if self._broken:
            return []
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            # The answer as a whole will not parse either; it is judged at its end.
            self._broken = True
            return []
        self.taken += 1
        return self._collector.take(value)

    def _unfinished(self) -> TaskBegun | None:
        now = time.monotonic()
        if now - self._looked < self._peek:
            return None
        self._looked = now
        begun = self._collector.begun(self._scanner.unfinished())
        if begun is None or begun == self._begun:
            return None
        self._begun = begun
        return begun
