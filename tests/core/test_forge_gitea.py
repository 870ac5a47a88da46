"""What only Gitea and Forgejo have: lists without a filter, capped pages, branches that are gone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.publishing.forge.model import Forge, ForgeFailed, Wanted
from core.publishing.pull_request import ensure_pull_request
from tests.fakes.forge_server import Fault
from tests.fakes.forges import BASE, HEAD, bare_repository, client_of, run_git
from tests.fakes.gitea_forge import GiteaForge


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GiteaForge]:
    with GiteaForge(bare_repository(tmp_path)) as running:
        yield running


@pytest.fixture
def forge(server: GiteaForge) -> Forge:
    return client_of(server)


@pytest.fixture
def wanted(server: GiteaForge) -> Wanted:
    return Wanted(BASE, HEAD, server.commit_of(HEAD) or "", "a title", "the body")


def others(server: GiteaForge, count: int, **more: Any) -> None:
    """As many newer requests of other people."""
    first = len(server.pulls) + 1
    for number in range(first, first + count):
        head = {"ref": f"theirs-{number}", "sha": "f" * 40}
        server.pulls.append(server.pulls[0] | {"number": number, "head": head} | more)


def test_it_is_found_behind_many_pages_however_small_the_server_makes_them(
    forge: Forge, server: GiteaForge, wanted: Wanted
) -> None:
    ensure_pull_request(forge, wanted)
    server.page_size = 7
    others(server, 60)
    found = ensure_pull_request(forge, wanted)
    assert (found.created, found.pull_request.number) == (False, 1)
    assert len(server.made()) == 1


def test_rows_the_server_could_not_read_are_passed_over(
    forge: Forge, server: GiteaForge, wanted: Wanted
) -> None:
    ensure_pull_request(forge, wanted)
    server.page_size = 3
    others(server, 9)
    server.unreadable = {5, 8, 9, 10}
    assert not ensure_pull_request(forge, wanted).created


def test_one_of_a_fork_alone_is_not_taken_for_ours(forge: Forge, server: GiteaForge, wanted: Wanted) -> None:
    ensure_pull_request(forge, wanted)
    server.pulls[0]["fork"] = True
    made = ensure_pull_request(forge, wanted)
    assert (made.created, made.pull_request.number) == (True, 2)


def test_a_merged_one_keeps_its_branch_when_that_is_deleted(
    forge: Forge, server: GiteaForge, wanted: Wanted
) -> None:
    ensure_pull_request(forge, wanted)
    server.close(1, merged=True)
    run_git(server.repository, "branch", "-D", HEAD)
    read = forge.read(1)
    assert (read.state, read.head, read.base) == ("merged", HEAD, BASE)
    assert [one.number for one in forge.find(HEAD)] == [1]


@pytest.mark.parametrize("title", ["WIP: later", "[wip] later", "Draft: later"])
def test_older_servers_tell_a_draft_by_its_title(
    forge: Forge, server: GiteaForge, wanted: Wanted, title: str
) -> None:
    ensure_pull_request(forge, wanted)
    server.pulls[0]["title"] = title
    server.tells_drafts = False
    assert forge.read(1).state == "draft"


def test_statuses_on_later_pages_count(forge: Forge, server: GiteaForge, wanted: Wanted) -> None:
    server.page_size = 5
    server.set_checks(passed=12, failed=1, pending=2)
    server.statuses += [{"status": "warning"}, {"status": "skipped"}, {"status": "error"}]
    checks = ensure_pull_request(forge, wanted).pull_request.checks
    assert checks is not None
    assert (checks.passed, checks.failed, checks.pending) == (14, 2, 2)


def test_a_token_for_repositories_alone_is_enough(forge: Forge, server: GiteaForge, wanted: Wanted) -> None:
    server.may_tell_name = False
    assert "may not tell the name" in forge.who()
    assert ensure_pull_request(forge, wanted).created


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        ({"permissions": {"push": False, "pull": True}}, "may not push"),
        ({"archived": True}, "archived"),
        ({"has_pull_requests": False}, "switched off"),
    ],
)
def test_rights_that_are_missing_are_told(
    forge: Forge, server: GiteaForge, shown: dict[str, Any], words: str
) -> None:
    server.shown_repository |= shown
    rights = forge.rights()
    assert not rights.may
    assert words in rights.words
    assert all(call.method == "GET" for call in server.calls)


def test_a_hidden_repository_is_not_a_missing_branch(
    forge: Forge, server: GiteaForge, wanted: Wanted
) -> None:
    server.name = "team/another"
    with pytest.raises(ForgeFailed, match="answered 404: The target couldn't be found") as caught:
        ensure_pull_request(forge, wanted)
    assert "write:repository" in caught.value.hint


def test_a_list_without_an_end_is_left(forge: Forge, server: GiteaForge) -> None:
    row = {"number": 1, "base": {"repo_id": 1}, "head": {"repo_id": 2}}
    server.faults += [Fault("GET", "/pulls", 200, [row]) for _ in range(150)]
    assert forge.find(HEAD) == []
    assert len(server.calls) == 100
