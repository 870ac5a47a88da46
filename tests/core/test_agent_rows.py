"""The row of a line of an agent's log, and the parts that make it: masking, cutting into lines."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.agents.cut_json import complete
from core.agents.line_splitting import LineSplitter
from core.agents.masking import Masking, ShapeMasking
from core.agents.rows import KINDS, AgentReader
from core.agents.words import several, size
from core.logs.facts import LineFacts
from core.logs.line import Line
from core.logs.lines import LineLog
from tests.fakes.agent_events import KNOWN, answers, init, result, says, text, tool
from tests.fakes.secrets import SECRETS, seen_of

SECRET = "sk-ant-0123456789"


def row(reader: AgentReader, event: dict[str, Any], time: float = 0.0, source: str = "docs-5") -> LineFacts:
    data = json.dumps(event).encode()
    return reader(Line(0, source, time, data, len(data)))


def test_a_call_and_its_result_tell_what_on_what_how_large_and_how_long() -> None:
    reader = AgentReader()
    row(reader, init())
    call = row(
        reader,
        says("m", tool("t", "Write", file_path="/srv/app/task-5/prompt.md", content="é" * 1050)),
        10.0,
    )
    assert (call.kind, call.glyph, call.label, call.text, call.detail) == (
        "tool",
        "▸",
        "Write",
        "task-5/prompt.md",
        "2.1 kB",
    )
    done = row(reader, answers("t", "File created"), 10.4)
    assert (done.kind, done.glyph, done.label, done.text, done.detail) == (
        "result",
        "✓",
        "Write",
        "task-5/prompt.md",
        "12 B",
    )
    assert done.seconds == pytest.approx(0.4)


def test_paths_are_short_also_when_nobody_read_the_beginning(tmp_path: Path) -> None:
    path = tmp_path / "docs-5" / "log"
    path.parent.mkdir()
    calls = [
        says("m", tool("a", "Write", file_path="/srv/app/task-5/prompt.md", content="")),
        says("m", tool("b", "Read", file_path=f"{path.parent}/input/tasks.json")),
        says("m", tool("c", "Read", file_path="/etc/hosts")),
    ]
    path.write_text("a banner\n" + "".join(json.dumps(event) + "\n" for event in (init(), *calls)))
    log = LineLog.open_file(path, "docs-5")
    log.refresh()
    reader = AgentReader()
    reader.know(log)
    rows = [reader(line).text for line in log.lines(2, 3)]
    assert rows == ["task-5/prompt.md", "input/tasks.json", "/etc/hosts"]
    log.close()


def test_who_called_no_model_has_no_price() -> None:
    free = result(total_cost_usd=0, usage={}, modelUsage={})
    assert row(AgentReader(), free).cost is None
    assert row(AgentReader(), result(total_cost_usd=0, usage={"output_tokens": 5})).cost == 0


def test_a_failed_result_shows_its_first_line_as_an_error() -> None:
    reader = AgentReader()
    row(reader, says("m", tool("t", "Bash", command="make")))
    failed = row(reader, answers("t", "make: *** no rule\nmore", True))
    assert (failed.level, failed.glyph, failed.label, failed.text) == (
        "error",
        "✗",
        "Bash",
        "make: *** no rule",
    )


def test_the_end_tells_turns_seconds_and_cost() -> None:
    end = row(AgentReader(), result(num_turns=4, duration_ms=1242, total_cost_usd=0.00188))
    assert (end.kind, end.label, end.text, end.detail) == ("end", "finished", "Done.", "4 turns")
    assert (end.seconds, end.cost) == (1.242, 0.00188)


def test_a_line_of_several_blocks_is_one_row() -> None:
    both = row(
        AgentReader(),
        says("m", text("First."), tool("t", "Read", file_path="a"), tool("u", "Read", file_path="b")),
    )
    assert (both.label, both.text) == ("Read", "a; Read b; First.")


def test_agents_with_the_same_call_ids_are_kept_apart() -> None:
    reader = AgentReader()
    for source, path in (("a", "one.md"), ("b", "two.md")):
        row(reader, says("m", tool("t", "Read", file_path=path)), source=source)
    assert [row(reader, answers("t"), source=source).text for source in "ab"] == ["one.md", "two.md"]


def test_every_line_of_a_kind_holds_one_of_its_hints() -> None:
    reader = AgentReader()
    for event in (*KNOWN, result(is_error=True), answers("t", "x", True)):
        facts = row(reader, event)
        hints = reader.hint(frozenset(), frozenset((facts.kind,)))
        data = json.dumps(event).lower().encode()
        assert hints
        assert any(hint in data for hint in hints)
        if facts.level == "error":
            errors = reader.hint(frozenset(("error",)), frozenset())
            assert errors
            assert any(hint in data for hint in errors)
    assert reader.hint(frozenset(), frozenset(("unheard of",))) is None
    assert all(re.fullmatch("[a-z]+", kind) for kind in KINDS)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from([SECRET, SECRET[:9], "s", "sk-", "text ", "\n"])), st.integers(1, 9))
def test_a_secret_is_masked_wherever_the_stream_is_cut(parts: list[str], step: int) -> None:
    data = "".join(parts).encode()
    masking = Masking([SECRET, "short"])
    found = b"".join(masking.feed(data[n : n + step]) for n in range(0, len(data), step)) + masking.finish()
    assert found == data.replace(SECRET.encode(), "…".encode())
    assert masking.count == data.count(SECRET.encode())


def test_a_secret_that_json_spells_differently_is_masked_too() -> None:
    masking = Masking(['pass"word\\1'])
    data = json.dumps({"a": 'pass"word\\1'}).encode()
    assert masking.feed(data) + masking.finish() == '{"a": "…"}'.encode()


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=200), st.integers(1, 50))
def test_lines_are_whole_wherever_the_stream_is_cut(data: bytes, step: int) -> None:
    splitter = LineSplitter()
    found = [line for n in range(0, len(data), step) for line in splitter.feed(data[n : n + step])]
    assert b"\n".join([*found, b"".join(splitter.finish())]) == data


def test_a_line_too_long_keeps_its_beginning() -> None:
    splitter = LineSplitter(10)
    assert splitter.feed(b"x" * 100 + b"\nshort\n" + b"y" * 5) == [b"x" * 11, b"short"]
    assert splitter.finish() == [b"y" * 5]


words = st.text(max_size=6)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(words, json_values, max_size=3), st.data())
def test_the_beginning_of_an_object_is_an_object(value: dict[str, Any], data: st.DataObject) -> None:
    whole = json.dumps(value)
    cut = data.draw(st.integers(1, len(whole)))
    found = complete(whole[:cut])
    assert found is not None
    assert found.keys() <= value.keys()


def test_words() -> None:
    assert [size(n) for n in (0, 999, 2130, 999_950, 1_500_000, 3_000_000_000)] == [
        "0 B", "999 B", "2.1 kB", "1.0 MB", "1.5 MB", "3.0 GB",
    ]  # fmt: skip
    assert [several(n, "tool") for n in (0, 1, 2)] == ["0 tools", "1 tool", "2 tools"]


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("step", [1, 7, 64, 10_000])
def test_what_looks_like_a_secret_is_masked_wherever_the_stream_is_cut(name: str, step: int) -> None:
    secret = SECRETS[name]
    spelled = json.dumps({"text": f"a\n{secret.text}\nb"})
    data = f"first line\n{secret.text}\nand \x1b[1mmore\n{spelled}\nlast".encode()
    masking = ShapeMasking()
    found = b"".join(masking.feed(data[n : n + step]) for n in range(0, len(data), step)) + masking.finish()
    assert not seen_of(secret, found.decode())
    assert found.startswith(b"first line\n")
    assert found.endswith(b"\nlast")
    assert b"\nand \x1b[1mmore\n" in found
    assert json.loads(found.splitlines()[-2])["text"].startswith("a\n")


def test_an_agent_that_waits_in_the_middle_of_a_line_is_seen() -> None:
    assert ShapeMasking().feed(b"Your name? ") == b"Your name? "


def test_ordinary_output_stays_exact() -> None:
    data = (
        b"\xff\xfe \x1b[2J "
        + b'commit e7c48a1b2c3d4e5f60718293a4b5c6d7e8f90123 task-5 {"tokens": 1234}\r\n' * 400
    )
    masking = ShapeMasking()
    assert (
        b"".join(masking.feed(data[n : n + 100]) for n in range(0, len(data), 100)) + masking.finish() == data
    )
    assert masking.count == 0
