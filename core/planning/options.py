"""How to plan with Claude: whom to ask, with what key, how hard, and within which limits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from core.planning.usage import Estimate

DEFAULT_MODEL = "claude-sonnet-5-5"
DEFAULT_BASE_URL = "https://api.anthropic.com"


@dataclass(frozen=True)
class Standard:
    """A file of project standards that every request carries: its name and its text."""

    name: str
    text: str


@dataclass(frozen=True)
class ClaudeOptions:
    """Everything a ClaudePlanner needs. Nothing is looked up in the environment or on disk.

    Times are seconds, budgets dollars, limits tokens. `confirm` is asked before an operation whose input
    is larger than `confirm_above`; when it says no, nothing is sent. `announce` hears of every operation
    before it begins. `read_key` fetches the key when the first call is made, unless `api_key` is given; it
    may block, and raises TaskdeckError.
    """

    api_key: str = field(default="", repr=False)
    read_key: Callable[[], str] | None = field(default=None, repr=False)
    model: str = DEFAULT_MODEL
    research_model: str = ""
    base_url: str = DEFAULT_BASE_URL
    effort: str | None = None
    language: str = ""
    concurrency: int = 4
    retries: int = 2
    research: bool = False
    web_search_tool: str = "web_search_20250305"
    web_searches: int = 5
    standards: tuple[Standard, ...] = ()
    max_tokens: int = 32_000
    group_size: int = 10
    ledger: Path | None = None
    budget: float | None = None
    confirm_above: int = 50_000
    confirm: Callable[[Estimate], Awaitable[bool]] | None = field(default=None, repr=False)
    announce: Callable[[Estimate], None] | None = field(default=None, repr=False)
    connect_timeout: float = 10.0
    silence_timeout: float = 120.0
    first_pause: float = 0.5
    longest_pause: float = 60.0
    peek: float = 0.1

    @property
    def address(self) -> str:
        """The base URL without the `/v1` that other tools' settings end in; the SDK adds it."""
        return self.base_url.strip().rstrip("/").removesuffix("/v1").rstrip("/")
