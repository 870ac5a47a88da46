"""The doctor and the inbox of incidents on the screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.runs.cancel import cancel
from core.runs.wish import Wish
from tests.fakes.deck import open_deck
from tests.fakes.git_remotes import Clone, clone_with_project, serve, tasks_text
from tests.fakes.run_project import RunProject
from tui.screens.answer_dialog import AnswerDialog
from tui.screens.doctor import DoctorScreen
from tui.screens.incidents import IncidentsScreen
from tui.screens.menus import LineDialog, Menu
from tui.screens.run import RunScreen


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    with serve("http", tmp_path / "server") as remote:
        made = clone_with_project(remote, tmp_path / "work")
        made.tasks.write_text(tasks_text("Rust service", "Database"))
        yield made


@pytest.mark.parametrize("size", [(80, 24), (120, 35)])
async def test_checks_are_shown_offline_at_once_and_online_when_asked(
    clone: Clone, size: tuple[int, int]
) -> None:
    clone.remote.requests.clear()
    async with open_deck(clone.project, size) as deck:
        await deck.press("D")
        screen: DoctorScreen = await deck.shown(DoctorScreen)
        await deck.until(lambda: screen.checks.checks, seconds=30)
        names = {check.name: check for check in screen.checks.checks}
        assert names["task file"].state == "ok"
        assert names["remote"].state == "skip"
        assert clone.remote.requests == []
        assert "o asks online" in deck.screen_text()
        at = [check.name for check in screen.checks.checks].index("repository")
        await deck.press(*["down"] * at)
        assert "feature/example-app" in deck.text_of(screen.detail)
        await deck.press("o")
        await deck.until(lambda: "asked online" in deck.screen_text(), seconds=60)
        assert next(check for check in screen.checks.checks if check.name == "remote").state == "ok"
        assert next(check for check in screen.checks.checks if check.name == "publication").state == "warn"
        assert clone.remote.requests
        await deck.press("escape")
        await deck.until(lambda: deck.app.screen is deck.plan)


async def test_enter_gives_a_check_the_room_and_escape_goes_back_to_the_list(clone: Clone) -> None:
    async with open_deck(clone.project) as deck:
        await deck.press("D")
        screen: DoctorScreen = await deck.shown(DoctorScreen)
        await deck.until(lambda: screen.checks.checks, seconds=30)
        await deck.press("down", "enter")
        await deck.until(lambda: screen.focused is screen.detail and not screen.checks.display)
        assert screen.checks.chosen is not None
        assert screen.checks.chosen.name in deck.text_of(screen.detail)
        await deck.press("escape")
        await deck.until(lambda: screen.focused is screen.checks and screen.checks.display)
        before = screen.checks.cursor_key
        await deck.press("down")
        assert screen.checks.cursor_key != before
        await deck.press("escape")
        await deck.until(lambda: deck.app.screen is deck.plan)


async def test_what_was_looked_at_is_not_said_to_be_unseen(clone: Clone) -> None:
    async with open_deck(clone.project) as deck:
        await deck.press("D")
        screen: DoctorScreen = await deck.shown(DoctorScreen)
        await deck.until(lambda: screen.checks.checks, seconds=30)
        assert "not there or not asked" in deck.screen_text()
        assert "not looked at" not in deck.screen_text()


async def test_one_key_on_a_run_writes_its_report_and_the_inbox_shows_it(tmp_path: Path) -> None:
    project = RunProject(tmp_path / "project", 1)
    async with open_deck(project.root) as deck:
        folder = await deck.app.runs.start(Wish("docs", ("1",)))
        runs = deck.app.runs
        await deck.until(lambda: runs.views and runs.views[0].is_over and not runs.views[0].alive, seconds=60)
        await deck.press("r")
        await deck.shown(RunScreen)
        await deck.press("i")
        await deck.shown(Menu)
        await deck.press("w")
        await deck.until(lambda: "Wrote issues/" in deck.screen_text(), seconds=30)
        [report] = (project.root / "issues").iterdir()
        await deck.press("escape", "I")
        screen: IncidentsScreen = await deck.shown(IncidentsScreen)
        await deck.until(lambda: "1 open, 0 answered" in deck.screen_text())
        await deck.until(lambda: folder.id in deck.text_of(screen.text))
        assert "What was asked" in deck.text_of(screen.text)
        report.with_name(f"{report.stem}.resolution.md").write_text("# Fixed\n\nThe remote was stale.\n")
        await deck.press("r")
        await deck.until(lambda: "✓ answered" in deck.text_of(screen.list))
        assert "The remote was stale." in deck.text_of(screen.list)
        await deck.until(lambda: "The remote was stale." in deck.text_of(screen.text))
        cancel(folder)


async def test_a_report_about_no_run_is_written_in_ones_own_words(clone: Clone) -> None:
    async with open_deck(clone.project, (80, 24)) as deck:
        await deck.press("I")
        screen: IncidentsScreen = await deck.shown(IncidentsScreen)
        await deck.until(lambda: "No incident was reported here" in deck.text_of(screen.list))
        await deck.press("w")
        await deck.shown(LineDialog)
        await deck.type("The [red]wrong[/] file")
        await deck.press("enter")
        await deck.until(lambda: "○ open" in deck.screen_text(), seconds=30)
        assert "The [red]wrong[/] file" in deck.text_of(screen.list)


def write(issues: Path, name: str, answer: str = "", written: str = "09:00:00") -> None:
    issues.mkdir(exist_ok=True)
    lines = "\n".join(f"line {number}" for number in range(40))
    about = f"| what | value |\n|---|---|\n| written | 2026-01-02 {written} +0000 |"
    text = f"# The matter of {name}\n\n{about}\n\n```text\n{lines}\n```\n"
    (issues / f"2026-01-02-{name}.md").write_text(text)
    if answer:
        (issues / f"2026-01-02-{name}.resolution.md").write_text(f"{answer}\n")


@pytest.mark.parametrize("size", [(80, 24), (120, 35)])
async def test_the_inbox_has_open_reports_on_top_and_keeps_ones_place(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    project = RunProject(tmp_path / "project", 1)
    issues = project.root / "issues"
    write(issues, "apple", written="08:00:00")
    write(issues, "pear", written="07:00:00")
    write(issues, "plum", "It was the base.", written="10:00:00")
    async with open_deck(project.root, size) as deck:
        await deck.press("I")
        screen: IncidentsScreen = await deck.shown(IncidentsScreen)
        await deck.until(lambda: len(screen.list.keys) == 3)
        rows = [key.removeprefix("2026-01-02-").removesuffix(".md") for key in screen.list.keys]
        assert rows == ["apple", "pear", "plum"]
        assert screen.list.cursor_key == "2026-01-02-apple.md"
        assert "2 open, 1 answered" in deck.screen_text()
        assert "the open ones first, the newest on top" in deck.screen_text()
        for hint in ("⏎ open", "a answer", "y copy path", "esc back"):
            assert hint in deck.screen_text().rsplit("\n", 1)[-1]
        await deck.press("down", "enter")
        await deck.until(lambda: not screen.list.display or not screen.list.region)
        await deck.until(lambda: "The matter of pear" in deck.text_of(screen.text))
        assert "```" not in deck.text_of(screen.text)
        await deck.press("escape")
        await deck.until(lambda: screen.focused is screen.list)
        assert screen.list.cursor_key == "2026-01-02-pear.md"
        await deck.press("y")
        assert deck.app.clipboard == str(issues / "2026-01-02-pear.md")
        await deck.press("a")
        await deck.shown(AnswerDialog)
        assert "2026-01-02-pear.resolution.md" in deck.screen_text()
        await deck.press("escape")
        await deck.until(lambda: deck.app.screen is screen)
        await deck.press("escape")
        await deck.until(lambda: deck.app.screen is deck.plan)
        await deck.press("I")
        screen = await deck.shown(IncidentsScreen)
        await deck.until(lambda: screen.list.cursor_key == "2026-01-02-pear.md")
        await deck.press("down", "a")
        await deck.until(lambda: "It was the base." in deck.text_of(screen.text))
        await deck.press("escape", "enter")
        await deck.until(lambda: "The matter of plum" in deck.text_of(screen.text))
        assert "It was the base." not in deck.text_of(screen.text), "what was asked for is on top"
        await deck.press("escape", "escape")
        await deck.until(lambda: deck.app.screen is deck.plan)
        write(issues, "quince", written="06:00:00")
        await deck.press("I")
        screen = await deck.shown(IncidentsScreen)
        await deck.until(lambda: screen.list.cursor_key == "2026-01-02-quince.md")


async def test_a_report_is_read_without_the_marks_of_markdown(tmp_path: Path) -> None:
    """And its tables use the room there is: nothing is cut."""
    project = RunProject(tmp_path / "project", 1)
    issues = project.root / "issues"
    issues.mkdir()
    digest = "sha256 3f9c2e1a77b0"
    (issues / "2026-01-02-marks.md").write_text(
        "# Marks\n\nIt says \\`taskdeck runs retry x\\`, then *that*.\n\n"
        "| parameter | value | from |\n| --- | --- | --- |\n"
        f"| task file | example/.taskmaster/tasks/tasks.json, {digest} | its file |\n"
        "| system | Linux x86\\_64 | uname |\n"
    )
    async with open_deck(project.root) as deck:
        await deck.press("I")
        screen: IncidentsScreen = await deck.shown(IncidentsScreen)
        await deck.until(lambda: "It says" in deck.text_of(screen.text))
        text = deck.text_of(screen.text)
        assert "It says `taskdeck runs retry x`" in text
        assert "x86_64" in text
        assert digest in text
        assert "…" not in text


async def test_an_answer_is_written_in_a_small_editor(tmp_path: Path) -> None:
    """Who leaves it finds what was typed again."""
    project = RunProject(tmp_path / "project", 1)
    issues = project.root / "issues"
    write(issues, "apple")
    async with open_deck(project.root, (80, 24)) as deck:
        await deck.press("I")
        screen: IncidentsScreen = await deck.shown(IncidentsScreen)
        await deck.until(lambda: "○ open" in deck.text_of(screen.list))
        await deck.press("a")
        await deck.shown(AnswerDialog)
        await deck.type("It was [red]the base")
        await deck.press("escape")
        await deck.until(lambda: deck.app.screen is screen)
        assert not (issues / "2026-01-02-apple.resolution.md").exists()
        await deck.press("a")
        await deck.shown(AnswerDialog)
        await deck.press("full_stop", "ctrl+s")
        await deck.until(lambda: "✓ answered" in deck.text_of(screen.list))
        assert (issues / "2026-01-02-apple.resolution.md").read_text() == "It was [red]the base.\n"
        assert "It was [red]the base." in deck.text_of(screen.list)


async def test_an_answer_of_somebody_else_is_never_written_over(tmp_path: Path) -> None:
    project = RunProject(tmp_path / "project", 1)
    issues = project.root / "issues"
    write(issues, "apple")
    async with open_deck(project.root) as deck:
        await deck.press("I")
        screen: IncidentsScreen = await deck.shown(IncidentsScreen)
        await deck.until(lambda: "○ open" in deck.text_of(screen.list))
        await deck.press("a")
        await deck.shown(AnswerDialog)
        await deck.type("mine")
        theirs = issues / "2026-01-02-apple.resolution.md"
        theirs.write_text("Theirs.\n")
        await deck.press("ctrl+s")
        await deck.until(lambda: "is there by now" in deck.screen_text())
        assert theirs.read_text() == "Theirs.\n"
