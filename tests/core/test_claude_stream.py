"""The Claude planner over a real connection: what is sent, and what arrives while the answer streams."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from contextlib import aclosing
from pathlib import Path

import pytest

from core.planning.claude import ClaudePlanner
from core.planning.events import SubtaskBegun
from core.planning.failures import AuthFailed, Unreachable
from core.planning.gather import Gathered
from core.planning.options import ClaudeOptions, Standard
from core.planning.planner import (
    Done,
    Problem,
    ScoreComplete,
    SubtaskComplete,
    TaskBegun,
    TaskComplete,
    TextDelta,
    Usage,
)
from core.tasks.complexity import Score
from tests.fakes.claude import (
    KEY,
    MODEL,
    PRD,
    asked_ids,
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
from tests.fakes.loopback import only_loopback
from tests.fakes.messages_api import MessagesApi, Request
from tests.fakes.messages_replies import Scenario, says, searches


def kinds(events: list[object]) -> list[str]:
    return [type(event).__name__ for event in events]


async def test_tasks_arrive_one_by_one_and_whole() -> None:
    with MessagesApi(tasks(item(1), item(2, "", 1), item(3, "", 1, 2), piece=3, write=7)) as api:
        events = await events_of(ClaudePlanner(options(api)).plan(PRD))
    drafts = [event.draft for event in events if isinstance(event, TaskComplete)]
    assert [draft.id for draft in drafts] == [1, 2, 3]
    assert drafts[2].dependencies == [1, 2]
    assert drafts[0].details == "Über alles 🚀 und mehr"
    assert drafts[0].source_lines == (3, 4)
    assert isinstance(events[-1], Done)
    assert MODEL in events[-1].summary


async def test_an_item_is_shown_unfinished_first_and_complete_only_when_the_next_begins() -> None:
    with MessagesApi(tasks(item(1, "Alpha"), item(2, "Beta"), piece=1)) as api:
        events = await events_of(ClaudePlanner(options(api)).plan(PRD))
    shown = [event for event in events if isinstance(event, TaskBegun | TaskComplete)]
    titles = [event.title for event in shown if isinstance(event, TaskBegun) and event.id == 1]
    assert titles == ["A", "Al", "Alp", "Alph", "Alpha"]
    order = [(type(e).__name__, e.id if isinstance(e, TaskBegun) else e.draft.id) for e in shown]
    assert order.index(("TaskComplete", 1)) < order.index(("TaskBegun", 2)) < order.index(("TaskComplete", 2))


async def test_a_complete_task_is_there_before_the_answer_ends() -> None:
    stalls = tasks(item(1), item(2), item(3), cut="stall", cut_after=30)
    with MessagesApi(stalls) as api:
        planner = ClaudePlanner(options(api))
        async with aclosing(planner.plan(PRD)) as events:
            async for event in events:
                if isinstance(event, TaskComplete):
                    break
        assert await asyncio.to_thread(api.calls[0].ended.wait, 10)
        assert api.calls[0].outcome == "hung up"


async def test_the_request_says_what_it_must() -> None:
    standards = (Standard("CLAUDE.md", "Use tabs."), Standard("style.md", "No puns."))
    with MessagesApi(tasks(item(1))) as api:
        planner = ClaudePlanner(
            options(api, standards=standards, effort="high", language="Dutch", max_tokens=9000)
        )
        await events_of(planner.plan(PRD, count=7))
        [request] = api.calls
    body = request.body
    assert body["model"] == MODEL
    assert body["stream"] is True
    assert body["max_tokens"] == 9000
    assert body["output_config"]["effort"] == "high"
    form = body["output_config"]["format"]
    assert form["type"] == "json_schema"
    assert form["schema"]["additionalProperties"] is False
    assert form["schema"]["required"] == ["tasks"]
    fields = form["schema"]["$defs"]["TaskItem"]["properties"]
    assert {
        "id",
        "title",
        "description",
        "details",
        "testStrategy",
        "priority",
        "dependencies",
    } <= fields.keys()
    assert "tools" not in body
    rules, attached = body["system"]
    assert "cache_control" not in rules
    assert "Dutch" in rules["text"]
    assert attached["cache_control"] == {"type": "ephemeral"}
    assert "CLAUDE.md" in attached["text"]
    assert "No puns." in attached["text"]
    document, how = body["messages"][0]["content"]
    assert "3| - The shop must show its wares." in document["text"]
    assert document["cache_control"] == {"type": "ephemeral"}
    assert "About 7 tasks" in how["text"]
    assert KEY not in request.raw.decode()
    assert KEY in request.headers["authorization"]


async def test_the_base_url_may_end_as_other_tools_write_it() -> None:
    with MessagesApi(tasks(item(1))) as api:
        await events_of(ClaudePlanner(options(api, base_url=api.base_url + "/v1/")).plan(PRD))
        assert [request.path for request in api.requests] == ["/v1/messages"]
        [rules] = api.calls[0].body["system"]
    assert rules["cache_control"] == {"type": "ephemeral"}


async def test_the_sdk_finds_no_credentials_or_address_of_its_own(
    monkeypatch: pytest.MonkeyPatch, own_home: Path
) -> None:
    profile = own_home / "config" / "anthropic" / "configs"
    profile.mkdir(parents=True)
    (profile / "default.json").write_text(
        json.dumps({"api_key": "sk-from-profile", "base_url": "http://127.0.0.1:9"})
    )
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"):
        monkeypatch.setenv(name, "sk-from-environment")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("ANTHROPIC_CONFIG_DIR", str(own_home / "config" / "anthropic"))
    with MessagesApi(tasks(item(1))) as api:
        await events_of(ClaudePlanner(options(api)).plan(PRD))
        [request] = api.requests
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert "sk-from" not in json.dumps(request.headers)


async def test_by_default_only_anthropic_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = only_loopback(monkeypatch)
    with pytest.raises(Unreachable, match=r"at api\.anthropic\.com: cannot be reached"):
        await events_of(ClaudePlanner(ClaudeOptions(api_key=KEY, retries=1, first_pause=0.01)).plan(PRD))
    assert refused
    assert set(refused) == {"api.anthropic.com"}


async def test_the_planner_works_where_only_loopback_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = only_loopback(monkeypatch)
    with MessagesApi(searches("x", [], "Notes."), tasks(item(1))) as api:
        await events_of(ClaudePlanner(options(api, research=True)).plan(PRD))
    assert refused == []


async def test_without_a_key_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-from-environment")
    with MessagesApi() as api:
        with pytest.raises(AuthFailed, match="no key"):
            await events_of(ClaudePlanner(options(api, api_key="")).plan(PRD))
        assert api.requests == []


async def test_appended_tasks_are_numbered_on_and_may_depend_on_present_ones() -> None:
    present = [task("1"), task("2"), task("7"), task("auth")]
    with MessagesApi(tasks(item(8, "", 2), item(9, "", 8, 7))) as api:
        events = await events_of(ClaudePlanner(options(api)).plan(PRD, existing=present))
        text = api.calls[0].said
    drafts = [event.draft for event in events if isinstance(event, TaskComplete)]
    assert [(draft.id, draft.dependencies) for draft in drafts] == [(8, [2]), (9, [8, 7])]
    assert "count up from 8" in text
    assert "Task auth" in text


async def test_another_count_than_asked_is_kept_and_said() -> None:
    with MessagesApi(tasks(item(1), item(2), item(3))) as api:
        events = await events_of(ClaudePlanner(options(api)).plan(PRD, count=10))
    said = [event.text for event in events if isinstance(event, Problem)]
    assert said == ["About 10 were asked for, 3 came: all are kept."]
    assert kinds(events).count("TaskComplete") == 3


async def test_analysis_goes_in_groups_and_skips_what_is_over() -> None:
    def answer(request: Request) -> Scenario:
        return scores(*[score(key, 7.5) for key in asked_ids(request)])

    every = [task(str(number)) for number in range(1, 8)]
    every += [task("8", status="done"), task("9", status="cancelled")]
    with MessagesApi(answer=answer) as api:
        events = await events_of(ClaudePlanner(options(api, group_size=3)).analyse(every))
        assert sorted(len(asked_ids(request)) for request in api.calls) == [1, 3, 3]
    found = {event.score.task_id: event.score for event in events if isinstance(event, ScoreComplete)}
    assert sorted(found) == ["1", "2", "3", "4", "5", "6", "7"]
    assert found["4"].score == 7.5
    assert found["4"].prompt == "Mind the seams"
    assert kinds(events).count("Done") == 1


async def test_a_task_is_expanded_with_its_analysis_in_mind() -> None:
    known = Score("5", "Task 5", 8, 4, "Cut by layer", "Because")
    with MessagesApi(subtasks(subitem(1), subitem(2, "", 1), piece=5)) as api:
        events = await events_of(ClaudePlanner(options(api)).expand(task("5"), score=known, prompt="No ORM"))
        said = api.calls[0].said
    assert "Cut by layer" in said
    assert "About 4 subtasks" in said
    assert "No ORM" in said
    drafts = [
        (e.parent_key, e.draft.id, e.draft.dependencies) for e in events if isinstance(e, SubtaskComplete)
    ]
    assert drafts == [("5", 1, []), ("5", 2, [1])]
    assert {event.parent_key for event in events if isinstance(event, SubtaskBegun)} == {"5"}


async def test_one_task_is_added_by_a_wish() -> None:
    with MessagesApi(tasks(item(4, "Search", 2), item(5, "More"))) as api:
        present = [task("1"), task("2"), task("3")]
        events = await events_of(ClaudePlanner(options(api)).add_task("a search", present))
        said = api.calls[0].said
    drafts = [event.draft for event in events if isinstance(event, TaskComplete)]
    assert [(draft.id, draft.title, draft.dependencies) for draft in drafts] == [(4, "Search", [2])]
    assert "a search" in said
    assert "Task 3" in said
    assert any("More came" in event.text for event in events if isinstance(event, Problem))


async def test_a_task_is_revised_by_a_wish() -> None:
    old = task("7", title="Log in", details="By password.", dependencies=[2])
    with MessagesApi(tasks(item(7, "Log in", 2, details="By passkey."))) as api:
        events = await events_of(ClaudePlanner(options(api)).revise(old, "use passkeys", [task("2"), old]))
        said = api.calls[0].said
    [draft] = [event.draft for event in events if isinstance(event, TaskComplete)]
    assert (draft.id, draft.details, draft.dependencies) == (7, "By passkey.", [2])
    assert "By password." in said
    assert "use passkeys" in said


async def test_a_draft_streams_as_text() -> None:
    text = "# Shop\n\n## Problem\nNo wäres 🚀.\n"
    with MessagesApi(says(text, piece=4, write=5)) as api:
        events = await events_of(ClaudePlanner(options(api)).draft_prd("a shop"))
        assert "output_config" not in api.calls[0].body
    pieces = [event.text for event in events if isinstance(event, TextDelta)]
    assert len(pieces) > 5
    assert "".join(pieces) == text
    assert isinstance(events[-1], Done)


async def test_research_searches_first_and_keeps_the_sources_with_the_task() -> None:
    found = [("Stripe", "https://stripe.example/doc"), ("Tax", "https://tax.example/")]
    paused = searches("payments", found, "So far.", stop_reason="pause_turn")
    with MessagesApi(paused, says("Notes on VAT."), tasks(item(1, sources=[2, 9]), item(2))) as api:
        changes = {
            "research": True,
            "research_model": "claude-test-2",
            "web_search_tool": "web_search_20260318",
        }
        events = await events_of(ClaudePlanner(options(api, **changes)).plan(PRD))
        first, second, last = [request.body for request in api.calls]
    assert first["model"] == second["model"] == "claude-test-2"
    assert first["tools"] == [{"type": "web_search_20260318", "name": "web_search", "max_uses": 5}]
    assert second["messages"][1]["role"] == "assistant"
    assert second["messages"][1]["content"][0]["type"] == "server_tool_use"
    assert last["model"] == MODEL
    assert "tools" not in last
    assert "Notes on VAT." in json.dumps(last["messages"])
    assert "2. Tax: https://tax.example/" in json.dumps(last["messages"])
    drafts = [event.draft for event in events if isinstance(event, TaskComplete)]
    assert drafts[0].details.endswith("Sources:\n- Tax: https://tax.example/")
    assert "Sources" not in drafts[1].details
    problems = [event.text for event in events if isinstance(event, Problem)]
    assert "Searching the web for “payments”." in problems


async def test_usage_is_told_for_each_call() -> None:
    used = {"input_tokens": 10, "output_tokens": 20, "cache_read_input_tokens": 300}
    with MessagesApi(tasks(item(1), usage=used)) as api:
        events = await events_of(ClaudePlanner(options(api, model="claude-sonnet-5-5")).plan(PRD))
    [usage] = [event for event in events if isinstance(event, Usage)]
    assert (usage.input_tokens, usage.output_tokens, usage.cache_read_tokens) == (10, 20, 300)
    assert usage.dollars == pytest.approx((10 * 2 + 20 * 10 + 300 * 0.1) / 1_000_000)


async def test_a_model_that_will_be_switched_off_is_said() -> None:
    with MessagesApi(tasks(item(1))) as api:
        events = await events_of(ClaudePlanner(options(api, model="claude-sonnet-4-5")).plan(PRD))
    assert any("deprecated" in event.text for event in events if isinstance(event, Problem))


@pytest.mark.parametrize("stop", ["close the stream", "cancel the task"])
async def test_stopping_hangs_up_at_once(stop: str) -> None:
    with MessagesApi(tasks(item(1), item(2), item(3), cut="stall", cut_after=30)) as api:
        gathered = Gathered()
        arrived = asyncio.Event()

        async def read() -> None:
            async with aclosing(ClaudePlanner(options(api)).plan(PRD)) as events:
                async for event in events:
                    gathered.take(event)
                    if gathered.tasks:
                        arrived.set()
                        if stop == "close the stream":
                            return

        reading = asyncio.create_task(read())
        await asyncio.wait_for(arrived.wait(), 10)
        if stop == "cancel the task":
            reading.cancel()
        await asyncio.wait([reading], timeout=10)
        assert reading.done()
        assert await asyncio.to_thread(api.calls[0].ended.wait, 10)
        assert api.calls[0].outcome == "hung up"
        assert gathered.done is None


def test_importing_the_planner_does_not_import_the_sdk(tmp_path: Path) -> None:
    code = (
        "import sys, core.planning.claude as c, core.planning.options as o\n"
        "c.ClaudePlanner(o.ClaudeOptions(api_key='k'))\n"
        "print([name for name in ('anthropic', 'httpx2', 'textual', 'rich') if name in sys.modules])"
    )
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env=environment,
    )
    assert result.stdout.strip() == "[]"
