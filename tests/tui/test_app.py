"""The application as a whole: sizes, panes, pipeline proofs, help, palette, themes and imports."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from textual.color import Color
from textual.command import CommandPalette
from textual.theme import Theme

from core.paths import config_file
from tests.fakes.deck import make_deck_project, open_deck
from tui.actions import ACTIONS, SCOPES
from tui.screens.help import HelpScreen
from tui.screens.log_line import LogLineScreen
from tui.screens.proof import ProofScreen
from tui.themes import THEMES


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_deck_project(tmp_path / "sample")


def test_the_app_imports_no_sdk_before_it_is_needed() -> None:
    heavy = [
        "anthropic",
        "git",
        "kubernetes",
        "pydantic",
        "tomlkit",
        "tree_sitter",
        "markdown_it.main",
        "watchfiles",
    ]
    code = f"import sys, tui.app; print([name for name in {heavy!r} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize("size", [(80, 24), (100, 30)])
async def test_narrow_screens_show_one_pane_with_bar_and_one_log_row(
    project: Path, size: tuple[int, int]
) -> None:
    async with open_deck(project, size) as deck:
        assert "Database schema" in deck.screen_text()
        assert not deck.plan.detail.region
        assert deck.plan.log_panel.size.height == 1
        assert re.search("Tasks( 5 planned)? ✓", deck.screen_text())
        await deck.press("2")
        await deck.until(lambda: deck.plan.detail.region.width > size[0] - 5)
        assert not deck.plan.task_tree.region
        await deck.press("7")
        await deck.until(lambda: deck.plan.log_panel.size.height > 10)
        await deck.press("1")
        await deck.until(lambda: deck.plan.task_tree.region)


@pytest.mark.parametrize("size", [(120, 35), (200, 60)])
async def test_wide_screens_show_tree_middle_and_log(project: Path, size: tuple[int, int]) -> None:
    async with open_deck(project, size) as deck:
        assert deck.plan.task_tree.region
        assert deck.plan.detail.region
        assert deck.plan.log_panel.size.height > 3


async def test_a_line_of_the_log_opens_whole_and_the_log_filters(project: Path) -> None:
    async with open_deck(project) as deck:
        deck.app.say("one thing", "with much to say about it " * 20)
        await deck.press("7")
        await deck.until(lambda: "one thing" in deck.text_of(deck.plan.log_box))
        await deck.press("up", "enter")
        await deck.until(lambda: isinstance(deck.app.screen, LogLineScreen))
        await deck.press("escape", "ampersand")
        await deck.type("open sample")
        await deck.press("enter")
        await deck.until(lambda: "one thing" not in deck.text_of(deck.plan.log_box))
        assert "open sample" in deck.text_of(deck.plan.log_box)


async def test_digits_show_every_pane(project: Path) -> None:
    async with open_deck(project) as deck:
        for digit, name in enumerate(("tree", "task", "prd", "heatmap", "graph", "documents", "log"), 1):
            await deck.press(str(digit))
            await deck.until(lambda name=name: deck.plan.pane == name)
            await deck.until(lambda: deck.app.focused is not None)
            if name == "prd":
                await deck.until(lambda: deck.app.focused.id == "prd-text")
                await deck.press("escape")
                await deck.until(lambda: deck.plan.pane == "tree")


async def test_tabs_in_the_border_can_be_clicked(project: Path) -> None:
    async with open_deck(project) as deck:
        row = deck.plan.middle_box.region.y
        column = deck.screen_text().split("\n")[row].index("4 Heatmap")
        await deck.pilot.click(offset=(column + 3, row))
        await deck.until(lambda: deck.plan.middle == "heatmap")


async def test_the_proof_of_a_stage_opens_by_key_and_mouse(project: Path) -> None:
    async with open_deck(project) as deck:
        await deck.press("0", "right", "enter")
        await deck.shown(ProofScreen)
        assert "sha256" in deck.screen_text()
        assert ".taskmaster/docs/prd.txt" in deck.screen_text()
        await deck.press("escape")
        await deck.until(lambda: deck.app.screen is deck.plan)
        column = deck.screen_text().split("\n")[1].index("Tasks")
        await deck.pilot.click(offset=(column, 1))
        await deck.shown(ProofScreen)
        assert "5, 1 done" in deck.screen_text()


async def test_stages_that_are_not_built_promise_nothing(project: Path) -> None:
    async with open_deck(project) as deck:
        for stage in deck.plan.pipeline.stages:
            if stage.name not in ("Published", "Pull request"):
                continue
            assert stage.state == "absent"
            assert stage.pane == ""


async def test_the_help_says_every_declared_key(project: Path) -> None:
    async with open_deck(project, (120, 300)) as deck:
        await deck.press("question_mark")
        await deck.shown(HelpScreen)
        await deck.pilot.pause()
        text = deck.screen_text()
        for scope, heading in SCOPES.items():
            assert heading in text
            for action in ACTIONS[scope]:
                assert action.help[:40] in text


async def test_the_palette_finds_and_runs_an_action(project: Path) -> None:
    async with open_deck(project) as deck:
        await deck.press("ctrl+p")
        await deck.shown(CommandPalette)
        await deck.type("heatmap")
        await deck.until(lambda: "Show the complexity heatmap" in deck.screen_text())
        await deck.press("enter")
        await deck.pilot.pause()
        if isinstance(deck.app.screen, CommandPalette):
            await deck.press("enter")
        await deck.until(lambda: deck.plan.middle == "heatmap")


async def test_every_theme_shows_the_app(project: Path) -> None:
    async with open_deck(project) as deck:
        for name in deck.app.available_themes:
            deck.app.theme = name
            await deck.pilot.pause()
            assert "Database schema" in deck.screen_text()


def contrast(one: Color, other: Color) -> float:
    """The contrast of two colours as WCAG counts it, 1 to 21."""

    def light(colour: Color) -> float:
        parts = [
            part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized
        ]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    dark, bright = sorted((light(one), light(other)))
    return (bright + 0.05) / (dark + 0.05)


async def test_a_chosen_theme_is_there_the_next_time(project: Path) -> None:
    async with open_deck(project) as deck:
        deck.app.theme = "taskdeck-light"
        await deck.until(lambda: config_file().is_file() and "taskdeck-light" in config_file().read_text())
    async with open_deck(project) as deck:
        await deck.until(lambda: deck.app.theme == "taskdeck-light")


@pytest.mark.parametrize(
    "theme", [theme for theme in THEMES if "contrast" in theme.name], ids=lambda t: t.name
)
def test_high_contrast_themes_have_a_contrast_of_seven(theme: Theme) -> None:
    ground = Color.parse(theme.background)
    texts = [theme.foreground, theme.variables["muted"]]
    texts += [colour for name, colour in theme.variables.items() if name.startswith("status-")]
    for text in texts:
        assert contrast(ground, Color.parse(text)) >= 7, text
    for level in range(9):
        heat = Color.parse(theme.variables[f"heat-{level}"])
        assert contrast(heat, Color.parse(theme.variables[f"heat-text-{level}"])) >= 7, level


async def test_keys_in_the_footer_are_those_of_the_focused_pane(project: Path) -> None:
    async with open_deck(project) as deck:
        assert "status" in deck.screen_text().split("\n")[-1]
        await deck.press("3")
        await deck.until(lambda: deck.app.focused is not None and deck.app.focused.id == "prd-text")
        await deck.pilot.pause()
        footer = deck.screen_text().split("\n")[-1]
        assert "outline" in footer
        assert "analyse" not in footer


def only_crash_file(home: Path) -> str:
    (path,) = home.rglob("crashes/*.txt")
    return path.read_text("utf-8")


async def test_a_fault_inside_is_said_and_kept_in_a_file(project: Path, own_home: Path) -> None:
    async with open_deck(project) as deck:

        async def broken() -> None:
            raise ValueError("made to fail")

        deck.plan.start(broken())
        await deck.until(lambda: "made to fail" in deck.plan.notice.text)
        assert "Traceback" not in deck.screen_text()
    assert "made to fail" in only_crash_file(own_home)
