"""The command pr on a loopback forge: how a run's pull request stands now, and making one afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.runs.cancel import cancel
from tests.fakes.command_line import CommandLine
from tests.fakes.forge_server import TOKEN, Fault
from tests.fakes.that_day import BRANCH, Day, that_day


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    with that_day("daemon", tmp_path) as made:
        yield made
        for run in made.runs:
            cancel(run)


@pytest.fixture
def cli(day: Day, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    return CommandLine(day.clone.project, monkeypatch)


def test_a_pull_request_is_read_from_its_forge_as_it_stands_now(day: Day, cli: CommandLine) -> None:
    assert cli("docs", "generate", "1", "2", "--pr").code == 0
    [folder] = day.runs
    day.forge.set_checks(passed=2, failed=1)
    done = cli("pr")
    assert done.code == 0, done.err
    rows = {line.split()[0]: " ".join(line.split()[1:]) for line in done.out.splitlines()[1:]}
    assert done.out.startswith("✕ #1 open, a check failed")
    assert rows["into"] == BRANCH
    assert rows["from"] == folder.request.branch
    assert rows["files"] == "8 files changed"
    assert rows["checks"].startswith("2 passed, 1 failed")
    assert rows["gate"].startswith("✓ docs-2")
    assert rows["run"] == f"{folder.id}, documents of tasks 1, 2"
    assert rows["link"] == f"http://{day.forge.host}/team/service/pull/1"
    assert TOKEN not in done.out
    shown = cli("runs", "show")
    assert f"`taskdeck pr {folder.id}` asks the forge again" in shown.out
    day.forge.close(1, merged=True)
    merged = cli("pr", folder.id[-3:])
    assert merged.code == 0
    assert merged.out.startswith("✓ #1 merged  ")
    day.forge.close(1)
    closed = cli("pr", "last")
    assert closed.code == 1
    assert closed.out.startswith("✕ #1 closed without a merge  ")


def test_a_base_that_was_changed_on_the_forge_is_said_with_what_to_do(day: Day, cli: CommandLine) -> None:
    assert cli("docs", "generate", "1", "--pr").code == 0
    day.forge.pulls[0]["base"]["ref"] = "main"
    done = cli("pr")
    assert done.code == 1
    assert (
        f"✕ It goes to main, not to {BRANCH}, which the run was asked for: do not merge it as it is. "
        f"Set its base to {BRANCH} on http://{day.forge.host}/team/service/pull/1." in done.out
    )
    again = cli("pr", "--make", "--json")
    assert again.code == 1
    assert len(day.forge.made()) == 1, "a second one does not mend the first"
    found = again.json
    assert (found["right"], found["made"], found["wantedBase"]) == (False, False, BRANCH)
    assert found["pullRequest"]["base"] == "main"
    assert found["wrong"][0].startswith("It goes to main")
    day.forge.close(1, merged=True)
    merged = cli("pr")
    assert merged.code == 1, "it went where nobody wanted it"
    assert "Undo that there. `taskdeck docs generate --force 1 --pr --base" in merged.out


def test_a_run_that_was_only_pushed_gets_its_pull_request_once(day: Day, cli: CommandLine) -> None:
    assert cli("docs", "generate", "1", "--push").code == 0
    [folder] = day.runs
    none = cli("pr")
    assert none.code == 1
    assert f"`taskdeck pr {folder.id} --make` makes it." in none.out
    assert day.forge.made() == []
    made = cli("pr", "--make", "--json")
    assert made.code == 0, made.err
    assert made.json["made"] is True
    assert made.json["pullRequest"]["base"] == BRANCH
    assert made.json["pullRequest"]["head"] == folder.request.branch
    [call] = day.forge.made()
    assert "1 Set up the Cargo workspace" in call.body["body"]
    again = cli("pr", "--make", "--json")
    assert again.code == 0
    assert again.json["made"] is False
    assert len(day.forge.pulls) == 1


def test_a_pull_request_that_the_forge_refused_is_made_later(day: Day, cli: CommandLine) -> None:
    refusal = Fault("POST", "/pulls", 403, {"message": "no rights"})
    day.forge.faults.append(refusal)
    assert cli("docs", "generate", "1", "--pr").code == 1
    day.forge.faults.append(refusal)
    refused = cli("pr", "--make")
    assert refused.code == 1
    assert "no rights" in refused.err
    assert cli("pr", "--make").code == 0
    assert len(day.forge.pulls) == 1


def test_what_a_run_kept_here_is_no_pull_request(day: Day, cli: CommandLine) -> None:
    assert cli("docs", "generate", "1", "--commit").code == 0
    done = cli("pr", "--json")
    assert done.code == 1
    assert done.json["pullRequest"] is None
    refused = cli("pr", "--make")
    assert refused.code == 2
    assert "pushed nothing" in refused.err
    assert day.forge.calls == []


def test_a_forge_that_does_not_answer_is_no_proof(day: Day, cli: CommandLine) -> None:
    assert cli("docs", "generate", "1", "--pr").code == 0
    day.forge.token = "another"
    done = cli("pr")
    assert done.code == 1
    assert "not read" in done.out
    assert f"http://{day.forge.host}/team/service/pull/1" in done.out


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [("publish.read_only", "true", "read-only"), ("publish.forbid", "pull_request", "pull requests")],
)
def test_a_stop_line_of_the_project_holds_for_it_too(
    day: Day, cli: CommandLine, key: str, value: str, words: str
) -> None:
    assert cli("docs", "generate", "1", "--push").code == 0
    assert cli("config", "set", key, value).code == 0
    refused = cli("pr", "--make")
    assert refused.code == 3
    assert words in refused.err
    assert day.forge.made() == []
