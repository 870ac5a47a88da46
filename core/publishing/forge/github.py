"""Pull requests on GitHub and GitHub Enterprise, over whatever carries its REST calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from core.publishing.forge.answer import members, rows, text
from core.publishing.forge.http import Dialect
from core.publishing.forge.merging import on_github
from core.publishing.forge.model import (
    Checks,
    ForgeFailed,
    Noun,
    PullRequest,
    Rights,
    State,
    Wanted,
    checks_of,
)
from core.publishing.forge.remote import Remote
from core.publishing.forge.transport import Transport

_PASSED = frozenset({"success", "neutral", "skipped"})
_PAGE = 100

DIALECT = Dialect(
    {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"},
    "Authorization",
    "Bearer ",
    "read the repository and to write pull requests",
    "GitHub Enterprise has it below /api/v3.",
)


class GitHub:
    """One repository on GitHub (see `core.publishing.forge.model.Forge`).

    Source of the calls: GitHub's REST API, version 2022-11-28: pulls, git refs, check runs, commit statuses.
    """

    noun: Noun = "pull request"

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
        found = [_pull_request(row) for row in rows(self.transport.call("GET", path))]
        return [one for one in found if one.head == head]

    def create(self, wanted: Wanted) -> PullRequest:
        body = {"title": wanted.title, "head": wanted.head, "base": wanted.base, "body": wanted.body}
        return _pull_request(members(self.transport.call("POST", f"{self._repository}/pulls", body)))

    def read(self, number: int) -> PullRequest:
        path = f"{self._repository}/pulls/{int(number)}"
        row = members(self.transport.call("GET", path))
        return _pull_request(row, self._checks(text(members(row.get("head")).get("sha"))))

    def branch_commit(self, branch: str) -> str | None:
        path = f"{self._repository}/git/ref/heads/{quote(branch, safe='/')}"
        try:
            answer = members(self.transport.call("GET", path))
        except ForgeFailed as failure:
            if failure.status == 404 and self._exists():
                return None
            raise
        return text(members(answer.get("object")).get("sha")) or None

    def who(self) -> str:
        return text(members(self.transport.call("GET", "/user")).get("login"))

    def rights(self) -> Rights:
        answer = members(self.transport.call("GET", self._repository))
        may = bool(members(answer.get("permissions")).get("push"))
        return Rights(may, "We may push." if may else "We may not push.")

    def _exists(self) -> bool:
        """The repository is there for us; raises ForgeFailed when it is missing or hidden."""
        self.transport.call("GET", self._repository)
        return True

    def _checks(self, commit: str) -> Checks | None:
        """All check runs and statuses of a commit; None when these credentials may not read them."""
        base = f"{self._repository}/commits/{quote(commit)}"
        try:
            runs = members(self.transport.call("GET", f"{base}/check-runs?per_page={_PAGE}"))
            statuses = members(self.transport.call("GET", f"{base}/status?per_page={_PAGE}"))
        except ForgeFailed as failure:
            if failure.status in (403, 404, 422):
                return None
            raise
        told = [(text(row.get("name")), _run_state(row)) for row in rows(runs.get("check_runs"))]
        told += [(text(row.get("context")), text(row.get("state"))) for row in rows(statuses.get("statuses"))]
        return checks_of(told, _PASSED)


def _run_state(row: Mapping[str, Any]) -> str:
    return text(row.get("conclusion")) if row.get("status") == "completed" else "pending"


def _pull_request(row: Mapping[str, Any], checks: Checks | None = None) -> PullRequest:
    base, head = members(row.get("base")), members(row.get("head"))
    number, files = row.get("number"), row.get("changed_files")
    if not isinstance(number, int) or not base.get("ref") or not head.get("ref"):
        raise ForgeFailed("GitHub answered with something that is no pull request.", "Open its page to see.")
    return PullRequest(
        number=number,
        url=text(row.get("html_url")),
        state=_state(row),
        base=text(base.get("ref")),
        head=text(head.get("ref")),
        title=text(row.get("title")),
        head_commit=text(head.get("sha")),
        body=text(row.get("body")),
        files=files if isinstance(files, int) else None,
        checks=checks,
        merging=on_github(row),
    )


def _state(row: Mapping[str, Any]) -> State:
    if row.get("merged_at") or row.get("merged"):
        return "merged"
    if row.get("state") == "closed":
        return "closed"
    return "draft" if row.get("draft") else "open"
