"""The loopback forge as GitLab: projects in groups, below a path of its host, merge requests, pipelines.

It is strict where GitLab is and where a mistake would show nowhere else: the project's path is one encoded
segment, the token stands in its own header, unknown fields and parameters are refused. Pages are as small as
the test makes them. Of rights it knows what `project` and `token_scopes` say.
"""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import quote, unquote

from tests.fakes.forge_server import Call, ForgeServer

GITLAB_TOKEN = "glpat-loopback0123456789"
_PROJECT = 7
_FORK = 8
_LISTED = frozenset(
    {"source_branch", "target_branch", "state", "scope", "order_by", "sort", "per_page", "page"}
)
_READ = frozenset({"include_diverged_commits_count", "include_rebase_in_progress", "render_html"})
_MADE = frozenset({"source_branch", "target_branch", "title", "description"})
_STATES = {"open": "opened", "closed": "closed"}


class GitLabForge(ForgeServer):
    """`pulls` with `"fork": True` come from a fork's branch of the same name."""

    prefix: ClassVar[str] = "/gitlab/api/v4"
    creates: ClassVar[str] = "/merge_requests"

    def __init__(self, *given: Any, name: str = "team/service", token: str = GITLAB_TOKEN) -> None:
        super().__init__(*given, name=name, token=token)
        self.page_size = 100
        self.pipeline: str | None = None
        """The status of the head pipeline."""
        self.changes_count: str | None = None
        """What is said instead of the number of files."""
        self.token_scopes = ["api"]
        self.project: dict[str, Any] = {
            "merge_requests_enabled": True,
            "can_create_merge_request_in": True,
            "archived": False,
            "permissions": {"project_access": {"access_level": 30}, "group_access": None},
        }

    def set_checks(self, passed: int = 0, failed: int = 0, pending: int = 0) -> None:
        ends = ["success"] * passed + ["failed"] * failed + ["running"] * pending
        self.statuses = [
            {"name": f"check {number}", "status": end, "allow_failure": False}
            for number, end in enumerate(ends, 1)
        ]

    def _check(self, call: Call) -> tuple[int, Any] | None:
        if call.headers.get("private-token") != self.token or "authorization" in call.headers:
            return 401, {"message": "401 Unauthorized"}
        if call.headers.get("accept") != "application/json":
            return 406, {"error": "The requested format is not supported."}
        if call.method == "POST" and call.headers.get("content-type") != "application/json":
            return 415, {"error": "The provided content-type is not supported."}
        return None

    def _route(self, call: Call) -> tuple[int, Any]:
        root = f"/projects/{quote(self.name, safe='')}"
        if call.path == "/user":
            return 200, {"username": "octo-person", "name": "Octo"}
        if call.path == "/personal_access_tokens/self":
            return 200, {"scopes": self.token_scopes, "active": True, "expires_at": "2099-01-31"}
        if call.path == root:
            return 200, {"path_with_namespace": self.name, **self.project}
        if not call.path.startswith(root + "/"):
            return 404, {"message": "404 Project Not Found"}
        return self._below_project(call, call.path.removeprefix(root + "/"))

    def _below_project(self, call: Call, rest: str) -> tuple[int, Any]:
        first, _, last = rest.rpartition("/")
        if call.query and rest != "merge_requests" and last != "statuses" and set(call.query) - _READ:
            return 400, {"error": f"{', '.join(sorted(set(call.query) - _READ))} is not known"}
        if rest == "merge_requests" and call.method == "POST":
            return self._create(call.body)
        if rest == "merge_requests":
            return self._paged(call, _LISTED, self._matching(call.query))
        if first == "merge_requests":
            found = self._one(last)
            if found is None:
                return 404, {"message": "404 Not found"}
            pipeline = {"id": 3, "status": self.pipeline} if self.pipeline else None
            count = self.changes_count or str(found["changed_files"])
            return 200, self._shown(found) | {"changes_count": count, "head_pipeline": pipeline}
        if first == "repository/branches":
            commit = self.commit_of(unquote(last))
            if commit is None:
                return 404, {"message": "404 Branch Not Found"}
            return 200, {"name": unquote(last), "commit": {"id": commit}}
        if first.startswith("repository/commits/") and last == "statuses":
            return self._paged(call, {"per_page", "page"}, self.statuses)
        return 404, {"error": "404 Not Found"}

    def _paged(self, call: Call, known: set[str] | frozenset[str], rows: list[Any]) -> tuple[int, Any]:
        unknown = set(call.query) - known
        if unknown:
            return 400, {"error": f"{', '.join(sorted(unknown))} is not known"}
        size = min(int(call.query.get("per_page", "20")), self.page_size)
        start = (int(call.query.get("page", "1")) - 1) * size
        return 200, rows[start : start + size]

    def _matching(self, query: dict[str, str]) -> list[dict[str, Any]]:
        head, state = query.get("source_branch"), query.get("state", "all")
        shown = [self._shown(self._current(pull)) for pull in reversed(self.pulls)]
        found = [row for row in shown if head in (None, row["source_branch"])]
        return [row for row in found if state in ("all", row["state"])]

    def _shown(self, pull: dict[str, Any]) -> dict[str, Any]:
        source = _FORK if pull.get("fork") else _PROJECT
        return {
            "id": 9000 + pull["number"],
            "iid": pull["number"],
            "project_id": _PROJECT,
            "web_url": f"http://{self.host}/gitlab/{self.name}/-/merge_requests/{pull['number']}",
            "state": "merged" if pull["merged_at"] else _STATES.get(pull["state"], pull["state"]),
            "draft": pull["draft"],
            "title": pull["title"],
            "description": pull["body"],
            "source_branch": pull["head"]["ref"],
            "target_branch": pull["base"]["ref"],
            "source_project_id": source,
            "target_project_id": _PROJECT,
            "sha": pull["head"]["sha"],
        }

    def _create(self, body: Any) -> tuple[int, Any]:
        if set(body) != _MADE:
            return 400, {"error": f"{', '.join(sorted(set(body) ^ _MADE))} is invalid"}
        wanted = {"title": body["title"], "body": body["description"]}
        wanted |= {"head": body["source_branch"], "base": body["target_branch"]}
        for field in ("head", "base"):
            if self.commit_of(wanted[field]) is None:
                return 400, {"message": {f"{field}_branch": ["does not exist"]}}
        for pull in self.pulls:
            if pull["state"] == "open" and not pull.get("fork") and (
                pull["base"]["ref"], pull["head"]["ref"]) == (wanted["base"], wanted["head"]):  # fmt: skip
                said = f"Another open merge request already exists for this source branch: !{pull['number']}"
                return 409, {"message": [said]}
        return 201, self._shown(self._add(wanted))
