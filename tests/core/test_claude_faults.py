"""Every fault a network, an endpoint and a model can have: which failure, which words, how many requests."""

from __future__ import annotations

import asyncio
import socket
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from core.errors import Cancelled
from core.planning.claude import ClaudePlanner
from core.planning.events import StartedAgain
from core.planning.failures import (
    AuthFailed,
    Interrupted,
    InvalidAnswer,
    Overloaded,
    PlannerFailure,
    RateLimited,
    RefusedByModel,
    RequestRejected,
    TimedOut,
    Truncated,
    UnknownModel,
    Unreachable,
)
from core.planning.gather import Gathered
from core.planning.planner import Problem, TaskComplete
from core.planning.usage import Estimate
from tests.fakes.claude import (
    KEY,
    MODEL,
    PRD,
    events_of,
    item,
    options,
    score,
    scores,
    subitem,
    subtasks,
    task,
    tasks,
)
from tests.fakes.messages_api import MessagesApi, Scenario, fails, refusal, says

QUICK = {"retry_after_ms": "20"}
THREE = (item(1), item(2), item(3))


@dataclass
class Outcome:
    """How an operation ended: its events, its failure and the requests it took."""

    gathered: Gathered = field(default_factory=Gathered)
    events: list[Any] = field(default_factory=list)
    failure: Any = None
    requests: int = 0


async def planned(script: Sequence[Scenario], **changes: Any) -> Outcome:
    """Plan against the script; whatever fails is kept."""
    outcome = Outcome()
    with MessagesApi(*script) as api:
        try:
            await events_of(ClaudePlanner(options(api, **changes)).plan(PRD), outcome.events)
        except PlannerFailure as failure:
            outcome.failure = failure
        outcome.requests = len(api.calls)
        host = api.base_url.removeprefix("http://")
    for event in outcome.events:
        outcome.gathered.take(event)
    if outcome.failure is not None:
        shown = f"{outcome.failure.message} {outcome.failure.hint} {outcome.failure!r}"
        shown += "".join(traceback.format_exception(outcome.failure))
        assert f"{changes.get('model', MODEL)} at {host}" in outcome.failure.message
        assert outcome.failure.hint
        assert KEY not in shown
        assert outcome.failure.__cause__ is None
        assert outcome.failure.__context__ is None
        assert outcome.gathered.done is None
    return outcome


def cut(kind: str, **changes: Any) -> Scenario:
    return tasks(*THREE, cut=kind, cut_after=32, **changes)


FINAL = [
    ("401", [fails(401, "authentication_error", "invalid x-api-key")], AuthFailed, "key was not accepted", 1),
    ("403", [fails(403, "permission_error")], AuthFailed, "does not allow", 1),
    ("404", [fails(404, "not_found_error", "model: nope")], UnknownModel, "no such model", 1),
    ("400", [fails(400, "invalid_request_error", "prompt is too long")], RequestRejected, "too long", 1),
    ("402", [fails(402, "billing_error")], RequestRejected, "cannot pay", 1),
    ("302", [fails(302, "", "", location="http://127.0.0.1:9/")], RequestRejected, "302", 1),
    ("429", [fails(429, "rate_limit_error", **QUICK)] * 3, RateLimited, "429.*3 times", 3),
    ("529", [fails(529, "overloaded_error", **QUICK)] * 3, Overloaded, "overloaded.*3 times", 3),
    ("500", [fails(500, "api_error")] * 3, Overloaded, "error of its own", 3),
    ("503 in no known form", [fails(503, "")] * 3, Overloaded, "503", 3),
    ("no retry", [fails(529, "overloaded_error", x_should_retry="false")], Overloaded, "overloaded", 1),
    ("drop", [cut("drop")] * 3, Interrupted, "broke off.*3 times", 3),
    ("drop at once", [tasks(cut="drop")] * 3, Interrupted, "broke off", 3),
    ("clean early end", [cut("end")] * 3, Interrupted, "ended in the middle", 3),
    ("error event", [tasks(*THREE, error_event="overloaded_error")] * 3, Overloaded, "overloaded", 3),
    ("broken line", [tasks(*THREE, broken_line=True)] * 3, Interrupted, "broke off", 3),
    ("refusal", [refusal("It could do harm.")], RefusedByModel, "declined.*could do harm", 1),
    ("not JSON", [says("I would rather not.")] * 2, InvalidAnswer, "not JSON.*asked again", 2),
    ("malformed", [says('{"tasks": [{"id": 1,, }]}')] * 2, InvalidAnswer, "not valid JSON", 2),
    ("no list", [says({"items": []})] * 2, InvalidAnswer, "no list called “tasks”", 2),
    ("empty list", [tasks()] * 2, InvalidAnswer, "named no tasks", 2),
    ("empty text", [says("")] * 2, InvalidAnswer, "not JSON", 2),
    ("wrong schema", [says({"tasks": [{"id": 1}]})] * 2, InvalidAnswer, "title: Field required", 2),
    ("nothing fits", [says('{"tasks": [{"id": 1, ', stop_reason="max_tokens")], Truncated, "longer than", 1),
]


