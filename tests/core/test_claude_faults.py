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
    tasks,
)
from tests.fakes.messages_api import MessagesApi
from tests.fakes.messages_replies import Scenario, error_body, fails, refusal, says

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
        assert "Nothing was saved." in outcome.failure.message
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
    outcome = await planned([cut("stall")] * 2, silence_timeout=1.0, retries=1)
    assert type(outcome.failure) is Interrupted
    assert "fell silent in the middle" in outcome.failure.message
    assert outcome.requests == 2


async def test_nobody_there() -> None:
    # Bound but not listening: nobody else gets this port, and who calls it is turned away.
    with MessagesApi() as api, socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        address = f"http://someone:secret@127.0.0.1:{silent.getsockname()[1]}"
        planner = ClaudePlanner(options(api, base_url=address, retries=1))
        with pytest.raises(Unreachable, match=f"{MODEL} at 127.0.0.1:.*2 times") as caught:
            await events_of(planner.plan(PRD))
    assert "secret" not in caught.value.message


@pytest.mark.parametrize(
    "address", ["http://[bad", "ftp://127.0.0.1/", "nonsense", "", "http://127.0.0.1:99999"]
)
async def test_an_address_that_is_none(address: str) -> None:
    with MessagesApi() as api:
        planner = ClaudePlanner(options(api, base_url=address, retries=0))
        with pytest.raises(PlannerFailure, match=r"an address without a host|127\.0\.0\.1"):
            await events_of(planner.plan(PRD))


@pytest.mark.parametrize("key", ["sk-line\nbreak", "sk-ümlaut", "sk-\x00zero", " "])
async def test_a_key_that_cannot_be_sent_is_not_shown(key: str) -> None:
    with MessagesApi(fails(401, "authentication_error")) as api:
        planner = ClaudePlanner(options(api, api_key=key, retries=0))
        with pytest.raises(PlannerFailure) as caught:
            await events_of(planner.plan(PRD))
    assert key.strip() == "" or key not in "".join(traceback.format_exception(caught.value))


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


@pytest.mark.parametrize(("status", "error"), [(404, "not_found_error"), (500, "api_error"), (404, "")])
async def test_an_endpoint_that_cannot_count_is_no_reason_to_stop(status: int, error: str) -> None:
    with MessagesApi(tasks(item(1))) as api:
        api.count_fails = (status, error_body(error) if error else {})
        events = await events_of(ClaudePlanner(options(api, confirm_above=10)).plan(PRD))
    said = [event.text for event in events if isinstance(event, Problem)]
    assert any(text.startswith("About") and "tokens go to" in text for text in said)


async def test_a_pause_between_attempts_is_left_at_once() -> None:
    with MessagesApi(fails(429, "rate_limit_error", retry_after="50")) as api:
        said = asyncio.Event()
        texts: list[str] = []

        async def read() -> None:
            async for event in ClaudePlanner(options(api)).plan(PRD):
                if isinstance(event, Problem):
                    texts.append(event.text)
                    said.set()

        reading = asyncio.create_task(read())
        await asyncio.wait_for(said.wait(), 10)
        reading.cancel()
        await asyncio.wait([reading], timeout=10)
        assert reading.cancelled()
        assert len(api.calls) == 1
    assert [text.endswith("Trying again in 50 s (1 of 2).") for text in texts] == [True]


NONSENSE = [
    b"",
    b"\x00\xff\xfe garbage \n\n",
    b"event: message_start\ndata: []\n\n",
    b'event: message_start\ndata: {"type": "message_start"}\n\n',
    b'event: message_start\ndata: {"type": "message_start", "message": {"content": 7, "usage": "none"}}\n\n',
    b'event: content_block_stop\ndata: {"type": "content_block_stop", "index": 5}\n\n',
    b'event: message_delta\ndata: {"type": "message_delta", "delta": null, "usage": null}\n\n',
    b"event: error\ndata: not json\n\n",
    b'event: error\ndata: {"error": "plain"}\n\n',
    b"<html><body>Sign in to the network</body></html>",
]


@pytest.mark.parametrize("raw", NONSENSE)
async def test_nonsense_from_an_endpoint_is_a_failure_and_no_traceback(raw: bytes) -> None:
    outcome = await planned([Scenario(raw=raw)], retries=0)
    assert isinstance(outcome.failure, PlannerFailure)
    assert outcome.requests == 1
    assert not outcome.gathered.tasks
