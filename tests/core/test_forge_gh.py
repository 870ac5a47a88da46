"""Pull requests by `gh`: a stand-in on the PATH carries the calls to the loopback forge."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.config import load_settings
from core.publishing.forge.choose import choose_forge
from core.publishing.forge.model import ForgeFailed, Wanted
from core.publishing.pull_request import ensure_pull_request
from tests.fakes.forge_server import TOKEN, Fault, ForgeServer
from tests.fakes.forges import BASE, HEAD, bare_repository


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ForgeServer]:
    with ForgeServer(bare_repository(tmp_path)) as running:
        yield running


@pytest.fixture
def wanted(server: ForgeServer) -> Wanted:
    return Wanted(BASE, HEAD, server.commit_of(HEAD) or "", "docs: documents for 12 tasks", "the body")


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
