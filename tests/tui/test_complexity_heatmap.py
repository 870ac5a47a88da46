"""The complexity heatmap: tiles, totals, the table and its orders, and what it says without a report."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from rich.cells import cell_len
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
from tui.widgets.complexity_heatmap import ComplexityHeatmap
from tui.widgets.heatmap_rows import entries_of, plan_tiles, totals


def project() -> Tag:
    return make_tag(
        [
            make_task(1, "Set up", status="done"),
            make_task(2, "Schema", status="in-progress", subtasks=4),
            make_task(3, "Accounts", subtasks=1),
            make_task(4, "Release"),
            make_task(5, "Streaming", status="blocked", subtasks=6),
        ]
    )


REPORT = make_report(t1=2, t2=5, t3=7.5, t5=10)


@asynccontextmanager
async def shown(
    tag: Tag | None = None, report: ComplexityReport | None = REPORT, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[ComplexityHeatmap, Pilot[None], WidgetHost]]:
    heatmap = ComplexityHeatmap()
    host = WidgetHost(heatmap)
    async with host.run_test(size=size) as pilot:
        tag = tag or project()
        heatmap.show(tag, TaskGraph(tag), report)
        heatmap.focus()
        await pilot.pause()
        listen(host)
        yield heatmap, pilot, host


def table(host: WidgetHost) -> list[str]:
    """The titles of the table from top to bottom."""
    names = ("Set up", "Schema", "Accounts", "Release", "Streaming")
    lines = host.screen_text().splitlines()
    return [name for line in lines for name in names if name in line]


async def test_a_task_has_a_tile_with_id_and_digit_and_a_row_with_its_subtasks() -> None:
    async with shown() as (_, _pilot, host):
        text = host.screen_text()
        lines = text.splitlines()
        assert "2   5" in lines[1]
        assert "[5  10]" in lines[1]
        assert "4   ·" in lines[1]
        accounts = next(line for line in lines if "Accounts" in line)
        assert "7.5" in accounts
        assert "1/5 +4" in accounts


async def test_bands_are_counted_by_score() -> None:
    async with shown() as (_, _pilot, host):
        first = host.screen_text().splitlines()[0]
        for part in ("8-10 high: 1 task ", "5-7 medium: 2", "1-4 low: 1", "1 without"):
            assert part in first


async def test_s_goes_through_the_orders_and_says_which() -> None:
    async with shown() as (heatmap, pilot, host):
        assert table(host) == ["Streaming", "Accounts", "Schema", "Set up", "Release"]
        for name, titles in (
            ("id", ["Set up", "Schema", "Accounts", "Release", "Streaming"]),
            ("missing subtasks", ["Accounts", "Schema", "Streaming", "Set up", "Release"]),
            ("status", ["Schema", "Streaming", "Accounts", "Release", "Set up"]),
        ):
            await pilot.press("s")
            await pilot.pause()
            assert f"sorted by {name}" in host.screen_text()
            assert table(host) == titles
        await pilot.press("s")
        assert heatmap.sort == "complexity"


async def test_the_cursor_stays_on_its_task_through_orders_and_changes() -> None:
    async with shown() as (heatmap, pilot, _):
        await pilot.press("down", "s", "s")
        assert heatmap.cursor_key == "3"
        tag = make_tag([make_task(9), *(task.raw for task in project().tasks)])
        heatmap.show(tag, TaskGraph(tag), REPORT)
        assert heatmap.cursor_key == "3"


async def test_left_and_right_walk_over_the_tiles_and_every_move_is_told() -> None:
    async with shown() as (heatmap, pilot, host):
        heatmap.cursor_key = "2"
        await pilot.press("right", "right", "left")
        assert heatmap.cursor_key == "3"
        assert [m.key for m in messages(host, ComplexityHeatmap.Highlighted)] == ["3", "4", "3"]
        assert "subtasks has/recommended" in host.screen_text()


async def test_enter_opens_and_x_asks_for_subtasks() -> None:
    async with shown() as (_, pilot, host):
        await pilot.press("down", "enter", "x")
        assert [message.key for message in messages(host, ComplexityHeatmap.Opened)] == ["3"]
        assert [message.key for message in messages(host, ComplexityHeatmap.ExpandRequested)] == ["3"]


@pytest.mark.parametrize("report", [None, make_report(), make_report(t77=4)])
async def test_without_scores_it_says_which_key_makes_them(report: ComplexityReport | None) -> None:
    async with shown(report=report) as (heatmap, pilot, host):
        assert "No task has a complexity score yet." in host.screen_text()
        assert "Press a" in host.screen_text()
        await pilot.press("down", "enter", "x", "s")
        assert host.sent == []
        assert heatmap.cursor_key is None


async def test_a_click_on_tile_or_row_chooses_and_a_double_click_opens() -> None:
    async with shown() as (heatmap, pilot, host):
        await pilot.click(ComplexityHeatmap, offset=(2, 1))
        assert heatmap.cursor_key == "1"
        row = next(n for n, line in enumerate(host.screen_text().splitlines()) if "Accounts" in line)
        await pilot.double_click(ComplexityHeatmap, offset=(10, row))
        assert [message.key for message in messages(host, ComplexityHeatmap.Opened)] == ["3"]
        await pilot.click(ComplexityHeatmap, offset=(10, 20))
        assert heatmap.cursor_key == "3"


async def test_the_head_stays_while_thousands_of_rows_scroll() -> None:
    tag = make_tag([make_task(number, f"Title {number}") for number in range(1, 5001)])
    report = make_report(**{f"t{number}": 1 + number % 10 for number in range(1, 5001)})
    async with shown(tag, report) as (heatmap, pilot, host):
        await pilot.press("s", "end")
        await pilot.pause()
        assert heatmap.cursor_key == "5000"
        text = host.screen_text()
        assert "Title 5000" in text.splitlines()[-1]
        assert "8-10 high: 1500 tasks" in text.splitlines()[0]
        assert "a tile: mean of" in text


async def test_every_key_that_the_help_promises_has_its_action() -> None:
    names = [action.name for action in ACTIONS["heatmap"]]
    assert [name for name in names if not hasattr(ComplexityHeatmap, f"action_{name}")] == []


@pytest.mark.parametrize("title", HOSTILE_TITLES, ids=range(len(HOSTILE_TITLES)))
@pytest.mark.parametrize("width", [80, 40, 20])
async def test_titles_are_text_at_any_width(title: str, width: int) -> None:
    tag = make_tag([{**make_task(1), "title": title}, make_task(2)])
    async with shown(tag, make_report(t1=4, t2=9), size=(width, 12)) as (_, _pilot, host):
        for line in host.screen_text().splitlines():
            assert cell_len(line) == width
            assert line.isprintable()


@pytest.mark.parametrize("count", [1, 12, 100, 1_000, 5_000, 50_000])
@pytest.mark.parametrize("width", [20, 72, 160])
@pytest.mark.parametrize("most_rows", [1, 4, 10])
def test_tiles_always_fit_and_leave_no_task_out(count: int, width: int, most_rows: int) -> None:
    plan = plan_tiles(count, width, most_rows, id_width=4, digits=2)
    assert plan.rows <= most_rows
    assert plan.rows * plan.across * plan.group >= count
    assert plan.across * (plan.cell + plan.gap) - plan.gap <= width


def test_totals_follow_task_masters_bands() -> None:
    tag = make_tag([make_task(number) for number in range(1, 6)])
    counted = totals(entries_of(tag, make_report(t1=8, t2=7.9, t3=5, t4=4.9)))
    assert counted == {"high": 1, "medium": 2, "low": 1, None: 1}
