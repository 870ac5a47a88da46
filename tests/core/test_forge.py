"""Pull requests on a forge: made once, read back, and every refusal with its cause and no token."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.config import load_settings
from core.errors import Refused, TaskdeckError, UsageError
from core.paths import config_file
from core.publishing.forge.choose import choose_forge
from core.publishing.forge.github import DIALECT, GitHub
from core.publishing.forge.http import HttpTransport
from core.publishing.forge.link import compare_link
from core.publishing.forge.model import ForgeFailed, Wanted
from core.publishing.forge.remote import Remote, read_remote
from core.publishing.pull_request import ensure_pull_request
from core.publishing.pull_request_text import Facts, body_of, title_of
from core.secrets import redact
from tests.fakes.forge_server import TOKEN, Fault, ForgeServer

BASE, HEAD = "feature/example-app", "taskdeck/docs-261123-1415-abc"


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=T", "-c", "user.email=t@example.invalid", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A bare repository with `main`, the user's branch, and a run's branch with one commit more."""
    work, bare = tmp_path / "work", tmp_path / "service.git"
    work.mkdir()
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", str(bare))
    git(work, "init", "--quiet", "--initial-branch=main")
    for branch in ("main", BASE, HEAD):
        if branch != "main":
            git(work, "switch", "--quiet", "--create", branch)
        (work / "file").write_text(branch)
        git(work, "add", "file")
        git(work, "commit", "--quiet", "--message", branch)
        git(work, "push", "--quiet", str(bare), branch)
    return bare


@pytest.fixture
def server(bare: Path) -> Iterator[ForgeServer]:
    with ForgeServer(bare) as running:
        yield running


@pytest.fixture
def github(server: ForgeServer) -> GitHub:
    return GitHub(
        Remote(server.host, "team", "service", "http"), HttpTransport(server.api_url, lambda: TOKEN, DIALECT)
    )


@pytest.fixture
def wanted(server: ForgeServer) -> Wanted:
    return Wanted(BASE, HEAD, server.commit_of(HEAD) or "", "docs: documents for 12 tasks", "the body")


def test_a_pull_request_goes_to_the_branch_that_was_named(
    github: GitHub, server: ForgeServer, wanted: Wanted
) -> None:
    made = ensure_pull_request(github, wanted)
    assert made.created
    assert (made.pull_request.base, made.pull_request.head) == (BASE, HEAD)
    assert made.pull_request.head_commit == wanted.head_commit
    assert made.pull_request.url.endswith("/team/service/pull/1")
    assert made.pull_request.files == 1, "what git counts between the two branches"
    [call] = server.made()
    assert call.body == {"title": wanted.title, "head": HEAD, "base": BASE, "body": "the body"}


def test_it_is_found_again_and_not_made_twice(github: GitHub, server: ForgeServer, wanted: Wanted) -> None:
    ensure_pull_request(github, wanted)
    again = ensure_pull_request(github, wanted)
    assert not again.created
    assert len(server.made()) == 1


def test_one_whose_answer_was_lost_is_found(github: GitHub, server: ForgeServer, wanted: Wanted) -> None:
    server.faults.append(Fault("POST", "/pulls", hang_up=True, after=True))
    ensured = ensure_pull_request(github, wanted)
    assert ensured.pull_request.number == 1
    assert len(server.pulls) == len(server.made()) == 1


def test_one_that_was_merged_is_told_so(github: GitHub, server: ForgeServer, wanted: Wanted) -> None:
    ensure_pull_request(github, wanted)
    server.close(1, merged=True)
    assert ensure_pull_request(github, wanted).pull_request.state == "merged"


def test_one_that_a_person_closed_stays_closed(github: GitHub, server: ForgeServer, wanted: Wanted) -> None:
    ensure_pull_request(github, wanted)
    server.close(1)
    with pytest.raises(Refused, match="was closed"):
        ensure_pull_request(github, wanted)
    assert len(server.made()) == 1


