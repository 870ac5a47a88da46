"""Commands that change tasks: what lands in the file, in every form they are typed."""

from __future__ import annotations

import difflib
import json

import pytest

from tests.fakes.command_line import CommandLine


def changed_lines(before: str, after: str) -> list[str]:
    difference = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in difference if line[:1] in "+-" and line[:3] not in ("+++", "---")]


@pytest.mark.parametrize(
    "arguments",
    [
        ["set-status", "4,2.2", "done"],
        ["set-status", "4", "2.2", "done"],
        ["set-status", "--id=4,2.2", "--status=done"],
        ["set-status", "--id", "4,2.2", "done"],
        ["set-status", "4,2.2", "-s", "done"],
        ["status", "-i", "4,2.2", "-s", "done"],
    ],
)
def test_set_status_in_every_form(cli: CommandLine, arguments: list[str]) -> None:
    before = cli.text
    result = cli(*arguments)
    assert result.code == 0, result
    assert cli.task("4")["status"] == cli.task("2.2")["status"] == "done"
    assert len(changed_lines(before, cli.text)) == 4
    assert "4: pending → done" in result.out


def test_set_status_json(cli: CommandLine) -> None:
    document = cli("set-status", "4", "done", "--json").json
    assert document["tasks"] == [{"taskId": "4", "oldStatus": "pending", "newStatus": "done"}]
    assert document["success"] is True


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["set-status"], 2, "status is missing"),
        (["set-status", "4"], 2, "status is missing"),
        (["set-status", "4", "finished"], 2, "not a status"),
        (["set-status", "44", "done"], 1, "no task 44"),
        (["set-status", ",", "done"], 2, "No task id"),
        (["edit", "4"], 2, "Nothing to change"),
        (["edit", "44", "--title", "x"], 1, "no task 44"),
        (["edit", "4", "--set", "id=9"], 2, "cannot be set"),
        (["edit", "4", "--set", "nothing"], 2, "FIELD=TEXT"),
        (["edit", "4", "--title", "-", "--details", "-"], 2, "Only one option"),
        (["edit", "4", "3", "--title", "x"], 2, "one task id"),
        (["add-task"], 2, "needs a title"),
        (["add-task", "--model", "x", "-t", "y"], 2, "needs --prompt"),
        (["add-task", "--title", "x", "--dependencies", "77"], 1, "77"),
        (["add-subtask", "--title", "x"], 2, "No task id"),
        (["add-subtask", "4"], 2, "needs a title"),
        (["add-subtask", "44", "--title", "x"], 1, "no task 44"),
        (["remove-task"], 2, "No task id"),
        (["remove-task", "44"], 1, "no task 44"),
        (["remove-subtask", "4"], 2, "not a subtask"),
        (["clear-subtasks"], 2, "No task id"),
        (["clear-subtasks", "2", "--all"], 2, "not both"),
        (["move"], 2, "where to"),
        (["move", "4"], 2, "where to"),
        (["move", "--from", "3,4", "--to", "9"], 2, "different numbers"),
        (["move", "44", "9"], 1, "no task 44"),
        (["move", "4", "--from-tag", "later"], 2, "within a tag"),
        (["add-dependency", "4"], 2, "what it depends on"),
        (["add-dependency", "4", "99"], 1, "99"),
        (["add-dependency", "3", "4"], 3, "cycle"),
        (["remove-dependency", "3", "2"], 1, "2"),
        (["undo"], 1, "nothing to undo"),
        (["redo"], 1, "nothing to redo"),
    ],
)
def test_what_cannot_be_done_changes_nothing_and_says_why(
    cli: CommandLine, arguments: list[str], code: int, message: str
) -> None:
    before = cli.text
    for result in (cli(*arguments), cli(*arguments, "--json")):
        assert result.code == code, result
        assert message in result.err
        assert result.out == ""
        assert 1 <= len(result.err.splitlines()) <= 2
    assert cli.text == before


def test_cascade_is_offered_and_carried_out_only_when_asked(cli: CommandLine) -> None:
    result = cli("set-status", "2.2,2.3", "done")
    assert cli.task("2")["status"] == "in-progress"
    assert "--cascade also: set 2 to done" in result.out
    cli("set-status", "2.2,2.3", "done", "--cascade")
    assert cli.task("2")["status"] == "done"
    cli("undo")
    assert cli.task("2")["status"] == "in-progress"
    assert cli.task("2.3")["status"] == "done"


