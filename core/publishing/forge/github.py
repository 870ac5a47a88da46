"""Pull requests on GitHub and GitHub Enterprise, over whatever carries its REST calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, cast
from urllib.parse import quote

from core.plain_text import printable
from core.publishing.forge.model import Checks, ForgeFailed, PullRequest, State, Wanted
from core.publishing.forge.remote import Remote

_PASSED = frozenset({"success", "neutral", "skipped"})
_PAGE = 100


class Transport(Protocol):
    """Carries one call. `path` begins with a slash and is below the API's address."""

    @property
    def name(self) -> str: ...

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The parsed answer. Blocking. Raises ForgeFailed."""
        ...


class GitHub:
    """One repository on GitHub (see `core.publishing.forge.model.Forge`).

    Source of the calls: GitHub's REST API, version 2022-11-28: pulls, git refs, check runs, commit statuses.
    """

    def __init__(self, remote: Remote, transport: Transport) -> None:
        self.remote = remote
        self.transport = transport
        self._repository = f"/repos/{quote(remote.owner)}/{quote(remote.name)}"

    @property
    def name(self) -> str:
        return f"GitHub at {self.transport.name}"

    def find(self, head: str) -> list[PullRequest]:
        # GitHub takes the branch with its owner; without one it would answer with every pull request.
        wanted = quote(f"{self.remote.owner}:{head}", safe="")
        path = (
            f"{self._repository}/pulls?head={wanted}&state=all&sort=created&direction=desc&per_page={_PAGE}"
        )
        found = [_pull_request(row) for row in _rows(self.transport.call("GET", path))]
        return [one for one in found if one.head == head]

    def create(self, wanted: Wanted) -> PullRequest:
        body = {"title": wanted.title, "head": wanted.head, "base": wanted.base, "body": wanted.body}
        return _pull_request(_members(self.transport.call("POST", f"{self._repository}/pulls", body)))

    def read(self, number: int) -> PullRequest:
        path = f"{self._repository}/pulls/{int(number)}"
        row = _members(self.transport.call("GET", path))
        return _pull_request(row, self._checks(_text(_members(row.get("head")).get("sha"))))

    def branch_commit(self, branch: str) -> str | None:
        path = f"{self._repository}/git/ref/heads/{quote(branch, safe='/')}"
        try:
            answer = _members(self.transport.call("GET", path))
        except ForgeFailed as failure:
            if failure.status == 404 and self._exists():
                return None
            raise
        return _text(_members(answer.get("object")).get("sha")) or None

    def who(self) -> str:
        return _text(_members(self.transport.call("GET", "/user")).get("login"))

    def may_push(self) -> bool:
        """Whether these credentials may write to the repository."""
        answer = _members(self.transport.call("GET", self._repository))
        return bool(_members(answer.get("permissions")).get("push"))

    def _exists(self) -> bool:
        """The repository is there for us; raises ForgeFailed when it is missing or hidden."""
        self.transport.call("GET", self._repository)
        return True

    def _checks(self, commit: str) -> Checks | None:
        """All check runs and statuses of a commit; None when these credentials may not read them."""
        base = f"{self._repository}/commits/{quote(commit)}"
        try:
            runs = _members(self.transport.call("GET", f"{base}/check-runs?per_page={_PAGE}"))
            statuses = _members(self.transport.call("GET", f"{base}/status?per_page={_PAGE}"))
        except ForgeFailed as failure:
            if failure.status in (403, 404, 422):
                return None
            raise
        states = [_run_state(row) for row in _rows(runs.get("check_runs"))]
        states += [_text(row.get("state")) for row in _rows(statuses.get("statuses"))]
        passed = sum(state in _PASSED for state in states)
        pending = sum(state == "pending" for state in states)
        return Checks(passed, len(states) - passed - pending, pending)


def _run_state(row: Mapping[str, Any]) -> str:
    return _text(row.get("conclusion")) if row.get("status") == "completed" else "pending"


def _pull_request(row: Mapping[str, Any], checks: Checks | None = None) -> PullRequest:
    base, head = _members(row.get("base")), _members(row.get("head"))
    number, files = row.get("number"), row.get("changed_files")
    if not isinstance(number, int) or not base.get("ref") or not head.get("ref"):
        raise ForgeFailed("GitHub answered with something that is no pull request.", "Open its page to see.")
    return PullRequest(
        number=number,
        url=_text(row.get("html_url")),
        state=_state(row),
        base=_text(base.get("ref")),
        head=_text(head.get("ref")),
        title=_text(row.get("title")),
        head_commit=_text(head.get("sha")),
        body=_text(row.get("body")),
        files=files if isinstance(files, int) else None,
        checks=checks,
    )


def _state(row: Mapping[str, Any]) -> State:
    if row.get("merged_at") or row.get("merged"):
        return "merged"
    if row.get("state") == "closed":
        return "closed"
    return "draft" if row.get("draft") else "open"


def _rows(value: Any) -> list[Mapping[str, Any]]:
    found = cast("list[Any]", value) if isinstance(value, list) else []
    return [_members(row) for row in found]


def _members(value: Any) -> Mapping[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return printable(value, newlines=True) if isinstance(value, str) else ""
