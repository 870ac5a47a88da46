"""The loopback forge as Gitea or Forgejo: no filter by branch, capped pages, commit statuses.

As the real ones it shows the branch of a request in `label`, and in `ref` only while the branch is there; a
row it fails to read is null. Unknown fields and parameters are refused, which the real ones pass over. Of
rights it knows what `shown_repository` and `may_tell_name` say.
"""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import unquote

from tests.fakes.forge_server import Call, ForgeServer

GITEA_TOKEN = "0123456789abcdef0123456789abcdef01234567"
_REPOSITORY = 11
_FORK = 12
_MADE = frozenset({"title", "head", "base", "body"})


class GiteaForge(ForgeServer):
    """`pulls` with `"fork": True` come from a fork's branch of the same name."""

    prefix: ClassVar[str] = "/api/v1"

    def __init__(self, *given: Any, name: str = "team/service", token: str = GITEA_TOKEN) -> None:
        super().__init__(*given, name=name, token=token)
        self.page_size = 50
        """MAX_RESPONSE_ITEMS of its settings."""
        self.unreadable: set[int] = set()
        """Numbers of requests that are null in lists."""
        self.may_tell_name = True
        self.tells_drafts = True
        self.shown_repository: dict[str, Any] = {
            "has_pull_requests": True,
            "archived": False,
            "permissions": {"admin": False, "push": True, "pull": True},
        }

    def set_checks(self, passed: int = 0, failed: int = 0, pending: int = 0) -> None:
        ends = ["success"] * passed + ["failure"] * failed + ["pending"] * pending
        self.statuses = [
            {"id": number, "status": end, "context": f"check {number}"} for number, end in enumerate(ends, 1)
        ]

    def _check(self, call: Call) -> tuple[int, Any] | None:
        if call.headers.get("authorization") != f"token {self.token}" or "private-token" in call.headers:
            return 401, {"message": "invalid username, password or token", "url": f"{self.api_url}/swagger"}
        if call.headers.get("accept") != "application/json":
            return 406, {"message": "not acceptable"}
        if call.method == "POST" and call.headers.get("content-type") != "application/json":
            return 422, {"message": "Unsupported content type"}
        return None

    def _route(self, call: Call) -> tuple[int, Any]:
        root = f"/repos/{self.name}"
        if call.path == "/user":
            if self.may_tell_name:
                return 200, {"login": "octo-person"}
            return 403, {"message": "token does not have at least one of required scope(s): [read:user]"}
        if call.path == root:
            return 200, {"full_name": self.name, **self.shown_repository}
        if not call.path.startswith(root + "/"):
            return 404, {"message": "The target couldn't be found.", "errors": []}
        return self._below_repository(call, call.path.removeprefix(root + "/"))

    def _below_repository(self, call: Call, rest: str) -> tuple[int, Any]:
        if rest == "pulls" and call.method == "POST":
            return self._create(call.body)
        if rest == "pulls":
            return self._paged(call, {"state"}, self._matching(call.query))
        if rest.startswith("pulls/"):
            found = self._one(rest.removeprefix("pulls/"))
            if found is None:
                return 404, {"message": "The target couldn't be found.", "errors": []}
            return 200, self._shown(found) | {"changed_files": found["changed_files"]}
        if rest.startswith("branches/"):
            branch = unquote(rest.removeprefix("branches/"))
            commit = self.commit_of(branch)
            if commit is None:
                return 404, {"message": f"branch does not exist [name: {branch}]", "errors": []}
            return 200, {"name": branch, "commit": {"id": commit}}
        if rest.startswith("commits/") and rest.endswith("/status"):
            status, page = self._paged(call, set(), self.statuses)
            shown = {"state": "pending", "total_count": len(self.statuses), "statuses": page or None}
            return status, shown if status == 200 else page
        return 404, {"message": "The target couldn't be found.", "errors": []}

    def _paged(self, call: Call, known: set[str], rows: list[Any]) -> tuple[int, Any]:
        unknown = set(call.query) - known - {"limit", "page"}
        if unknown:
            return 422, {"message": f"unknown parameters {', '.join(sorted(unknown))}"}
        size = min(int(call.query.get("limit", "30")), self.page_size)
        start = (int(call.query.get("page", "1")) - 1) * size
        return 200, rows[start : start + size]

    def _matching(self, query: dict[str, str]) -> list[dict[str, Any] | None]:
        state = query.get("state", "open")
        shown = [self._shown(self._current(pull)) for pull in reversed(self.pulls)]
        return [
            None if row["number"] in self.unreadable else row
            for row in shown
            if state in ("all", row["state"])
        ]

    def _shown(self, pull: dict[str, Any]) -> dict[str, Any]:
        head = pull["head"]["ref"]
        there = self.commit_of(head) is not None
        ref = head if there else f"refs/pull/{pull['number']}/head"
        source = _FORK if pull.get("fork") else _REPOSITORY
        return {
            "id": 9000 + pull["number"],
            "number": pull["number"],
            "html_url": f"http://{self.host}/{self.name}/pulls/{pull['number']}",
            "state": pull["state"],
            "merged": bool(pull["merged_at"]),
            "title": pull["title"],
            "body": pull["body"],
            "base": {"label": pull["base"]["ref"], "ref": pull["base"]["ref"], "repo_id": _REPOSITORY},
            "head": {"label": head, "ref": ref, "sha": pull["head"]["sha"], "repo_id": source},
            **({"draft": pull["draft"]} if self.tells_drafts else {}),
        }

    def _create(self, body: Any) -> tuple[int, Any]:
        if set(body) != _MADE:
            return 422, {"message": f"Unexpected fields: {', '.join(sorted(set(body) ^ _MADE))}"}
        if self.commit_of(body["base"]) is None or self.commit_of(body["head"]) is None:
            return 404, {"message": "The target couldn't be found.", "errors": ["could not find a branch"]}
        for pull in self.pulls:
            if pull["state"] == "open" and not pull.get("fork") and (
                pull["base"]["ref"], pull["head"]["ref"]) == (body["base"], body["head"]):  # fmt: skip
                said = f"pull request already exists for these targets [id: {9000 + pull['number']}]"
                return 409, {"message": said, "url": f"{self.api_url}/swagger"}
        return 201, self._shown(self._add(body))
