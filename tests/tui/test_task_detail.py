"""One task in full: what is said about it, the links to others, and text that stays text."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

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
from tui.widgets.detail_lines import detail_lines
from tui.widgets.task_detail import TaskDetail
from tui.widgets.text_lines import prose, text_of, wrap


def project() -> Tag:
    return make_tag(
        [
            make_task(1, "Set up", status="done"),
            make_task(2, "Schema", status="in-progress"),
            make_task(
                3,
                "Accounts",
                dependencies=[1, 2, 99],
                priority="high",
                subtasks=2,
                description="People sign in.",
                details="## Steps\n- hash passwords\n```\n  code   kept\n```",
                testStrategy="Try to sign in.",
                assignee="ada",
            ),
            make_task(4, "Release", dependencies=[3]),
            make_task(5, "Report", dependencies=[3, 2]),
        ]
    )


@asynccontextmanager
async def shown(
    key: str | None = "3", tag: Tag | None = None, size: tuple[int, int] = (60, 40)
) -> AsyncIterator[tuple[TaskDetail, Pilot[None], WidgetHost]]:
    detail = TaskDetail()
    host = WidgetHost(detail)
    async with host.run_test(size=size) as pilot:
        tag = tag or project()
        detail.show(tag.nodes[key] if key else None, TaskGraph(tag), make_report(t3=7))
        detail.focus()
        await pilot.pause()
        listen(host)
        yield detail, pilot, host


async def test_a_task_is_shown_with_everything_the_file_says() -> None:
    async with shown() as (_, _pilot, host):
        text = host.screen_text()
        for part in (
            "3  Accounts",
            "○ pending",
            "▲ high",
            "complexity ▆ 7 of 10, medium",
            "after 1 ✓ 2 ◐ 99 ? (no such task)",
            "unblocks 4 ○",
            "also needed by 5 ○",
            "◆ on the critical path",
            "People sign in.",
            "─ Details ─",
            "  code   kept",
            "Try to sign in.",
            "─ Subtasks 0/2 ─",
            "○ 3.1 Part 1 of 3",
            "5 subtasks recommended, 2 there.",
            "Many moving parts.",
            "assignee: ada",
        ):
            assert part in text


async def test_a_subtask_names_the_task_it_is_part_of() -> None:
    async with shown("3.1") as (_, pilot, host):
        assert "part of 3 ○ Accounts" in host.screen_text()
        await pilot.press("right_curly_bracket", "enter")
        assert [message.key for message in messages(host, TaskDetail.JumpRequested)] == ["3"]


async def test_without_a_task_it_says_what_to_do() -> None:
    async with shown(None) as (_, pilot, host):
        assert "No task is chosen." in host.screen_text()
        await pilot.press("right_curly_bracket", "enter", "e", "space")
        assert host.sent == []


async def test_links_are_walked_with_braces_and_followed_with_enter() -> None:
    async with shown() as (detail, pilot, host):
        seen: list[str | None] = []
        for _ in range(8):
            await pilot.press("right_curly_bracket")
            seen.append(detail.chosen_link)
        assert seen == ["1", "2", "4", "5", "3.1", "3.2", "1", "2"]
        await pilot.press("left_curly_bracket", "left_curly_bracket", "enter")
        assert [message.key for message in messages(host, TaskDetail.JumpRequested)] == ["3.2"]


async def test_a_click_on_a_link_follows_it() -> None:
    async with shown() as (_, pilot, host):
        lines = host.screen_text().splitlines()
        row = next(number for number, line in enumerate(lines) if "unblocks 4" in line)
        await pilot.click(TaskDetail, offset=(lines[row].index("4"), row))
        await pilot.click(TaskDetail, offset=(40, row))
        assert [message.key for message in messages(host, TaskDetail.JumpRequested)] == ["4"]


async def test_keys_ask_for_edits_of_the_task_on_show() -> None:
    async with shown() as (_, pilot, host):
        await pilot.press("e", "space")
        sent = messages(host, TaskDetail.Request)
        assert [(message.action, message.keys) for message in sent] == [("edit", ("3",)), ("status", ("3",))]


async def test_every_key_that_the_help_promises_has_its_action() -> None:
    assert [
        action.name for action in ACTIONS["detail"] if not hasattr(TaskDetail, f"action_{action.name}")
    ] == []


async def test_a_change_of_the_same_task_keeps_the_scroll_and_another_task_begins_at_the_top() -> None:
    long = {"details": "\n".join(f"line {number}" for number in range(100))}
    tag = make_tag([make_task(1, **long), make_task(2, **long)])
    graph = TaskGraph(tag)
    async with shown("1", tag, size=(60, 12)) as (detail, pilot, _):
        detail.scroll_to(y=30, animate=False)
        detail.show(tag.nodes["1"], graph, None)
        await pilot.pause()
        assert detail.scroll_offset.y == 30
        detail.show(tag.nodes["2"], graph, None)
        await pilot.pause()
        assert detail.scroll_offset.y == 0


async def test_text_is_laid_out_again_for_a_new_width() -> None:
    async with shown(size=(60, 40)) as (_, pilot, host):
        await pilot.resize_terminal(24, 40)
        await pilot.pause()
        assert all(cell_len(line) <= 24 for line in host.screen_text().splitlines())
        assert "hash" in host.screen_text()


@pytest.mark.parametrize("text", HOSTILE_TITLES, ids=range(len(HOSTILE_TITLES)))
def test_no_text_can_leave_its_lines(text: str) -> None:
    tag = make_tag(
        [
            {
                **make_task(1, subtasks=1),
                "title": text,
                "details": text,
                "description": text,
                text or "key": text,
            }
        ]
    )
    for line in detail_lines(tag.nodes["1"], TaskGraph(tag), None, 40):
        shown = "".join(piece.text for piece in line)
        assert cell_len(shown) <= 40
        assert shown.isprintable()


def test_a_cycle_and_a_task_that_waits_for_itself_are_said() -> None:
    tag = make_tag(
        [make_task(1, dependencies=[2]), make_task(2, dependencies=[1]), make_task(3, dependencies=[3])]
    )
    graph = TaskGraph(tag)
    assert "! waits for itself: 1 → 2 → 1" in text_of(detail_lines(tag.nodes["1"], graph, None, 60))
    assert "! depends on itself" in text_of(detail_lines(tag.nodes["3"], graph, None, 60))


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("- one two three", ["- one two", "  three"]),
        ("1. one two three", ["1. one two", "   three"]),
        ("# Title", ["Title"]),
        ("```\na  b\n  c\n```", ["```", "a  b", "  c", "```"]),
        ("a\n\nb", ["a", "", "b"]),
        ("[bold]x[/]", ["[bold]x[/]"]),
        ("漢字漢字漢字漢字", ["漢字漢字漢", "字漢字"]),
    ],
)
def test_prose_keeps_its_shape(text: str, lines: list[str]) -> None:
    assert text_of(prose(text, 10)).split("\n") == lines


def test_wrapping_loses_nothing() -> None:
    text = "one " + "x" * 95 + " two"
    assert "".join(wrap(text, 10)).replace(" ", "") == text.replace(" ", "")


async def test_tasks_from_the_field_can_be_shown(corpus: Any) -> None:
    from core.errors import DamagedFile
    from core.tasks.document import parse

    for path in sorted(corpus.glob("tasks/**/tasks.json")):
        try:
            document = parse(path.read_bytes(), path)
        except DamagedFile:
            continue
        for tag in document.tags.values():
            graph = TaskGraph(tag)
            for task in tag.nodes.values():
                for line in detail_lines(task, graph, None, 50):
                    assert cell_len("".join(piece.text for piece in line)) <= 50