def test_edit_changes_only_what_was_named(cli: CommandLine) -> None:
    before = cli.text
    assert cli("edit", "4", "--title", "The [red] service\x1b[31m", "--priority", "low").code == 0
    assert cli.task("4")["title"] == "The [red] service\x1b[31m"
    assert len(changed_lines(before, cli.text)) == 4
    assert "\x1b" not in cli("show", "4").out


def test_edit_reads_standard_input_for_a_dash(cli: CommandLine) -> None:
    assert cli("edit", "2.1", "--details", "-", stdin="Erste Zeile\nzweite\n").code == 0
    assert cli.task("2.1")["details"] == "Erste Zeile\nzweite"
    result = cli("edit", "2.1", "--details", "-", stdin=b"\xff\xfe")
    assert result.code == 2
    assert "UTF-8" in result.err


def test_edit_every_field(cli: CommandLine) -> None:
    cli(
        "edit", "--id", "4", "-d", "D", "--details", "E", "--test-strategy", "T", "-s", "review",
        "--dependencies", "1,2.1", "--set", "assignee=ada=1", "--unset", "estimate",
    )  # fmt: skip
    task = cli.task("4")
    assert (task["description"], task["details"], task["testStrategy"]) == ("D", "E", "T")
    assert task["status"] == "review"
    assert [str(item) for item in task["dependencies"]] == ["1", "2.1"]
    assert task["assignee"] == "ada=1"
    assert "estimate" not in task
    cli("edit", "4", "--dependencies", "")
    assert cli.task("4")["dependencies"] == []


def test_add_task_gets_the_next_id_and_every_field(cli: CommandLine) -> None:
    result = cli(
        "add-task", "--title", "New", "--description", "D", "--details", "E", "--priority", "high",
        "--dependencies", "1,3", "--json",
    )  # fmt: skip
    assert result.json["taskId"] == "6"
    task = cli.task("6")
    assert task["id"] == 6
    assert task["dependencies"] == [1, 3]
    assert task["status"] == "pending"
    assert set(task) >= {"title", "description", "details", "testStrategy", "priority", "subtasks"}


def test_add_task_before_another_and_in_another_tag(cli: CommandLine) -> None:
    cli("add-task", "-t", "Early", "--before", "3")
    assert [task["title"] for task in cli.data["master"]["tasks"]][2] == "Early"
    cli("add-task", "-t", "Far", "--tag", "later")
    assert [task["title"] for task in cli.data["later"]["tasks"]] == ["Some day", "Far"]


def test_add_task_makes_the_file_of_a_new_project(bare_cli: CommandLine) -> None:
    (bare_cli.folder / ".taskmaster").mkdir()
    assert bare_cli("list").code == 1
    assert bare_cli("add-task", "-t", "First").code == 0
    assert bare_cli.task("1")["title"] == "First"


@pytest.mark.parametrize("where", [["2"], ["--parent", "2"], ["-p", "2"], ["--parent=2"]])
def test_add_subtask(cli: CommandLine, where: list[str]) -> None:
    assert cli("add-subtask", *where, "-t", "More", "--dependencies", "3").code == 0
    assert cli.task("2.4")["title"] == "More"
    assert cli.task("2.4")["dependencies"] == [3]


def test_a_task_becomes_a_subtask_and_back(cli: CommandLine) -> None:
    # A subtask cannot say that it waits for task 1: there a bare 1 is its sibling.
    assert cli("add-subtask", "--parent", "2", "--task-id", "3").code == 3
    cli("remove-dependency", "3", "1")
    assert cli("add-subtask", "--parent", "2", "--task-id", "3").code == 0
    assert cli.task("2.4")["title"] == "Command line"
    assert "2.4" in [str(item) for item in cli.task("4")["dependencies"]]
    result = cli("remove-subtask", "--id", "2.4", "--convert")
    assert result.code == 0
    assert cli.task("6")["title"] == "Command line"


def test_remove_tasks_and_the_dependencies_on_them(cli: CommandLine) -> None:
    before = cli.text
    assert cli("remove-task", "--id=3,2.1", "-y").code == 0
    assert [task["id"] for task in cli.data["master"]["tasks"]] == [1, 2, 4, 5]
    assert cli.task("4")["dependencies"] == [2]
    assert cli.task("2.2")["dependencies"] == []
    assert cli("undo").code == 0
    assert cli.text == before


