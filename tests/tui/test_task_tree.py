"""The task tree as a person uses it: walk, fold, filter, mark, click, and have the file change underneath."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from rich.cells import cell_len
from textual.events import MouseScrollDown
from textual.geometry import Size
from textual.pilot import Pilot

from core.tasks.complexity import ComplexityReport
from core.tasks.document import Tag
from core.tasks.graph import TaskGraph
from tests.fakes.widget_host import (
    HOSTILE_TITLES,
    WidgetHost,
    listen,
    make_report,
    make_tag,
    make_task,
    messages,
)
from tui.actions import ACTIONS
from tui.widgets.task_tree import TaskTree


def project() -> Tag:
    tasks = [
        make_task(1, "Set up the repository", subtasks=3, status="done"),
        make_task(2, "Database schema", subtasks=2, status="in-progress", priority="high"),
        make_task(3, "Accounts", dependencies=[2], subtasks=2),
        make_task(4, "Release notes", priority="low"),
    ]
    return make_tag(tasks)


@asynccontextmanager
async def shown(
    tag: Tag | None = None, report: ComplexityReport | None = None, size: tuple[int, int] = (60, 14)
) -> AsyncIterator[tuple[TaskTree, Pilot[None], WidgetHost]]:
    tree = TaskTree()
    host = WidgetHost(tree)
    async with host.run_test(size=size) as pilot:
        tag = tag or project()
        tree.show(tag, TaskGraph(tag), report)
        tree.focus()
        await pilot.pause()
        listen(host)
        yield tree, pilot, host


def show(tree: TaskTree, tag: Tag) -> None:
    tree.show(tag, TaskGraph(tag), None)


def line_with(host: WidgetHost, text: str) -> str:
    return next(line for line in host.screen_text().splitlines() if text in line)


async def test_first_sight_is_every_task_folded_with_the_cursor_on_the_first() -> None:
    async with shown() as (tree, _, host):
        assert tree.visible_keys == ("1", "2", "3", "4")
        assert tree.cursor_key == "1"
        assert "▸ ✓ 1 Set up the repository" in host.screen_text()
        assert "1/4 done" in host.screen_text()


async def test_right_unfolds_then_enters_and_left_goes_back_and_folds() -> None:
    async with shown() as (tree, pilot, _):
        await pilot.press("right")
        assert tree.visible_keys[:4] == ("1", "1.1", "1.2", "1.3")
        await pilot.press("right")
        assert tree.cursor_key == "1.1"
        await pilot.press("left")
        assert tree.cursor_key == "1"
        await pilot.press("left")
        assert tree.visible_keys == ("1", "2", "3", "4")


async def test_folding_all_leaves_the_cursor_on_the_parent_of_the_subtask_it_was_on() -> None:
    async with shown() as (tree, pilot, _):
        await pilot.press("right_square_bracket")
        assert len(tree.visible_keys) == 11
        tree.move_to("2.2")
        await pilot.press("left_square_bracket")
        assert tree.cursor_key == "2"


async def test_home_end_and_pages_stay_inside_the_list() -> None:
    tag = make_tag([make_task(number) for number in range(1, 101)])
    async with shown(tag) as (tree, pilot, host):
        await pilot.press("end")
        assert tree.cursor_key == "100"
        assert "Task 100" in host.screen_text()
        await pilot.press("pageup", "down", "down")
        assert tree.cursor_key == "90"
        await pilot.press("home", "up")
        assert tree.cursor_key == "1"
        assert "Task 1 " in host.screen_text()


async def test_filter_finds_subtasks_below_their_task_and_escape_gives_all_back() -> None:
    async with shown() as (tree, pilot, host):
        tree.filter_text = "PART 2 of 3"
        await pilot.pause()
        assert tree.visible_keys == ("3", "3.2")
        assert "1 of 11" in host.screen_text()
        await pilot.press("escape")
        assert tree.visible_keys == ("1", "2", "3", "4")


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("status:done", ("1",)),
        ("status:in", ("2",)),
        ("priority:high,low", ("2", "4")),
        ("database schema", ("2",)),
        ("schema accounts", ()),
        ("4", ("4",)),
        ("2.", ("2", "2.1", "2.2")),
        ("status:waiting", ("3",)),
        ("   ", ("1", "2", "3", "4")),
        ("status:", ("1", "2", "3", "4")),
    ],
)
async def test_what_a_filter_shows(text: str, keys: tuple[str, ...]) -> None:
    async with shown() as (tree, _, _host):
        tree.filter_text = text
        assert tree.visible_keys == keys


async def test_a_filter_without_a_match_says_so_and_how_to_leave() -> None:
    async with shown() as (tree, pilot, host):
        tree.filter_text = "nowhere"
        await pilot.pause()
        assert tree.cursor_key is None
        assert "No task matches. Escape clears the filter." in host.screen_text()
        await pilot.press("escape")
        assert tree.cursor_key == "1"


async def test_a_found_parent_can_be_folded_while_the_filter_holds() -> None:
    async with shown() as (tree, pilot, _):
        tree.filter_text = "part"
        tree.move_to("2")
        await pilot.press("left")
        assert tree.visible_keys == ("1", "1.1", "1.2", "1.3", "2", "3", "3.1", "3.2")


async def test_a_change_of_the_file_keeps_cursor_folding_and_marks() -> None:
    async with shown() as (tree, pilot, host):
        tree.move_to("2.2")
        await pilot.press("m")
        tree.move_to("2.2")
        tasks = [task.raw for task in project().tasks]
        tasks[1]["title"] = "Database schema and migrations"
        show(tree, make_tag([make_task(9, "Brand new"), *tasks]))
        await pilot.pause()
        assert tree.cursor_key == "2.2"
        assert tree.marked == {"2.2"}
        assert tree.visible_keys == ("9", "1", "2", "2.1", "2.2", "3", "4")
        assert "Database schema and migrations" in host.screen_text()


async def test_a_change_above_does_not_move_what_the_eye_is_on() -> None:
    tasks = [make_task(number) for number in range(1, 101)]
    async with shown(make_tag(tasks)) as (tree, pilot, host):
        tree.move_to("60")
        await pilot.pause()
        row = host.screen_text().splitlines().index(line_with(host, "Task 60"))
        show(tree, make_tag(tasks[10:]))
        await pilot.pause()
        assert "Task 60" in host.screen_text().splitlines()[row]


async def test_the_cursor_of_a_vanished_task_goes_to_its_neighbour() -> None:
    async with shown() as (tree, _, _host):
        tree.move_to("2")
        show(tree, make_tag([make_task(1), make_task(3), make_task(4)]))
        assert tree.cursor_key == "3"
        tree.move_to("4")
        show(tree, make_tag([make_task(1), make_task(3)]))
        assert tree.cursor_key == "3"


async def test_what_to_do_is_readable_in_a_narrow_pane() -> None:
    async with shown(make_tag([]), size=(30, 14)) as (_, _pilot, host):
        steps = "1 p plan from the PRD 2 a score how hard 3 X divide into subtasks"
        assert steps in " ".join(host.screen_text().replace("│", " ").split())


async def test_move_to_unfolds_and_clears_a_filter_that_hides_the_task() -> None:
    async with shown() as (tree, _, _host):
        tree.filter_text = "release"
        tree.move_to("1.3")
        assert tree.filter_text == ""
        assert tree.cursor_key == "1.3"
        assert "1.3" in tree.visible_keys
        tree.move_to("no such task")
        assert tree.cursor_key == "1.3"


async def test_an_empty_list_says_how_to_begin() -> None:
    async with shown(make_tag([])) as (tree, pilot, host):
        assert "1  p  plan from the PRD" in host.screen_text()
        assert tree.cursor_key is None
        await pilot.press("down", "enter", "space", "m", "right", "o")
        assert [message.action for message in messages(host, TaskTree.Request)] == ["status", "add"]
        assert tree.targets() == ()


@pytest.mark.parametrize("title", HOSTILE_TITLES, ids=range(len(HOSTILE_TITLES)))
async def test_a_title_is_text_and_the_columns_behind_it_stay_in_place(title: str) -> None:
    tag = make_tag(
        [make_task(1, "Plain", priority="high"), {**make_task(2), "title": title, "priority": "high"}]
    )
    async with shown(tag, make_report(t1=3, t2=9)) as (_, _pilot, host):
        lines = host.screen_text().splitlines()
        plain, hostile = lines[1], lines[2]
        assert all(character.isprintable() for character in hostile)
        assert cell_len(hostile) == cell_len(plain) == 60
        assert hostile.rstrip("│ ").endswith("▲ █9")


async def test_markup_in_a_title_is_shown_as_it_is_written() -> None:
    async with shown(make_tag([make_task(1, "[red]x[/]"), make_task(2, "\x1b[31mred")])) as (_, _pilot, host):
        assert "[red]x[/]" in host.screen_text()
        assert "␛[31mred" in host.screen_text()


async def test_every_status_has_a_shape_of_its_own() -> None:
    statuses = ("pending", "in-progress", "review", "done", "blocked", "deferred", "cancelled", "odd one")
    tag = make_tag([make_task(number, status=status) for number, status in enumerate(statuses, 1)])
    async with shown(tag) as (_, _pilot, host):
        lines = host.screen_text().splitlines()[1:9]
        assert len({line.split()[1] for line in lines}) == len(statuses)


async def test_a_row_says_complexity_in_a_digit_and_progress_in_a_bar_and_a_wait_in_a_sign() -> None:
    async with shown(report=make_report(t2=8, t3=2), size=(80, 14)) as (_, _pilot, host):
        assert "▇8" in line_with(host, "Database")
        assert "0/2" in line_with(host, "Accounts")
        assert "⋯" in line_with(host, "Accounts")
        assert "⋯" not in line_with(host, "Database")


async def test_the_task_to_do_next_is_pointed_out_and_follows_the_file() -> None:
    async with shown() as (tree, pilot, host):
        await pilot.press("right_square_bracket")
        await pilot.pause()
        assert "→" in line_with(host, "2.1 Part")
        assert host.screen_text().count("→") == 1
        show(tree, make_tag([make_task(1, "Only one")]))
        await pilot.pause()
        assert "→" in line_with(host, "Only one")


async def test_columns_give_way_to_the_title_when_it_is_narrow() -> None:
    async with shown(report=make_report(t2=8), size=(80, 14)) as (_, pilot, host):
        assert "Release notes" in host.screen_text()
        await pilot.resize_terminal(26, 14)
        await pilot.pause()
        assert "Database schema" in host.screen_text()
        assert "▇" not in host.screen_text()
        assert all(cell_len(line) == 26 for line in host.screen_text().splitlines())


async def test_marks_collect_targets_in_file_order_and_escape_clears_them() -> None:
    async with shown() as (tree, pilot, host):
        tree.move_to("4")
        await pilot.press("m")
        tree.move_to("2")
        await pilot.press("m", "space", "i", "delete", "e")
        sent = messages(host, TaskTree.Request)
        assert [(message.action, message.keys) for message in sent] == [
            ("status", ("2", "4")),
            ("priority", ("2", "4")),
            ("remove", ("2", "4")),
            ("edit", ("3",)),
        ]
        await pilot.press("escape")
        assert tree.marked == frozenset()
        assert tree.targets() == ("3",)


async def test_cursor_and_marks_can_be_told_without_colour() -> None:
    async with shown() as (_, pilot, host):
        assert "›" in line_with(host, "Set up")
        await pilot.press("m")
        assert "•" in line_with(host, "Set up")
        assert "›" in line_with(host, "Database")
        await pilot.press("up")
        assert "»" in line_with(host, "Set up")


async def test_every_key_that_the_help_promises_has_its_action() -> None:
    assert [action.name for action in ACTIONS["tree"] if not hasattr(TaskTree, f"action_{action.name}")] == []


@pytest.mark.parametrize(
    ("key", "action"),
    [
        ("o", "add"),
        ("O", "add_subtask"),
        ("K", "move_up"),
        ("J", "move_down"),
        ("b", "edit_dependencies"),
        ("e", "edit"),
    ],
)
async def test_a_key_asks_for_an_edit_of_the_task_under_the_cursor(key: str, action: str) -> None:
    async with shown() as (tree, pilot, host):
        tree.move_to("3")
        await pilot.press(key)
        (request,) = messages(host, TaskTree.Request)
        assert (request.action, request.keys) == (action, ("3",))


async def test_enter_opens_and_moving_tells() -> None:
    async with shown() as (_, pilot, host):
        await pilot.press("down", "enter")
        await pilot.pause()
        assert [message.key for message in messages(host, TaskTree.Highlighted)] == ["2"]
        assert [message.key for message in messages(host, TaskTree.Opened)] == ["2"]


async def test_click_selects_arrow_folds_and_double_click_opens() -> None:
    async with shown() as (tree, pilot, host):
        await pilot.click(TaskTree, offset=(12, 3))
        assert tree.cursor_key == "3"
        await pilot.click(TaskTree, offset=(2, 2))
        assert tree.visible_keys == ("1", "2", "2.1", "2.2", "3", "4")
        assert tree.cursor_key == "3"
        await pilot.double_click(TaskTree, offset=(12, 3))
        assert [message.key for message in messages(host, TaskTree.Opened)] == ["2.1"]
        await pilot.click(TaskTree, offset=(12, 11))
        assert tree.cursor_key == "2.1"


async def test_control_click_marks_one_and_shift_click_a_range() -> None:
    async with shown() as (tree, pilot, _):
        await pilot.click(TaskTree, offset=(12, 1), control=True)
        assert tree.marked == {"1"}
        await pilot.click(TaskTree, offset=(12, 3), shift=True)
        assert tree.marked == {"1", "2", "3"}


async def test_the_wheel_scrolls_without_moving_the_cursor() -> None:
    tag = make_tag([make_task(number) for number in range(1, 101)])
    async with shown(tag) as (tree, pilot, _):
        for _ in range(5):
            tree.post_message(MouseScrollDown(tree, 5, 5, 0, 1, 0, False, False, False))
        await pilot.pause()
        await pilot.wait_for_animation()
        assert tree.scroll_offset.y > 0
        assert tree.cursor_key == "1"


async def test_a_running_agent_shows_on_its_row_until_it_ends() -> None:
    async with shown() as (tree, pilot, host):
        tree.set_activity({"2": "working"})
        await pilot.pause()
        assert "⠿" in line_with(host, "Database")
        tree.set_activity({"2": "waiting for a person"})
        await pilot.pause()
        assert "?" in line_with(host, "Database")
        tree.set_activity({})
        await pilot.pause()
        assert "⠿" not in host.screen_text()


async def test_flashed_rows_are_pointed_out() -> None:
    async with shown() as (tree, pilot, host):
        tree.flash(["2", "vanished"])
        await pilot.pause()
        assert "▎" in line_with(host, "Database")


async def test_thousands_of_tasks_draw_only_the_rows_in_view(monkeypatch: pytest.MonkeyPatch) -> None:
    tag = make_tag([make_task(number, subtasks=6) for number in range(1, 1001)])
    async with shown(tag) as (tree, pilot, _):
        drawn: list[int] = []
        draw = tree.draw

        def counted(line: int, width: int) -> Any:
            drawn.append(line)
            return draw(line, width)

        monkeypatch.setattr(tree, "draw", counted)
        await pilot.press("right_square_bracket", "end")
        await pilot.pause()
        assert tree.virtual_size == Size(0, 7000)
        assert len(drawn) < 60


async def test_files_from_the_field_can_be_shown(corpus: Any) -> None:
    from core.errors import DamagedFile
    from core.tasks.document import parse

    seen = 0
    for path in sorted(corpus.glob("tasks/**/tasks.json")):
        try:
            document = parse(path.read_bytes(), path)
        except DamagedFile:
            continue
        for tag in document.tags.values():
            async with shown(tag) as (tree, pilot, host):
                tree.action_unfold_all()
                await pilot.pause()
                assert len(tree.visible_keys) == len(tag.nodes)
                assert host.screen_text()
                seen += 1
    assert seen
