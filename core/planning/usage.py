"""What calls of a model use and cost: prices, the ledger of a project, and a budget that is never passed."""

from __future__ import annotations

import asyncio
import json
import os
import threading
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from core.paths import make_private_folder, state_folder
from core.planning.failures import OverBudget, Target
from core.planning.wire import Request, Tokens

_PRICES = Path(__file__).with_name("prices.toml")
_MILLION = 1_000_000
_TOKENS_OF_A_SEARCH = 10_000
"""What the pages of one web search add to the input, about."""


@dataclass(frozen=True)
class Price:
    """Dollars per million tokens; `long` times as much when the prompt has more than `long_prompt` tokens."""

    input: float
    output: float
    cache_write: float
    cache_read: float
    long_prompt: int = 0
    long: float = 1.0

    def dollars(self, tokens: Tokens) -> float:
        prompt = tokens.input + tokens.cache_read + tokens.cache_write
        factor = self.long if self.long_prompt and prompt > self.long_prompt else 1.0
        parts = (
            tokens.input * self.input
            + tokens.output * self.output
            + tokens.cache_write * self.cache_write
            + tokens.cache_read * self.cache_read
        )
        return factor * parts / _MILLION


@dataclass(frozen=True)
class Prices:
    """The price list and its day."""

    date: str
    web_search: float
    models: Mapping[str, Price]

    def of(self, model: str) -> Price | None:
        """The price of a model, by the longest listed beginning of its id; None when it is not listed."""
        fitting = [name for name in self.models if model == name or _is_dated(model, name)]
        return self.models[max(fitting, key=len)] if fitting else None

    def dollars(self, model: str, tokens: Tokens) -> float | None:
        price = self.of(model)
        return None if price is None else price.dollars(tokens) + tokens.searches * self.web_search


def _is_dated(model: str, name: str) -> bool:
    """Whether `model` is `name` with a date: claude-haiku-4-5-20251001, but not claude-opus-5-5 for -5."""
    rest = model.removeprefix(name + "-")
    return rest != model and len(rest) == 8 and rest.isdigit()


@cache
def prices() -> Prices:
    """The price list that comes with this version."""
    data = tomllib.loads(_PRICES.read_text("utf-8"))
    models = {name: Price(**entry) for name, entry in data["models"].items()}
    return Prices(str(data["date"]), data["web_search"], models)


@dataclass(frozen=True)
class Estimate:
    """What an operation will use, before it is sent. `dollars` is the most it can cost, if that is known.

    `counted` says whether the endpoint counted the input tokens, or their number is ours, from the length.
    """

    model: str
    calls: int
    input_tokens: int
    output_tokens_at_most: int
    dollars: float | None
    counted: bool


@dataclass(frozen=True)
class Entry:
    """One call in the ledger. `dollars` is None when the model's price was not known."""

    time: str
    purpose: str
    keys: tuple[str, ...]
    model: str
    host: str
    outcome: str
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    searches: int
    dollars: float | None


_ENTRY = TypeAdapter(Entry)


def ledger_path(root: Path) -> Path:
    """Where the calls of the project at `root` are kept; it may not exist yet."""
    return state_folder(root) / "calls.jsonl"


