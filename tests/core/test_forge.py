"""Requests on GitHub, GitLab and Gitea: made once, read back, every refusal with its cause and no token."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import Refused, TaskdeckError
from core.publishing import pull_request
from core.publishing.forge import http
from core.publishing.forge.model import Forge, ForgeFailed, Wanted
from core.publishing.pull_request import ensure_pull_request
from tests.fakes.forge_server import Fault, ForgeServer
from tests.fakes.forges import BASE, HEAD, KINDS, SERVERS, bare_repository, client_of, run_git

PAGES = {"github": "/team/service/pull/1", "gitlab": "/gitlab/team/service/-/merge_requests/1",
         "gitea": "/team/service/pulls/1"}  # fmt: skip


@pytest.fixture(params=KINDS)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ForgeServer]:
    with SERVERS[request.param](bare_repository(tmp_path)) as running:
        yield running


@pytest.fixture
def forge(server: ForgeServer) -> Forge:
    return client_of(server)


@pytest.fixture
def wanted(server: ForgeServer) -> Wanted:
    return Wanted(BASE, HEAD, server.commit_of(HEAD) or "", "docs: documents for 12 tasks", "the body")


def kind_of(server: ForgeServer) -> str:
    return next(kind for kind, made in SERVERS.items() if type(server) is made)


def fault_of(server: ForgeServer, fault: Fault) -> Fault:
    """The fault at the call that makes a request, as this forge names it."""
    return replace(fault, ends=server.creates)


def test_a_pull_request_goes_to_the_branch_that_was_named(
    forge: Forge, server: ForgeServer, wanted: Wanted
) -> None:
    made = ensure_pull_request(forge, wanted)
    assert made.created
    assert (made.pull_request.base, made.pull_request.head) == (BASE, HEAD)
    assert (made.pull_request.title, made.pull_request.body) == (wanted.title, wanted.body)
    assert made.pull_request.head_commit == wanted.head_commit
    assert made.pull_request.url == f"http://{server.host}{PAGES[kind_of(server)]}"
    assert made.pull_request.state == "open"
    assert made.pull_request.files == 1, "what git counts between the two branches"
    assert made.pull_request.label == ("!1" if kind_of(server) == "gitlab" else "#1")
    assert len(server.made()) == 1


def test_it_is_found_again_and_not_made_twice(forge: Forge, server: ForgeServer, wanted: Wanted) -> None:
    ensure_pull_request(forge, wanted)
    again = ensure_pull_request(forge, wanted)
    assert not again.created
    assert len(server.made()) == 1


@pytest.mark.parametrize(
    "lost",
    [
        Fault("POST", "", hang_up=True, after=True),
        Fault("POST", "", 504, b"<html>gateway time-out", after=True),
        Fault("POST", "", 201, b"<html>a page", after=True),
        Fault("POST", "", 409, {"message": "somebody was faster"}, after=True),
    ],
    ids=["hung up", "gateway", "a page", "a conflict"],
)
def test_one_whose_answer_was_lost_is_found(
    forge: Forge, server: ForgeServer, wanted: Wanted, lost: Fault
) -> None:
    server.faults.append(fault_of(server, lost))
    ensured = ensure_pull_request(forge, wanted)
    assert ensured.pull_request.number == 1
    assert len(server.pulls) == len(server.made()) == 1


def test_a_draft_is_told_as_one(forge: Forge, server: ForgeServer, wanted: Wanted) -> None:
    ensure_pull_request(forge, wanted)
    server.pulls[0]["draft"] = True
    again = ensure_pull_request(forge, wanted)
    assert (again.created, again.pull_request.state) == (False, "draft")


def test_one_that_was_merged_is_told_so(forge: Forge, server: ForgeServer, wanted: Wanted) -> None:
    ensure_pull_request(forge, wanted)
    server.close(1, merged=True)
    assert ensure_pull_request(forge, wanted).pull_request.state == "merged"
    # The base may have come to stand where the branch does: nothing is left to do, and nothing is wrong.
    run_git(server.repository, "branch", "--force", BASE, HEAD)
    assert ensure_pull_request(forge, wanted).pull_request.state == "merged"


def test_one_that_a_person_closed_stays_closed(forge: Forge, server: ForgeServer, wanted: Wanted) -> None:
    ensure_pull_request(forge, wanted)
    server.close(1)
    with pytest.raises(Refused, match=f"{forge.noun.capitalize()} [#!]1 .* was closed"):
        ensure_pull_request(forge, wanted)
    assert len(server.made()) == 1


def test_one_to_another_base_does_not_stand_in(forge: Forge, server: ForgeServer, wanted: Wanted) -> None:
    ensure_pull_request(forge, replace(wanted, base="main"))
    made = ensure_pull_request(forge, wanted)
    assert (made.created, made.pull_request.base, made.pull_request.number) == (True, BASE, 2)


def test_a_missing_base_is_refused_and_no_default_takes_its_place(
    forge: Forge, server: ForgeServer, wanted: Wanted
) -> None:
    with pytest.raises(Refused, match="has no branch feature/gone"):
        ensure_pull_request(forge, Wanted("feature/gone", HEAD, wanted.head_commit, "t", "b"))
    assert server.made() == []


def test_a_head_at_another_commit_is_refused(forge: Forge, server: ForgeServer, wanted: Wanted) -> None:
    with pytest.raises(Refused, match="not at 0000"):
        ensure_pull_request(forge, Wanted(BASE, HEAD, "0" * 40, "t", "b"))
    assert server.made() == []


def test_a_forge_that_changes_the_base_is_caught_by_reading_back(
    forge: Forge, server: ForgeServer, wanted: Wanted
) -> None:
    server.rewrite = lambda pull: pull["base"].update(ref="main")
    with pytest.raises(Refused, match=r"[#!]1 on .* has the base main, not feature/example-app"):
        ensure_pull_request(forge, wanted)


def test_a_forge_that_learns_of_the_push_late_is_looked_at_again(
    forge: Forge, server: ForgeServer, wanted: Wanted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pull_request, "_SECONDS_BETWEEN", 0.0)
    server.late = 2
    assert ensure_pull_request(forge, wanted).pull_request.head_commit == wanted.head_commit
    server.late = 1000
    with pytest.raises(Refused, match="stands at 000000000000, not at"):
        ensure_pull_request(forge, wanted)


def test_the_checks_of_the_forge_are_told(forge: Forge, server: ForgeServer, wanted: Wanted) -> None:
    checks = ensure_pull_request(forge, wanted).pull_request.checks
    assert checks is not None
    assert checks.state == "none"
    for counts, state in (((1, 0, 1), "pending"), ((2, 1, 0), "failed"), ((2, 0, 0), "passed")):
        server.set_checks(*counts)
        checks = ensure_pull_request(forge, wanted).pull_request.checks
        assert checks is not None
        assert (checks.passed, checks.failed, checks.pending, checks.state) == (*counts, state)
        assert checks.failing == (("check 3",) if state == "failed" else ())


FAULTS: list[tuple[Fault, str, str]] = [
    (Fault("POST", "", 401, {"message": "Bad credentials"}), "answered 401: Bad credentials", "expired"),
    (Fault("POST", "", 403, {"message": "Resource not accessible"}), "answered 403", "allowed"),
    (Fault("POST", "", 403, {"message": "limit"}, {"x-ratelimit-remaining": "0"}), "403", "limits"),
    (Fault("POST", "", 403, {"error": "insufficient_scope", "error_description": "More is needed"}),
     "answered 403: insufficient_scope: More is needed", "allowed"),
    (Fault("POST", "", 429, {"message": "slow"}, {"retry-after": "7"}), "429", "in 7 s"),
    (Fault("POST", "", 404, {"message": "Not Found"}), "answered 404: Not Found", "allowed"),
    (Fault("POST", "", 409, {"message": ["Conflict", "with something"]}),
     "answered 409: Conflict: with something", "Correct"),
    (Fault("POST", "", 422, {"message": {"title": ["is too long"]}}),
     "answered 422: title is too long", "Correct"),
    (Fault("POST", "", 301, {}, {"location": "http://127.0.0.1:1/x"}), "answered 301", "moved"),
    (Fault("POST", "", 502, b"<html>bad gateway"), "answered 502", "later"),
    (Fault("POST", "", 201, b"<html>fine"), "is not JSON", "publish.api_url"),
    (Fault("POST", "", 201, {"ok": True}), "answered with something that is no", "page"),
    (Fault("POST", "", hang_up=True), "could not be sent", "network"),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "words", "hint"), FAULTS, ids=[words for _, words, _ in FAULTS])
def test_a_refusal_of_the_forge_names_address_and_cause(
    forge: Forge, server: ForgeServer, wanted: Wanted, fault: Fault, words: str, hint: str
) -> None:
    server.faults.append(fault_of(server, fault))
    with pytest.raises(TaskdeckError) as caught:
        ensure_pull_request(forge, wanted)
    said = f"{caught.value.message} {caught.value.hint}"
    assert words in said
    assert hint in said
    assert server.token not in said
    if "that is no" not in words:
        assert f"POST {server.api_url}/" in said
        assert server.creates in said
    assert server.pulls == []


def test_a_token_that_an_answer_repeats_is_masked(forge: Forge, server: ForgeServer, wanted: Wanted) -> None:
    server.faults.append(Fault("POST", server.creates, 403, {"message": f"{server.token} may not"}))
    with pytest.raises(ForgeFailed, match="answered 403: … may not"):
        ensure_pull_request(forge, wanted)


def test_a_redirect_to_another_host_gets_neither_token_nor_request(
    forge: Forge, server: ForgeServer, wanted: Wanted, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    with type(server)(bare_repository(tmp_path / "other")) as other:
        moved = {"location": f"{other.api_url}/anything"}
        server.faults += [
            Fault(method, ends, status, {}, moved)
            for method, ends, status in (("GET", "", 302), ("GET", "", 307), ("GET", "", 308))
        ]
        for _ in range(3):
            with pytest.raises(ForgeFailed, match="answered 30") as caught:
                ensure_pull_request(forge, wanted)
            assert "moved" in caught.value.hint
        assert other.calls == []


def test_branches_without_commits_between_them_get_no_pull_request(forge: Forge, server: ForgeServer) -> None:
    commit = server.commit_of(BASE) or ""
    run_git(server.repository, "branch", "same", commit)
    with pytest.raises(Refused, match="No commits between feature/example-app and same"):
        ensure_pull_request(forge, Wanted(BASE, "same", commit, "t", "b"))
    assert server.made() == []


def test_no_forge_at_that_address(server: ForgeServer, wanted: Wanted) -> None:
    lost = client_of(server, "http://127.0.0.1:9/api")
    with pytest.raises(ForgeFailed, match=r"GET http://127\.0\.0\.1:9/api/.* could not be sent: .*refused"):
        ensure_pull_request(lost, wanted)


def test_a_forge_that_never_answers_is_left(
    server: ForgeServer, wanted: Wanted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = client_of(server, f"http://127.0.0.1:{silent.getsockname()[1]}/api")
        with pytest.raises(ForgeFailed, match="was not answered within") as caught:
            ensure_pull_request(client, wanted)
    assert "Try again" in caught.value.hint


def test_the_pages_instead_of_the_api_are_told_apart(server: ForgeServer, wanted: Wanted) -> None:
    server.faults.append(Fault("GET", "", 200, b"<html>Sign in", {"content-type": "text/html"}))
    with pytest.raises(ForgeFailed, match="not JSON") as caught:
        ensure_pull_request(client_of(server), wanted)
    assert "/api/v" in caught.value.hint


@pytest.mark.parametrize("token", ["pasted “wrong”", "two\nlines of it", "with a space"])
def test_what_cannot_be_a_token_is_not_sent(server: ForgeServer, wanted: Wanted, token: str) -> None:
    with pytest.raises(ForgeFailed, match=r"characters in .* that no token has") as caught:
        ensure_pull_request(client_of(server, token=token), wanted)
    assert token not in caught.value.message
    assert server.calls == []


def test_who_we_are_and_what_we_may(forge: Forge, server: ForgeServer) -> None:
    assert forge.who() == "octo-person"
    assert forge.rights().may
    assert all(call.method == "GET" for call in server.calls)