def test_a_missing_base_is_refused_and_no_default_takes_its_place(
    github: GitHub, server: ForgeServer, wanted: Wanted
) -> None:
    with pytest.raises(Refused, match="has no branch feature/gone"):
        ensure_pull_request(github, Wanted("feature/gone", HEAD, wanted.head_commit, "t", "b"))
    assert server.made() == []


def test_a_head_at_another_commit_is_refused(github: GitHub, server: ForgeServer, wanted: Wanted) -> None:
    with pytest.raises(Refused, match="not at 0000"):
        ensure_pull_request(github, Wanted(BASE, HEAD, "0" * 40, "t", "b"))
    assert server.made() == []


def test_a_forge_that_changes_the_base_is_caught_by_reading_back(
    github: GitHub, server: ForgeServer, wanted: Wanted
) -> None:
    server.rewrite = lambda pull: pull["base"].update(ref="main")
    with pytest.raises(Refused, match="has the base main, not feature/example-app"):
        ensure_pull_request(github, wanted)


def test_the_checks_of_the_forge_are_told(github: GitHub, server: ForgeServer, wanted: Wanted) -> None:
    server.check_runs = [
        {"status": "completed", "conclusion": "success"},
        {"status": "in_progress", "conclusion": None},
    ]
    checks = ensure_pull_request(github, wanted).pull_request.checks
    assert checks is not None
    assert checks.state == "pending"
    server.check_runs[1] = {"status": "completed", "conclusion": "timed_out"}
    server.statuses = [{"state": "success"}]
    checks = ensure_pull_request(github, wanted).pull_request.checks
    assert checks is not None
    assert (checks.passed, checks.failed, checks.pending, checks.state) == (2, 1, 0, "failed")


FAULTS: list[tuple[Fault, str, str]] = [
    (
        Fault("POST", "/pulls", 401, {"message": "Bad credentials"}),
        "answered 401: Bad credentials",
        "expired",
    ),
    (Fault("POST", "/pulls", 403, {"message": "Resource not accessible"}), "answered 403", "allowed"),
    (Fault("POST", "/pulls", 403, {"message": "limit"}, {"x-ratelimit-remaining": "0"}), "403", "limits"),
    (Fault("POST", "/pulls", 429, {"message": "slow"}, {"retry-after": "7"}), "429", "in 7 s"),
    (Fault("POST", "/pulls", 404, {"message": "Not Found"}), "answered 404: Not Found", "allowed"),
    (Fault("POST", "/pulls", 301, {}, {"location": "http://127.0.0.1:1/x"}), "answered 301", "moved"),
    (Fault("POST", "/pulls", 502, b"<html>bad gateway"), "answered 502", "later"),
    (Fault("POST", "/pulls", 201, b"<html>fine"), "is not JSON", "publish.api_url"),
    (Fault("POST", "/pulls", 201, {"ok": True}), "is no pull request", "page"),
    (Fault("POST", "/pulls", hang_up=True), "could not be sent", "network"),
]


@pytest.mark.parametrize(("fault", "words", "hint"), FAULTS, ids=[words for _, words, _ in FAULTS])
def test_a_refusal_of_the_forge_names_address_and_cause(
    github: GitHub, server: ForgeServer, wanted: Wanted, fault: Fault, words: str, hint: str
) -> None:
    server.faults.append(fault)
    with pytest.raises(TaskdeckError) as caught:
        ensure_pull_request(github, wanted)
    said = f"{caught.value.message} {caught.value.hint}"
    assert words in said
    assert hint in said
    assert TOKEN not in said
    if "no pull request" not in words:
        assert f"POST {server.api_url}/repos/team/service/pulls" in said
    assert server.pulls == []


def test_branches_without_commits_between_them_are_the_forges_reason(
    github: GitHub, server: ForgeServer
) -> None:
    commit = server.commit_of(BASE) or ""
    git(server.repository, "branch", "same", commit)
    with pytest.raises(Refused, match="No commits between feature/example-app and same"):
        ensure_pull_request(github, Wanted(BASE, "same", commit, "t", "b"))


