"""The last resort: an address where a person makes the pull request with two clicks."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from core.publishing.forge.model import Wanted
from core.publishing.forge.remote import Remote

_LONGEST = 6000
"""Browsers and forges cut longer addresses; the body is then left to the person."""


def compare_link(remote: Remote, wanted: Wanted, gitlab: bool = False) -> str:
    """The page that compares `head` with `base` and offers a pull request, its title and body filled in.

    GitHub's form is `/compare/BASE...HEAD?expand=1`, which Gitea and Forgejo understand as well; GitLab has
    `/-/merge_requests/new` with a query.
    """
    if gitlab:
        page = f"{remote.page}/-/merge_requests/new"
        query = {"source_branch": wanted.head, "target_branch": wanted.base, "title": wanted.title}
        last = "description"
    else:
        branches = f"{quote(wanted.base, safe='/')}...{quote(wanted.head, safe='/')}"
        page = f"{remote.page}/compare/{branches}"
        query = {"expand": "1", "title": wanted.title}
        last = "body"
    whole = _address(page, query | {last: wanted.body}, gitlab)
    return whole if len(whole) <= _LONGEST else _address(page, query, gitlab)


def _address(page: str, query: dict[str, str], gitlab: bool) -> str:
    named = {f"merge_request[{name}]": value for name, value in query.items()} if gitlab else query
    return f"{page}?{urlencode(named)}"
