"""What only GitLab has: groups in groups, a path of its own, forks' branches, pipelines, roles and scopes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.config import load_settings
from core.paths import config_file
from core.publishing.forge.choose import choose_forge
from core.publishing.forge.model import Forge, ForgeFailed, Wanted
from core.publishing.pull_request import ensure_pull_request
from tests.fakes.forge_server import Fault
from tests.fakes.forges import BASE, HEAD, bare_repository, client_of
from tests.fakes.gitlab_forge import GITLAB_TOKEN, GitLabForge

NESTED = "team/platform/back-end/service"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitLabForge]:
    with GitLabForge(bare_repository(tmp_path), name=NESTED) as running:
        yield running


@pytest.fixture
def forge(server: GitLabForge) -> Forge:
    return client_of(server)


@pytest.fixture
def wanted(server: GitLabForge) -> Wanted:
    return Wanted(BASE, HEAD, server.commit_of(HEAD) or "", "a title", "the body")


def settings(text: str) -> None:
    config_file().parent.mkdir(parents=True, exist_ok=True)
    config_file().write_text(text)


def test_a_project_in_groups_below_a_path_of_the_host(server: GitLabForge, wanted: Wanted) -> None:
    settings(f'[publish]\napi_url = "{server.api_url}"\ntoken = "{GITLAB_TOKEN}"\n')
    for address in (f"http://{server.host}/gitlab/{NESTED}.git", f"git@git.example:{NESTED}.git"):
        choice = choose_forge(address, load_settings())
        assert choice.forge is not None
        assert choice.forge.name == f"GitLab at {server.host}"
        made = ensure_pull_request(choice.forge, wanted).pull_request
        assert made.url == f"http://{server.host}/gitlab/{NESTED}/-/merge_requests/1"
    assert len(server.made()) == 1
    assert all("team%2Fplatform%2Fback-end%2Fservice" in call.path for call in server.calls)
    [call] = server.made()
    assert call.body == {
        "source_branch": HEAD,
        "target_branch": BASE,
        "title": "a title",
        "description": "the body",
    }


def test_it_is_found_behind_many_of_forks_with_the_same_branch(
    forge: Forge, server: GitLabForge, wanted: Wanted
) -> None:
    server.page_size = 10
    ensure_pull_request(forge, wanted)
    for number in range(2, 40):
        branches: dict[str, Any] = {"base": {"ref": BASE}, "head": {"ref": HEAD, "sha": "f" * 40}}
        server.pulls.append(server.pulls[0] | {"number": number, "fork": True} | branches)
    found = ensure_pull_request(forge, wanted)
    assert (found.created, found.pull_request.number) == (False, 1)
    assert len(server.made()) == 1


def test_one_of_a_fork_alone_is_not_taken_for_ours(forge: Forge, server: GitLabForge, wanted: Wanted) -> None:
    ensure_pull_request(forge, wanted)
    server.pulls[0]["fork"] = True
    made = ensure_pull_request(forge, wanted)
    assert (made.created, made.pull_request.number) == (True, 2)


def test_a_pipeline_without_jobs_counts(forge: Forge, server: GitLabForge, wanted: Wanted) -> None:
    ensure_pull_request(forge, wanted)
    for status, state in (("created", "pending"), ("running", "pending"), ("success", "passed"),
                          ("failed", "failed"), ("canceled", "failed"), ("skipped", "passed")):  # fmt: skip
        server.pipeline = status
        checks = forge.read(1).checks
        assert checks is not None
        assert (status, checks.state) == (status, state)


def test_jobs_that_may_fail_or_wait_for_a_person_hold_nothing_up(forge: Forge, server: GitLabForge) -> None:
    wanted = Wanted(BASE, HEAD, server.commit_of(HEAD) or "", "a title", "the body")
    ensure_pull_request(forge, wanted)
    server.pipeline = "success"
    server.statuses = [
        {"status": "success", "allow_failure": False},
        {"status": "failed", "allow_failure": True},
        {"status": "manual", "allow_failure": True},
    ]
    checks = forge.read(1).checks
    assert checks is not None
    assert (checks.state, checks.failed, checks.pending) == ("passed", 0, 0)
    server.statuses.append({"status": "manual", "allow_failure": False})
    assert (checks := forge.read(1).checks) is not None
    assert checks.state == "pending", "a stage that must be begun by hand"


def test_statuses_on_later_pages_count(forge: Forge, server: GitLabForge, wanted: Wanted) -> None:
    server.page_size = 5
    server.set_checks(passed=12, failed=1)
    checks = ensure_pull_request(forge, wanted).pull_request.checks
    assert checks is not None
    assert (checks.passed, checks.failed) == (12, 1)


def test_checks_that_may_not_be_read_are_not_claimed(
    forge: Forge, server: GitLabForge, wanted: Wanted
) -> None:
    server.faults.append(Fault("GET", "/statuses", 403, {"message": "403 Forbidden"}))
    assert ensure_pull_request(forge, wanted).pull_request.checks is None


@pytest.mark.parametrize(("said", "files"), [("1000+", None), ("17", 17)])
def test_files_are_told_where_gitlab_counted_them(
    forge: Forge, server: GitLabForge, wanted: Wanted, said: str, files: int | None
) -> None:
    server.changes_count = said
    assert ensure_pull_request(forge, wanted).pull_request.files == files


def test_one_that_is_being_merged_is_still_open(forge: Forge, server: GitLabForge, wanted: Wanted) -> None:
    ensure_pull_request(forge, wanted)
    server.pulls[0]["state"] = "locked"
    assert forge.read(1).state == "open"


ROLES: list[tuple[dict[str, Any], list[str], bool, str]] = [
    ({}, ["api"], True, "as Developer, until the token expires on 2099-01-31"),
    ({"permissions": {"group_access": {"access_level": 40}}}, ["api"], True, "Maintainer"),
    ({"permissions": {"project_access": None, "group_access": None}}, ["api"], True, "may open"),
    ({"permissions": {"project_access": {"access_level": 20}}}, ["api"], False, "Reporter"),
    ({}, ["read_api", "read_repository"], False, "api is needed"),
    ({}, ["a_scope_of_the_future"], True, "may open"),
    ({"archived": True}, ["api"], False, "archived"),
    ({"merge_requests_enabled": False}, ["api"], False, "switched off"),
    ({"can_create_merge_request_in": False}, ["api"], False, "may open no"),
]  # fmt: skip


@pytest.mark.parametrize(("project", "scopes", "may", "words"), ROLES)
def test_rights_are_told_by_role_scope_and_project(
    forge: Forge, server: GitLabForge, project: dict[str, Any], scopes: list[str], may: bool, words: str
) -> None:
    server.project |= project
    server.token_scopes = scopes
    rights = forge.rights()
    assert (rights.may, words in rights.words) == (may, True), rights.words
    assert all(call.method == "GET" for call in server.calls)


def test_a_token_that_cannot_be_asked_about_itself_is_no_failure(forge: Forge, server: GitLabForge) -> None:
    server.faults.append(Fault("GET", "/self", 404, {"message": "404 Not Found"}))
    assert forge.rights().may


def test_a_hidden_project_is_not_a_missing_branch(server: GitLabForge, wanted: Wanted) -> None:
    server.name = "team/another"
    forge = client_of(server)
    server.name = NESTED
    with pytest.raises(ForgeFailed, match="answered 404: 404 Project Not Found") as caught:
        ensure_pull_request(forge, wanted)
    assert "scope api" in caught.value.hint
