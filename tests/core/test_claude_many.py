"""Many calls side by side: bounded, saved as they arrive, and stopped for good where all would fail."""

from __future__ import annotations

import asyncio
import re
from contextlib import aclosing
from typing import Any

import pytest

from core.planning.claude import ClaudePlanner
from core.planning.events import SubtaskBegun
from core.planning.expand_all import Expansion, expand_all
from core.planning.failures import AuthFailed, OverBudget, RefusedByModel
from core.planning.planner import Done, Problem, ScoreComplete, SubtaskComplete
from core.planning.usage import Estimate
from tests.fakes.claude import asked_ids, events_of, options, score, scores, subitem, subtasks, task
from tests.fakes.messages_api import MessagesApi, Request
from tests.fakes.messages_replies import Scenario, fails, refusal

TWELVE = [task(str(number)) for number in range(1, 13)]


def asked(request: Request) -> str:
    """The id of the task a request to expand is about."""
    found = re.search(r'"id": "(\d+)"', request.body["messages"][0]["content"][-1]["text"])
    assert found is not None
    return found[1]


async def test_twelve_tasks_at_concurrency_four_take_three_rounds() -> None:
    rounds: list[int] = []
    waiting: list[asyncio.Future[None]] = []

    async def meet() -> None:
        """Hold each request until four are there: three rounds exactly, or it never ends."""
        waiting.append(asyncio.get_running_loop().create_future())
        mine = waiting[-1]
        if len(waiting) == 4:
            rounds.append(len(waiting))
            for future in waiting:
                future.set_result(None)
            waiting.clear()
        await asyncio.wait_for(mine, 30)

    with MessagesApi(answer=lambda request: subtasks(subitem(1), hook=meet, delay=0.4)) as api:
        events = await events_of(expand_all(ClaudePlanner(options(api)), TWELVE, concurrency=4))
        assert api.most_in_flight == 4
        assert len(api.calls) == 12
    assert rounds == [4, 4, 4]
    assert {event.parent_key for event in events if isinstance(event, Expansion)} == {
        task.key for task in TWELVE
    }
    assert isinstance(events[-1], Done)


async def test_each_task_is_handed_over_when_it_is_whole() -> None:
    def answer(request: Request) -> Scenario:
        three = (subitem(1), subitem(2, "", 1), subitem(3))
        return subtasks(*three, cut="stall", cut_after=32) if asked(request) == "2" else subtasks(*three)

    with MessagesApi(answer=answer) as api:
        expanded: list[Expansion] = []
        half_done = False
        async with aclosing(expand_all(ClaudePlanner(options(api)), TWELVE[:4], concurrency=4)) as events:
            async for event in events:
                if isinstance(event, Expansion):
                    expanded.append(event)
                half_done |= isinstance(event, SubtaskComplete) and event.parent_key == "2"
                if len(expanded) == 3 and half_done:
                    break
        stalled = next(request for request in api.calls if asked(request) == "2")
        assert await asyncio.to_thread(stalled.ended.wait, 10)
        assert stalled.outcome == "hung up"
    assert sorted(expansion.parent_key for expansion in expanded) == ["1", "3", "4"]
    assert [draft.dependencies for draft in expanded[0].drafts] == [[], [1], []]


async def test_stopped_half_way_and_run_again_only_the_rest_is_asked() -> None:
    with MessagesApi(answer=lambda request: subtasks(subitem(1))) as api:
        planner = ClaudePlanner(options(api))
        saved: set[str] = set()
        async with aclosing(expand_all(planner, TWELVE, concurrency=1)) as events:
            async for event in events:
                if isinstance(event, Expansion):
                    saved.add(event.parent_key)
                if len(saved) == 5:
                    break
        rest = [task for task in TWELVE if task.key not in saved]
        before = len(api.calls)
        await events_of(expand_all(planner, rest, concurrency=4))
        again = [asked(request) for request in api.calls[before:]]
    assert sorted(again) == sorted(task.key for task in rest)
    assert len(again) == 7


