"""Rows and stages of runs tell what was seen last of their pull requests; so does the list of runs."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from core.publishing.forge.model import PullRequest
from core.runs.kept_look import Look
from core.runs.ledger import StageView
from tests.fakes.deck import make_deck_project
from tests.fakes.open_runs import open_runs
from tests.fakes.run_views import NOW, STAGES, finished_run
from tui.cli.output import Paint
from tui.cli.run_json import run_json
from tui.cli.run_text import run_table

BASE = "feature/example"
WORDS = "Pull request #3 (made) goes from here to there"
PROOF = {"number": "3", "name": "pull request #3", "state": "open", "base": BASE}
MADE = StageView("pull_request", "done", WORDS, PROOF, NOW - 2_450, NOW - 2_400)
RIGHT = finished_run(stages=(STAGES[0], MADE), into=BASE)


def seen(base: str) -> Look:
    return Look(
        PullRequest(3, "https://forge.invalid/3", "merged", base, RIGHT.branch, "t", "77aa01b"), NOW - 60
    )


WRONG = dataclasses.replace(RIGHT, id="260921-1129-xyw", look=seen("main"))
MERGED = dataclasses.replace(RIGHT, id="260921-1128-xyv", look=seen(BASE))


async def test_a_row_and_its_stage_say_how_the_pull_request_stands(tmp_path: Path) -> None:
    project = make_deck_project(tmp_path / "sample")
    async with open_runs(project, WRONG, RIGHT, MERGED) as (deck, screen):
        for sign, run in (("#3 ✕", WRONG), ("#3 ●", RIGHT), ("#3 ✓", MERGED)):
            screen.table.choose(run.id)
            await deck.until(lambda run=run: screen.stages.run == run)
            rows = deck.text_of(screen.table).split("\n")
            assert any(sign in row and run.id[-3:] in row for row in rows), rows
        screen.table.choose(WRONG.id)
        await deck.until(lambda: "✕ pull request  #3 merged, into" in deck.text_of(screen.stages))


def test_the_list_of_runs_tells_it_too() -> None:
    text = run_table([WRONG, RIGHT, MERGED], Paint(wanted=False))
    assert f"✕ #3 merged, into main and not into {BASE}." in text
    assert "#3 merged. " in text
    told = run_json(WRONG)["pullRequest"]
    assert (told["state"], told["alarm"], told["wrong"]) == ("merged", True, f"into main and not into {BASE}")
