"""From the plan to agents and back: documents by a real run of the builtin agent, applied and covered."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.paths import state_folder
from core.runs.cancel import cancel
from core.runs.folder import list_runs
from core.runs.wish import Wish
from tests.fakes.deck import Deck, make_deck_project, open_deck
from tests.fakes.run_project import RunProject
from tui.screens.confirm_run import ConfirmRunScreen
from tui.screens.menus import Menu
from tui.screens.run import RunScreen
from tui.widgets.documents_pane import DocumentsPane

IDENTITY = ("-c", "user.name=Test", "-c", "user.email=test@example.invalid")


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *IDENTITY, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """The sample project, committed; runs that a test leaves are ended."""
    folder = make_deck_project(tmp_path / "sample")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "a plan")
    yield folder
    for run in list_runs(state_folder(folder)):
        cancel(run)


async def begin_documents(deck: Deck, key: str) -> None:
    await deck.press("d")
    await deck.shown(Menu)
    await deck.press(key)
    sheet = await deck.shown(ConfirmRunScreen)
    await deck.until(lambda: sheet.ready, seconds=30)
    assert "nothing is pushed" in " ".join(deck.text_of(sheet.view).replace("│", " ").split())
    await deck.press("enter")
    await deck.until(lambda: bool(deck.app.runs.views), seconds=30)


async def over(deck: Deck) -> None:
    await deck.until(lambda: deck.app.runs.views and not deck.app.runs.views[0].alive, seconds=60)


async def test_documents_are_written_covered_applied_and_read(project: Path) -> None:
    before = git(project, "status", "--porcelain")
    async with open_deck(project) as deck:
        await begin_documents(deck, "a")
        await over(deck)
        assert deck.app.runs.views[0].state == "done"
        assert git(project, "status", "--porcelain") == before
        await deck.until(lambda: "Docs 20 ✓" in deck.screen_text())
        await deck.until(lambda: "docs-5" in deck.text_of(deck.plan.log_box))
        assert set(deck.app.documents.by_task) == {"1", "2", "3", "4", "5"}
        assert deck.task("1")["status"] == "done", "writing documents moves no status"

        await deck.press("6")
        await deck.until(lambda: deck.plan.query(DocumentsPane))
        pane = deck.plan.query_one(DocumentsPane)
        await deck.until(lambda: "20 current" in deck.text_of(pane))
        await deck.until(lambda: pane.preview.shown[1].startswith("---"))
        assert "branch taskdeck/docs-" in deck.text_of(pane)

        await deck.press("r")
        screen = await deck.shown(RunScreen)
        await deck.press("5", "enter")
        await deck.until(lambda: "by builtin" in deck.text_of(screen.boxes["preview"]))
        await deck.press("1", "a")
        await deck.shown(Menu)
        await deck.press("a")
        await deck.until(lambda: (project / ".taskmaster/docs/task-5/prompt.md").is_file(), seconds=30)
        await deck.press("escape")
        await deck.until(lambda: deck.app.screen is deck.plan)
        await deck.until(lambda: deck.app.documents.matrix.present_in("work tree") == 20)

        key = deck.plan.task_tree.cursor_key
        await deck.press("d")
        await deck.shown(Menu)
        assert "Every document is there and current" in deck.screen_text()
        await deck.press("escape")
        await begin_documents(deck, "f")
        await deck.until(lambda: len(deck.app.runs.views) == 2)
        assert deck.app.runs.views[0].keys == (key,), "current documents are written again when asked for"
        await over(deck)


async def test_a_task_leads_to_the_log_line_where_its_agent_began_and_back(project: Path) -> None:
    async with open_deck(project) as deck:
        deck.plan.jump("4")
        await begin_documents(deck, "t")
        await over(deck)
        assert deck.app.runs.views[0].keys == ("4",)
        await deck.press("r")
        screen = await deck.shown(RunScreen)
        await deck.until(lambda: screen.agents.cursor_key == "docs-4")
        await deck.until(lambda: screen.log_panel is not None and screen.log_panel.content.count > 5)
        await deck.press("l")
        await deck.until(lambda: screen.pane == "log" and not screen.log_panel.following)
        await deck.until(lambda: screen.log_panel.rows.cursor == 0)
        await deck.press("enter")
        await deck.until(lambda: "docs-4  line 1" in deck.screen_text())
        await deck.press("escape", "escape", "3", "t")
        await deck.until(lambda: deck.app.screen is deck.plan)
        assert deck.plan.task_tree.cursor_key == "4"


async def test_a_plan_that_is_not_committed_is_committed_alone_and_only_when_asked(project: Path) -> None:
    git(project, "config", "user.name", "Test")
    git(project, "config", "user.email", "test@example.invalid")
    (project / "mine.txt").write_text("mine")
    git(project, "add", "mine.txt")
    async with open_deck(project) as deck:
        tasks = deck.tasks_file.read_text("utf-8").replace("Command line", "Command line tool")
        deck.tasks_file.write_text(tasks, "utf-8")
        await deck.until(lambda: "Command line tool" in deck.screen_text())
        head = git(project, "rev-parse", "HEAD")
        await deck.press("d")
        await deck.shown(Menu)
        await deck.press("a")
        await deck.until(lambda: "c commits the task file now, alone" in deck.screen_text())
        await deck.press("enter")
        await deck.press("escape")
        await deck.until(lambda: deck.app.screen is deck.plan)
        assert git(project, "rev-parse", "HEAD") == head
        await deck.press("d")
        await deck.shown(Menu)
        await deck.press("a")
        await deck.until(lambda: "c commits the task file now, alone" in deck.screen_text())
        await deck.press("c")
        sheet = await deck.shown(ConfirmRunScreen)
        await deck.until(lambda: sheet.ready, seconds=30)
        await deck.press("enter")
        await over(deck)
        assert git(project, "diff", "--name-only", head, "HEAD") == ".taskmaster/tasks/tasks.json"
        assert git(project, "diff", "--cached", "--name-only") == "mine.txt"


async def test_a_run_is_ended_by_key_and_run_again(project: Path) -> None:
    async with open_deck(project) as deck:
        deck.app.pace = 20.0
        await begin_documents(deck, "t")
        await deck.press("r")
        await deck.shown(RunScreen)
        await deck.press("c")
        await deck.shown(Menu)
        await deck.press("e")
        await over(deck)
        assert deck.app.runs.views[0].state == "cancelled"
        await deck.until(lambda: "cancelled" in deck.screen_text())
        await deck.press("R")
        sheet = await deck.shown(ConfirmRunScreen)
        await deck.until(lambda: sheet.ready, seconds=30)
        assert "somebody ended the run" in "".join(text for line in sheet.view.lines for text, _ in line)
        await deck.press("enter")
        await deck.until(lambda: len(deck.app.runs.views) == 2, seconds=30)
        assert deck.app.runs.views[0].retry_of == deck.app.runs.views[1].id


async def test_submitting_asks_and_says_what_the_builtin_agent_cannot(project: Path) -> None:
    async with open_deck(project) as deck:
        deck.plan.jump("4")
        await deck.press("s")
        sheet = await deck.shown(ConfirmRunScreen)
        await deck.until(
            lambda: "it cannot do tasks" in " ".join(deck.text_of(sheet.view).replace("│", " ").split())
        )
        assert not sheet.ready
        await deck.press("enter", "escape")
        await deck.until(lambda: deck.app.screen is deck.plan)
        assert not deck.app.runs.views
        assert deck.task("4")["status"] != "in-progress"


async def test_a_document_is_read_while_its_agent_still_works(tmp_path: Path) -> None:
    make_deck_project(tmp_path / "repository" / "sample")
    git(tmp_path / "repository", "init", "-q", "-b", "main")
    git(tmp_path / "repository", "add", "-A")
    git(tmp_path / "repository", "commit", "-q", "-m", "a plan in a folder of its own")
    async with open_deck(tmp_path / "repository" / "sample") as deck:
        deck.app.pace = 2.0  # a slow agent: it must still work when a busy machine has shown its first file
        await begin_documents(deck, "t")
        await deck.press("r")
        screen = await deck.shown(RunScreen)
        await deck.press("5", "7")
        await deck.until(lambda: "by builtin" in deck.text_of(screen.boxes["preview"]), seconds=60)
        assert not screen.run_view.is_over
        await deck.press("1", "c")
        await deck.shown(Menu)
        await deck.press("e")
        await over(deck)


async def test_r_right_after_a_beginning_goes_to_the_new_run_once_it_is_listed(tmp_path: Path) -> None:
    """Also where the new run is not about the task under the cursor, which has an older one."""
    project = RunProject(tmp_path / "project", 3)
    async with open_deck(project.root) as deck:
        runs = deck.app.runs
        old = await runs.start(Wish("docs", ("1",)))
        await deck.until(lambda: runs.views and runs.views[0].is_over and not runs.views[0].alive, seconds=60)
        assert deck.plan.task_tree.cursor_key == "1"
        deck.app.pace = 20.0
        look = runs.look

        async def nothing_new() -> None:
            return

        runs.look = nothing_new  # type: ignore[method-assign]
        await deck.press("d")
        await deck.shown(Menu)
        await deck.press("a")
        sheet: ConfirmRunScreen = await deck.shown(ConfirmRunScreen)
        await deck.until(lambda: sheet.ready)
        await deck.press("enter", "r")
        screen: RunScreen = await deck.shown(RunScreen)
        await deck.until(lambda: screen.table.cursor_key == old.id)
        await deck.until(lambda: deck.plan.begun_run)
        assert deck.plan.begun_run is not None
        new = deck.plan.begun_run[1]
        runs.look = look  # type: ignore[method-assign]
        await deck.until(lambda: screen.table.cursor_key == new)
        await runs.look()
        assert screen.table.cursor_key == new
        cancel(runs.folder(new))
        await deck.until(lambda: runs.views[0].is_over and not runs.views[0].alive)
