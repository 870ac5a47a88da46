"""The way from an empty plan to the next task as the screen leads it: footer, empty panes, filter."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fakes.command_line import TASKS, sample_tasks
from tests.fakes.deck import Deck, make_deck_project, open_deck
from tui.screens.help import HelpScreen
from tui.screens.menus import Menu
from tui.screens.proposal import ProposalScreen
from tui.widgets.complexity_heatmap import ComplexityHeatmap
from tui.widgets.footer_bar import FooterBar
from tui.widgets.glyphs import legend


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    return make_deck_project(tmp_path / "new", {"master": {"tasks": []}})


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_deck_project(tmp_path / "sample")


def footer(deck: Deck) -> str:
    return deck.text_of(deck.plan.query_one(FooterBar))


@pytest.mark.parametrize("key", ["x", "X", "space", "a"])
async def test_what_needs_tasks_says_that_there_are_none_and_what_plans_them(empty: Path, key: str) -> None:
    async with open_deck(empty) as deck:
        await deck.press(key)
        await deck.until(lambda: "No tasks yet. p plans them from prd.txt" in deck.plan.notice.text)


async def test_an_empty_plan_shows_the_way_in_tree_middle_and_footer(empty: Path) -> None:
    async with open_deck(empty) as deck:
        assert "1  p  plan from the PRD" in deck.text_of(deck.plan.tree_box)
        assert "p plans them from the PRD" in deck.text_of(deck.plan.middle_box)
        await deck.until(lambda: footer(deck).startswith(" p plan "))


async def test_escape_in_the_tree_clears_and_hides_the_filter_line(project: Path) -> None:
    async with open_deck(project) as deck:
        await deck.press("slash")
        await deck.until(lambda: deck.app.focused is not None and deck.app.focused.id == "filter")
        await deck.type("schema")
        await deck.until(lambda: " of " in deck.text_of(deck.plan.tree_box).splitlines()[-1])
        await deck.press("enter")
        await deck.until(lambda: deck.app.focused is deck.plan.task_tree)
        await deck.press("escape")
        await deck.until(lambda: not deck.plan.query_one("#filter").display)
        assert "Command line" in deck.text_of(deck.plan.task_tree)
        assert "done" in deck.text_of(deck.plan.tree_box).splitlines()[-1]


async def test_the_border_counts_marked_tasks(project: Path) -> None:
    async with open_deck(project) as deck:
        await deck.press("m", "m")
        await deck.until(lambda: "2 marked" in deck.text_of(deck.plan.tree_box))


async def test_the_bar_with_messages_has_rows_of_its_own(project: Path) -> None:
    async with open_deck(project, size=(80, 24)) as deck:
        await deck.press("n")
        await deck.until(lambda: deck.plan.notice.display)
        assert deck.plan.notice.region.height <= 2
        assert not deck.plan.notice.region.overlaps(deck.plan.tree_box.region)
        assert not deck.plan.notice.region.overlaps(deck.plan.log_box.region)


@pytest.mark.parametrize("pane", ["3", "0"])
async def test_the_way_out_is_in_the_footer_on_a_narrow_screen(project: Path, pane: str) -> None:
    async with open_deck(project, size=(80, 24)) as deck:
        await deck.press(pane)
        await deck.until(lambda: "esc " in footer(deck))


async def test_a_small_menu_says_how_to_leave_it(project: Path) -> None:
    async with open_deck(project) as deck:
        await deck.press("space")
        await deck.shown(Menu)
        assert "esc" in deck.screen_text()


SCORES = {
    "complexityAnalysis": [
        {"taskId": number, "taskTitle": "", "complexityScore": number + 3, "recommendedSubtasks": 4}
        for number in range(1, 6)
    ]
}


async def test_tree_and_heatmap_have_one_cursor(project: Path) -> None:
    report = project / ".taskmaster" / "reports" / "task-complexity-report.json"
    report.parent.mkdir(parents=True)
    report.write_text(json.dumps(SCORES), "utf-8")
    async with open_deck(project) as deck:
        deck.plan.jump("3")
        await deck.press("4")
        await deck.until(lambda: isinstance(deck.app.focused, ComplexityHeatmap))
        heatmap = deck.plan.query_one(ComplexityHeatmap)
        await deck.until(lambda: heatmap.cursor_key == "3")
        await deck.press("right")
        await deck.until(lambda: deck.plan.task_tree.cursor_key == "4")
        deck.plan.jump("2")
        await deck.until(lambda: heatmap.cursor_key == "2")


async def test_a_subtask_has_the_width_of_its_row(project: Path) -> None:
    title = "A title of a part that is long enough"
    tasks = sample_tasks()
    tasks["master"]["tasks"][1]["subtasks"][0]["title"] = title
    (project / TASKS).write_text(json.dumps(tasks), "utf-8")
    async with open_deck(project) as deck:
        deck.plan.jump("2")
        await deck.press("right")
        await deck.until(lambda: title in deck.text_of(deck.plan.task_tree))


async def test_the_help_explains_every_sign(project: Path) -> None:
    async with open_deck(project, size=(120, 320)) as deck:
        await deck.press("question_mark")
        await deck.shown(HelpScreen)
        await deck.pilot.pause()
        text = deck.screen_text()
        for glyph, words in legend():
            assert f"{glyph}  {words}" in text
        assert text.index("Panes") < text.index("Signs") < text.index("Answers and repair")


async def test_dividing_all_tasks_leaves_the_cursor_where_it_was(project: Path) -> None:
    async with open_deck(project) as deck:
        deck.plan.jump("4")
        await deck.press("X")
        view = await deck.shown(ProposalScreen)
        await deck.until(lambda: view.whole)
        await deck.press("enter")
        await deck.until(lambda: deck.task("4")["subtasks"])
        await deck.until(lambda: bool(deck.app.session.snapshot.tag.nodes["4"].subtasks))
        assert deck.plan.task_tree.cursor_key == "4"
