"""The dependency graph as a person walks it: what it shows, hides and says, and where the arrows lead."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

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
from tui.widgets.dependency_graph import DependencyGraph
from tui.widgets.graph_canvas import GraphCanvas
from tui.widgets.graph_layout import lay_out
from tui.widgets.graph_scope import TopLevelGraph, choose


def project() -> Tag:
    return make_tag(
        [
            make_task(1, "Setup", status="done"),
            make_task(2, "Schema", dependencies=[1]),
            make_task(3, "Accounts", dependencies=[2]),
            make_task(4, "Search", dependencies=[2]),
            make_task(5, "Release", dependencies=[3, 2]),
            make_task(6, "Loose end"),
        ]
    )


@asynccontextmanager
async def shown(
    tag: Tag | None = None, focus: str | None = None, size: tuple[int, int] = (120, 24)
) -> AsyncIterator[tuple[DependencyGraph, Pilot[None], WidgetHost]]:
    graph = DependencyGraph()
    host = WidgetHost(graph)
    async with host.run_test(size=size) as pilot:
        tag = tag or project()
        graph.show(tag, TaskGraph(tag), make_report(t3=7), focus)
        graph.focus()
        await pilot.pause()
        listen(host)
        yield graph, pilot, host


async def test_open_and_connected_tasks_are_drawn_and_the_rest_is_counted() -> None:
    async with shown() as (_, pilot, host):
        text = host.screen_text()
        assert "4 tasks" in text
        assert "1 finished hidden (d)" in text
        assert "1 unconnected hidden (d)" in text
        assert "1 implied lines left out" in text
        assert "Schema" in text
        assert "Setup" not in text
        assert "Loose end" not in text
        await pilot.press("d")
        await pilot.pause()
        assert "6 tasks" in host.screen_text()
        assert "Setup" in host.screen_text()
        assert "Loose end" in host.screen_text()


async def test_a_task_shows_status_id_title_and_complexity() -> None:
    async with shown(focus="2") as (_, _pilot, host):
        lines = host.screen_text().splitlines()
        row = next(number for number, line in enumerate(lines) if "Accounts" in line)
        assert "○ 3" in lines[row - 1]
        assert "▆7" in lines[row - 1]


async def test_boxes_grow_smaller_before_tasks_are_hidden() -> None:
    tag = make_tag([make_task(1), *(make_task(number, dependencies=[1]) for number in range(2, 10))])
    async with shown(tag, focus="1", size=(80, 40)) as (_, pilot, host):
        assert "○ 7 " in host.screen_text()
        await pilot.resize_terminal(80, 28)
        await pilot.pause()
        assert "○ 7 Task 7" in host.screen_text()
        await pilot.resize_terminal(80, 7)
        await pilot.pause()
        assert "│ ○ 3 Task 3" in host.screen_text()
        assert "╭" not in host.screen_text().replace("╭─▸", "")


async def test_the_critical_path_has_a_mark_and_a_heavy_frame() -> None:
    async with shown(focus="4") as (_, _pilot, host):
        text = host.screen_text()
        assert "critical path: 3 tasks" in text
        assert "━ critical path  ═ links of the chosen task" in text
        assert text.count("┏") == 3
        assert "━" in text


async def test_arrows_walk_along_the_edges() -> None:
    async with shown(focus="2") as (graph, pilot, host):
        await pilot.press("right")
        assert graph.cursor_key in ("3", "4")
        await pilot.press("up")
        first = graph.cursor_key
        await pilot.press("down")
        assert {first, graph.cursor_key} == {"3", "4"}
        graph.cursor_key = "3"
        await pilot.press("right")
        assert graph.cursor_key == "5"
        await pilot.press("right", "left", "left", "left")
        assert graph.cursor_key == "2"
        await pilot.press("enter")
        assert [message.key for message in messages(host, DependencyGraph.Opened)] == ["2"]
        assert messages(host, DependencyGraph.Highlighted)[-1].key == "2"


async def test_c_keeps_only_the_chain_through_the_cursor() -> None:
    async with shown(focus="4") as (_, pilot, host):
        await pilot.press("c")
        await pilot.pause()
        assert "2 outside the chain hidden (c)" in host.screen_text()
        assert "Search" in host.screen_text()
        assert "Accounts" not in host.screen_text()
        await pilot.press("c")
        await pilot.pause()
        assert "Accounts" in host.screen_text()


async def test_a_finished_task_in_focus_is_shown_all_the_same() -> None:
    async with shown(focus="1") as (graph, _, host):
        assert graph.cursor_key == "1"
        assert "Setup" in host.screen_text()
        assert "finished hidden" not in host.screen_text()


async def test_focus_on_a_subtask_is_focus_on_its_task() -> None:
    tag = make_tag([make_task(1, subtasks=2), make_task(2, dependencies=[1])])
    async with shown(tag, focus="1.2") as (graph, _, _host):
        assert graph.cursor_key == "1"


async def test_what_a_subtask_waits_for_is_an_edge_of_its_task() -> None:
    tasks = [make_task(7), make_task(8, subtasks=1)]
    tasks[1]["subtasks"][0]["dependencies"] = ["7"]
    tag = make_tag(tasks)
    assert choose(TopLevelGraph(tag, TaskGraph(tag)), None).edges == (("7", "8"),)


async def test_a_cycle_is_marked_by_more_than_colour() -> None:
    tag = make_tag(
        [make_task(1, dependencies=[2]), make_task(2, dependencies=[1]), make_task(3, dependencies=[2])]
    )
    async with shown(tag, focus="3") as (_, _pilot, host):
        text = host.screen_text()
        assert "↺ 2 in a cycle" in text
        assert text.count("↺") == 3
        assert "╔" in text
        assert "◂" in text


async def test_nothing_to_draw_is_said() -> None:
    async with shown(make_tag([])) as (graph, pilot, host):
        assert "No tasks yet." in host.screen_text()
        await pilot.press("right", "down", "enter", "c", "d")
        assert graph.cursor_key is None
    async with shown(make_tag([make_task(1, status="done"), make_task(2, status="done")])) as (
        _,
        pilot,
        host,
    ):
        assert "Every task is finished. d shows them." in host.screen_text()
        await pilot.press("d")
        await pilot.pause()
        assert "2 tasks" in host.screen_text()


async def test_the_cursor_stays_when_the_file_changes() -> None:
    async with shown(focus="3") as (graph, _, _host):
        tag = make_tag([*(task.raw for task in project().tasks), make_task(7, dependencies=[5])])
        graph.show(tag, TaskGraph(tag), None)
        assert graph.cursor_key == "3"


async def test_a_click_chooses_a_task_and_a_double_click_opens_it() -> None:
    async with shown(focus="2") as (graph, pilot, host):
        lines = host.screen_text().splitlines()
        row = next(number for number, line in enumerate(lines) if "Search" in line)
        await pilot.click(DependencyGraph, offset=(lines[row].index("Search"), row))
        assert graph.cursor_key == "4"
        lines = host.screen_text().splitlines()
        row = next(number for number, line in enumerate(lines) if "Schema" in line)
        await pilot.double_click(DependencyGraph, offset=(lines[row].index("Schema"), row))
        assert [message.key for message in messages(host, DependencyGraph.Opened)] == ["2"]


async def test_the_cursor_is_brought_into_view_in_both_directions() -> None:
    tag = make_tag(
        [make_task(number, dependencies=[number - 1] if number > 1 else []) for number in range(1, 20)]
    )
    async with shown(tag, focus="1", size=(60, 12)) as (graph, pilot, host):
        for _ in range(18):
            await pilot.press("right")
        await pilot.pause()
        assert graph.cursor_key == "19"
        assert "▸ 19" in host.screen_text()
        assert host.screen_text().splitlines()[0].startswith(" 19 tasks")


DEEP = {1: [], 2: [1], 3: [1], 4: [3], 5: [4, 2], 6: [5], 7: [6], 8: [7], 9: [7], 10: [8, 9]}


def deep() -> Tag:
    return make_tag([make_task(key, f"Step {key}", dependencies=needs) for key, needs in DEEP.items()])


async def test_a_graph_wider_than_the_page_is_a_row_a_task_with_rails() -> None:
    async with shown(deep(), focus="1", size=(60, 16)) as (_, _pilot, host):
        lines = [line.rstrip() for line in host.screen_text().splitlines()]
        assert lines[:12] == [
            " 10 tasks  critical path: 8 tasks",
            " ━ critical path  ═ links of the chosen task",
            " ○   ▸  1     Step 1 ◆",
            " ╠═○    2     Step 2",
            " ○ │    3 ▆7  Step 3 ◆",
            " ○ │    4     Step 4 ◆",
            " ○─╯    5     Step 5 ◆",
            " ○      6     Step 6 ◆",
            " ○      7     Step 7 ◆",
            " ┡━○    8     Step 8 ◆",
            " ○ ┃    9     Step 9",
            " ○━┛   10     Step 10 ◆",
        ]


async def test_the_rows_are_walked_chosen_and_opened_like_boxes() -> None:
    async with shown(deep(), focus="1", size=(70, 16)) as (graph, pilot, host):
        await pilot.press("down", "down")
        assert graph.cursor_key == "3"
        await pilot.press("right", "right")
        assert graph.cursor_key == "5"
        graph.cursor_key = "2"
        await pilot.press("c")
        await pilot.pause()
        assert "2 outside the chain hidden (c)" in host.screen_text()
        await pilot.press("c")
        row = next(n for n, line in enumerate(host.screen_text().splitlines()) if "Step 6" in line)
        await pilot.double_click(DependencyGraph, offset=(20, row))
        assert [message.key for message in messages(host, DependencyGraph.Opened)] == ["6"]


async def test_rows_keep_the_first_line_whole_and_the_cursor_in_view() -> None:
    async with shown(deep(), focus="10", size=(44, 8)) as (_, pilot, host):
        await pilot.pause()
        lines = host.screen_text().splitlines()
        assert lines[0].strip() == "10 tasks  critical path: 8 tasks"
        assert "▸ 10" in host.screen_text()


async def test_of_thousands_of_tasks_the_nearest_are_drawn_and_walking_on_draws_further() -> None:
    tasks = [make_task(number, dependencies=[number - 1] if number > 1 else []) for number in range(1, 2001)]
    async with shown(make_tag(tasks), focus="1000") as (graph, pilot, host):
        assert "120 tasks" in host.screen_text()
        assert "1,880 further away hidden" in host.screen_text()
        for _ in range(130):
            graph.action_cursor_right()
        await pilot.pause()
        assert graph.cursor_key == "1130"
        assert "1130" in host.screen_text()


async def test_every_key_that_the_help_promises_has_its_action() -> None:
    names = [action.name for action in ACTIONS["graph"]]
    assert [name for name in names if not hasattr(DependencyGraph, f"action_{name}")] == []


@pytest.mark.parametrize("title", HOSTILE_TITLES, ids=range(len(HOSTILE_TITLES)))
async def test_titles_are_text_and_keep_the_boxes_whole(title: str) -> None:
    tag = make_tag([{**make_task(1), "title": title}, make_task(2, "Plain", dependencies=[1])])
    async with shown(tag, size=(80, 10)) as (_, _pilot, host):
        lines = host.screen_text().splitlines()
        assert all(cell_len(line) == 80 and line.isprintable() for line in lines)
        assert "Plain" in lines[3]
        assert cell_len(lines[3].rstrip()) == cell_len(lines[2].rstrip()) == cell_len(lines[1].rstrip())


def drawn(nodes: list[str], edges: list[tuple[str, str]]) -> list[str]:
    """The lines of a drawing with `#` for boxes."""
    layout = lay_out(nodes, edges, 3, 1)
    canvas = GraphCanvas(layout)
    lines: list[str] = []
    for y in range(layout.height):
        cells = {x: text for x, (text, _) in canvas.row(y, lambda route: (0, "")).items()}
        for box in layout.boxes.values():
            cells |= {x: "#" for x in range(box.x, box.x + box.width) if box.y == y}
        lines.append("".join(cells.get(x, " ") for x in range(layout.width)).rstrip())
    return lines


def test_lines_branch_join_and_cross_so_that_they_can_be_told_apart() -> None:
    assert drawn(["a", "b", "c"], [("a", "b"), ("a", "c")]) == [
        "###─┬─▸###",
        "    │",
        "    ╰─▸###",
    ]
    assert drawn(["a", "b", "c"], [("a", "c"), ("b", "c")]) == [
        "###─┬─▸###",
        "    │",
        "###─╯",
    ]


async def test_a_straight_chain_explains_no_lines_it_does_not_draw() -> None:
    chain = make_tag([make_task(n, f"Step {n}", dependencies=[n - 1] if n > 1 else []) for n in range(1, 13)])
    async with shown(chain, size=(60, 24)) as (_, _, host):
        text = host.screen_text()
        assert "each task waits for the one above it" in text
        assert "links of the chosen task" not in text
