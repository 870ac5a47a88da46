"""parse-prd --changes and lint-prd: an edited PRD changes what it must, a weak one is sent back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.command_line import CommandLine

PRD = """# Lending library

## Functional requirements

### Accounts
- A member must be able to register with an e-mail address and a password.

### Catalogue
- A librarian must be able to add, change and remove books.
- Members must be able to search books by title and author.

### Loans
- A member must be able to borrow a book for three weeks and to return it.

### Reminders
- An overdue loan must be reported by mail every day.
"""
LOANS = "- A member must be able to borrow a book for three weeks and to return it.\n"


@pytest.fixture
def planned(bare_cli: CommandLine) -> CommandLine:
    """A project whose tasks were planned from its PRD."""
    assert bare_cli("init").code == 0
    write(bare_cli, PRD)
    assert bare_cli("parse-prd").code == 0
    return bare_cli


def write(cli: CommandLine, prd: str) -> None:
    (cli.folder / ".taskmaster/docs/prd.txt").write_text(prd)


def named(cli: CommandLine, words: str) -> dict[str, Any]:
    return next(task for task in cli.data["master"]["tasks"] if words in task["title"].lower())


def test_an_unchanged_prd_changes_nothing(planned: CommandLine) -> None:
    before = planned.text
    result = planned("parse-prd", "--changes")
    assert result.code == 0, result
    assert "changes nothing" in result.out
    assert planned.text == before


def test_only_the_task_of_an_edited_section_changes(planned: CommandLine) -> None:
    loans = named(planned, "loans")
    planned("edit", str(named(planned, "accounts")["id"]), "--details", "as agreed")
    planned("set-status", str(loans["id"]), "in-progress")
    write(planned, PRD.replace("three weeks", "four weeks"))
    before = planned.text
    shown = planned("parse-prd", "--changes", "--dry-run")
    assert "four weeks" in shown.out
    assert planned.text == before
    document = planned("parse-prd", "--changes", "--json").json
    assert [(item["taskId"], item["kind"], item["taken"]) for item in document["items"]] == [
        (str(loans["id"]), "changed", True)
    ]
    assert "four weeks" in named(planned, "loans")["details"]
    assert named(planned, "loans")["status"] == "in-progress"
    assert named(planned, "accounts")["details"] == "as agreed"
    assert "changes nothing" in planned("parse-prd", "--changes").out
    assert planned("undo").code == 0
    assert planned.text == before


def test_finished_work_that_is_no_longer_asked_for_is_left_to_the_person(planned: CommandLine) -> None:
    key = str(named(planned, "loans")["id"])
    planned("set-status", key, "done")
    write(planned, PRD.replace("### Loans\n" + LOANS, ""))
    result = planned("parse-prd", "--changes")
    assert "Left for you to decide" in result.out
    assert f"- {key}" in result.out
    assert named(planned, "loans")["status"] == "done"


def test_a_new_section_adds_a_task_and_a_deleted_one_removes_it(planned: CommandLine) -> None:
    key = str(named(planned, "reminders")["id"])
    write(
        planned,
        PRD[: PRD.index("### Reminders")] + "### Fines\n- A member must pay a fine of 1 euro a day.\n",
    )
    items = planned("parse-prd", "--changes", "--json").json["items"]
    assert {(item["kind"], item["taken"]) for item in items if item["kind"] != "changed"} == {
        ("added", True),
        ("removed", True),
    }
    assert key in [item["taskId"] for item in items if item["kind"] == "removed"]
    assert planned("validate-dependencies").code == 0


def test_what_was_undone_is_offered_again(planned: CommandLine) -> None:
    first = planned.text
    for weeks in ("four", "five"):
        write(planned, PRD.replace("three weeks", f"{weeks} weeks"))
        assert f"{weeks} weeks" in planned("parse-prd", "--changes").out
    followed = planned.text
    for _ in range(2):
        assert planned("undo").code == 0
    assert planned.text == first
    assert "five weeks" in planned("parse-prd", "--changes", "--dry-run").out
    for _ in range(2):
        assert planned("redo").code == 0
    assert planned.text == followed
    assert "changes nothing" in planned("parse-prd", "--changes").out
    planned("undo")
    items = planned("parse-prd", "--changes", "--json").json["items"]
    assert [item["taken"] for item in items] == [True]
    assert planned.text == followed


def test_undo_of_another_edit_forgets_no_prd(planned: CommandLine) -> None:
    write(planned, PRD.replace("three weeks", "four weeks"))
    planned("parse-prd", "--changes")
    planned("set-status", "1", "done")
    planned("undo")
    assert "changes nothing" in planned("parse-prd", "--changes").out


def test_changes_of_no_tasks_at_all_are_a_plan(bare_cli: CommandLine) -> None:
    bare_cli("init")
    write(bare_cli, PRD)
    assert bare_cli("parse-prd", "--changes").code == 0
    assert len(bare_cli.data["master"]["tasks"]) >= 4


def test_changes_and_append_exclude_each_other(planned: CommandLine) -> None:
    assert planned("parse-prd", "--changes", "--append").code == 2


def test_lint_prd_names_line_and_column_and_ends_with_1(planned: CommandLine) -> None:
    write(planned, PRD + "- The search must be fast.\n- Fines: TBD\n")
    result = planned("lint-prd")
    assert result.code == 1
    assert "prd.txt:17:22" in result.out
    assert '"fast"' in result.out
    document = planned("lint-prd", "--json")
    assert document.code == 1
    assert [one["kind"] for one in document.json["findings"]] == ["non-goals", "untestable", "placeholder"]


def test_lint_prd_of_a_sound_file_ends_with_0_without_a_project(bare_cli: CommandLine) -> None:
    (bare_cli.folder / "plan.md").write_text(PRD + "\n## Non-goals\n- No e-books.\n")
    result = bare_cli("lint-prd", "plan.md")
    assert (result.code, result.err) == (0, "")
    assert bare_cli("lint-prd", "missing.md").code != 0


def test_control_characters_of_a_prd_do_not_reach_the_terminal(planned: CommandLine) -> None:
    write(planned, PRD + "\n### Fast\x1b[31m\n\n### Fines\n- Must be fast.\n")
    assert "\x1b" not in planned("lint-prd").out
    assert "\x1b" not in planned("parse-prd", "--changes").out