def test_remove_a_task_and_its_subtask_at_once(cli: CommandLine) -> None:
    assert cli("remove-task", "2,2.1").code == 0
    assert "2" not in [str(task["id"]) for task in cli.data["master"]["tasks"]]


def test_remove_subtask(cli: CommandLine) -> None:
    assert cli("remove-subtask", "2.3").code == 0
    assert len(cli.task("2")["subtasks"]) == 2


@pytest.mark.parametrize("arguments", [["2"], ["--id", "2,3"], ["--all"]])
def test_clear_subtasks(cli: CommandLine, arguments: list[str]) -> None:
    assert cli("clear-subtasks", *arguments).code == 0
    assert cli.task("2")["subtasks"] == []
    assert "no subtasks" in cli("clear-subtasks", *arguments).out


@pytest.mark.parametrize("arguments", [["3", "9"], ["--from", "3", "--to", "9"], ["--from=3", "--to=9"]])
def test_move_to_another_id(cli: CommandLine, arguments: list[str]) -> None:
    assert cli("move", *arguments).code == 0
    assert cli.task("9")["title"] == "Command line"
    assert sorted(cli.task("4")["dependencies"]) == [2, 9]


def test_move_only_the_place(cli: CommandLine) -> None:
    assert cli("move", "4", "--before", "2").code == 0
    assert [task["id"] for task in cli.data["master"]["tasks"]] == [1, 4, 2, 3, 5]
    assert cli("move", "1", "--last").code == 0
    assert [task["id"] for task in cli.data["master"]["tasks"]] == [4, 2, 3, 5, 1]


@pytest.mark.parametrize(
    "arguments", [["4", "5"], ["--id=4", "--depends-on=5"], ["-i", "4", "-d", "5"], ["--id", "4", "5"]]
)
def test_add_and_remove_a_dependency(cli: CommandLine, arguments: list[str]) -> None:
    before = cli.text
    assert cli("add-dependency", *arguments).code == 0
    assert cli.task("4")["dependencies"] == [2, 3, 5]
    assert cli("remove-dependency", *arguments).code == 0
    assert cli.text == before


def test_valid_dependencies(cli: CommandLine) -> None:
    result = cli("validate-dependencies")
    assert result.code == 0
    assert "All dependencies are valid (5 tasks, 3 subtasks" in result.out
    assert cli("validate-dependencies", "--json").json["valid"] is True


def test_invalid_dependencies_are_named_and_repaired_as_one_edit(cli: CommandLine) -> None:
    cli.file.write_text(
        '{"master": {"tasks": [{"id": 1, "dependencies": [1, 9]}, {"id": 2, "dependencies": [1]}]}}'
    )
    before = cli.text
    result = cli("validate-dependencies")
    assert result.code == 1
    assert "1 depends on 9, which does not exist" in result.out
    assert "1 depends on itself" in result.out
    document = cli("validate-dependencies", "--json").json
    assert {finding["kind"] for finding in document["findings"]} == {"dangling", "self"}
    assert cli("fix-dependencies", "--dry-run").code == 0
    assert cli.text == before
    assert cli("fix-dependencies").code == 0
    assert cli.task("1")["dependencies"] == []
    assert cli("validate-dependencies").code == 0
    assert "nothing to repair" in cli("fix-dependencies").out
    cli("undo")
    assert cli.text == before


def test_undo_and_redo_over_several_commands(cli: CommandLine) -> None:
    states = [cli.text]
    for arguments in (["set-status", "4", "done"], ["edit", "4", "--title", "x"], ["remove-task", "3", "-y"]):
        assert cli(*arguments).code == 0
        states.append(cli.text)
    for state in reversed(states[:-1]):
        assert cli("undo").code == 0
        assert cli.text == state
    for state in states[1:]:
        assert cli("redo").code == 0
        assert cli.text == state
    listed = cli("undo", "--list").out
    assert "set 4 to done" in listed
    assert cli("undo", "--list", "-n", "2", "--json").json["edits"][0]["kind"] == "redo"


def test_undo_refuses_what_was_changed_by_another_since(cli: CommandLine) -> None:
    cli("edit", "4", "--title", "Mine")
    cli.file.write_text(cli.text.replace("Mine", "Theirs"), "utf-8")
    result = cli("undo")
    assert result.code == 3
    assert "Theirs" in result.err
    assert cli.task("4")["title"] == "Theirs"


