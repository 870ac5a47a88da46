"""A search of the web before a plan: notes for the model, and the pages they come from."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field

from core.planning.asking.calls import Calls, Reply, Restart
from core.planning.asking.collect import counted
from core.planning.asking.questions import Question
from core.planning.options import ClaudeOptions
from core.planning.planner import PlannerEvent, Problem, Usage
from core.planning.prompt_files import prompt
from core.planning.wire import Block, Connection, Message, Request, Source, text_block, user

_PAUSES = 8
"""How often a search that pauses is told to go on."""


@dataclass
class Notes:
    """What research brought. `sources` are numbered for the model from 1."""

    text: str = ""
    sources: list[Source] = field(default_factory=list[Source])

    def blocks(self) -> tuple[Block, ...]:
        if not self.text:
            return ()
        lines = [f"{number}. {source.title}: {source.url}" for number, source in enumerate(self.sources, 1)]
        return (text_block(prompt("research_notes", notes=self.text, sources="\n".join(lines))),)


async def research(
    calls: Calls,
    connection: Connection,
    options: ClaudeOptions,
    system: tuple[Block, ...],
    question: Question,
    notes: Notes,
) -> AsyncGenerator[PlannerEvent, None]:
    """Search for what `question` needs to know, and fill `notes`.

    A call of its own: structured output does not go together with the citations of the search tool.
    """
    tool = {"type": options.web_search_tool, "name": "web_search", "max_uses": options.web_searches}
    request = Request(
        model=options.research_model or options.model,
        system=system,
        messages=(user(prompt("research", topic=question.topic)),),
        max_tokens=options.max_tokens,
        purpose=f"{question.purpose}, research",
        keys=question.keys,
        tools=(tool,),
    )
    for _ in range(_PAUSES):
        reply = Reply()
        found: list[Source] = []
        async with aclosing(calls.answer(connection, request, reply)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Source):
                    found.append(piece)
                elif isinstance(piece, Restart):
                    found.clear()
                    yield Problem(piece.text)
                elif isinstance(piece, Problem | Usage):
                    yield piece
        notes.sources += [source for source in dict.fromkeys(found) if source not in notes.sources]
        notes.text = f"{notes.text}\n{reply.text}".strip()
        if reply.end.stop_reason != "pause_turn":
            break
        request = request.followed_by(Message("assistant", reply.end.content))
    yield Problem(f"The search of the web found {counted(len(notes.sources), 'page')}.")