@pytest.mark.parametrize(
    ("script", "kind", "words", "requests"), [f[1:] for f in FINAL], ids=[f[0] for f in FINAL]
)
async def test_a_fault_that_stays_ends_in_its_failure(
    script: list[Scenario], kind: type[PlannerFailure], words: str, requests: int
) -> None:
    outcome = await planned(script)
    assert type(outcome.failure) is kind
    with pytest.raises(kind, match=words):
        raise outcome.failure
    assert outcome.requests == requests
    assert outcome.failure.exit_code == 1


TEMPORARY = [
    ("429", fails(429, "rate_limit_error", **QUICK), "Trying again in 0.0 s (1 of 2)"),
    ("429 in seconds", fails(429, "rate_limit_error", retry_after="0"), "too many requests (429"),
    ("529", fails(529, "overloaded_error"), "it is overloaded (529"),
    ("drop", cut("drop"), "broke off in the middle"),
    ("clean early end", cut("end"), "ended in the middle"),
    ("error event", tasks(*THREE, error_event="api_error"), "error of its own"),
]


@pytest.mark.parametrize(("fault", "words"), [f[1:] for f in TEMPORARY], ids=[f[0] for f in TEMPORARY])
async def test_a_fault_that_passes_is_retried_and_said(fault: Scenario, words: str) -> None:
    outcome = await planned([fault, tasks(*THREE)])
    assert outcome.failure is None
    assert outcome.requests == 2
    assert list(outcome.gathered.tasks) == [1, 2, 3]
    assert outcome.gathered.done is not None
    assert any(words in problem for problem in outcome.gathered.problems)


async def test_retries_are_as_many_as_were_set() -> None:
    outcome = await planned([fails(529, "overloaded_error", **QUICK)] * 6, retries=4)
    assert outcome.requests == 5
    outcome = await planned([fails(529, "overloaded_error", **QUICK)], retries=0)
    assert outcome.requests == 1


async def test_a_long_wait_is_left_to_the_person() -> None:
    outcome = await planned([fails(429, "rate_limit_error", retry_after="900")])
    assert outcome.requests == 1
    assert "wait 900 s" in outcome.failure.hint


async def test_what_an_interrupted_answer_showed_is_taken_back() -> None:
    other = (item(1, "Other"), item(2, "Way"))
    outcome = await planned([cut("drop"), tasks(*other)])
    at = next(index for index, event in enumerate(outcome.events) if isinstance(event, StartedAgain))
    assert any(isinstance(event, TaskComplete) for event in outcome.events[:at])
    assert [draft.title for draft in outcome.gathered.tasks.values()] == ["Other", "Way"]


async def test_no_headers_in_time() -> None:
    outcome = await planned([Scenario(headers_never=True)] * 2, silence_timeout=0.2, retries=1)
    assert type(outcome.failure) is TimedOut
    assert "0.2 s" in outcome.failure.message
    assert outcome.requests == 2


async def test_silence_in_the_middle() -> None:
    outcome = await planned([cut("stall")] * 2, silence_timeout=0.2, retries=1)
    assert type(outcome.failure) is Interrupted
    assert "fell silent in the middle" in outcome.failure.message
    assert outcome.requests == 2


async def test_nobody_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://someone:secret@127.0.0.1:{free.getsockname()[1]}"
    with MessagesApi() as api:
        planner = ClaudePlanner(options(api, base_url=address, retries=1))
        with pytest.raises(Unreachable, match=f"{MODEL} at 127.0.0.1:.*2 times") as caught:
            await events_of(planner.plan(PRD))
    assert "secret" not in caught.value.message


async def test_something_else_answers_at_this_address() -> None:
    with MessagesApi() as api:
        planner = ClaudePlanner(options(api, base_url=f"{api.base_url}/elsewhere"))
        with pytest.raises(UnknownModel):
            await events_of(planner.plan(PRD))


async def test_an_unknown_model_names_those_there_are() -> None:
    outcome = await planned([fails(404, "not_found_error", "model: nope")], model="nope")
    assert "claude-test-1, claude-test-2" in outcome.failure.hint


async def test_a_key_in_the_endpoints_own_words_is_not_shown() -> None:
    outcome = await planned([fails(401, "authentication_error", f"bad key {KEY}\x1b[31m\n" + "x" * 900)])
    assert "bad key …" in outcome.failure.message
    assert "\x1b" not in outcome.failure.message
    assert len(outcome.failure.message) < 500


