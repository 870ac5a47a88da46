"""The last resort: an address where a person makes the pull request with two clicks."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from core.publishing.forge.model import Wanted
from core.publishing.forge.remote import Remote

_LONGEST = 6000
"""Browsers and forges cut longer addresses; the body is then left to the person."""


def compare_link(remote: Remote, wanted: Wanted) -> str:
    """The page that compares `head` with `base` and offers a pull request, its title and body filled in.

    GitHub's form, `/compare/BASE...HEAD?expand=1`, which Gitea and Forgejo understand as well.
    """
    branches = f"{quote(wanted.base, safe='/')}...{quote(wanted.head, safe='/')}"
    page = f"{remote.page}/compare/{branches}"
    whole = f"{page}?{urlencode({'expand': 1, 'title': wanted.title, 'body': wanted.body})}"
    if len(whole) <= _LONGEST:
        return whole
    return f"{page}?{urlencode({'expand': 1, 'title': wanted.title})}"
