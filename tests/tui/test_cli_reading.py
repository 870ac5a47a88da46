"""list, next, show, graph and complexity-report: what they print, and that they change nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.fakes.command_line import CommandLine


def ids(document: dict[str, Any]) -> list[str]:
    return [str(task["id"]) for task in document["tasks"]]


def test_list_shows_every_task_in_file_order(cli: CommandLine) -> None:
    result = cli("list")
    assert result.code == 0
    assert result.err == ""
    positions = [result.out.index(title) for title in ("Set up", "Database", "Command line", "Service")]
    assert positions == sorted(positions)
    assert "✓ done" in result.out
    assert "◐ in-progress" in result.out
    assert "1/3" in result.out


def test_list_prints_a_hostile_title_as_text(cli: CommandLine) -> None:
    result = cli("list")
    assert "Überblick 日本語 [red]␛[31m" in result.out
    assert "\x1b" not in result.out


def test_list_json_is_one_document_with_task_masters_field_names(cli: CommandLine) -> None:
    result = cli("list", "--json")
    assert ids(result.json) == ["1", "2", "3", "4", "5"]
    assert result.json["tasks"] == cli.data["master"]["tasks"]
    assert result.json["metadata"] == {"total": 5, "filtered": 5, "tag": "master", "storageType": "file"}


def test_list_json_keeps_numbers_as_the_file_writes_them(cli: CommandLine) -> None:
    cli.file.write_text(
        '{"master": {"tasks": [{"id": 1.10, "title": "a", "effort": 1e400, "big": 12345678901234567890}]}}'
    )
    out = cli("list", "--json").out
    assert '"id": 1.10' in out
    assert "1e400" in out
    assert "12345678901234567890" in out
    assert '"id": 1.10' in cli("show", "1.10", "--json").out


def test_list_json_escapes_what_a_terminal_would_act_on(cli: CommandLine) -> None:
    cli.file.write_text('{"master": {"tasks": [{"id": 1, "title": "a\x9bb\x7f\u202e日"}]}}', "utf-8")
    out = cli("list", "--json").out
    assert "\\u009b" in out
    assert not {"\x9b", "\x7f", "\u202e"} & set(out)
    assert json.loads(out)["tasks"][0]["title"] == "a\x9bb\x7f\u202e日"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["pending"], ["3", "4"]),
        (["--status", "pending,done"], ["1", "3", "4"]),
        (["-s", "done"], ["1"]),
        (["--ready"], ["2", "3", "5"]),
        (["--blocking"], ["2", "3"]),
        (["all"], ["1", "2", "3", "4", "5"]),
        (["--tag", "later"], ["1"]),
        (["-t", "later", "-f", "json"], ["1"]),
        (["--all-tags"], ["1", "2", "3", "4", "5", "1"]),
    ],
)
def test_list_filters(cli: CommandLine, arguments: list[str], expected: list[str]) -> None:
    assert ids(cli("list", *arguments, "--json").json) == expected
    assert ids(cli("ls", *arguments, "--json").json) == expected


def test_list_with_subtasks(cli: CommandLine) -> None:
    assert "2.3" not in cli("list").out
    assert "2.3" in cli("list", "--with-subtasks").out
    assert "2.3" in cli("list", "all").out


def test_list_compact_and_silent(cli: CommandLine) -> None:
    assert cli("list", "--compact").out.splitlines()[0] == "1 ✓ done Set up the repository"
    assert cli("list", "--silent").out == ""


def test_an_unknown_tag_is_said(cli: CommandLine) -> None:
    result = cli("list", "--tag", "nope")
    assert result.code == 1
    assert 'no tag "nope"' in result.err
    assert "master, later" in result.err
    assert result.out == ""


def test_list_without_a_project(bare_cli: CommandLine) -> None:
    result = bare_cli("list", "--json")
    assert result.code == 1
    assert result.out == ""
    assert "taskdeck init" in result.err


def test_a_project_is_found_from_below_and_named_from_outside(
    cli: CommandLine, bare_cli: CommandLine
) -> None:
    below = cli.folder / "src" / "deep"
    below.mkdir(parents=True)
    assert ids(CommandLine(below, cli.monkeypatch)("list", "--json").json) == ["1", "2", "3", "4", "5"]
    assert ids(bare_cli("list", "--project", str(cli.folder), "--json").json)[0] == "1"
    assert ids(bare_cli("list", "-p", str(cli.file), "--json").json)[0] == "1"


def test_next_says_which_task_and_why(cli: CommandLine) -> None:
    result = cli("next")
    assert result.code == 0
    assert "2.2" in result.out
    assert "Task 2 is in progress" in result.out


def test_next_json_has_task_masters_shape(cli: CommandLine) -> None:
    document = cli("next", "--json").json
    assert document["found"] is True
    assert document["tag"] == "master"
    assert document["task"]["id"] == "2.2"
    assert document["task"]["parentId"] == "2"
    assert document["task"]["title"] == "Part 2"
    assert document["reasons"]
    assert cli("next", "-f", "json").json == document


def test_next_without_a_task_is_not_an_error(cli: CommandLine) -> None:
    cli.file.write_text('{"master": {"tasks": []}}')
    result = cli("next", "--json")
    assert result.code == 0
    assert result.json["task"] is None
    assert result.json["hasAnyTasks"] is False


@pytest.mark.parametrize(
    "arguments", [["show", "4"], ["show", "--id", "4"], ["show", "--id=4"], ["show", "-i", "4"]]
)
def test_show_one_task_whole(cli: CommandLine, arguments: list[str]) -> None:
    out = cli(*arguments).out
    assert "Service" in out
    assert "Details of Service" in out
    assert "Test of Service" in out
    assert "after 2 ◐, 3 ○" in out


@pytest.mark.parametrize("arguments", [["show", "4,2.1"], ["show", "4", "2.1"], ["show", "--id", "4,2.1"]])
def test_show_several_as_json(cli: CommandLine, arguments: list[str]) -> None:
    document = cli(*arguments, "--json").json
    assert ids(document) == ["4", "2.1"]
    assert document["notFound"] == []
    assert document["tasks"][0] == cli.task("4")


def test_show_picks_subtasks_by_status(cli: CommandLine) -> None:
    out = cli("show", "2", "--status", "done").out
    assert "2.1" in out
    assert "2.2" not in out


def test_show_prints_what_exists_and_says_what_does_not(cli: CommandLine) -> None:
    result = cli("show", "1,77,88", "--json")
    assert result.code == 1
    assert ids(result.json) == ["1"]
    assert result.json["notFound"] == ["77", "88"]
    assert "77, 88" in result.err


def test_show_needs_an_id(cli: CommandLine) -> None:
    assert cli("show").code == 2


def test_graph_shows_stages_and_the_longest_chain(cli: CommandLine) -> None:
    out = cli("graph").out
    assert "stage" in out
    assert "Longest chain of open tasks" in out
    assert "Set up" not in out
    assert "Set up" in cli("graph", "--all").out


def test_graph_as_data_and_as_drawings(cli: CommandLine) -> None:
    document = cli("graph", "--json").json
    assert {"from": "2", "to": "4"} in document["edges"]
    assert [node["id"] for node in document["nodes"] if node["stage"] == 1] == ["1", "5"]
    dot = cli("graph", "--all", "--format", "dot").out
    assert dot.startswith("digraph")
    assert '"2" -> "4";' in dot
    assert "-->" in cli("graph", "--format", "mermaid").out


def test_graph_of_one_task_is_its_chain(cli: CommandLine) -> None:
    document = cli("graph", "3", "--json").json
    assert {node["id"] for node in document["nodes"]} == {"1", "3", "4"}
    assert cli("graph", "99").code == 1


def report(cli: CommandLine, *scores: tuple[int, float]) -> None:
    path = cli.folder / ".taskmaster" / "reports" / "task-complexity-report.json"
    path.parent.mkdir(exist_ok=True)
    entries = [
        {
            "taskId": key,
            "taskTitle": f"T{key}",
            "complexityScore": score,
            "recommendedSubtasks": 4,
            "reasoning": "why",
        }
        for key, score in scores
    ]
    path.write_text(json.dumps({"meta": {"thresholdScore": 5}, "complexityAnalysis": entries}))


def test_complexity_report_beside_the_tasks(cli: CommandLine) -> None:
    report(cli, (2, 3), (4, 8.5), (9, 5))
    out = cli("complexity-report").out
    assert out.index("Service") < out.index("Database")
    assert "▇8.5" in out or "█8.5" in out
    assert "1 high, 1 low" in out
    assert "no longer there: 9" in out
    document = cli("complexity-report", "--json").json
    assert [entry["complexityScore"] for entry in document["complexityAnalysis"]] == [3, 8.5, 5]
    assert "8.5" in cli("list").out
    assert "complexity" in cli("show", "4").out


def test_complexity_report_that_is_not_there(cli: CommandLine) -> None:
    result = cli("complexity-report")
    assert result.code == 1
    assert "analyze-complexity" in result.err


def test_a_damaged_report_is_refused_by_its_command_and_does_not_stop_list(cli: CommandLine) -> None:
    report(cli)
    path = cli.folder / ".taskmaster" / "reports" / "task-complexity-report.json"
    path.write_text("{ broken")
    result = cli("complexity-report")
    assert result.code == 3
    assert "line 1, column" in result.err
    assert cli("list").code == 0


def test_reading_changes_nothing(cli: CommandLine) -> None:
    before = {path: path.read_bytes() for path in cli.folder.rglob("*") if path.is_file()}
    for arguments in (
        ["list"],
        ["next"],
        ["show", "2"],
        ["graph"],
        ["validate-dependencies"],
        ["tags"],
        ["undo", "--list"],
    ):
        assert cli(*arguments).code == 0
    assert {path: path.read_bytes() for path in cli.folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (b"", "line 1, column 1"),
        (b'{"master": {"tasks": [', "line 1"),
        (b'{\n<<<<<<< HEAD\n"master": 1\n=======\n', "line 2, column 1"),
        (b"\xff\xfe{\x00}", "UTF-16"),
    ],
)
def test_a_damaged_file_is_refused_with_line_and_column(cli: CommandLine, content: bytes, where: str) -> None:
    cli.file.write_bytes(content)
    for arguments in (
        ["list"],
        ["next", "--json"],
        ["show", "1"],
        ["set-status", "1", "done"],
        ["add-task", "-t", "x"],
    ):
        result = cli(*arguments)
        assert result.code == 3, result
        assert where in result.err
        assert "Traceback" not in result.err
        assert result.out == ""
    assert cli.file.read_bytes() == content


def test_list_of_all_tags_says_which_tag_each_task_is_of(cli: CommandLine) -> None:
    document = cli("list", "--all-tags", "--json").json
    assert [task["tagName"] for task in document["tasks"]] == ["master"] * 5 + ["later"]
    assert document["metadata"]["tag"] == "all"
    without = [{name: task[name] for name in task if name != "tagName"} for task in document["tasks"]]
    assert without == cli.data["master"]["tasks"] + cli.data["later"]["tasks"]


def test_json_carries_what_the_report_says_unless_the_task_says_it(cli: CommandLine) -> None:
    data = cli.data
    data["master"]["tasks"][3]["complexity"] = 2
    cli.file.write_text(json.dumps(data, indent=2), "utf-8")
    report = cli.folder / ".taskmaster/reports/task-complexity-report.json"
    report.parent.mkdir()
    entries = [
        {"taskId": number, "complexityScore": 7, "recommendedSubtasks": 4, "expansionPrompt": 'by "layer"'}
        for number in (3, 4)
    ]
    report.write_text(json.dumps({"meta": {}, "complexityAnalysis": entries}))
    tasks = {task["id"]: task for task in cli("list", "--json").json["tasks"]}
    assert "complexity" not in tasks[1]
    assert tasks[4]["complexity"] == 2
    for task in (tasks[3], cli("show", "3", "--json").json["task"]):
        assert task["complexity"] == 7
        assert task["recommendedSubtasks"] == 4
        assert task["expansionPrompt"] == 'by "layer"'
        assert task["title"] == "Command line"
    cli("set-status", "2", "deferred")
    assert cli("next", "--json").json["task"]["complexity"] == 7
    report.write_text("{")
    assert cli("list", "--json").code == 0


def test_list_in_the_format_compact(cli: CommandLine) -> None:
    assert cli("list", "-f", "compact").out == cli("list", "--compact").out


def test_a_status_that_nothing_has_is_wrong_usage(cli: CommandLine) -> None:
    for arguments in (["-s", "bogus"], ["bogus"], ["done,bogus", "--json"]):
        result = cli("list", *arguments)
        assert result.code == 2
        assert '"bogus"' in result.err
        assert "in-progress" in result.err
        assert result.out == ""
    cli.file.write_text(cli.text.replace('"deferred"', '"parked"'), "utf-8")
    assert ids(cli("list", "parked", "--json").json) == ["5"]
    assert cli("list", "-s", "cancelled").code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["--tag", "later", "list", "--json"],
        ["--tag=later", "--json", "list"],
        ["--json", "list", "--tag", "later", "--no-banner"],
        ["--no-banner", "--project", ".", "list", "--json", "-t", "later"],
    ],
)
def test_shared_options_may_stand_before_the_command(cli: CommandLine, arguments: list[str]) -> None:
    assert [task["title"] for task in cli(*arguments).json["tasks"]] == ["Some day"]


def test_options_before_a_command_with_subcommands(cli: CommandLine) -> None:
    assert cli("--project", ".", "tags", "--json").json["tags"][0]["name"] == "master"
    assert cli("--json", "tags", "use", "later").json["currentTag"] == "later"
    assert cli("--tag", "later", "lst").code == 2


def test_a_set_width_holds_without_a_terminal_too(cli: CommandLine) -> None:
    whole = max(map(len, cli("list", "--no-header").out.splitlines()))
    for command in (["list", "--no-header"], ["next"], ["show", "2"]):
        lines = cli.process(*command, env={"COLUMNS": "48"}).out.splitlines()
        assert max(map(len, lines)) <= 48 < whole


def test_marks_stay_distinct_where_only_ascii_can_be_shown(cli: CommandLine) -> None:
    result = cli.process("list", "--with-subtasks", env={"PYTHONIOENCODING": "ascii"})
    assert result.code == 0
    assert result.out.isascii()
    for mark in ("o pending", "> in-progress", "+ done", "< deferred"):
        assert mark in result.out
    edited = cli.process("set-status", "3", "done", env={"PYTHONIOENCODING": "ascii"})
    assert "+ 3: pending > done" in edited.out
