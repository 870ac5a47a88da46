"""Reading commands over task files nobody would write: no fault, no control character, nothing changed."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fakes.command_line import CommandLine

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
ODD: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
IDS = st.integers(0, 4) | st.sampled_from(["1", "2.1", "1.1", "", "x y"]) | ODD
STATUSES = st.sampled_from(["pending", "done", "in-progress"]) | ODD


def task(subtasks: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {},
        optional={
            "id": IDS,
            "title": TEXTS | ODD,
            "description": TEXTS | ODD,
            "status": STATUSES,
            "priority": st.sampled_from(["high", "low"]) | ODD,
            "dependencies": st.lists(IDS, max_size=3) | ODD,
            "subtasks": subtasks,
            "complexity": ODD,
            "extra": ODD,
        },
    )


TASKS = st.lists(task(st.lists(task(ODD), max_size=3) | ODD) | ODD, max_size=5)
FILES = st.fixed_dictionaries({"master": st.fixed_dictionaries({"tasks": TASKS})}) | st.fixed_dictionaries(
    {"tasks": TASKS, "meta": ODD}
)

COMMANDS = [
    ["list", "--json"],
    ["list", "all"],
    ["list", "--ready", "--compact"],
    ["next"],
    ["next", "--json"],
    ["graph", "--all"],
    ["graph", "--json"],
    ["graph", "--format", "mermaid"],
    ["validate-dependencies", "--json"],
    ["fix-dependencies", "--dry-run"],
    ["complexity-report"],
    ["tags", "--show-metadata"],
    ["doctor"],
    ["set-status", "1", "review"],
    ["undo"],
]


@settings(
    max_examples=40, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(FILES)
def test_any_file_that_is_json_is_read_without_a_fault(cli: CommandLine, content: dict[str, Any]) -> None:
    data = json.dumps(content, ensure_ascii=False, indent=2).encode()
    cli.file.write_bytes(data)
    keys = ["1", "1.1", "?1"]
    for arguments in (*COMMANDS, ["show", ",".join(keys)], ["show", ",".join(keys), "--json"]):
        result = cli(*arguments)
        assert "fault of Taskdeck" not in result.err, (arguments, result.err)
        assert result.code in (0, 1, 3)
        shown = (result.out + result.err).replace("\n", "")
        assert not any(ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0 for character in shown)
        if "--json" in arguments and result.out:
            json.loads(result.out)
    assert cli.file.read_bytes() == data
    objects = [item for item in _listed(content) if isinstance(item, dict)]
    assert cli("list", "--json").json["tasks"] == objects


def _listed(content: dict[str, Any]) -> list[Any]:
    found: list[Any] = content["tasks"] if "tasks" in content else content["master"]["tasks"]
    return found
