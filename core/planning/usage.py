"""What calls of a model use and cost: prices, the ledger of a project, and a budget that is never passed."""

from __future__ import annotations

import asyncio
import json
import os
import threading
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
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


@dataclass
class Meter:
    """Counts what calls cost, and stops one that could pass the budget, with those still under way."""

    ledger: Ledger | None = None
    budget: float | None = None
    reserved: float = 0.0
    _before: float | None = field(default=None, repr=False)
    _spent: float = field(default=0.0, repr=False)
    _written: float = field(default=0.0, repr=False)
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

    async def reserve(self, request: Request, target: Target) -> float:
        """Set aside the most that `request` can cost; waits for calls under way where they leave no room.

        Raises OverBudget when there is none without them either.
        """
        if self.budget is None:
            return 0.0
        most = self.estimate([request]).dollars
        if most is None:
            raise OverBudget(
                f"no price is known for it, so the budget of ${self.budget:.2f} cannot be kept.",
                target,
                hint="Choose a model with a known price, or go on without the budget with --yes.",
            )
        while (spent := await self._known(target)) + self.reserved + most > self.budget:
            if not self.reserved:
                raise OverBudget(
                    f"this call may cost up to ${most:.2f}, and of the budget of ${self.budget:.2f} "
                    f"${spent:.2f} is spent.",
                    target,
                )
            # Calls that are under way may cost less than was set aside, and are not to be broken off.
            ended = asyncio.get_running_loop().create_future()
            self._waiting.append(ended)
            await ended
        self.reserved += most
        return most

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
        self.reserved = max(0.0, self.reserved - reserved)
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