def test_no_forge_at_that_address(wanted: Wanted) -> None:
    lost = GitHub(
        Remote("127.0.0.1", "team", "service"),
        HttpTransport("http://127.0.0.1:9/api", lambda: TOKEN, DIALECT),
    )
    with pytest.raises(
        ForgeFailed, match=r"GET http://127\.0\.0\.1:9/api/repos/.* could not be sent: .*refused"
    ):
        ensure_pull_request(lost, wanted)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://github.com/team/service.git", Remote("github.com", "team", "service")),
        ("https://user:secret@GitHub.com/team/service", Remote("github.com", "team", "service")),
        ("git@github.com:team/service.git", Remote("github.com", "team", "service")),
        ("ssh://git@ghe.example:2222/team/service.git", Remote("ghe.example", "team", "service")),
        ("http://127.0.0.1:8080/team/service.git", Remote("127.0.0.1:8080", "team", "service", "http")),
        ("git://host.example/team/service", Remote("host.example", "team", "service")),
        ("/srv/git/service.git", None),
        ("file:///srv/git/service.git", None),
        ("../service", None),
        ("https://github.com/service", None),
        ("https://github.com/a/b/c", None),
        ("https://github.com/team/..", None),
        ("https://github.com/te am/x?y=z", None),
        ("https://[broken/team/x", None),
        ("ext::sh -c evil", None),
    ],
)
def test_the_repository_is_read_from_the_remotes_address(address: str, expected: Remote | None) -> None:
    assert read_remote(address) == expected


def settings(text: str) -> None:
    config_file().parent.mkdir(parents=True, exist_ok=True)
    config_file().write_text(text)


