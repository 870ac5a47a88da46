"""Reads from what GitLab tells of a project and a token whether merge requests may be opened with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from core.publishing.forge.answer import members, text
from core.publishing.forge.model import Rights

_DEVELOPER = 30
_ROLES = {5: "Minimal Access", 10: "Guest", 15: "Planner", 20: "Reporter", 30: "Developer", 40: "Maintainer",
          50: "Owner"}  # fmt: skip
_TOO_LITTLE = frozenset(
    {
        "read_api",
        "read_user",
        "read_repository",
        "write_repository",
        "read_registry",
        "write_registry",
        "self_rotate",
        "k8s_proxy",
        "ai_features",
        "create_runner",
        "manage_runner",
    }
)
"""Scopes that open no merge request, not even all together; of others nothing is known here."""


def rights_of(project: Mapping[str, Any], token: Mapping[str, Any]) -> Rights:
    """`project` as GitLab answers for it, `token` what it says of itself, empty when it cannot be asked."""
    problem = _problem(project) or _token_problem(token)
    if problem:
        return Rights(False, problem)
    level = _level(project)
    known = [f"as {_ROLES[level]}"] if level in _ROLES else []
    expires = text(token.get("expires_at"))
    known += [f"until the token expires on {expires}"] if expires else []
    return Rights(True, f"We may open merge requests{''.join(f', {one}' for one in known)}.")


def _problem(project: Mapping[str, Any]) -> str:
    if project.get("archived"):
        return "The project is archived."
    if project.get("merge_requests_enabled") is False or (
        project.get("merge_requests_access_level") == "disabled"
    ):
        return "Merge requests are switched off there."
    level = _level(project)
    if level is not None and level < _DEVELOPER:
        return f"We are {_ROLES.get(level, 'no member')} there, and pushing takes a Developer."
    if project.get("can_create_merge_request_in") is False:
        return "We may open no merge requests there."
    return ""


def _level(project: Mapping[str, Any]) -> int | None:
    """Our role as a number; None when we have it by another way, such as a group that was invited."""
    permissions = members(project.get("permissions"))
    ways = (members(permissions.get(name)) for name in ("project_access", "group_access"))
    levels = [level for way in ways if isinstance(level := way.get("access_level"), int)]
    return max(levels, default=None)


def _token_problem(token: Mapping[str, Any]) -> str:
    found = token.get("scopes")
    scopes = {text(scope) for scope in cast("list[Any]", found)} if isinstance(found, list) else set[str]()
    if scopes and scopes <= _TOO_LITTLE:
        return f"The token has only the scope {', '.join(sorted(scopes))}, and api is needed."
    return ""
