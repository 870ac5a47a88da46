"""Plans with a language model: what is asked, in what order, and how the answers become events."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING

from core.planning.asking.calls import Calls, Reply, Restart
from core.planning.asking.collect import Collector, ScoreCollector, counted
from core.planning.asking.drafts import SubtaskCollector, TaskCollector
from core.planning.asking.questions import (
    Question,
    add_question,
    analyse_question,
    expand_question,
    note_question,
    plan_question,
    prd_question,
    redraft_question,
    revise_question,
    system_blocks,
)
from core.planning.asking.research import Notes, research
from core.planning.asking.structured import StructuredAnswer
from core.planning.events import StartedAgain
from core.planning.failures import InvalidAnswer, PlannerFailure, Truncated
from core.planning.many import Arrived, interleave
from core.planning.options import ClaudeOptions
from core.planning.planner import Done, PlannerEvent, Problem, ScoreComplete, TextDelta, Usage
from core.planning.prompt_files import prompt as prompt_text
from core.planning.usage import Estimate
from core.planning.wire import Connection, Request, Text, Wire, assistant, user
from core.tasks.model import Task

if TYPE_CHECKING:
    from core.tasks.complexity import Score

_RESTS = 8
"""How often the rest of a document that was cut off is asked for."""


class ModelPlanner:
    """A Planner over any `Wire`. Every operation opens a connection of its own and closes it at its end."""

    def __init__(self, options: ClaudeOptions, wire: Wire) -> None:
        self.name = options.model
        self.concurrency = options.concurrency
        self._options = options
        self._wire = wire
        self._calls = Calls(options, wire)
        self._system = system_blocks(options.language, options.standards)

    def plan(
        self, prd: str, *, count: int | None = None, existing: Sequence[Task] = ()
    ) -> AsyncGenerator[PlannerEvent, None]:
        """TaskBegun and TaskComplete for each task of the PRD, numbered behind the existing tasks.

        A TaskComplete with an id that came before replaces it; StartedAgain takes all of them back.
        """
        numbers = _numbers(existing)
        start = max(numbers, default=0) + 1
        collector = TaskCollector(start, numbers, count, len(prd.splitlines()))
        return self._ask(plan_question(prd, existing, start, count), collector)

    def add_task(self, wish: str, existing: Sequence[Task]) -> AsyncGenerator[PlannerEvent, None]:
        """TaskComplete for one new task, numbered behind the existing ones."""
        numbers = _numbers(existing)
        start = max(numbers, default=0) + 1
        return self._ask(add_question(wish, existing, start), TaskCollector.one(start, numbers))

    def revise(self, task: Task, wish: str, existing: Sequence[Task]) -> AsyncGenerator[PlannerEvent, None]:
        """TaskComplete with `task` (or subtask) as it should read; its id is the number in its own id, or 0.

        A revision of a subtask is a TaskDraft too, whose priority and dependencies mean nothing.
        """
        number = int(task.own_id) if task.own_id.isdecimal() else 0
        others = [other for other in existing if other.key != task.key]
        question = revise_question(task, wish, others, number)
        return self._ask(question, TaskCollector.one(number, _numbers(others)))

    async def analyse(self, tasks: Sequence[Task]) -> AsyncGenerator[PlannerEvent, None]:
        """ScoreComplete for each task that is neither finished nor cancelled, in groups side by side.

        A failure of one group does not stop the others; it is raised at the end.
        """
        wanted = [task for task in tasks if not task.finished and task.status != "cancelled"]
        size = max(1, self._options.group_size)
        groups = [wanted[at : at + size] for at in range(0, len(wanted), size)]
        async with aclosing(self._approve_groups(groups)) as problems:
            async for problem in problems:
                yield problem
        scored: set[str] = set()
        first: PlannerFailure | None = None
        enough = False
        streams = [self._group(group) for group in groups]
        async with aclosing(interleave(streams, self.concurrency, lambda: not enough)) as items:
            async for item in items:
                if isinstance(item, Arrived):
                    if isinstance(item.value, ScoreComplete):
                        scored.add(item.value.score.task_id)
                    if not isinstance(item.value, Done):
                        yield item.value
                elif item.error is not None:
                    first = first or _ours(item.error)
                    enough = enough or _ours(item.error).lets_finish
                    if _ours(item.error).stops_all and not enough:
                        break
        if first is not None:
            first.keep(f"Of {counted(len(wanted), 'task')}, {len(scored)} had been scored.")
            raise first
        yield Done(f"{counted(len(scored), 'task')} scored by {self.name}.")

    def _group(self, tasks: Sequence[Task]) -> Callable[[], AsyncGenerator[PlannerEvent, None]]:
        return lambda: self._ask(analyse_question(tasks), ScoreCollector(tasks), approved=True)

    async def _approve_groups(self, groups: Sequence[Sequence[Task]]) -> AsyncGenerator[Problem, None]:
        """Ask once for all groups, not for each."""
        requests = [
            self._request(analyse_question(group), Notes(), ScoreCollector(group)) for group in groups
        ]
        if not self._calls.is_large(requests):
            self._calls.announce(requests)
            return
        async with (
            self._wire.connect() as connection,
            aclosing(self._calls.approve(connection, requests)) as said,
        ):
            async for problem in said:
                yield problem

    def expand(
        self, task: Task, *, count: int | None = None, prompt: str = "", score: Score | None = None
    ) -> AsyncGenerator[PlannerEvent, None]:
        """SubtaskBegun and SubtaskComplete for each subtask, numbered from 1 among themselves."""
        wanted = count or (score.recommended if score is not None else None) or None
        return self._ask(expand_question(task, wanted, prompt, score), SubtaskCollector(task.key, wanted))

    def draft_prd(self, idea: str) -> AsyncGenerator[PlannerEvent, None]:
        """TextDelta pieces of a PRD. StartedAgain takes back all that came before it."""
        return self._write(prd_question(idea), "A draft of the PRD")

    def redraft(
        self, prd: str, section: str, wish: str, *, idea: str = ""
    ) -> AsyncGenerator[PlannerEvent, None]:
        """TextDelta pieces of `section`, a part of `prd`, written anew; only the section is asked for."""
        return self._write(redraft_question(prd, section, wish, idea), "The section")

    def note(self, task: Task, wish: str) -> AsyncGenerator[PlannerEvent, None]:
        """TextDelta pieces of a text to add to the details of `task` (or subtask), which stay as they are."""
        return self._write(note_question(task, wish), f"A note for {task.key}")

    async def _write(self, question: Question, what: str) -> AsyncGenerator[PlannerEvent, None]:
        async with self._wire.connect() as connection:
            notes = Notes()
            if self._options.research:
                async with aclosing(self._research(connection, question, notes)) as events:
                    async for event in events:
                        yield event
            request = self._request(question, notes, None)
            async with aclosing(self._calls.approve(connection, [request])) as problems:
                async for problem in problems:
                    yield problem
            async with aclosing(self._document(connection, request)) as events:
                async for event in events:
                    yield event
        yield Done(f"{what} by {self.name}.")

    def expansion_estimate(self, tasks: Sequence[Task]) -> Estimate:
        """About what it takes to expand all of `tasks`, without asking anyone."""
        requests = [
            self._request(expand_question(task, None, "", None), Notes(), SubtaskCollector(task.key, None))
            for task in tasks
        ]
        return self._calls.meter.estimate(requests)

    async def _ask(
        self, question: Question, collector: Collector, *, approved: bool = False
    ) -> AsyncGenerator[PlannerEvent, None]:
        """One list: research where it is wanted, then the items, then Done."""
        target = self._wire.target(self._options.model)
        notes = Notes()
        async with self._wire.connect() as connection:
            if self._options.research:
                async with aclosing(self._research(connection, question, notes)) as events:
                    async for event in events:
                        yield event
                collector.sources = notes.sources
            request = self._request(question, notes, collector)
            if not approved:
                async with aclosing(self._calls.approve(connection, [request])) as problems:
                    async for problem in problems:
                        yield problem
            answer = StructuredAnswer(self._calls, connection, target, collector, self._options.peek)
            async with aclosing(answer.events(request)) as events:
                async for event in events:
                    yield event
        yield Done(f"{collector.summary()} By {self.name}.")

    async def _document(self, connection: Connection, request: Request) -> AsyncGenerator[PlannerEvent, None]:
        """The text of a document, in as many requests as it takes."""
        written = ""
        current = request
        for _ in range(_RESTS):
            reply = Reply()
            async with aclosing(self._calls.answer(connection, current, reply)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, Text):
                        yield TextDelta(piece.text)
                    elif isinstance(piece, Restart):
                        yield StartedAgain(piece.text)
                        if written:
                            yield TextDelta(written)
                    elif isinstance(piece, Problem | Usage):
                        yield piece
            written += reply.text
            if not reply.cut_off and written.strip():
                return
            if not reply.text.strip():
                break
            yield Problem("The document was cut off: asking for the rest.")
            current = request.followed_by(assistant(written.rstrip()), user(prompt_text("rest_text")))
        target = self._wire.target(request.model)
        if not written.strip():
            raise InvalidAnswer("it wrote nothing.", target)
        raise Truncated("the document is longer than the model may write.", target)

    def _research(
        self, connection: Connection, question: Question, notes: Notes
    ) -> AsyncGenerator[PlannerEvent, None]:
        return research(self._calls, connection, self._options, self._system, question, notes)

    def _request(self, question: Question, notes: Notes, collector: Collector | None) -> Request:
        return Request(
            model=self._options.model,
            system=self._system,
            messages=(user(*question.material, *notes.blocks(), question.how),),
            max_tokens=self._options.max_tokens,
            purpose=question.purpose,
            keys=question.keys,
            answer=collector.answer if collector is not None else None,
        )


def _numbers(tasks: Sequence[Task]) -> list[int]:
    return [int(task.key) for task in tasks if task.key.isdecimal()]


def _ours(error: Exception) -> PlannerFailure:
    """The failure a group ended with; anything else is a fault of this program and goes on as it is."""
    if isinstance(error, PlannerFailure):
        return error
    raise error
