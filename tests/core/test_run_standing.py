"""How pull requests of runs stand: what is kept of the last look, and which of them somebody has to see."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from core.publishing.forge.merging import Merging
from core.publishing.forge.model import Checks, PullRequest, State
from core.runs.kept_look import Look, keep_look, last_look
from core.runs.standing import alarms, standing_of
from core.runs.view import RunView
from tests.fakes.run_views import NOW, finished_run

BASE = "feature/example"


def found(number: int, state: State = "open", base: str = BASE, checks: Checks | None = None) -> PullRequest:
    return PullRequest(
        number, "https://forge.invalid/1", state, base, "taskdeck/docs-1", "a title", "77aa01b",
        checks=checks, merging=Merging("behind", 3),
    )  # fmt: skip


def run(number: int, *keys: str, **of_request: Any) -> RunView:
    """A run, the later the higher its number, whose pull request was looked at."""
    look = Look(found(number, **of_request), NOW)
    return finished_run(
        id=f"run-{number}", keys=keys, began=NOW + number, into=BASE, branch="taskdeck/docs-1", look=look
    )


def test_the_last_look_is_kept_beside_the_run(tmp_path: Path) -> None:
    look = Look(found(3, checks=Checks(2, 1, 0, ("build",))), NOW)
    assert last_look(tmp_path) is None
    keep_look(tmp_path, look)
    assert last_look(tmp_path) == look
    newer = replace(look, found=found(3, "merged"), read_at=NOW + 5)
    keep_look(tmp_path, newer)
    assert last_look(tmp_path) == newer


def test_what_is_no_look_says_nothing(tmp_path: Path) -> None:
    file = tmp_path / "pull_request.json"
    for number, text in enumerate(("", "[]", "{}", '{"found": {"number": 1}, "read_at": "x"}', "\x00")):
        file.write_text(text + " " * number)
        assert last_look(tmp_path) is None


def test_another_base_and_failed_checks_are_alarms_until_it_is_closed() -> None:
    told = standing_of(run(3, "1", base="main"))
    assert told is not None
    assert told.alarm
    assert told.words == f"#3 open, into main and not into {BASE}"
    told = standing_of(run(4, "1", checks=Checks(3, 1, 0, ("build",))))
    assert told is not None
    assert (told.alarm, told.words) == (True, "#4 open, a check failed: build")
    for closed in (run(3, "1", base="main", state="closed"), run(5, "1", checks=Checks(3)), run(6, "1")):
        told = standing_of(closed)
        assert told is not None
        assert not told.alarm


def test_an_alarm_stays_until_its_tasks_have_another_pull_request() -> None:
    wrong = run(1, "1", "2", base="main", state="merged")
    failing = run(2, "3", checks=Checks(0, 1))
    other = run(3, "4")
    part = run(4, "1")
    assert [view.id for view, _ in alarms([part, other, failing, wrong])] == ["run-1", "run-2"]
    again = run(5, "1", "2", "5")
    assert [view.id for view, _ in alarms([again, part, other, failing, wrong])] == ["run-2"]