async def test_an_answer_that_is_cut_off_is_finished() -> None:
    first = tasks(item(1), item(2), item(3, "Third"), stop_reason="max_tokens")
    half = Scenario(
        **{**first.__dict__, "blocks": ({"type": "text", "text": first.blocks[0]["text"][:-40]},)}
    )
    with MessagesApi(
        half, tasks(item(3, "Third", 2), item(4, "", 3), stop_reason="max_tokens"), tasks()
    ) as api:
        gathered = Gathered()
        for event in await events_of(ClaudePlanner(options(api)).plan(PRD)):
            gathered.take(event)
        assert len(api.calls) == 3
        asked = api.calls[1].body["messages"]
    assert [message["role"] for message in asked] == ["user", "assistant", "user"]
    assert "Third" not in asked[1]["content"][0]["text"]
    assert "from id 3" in asked[2]["content"][0]["text"]
    assert [(draft.id, draft.dependencies) for draft in gathered.tasks.values()] == [
        (1, []),
        (2, []),
        (3, [2]),
        (4, [3]),
    ]
    assert any("cut off after 2 items" in text for text in gathered.problems)
    assert gathered.done is not None


async def test_a_draft_that_is_cut_off_goes_on() -> None:
    with MessagesApi(says("# Shop\n\nFirst ", stop_reason="max_tokens"), says("second.\n")) as api:
        gathered = Gathered()
        for event in await events_of(ClaudePlanner(options(api)).draft_prd("a shop")):
            gathered.take(event)
        assert len(api.calls) == 2
    assert gathered.text == "# Shop\n\nFirst second.\n"


async def test_a_draft_that_breaks_off_begins_again() -> None:
    broken = says("# Wrong shop, all of it", cut="drop", cut_after=2)
    with MessagesApi(broken, says("# Shop\n")) as api:
        gathered = Gathered()
        for event in await events_of(ClaudePlanner(options(api)).draft_prd("a shop")):
            gathered.take(event)
    assert gathered.text == "# Shop\n"


async def test_numbers_that_restart_at_one_are_renumbered() -> None:
    present = [task(str(number)) for number in range(1, 13)]
    with MessagesApi(tasks(item(21), item(22, "", 21), item(23, "", 22, 12))) as api:
        first = await events_of(ClaudePlanner(options(api)).plan(PRD, existing=present))
    with MessagesApi(tasks(item(1), item(2), item(3))) as api:
        second = await events_of(ClaudePlanner(options(api)).plan(PRD, existing=present))
        assert len(api.calls) == 1
    drafts = [event.draft for event in first if isinstance(event, TaskComplete)]
    assert [(draft.id, draft.dependencies) for draft in drafts] == [(13, []), (14, [13]), (15, [14, 12])]
    assert [event.draft.id for event in second if isinstance(event, TaskComplete)] == [13, 14, 15]
    assert any("numbered from 13" in event.text for event in second if isinstance(event, Problem))


async def test_a_dependency_that_could_mean_two_things_is_asked_again() -> None:
    present = [task("1"), task("2")]
    restarted = tasks(item(1, "New one"), item(2, "New two", 1))
    with MessagesApi(restarted, tasks(item(4, "New two", 3))) as api:
        gathered = Gathered()
        for event in await events_of(ClaudePlanner(options(api)).plan(PRD, existing=present)):
            gathered.take(event)
        again = api.calls[1].body["messages"][2]["content"][0]["text"]
    assert "id 4: dependency 1 could mean 1 or 3" in again
    assert [(draft.id, draft.dependencies) for draft in gathered.tasks.values()] == [(3, []), (4, [3])]


async def test_a_broken_reference_is_asked_again_once_and_then_left_out() -> None:
    bad = item(2, "Second", 1, 99)
    outcome = await planned([tasks(item(1), bad), tasks(bad)])
    assert outcome.failure is None
    assert outcome.requests == 2
    assert outcome.gathered.tasks[2].dependencies == [1]
    assert any("dependency 99 does not exist: left out" in text for text in outcome.gathered.problems)


async def test_only_the_item_that_is_wrong_is_asked_again() -> None:
    bad = item(2, "Second", 1, priority="someday")
    other = item(3, "Third", 2)
    with MessagesApi(tasks(item(1), bad, other), tasks(item(2, "Second", 1), item(9, "Stranger"))) as api:
        events = await events_of(ClaudePlanner(options(api)).plan(PRD))
        [_, again] = api.calls
    gathered = Gathered()
    for event in events:
        gathered.take(event)
    assert sorted(gathered.tasks) == [1, 2, 3]
    assert gathered.tasks[2].priority == "high"
    assert gathered.tasks[3].dependencies == [2]
    said = again.body["messages"][2]["content"][0]["text"]
    assert "id 2: priority:" in said
    assert "someday" in said
    assert "id 3" not in said
    assert any("not asked for again" in text for text in gathered.problems)


