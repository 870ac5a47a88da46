"""A loopback server that speaks the part of GitHub's REST API that pull requests need, and keeps state.

Branches are those of a real bare repository. Every request is checked (token, accept header, API version,
agent) and kept. What it does not do: permissions by scope, forks, paging beyond one page, rate limits unless
a fault asks for one, reviews, merging by call (`merge` and `close` are the test's hand). Changed files are
counted by git between base and head as both stand while the pull request is open; afterwards, and when a
branch is gone, the last count stays. It knows no limit for large differences.

`gitlab_forge.py` and `gitea_forge.py` keep the same state and speak their own API about it.
"""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "ghp_loopback0123456789abcdef"


@dataclass
class Call:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any = None


@dataclass
class Fault:
    """Answers the next call of `method` whose path ends with `ends` in this way instead.

    `after` lets the call have its effect first, as when only the answer gets lost.
    """

    method: str
    ends: str
    status: int = 500
    body: Any = field(default_factory=dict[str, Any])
    headers: dict[str, str] = field(default_factory=dict[str, str])
    hang_up: bool = False
    after: bool = False


class ForgeServer:
    """`with ForgeServer(bare, "team/service") as forge:` serves the API at `forge.api_url`."""

    prefix: ClassVar[str] = "/api/v3"
    creates: ClassVar[str] = "/pulls"
    """How the path ends that makes a pull request."""

    def __init__(self, repository: Path, name: str = "team/service", token: str = TOKEN) -> None:
        self.repository = repository
        self.name = name
        self.token = token
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self.pulls: list[dict[str, Any]] = []
        self.check_runs: list[dict[str, Any]] = []
        self.statuses: list[dict[str, Any]] = []
        self.rewrite: Callable[[dict[str, Any]], None] = lambda _pull: None
        """Changes a new pull request, as a forge with ideas of its own would."""
        self.late = 0
        """So many readings of a single pull request still show the commit before the last push."""
        self._files: dict[int, int] = {}
        """The number of a pull request to how many files it changed when that was last counted."""
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    @property
    def api_url(self) -> str:
        return f"http://{self.host}{self.prefix}"

    def __enter__(self) -> ForgeServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def commit_of(self, branch: str) -> str | None:
        """Where a branch of the bare repository stands."""
        done = subprocess.run(
            ["git", "-C", str(self.repository), "rev-parse", "--quiet", "--verify", f"refs/heads/{branch}"],
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout.strip() or None

    def close(self, number: int, *, merged: bool = False) -> None:
        """What a person does on the forge's page."""
        pull = self.pulls[number - 1]
        pull["state"] = "closed"
        pull["merged_at"] = "2026-01-02T03:04:05Z" if merged else None

    def set_checks(self, passed: int = 0, failed: int = 0, pending: int = 0) -> None:
        """What ran on the newest commit."""
        ends = ["success"] * passed + ["timed_out"] * failed
        self.check_runs = [{"status": "completed", "conclusion": end} for end in ends]
        self.check_runs += [{"status": "in_progress", "conclusion": None}] * pending
        self.check_runs = [{"name": f"check {at}", **run} for at, run in enumerate(self.check_runs, 1)]

    def made(self) -> list[Call]:
        """The calls that asked for a new pull request."""
        return [call for call in self.calls if call.method == "POST"]

    def answer(self, call: Call) -> tuple[int, Any, dict[str, str]] | None:
        """Status, body and headers; None to hang up."""
        with self._lock:
            self.calls.append(call)
            problem = self._check(call)
            if problem is not None:
                return *problem, {}
            fault = self._fault(call)
            if fault is None or fault.after:
                answered = self._route(call)
                if fault is None:
                    return *answered, {}
            if fault.hang_up:
                return None
            return fault.status, fault.body, fault.headers

    def _fault(self, call: Call) -> Fault | None:
        for fault in self.faults:
            if fault.method == call.method and call.path.endswith(fault.ends):
                self.faults.remove(fault)
                return fault
        return None

    def _check(self, call: Call) -> tuple[int, Any] | None:
        if call.headers.get("authorization") != f"Bearer {self.token}":
            return 401, {"message": "Bad credentials"}
        if not call.headers.get("user-agent"):
            return 403, {"message": "Request forbidden by administrative rules."}
        if call.headers.get("accept") != "application/vnd.github+json":
            return 415, {"message": "Unsupported accept header"}
        if call.headers.get("x-github-api-version") != "2022-11-28":
            return 400, {"message": "Unsupported API version"}
        return None

    def _route(self, call: Call) -> tuple[int, Any]:
        root = f"/repos/{self.name}"
        if call.path == "/user":
            return 200, {"login": "octo-person"}
        if call.path == root:
            return 200, {"full_name": self.name, "permissions": {"push": True}}
        if not call.path.startswith(root + "/"):
            return 404, {"message": "Not Found"}
        rest = call.path.removeprefix(root + "/")
        if rest == "pulls":
            return self._create(call.body) if call.method == "POST" else (200, self._listed(call.query))
        if rest.startswith("pulls/"):
            return self._read(rest.removeprefix("pulls/"))
        if rest.startswith("git/ref/heads/"):
            branch = unquote(rest.removeprefix("git/ref/heads/"))
            commit = self.commit_of(branch)
            if commit is None:
                return 404, {"message": "Not Found"}
            return 200, {"ref": f"refs/heads/{branch}", "object": {"type": "commit", "sha": commit}}
        if rest.endswith("/check-runs"):
            return 200, {"total_count": len(self.check_runs), "check_runs": self.check_runs}
        if rest.endswith("/status"):
            return 200, {"state": "pending", "statuses": self.statuses}
        return 404, {"message": "Not Found"}

    def _listed(self, query: dict[str, str]) -> list[dict[str, Any]]:
        owner, _, head = query.get("head", "").partition(":")
        assert owner == self.name.partition("/")[0], "GitHub filters by head only with its owner"
        state = query.get("state", "open")
        rows = [self._current(pull) for pull in self.pulls if pull["head"]["ref"] == head]
        return [row for row in reversed(rows) if state in ("all", row["state"])]

    def _current(self, pull: dict[str, Any]) -> dict[str, Any]:
        commit = self.commit_of(pull["head"]["ref"])
        if commit is not None and pull["state"] == "open":
            pull["head"]["sha"] = commit
        return pull

    def _one(self, number: str) -> dict[str, Any] | None:
        """A pull request as it is read by itself."""
        if not number.isdigit() or not 0 < int(number) <= len(self.pulls):
            return None
        current = self._current(self.pulls[int(number) - 1])
        pull: dict[str, Any] = current | {"changed_files": self._changed_files(current)}
        if self.late:
            self.late -= 1
            pull["head"] = pull["head"] | {"sha": "0" * 40}
        return pull

    def _changed_files(self, pull: dict[str, Any]) -> int:
        number, span = pull["number"], f"refs/heads/{pull['base']['ref']}...{pull['head']['sha']}"
        if pull["state"] == "open":
            done = subprocess.run(
                ["git", "-C", str(self.repository), "diff", "--name-only", span, "--"],
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode == 0:
                self._files[number] = len(done.stdout.splitlines())
        return self._files.get(number, 0)

    def _read(self, number: str) -> tuple[int, Any]:
        found = self._one(number)
        return (404, {"message": "Not Found"}) if found is None else (200, found)

    def _create(self, body: Any) -> tuple[int, Any]:
        if set(body) != {"title", "head", "base", "body"}:
            return 422, {"message": f"Unexpected fields: {', '.join(sorted(body))}"}
        problem = self._objection(body)
        if problem:
            return 422, {"message": "Validation Failed", "errors": [problem]}
        return 201, self._add(body)

    def _add(self, body: dict[str, str]) -> dict[str, Any]:
        number = len(self.pulls) + 1
        pull: dict[str, Any] = {
            "number": number,
            "html_url": f"http://{self.host}/{self.name}/pull/{number}",
            "state": "open",
            "draft": False,
            "merged_at": None,
            "title": body["title"],
            "body": body["body"],
            "base": {"ref": body["base"]},
            "head": {"ref": body["head"], "sha": self.commit_of(body["head"])},
        }
        self.rewrite(pull)
        self.pulls.append(pull)
        return pull

    def _objection(self, body: Any) -> dict[str, str] | None:
        base, head = self.commit_of(body["base"]), self.commit_of(body["head"])
        if base is None:
            return {"resource": "PullRequest", "field": "base", "code": "invalid"}
        if head is None:
            return {"resource": "PullRequest", "field": "head", "code": "invalid"}
        if base == head:
            return {"message": f"No commits between {body['base']} and {body['head']}"}
        for pull in self.pulls:
            if pull["state"] == "open" and (pull["base"]["ref"], pull["head"]["ref"]) == (
                body["base"],
                body["head"],
            ):
                return {"message": f"A pull request already exists for team:{body['head']}."}
        return None


def _handler(forge: ForgeServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        quiet: ClassVar[bool] = True

        def log_message(self, format: str, *args: Any) -> None:
            """A test's output is for its failures."""

        def _serve(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            data = self.rfile.read(size)
            parts = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            path = (
                parts.path.removeprefix(forge.prefix) if parts.path.startswith(forge.prefix) else "/nowhere"
            )
            call = Call(self.command, path, query, headers, json.loads(data) if data else None)
            answer = forge.answer(call)
            self.close_connection = True
            if answer is None:
                return
            status, body, more = answer
            text = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", "Connection": "close", **more}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = _serve  # noqa: N815
        do_POST = _serve  # noqa: N815

    return Handler
