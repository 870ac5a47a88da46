"""parse-prd, analyze-complexity, expand: what is planned lands in the files, and only as it was allowed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fakes.command_line import CommandLine

PRD = """# Lending library

## Overview
A service that lends books to the members of a library.

## Functional requirements

### Accounts
- A member must be able to register with an e-mail address and a password.
- Signing in must return a token that is valid for one hour.

### Catalogue
- A librarian must be able to add, change and remove books.
- Members must be able to search books by title and author.

### Loans
- A member must be able to borrow a book for three weeks and to return it.
- An overdue loan must be reported by mail every day.

## Data model
Data is kept in PostgreSQL.
- `members`: e-mail address, name, password hash.
- `books`: title, author, shelf.
- `loans`: member, book, due date.

## Quality
- Every request must answer within 200 ms at 50 requests a second.

## Delivery
- The service ships as a container image and is tested in continuous integration.
"""


@pytest.fixture
def project(bare_cli: CommandLine) -> CommandLine:
    """A project with a PRD and no tasks."""
    assert bare_cli("init").code == 0
    (bare_cli.folder / ".taskmaster/docs/prd.txt").write_text(PRD)
    return bare_cli


def tasks(cli: CommandLine, tag: str = "master") -> list[str]:
    return [str(task["id"]) for task in cli.data[tag]["tasks"]]


def test_parse_prd_plans_tasks_from_the_projects_prd(project: CommandLine) -> None:
    result = project("parse-prd")
    assert result.code == 0, result
    assert len(tasks(project)) >= 4
    assert "outline, no model" in result.out
    assert project("validate-dependencies").code == 0
    assert project("undo").code == 0
    assert tasks(project) == []


@pytest.mark.parametrize(
    "form", [["plan.md"], ["--input", "plan.md"], ["--input=plan.md"], ["-i", "plan.md"]]
)
def test_parse_prd_of_a_named_file(project: CommandLine, form: list[str]) -> None:
    (project.folder / "plan.md").write_text(PRD)
    document = project("parse-prd", *form, "--json").json
    assert document["created"] == tasks(project)
    assert document["planner"] == "outline, no model"


def test_parse_prd_follows_a_count(project: CommandLine) -> None:
    project("parse-prd", "--num-tasks=4")
    assert len(tasks(project)) == 4


def test_parse_prd_dry_run_writes_nothing(project: CommandLine) -> None:
    before = project.text
    result = project("parse-prd", "--dry-run")
    assert result.code == 0
    assert "nothing was written" in result.out
    assert "PRD lines" in result.out
    assert project("parse-prd", "--dry-run", "--json").json["items"][0]["kind"] == "added"
    assert project.text == before


def test_parse_prd_never_replaces_tasks_unasked(project: CommandLine) -> None:
    project("parse-prd")
    before = project.text
    for arguments in (["parse-prd"], ["parse-prd", "--json"], ["parse-prd", "-n", "3"]):
        result = project(*arguments)
        assert result.code == 3
        assert "--append" in result.err
        assert "--force" in result.err
        assert project.text == before


def test_parse_prd_appends_and_replaces_when_asked(project: CommandLine) -> None:
    project("add-task", "-t", "My own task")
    assert project("parse-prd", "--append").code == 0
    assert "My own task" in project("list").out
    appended = len(tasks(project))
    assert appended > 4
    assert project("parse-prd", "--force").code == 0
    assert "My own task" not in project("list").out
    assert len(tasks(project)) == appended - 1


def test_parse_prd_into_a_new_tag(project: CommandLine) -> None:
    project("parse-prd")
    assert project("parse-prd", "--tag", "second", "-n", "3").code == 0
    assert len(tasks(project, "second")) == 3
    assert len(tasks(project)) >= 4


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["parse-prd", "missing.md"], 1, "missing.md"),
        (["parse-prd", "empty.md"], 1, "nothing to plan"),
        (["parse-prd", "binary.md"], 3, "UTF-8"),
        (["parse-prd", "--force", "--append"], 2, "not both"),
        (["parse-prd", "--planner", "claude"], 2, "outline"),
        (["parse-prd", "--research"], 2, "model"),
        (["parse-prd", "-n", "many"], 2, "many"),
        (["analyze-complexity"], 1, "no open task"),
        (["analyze-complexity", "9"], 1, "no task 9"),
        (["expand"], 2, "--all"),
        (["expand", "9"], 1, "no task 9"),
        (["expand", "9", "--all"], 2, "--all"),
    ],
)
def test_planning_that_cannot_be(project: CommandLine, arguments: list[str], code: int, message: str) -> None:
    (project.folder / "empty.md").write_text("\n\n")
    (project.folder / "binary.md").write_bytes(b"\xff\x00\xfe")
    before = project.text
    result = project(*arguments)
    assert result.code == code, result
    assert message in result.err
    assert project.text == before


def test_parse_prd_does_not_touch_a_damaged_file(project: CommandLine) -> None:
    project.file.write_text("{ broken")
    for arguments in (["parse-prd"], ["parse-prd", "--force"], ["parse-prd", "--append"]):
        assert project(*arguments).code == 3
        assert project.text == "{ broken"


def report_of(cli: CommandLine, name: str = "task-complexity-report.json") -> Path:
    return cli.folder / ".taskmaster/reports" / name


def test_analyze_complexity_writes_task_masters_report(project: CommandLine) -> None:
    project("parse-prd")
    before = project.text
    result = project("analyze-complexity")
    assert result.code == 0, result
    report = json.loads(report_of(project).read_text())
    assert [str(entry["taskId"]) for entry in report["complexityAnalysis"]] == tasks(project)
    assert all(1 <= entry["complexityScore"] <= 10 for entry in report["complexityAnalysis"])
    assert project.text == before
    explained = project("complexity-report", "1")
    assert "Together" in explained.out
    assert project("complexity-report", "77").code == 1


def test_analyze_complexity_of_some_keeps_the_others(project: CommandLine) -> None:
    project("parse-prd")
    project("analyze-complexity", "--id=1,2")
    project("analyze-complexity", "--from", "3", "--to", "3")
    entries = json.loads(report_of(project).read_text())["complexityAnalysis"]
    assert [entry["taskId"] for entry in entries] == [1, 2, 3]
    project("analyze-complexity", "--dry-run")
    assert len(json.loads(report_of(project).read_text())["complexityAnalysis"]) == 3


def test_the_report_of_a_tag_has_its_own_file(project: CommandLine) -> None:
    project("parse-prd", "--tag", "feature", "-n", "3")
    project("analyze-complexity", "--tag", "feature")
    assert report_of(project, "task-complexity-report_feature.json").is_file()


@pytest.mark.parametrize("form", [["1"], ["--id", "1"], ["--id=1"], ["-i", "1"]])
def test_expand_one_task(project: CommandLine, form: list[str]) -> None:
    project("parse-prd")
    assert project("expand", *form, "-n", "3").code == 0
    assert [sub["id"] for sub in project.task("1")["subtasks"]] == [1, 2, 3]
    assert project("validate-dependencies").code == 0


def test_expand_never_replaces_subtasks_unasked(project: CommandLine) -> None:
    project("parse-prd")
    project("expand", "1", "-n", "3")
    before = project.text
    result = project("expand", "1")
    assert result.code == 3
    assert "--force" in result.err
    assert project.text == before
    assert project("expand", "1", "-n", "2", "--append").code == 0
    assert len(project.task("1")["subtasks"]) == 5
    assert project("expand", "1", "-n", "2", "--force").code == 0
    assert len(project.task("1")["subtasks"]) == 2


def test_expand_all_takes_the_open_tasks_without_subtasks(project: CommandLine) -> None:
    project("parse-prd")
    project("expand", "1", "-n", "3")
    project("set-status", "2", "done")
    document = project("expand", "--all", "--json").json
    expanded = [entry["taskId"] for entry in document["expanded"]]
    assert "1" not in expanded
    assert "2" not in expanded
    assert len(expanded) == len(tasks(project)) - 2
    assert len(project.task("1")["subtasks"]) == 3


def test_expand_dry_run_writes_nothing(project: CommandLine) -> None:
    project("parse-prd")
    before = project.text
    result = project("expand", "1", "--dry-run")
    assert "+ 1.1" in result.out
    assert project.text == before


def test_another_task_file_and_another_report(project: CommandLine) -> None:
    before = project.text
    assert project("parse-prd", "--output", "plan/other.json", "-n", "3").code == 0
    assert project.text == before
    assert len(project("list", "--project", "plan/other.json", "--json").json["tasks"]) == 3
    project("parse-prd")
    (project.folder / "report.json").write_text(
        '{"complexityAnalysis": [{"taskId": 1, "complexityScore": 9, "recommendedSubtasks": 2}]}'
    )
    assert project("expand", "1", "-cr", "report.json").code == 0
    assert len(project.task("1")["subtasks"]) == 2
    assert project("expand", "2", "--complexity-report", "missing.json").code == 1
    assert project("complexity-report", "--file", "report.json", "--json").json["report"] == "report.json"


def test_a_setting_gives_the_count(project: CommandLine) -> None:
    project("config", "set", "counts.subtasks", "2", "--in-project")
    project("parse-prd")
    project("expand", "1")
    assert len(project.task("1")["subtasks"]) == 2


@pytest.mark.parametrize("arguments", [["parse-prd"], ["expand", "1"], ["expand", "--all"]])
def test_a_dry_run_ends_as_the_real_run_would(project: CommandLine, arguments: list[str]) -> None:
    project("parse-prd", "-n", "3")
    project("expand", "--all")
    before = project.text
    tried, carried_out = project(*arguments, "--dry-run"), project(*arguments)
    assert (tried.code, tried.err) == (carried_out.code, carried_out.err)
    assert project.text == before
    if arguments[-1] == "--all":
        assert "has subtasks already" in tried.out


def test_parse_prd_makes_a_new_tag_in_the_same_step(project: CommandLine) -> None:
    project("parse-prd", "-n", "3")
    before = project.text
    result = project("parse-prd", "--tag", "second", "-n", "3")
    assert result.code == 0, result
    assert "made the tag second" in result.out
    assert "3 tasks added" in result.out
    assert len(tasks(project, "second")) == 3
    assert project("undo").code == 0
    assert project.text == before, "one undo takes back tag and tasks"


def test_parse_prd_makes_file_and_tag(project: CommandLine) -> None:
    project.file.unlink(missing_ok=True)
    assert project("parse-prd", "--tag", "first", "-n", "3").code == 0
    assert len(tasks(project, "first")) == 3


def test_analyze_says_where_scores_are_and_what_undo_is_about(project: CommandLine) -> None:
    project("parse-prd", "-n", "3")
    result = project("analyze-complexity")
    assert "undo" in result.out
    assert "task-complexity-report.json" in result.out


def test_the_untouched_template_is_not_planned(tmp_path: Path, bare_cli: CommandLine) -> None:
    assert bare_cli("init").code == 0
    answer = bare_cli("parse-prd")
    assert answer.code == 1
    assert "still the template" in answer.err