async def test_one_refused_task_does_not_stop_the_others() -> None:
    def answer(request: Request) -> Scenario:
        return refusal() if asked(request) == "2" else subtasks(subitem(1))

    events: list[Any] = []
    with MessagesApi(answer=answer) as api:
        stream = expand_all(ClaudePlanner(options(api)), TWELVE[:4], concurrency=2)
        with pytest.raises(RefusedByModel, match="3 of 4 tasks had been expanded"):
            await events_of(stream, events)
    assert sorted(event.parent_key for event in events if isinstance(event, Expansion)) == ["1", "3", "4"]
    assert any("Task 2 was not expanded" in event.text for event in events if isinstance(event, Problem))


async def test_a_wrong_key_stops_all_of_them() -> None:
    with MessagesApi(answer=lambda request: fails(401, "authentication_error")) as api:
        stream = expand_all(ClaudePlanner(options(api)), TWELVE, concurrency=2)
        with pytest.raises(AuthFailed, match="0 of 12 tasks"):
            await events_of(stream)
        assert len(api.calls) <= 3


async def test_a_budget_stops_before_it_is_passed_and_keeps_what_was_done(tmp_path: Any) -> None:
    # Each call may cost 0.10 for its answer and costs 0.02: a tenth would have room for half of that.
    paid = subtasks(subitem(1), usage={"input_tokens": 0, "output_tokens": 2000})
    with MessagesApi(answer=lambda request: paid) as api:
        changes = {"budget": 0.195, "max_tokens": 10_000, "model": "claude-sonnet-5-5"}
        planner = ClaudePlanner(options(api, ledger=tmp_path / "calls.jsonl", **changes))
        events: list[Any] = []
        with pytest.raises(OverBudget, match=r"of the budget of \$0.20 \$0.0") as caught:
            await events_of(expand_all(planner, TWELVE, concurrency=1), events)
        assert caught.value.exit_code == 3
        assert 7 <= len(api.calls) <= 9
        assert f"{len(api.calls)} of 12 tasks" in caught.value.message
    assert len([event for event in events if isinstance(event, Expansion)]) == len(api.calls)


async def test_unfinished_subtasks_say_whose_they_are() -> None:
    with MessagesApi(answer=lambda request: subtasks(subitem(1, f"Of {asked(request)}"))) as api:
        events = await events_of(expand_all(ClaudePlanner(options(api)), TWELVE[:3], concurrency=3))
    begun = [event for event in events if isinstance(event, SubtaskBegun)]
    assert begun
    assert all(event.title.startswith("Of"[: len(event.title)]) for event in begun)
    assert {event.parent_key for event in begun} == {"1", "2", "3"}


async def test_a_large_analysis_is_confirmed_once_for_all_groups() -> None:
    asked: list[Estimate] = []

    async def yes(estimate: Estimate) -> bool:
        asked.append(estimate)
        return True

    def answer(request: Request) -> Scenario:
        return scores(*[score(key) for key in asked_ids(request)])

    with MessagesApi(answer=answer) as api:
        planner = ClaudePlanner(options(api, group_size=4, confirm_above=900, confirm=yes))
        events = await events_of(planner.analyse(TWELVE))
        counts = [request for request in api.requests if request.path.endswith("count_tokens")]
    assert [(estimate.calls, estimate.input_tokens) for estimate in asked] == [(3, 3000)]
    assert len(counts) == 3
    assert sum(isinstance(event, ScoreComplete) for event in events) == 12


async def test_what_expanding_takes_is_known_before() -> None:
    with MessagesApi() as api:
        estimate = ClaudePlanner(options(api, model="claude-sonnet-5-5")).expansion_estimate(TWELVE)
        assert api.requests == []
    assert (estimate.calls, estimate.counted, estimate.output_tokens_at_most) == (12, False, 12 * 32_000)
    assert estimate.dollars is not None


async def test_another_count_than_the_one_asked_for_is_said_for_its_task() -> None:
    with MessagesApi(subtasks(subitem(1), subitem(2))) as api:
        events = await events_of(ClaudePlanner(options(api)).expand(task("6"), count=6))
    said = [event.text for event in events if isinstance(event, Problem)]
    assert said == ["About 6 for task 6 were asked for, 2 came: all are kept."]
