"""A document on the run screen: readable, at once, and never in the way of a key, however long it is."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from core.plain_text import printable
from tests.fakes.deck import Deck, make_deck_project, open_deck
from tests.fakes.run_views import NOW, run
from tui.bridges.documents import MOST, read_written
from tui.screens.run import RunScreen
from tui.widgets import document_preview
from tui.widgets.document_lines import LONGEST, document_lines
from tui.widgets.text_lines import text_of

SECTION = "## Section {0}\n\nSome `code` and **strong** words.\n\n- an item\n\n```python\nprint({0})\n```\n\n"
LONG = "".join(SECTION.format(number) for number in range(2_000)) + "The last line.\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_deck_project(tmp_path / "sample")


@pytest.fixture(autouse=True)
def _no_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the preview shows is up to the test, not to the files of the run."""
    monkeypatch.setattr(RunScreen, "_show_preview", lambda screen: None)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]


async def preview_of(deck: Deck) -> RunScreen:
    async def nothing_new() -> None:
        return

    deck.app.runs.look = nothing_new  # type: ignore[method-assign]
    deck.app.runs.now = lambda: NOW
    deck.app.runs.show((run(),))
    await deck.press("r")
    screen = await deck.shown(RunScreen)
    await deck.press("7")
    await deck.until(lambda: screen.pane == "preview" and screen.focused is screen.preview)
    return screen


async def test_a_long_document_is_laid_out_while_everything_else_goes_on(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_preview, "SLICE_SECONDS", 0.0)  # a turn for others after every line
    async with open_deck(project) as deck:
        screen = await preview_of(deck)
        preview = screen.preview
        preview.show("long.md", LONG)
        assert not preview.whole
        turns = 0
        while not preview.whole:
            turns += 1
            await asyncio.sleep(0)
        assert turns > 10_000
        await deck.until(lambda: "Section 0" in deck.text_of(preview))
        await deck.press("end")
        await deck.until(lambda: "The last line." in deck.text_of(preview))
        assert not preview.children


async def test_the_beginning_is_there_before_the_end_is_laid_out(project: Path) -> None:
    async with open_deck(project) as deck:
        preview = (await preview_of(deck)).preview
        preview.show("long.md", LONG)
        assert not preview.whole
        assert "Section 0" in "".join(text for text, _ in preview.parts(2, 80))
        preview.show("short.md", "# Short\n")
        await deck.until(lambda: "Short" in deck.text_of(preview))
        for _ in range(20):
            await deck.pilot.pause()
        assert "Section" not in deck.text_of(preview)
        assert preview.virtual_size.height == 3, "what was wanted before does not come back"


async def test_a_document_that_grows_keeps_its_place_and_one_that_does_not_change_its_lines(
    project: Path,
) -> None:
    async with open_deck(project) as deck:
        preview = (await preview_of(deck)).preview
        preview.show("a.md", LONG)
        await deck.until(lambda: preview.whole)
        await deck.press("pagedown")
        await deck.until(lambda: preview.scroll_offset.y > 0)
        place, lines = preview.scroll_offset.y, preview.lines
        preview.show("a.md", str(LONG))
        assert preview.lines is lines
        preview.show("a.md", LONG + "\nMore.\n")
        assert preview.lines is lines, "what is on show stays until the new lines are all there"
        await deck.until(lambda: preview.whole)
        assert preview.scroll_offset.y == place
        await deck.press("end")
        await deck.until(lambda: "More." in deck.text_of(preview))
        preview.show("b.md", "# Another\n")
        await deck.until(lambda: "Another" in deck.text_of(preview))


async def test_it_says_who_wrote_a_document_and_what_is_not_there(project: Path) -> None:
    async with open_deck(project) as deck:
        preview = (await preview_of(deck)).preview
        matter = '---\r\nwritten_by: "builtin\x1b[2J"\r\nhash: "0123456789abcdef"\r\n---\r\n'
        preview.show(
            ".taskmaster/docs/task-6/task.md", matter + "# How it works\r\n\r\nIt [red]works[/].\r\n"
        )
        await deck.until(lambda: "How it works" in deck.text_of(preview))
        text = deck.text_of(preview)
        assert "task-6/task.md  by builtin␛[2J · of task content 0123456789ab" in text
        assert "It [red]works[/]." in text
        assert "written_by" not in text
        assert "\r" not in text
        preview.show(".taskmaster/docs/task-6/task.md", None)
        await deck.until(lambda: "task-6/task.md is not there" in deck.text_of(preview))
        preview.show("", None)
        await deck.until(lambda: "No document is chosen." in deck.text_of(preview))


def test_markdown_keeps_its_shape_and_loses_its_marks() -> None:
    text = "# Title\n\nRun `make all` **now**.\n\n- one\n  - two\n\n---\n"
    text += "| a   | b |\n|-----|---|\n```\n**kept**\n```\n"
    lines = list(document_lines(text, 40))
    assert text_of(lines).rstrip() == (
        "Title\n\nRun make all now.\n\n- one\n  - two\n\n"
        + "─" * 40
        + "\n| a   | b |\n|-----|---|\n```\n**kept**\n```"
    )
    styles = {piece.text: piece.style for line in lines for piece in line}
    assert styles["Title"] == "line--head"
    assert styles["make all"] == styles["**kept**"] == "line--code"
    assert styles["now"] == "line--strong"


@given(st.text(max_size=200), st.integers(1, 60))
def test_no_line_is_wider_than_the_room_and_none_obeys_anything(text: str, width: int) -> None:
    for line in document_lines(text, width):
        shown = "".join(piece.text for piece in line)
        assert shown == printable(shown)
        assert cell_len(shown) <= max(2, width)


def test_a_line_without_end_is_laid_out_piece_by_piece() -> None:
    words = "word " * 10_000
    lines = document_lines(words, 80)
    assert len("".join(piece.text for piece in next(lines))) <= 80
    assert text_of(list(document_lines(words, 80))).split() == words.split()
    unbroken = "x" * (3 * LONGEST)
    assert text_of(list(document_lines(unbroken, 80))).replace("\n", "") == unbroken


def test_of_a_huge_document_the_beginning_is_read(tmp_path: Path) -> None:
    (tmp_path / "big.md").write_bytes(b"x" * (MOST + 1_234))
    text = read_written(None, "big.md", tmp_path, "")
    assert text is not None
    assert text.startswith("x" * MOST + "\n")
    assert text.endswith("… and 1,234 bytes more; an editor shows them")