class Ledger:
    """The calls of a project, one JSON line each, appended only. Its methods block: call them in a thread."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, entry: Entry) -> None:
        line = json.dumps(asdict(entry), ensure_ascii=False) + "\n"
        make_private_folder(self.path.parent)
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, line.encode())
        finally:
            os.close(handle)

    def entries(self) -> list[Entry]:
        """All calls, oldest first. A line that cannot be read (a crash, a full disk) is left out."""
        try:
            lines = self.path.read_text("utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return []
        return [entry for line in lines if (entry := _entry(line)) is not None]


def _entry(line: str) -> Entry | None:
    try:
        return _ENTRY.validate_json(line)
    except ValidationError:
        return None


@dataclass(frozen=True)
class Total:
    """The sum of some calls. `unpriced` of them are not in `dollars`."""

    calls: int
    input_tokens: int
    output_tokens: int
    dollars: float
    unpriced: int


def total(entries: Iterable[Entry]) -> Total:
    every = list(entries)
    return Total(
        calls=len(every),
        input_tokens=sum(e.input_tokens + e.cache_read_tokens + e.cache_write_tokens for e in every),
        output_tokens=sum(entry.output_tokens for entry in every),
        dollars=sum(entry.dollars or 0.0 for entry in every),
        unpriced=sum(entry.dollars is None for entry in every),
    )


def by_task(entries: Iterable[Entry]) -> dict[str, Total]:
    """The totals per task. A call for several tasks counts for each of them, with an equal share."""
    shares: dict[str, list[Entry]] = {}
    for entry in entries:
        for key in entry.keys:
            shares.setdefault(key, []).append(_share(entry, len(entry.keys)))
    return {key: total(parts) for key, parts in shares.items()}


def _share(entry: Entry, count: int) -> Entry:
    if count == 1:
        return entry
    data = asdict(entry)
    for name in ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens"):
        data[name] //= count
    data["dollars"] = None if entry.dollars is None else entry.dollars / count
    return Entry(**data)


@dataclass(frozen=True)
class Reserve:
    """What is set aside for one call: `dollars`, for an answer of at most `max_tokens`."""

    dollars: float
    max_tokens: int


_DUST = 1e-9
"""Dollars below which a sum of reserves is nothing."""


@dataclass
class Meter:
    """Counts what calls cost, and stops one that could pass the budget, with those still under way."""

    ledger: Ledger | None = None
    budget: float | None = None
    reserved: float = 0.0
    _before: float | None = field(default=None, repr=False)
    _spent: float = field(default=0.0, repr=False)
    _written: float = field(default=0.0, repr=False)
    _longest: dict[str, int] = field(default_factory=dict[str, int], repr=False)
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _waiting: list[asyncio.Future[None]] = field(default_factory=list["asyncio.Future[None]"], repr=False)

    def estimate(self, requests: Sequence[Request], counted: int | None = None) -> Estimate:
        """The most that `requests` can use when each is answered once; `counted` input tokens in all."""
        model = requests[0].model
        tokens = counted if counted is not None else sum(request.rough_tokens for request in requests)
        output = sum(request.max_tokens for request in requests)
        searches = sum(int(tool.get("max_uses", 0)) for request in requests for tool in request.tools)
        tokens += searches * _TOKENS_OF_A_SEARCH
        # A cached prompt costs more to write than a plain one: the higher price is the safe one.
        dollars = prices().dollars(model, Tokens(cache_write=tokens, output=output, searches=searches))
        return Estimate(model, len(requests), tokens, output, dollars, counted is not None)

    async def reserve(self, request: Request, target: Target) -> Reserve:
        """Set aside the most that `request` can cost; waits for calls under way where they leave no room.

        Where the budget has no room for the longest answer, but for one that is likely long enough, less
        is set aside for a shorter one. Raises OverBudget when there is no room for that either.
        """
        if self.budget is None:
            return Reserve(0.0, request.max_tokens)
        most = self.estimate([request]).dollars
        if most is None:
            raise OverBudget(
                f"no price is known for it, so the budget of ${self.budget:.2f} cannot be kept.",
                target,
                hint="Choose a model with a known price, or go on without the budget with --yes.",
            )
        while True:
            longest = await self._longest_output(request.purpose)
            # Nothing is waited for between this and the reserve: a call that ends would change it.
            spent = await self._known(target)
            if spent + self.reserved + most <= self.budget:
                break
            if not self.reserved:
                return self._shorter(request, target, self._likely(request, longest), self.budget, spent)
            # Calls that are under way may cost less than was set aside, and are not to be broken off.
            ended = asyncio.get_running_loop().create_future()
            self._waiting.append(ended)
            await ended
        self.reserved += most
        return Reserve(most, request.max_tokens)

    def _shorter(self, request: Request, target: Target, likely: int, budget: float, spent: float) -> Reserve:
        """Room for an answer as long as such answers are, when there is none for the longest."""
        tokens = min(self._affordable(request, budget - spent), request.max_tokens)
        if tokens < likely:
            least = self.estimate([replace(request, max_tokens=likely)]).dollars or 0.0
            raise OverBudget(
                f"this call may cost ${least:.2f}; of the budget of ${budget:.2f} "
                f"${max(budget - spent, 0.0):.2f} is left.",
                target,
            )
        most = self.estimate([replace(request, max_tokens=tokens)]).dollars or 0.0
        self.reserved += most
        return Reserve(most, tokens)

    def _affordable(self, request: Request, dollars: float) -> int:
        """How many tokens of answer `dollars` pay for."""
        whole = self.estimate([request]).dollars or 0.0
        without = self.estimate([replace(request, max_tokens=0)]).dollars or 0.0
        return int((dollars - without) / ((whole - without) / request.max_tokens))

    def _likely(self, request: Request, longest: int) -> int:
        """Tokens that an answer may need: half more than the longest of those before it."""
        # Our own last call may not have been in the ledger yet.
        longest = max(longest, self._longest.get(request.purpose, 0))
        if not longest:
            return request.max_tokens // 4
        return min(request.max_tokens, max(longest * 3 // 2, request.max_tokens // 8))

    async def _longest_output(self, purpose: str) -> int:
        """The longest of the last answers of this purpose in the ledger, in tokens."""
        entries: list[Entry] = []
        if self.ledger is not None:
            with suppress(OSError):
                entries = await asyncio.to_thread(self.ledger.entries)
        return max([one.output_tokens for one in entries if one.purpose == purpose][-20:], default=0)

    async def _known(self, target: Target) -> float:
        try:
            return await self.spent()
        except OSError as error:
            text = f"the ledger of calls cannot be read ({error.strerror}), so no budget can be kept."
            raise OverBudget(text, target) from None

    async def spent(self) -> float:
        """Dollars spent so far: by the ledger, which others may write too, and never less than we know of."""
        in_ledger = 0.0
        written = 0.0
        if self.ledger is not None:
            in_ledger, written = await asyncio.to_thread(self._read, self.ledger)
        if self._before is None:
            self._before = max(0.0, in_ledger - self._spent)
        # Our own calls are counted after the wait: one that ended meanwhile is not in what was read, and its
        # reserve is gone already.
        return max(in_ledger + self._spent - written, self._before + self._spent)

    def _read(self, ledger: Ledger) -> tuple[float, float]:
        """The dollars in the ledger, and how many of them this meter wrote. Blocking."""
        with self._turn:
            return total(ledger.entries()).dollars, self._written

    def _write(self, ledger: Ledger, entry: Entry) -> None:
        with self._turn:
            ledger.append(entry)
            self._written += entry.dollars or 0.0

    async def record(
        self, request: Request, used: Tokens, host: str, outcome: str, reserved: float
    ) -> float | None:
        """Write a call into the ledger and give back what was set aside. Returns its price in dollars."""
        dollars = prices().dollars(request.model, used)
        self._spent += dollars or 0.0
        self._longest[request.purpose] = max(used.output, self._longest.get(request.purpose, 0))
        left = self.reserved - reserved
        # What rounding leaves is no call under way: waiting for it would never end.
        self.reserved = left if left > _DUST else 0.0
        waiting, self._waiting = self._waiting, []
        for ended in waiting:
            if not ended.done():
                ended.set_result(None)
        entry = Entry(
            time=datetime.now(UTC).isoformat(timespec="seconds"),
            purpose=request.purpose,
            keys=request.keys,
            model=request.model,
            host=host,
            outcome=outcome,
            input_tokens=used.input,
            output_tokens=used.output,
            cache_read_tokens=used.cache_read,
            cache_write_tokens=used.cache_write,
            searches=used.searches,
            dollars=dollars,
        )
        if self.ledger is not None:
            await asyncio.to_thread(self._write, self.ledger, entry)
        return dollars