@pytest.mark.parametrize("name", ["payments", "pay-2_x"])
def test_tags_from_making_to_removing(cli: CommandLine, name: str) -> None:
    assert cli("tags", "add", name, "--copy-from", "later", "--description", "Paying").code == 0
    assert [task["title"] for task in cli.data[name]["tasks"]] == ["Some day"]
    assert cli("tags", "use", name).code == 0
    assert [task["title"] for task in cli("list", "--json").json["tasks"]] == ["Some day"]
    assert cli("tags", "rename", name, "paid").code == 0
    assert cli("list", "--json").json["metadata"]["tag"] == "paid"
    assert cli("tags", "copy", "paid", "again").code == 0
    assert cli("tags", "remove", "paid", "-y").code == 0
    listed = cli("tags", "--json").json
    assert [tag["name"] for tag in listed["tags"]] == ["master", "later", "again"]
    assert listed["currentTag"] == "master"


def test_the_deprecated_names_of_tag_commands(cli: CommandLine) -> None:
    assert cli("add-tag", "a").code == 0
    assert cli("copy-tag", "later", "b").code == 0
    assert cli("rename-tag", "a", "c").code == 0
    assert cli("use-tag", "c").code == 0
    assert cli("delete-tag", "c", "--yes").code == 0
    assert list(cli.data) == ["master", "later", "b"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["tags", "use", "nope"], 1),
        (["tags", "add"], 2),
        (["tags", "add", "master"], 3),
        (["tags", "remove", "nope"], 1),
        (["tags", "rename", "nope", "x"], 1),
        (["tags", "nonsense"], 2),
    ],
)
def test_tags_that_cannot_be(cli: CommandLine, arguments: list[str], code: int) -> None:
    before = cli.text
    result = cli(*arguments)
    assert result.code == code, result
    assert result.err
    assert cli.text == before


def test_tags_list_shows_counts_and_metadata(cli: CommandLine) -> None:
    out = cli("tags", "list", "--show-metadata").out
    assert "Tasks of the sample" in out
    assert "●  master" in out
    assert [tag["name"] for tag in cli("tags", "list", "--ready", "--json").json["tags"]] == [
        "master",
        "later",
    ]


def test_an_undo_whose_effect_is_there_already_says_so(cli: CommandLine) -> None:
    before = cli.text
    cli("set-status", "3", "done")
    cli.file.write_text(before, "utf-8")
    result = cli("undo")
    assert result.code == 0
    assert "set 3 to done" in result.out
    assert "already as it was before" in result.out
    assert "✓" not in result.out


def test_set_status_json_has_task_masters_field(cli: CommandLine) -> None:
    document = cli("set-status", "3", "done", "--json").json
    assert document["updatedTasks"] == [{"taskId": "3", "oldStatus": "pending", "newStatus": "done"}]


def test_an_unknown_priority_is_refused_unless_the_file_has_it(cli: CommandLine) -> None:
    before = cli.text
    for arguments in (["add-task", "--title", "x"], ["edit", "3"]):
        result = cli(*arguments, "--priority", "urgent")
        assert result.code == 2
        assert "high" in result.err
    assert cli.text == before
    cli.file.write_text(before.replace('"priority": "low"', '"priority": "urgent"'), "utf-8")
    assert cli("edit", "3", "--priority", "urgent").code == 0
    assert cli("add-task", "--title", "x", "--priority", "urgent").code == 0


@pytest.mark.parametrize("flag", ["--with-dependencies", "--ignore-dependencies"])
def test_moving_between_tags_is_said_to_be_missing(cli: CommandLine, flag: str) -> None:
    result = cli("move", "--from", "4", flag, "--to", "9")
    assert result.code == 2
    assert "within a tag" in result.err


def test_a_refused_conversion_names_the_task_by_the_id_it_was_given_by(cli: CommandLine) -> None:
    data = cli.data
    data["master"]["tasks"][4]["subtasks"] = [
        {"id": 1, "title": "inner", "status": "pending", "dependencies": []}
    ]
    data["master"]["tasks"][2]["dependencies"] = [1]
    cli.file.write_text(json.dumps(data), "utf-8")
    result = cli("add-subtask", "-p", "5", "-i", "3")
    assert result.code == 3
    assert "dependency of 3 on 1" in result.err
    assert "5.2" not in result.err
