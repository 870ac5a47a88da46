"""The plan screen on a real project: open, walk, filter, edit, undo, and what others write."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fakes.command_line import TASKS, sample_tasks
from tests.fakes.deck import Deck, make_deck_project, open_deck
from tui.screens.edit_form import EditForm
from tui.screens.menus import LineDialog, Menu


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_deck_project(tmp_path / "sample")


async def settle(deck: Deck, key: str, status: str) -> None:
    await deck.until(lambda: deck.task(key)["status"] == status)
    await deck.until(lambda: deck.app.session.snapshot.tag.nodes[key].status == status)


async def test_the_first_screen_shows_project_tasks_and_stages(project: Path) -> None:
    async with open_deck(project) as deck:
        text = deck.screen_text()
        assert "sample" in text
        assert "Set up the repository" in text
        assert "Tasks 5 planned ✓" in text
        assert "1/5 done" in text
        assert "Pull request ·" in text


async def test_fold_and_unfold(project: Path) -> None:
    async with open_deck(project) as deck:
        deck.plan.jump("2")
        assert "Part 2" not in deck.text_of(deck.plan.task_tree)
        await deck.press("right")
        assert "Part 2" in deck.text_of(deck.plan.task_tree)
        await deck.press("left")
        assert "Part 2" not in deck.text_of(deck.plan.task_tree)


async def test_filter_as_you_type_and_escape_clears(project: Path) -> None:
    async with open_deck(project) as deck:
        await deck.press("slash")
        await deck.until(lambda: deck.app.focused is not None and deck.app.focused.id == "filter")
        await deck.type("schema")
        await deck.until(lambda: "Command line" not in deck.text_of(deck.plan.task_tree))
        assert "Database schema" in deck.text_of(deck.plan.task_tree)
        await deck.press("escape")
        await deck.until(lambda: "Command line" in deck.text_of(deck.plan.task_tree))
        assert deck.app.focused is deck.plan.task_tree


async def test_change_a_status_and_undo_it(project: Path) -> None:
    async with open_deck(project) as deck:
        before = deck.tasks_file.read_text("utf-8")
        deck.plan.jump("3")
        await deck.press("space")
        await deck.shown(Menu)
        await deck.press("i")
        await settle(deck, "3", "in-progress")
        after = deck.tasks_file.read_text("utf-8")
        changed = [
            pair for pair in zip(before.splitlines(), after.splitlines(), strict=True) if pair[0] != pair[1]
        ]
        assert len(changed) == 1
        assert "+1 −1 lines" in deck.log_text()
        await deck.press("u")
        await settle(deck, "3", "pending")
        assert deck.tasks_file.read_text("utf-8") == before
        await deck.press("U")
        await settle(deck, "3", "in-progress")


async def test_priority_of_all_marked_tasks(project: Path) -> None:
    async with open_deck(project) as deck:
        deck.plan.jump("3")
        await deck.press("m")
        deck.plan.jump("4")
        await deck.press("m", "i")
        await deck.shown(Menu)
        await deck.press("l")
        await deck.until(lambda: deck.task("3")["priority"] == "low" and deck.task("4")["priority"] == "low")
        await deck.until(lambda: "priority" in deck.log_text())
        await deck.press("u")
        await deck.until(
            lambda: deck.task("3")["priority"] == "medium" and deck.task("4")["priority"] == "high"
        )


async def test_a_hostile_title_is_shown_as_it_is_and_survives_an_edit(project: Path) -> None:
    async with open_deck(project) as deck:
        deck.plan.jump("5")
        await deck.pilot.pause()
        assert "[red]␛[31m" in deck.screen_text()
        await deck.press("e")
        await deck.shown(EditForm)
        assert "[red]␛[31m" in deck.screen_text()
        await deck.press("end", "exclamation_mark")
        await deck.press("ctrl+s")
        await deck.until(lambda: deck.task("5")["title"] == "Überblick 日本語 [red]\x1b[31m!")
        await deck.until(lambda: "[red]␛[31m!" in deck.screen_text())
        assert "\x1b" not in deck.screen_text()


async def test_escape_asks_before_it_discards_a_changed_form(project: Path) -> None:
    async with open_deck(project) as deck:
        before = deck.tasks_file.read_bytes()
        deck.plan.jump("3")
        await deck.press("e")
        await deck.shown(EditForm)
        await deck.press("X", "escape")
        await deck.shown(Menu)
        await deck.press("d")
        await deck.until(lambda: deck.app.screen is deck.plan)
        assert deck.tasks_file.read_bytes() == before


async def test_a_field_changed_outside_while_the_form_is_open_is_asked_about(project: Path) -> None:
    async with open_deck(project) as deck:
        deck.plan.jump("3")
        await deck.press("e")
        await deck.shown(EditForm)
        await deck.press("end", "1")
        tasks = sample_tasks()
        tasks["master"]["tasks"][2]["title"] = "Theirs"
        deck.tasks_file.write_text(json.dumps(tasks, indent=2, ensure_ascii=False), "utf-8")
        await deck.press("ctrl+s")
        await deck.shown(Menu)
        assert "Theirs" in deck.screen_text()
        assert "Command line1" in deck.screen_text()
        await deck.press("m")
        await deck.until(lambda: deck.task("3")["title"] == "Command line1")


async def test_add_move_and_remove_tasks(project: Path) -> None:
    async with open_deck(project) as deck:
        deck.plan.jump("3")
        await deck.press("o")
        await deck.shown(EditForm)
        await deck.type("New one")
        await deck.press("ctrl+s")
        await deck.until(lambda: deck.keys() == ["1", "2", "3", "6", "4", "5"])
        await deck.until(lambda: deck.plan.task_tree.cursor_key == "6")
        await deck.press("J")
        await deck.until(lambda: deck.keys() == ["1", "2", "3", "4", "6", "5"])
        await deck.until(lambda: deck.plan.task_tree.cursor_key == "6")
        await deck.press("delete")
        await deck.shown(Menu)
        await deck.press("y")
        await deck.until(lambda: deck.keys() == ["1", "2", "3", "4", "5"])
        await deck.until(lambda: "remove" in deck.log_text())
        await deck.press("u")
        await deck.until(lambda: deck.keys() == ["1", "2", "3", "4", "6", "5"])


async def test_add_a_subtask(project: Path) -> None:
    async with open_deck(project) as deck:
        deck.plan.jump("3")
        await deck.press("O")
        await deck.shown(EditForm)
        await deck.type("Piece")
        await deck.press("ctrl+s")
        await deck.until(lambda: deck.task("3")["subtasks"])
        assert deck.task("3.1")["title"] == "Piece"


async def test_dependencies_by_ticks_and_a_circle_is_refused(project: Path) -> None:
    from tui.screens.dependencies import DependencyDialog

    async with open_deck(project) as deck:
        deck.plan.jump("3")
        await deck.press("b")
        await deck.shown(DependencyDialog)
        await deck.type("service")
        await deck.press("tab")
        await deck.until(lambda: "circle" in deck.screen_text())
        await deck.press("ctrl+u")
        await deck.type("schema")
        await deck.press("tab", "enter")
        await deck.until(lambda: sorted(deck.task("3")["dependencies"]) == [1, 2])


async def test_done_offers_what_task_master_would_do_too(project: Path) -> None:
    async with open_deck(project) as deck:
        deck.plan.jump("2")
        await deck.press("space")
        await deck.shown(Menu)
        await deck.press("d")
        await deck.until(lambda: deck.plan.notice.text)
        assert deck.task("2.2")["status"] == "pending"
        await deck.press("y")
        await deck.until(
            lambda: deck.task("2.2")["status"] == "done" and deck.task("2.3")["status"] == "done"
        )
        await deck.until(lambda: not deck.plan.notice.text)


async def test_next_jumps_and_says_why(project: Path) -> None:
    async with open_deck(project) as deck:
        deck.plan.jump("1")
        await deck.press("n")
        await deck.until(lambda: deck.plan.task_tree.cursor_key == "2.2")
        assert "next is 2.2" in deck.log_text()


async def test_an_outside_edit_appears_and_keeps_the_cursor(project: Path) -> None:
    async with open_deck(project) as deck:
        deck.plan.jump("4")
        tasks = sample_tasks()
        tasks["master"]["tasks"].insert(0, {"id": 9, "title": "From outside", "status": "pending"})
        tasks["master"]["tasks"][1]["status"] = "review"
        deck.tasks_file.write_text(json.dumps(tasks, indent=2, ensure_ascii=False), "utf-8")
        await deck.until(lambda: "From outside" in deck.screen_text())
        assert deck.plan.task_tree.cursor_key == "4"
        assert "outside change: 2 tasks" in deck.log_text()


async def test_a_file_damaged_outside_keeps_the_last_good_content_and_says_where(project: Path) -> None:
    async with open_deck(project) as deck:
        good = deck.tasks_file.read_bytes()
        deck.tasks_file.write_bytes(good[:-30])
        await deck.until(lambda: "damaged" in deck.plan.notice.text)
        assert "line" in deck.plan.notice.text
        assert "Set up the repository" in deck.screen_text()
        deck.tasks_file.write_bytes(good)
        await deck.until(lambda: not deck.plan.notice.text)


async def test_tags_are_listed_switched_added_renamed_and_removed(project: Path) -> None:
    async with open_deck(project) as deck:
        await deck.press("t")
        await deck.shown(Menu)
        assert "5 tasks" in deck.screen_text()
        assert "1 task " in deck.screen_text()
        await deck.press("down", "enter")
        await deck.until(lambda: "Some day" in deck.screen_text())
        assert (
            json.loads((project / ".taskmaster" / "state.json").read_text("utf-8"))["currentTag"] == "later"
        )
        await deck.press("t")
        await deck.shown(Menu)
        await deck.press("r")
        await deck.shown(LineDialog)
        await deck.type("2")
        await deck.press("enter")
        await deck.until(lambda: "later2" in json.loads(deck.tasks_file.read_text("utf-8")))
        await deck.until(lambda: deck.plan.header.tag == "later2")
        await deck.press("t")
        await deck.shown(Menu)
        await deck.press("d")
        await deck.until(lambda: "Remove the tag" in deck.screen_text())
        await deck.press("y")
        await deck.until(lambda: list(json.loads(deck.tasks_file.read_text("utf-8"))) == ["master"])
        await deck.until(lambda: "Set up the repository" in deck.screen_text())


async def test_what_was_typed_survives_that_the_task_is_removed_outside(project: Path) -> None:
    async with open_deck(project) as deck:
        deck.plan.jump("3")
        await deck.press("e")
        await deck.shown(EditForm)
        await deck.press("end")
        await deck.type(" typed")
        content = json.loads(deck.tasks_file.read_text("utf-8"))
        content["master"]["tasks"] = [t for t in content["master"]["tasks"] if t["id"] != 3]
        deck.tasks_file.write_text(json.dumps(content), "utf-8")
        await deck.press("ctrl+s")
        await deck.shown(Menu)
        await deck.press("a")
        await deck.until(lambda: " typed" in deck.tasks_file.read_text("utf-8"))


async def test_a_title_of_several_lines_stays_on_one_line_of_the_form(project: Path) -> None:
    content = json.loads((project / TASKS).read_text("utf-8"))
    content["master"]["tasks"][2]["title"] = "two\nlines\twith tab"
    (project / TASKS).write_text(json.dumps(content), "utf-8")
    async with open_deck(project) as deck:
        deck.plan.jump("3")
        await deck.press("e")
        await deck.shown(EditForm)
        assert "two␊lines␉with tab" in deck.screen_text()
        await deck.press("end")
        await deck.type("!")
        await deck.press("ctrl+s")
        await deck.until(lambda: deck.task("3")["title"] == "two\nlines\twith tab!")


async def test_a_file_damaged_outside_before_the_first_edit_can_be_put_back(project: Path) -> None:
    async with open_deck(project) as deck:
        before = deck.tasks_file.read_bytes()
        backups = deck.app.session.workspace.store.backups
        await deck.until(lambda: bool(backups()))
        deck.tasks_file.write_bytes(before[: len(before) // 2])
        await deck.until(lambda: deck.app.session.damage is not None)
        await deck.press("f5")
        await deck.until(lambda: "restore" in deck.screen_text() or "backup" in deck.screen_text())
        await deck.press("enter")
        await deck.until(lambda: deck.tasks_file.read_bytes() == before)


async def test_a_file_deleted_outside_is_said_and_not_made_anew(project: Path) -> None:
    async with open_deck(project) as deck:
        deck.tasks_file.unlink()
        await deck.until(lambda: "the task file is gone" in deck.log_text())
        deck.plan.jump("3")
        await deck.press("space")
        await deck.shown(Menu)
        await deck.press("d")
        await deck.until(lambda: "There is no task file" in deck.log_text())
        assert not deck.tasks_file.exists()
        assert "Set up the repository" in deck.screen_text()