def test_without_token_and_gh_there_is_a_link(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("GH_TOKEN", raising=False)
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    choice = choose_forge("git@github.com:team/service.git", load_settings())
    assert choice.forge is None
    assert choice.remote is not None
    assert "no token for github.com" in choice.why
    assert "`gh` is not on the PATH" in choice.why
    link = compare_link(choice.remote, Wanted("feature/a b", "taskdeck/x", "c", "a & b", "body"))
    assert link == (
        "https://github.com/team/service/compare/feature/a%20b...taskdeck/x?expand=1&title=a+%26+b&body=body"
    )
    assert "body=" not in compare_link(choice.remote, Wanted("a", "b", "c", "t", "long " * 3000))


def test_a_token_for_github_goes_to_no_other_host(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("GH_TOKEN", TOKEN)
    assert choose_forge("https://github.com/team/service", load_settings()).forge is not None
    assert choose_forge("https://evil.example/team/service", load_settings()).forge is None
    settings('[publish]\napi_url = "https://ghe.example/api/v3"\n')
    assert choose_forge("https://ghe.example/team/service", load_settings()).forge is None
    settings(f'[publish]\napi_url = "https://ghe.example/api/v3"\ntoken = "{TOKEN}"\n')
    choice = choose_forge("https://ghe.example/team/service", load_settings())
    assert choice.forge is not None
    assert choice.forge.name == "GitHub at ghe.example"
    assert TOKEN not in f"{choice}"
    assert TOKEN not in redact(f"a line with {TOKEN} in it")


def test_what_the_settings_demand_and_cannot_be_had_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for kind, words in (("github", "no token"), ("gh", "not on the PATH")):
        settings(f'[publish]\nforge = "{kind}"\n')
        with pytest.raises(UsageError, match=words):
            choose_forge("https://github.com/team/service", load_settings())


GH = """\
#!{python}
import json, sys, urllib.request, urllib.error
arguments = sys.argv[1:]
with open({log!r}, "a") as log:
    log.write(json.dumps(arguments) + "\\n")
if arguments[:2] == ["auth", "token"]:
    print("held-by-gh")
    sys.exit(0 if arguments[2:] == ["--hostname", {host!r}] else 1)
assert arguments[:4] == ["api", "--hostname", {host!r}, "--method"] and arguments[5] == "--include", arguments
body = sys.stdin.buffer.read() if arguments[-2:] == ["--input", "-"] else None
request = urllib.request.Request({api!r} + "/" + arguments[6], data=body, method=arguments[4])
for name, value in {headers!r}.items():
    request.add_header(name, value)
try:
    answer = urllib.request.urlopen(request)
except urllib.error.HTTPError as error:
    answer = error
print("HTTP/2.0", answer.status, "x\\r\\nA: b\\r\\n\\r")
print(answer.read().decode())
if answer.status >= 400:
    print("gh: (HTTP %d)" % answer.status, file=sys.stderr)
    sys.exit(1)
"""


@pytest.fixture
def gh(tmp_path: Path, server: ForgeServer, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[list[str]]]:
    """A stand-in for `gh` on the PATH that passes calls on to the loopback forge and notes its arguments.

    It knows `auth token` and `api --include` only.
    """
    import sys

    log, folder = tmp_path / "gh.log", tmp_path / "bin"
    folder.mkdir()
    headers = {
        "Authorization": f"Bearer {TOKEN}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
        "User-Agent": "gh",
    }
    script = folder / "gh"
    script.write_text(
        GH.format(python=sys.executable, log=str(log), host=server.host, api=server.api_url, headers=headers)
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return lambda: [json.loads(line) for line in log.read_text().splitlines()]


def test_gh_carries_the_calls_when_it_is_logged_in(
    gh: Callable[[], list[list[str]]], server: ForgeServer, wanted: Wanted
) -> None:
    choice = choose_forge(f"http://{server.host}/team/service.git", load_settings())
    assert choice.forge is not None
    assert choice.forge.name == f"GitHub at {server.host}, by gh"
    made = ensure_pull_request(choice.forge, wanted)
    assert (made.created, made.pull_request.base, made.pull_request.head) == (True, BASE, HEAD)
    posts = [arguments for arguments in gh() if "POST" in arguments]
    assert posts == [
        [
            *("api", "--hostname", server.host, "--method", "POST", "--include"),
            *("repos/team/service/pulls", "--input", "-"),
        ]
    ]
    assert server.made()[0].body["base"] == BASE


def test_a_failure_by_gh_names_its_cause(
    gh: Callable[[], list[list[str]]], server: ForgeServer, wanted: Wanted
) -> None:
    choice = choose_forge(f"http://{server.host}/team/service.git", load_settings())
    assert choice.forge is not None
    server.faults.append(Fault("POST", "/pulls", 403, {"message": "Resource not accessible"}))
    with pytest.raises(
        ForgeFailed, match="gh api POST /repos/team/service/pulls failed: Resource not acc"
    ) as caught:
        ensure_pull_request(choice.forge, wanted)
    assert caught.value.status == 403
    assert f"gh auth status --hostname {server.host}" in caught.value.hint


FACTS = Facts(
    run="261123-1415-abc",
    kind="docs",
    agent="claude",
    model="claude-x",
    tasks=[("5", "Storage | *bold* for @team #12"), ("6", "gRPC <b>api</b>")],
    names=["task.md", "prompt.md"],
    coverage={"5": {"task.md": "present", "prompt.md": "present"}, "6": {"task.md": "present"}},
    sources=[("commit", "a" * 40), ("task file", "sha256 " + "b" * 64)],
    gate=["48 of 48 documents are there", "no other file changed"],
)


def test_the_text_says_what_was_made_from_which_bytes() -> None:
    assert title_of(FACTS) == "docs: documents for 2 tasks"
    body = body_of(FACTS)
    assert "run `261123-1415-abc`" in body
    assert f"commit: `{'a' * 40}`" in body
    assert "| 6 gRPC \\<b\\>api\\</b\\> | present | missing |" in body
    assert "- no other file changed" in body


def test_titles_in_it_are_neither_markup_nor_mentions() -> None:
    body = body_of(FACTS)
    assert "*bold*" not in body.replace("\\*", "")
    assert "@team" not in body
    assert "#12" not in body
    assert "Storage \\|" in body


def test_the_title_of_work_on_one_task_is_its_own() -> None:
    facts = Facts("r", "task", "claude", "", [("5", "x" * 100)], [], {}, [], [])
    assert title_of(facts).startswith("Task 5: xxx")
    assert len(title_of(facts)) <= 72
    assert "## Tasks" in body_of(facts)
