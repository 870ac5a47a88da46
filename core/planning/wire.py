"""What is said to a model and what comes back, apart from any SDK: requests, pieces of an answer, its end."""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from pydantic import BaseModel

from core.planning.failures import Target

Block = Mapping[str, Any]
"""A content block as the Messages API writes it."""

CACHED: Mapping[str, Any] = {"cache_control": {"type": "ephemeral"}}


@dataclass(frozen=True)
class Message:
    role: str
    content: tuple[Block, ...]


def rough_tokens(text: str) -> int:
    """About how many tokens a text has: rather high than low."""
    return math.ceil(len(text.encode()) / 2.5)


@dataclass(frozen=True)
class Request:
    """One request to a model. `purpose` and `keys` (of tasks) go into the ledger, not to the model."""

    model: str
    system: tuple[Block, ...]
    messages: tuple[Message, ...]
    max_tokens: int
    purpose: str
    keys: tuple[str, ...] = ()
    answer: type[BaseModel] | None = None
    tools: tuple[Block, ...] = ()

    def followed_by(self, *messages: Message) -> Request:
        return replace(self, messages=(*self.messages, *messages))

    @property
    def rough_tokens(self) -> int:
        """About how many tokens go in."""
        texts = [str(block.get("text", "")) for block in self.system]
        texts += [str(block) for message in self.messages for block in message.content]
        if self.answer is not None:
            texts.append(str(self.answer.model_json_schema()))
        return rough_tokens("".join(texts))


@dataclass
class Tokens:
    """What a call used. Input tokens are those neither read from nor written to the cache."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    searches: int = 0


@dataclass(frozen=True)
class Text:
    """The next piece of the answer."""

    text: str


@dataclass(frozen=True)
class Notice:
    """Something worth a line in the log: a search, a model that will be switched off."""

    text: str


@dataclass(frozen=True)
class Source:
    """A page the web search found."""

    title: str
    url: str


@dataclass(frozen=True)
class End:
    """The answer is over. `content` is what to send back when the model only paused."""

    stop_reason: str | None
    explanation: str = ""
    content: tuple[Block, ...] = field(default=(), repr=False)


Piece = Text | Notice | Source | End


class Connection(Protocol):
    """An open connection to an endpoint; its failures are `core.planning.failures`."""

    def stream(self, request: Request, used: Tokens) -> AsyncGenerator[Piece, None]:
        """The answer's pieces, ending in End; `used` is kept up to date. Close it to stop the call."""
        ...

    async def count(self, request: Request) -> int:
        """The input tokens of `request`, counted by the endpoint."""
        ...

    async def models(self) -> list[str]:
        """The models the endpoint has."""
        ...


class Wire(Protocol):
    """How to reach an endpoint."""

    def connect(self) -> AbstractAsyncContextManager[Connection]: ...

    def target(self, model: str) -> Target: ...


def text_block(text: str, *, cached: bool = False) -> Block:
    block: dict[str, Any] = {"type": "text", "text": text}
    return {**block, **CACHED} if cached else block


def user(*blocks: Block | str) -> Message:
    return Message("user", tuple(text_block(block) if isinstance(block, str) else block for block in blocks))


def assistant(text: str) -> Message:
    return Message("assistant", (text_block(text),))
