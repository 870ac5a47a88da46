"""Merge requests on GitLab, over whatever carries its REST calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from core.publishing.forge.answer import members, text
from core.publishing.forge.gitlab_rights import rights_of
from core.publishing.forge.http import Dialect
from core.publishing.forge.merging import on_gitlab
from core.publishing.forge.model import (
    Checks,
    CheckState,
    ForgeFailed,
    Noun,
    PullRequest,
    Rights,
    State,
    Wanted,
    checks_of,
)
from core.publishing.forge.remote import Remote
from core.publishing.forge.transport import Transport, every_row

DIALECT = Dialect(
    {"Accept": "application/json"},
    "PRIVATE-TOKEN",
    "",
    "read the project and to write merge requests (scope api, at least the role Developer)",
    "GitLab has it below /api/v4.",
)
_PASSED = frozenset({"success", "skipped"})
_FAILED = frozenset({"failed", "canceled", "canceling"})
_PAGE = 100


class GitLab:
    """One project on GitLab (see `core.publishing.forge.model.Forge`); groups may lie in groups.

    Source of the calls and fields: GitLab's own pages `doc/api/merge_requests.md`, `branches.md`,
    `commits.md`, `projects.md` and `personal_access_tokens.md`, version 4 of its REST API.
    """

    noun: Noun = "merge request"

    def __init__(self, remote: Remote, transport: Transport) -> None:
        self.remote = remote
        self.transport = transport
        self._project = f"/projects/{quote(f'{remote.owner}/{remote.name}', safe='')}"

    @property
    def name(self) -> str:
        return f"GitLab at {self.transport.name}"

    def find(self, head: str) -> list[PullRequest]:
        path = (
            f"{self._project}/merge_requests?source_branch={quote(head, safe='')}&state=all&scope=all"
            f"&order_by=created_at&sort=desc&per_page={_PAGE}"
        )
        # A fork can have a branch of the same name.
        own = [
            row
            for row in every_row(self.transport, path)
            if row.get("source_project_id") == row.get("target_project_id")
        ]
        return [one for one in map(_merge_request, own) if one.head == head]

    def create(self, wanted: Wanted) -> PullRequest:
        body = {
            "source_branch": wanted.head,
            "target_branch": wanted.base,
            "title": wanted.title,
            "description": wanted.body,
        }
        return _merge_request(members(self.transport.call("POST", f"{self._project}/merge_requests", body)))

    def read(self, number: int) -> PullRequest:
        path = f"{self._project}/merge_requests/{int(number)}?include_diverged_commits_count=true"
        row = members(self.transport.call("GET", path))
        return _merge_request(row, self._checks(row))

    def branch_commit(self, branch: str) -> str | None:
        path = f"{self._project}/repository/branches/{quote(branch, safe='')}"
        try:
            answer = members(self.transport.call("GET", path))
        except ForgeFailed as failure:
            if failure.status == 404 and self._read_project():
                return None
            raise
        return text(members(answer.get("commit")).get("id")) or None

    def who(self) -> str:
        return text(members(self.transport.call("GET", "/user")).get("username"))

    def rights(self) -> Rights:
        return rights_of(self._read_project(), self._read_token())

    def _read_project(self) -> Mapping[str, Any]:
        """What it says of the project; raises ForgeFailed when it is missing or hidden."""
        return members(self.transport.call("GET", self._project))

    def _read_token(self) -> Mapping[str, Any]:
        """What it says of the token; nothing for kinds of tokens and versions that cannot be asked."""
        try:
            return members(self.transport.call("GET", "/personal_access_tokens/self"))
        except ForgeFailed as failure:
            if failure.status in (400, 401, 403, 404, 405):
                return {}
            raise

    def _checks(self, row: Mapping[str, Any]) -> Checks | None:
        """The jobs and statuses of the head commit; of the pipeline alone when we may not read them."""
        pipeline = _job_state({"status": members(row.get("head_pipeline")).get("status")})
        commit = text(row.get("sha"))
        path = f"{self._project}/repository/commits/{quote(commit, safe='')}/statuses?per_page={_PAGE}"
        try:
            told = [(text(job.get("name")), _job_state(job)) for job in every_row(self.transport, path)]
        except ForgeFailed as failure:
            if failure.status not in (403, 404):
                raise
            if pipeline == "none":
                return None
            told = []
        # A pipeline can fail before it has a job, and those of merge results run on another commit.
        if pipeline not in {state for _, state in told}:
            told.append(("", pipeline))
        return checks_of([one for one in told if one[1] != "none"], {"passed"})


def _job_state(job: Mapping[str, Any]) -> CheckState:
    """What a job, status or pipeline comes to; a failure that is allowed is none."""
    status = text(job.get("status"))
    if status in _PASSED:
        return "passed"
    if status in _FAILED:
        return "passed" if job.get("allow_failure") else "failed"
    if not status or (status == "manual" and job.get("allow_failure")):
        return "none"
    return "pending"


def _merge_request(row: Mapping[str, Any], checks: Checks | None = None) -> PullRequest:
    number, base, head = row.get("iid"), text(row.get("target_branch")), text(row.get("source_branch"))
    if not isinstance(number, int) or not base or not head:
        raise ForgeFailed("GitLab answered with something that is no merge request.", "Open its page to see.")
    # A text: empty until GitLab has counted, "1000+" where it stopped to.
    files = text(row.get("changes_count"))
    return PullRequest(
        number=number,
        url=text(row.get("web_url")),
        state=_state(row),
        base=base,
        head=head,
        title=text(row.get("title")),
        head_commit=text(row.get("sha")),
        body=text(row.get("description")),
        files=int(files) if files.isdecimal() else None,
        checks=checks,
        noun="merge request",
        merging=on_gitlab(row),
    )


def _state(row: Mapping[str, Any]) -> State:
    state = row.get("state")
    if state == "merged":
        return "merged"
    if state == "closed":
        return "closed"
    # "locked" is one that is being merged just now.
    return "draft" if row.get("draft", row.get("work_in_progress")) else "open"