async def test_circles_are_asked_again_and_then_broken() -> None:
    circle = (item(1, "A", 2), item(2, "B", 1), item(3, "C", 3))
    outcome = await planned([tasks(*circle), tasks(*circle[:2])])
    drafts = outcome.gathered.tasks
    assert {key: draft.dependencies for key, draft in drafts.items()} == {1: [], 2: [1], 3: []}
    assert any("in a circle" in text for text in outcome.gathered.problems)
    assert any("depended on itself" in text for text in outcome.gathered.problems)


async def test_a_task_that_comes_twice_is_kept_once() -> None:
    outcome = await planned([tasks(item(1, "A"), item(1, "A"), item(2, "B", 1))])
    assert [draft.title for draft in outcome.gathered.tasks.values()] == ["A", "B"]
    assert outcome.gathered.tasks[2].dependencies == [1]
    assert outcome.requests == 1


async def test_scores_that_are_missing_are_asked_again_and_strangers_dropped() -> None:
    script = [
        scores(score("1"), score("1", 9), score("7"), score("2", 40)),
        scores(score("2", 4), score("3", 3)),
    ]
    with MessagesApi(*script) as api:
        gathered = Gathered()
        for event in await events_of(ClaudePlanner(options(api)).analyse([task("1"), task("2"), task("3")])):
            gathered.take(event)
        again = api.calls[1].body["messages"][2]["content"][0]["text"]
    assert {key: found.score for key, found in gathered.scores.items()} == {"1": 5, "2": 4, "3": 3}
    assert 'taskId "2": complexityScore: Input should be less than or equal to 10' in again
    assert 'taskId "3": there is no entry for it' in again
    assert 'taskId "1"' not in again
    said = "\n".join(gathered.problems)
    assert "task 7, which was not asked for" in said
    assert "Task 1 was scored twice" in said


async def test_a_group_that_fails_leaves_the_other_scores() -> None:
    def answer(request: Any) -> Scenario:
        return (
            refusal()
            if '"id": "3"' in request.body["messages"][0]["content"][-1]["text"]
            else scores(score("1"), score("2"))
        )

    with MessagesApi(answer=answer) as api:
        events: list[Any] = []
        every = [task(key) for key in "1234"]
        with pytest.raises(RefusedByModel, match="Of 4 tasks, 2 had been scored"):
            await events_of(ClaudePlanner(options(api, group_size=2)).analyse(every), events)
    assert "Done" not in [type(event).__name__ for event in events]


async def test_subtasks_restart_for_their_own_task_only() -> None:
    broken = subtasks(subitem(1), subitem(2), subitem(3), cut="drop", cut_after=32)
    with MessagesApi(broken, subtasks(subitem(1, "New"))) as api:
        events = await events_of(ClaudePlanner(options(api)).expand(task("5")))
    assert [event.parent_key for event in events if isinstance(event, StartedAgain)] == ["5"]


async def test_a_large_call_is_counted_and_confirmed_first() -> None:
    asked: list[Estimate] = []

    async def no(estimate: Estimate) -> bool:
        asked.append(estimate)
        return False

    with MessagesApi(tasks(item(1))) as api:
        api.tokens_counted = 5000
        planner = ClaudePlanner(options(api, confirm_above=400, confirm=no, model="claude-sonnet-5-5"))
        with pytest.raises(Cancelled):
            await events_of(planner.plan(PRD))
        assert api.calls == []
        [count] = api.requests
    assert count.path == "/v1/messages/count_tokens"
    assert "output_config" in count.body
    assert "max_tokens" not in count.body
    assert (asked[0].input_tokens, asked[0].counted) == (5000, True)
    assert asked[0].dollars == pytest.approx((5000 * 2.5 + 32_000 * 10) / 1_000_000)


async def test_an_endpoint_that_cannot_count_is_no_reason_to_stop() -> None:
    with MessagesApi(tasks(item(1))) as api:
        api.count_status = 500
        events = await events_of(ClaudePlanner(options(api, confirm_above=10)).plan(PRD))
    said = [event.text for event in events if isinstance(event, Problem)]
    assert any(text.startswith("About") and "tokens go to" in text for text in said)


async def test_a_pause_between_attempts_is_left_at_once() -> None:
    with MessagesApi(fails(429, "rate_limit_error", retry_after="50")) as api:
        said = asyncio.Event()

        async def read() -> None:
            async for event in ClaudePlanner(options(api)).plan(PRD):
                if isinstance(event, Problem):
                    said.set()

        reading = asyncio.create_task(read())
        await asyncio.wait_for(said.wait(), 10)
        reading.cancel()
        await asyncio.wait([reading], timeout=10)
        assert reading.cancelled()
        assert len(api.calls) == 1
