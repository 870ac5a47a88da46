"""The PRD workspace: a draft that streams in, sections with their roles, a review, what an edit changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from textual import events

from core.paths import state_folder
from tests.fakes.claude import KEY, item, tasks, use
from tests.fakes.deck import Deck, make_deck_project, open_deck
from tests.fakes.messages_api import MessagesApi
from tests.fakes.messages_replies import Scenario, fails, refusal, says
from tui.screens.idea_dialog import IdeaDialog
from tui.screens.menus import LineDialog, Menu
from tui.screens.proposal import ProposalScreen
from tui.screens.start import StartScreen
from tui.widgets.prd_editor import PrdEditor

DRAFT = """\
# Lending library

## Overview

It lends books to neighbours.

## Features

- The service must list every book.
- The service must be fast.

## Out of scope

Fines.
"""
Serve = Callable[..., MessagesApi]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_deck_project(tmp_path / "sample")


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    return make_deck_project(tmp_path / "bare", {"master": {"tasks": [], "metadata": {}}}, prd=None)


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    running: list[MessagesApi] = []

    def start(*script: Scenario, **settings: object) -> MessagesApi:
        api = MessagesApi(*script)
        api.__enter__()
        running.append(api)
        use(api, monkeypatch, **settings)
        return api

    yield start
    for api in running:
        api.__exit__(None, None, None)


async def open_editor(deck: Deck) -> PrdEditor:
    await deck.press("3")
    await deck.until(lambda: deck.plan.prd is not None and deck.plan.prd.loaded.is_set())
    await deck.until(
        lambda: deck.app.focused is not None and deck.app.focused.id in ("prd-text", "prd-start")
    )
    assert deck.plan.prd is not None
    return deck.plan.prd


async def ask_for_a_draft(deck: Deck) -> PrdEditor:
    """Open the editor, ask for a draft and answer two of the questions."""
    editor = await open_editor(deck)
    await deck.press("ctrl+g")
    if editor.text.strip():
        await deck.shown(Menu)
        assert "There is a PRD already" in deck.screen_text()
        await deck.press("d")
    await deck.shown(IdeaDialog)
    await deck.type("A library")
    await deck.press("enter")
    await deck.type("Neighbours")
    await deck.press("ctrl+s")
    await deck.until(lambda: deck.app.screen is deck.plan)
    return editor


async def decided(deck: Deck, editor: PrdEditor) -> None:
    await deck.until(lambda: editor.draft is not None and not editor.writing)


async def choose(deck: Deck, key: str) -> None:
    await deck.press("ctrl+g")
    await deck.shown(Menu)
    await deck.press(key)


async def test_questions_then_a_draft_that_is_kept_and_saved(bare: Path, serve: Serve) -> None:
    api = serve(says(DRAFT))
    async with open_deck(bare) as deck:
        editor = await ask_for_a_draft(deck)
        await decided(deck, editor)
        said = api.calls[0].said
        assert "A library" in said
        assert "Who uses it" in said
        assert "What must it do first" not in said
        assert editor.text == DRAFT
        assert not deck.prd_file.exists()
        await choose(deck, "k")
        await deck.until(lambda: editor.draft is None)
        await deck.press("ctrl+s")
        await deck.until(deck.prd_file.exists)
        assert deck.prd_file.read_text("utf-8") == DRAFT
        assert KEY not in deck.screen_text() + deck.log_text()


async def test_sections_stream_in_while_the_cursor_moves_and_escape_stops(
    project: Path, serve: Serve
) -> None:
    api = serve(says(DRAFT, cut="stall", cut_after=8), timeout=60)
    async with open_deck(project) as deck:
        before = deck.prd_file.read_bytes()
        editor = await ask_for_a_draft(deck)
        await deck.until(lambda: "It lends books to neighbours." in editor.area.text)
        assert "is writing, " in deck.screen_text()
        await deck.press(*["up"] * 9, "x")
        await deck.until(lambda: editor.area.cursor_location[0] == 0)
        assert "x#" not in editor.area.text
        await deck.press("escape")
        await deck.until(lambda: not editor.writing)
        await deck.until(lambda: api.calls[0].ended.is_set())
        assert api.calls[0].outcome == "hung up"
        assert "Stopped. What came is not whole" in deck.screen_text()
        await choose(deck, "d")
        await deck.until(lambda: editor.draft is None)
        assert editor.text.encode() == before
        assert deck.prd_file.read_bytes() == before
        assert not editor.unsaved


@pytest.mark.parametrize(
    ("scenario", "words"),
    [
        (fails(401, "authentication_error"), "key was not accepted"),
        (refusal("No."), "declined"),
        (fails(529, "overloaded_error", x_should_retry="false"), "overloaded"),
        (says(DRAFT, cut="drop", cut_after=3), "broke off"),
    ],
    ids=["401", "refusal", "529", "drop"],
)
async def test_a_draft_that_fails_says_so_and_writes_nothing(
    project: Path, serve: Serve, scenario: Scenario, words: str
) -> None:
    serve(scenario, retries=0)
    async with open_deck(project) as deck:
        before = deck.prd_file.read_bytes()
        editor = await ask_for_a_draft(deck)
        await deck.until(lambda: words in editor.draft_bar.text)
        assert not editor.writing
        assert words in deck.log_text()
        assert deck.prd_file.read_bytes() == before
        if editor.draft is None:
            assert editor.text.encode() == before


async def test_a_retry_forgets_what_was_written(bare: Path, serve: Serve) -> None:
    serve(says("# Something else entirely " * 9, cut="drop", cut_after=9), says(DRAFT))
    async with open_deck(bare) as deck:
        editor = await ask_for_a_draft(deck)
        await decided(deck, editor)
        assert editor.text == DRAFT
        assert "Trying again" in deck.log_text()


async def test_one_section_is_written_anew(bare: Path, serve: Serve) -> None:
    new = "## Features\n\n- The service must answer in 200 ms.\n"
    api = serve(says(DRAFT), says(new))
    async with open_deck(bare) as deck:
        editor = await ask_for_a_draft(deck)
        await decided(deck, editor)
        editor.go_to(9)
        await choose(deck, "r")
        await deck.shown(LineDialog)
        await deck.type("figures")
        await deck.press("enter")
        await deck.until(lambda: "200 ms" in editor.text and not editor.writing)
        assert "must be fast" not in editor.text
        assert editor.text.startswith("# Lending library\n\n## Overview")
        assert editor.text.endswith("200 ms.\n\n## Out of scope\n\nFines.\n")
        # The section alone is asked for; the rest goes along to fit it in, and the idea it came from.
        document, how = (block["text"] for block in api.calls[1].body["messages"][0]["content"])
        assert DRAFT.strip() in document
        assert "must be fast" in how
        assert "It lends books to neighbours" not in how
        assert "figures" in how
        assert "A library" in how
        assert "Write a product requirements document" not in api.calls[1].said
        await choose(deck, "d")
        await deck.until(lambda: editor.draft is None)
        assert editor.text == ""


async def test_a_section_that_breaks_off_leaves_the_old_one(bare: Path, serve: Serve) -> None:
    serve(says(DRAFT), says("## Features\n\n- Half of a", cut="drop", cut_after=1), retries=0)
    async with open_deck(bare) as deck:
        editor = await ask_for_a_draft(deck)
        await decided(deck, editor)
        editor.go_to(9)
        await choose(deck, "r")
        await deck.shown(LineDialog)
        await deck.press("enter")
        await deck.until(lambda: "broke off" in editor.draft_bar.text)
        assert not editor.writing
        assert editor.text == DRAFT


async def test_without_a_key_rules_write_a_skeleton(bare: Path) -> None:
    async with open_deck(bare) as deck:
        editor = await ask_for_a_draft(deck)
        await decided(deck, editor)
        assert "Question:" in editor.text
        assert "outline, no model" in deck.screen_text()


async def test_start_from_a_prd_asks_for_the_idea(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / ".git").mkdir()
    async with open_deck(tmp_path / "new", wait=False) as deck:
        await deck.shown(StartScreen)
        await deck.press("s")
        await deck.shown(IdeaDialog)
        await deck.type("A library")
        await deck.press("ctrl+s")
        await deck.until(lambda: deck.plan.prd is not None and deck.plan.prd.draft is not None)
        await deck.until(lambda: "# Library" in deck.screen_text() or "# A library" in deck.screen_text())


async def test_the_sections_say_what_planning_takes_from_them(project: Path, own_home: Path) -> None:
    (project / "STYLE.md").write_text("Be brief.")
    (project / ".taskmaster" / "taskdeck.toml").write_text('[planner]\nstandards = ["STYLE.md"]\n')
    async with open_deck(project) as deck:
        await open_editor(deck)
        await deck.press("ctrl+o")
        await deck.shown(Menu)
        text = deck.screen_text()
        assert "✓ tasks · asks for 4" in text
        assert "· context" in text
        assert "STYLE.md" in text


async def test_a_review_lists_findings_and_goes_to_one(project: Path) -> None:
    (project / ".taskmaster" / "docs" / "prd.txt").write_text(DRAFT.replace("Fines.", "TBD"), "utf-8")
    async with open_deck(project) as deck:
        editor = await open_editor(deck)
        await deck.press("ctrl+l")
        await deck.shown(Menu)
        assert "fast" in deck.screen_text()
        await deck.press("enter")
        await deck.until(lambda: deck.app.screen is deck.plan)
        assert editor.line == 10
        assert editor.area.cursor_location == (9, DRAFT.split("\n")[9].index("fast"))


async def test_an_edited_prd_shows_what_it_would_change_and_keeps_finished_work(
    tmp_path: Path, serve: Serve
) -> None:
    project = make_deck_project(tmp_path / "grown", {"master": {"tasks": [], "metadata": {}}})
    first = (item(1, "Store boards in PostgreSQL"), item(2, "Serve boards over gRPC"))
    other = {"description": "Watchers hear of it", "details": "Push", "sourceLines": [14, 14]}
    again = (item(1, "Store boards in PostgreSQL", details="With backups"), item(2, "Stream", **other))
    serve(tasks(*first), tasks(*again))
    async with open_deck(project) as deck:
        await deck.press("p")
        view: ProposalScreen = await deck.shown(ProposalScreen)
        await deck.until(lambda: view.whole)
        await deck.press("enter")
        await deck.until(lambda: deck.keys() == ["1", "2"] and deck.app.screen is deck.plan)
        deck.prd_file.write_text(deck.prd_file.read_text("utf-8").replace("Taskhall", "Taskhalls"), "utf-8")
        before = deck.tasks_file.read_bytes()
        await deck.press("p")
        await deck.shown(Menu)
        await deck.press("c")
        again_view: ProposalScreen = await deck.shown(ProposalScreen)
        await deck.until(lambda: again_view.whole)
        rows = {row.title: row.sign for row in again_view.rows}
        assert rows["Serve boards over gRPC"] == "-"
        assert rows["Stream"] == "+"
        assert deck.tasks_file.read_bytes() == before
        # What nothing shows to come from the PRD is not ticked.
        assert "-2" not in again_view.taken()


LONG = "# Lending library\n\n" + "".join(f"## Part {n}\n\nIt lends books.\n\n" for n in range(40))


@pytest.mark.parametrize("rows", [24, 35])
async def test_one_undo_brings_back_what_stood_before_a_draft_and_its_redo(
    project: Path, serve: Serve, rows: int
) -> None:
    serve(says(LONG), says("## Part 2\n\n" + "- One more rule.\n" * 30))
    async with open_deck(project, size=(80, rows)) as deck:
        before = deck.prd_file.read_text("utf-8")
        editor = await ask_for_a_draft(deck)
        await decided(deck, editor)
        assert editor.text == LONG
        editor.go_to(12)
        await choose(deck, "r")
        await deck.shown(LineDialog)
        await deck.press("enter")
        await deck.until(lambda: "One more rule" in editor.text and not editor.writing)
        redone = editor.text
        await deck.press("ctrl+z")
        await deck.until(lambda: editor.text == LONG)
        await deck.press("ctrl+z")
        await deck.until(lambda: editor.text == before)
        await deck.press("ctrl+y", "ctrl+y")
        await deck.until(lambda: editor.text == redone)
        # More undo than there are steps does nothing.
        await deck.press("ctrl+z", "ctrl+z", "ctrl+z", "ctrl+z")
        await deck.until(lambda: editor.text == before)
        assert deck.app.screen is deck.plan


async def test_undoing_a_long_paste_in_a_short_text(project: Path) -> None:
    (project / ".taskmaster" / "docs" / "prd.txt").write_text("# Short\n", "utf-8")
    async with open_deck(project, size=(80, 24)) as deck:
        editor = await open_editor(deck)
        await deck.press("e")
        deck.app.post_message(events.Paste("- A line.\n" * 60))
        await deck.until(lambda: editor.area.document.line_count > 60)
        await deck.press("ctrl+z")
        await deck.until(lambda: editor.text == "# Short\n")
        await deck.press("ctrl+y")
        await deck.until(lambda: editor.area.document.line_count > 60)
        await deck.press("ctrl+z")
        await deck.until(lambda: editor.text == "# Short\n")


async def test_a_discarded_draft_comes_back_with_an_undo(project: Path, serve: Serve) -> None:
    serve(says(DRAFT))
    async with open_deck(project) as deck:
        before = deck.prd_file.read_text("utf-8")
        editor = await ask_for_a_draft(deck)
        await decided(deck, editor)
        await choose(deck, "d")
        await deck.until(lambda: editor.draft is None)
        assert editor.text == before
        await deck.until(lambda: "^z in the editor brings it back" in deck.screen_text())
        await deck.press("ctrl+z")
        await deck.until(lambda: editor.text == DRAFT)
        assert editor.unsaved


async def test_undo_while_a_draft_is_written_does_nothing(project: Path, serve: Serve) -> None:
    serve(says(DRAFT, cut="stall", cut_after=8), timeout=60)
    async with open_deck(project) as deck:
        editor = await ask_for_a_draft(deck)
        await deck.until(lambda: "It lends books to neighbours." in editor.area.text)
        await deck.press("ctrl+z", "ctrl+z")
        assert "It lends books to neighbours." in editor.area.text
        await deck.press("escape")
        await decided(deck, editor)


async def test_after_a_stopped_draft_keys_are_commands_again(project: Path, serve: Serve) -> None:
    serve(says(DRAFT, cut="stall", cut_after=8), timeout=60)
    async with open_deck(project) as deck:
        editor = await ask_for_a_draft(deck)
        await deck.until(lambda: "It lends books to neighbours." in editor.area.text)
        await deck.press("escape")
        await decided(deck, editor)
        written = editor.text
        assert not editor.editing
        await deck.press("e")
        assert editor.editing
        assert "editing" in deck.text_of(editor.said)
        await deck.press("Z")
        assert editor.text == "Z" + written


def copies(deck: Deck) -> list[str]:
    folder = state_folder(deck.folder) / "overwritten"
    return [path.read_text("utf-8") for path in folder.glob("*")]


async def test_a_draft_over_a_prd_is_asked_about_and_a_copy_is_kept(project: Path, serve: Serve) -> None:
    api = serve(says(DRAFT))
    async with open_deck(project) as deck:
        before = deck.prd_file.read_text("utf-8")
        editor = await open_editor(deck)
        await deck.press("ctrl+g")
        await deck.shown(Menu)
        await deck.press("escape")
        await deck.until(lambda: deck.app.screen is deck.plan)
        assert api.calls == []
        await ask_for_a_draft(deck)
        await decided(deck, editor)
        await choose(deck, "k")
        await deck.until(lambda: editor.draft is None)
        await deck.press("ctrl+s")
        await deck.until(lambda: deck.prd_file.read_text("utf-8") == DRAFT)
        assert copies(deck) == [before]
        await deck.until(lambda: "the other version of the PRD is kept" in deck.log_text())


async def half_a_draft(deck: Deck) -> PrdEditor:
    editor = await ask_for_a_draft(deck)
    await deck.until(lambda: "It lends books to neighbours." in editor.area.text)
    await deck.press("escape")
    await decided(deck, editor)
    return editor


@pytest.mark.parametrize("answer", ["d", "s", "escape"])
async def test_planning_over_half_a_draft_offers_to_discard_it_first(
    project: Path, serve: Serve, answer: str
) -> None:
    api = serve(says(DRAFT, cut="stall", cut_after=8), tasks(item(6, "Boards")), timeout=60)
    async with open_deck(project) as deck:
        before = deck.prd_file.read_text("utf-8")
        await half_a_draft(deck)
        await deck.press("p")
        menu: Menu = await deck.shown(Menu)
        assert [choice.id for choice in menu.choices] == ["discard", "save", "stay"]
        assert "Half a draft is not saved" in deck.screen_text()
        await deck.press(answer)
        if answer == "escape":
            await deck.until(lambda: deck.app.screen is deck.plan)
            assert deck.prd_file.read_text("utf-8") == before
            return
        await deck.until(lambda: deck.app.screen is not menu and isinstance(deck.app.screen, Menu))
        await deck.press("a")
        view: ProposalScreen = await deck.shown(ProposalScreen)
        await deck.until(lambda: view.whole)
        kept = deck.prd_file.read_text("utf-8") == before
        assert kept is (answer == "d")
        assert copies(deck) == ([] if kept else [before])
        assert ("PostgreSQL" in api.calls[1].said) is kept


@pytest.mark.parametrize("answer", ["d", "s"])
async def test_leaving_with_half_a_draft_offers_to_discard_it_first(
    project: Path, serve: Serve, answer: str
) -> None:
    serve(says(DRAFT, cut="stall", cut_after=8), timeout=60)
    async with open_deck(project) as deck:
        before = deck.prd_file.read_text("utf-8")
        editor = await half_a_draft(deck)
        half = editor.text
        await deck.press("ctrl+q")
        menu: Menu = await deck.shown(Menu)
        assert [choice.id for choice in menu.choices] == ["discard", "save", "stay"]
        await deck.press(answer)
        await deck.until(lambda: not deck.app.is_running or deck.app._exit)
        assert deck.prd_file.read_text("utf-8") == (before if answer == "d" else half)
        assert copies(deck) == ([] if answer == "d" else [before])


async def test_a_draft_that_is_being_written_is_not_saved(project: Path, serve: Serve) -> None:
    serve(says(DRAFT, cut="stall", cut_after=8), timeout=60)
    async with open_deck(project) as deck:
        before = deck.prd_file.read_bytes()
        editor = await ask_for_a_draft(deck)
        await deck.until(lambda: "It lends books to neighbours." in editor.area.text)
        await deck.press("ctrl+s")
        await deck.until(lambda: "a draft is being written" in deck.log_text())
        assert deck.prd_file.read_bytes() == before
        await deck.press("escape")
        await decided(deck, editor)
