"""The traps seen in real captures of agents' event streams, one test or more for each."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.agents.events import Event, Other, Plain, Result, Said, Thinking, Thought, ToolUse
from core.agents.judge import Outcome
from core.agents.reading import LONGEST, read_events
from core.agents.rows import AgentReader
from core.agents.view import AgentState, AgentView
from core.agents.watch import AgentWatch
from core.logs.facts import LineFacts
from core.logs.line import LINE_PREFIX, Line
from tests.fakes.agent_events import KNOWN, STARTED, answers, init, result, says, text, tool

SESSION = "5a6a0e80-1e53-45a4-9aa4-1f2bb8702fbf"


def watched(*events: dict[str, Any] | str, silence: float = 60) -> AgentWatch:
    """A watch that was fed one line each second, from second 1000 on."""
    watch = AgentWatch(999.0, silence)
    for second, event in enumerate(events):
        line = event if isinstance(event, str) else json.dumps({**event, "session_id": SESSION})
        watch.feed_line(line, 1000.0 + second)
    return watch


def view(*events: dict[str, Any] | str) -> AgentView:
    return watched(*events).view


def outcome(*events: dict[str, Any] | str, exit_code: int | None = 0) -> Outcome:
    watch = watched(*events)
    watch.ended(exit_code, 2000.0)
    assert watch.outcome is not None
    return watch.outcome


def row(
    event: dict[str, Any] | str, reader: AgentReader | None = None, time: float | None = None
) -> LineFacts:
    data = (event if isinstance(event, str) else json.dumps(event)).encode()
    return (reader or AgentReader())(Line(0, "docs-5", time, data[:LINE_PREFIX], len(data)))


def one(event: dict[str, Any] | str) -> Event:
    (found,) = read_events(event if isinstance(event, str) else json.dumps(event))
    return found


# 1. Do not test for a line prefix.


def test_trap_1_a_result_is_known_wherever_its_type_stands() -> None:
    late = '{"duration_api_ms": 4593, "total_cost_usd": 0.06, "type": "result", "num_turns": 2}'
    found = one(late)
    assert isinstance(found, Result)
    assert (found.cost, found.turns, found.api_seconds) == (0.06, 2, 4.593)
    assert isinstance(one("  " + late + " "), Result)


# 2. One message of the API is many lines, each with the same usage.


def test_trap_2_the_usage_of_a_message_counts_once_however_many_lines_it_has() -> None:
    blocks = (text("a"), tool("t1", "Read", file_path="x"), tool("t2", "Read", file_path="y"))
    lines = [says("msg_1", block, usage=(100, 4)) for block in blocks]
    seen = view(init(), *lines, says("msg_2", text("b"), usage=(200, 5)))
    assert (seen.tokens_in, seen.tokens_out, seen.turns, seen.tools) == (300, 9, 2, 2)


def test_trap_2_only_the_result_is_final() -> None:
    usage = {
        "claude": {
            "inputTokens": 10,
            "cacheReadInputTokens": 500,
            "cacheCreationInputTokens": 90,
            "outputTokens": 224,
        }
    }
    seen = view(init(), says("m", text("a"), usage=(100, 1)), result(modelUsage=usage))
    assert (seen.tokens_in, seen.tokens_cached, seen.tokens_out) == (600, 500, 224)
    again = view(
        init(), says("m", text("a")), result(modelUsage=usage), init(), says("n", text("b"), usage=(7, 2))
    )
    assert (again.tokens_in, again.tokens_out) == (607, 226)


# 3. Several pairs of init and result; cost is cumulative, usage is per turn.


def test_trap_3_the_last_cost_counts_and_never_the_sum() -> None:
    first = result(total_cost_usd=0.0647, result_index=0, num_turns=2)
    second = result(total_cost_usd=0.0838, result_index=1, num_turns=3)
    seen = view(init(), first, init(), says("m", text("a")), second)
    assert seen.cost == 0.0838
    assert seen.turns == 5


def test_trap_3_usage_without_a_sum_of_models_is_of_each_turn() -> None:
    usage = {"input_tokens": 18, "cache_read_input_tokens": 2, "output_tokens": 5}
    seen = view(init(), result(usage=usage), init(), result(usage=usage))
    assert (seen.tokens_in, seen.tokens_cached, seen.tokens_out) == (40, 4, 10)


# 4. "success" with is_error.


def test_trap_4_is_error_wins_over_the_subtype_success() -> None:
    limit = result(is_error=True, result="Claude AI usage limit reached", terminal_reason="api_error")
    judged = outcome(init(), limit, exit_code=1)
    assert judged.state is AgentState.FAILED
    assert "usage limit reached" in judged.words
    shown = row(limit)
    assert (shown.level, shown.glyph, shown.label) == ("error", "✗", "failed")


@pytest.mark.parametrize(
    ("change", "exit_code", "said"),
    [
        ({}, 3, "exit code 3"),
        ({}, -9, "signal 9"),
        ({"is_error": True}, 0, "error"),
        ({"terminal_reason": "max_turns"}, 0, "max_turns"),
        ({"subtype": "error_max_budget_usd"}, 0, "error_max_budget_usd"),
        ({"subtype": "error_during_execution", "errors": ["it broke"]}, 0, "it broke"),
        (
            {
                "permission_denials": [
                    {"tool_name": "Write", "tool_use_id": "t", "tool_input": {"file_path": "/etc/x"}}
                ]
            },
            0,
            "Write /etc/x",
        ),
    ],
)
def test_trap_4_any_sign_of_failure_is_one(change: dict[str, Any], exit_code: int, said: str) -> None:
    judged = outcome(init(), says("m", text("a")), result(**change), exit_code=exit_code)
    assert judged.state is AgentState.FAILED
    assert said in judged.words
    assert dict(judged.evidence)["exit code"] == str(exit_code)


def test_who_is_killed_is_told_with_its_last_words() -> None:
    for code in (-9, 137):
        judged = outcome(
            "a banner", init(), says("m", text("a")), "", "Segfault: \x1b[31mmemory", exit_code=code
        )
        assert judged.words.endswith("without a result, killed (signal 9): Segfault: ␛[31mmemory.")
    assert outcome("a banner", init(), exit_code=3).words == "The agent ended without a result, exit code 3."


def test_trap_4_a_refusal_beside_work_that_was_done_is_a_doubt() -> None:
    written = (says("m", tool("t1", "Write", file_path="/srv/app/a.md", content="é")), answers("t1"))
    denial = {"tool_name": "Bash", "tool_use_id": "t2", "tool_input": {"command": "rm -rf /"}}
    judged = outcome(init(), *written, result(permission_denials=[denial]))
    assert judged.succeeded
    assert judged.doubts == ("It was refused Bash rm -rf /.",)
    assert row(result(permission_denials=[denial])).level == "warning"


# 5. Work in the background: turns end and begin again, and completion may come only as task_updated.


def test_trap_5_a_turn_that_ended_with_work_in_the_background_is_not_the_end() -> None:
    watch = watched(init(), STARTED, result())
    assert watch.view.state is AgentState.WORKING
    assert watch.view.words == "waits for 1 background task: build"
    assert watch.hung_since is None
    watch.feed_line(
        json.dumps(
            {"type": "system", "subtype": "task_updated", "task_id": "bg", "patch": {"status": "completed"}}
        ),
        1010.0,
    )
    assert watch.view.state is AgentState.FINISHED_RUNNING
    assert watch.hung_since == 1010.0
    watch.feed_line(json.dumps(init()), 1011.0)
    assert watch.view.state is AgentState.WORKING
    watch.ended(0, 1012.0)
    assert watch.view.state is AgentState.ENDED_WITHOUT_RESULT


def test_trap_5_the_list_of_background_tasks_is_whole() -> None:
    listed = {
        "type": "system",
        "subtype": "background_tasks_changed",
        "tasks": [{"task_id": "bg", "description": "build"}],
    }
    assert view(init(), listed).background == 1
    over = view(init(), listed, {**listed, "tasks": []})
    assert (over.background, over.agents[0].status) == (0, "ended")


# 6. Lines of sub-agents are interleaved.


def test_trap_6_sub_agents_are_grouped_by_the_call_that_began_them() -> None:
    call = says("m1", tool("toolu_a", "Agent", description="Find callers", subagent_type="Explore"))
    inner = says(
        "m2",
        tool("t9", "TodoWrite", todos=[{"content": "look", "status": "in_progress"}]),
        parent_tool_use_id="toolu_a",
    )
    own = says("m3", tool("t1", "TodoWrite", todos=[{"content": "plan", "status": "completed"}]))
    seen = view(init(), call, inner, own)
    assert [(item.agent, item.subject) for item in seen.plan] == [("", "plan"), ("Explore", "look")]
    assert [(agent.name, agent.status) for agent in seen.agents] == [("Explore", "running")]
    assert view(init(), call, inner, own, answers("toolu_a", "found 3")).agents[0].status == "completed"
    named = says(
        "m4", tool("t3", "Read", file_path="a"), parent_tool_use_id="toolu_a", subagent_type="Explore"
    )
    assert row(named).label == "Explore › Read"


# 7. Thinking may have no text, only a signature.


def test_trap_7_empty_thinking_is_shown_by_its_tokens() -> None:
    empty = says("m", {"type": "thinking", "thinking": "", "signature": "c2ln" * 1000})
    assert isinstance(one(empty), Thought)
    assert row(empty).text == "thinks"
    tokens = {
        "type": "system",
        "subtype": "thinking_tokens",
        "estimated_tokens": 50,
        "estimated_tokens_delta": 50,
    }
    assert isinstance(one(tokens), Thinking)
    assert row(tokens).text == "thinks, 50 tokens"
    assert view(init(), tokens).words == "thinks (50 tokens)"


# 8. Few lines carry a timestamp: the arrival is the clock.


def test_trap_8_times_are_those_of_the_arrival() -> None:
    written = says("m", tool("t1", "Write", file_path="/srv/app/a.md", content="hello"))
    seen = view(init(), written, answers("t1"))
    assert (seen.first_event, seen.last_event, seen.since) == (1000.0, 1002.0, 1000.0)
    assert [(file.path, file.time, file.size) for file in seen.files] == [("a.md", 1002.0, 5)]
    reader = AgentReader()
    row(written, reader, time=1001.0)
    assert row(answers("t1"), reader, time=1003.5).seconds == 2.5
    assert one(says("m", text("a"), timestamp="2026-09-29T06:31:14.088Z")).time == 1790663474.088


# 9. Long lines.


def test_trap_9_a_line_of_143_kb_is_read_whole_and_its_row_from_its_beginning() -> None:
    long = answers("t1", "x" * 143_000)
    assert len(one(long).content) == 143_000  # type: ignore[attr-defined]
    reader = AgentReader()
    row(says("m", tool("t1", "Read", file_path="big.txt")), reader)
    shown = row(long, reader)
    assert (shown.kind, shown.label, shown.text, shown.detail) == ("result", "Read", "big.txt", "143.1 kB")


@pytest.mark.parametrize("size", range(40, 400, 7))
def test_trap_9_a_line_cut_anywhere_has_a_row(size: int) -> None:
    data = json.dumps(says("m", tool("t1", "Write", file_path='a\\"b.md', content="é\\\n" * 100))).encode()
    shown = AgentReader()(Line(0, "a", None, data[:size], len(data)))
    assert shown.level == "info"
    if size > 250:
        assert (shown.label, shown.text) == ("Write", 'a\\"b.md')


def test_trap_9_a_line_beyond_all_measure_is_plain_and_cut() -> None:
    found = one("{" + " " * LONGEST + "}")
    assert isinstance(found, Plain)
    assert len(found.text) < 100_000


# 10. Unknown fields and types.


@pytest.mark.parametrize(
    "line",
    [
        '{"type": "brand_new", "subtype": "thing", "x": [1, {"y": null}]}',
        '{"type": "system", "subtype": "ui_invalidate", "event": "ui.render"}',
        '{"no": "type"}',
        '{"type": ["assistant"]}',
        '{"type": "assistant", "message": {"content": [{"type": "hologram"}]}}',
    ],
)
def test_trap_10_what_is_unknown_is_kept_and_shown(line: str) -> None:
    found = one(line)
    assert isinstance(found, Other)
    assert found.raw == line
    assert (row(line).kind, row(line).text) == ("other", line)


WRONG: tuple[Any, ...] = (
    None,
    True,
    -1,
    1e308,
    "x",
    [],
    [None, 1, "a"],
    {},
    {"a": {"b": []}},
    "\ud800",
    float("nan"),
    10**400,
)


@pytest.mark.parametrize("event", KNOWN, ids=lambda event: str(event.get("subtype") or event["type"]))
def test_trap_10_no_value_of_any_field_raises(event: dict[str, Any]) -> None:
    for path in _paths(event):
        for wrong in WRONG:
            line = json.dumps(_with(event, path, wrong))
            watch = watched(init(), line)
            assert watch.view.events >= 1
            assert watch.view.words.isprintable()
            row(line)


def _paths(value: Any, base: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [
        path
        for key, inner in pairs
        for path in [(*base, key), *_paths(inner, (*base, key))]
        if path != ("type",)
    ]


def _with(value: Any, path: tuple[Any, ...], wrong: Any) -> Any:
    if not path:
        return wrong
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _with(value[path[0]], path[1:], wrong)
    return copy


def test_trap_10_every_known_event_is_read_as_one() -> None:
    for event in KNOWN:
        assert not any(isinstance(found, (Other, Plain)) for found in read_events(json.dumps(event)))
        assert row(event).kind not in ("", "other")


# 11. Lines that are no JSON.

PLAIN = (
    *("Starting agent…", "npm warn old", "[1, 2]", '{"cut": ', "null", "\x1b[31m{}"),
    *("{" * 100_000, '{"a":[' * 30_000),
)


@pytest.mark.parametrize("line", PLAIN, ids=range(len(PLAIN)))
def test_trap_11_lines_that_are_no_event_are_plain_text(line: str) -> None:
    found = one(line)
    assert isinstance(found, Plain)
    assert found.text == line
    assert row(line).kind == ""


def test_trap_11_plain_lines_have_levels_and_empty_ones_are_no_events() -> None:
    assert row("ERROR cannot open socket").level == "error"
    assert read_events("") == read_events(b"\r\n") == ()
    (found,) = read_events(b"caf\xe9\r\n")
    assert found == Plain(raw="caf\ufffd", text="caf\ufffd")


# 12. Known hangs and wrong ends.


def test_trap_12_silence_after_a_tool_result_is_a_stall() -> None:
    watch = watched(init(), says("m", tool("t", "Bash", command="cargo doc")), answers("t"), silence=60)
    watch.tick(1061.0)
    assert watch.view.state is AgentState.WORKING
    watch.tick(1132.0)
    assert (watch.view.state, watch.view.since) == (AgentState.STALLED, 1002.0)
    assert watch.view.words == "silent for 2 min 10 s after Bash cargo doc"
    watch.feed_line(json.dumps(says("m2", text("back"))), 1140.0)
    assert watch.view.state is AgentState.WORKING


def test_trap_12_an_agent_that_says_nothing_at_all_stalls() -> None:
    watch = AgentWatch(1000.0, 60)
    assert watch.view.state is AgentState.STARTING
    watch.tick(1070.0)
    assert watch.view.state is AgentState.STALLED
    assert "since it started" in watch.view.words


def test_trap_12_a_tool_that_shows_life_is_no_stall() -> None:
    progress = {"type": "tool_progress", "tool_use_id": "t", "tool_name": "Bash", "elapsed_time_seconds": 60}
    watch = watched(init(), says("m", tool("t", "Bash", command="make")), progress, silence=60)
    watch.tick(1060.0)
    assert watch.view.state is AgentState.WORKING


def test_trap_12_attempts_to_reach_a_dead_model_are_a_stall_and_no_life() -> None:
    retry = {"type": "system", "subtype": "api_retry", "attempt": 9, "max_retries": 10, "error": "unknown"}
    watch = watched(init(), *[retry] * 100, silence=60)
    assert watch.view.state is AgentState.STALLED
    assert "cannot reach its model (unknown), attempt 9 of 10" in watch.view.words


def test_trap_12_a_process_that_lives_on_after_its_result() -> None:
    watch = watched(init(), result())
    assert watch.view.state is AgentState.FINISHED_RUNNING
    assert watch.hung_since == 1001.0
    watch.tick(9999.0)
    assert watch.view.state is AgentState.FINISHED_RUNNING


def test_trap_12_no_result_at_all() -> None:
    judged = outcome(init(), says("m", tool("t", "Bash", command="ls")), answers("t"), exit_code=0)
    assert judged.state is AgentState.ENDED_WITHOUT_RESULT
    assert judged.words == "The agent ended without a result after Bash ls, exit code 0."


def test_trap_12_an_exit_while_background_work_runs_is_a_doubt() -> None:
    judged = outcome(init(), STARTED, result())
    assert judged.succeeded
    assert judged.doubts == ("It ended while 1 background task still ran.",)


# Beside the traps: waiting for a person and for a limit.


def test_waiting_for_a_person_is_no_stall() -> None:
    asks = {"type": "system", "subtype": "session_state_changed", "state": "requires_action"}
    watch = watched(init(), asks, silence=60)
    watch.tick(5000.0)
    assert watch.view.state is AgentState.WAITING
    question = says("m", tool("t", "AskUserQuestion", question="Which?"))
    assert view(init(), question).state is AgentState.WAITING
    assert view(init(), question, answers("t")).state is AgentState.WORKING


def test_a_rate_limit_is_waited_for_until_it_resets() -> None:
    limit = {
        "type": "rate_limit_event",
        "rate_limit_info": {"status": "rejected", "resetsAt": 2000, "rateLimitType": "five_hour"},
    }
    watch = watched(init(), limit, silence=60)
    watch.tick(1900.0)
    assert watch.view.state is AgentState.RATE_LIMITED
    watch.tick(2100.0)
    assert watch.view.state is AgentState.STALLED
    allowed = {"type": "rate_limit_event", "rate_limit_info": {"status": "allowed"}}
    assert view(init(), says("m", text("a")), allowed).state is AgentState.WORKING
    busy = {"type": "system", "subtype": "api_retry", "attempt": 1, "max_retries": 10, "error_status": 529}
    assert view(init(), busy).state is AgentState.RATE_LIMITED
    assert view(init(), busy, says("m", text("a"))).state is AgentState.WORKING


def test_first_state_and_said_words() -> None:
    assert isinstance(one(says("m", text("a"))), Said)
    assert isinstance(one(says("m", tool("t", "X"))), ToolUse)
    both = read_events(json.dumps(says("m", text("a"), tool("t", "X"), tool("u", "Y"))))
    assert [type(event).__name__ for event in both] == ["Said", "ToolUse", "ToolUse"]
