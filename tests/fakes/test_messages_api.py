"""The loopback server says only what the real types allow, and cuts where it is told to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.fakes.claude import item, score, scores, subitem, subtasks, tasks
from tests.fakes.messages_api import MessagesApi
from tests.fakes.messages_replies import Scenario, events, fails, refusal, says, searches, stream_of

GOOD = {
    "tasks": tasks(item(1), item(2)),
    "subtasks": subtasks(subitem(1)),
    "scores": scores(score("1")),
    "text": says("Über alles 🚀", piece=1, write=1),
    "cut off": tasks(item(1), stop_reason="max_tokens"),
    "refusal": refusal("It could do harm."),
    "refusal without words": refusal(),
    "search": searches("x", [("Title", "https://example.org/")], "Notes", stop_reason="pause_turn"),
}


def strict_client(api: MessagesApi) -> Any:
    import anthropic

    return anthropic.AsyncAnthropic(
        api_key="k", base_url=api.base_url, max_retries=0, _strict_response_validation=True
    )


@pytest.mark.parametrize("name", GOOD)
async def test_every_event_is_one_of_the_sdks_types(name: str) -> None:
    from anthropic.types import RawMessageStreamEvent
    from pydantic import TypeAdapter

    adapter: TypeAdapter[Any] = TypeAdapter(RawMessageStreamEvent)
    sent = [event for event in events(GOOD[name], "claude-test-1") if not isinstance(event, bytes)]
    for event in sent:
        if event["type"] != "ping":
            adapter.validate_python(event)
    with MessagesApi(GOOD[name]) as api:
        async with strict_client(api) as client:
            arguments = {
                "model": "claude-test-1",
                "max_tokens": 10,
                "messages": [{"role": "user", "content": "x"}],
            }
            stream = await client.messages.create(**arguments, stream=True)
            got = [event.type async for event in stream]
    assert got == [event["type"] for event in sent if event["type"] != "ping"]


async def test_models_and_counts_are_of_the_sdks_types() -> None:
    with MessagesApi() as api:
        async with strict_client(api) as client:
            assert [model.id async for model in client.models.list()] == ["claude-test-1", "claude-test-2"]
            count = await client.messages.count_tokens(model="m", messages=[{"role": "user", "content": "x"}])
    assert count.input_tokens == 1000


async def test_errors_are_read_as_the_sdk_reads_them() -> None:
    import anthropic

    with MessagesApi(fails(429, "rate_limit_error", "slow down", retry_after="3")) as api:
        async with strict_client(api) as client:
            with pytest.raises(anthropic.RateLimitError) as caught:
                await client.messages.create(
                    model="m", max_tokens=1, messages=[{"role": "user", "content": "x"}], stream=True
                )
    assert caught.value.type == "rate_limit_error"
    assert caught.value.api_message == "slow down"
    assert caught.value.response.headers["retry-after"] == "3"


def test_pieces_split_strings_and_writes_split_characters() -> None:
    scenario = tasks(item(1), piece=3, write=5)
    data = stream_of(scenario, "m")
    writes = [data[start : start + 5] for start in range(0, len(data), 5)]
    assert any(not _decodes(write) for write in writes)
    texts = [
        event["delta"]["text"] for event in events(scenario, "m") if "delta" in event and "index" in event
    ]
    assert all(len(text) <= 3 for text in texts)
    assert json.loads("".join(texts))["tasks"][0]["details"] == "Über alles 🚀 und mehr"
    assert data.count(b"event: ping") > 3


def _decodes(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


async def test_a_request_that_was_not_scripted_fails() -> None:
    import anthropic

    with MessagesApi() as api:
        async with strict_client(api) as client:
            with pytest.raises(anthropic.BadRequestError, match="did not script"):
                await client.messages.create(
                    model="m", max_tokens=1, messages=[{"role": "user", "content": "x"}]
                )


def test_a_cut_stops_after_so_many_pieces() -> None:
    cut = Scenario(**{**says("abcdef", piece=1).__dict__, "cut": "drop", "cut_after": 2})
    kinds = [event["type"] for event in events(cut, "m") if not isinstance(event, bytes)]
    assert kinds.count("content_block_delta") == 2
    assert "message_stop" not in kinds
