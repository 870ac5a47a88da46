"""Runs on the command line: read whole at 80 columns, with the signs the screen has."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from core.runs.ledger import Entry, StageBegan, StageEnded, Verdict
from tests.core.test_incident import make_run
from tests.fakes.command_line import CommandLine
from tests.fakes.documents import make_documented
from tui.run_states import RUN_GLYPHS, STAGE_GLYPHS
from tui.widgets.run_signs import RUN_SIGNS, STAGE_SIGNS

COMMIT = "e7c48a1b2c3d4e5f60718293a4b5c6d7e8f90123"
ADDRESS = "http://forge.example/a-team-with-a-long-name/a-service-with-a-longer-name/pulls/123"
REASON = "The remote refused the push to origin/feature/example-app: the hook of the server wants a ticket."


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    return CommandLine(make_documented(tmp_path / "p"), monkeypatch)


def a_run(cli: CommandLine, state: str, words: str = "words", name: str = "261123-1415-abc") -> None:
    now = time.time()
    entries: tuple[Entry, ...] = (
        StageBegan("publish", now - 60),
        StageEnded(
            "publish",
            "done",
            "The task file and its reports were committed, pushed, fetched and compared with the remote.",
            {"remote": "origin/feature/example-app", "commit": COMMIT, "address": ADDRESS},
            now - 50,
        ),
        Verdict(state, words, {}, now - 40),  # type: ignore[arg-type]
    )
    make_run(cli.folder, name, *entries)


def test_a_list_at_80_columns_says_why_a_run_failed(cli: CommandLine) -> None:
    a_run(cli, "failed", REASON)
    a_run(cli, "done", "All is well.", "261123-1416-def")
    cli.monkeypatch.setenv("COLUMNS", "80")
    lines = cli("runs").out.splitlines()
    assert all(len(line) <= 80 for line in lines)
    at = next(number for number, line in enumerate(lines) if line.startswith("261123-1415-abc"))
    assert " ".join(" ".join(lines[at + 1 : at + 3]).split()) == REASON
    assert "All is well." not in "\n".join(lines), "what is done needs no reason"


def test_a_pipe_gets_a_run_in_one_line(cli: CommandLine) -> None:
    a_run(cli, "failed", REASON)
    row = next(line for line in cli("runs").out.splitlines() if line.startswith("261123-1415-abc"))
    assert row.endswith(REASON)


def test_a_stage_shows_each_proof_on_a_line_of_its_own(cli: CommandLine) -> None:
    a_run(cli, "failed", REASON)
    cli.monkeypatch.setenv("COLUMNS", "80")
    lines = cli("runs", "show").out.splitlines()
    assert any(line.startswith("  ✓ publish, ") and line.endswith(" ago") for line in lines)
    assert "      remote: origin/feature/example-app" in lines
    assert f"      address: {ADDRESS}" in lines
    assert f"      published commit: {COMMIT[:12]}" in lines
    assert all(len(line) <= 80 for line in lines if ADDRESS not in line)
    words = {word for line in lines for word in line.split()}
    assert {"compared", "refused", "reports"} <= words, "no word is broken"


@pytest.mark.parametrize("state", ["done", "failed", "cancelled", "interrupted", "refused"])
def test_a_state_has_the_sign_it_has_on_the_screen(cli: CommandLine, state: str) -> None:
    a_run(cli, state)
    assert f"{RUN_SIGNS[state].glyph} {state}" in cli("runs").out
    assert f"{RUN_SIGNS[state].glyph} {state}" in cli("runs", "show").out


def test_the_screen_and_the_command_line_have_one_table_of_signs() -> None:
    assert {state: sign.glyph for state, sign in RUN_SIGNS.items()} == RUN_GLYPHS
    assert {state: sign.glyph for state, sign in STAGE_SIGNS.items()} == STAGE_GLYPHS
