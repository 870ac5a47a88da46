"""Pull requests on Gitea and Forgejo, over whatever carries their REST calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from core.publishing.forge.answer import members, rows, text
from core.publishing.forge.http import Dialect
from core.publishing.forge.merging import on_gitea
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
from core.publishing.forge.transport import MOST_PAGES, Transport, every_row

DIALECT = Dialect(
    {"Accept": "application/json"},
    "Authorization",
    "token ",
    "read the repository and to write pull requests (scope write:repository)",
    "Gitea and Forgejo have it below /api/v1.",
)
_PASSED = frozenset({"success", "warning", "skipped"})
_DRAFT = ("wip:", "[wip]", "draft:", "[draft]")
_PAGE = 50


class Gitea:
    """One repository on Gitea or Forgejo (see `core.publishing.forge.model.Forge`).

    Source of the calls and fields: Gitea's own code, `routers/api/v1/repo/pull.go`, `modules/structs/pull.go`
    and `services/convert/pull.go`, and the same in Forgejo.
    """

    noun: Noun = "pull request"

    def __init__(self, remote: Remote, transport: Transport, product: str = "Gitea") -> None:
        self.remote = remote
        self.transport = transport
        self.product = product
        self._repository = f"/repos/{quote(remote.owner)}/{quote(remote.name)}"

    @property
    def name(self) -> str:
        return f"{self.product} at {self.transport.name}"

    def find(self, head: str) -> list[PullRequest]:
        # It has no filter by head, and the route by base and head cannot tell several apart.
        path = f"{self._repository}/pulls?state=all&limit={_PAGE}"
        found = [_pull_request(row) for row in every_row(self.transport, path) if _is_own(row)]
        return sorted((one for one in found if one.head == head), key=lambda one: -one.number)

    def create(self, wanted: Wanted) -> PullRequest:
        body = {"title": wanted.title, "head": wanted.head, "base": wanted.base, "body": wanted.body}
        return _pull_request(members(self.transport.call("POST", f"{self._repository}/pulls", body)))

    def read(self, number: int) -> PullRequest:
        row = members(self.transport.call("GET", f"{self._repository}/pulls/{int(number)}"))
        return _pull_request(row, self._checks(text(members(row.get("head")).get("sha"))))

    def branch_commit(self, branch: str) -> str | None:
        path = f"{self._repository}/branches/{quote(branch, safe='/')}"
        try:
            answer = members(self.transport.call("GET", path))
        except ForgeFailed as failure:
            if failure.status == 404 and self._read_repository():
                return None
            raise
        return text(members(answer.get("commit")).get("id")) or None

    def who(self) -> str:
        try:
            return text(members(self.transport.call("GET", "/user")).get("login"))
        except ForgeFailed as failure:
            # A token for repositories alone may not ask whose it is, and does all that is needed here.
            if failure.status == 403:
                return "the owner of a token that may not tell the name"
            raise

    def rights(self) -> Rights:
        repository = self._read_repository()
        if repository.get("archived"):
            return Rights(False, "The repository is archived.")
        if repository.get("has_pull_requests") is False:
            return Rights(False, "Pull requests are switched off there.")
        if not members(repository.get("permissions")).get("push"):
            return Rights(False, "We may not push.")
        return Rights(True, "We may push; whether the token itself is for that shows only when it is used.")

    def _read_repository(self) -> Mapping[str, Any]:
        """What it says of the repository; raises ForgeFailed when it is missing or hidden."""
        return members(self.transport.call("GET", self._repository))

    def _checks(self, commit: str) -> Checks | None:
        """The statuses of a commit, its own actions' among them; None when we may not read them."""
        try:
            states = list(self._states(commit))
        except ForgeFailed as failure:
            if failure.status in (403, 404, 422):
                return None
            raise
        return checks_of(states, _PASSED)

    def _states(self, commit: str) -> Iterator[tuple[str, str]]:
        path = f"{self._repository}/commits/{quote(commit)}/status?limit={_PAGE}"
        for number in range(1, MOST_PAGES + 1):
            found = rows(members(self.transport.call("GET", f"{path}&page={number}")).get("statuses"))
            if not found:
                return
            yield from ((text(row.get("context")), text(row.get("status"))) for row in found)


def _is_own(row: Mapping[str, Any]) -> bool:
    """Whether its branch lies in the repository itself, not in a fork; a row it could not read is empty."""
    base, head = members(row.get("base")), members(row.get("head"))
    return bool(row) and head.get("repo_id") == base.get("repo_id")


def _pull_request(row: Mapping[str, Any], checks: Checks | None = None) -> PullRequest:
    base, head = members(row.get("base")), members(row.get("head"))
    number, files = row.get("number"), row.get("changed_files")
    # `ref` is the branch only as long as it is there; `label` stays.
    names = text(base.get("ref")), text(head.get("label") or head.get("ref"))
    if not isinstance(number, int) or not all(names):
        raise ForgeFailed("Gitea answered with something that is no pull request.", "Open its page to see.")
    return PullRequest(
        number=number,
        url=text(row.get("html_url")),
        state=_state(row),
        base=names[0],
        head=names[1],
        title=text(row.get("title")),
        head_commit=text(head.get("sha")),
        body=text(row.get("body")),
        files=files if isinstance(files, int) else None,
        checks=checks,
        merging=on_gitea(row),
    )


def _state(row: Mapping[str, Any]) -> State:
    if row.get("merged"):
        return "merged"
    if row.get("state") == "closed":
        return "closed"
    # Older servers tell a draft by its title alone.
    by_title = text(row.get("title")).lower().startswith(_DRAFT)
    return "draft" if row.get("draft", by_title) else "open"
