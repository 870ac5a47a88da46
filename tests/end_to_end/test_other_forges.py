"""From an unpublished plan to the request on GitLab and on Gitea, over real git remotes with a login."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.command_line import CommandLine
from tests.fakes.deck import open_deck
from tests.fakes.forge_server import ForgeServer
from tests.fakes.git_remotes import PASSWORD
from tests.fakes.gitea_forge import GiteaForge
from tests.fakes.gitlab_forge import GitLabForge
from tests.fakes.that_day import BRANCH, Day, that_day
from tui.screens.pull_request import PullRequestScreen

FORGES: list[tuple[type[ForgeServer], str, str, str]] = [
    (GitLabForge, "team/platform/service", "Merge request !1", "GitLab"),
    (GiteaForge, "team/service", "Pull request #1", "Gitea"),
]


@pytest.fixture(params=FORGES, ids=["gitlab", "gitea"])
def case(request: pytest.FixtureRequest) -> tuple[type[ForgeServer], str, str, str]:
    return request.param


@pytest.fixture
def day(case: tuple[type[ForgeServer], str, str, str], tmp_path: Path) -> Iterator[Day]:
    with that_day("http", tmp_path, case[0], case[1]) as made:
        yield made


@pytest.fixture
def cli(day: Day, cli_in: Any) -> CommandLine:
    return cli_in(day.clone.project)


def test_a_plan_is_published_and_its_documents_become_a_request(
    day: Day, cli: CommandLine, case: tuple[type[ForgeServer], str, str, str]
) -> None:
    before = day.others()
    published = cli.process("publish")
    assert published.code == 0, published.err
    assert day.remote_hash == day.wanted

    done = cli.process("docs", "generate", "1", "2", "--push", "--pr")

    assert done.code == 0, done.err + done.out
    [branch] = day.remote_branches()
    assert day.changed_on(branch) == day.changed_paths_of("1", "2")
    [pull] = day.forge.pulls
    assert (pull["base"]["ref"], pull["head"]["ref"]) == (BRANCH, branch)
    assert len(day.forge.made()) == 1
    assert f"{case[2]} (made) goes from {branch} to {BRANCH}: http://{day.forge.host}" in done.out
    assert day.others() == before
    stage = next(stage for stage in day.runs[0].ledger().stages if stage.name == "pull_request")
    assert stage.proof["files"] == "8"
    kept = [file.read_bytes() for file in day.runs[0].path.rglob("*") if file.is_file()]
    assert not any(day.forge.token.encode() in data for data in kept)
    assert day.forge.token not in done.out + done.err
    assert PASSWORD not in done.out + done.err


def test_a_request_that_could_not_be_made_is_made_once_by_a_retry(
    day: Day, cli: CommandLine, case: tuple[type[ForgeServer], str, str, str]
) -> None:
    token, day.forge.token = day.forge.token, "another"
    failed = cli("docs", "generate", "1", "--push", "--pr", "--waive", "forge")
    assert failed.code == 1
    assert "answered 401" in failed.err
    assert day.forge.pulls == []
    day.forge.token = token
    done = cli("runs", "retry")
    assert done.code == 0, done.err
    assert case[2] in done.out
    assert len(day.forge.made()) == 1


def test_the_doctor_says_which_forge_it_is_and_what_we_may(
    day: Day, cli: CommandLine, case: tuple[type[ForgeServer], str, str, str]
) -> None:
    said = cli("doctor", "--online").out
    plain = " ".join(said.split())
    assert f"{case[3]} at {day.forge.host} knows us as octo-person" in plain
    assert all(call.method == "GET" for call in day.forge.calls)
    assert day.forge.token not in said


async def test_the_card_speaks_as_its_forge_does(
    day: Day, cli: CommandLine, case: tuple[type[ForgeServer], str, str, str]
) -> None:
    made = await asyncio.to_thread(cli.process, "docs", "generate", "1", "--push", "--pr")
    assert made.code == 0, made.err
    day.forge.set_checks(passed=1, failed=1)
    label = case[2].rpartition(" ")[2]
    async with open_deck(day.clone.project) as deck:
        await deck.until(lambda: bool(deck.app.runs.views))
        await deck.until(lambda: f"{label} ◐" in deck.screen_text())
        await deck.press("P")
        await deck.shown(PullRequestScreen)
        await deck.until(lambda: "1 failed" in deck.screen_text(), seconds=30)
        text = deck.screen_text()
        assert case[2] in text
        assert f"{label} open" in text
        assert f"{case[3]} at {day.forge.host}" in text
        assert "4 changed" in text
        day.forge.close(1, merged=True)
        await deck.press("r")
        await deck.until(lambda: f"{label} merged" in deck.screen_text(), seconds=30)
