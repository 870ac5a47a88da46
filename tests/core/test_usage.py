"""Prices, the ledger of calls and the budget."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.planning.claude import ClaudePlanner
from core.planning.expand_all import Expansion, expand_all
from core.planning.failures import Interrupted, OverBudget, Target
from core.planning.planner import Problem
from core.planning.usage import Entry, Ledger, Meter, by_task, prices, total
from core.planning.wire import Request, Tokens, user
from tests.fakes.claude import KEY, PRD, events_of, item, options, subitem, subtasks, task, tasks
from tests.fakes.messages_api import MessagesApi
from tests.fakes.messages_replies import refusal

MODEL = "claude-sonnet-5-5"
TARGET = Target(MODEL, "127.0.0.1")


def request(model: str = MODEL, max_tokens: int = 10_000) -> Request:
    return Request(model, (), (user("x" * 250),), max_tokens, "expand", ("5",))


def entry(keys: tuple[str, ...], dollars: float | None, tokens: int = 10) -> Entry:
    return Entry(
        "2026-01-01T00:00:00+00:00", "expand", keys, MODEL, "h", "end_turn", tokens, 1, 0, 0, 0, dollars
    )


def test_a_model_is_priced_by_its_name_with_or_without_a_date() -> None:
    assert prices().of("claude-haiku-4-5-20251001") == prices().of("claude-haiku-4-5")
    assert prices().of("claude-opus-5") != prices().of("claude-opus-5-5")
    assert prices().of("claude-opus-5-9") is None
    assert prices().of("my-own-model") is None
    assert prices().date == "2026-11-23"


def test_every_price_is_in_the_usual_proportion() -> None:
    for name, price in prices().models.items():
        assert price.output == pytest.approx(5 * price.input), name
        assert price.cache_write == pytest.approx(1.25 * price.input), name
        assert 0 < price.cache_read <= 0.1 * price.input, name


def test_a_call_costs_its_tokens_and_its_searches() -> None:
    used = Tokens(input=1000, output=2000, cache_read=3000, cache_write=4000, searches=2)
    expected = (1000 * 2 + 2000 * 10 + 3000 * 0.1 + 4000 * 2.5) / 1_000_000 + 0.02
    assert prices().dollars(MODEL, used) == pytest.approx(expected)
    assert prices().dollars("my-own-model", used) is None


def test_a_long_prompt_costs_more_where_it_does() -> None:
    short = prices().dollars("claude-haiku-5-5", Tokens(input=100_000, output=1000))
    long = prices().dollars("claude-haiku-5-5", Tokens(input=90_000, cache_read=20_000, output=1000))
    assert short == pytest.approx((100_000 * 0.1 + 1000 * 0.5) / 1_000_000)
    assert long == pytest.approx((90_000 * 0.5 + 20_000 * 0.05 + 1000 * 2.5) / 1_000_000)


def test_the_ledger_keeps_calls_and_passes_over_damage(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "state" / "calls.jsonl")
    assert ledger.entries() == []
    ledger.append(entry(("1",), 0.5))
    with ledger.path.open("a") as file:
        file.write('{"half a li\n[]\n{"time": 3}\n\n')
    ledger.append(entry(("2",), None))
    assert ledger.entries() == [entry(("1",), 0.5), entry(("2",), None)]
    assert ledger.path.stat().st_mode & 0o077 == 0


def test_totals_are_per_task_and_in_all() -> None:
    calls = [entry(("1", "2"), 0.4, 100), entry(("1",), 0.1, 10), entry((), 1.0), entry(("2",), None)]
    assert total(calls).dollars == pytest.approx(1.5)
    assert total(calls).unpriced == 1
    assert by_task(calls)["1"].dollars == pytest.approx(0.3)
    assert by_task(calls)["1"].input_tokens == 60
    assert by_task(calls)["2"].unpriced == 1


async def test_a_call_waits_for_those_under_way_before_the_budget_refuses_it(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "calls.jsonl")
    ledger.append(entry((), 0.75))
    meter = Meter(ledger, budget=1.0)
    first = await meter.reserve(request(), TARGET)
    assert first.dollars == pytest.approx(0.10, abs=0.01)
    second = await meter.reserve(request(), TARGET)
    third = asyncio.create_task(meter.reserve(request(), TARGET))
    fourth = asyncio.create_task(meter.reserve(request(), TARGET))
    await asyncio.wait({third, fourth}, timeout=0.2)
    assert not third.done()
    assert meter.reserved == pytest.approx(first.dollars + second.dollars)
    # The first one was cheap: there is room for one more, but not for two.
    await meter.record(request(), Tokens(output=10), "h", "end_turn", first.dollars)
    await asyncio.wait({third, fourth}, return_when=asyncio.FIRST_COMPLETED)
    assert [third.done(), fourth.done()].count(True) == 1
    for reserved in (second, first):
        await meter.record(request(), Tokens(output=10_000), "h", "end_turn", reserved.dollars)
    done = await asyncio.gather(third, fourth, return_exceptions=True)
    [refused] = [error for error in done if isinstance(error, OverBudget)]
    assert "may cost $0.10; of the budget of $1.00 $0.05 is left" in refused.message


async def test_a_budget_needs_a_price() -> None:
    with pytest.raises(OverBudget, match="no price is known"):
        await Meter(None, budget=1.0).reserve(request("my-own-model"), TARGET)
    assert (await Meter(None, None).reserve(request("my-own-model"), TARGET)).dollars == 0


async def test_a_tight_budget_is_spent_on_answers_as_long_as_they_usually_are(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "calls.jsonl")
    ledger.append(replace(entry((), 0.06), output_tokens=5_200))
    wanted = request(max_tokens=32_000)
    meter = Meter(ledger, budget=0.35)
    for spent in (0.06, 0.12, 0.18, 0.24):
        reserve = await meter.reserve(wanted, TARGET)
        assert reserve.dollars + spent <= 0.35
        assert 7_800 <= reserve.max_tokens < 32_000
        await meter.record(wanted, Tokens(output=6_000), "h", "end_turn", reserve.dollars)
    with pytest.raises(OverBudget, match=r"of the budget of \$0.35 \$0.05 is left") as caught:
        await meter.reserve(wanted, TARGET)
    assert "taskdeck config set planner.budget" in caught.value.hint


async def test_a_shorter_answer_for_the_budget_is_said_and_asked_for(tmp_path: Path) -> None:
    with MessagesApi(tasks(item(1))) as api:
        planner = ClaudePlanner(options(api, budget=0.2, model=MODEL, ledger=tmp_path / "calls.jsonl"))
        events = await events_of(planner.plan(PRD))
        [asked] = api.calls
    assert 8_000 <= asked.body["max_tokens"] < 20_000
    said = [event.text for event in events if isinstance(event, Problem)]
    assert said == [f"The budget leaves room for an answer of {asked.body['max_tokens']:,} tokens."]


async def test_over_budget_nothing_is_sent(tmp_path: Path) -> None:
    with MessagesApi(tasks(item(1))) as api:
        planner = ClaudePlanner(options(api, budget=0.001, model=MODEL, ledger=tmp_path / "calls.jsonl"))
        with pytest.raises(OverBudget):
            await events_of(planner.plan(PRD))
        assert api.requests == []


async def test_each_call_is_in_the_ledger_with_its_tasks_and_end(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "calls.jsonl")
    script = [
        tasks(item(1), item(2), item(3), cut="drop", cut_after=32),
        tasks(item(1)),
        subtasks(subitem(1), usage={"input_tokens": 7, "output_tokens": 8, "cache_creation_input_tokens": 9}),
        refusal(),
    ]
    with MessagesApi(*script) as api:
        planner = ClaudePlanner(options(api, model=MODEL, ledger=ledger.path))
        await events_of(planner.plan(PRD))
        await events_of(planner.expand(task("5")))
        with pytest.raises(Exception, match="declined"):
            await events_of(planner.expand(task("6")))
        host = api.base_url.removeprefix("http://")
    found = ledger.entries()
    assert [(call.purpose, call.keys, call.outcome) for call in found] == [
        ("parse-prd", (), "Interrupted"),
        ("parse-prd", (), "end_turn"),
        ("expand", ("5",), "end_turn"),
        ("expand", ("6",), "RefusedByModel"),
    ]
    assert (found[2].input_tokens, found[2].output_tokens, found[2].cache_write_tokens) == (7, 8, 9)
    assert found[2].dollars == pytest.approx((7 * 2 + 8 * 10 + 9 * 2.5) / 1_000_000)
    assert {call.host for call in found} == {host}
    text = ledger.path.read_text()
    assert KEY not in text
    assert "shop" not in text.lower()
    assert len([json.loads(line) for line in text.splitlines()]) == 4


async def test_a_stopped_call_is_in_the_ledger_too(tmp_path: Path) -> None:
    from contextlib import aclosing

    ledger = Ledger(tmp_path / "calls.jsonl")
    with MessagesApi(tasks(item(1), item(2), item(3), cut="stall", cut_after=32)) as api:
        async with aclosing(ClaudePlanner(options(api, ledger=ledger.path)).plan(PRD)) as events:
            async for _ in events:
                break
    assert [(call.outcome, call.input_tokens) for call in ledger.entries()] == [("cancelled", 100)]


async def test_a_ledger_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with MessagesApi(tasks(item(1))) as api:
        planner = ClaudePlanner(options(api, ledger=tmp_path / "file" / "calls.jsonl"))
        events = await events_of(planner.plan(PRD))
    assert any("ledger" in event.text for event in events if isinstance(event, Problem))
    assert type(events[-1]).__name__ == "Done"


def test_no_key_in_what_a_program_may_print() -> None:
    with MessagesApi() as api:
        given = options(api)
        planner = ClaudePlanner(given)
    assert KEY not in repr(given)
    assert KEY not in repr(planner)
    assert KEY not in repr(planner._wire)
    assert KEY not in repr(planner._calls)


async def test_calls_side_by_side_never_pass_the_budget_together(tmp_path: Path) -> None:
    # Each may cost 0.10 for its answer, and does: nine of twelve fit, however many begin at once.
    dear = subtasks(subitem(1), delay=0.05, usage={"input_tokens": 0, "output_tokens": 10_000})
    every = [task(str(number)) for number in range(1, 13)]
    expanded: list[str] = []
    with MessagesApi(answer=lambda _: dear) as api:
        changes: dict[str, Any] = {"budget": 1.0, "max_tokens": 10_000, "model": MODEL}
        planner = ClaudePlanner(options(api, ledger=tmp_path / "calls.jsonl", **changes))

        async def expand() -> None:
            async for event in expand_all(planner, every, concurrency=12):
                if isinstance(event, Expansion):
                    expanded.append(event.parent_key)

        with pytest.raises(OverBudget, match="9 of 12 tasks had been expanded"):
            await expand()
        # Nothing that was paid for was thrown away.
        assert len(api.calls) == len(expanded) == 9
        assert {call.outcome for call in api.calls} == {"answered"}
    assert total(Ledger(tmp_path / "calls.jsonl").entries()).dollars <= 1.0


async def test_a_call_that_broke_off_counts_with_what_had_been_written(tmp_path: Path) -> None:
    broken = tasks(
        item(1), item(2), cut="drop", cut_after=30, usage={"input_tokens": 100, "output_tokens": 1}
    )
    with MessagesApi(broken) as api:
        planner = ClaudePlanner(options(api, retries=0, ledger=tmp_path / "calls.jsonl"))
        with pytest.raises(Interrupted):
            await events_of(planner.plan(PRD))
    [call] = Ledger(tmp_path / "calls.jsonl").entries()
    assert call.output_tokens >= 30 * 11 / 4


async def test_what_rounding_leaves_of_a_reserve_is_waited_for_by_nobody() -> None:
    meter = Meter(budget=1.0, reserved=0.1 + 0.2 + 0.3)
    request = Request(MODEL, (), (user("x"),), 100, "expand", ("5",))
    for reserved in (0.1, 0.2, 0.3):
        await meter.record(request, Tokens(), "loopback", "answered", reserved)
    assert meter.reserved == 0.0
