"""Which forge stands at an address: by the settings, by the API's address, by the host's name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

Kind = Literal["github", "gitlab", "gitea", "forgejo"]

_APIS: dict[str, Kind] = {"/api/v3": "github", "/api/v4": "gitlab", "/api/v1": "gitea"}
_VARIABLES: dict[Kind, tuple[str, ...]] = {
    "github": ("GH_TOKEN", "GITHUB_TOKEN"),
    "gitlab": ("GITLAB_TOKEN",),
    "gitea": ("GITEA_TOKEN", "FORGEJO_TOKEN"),
    "forgejo": ("FORGEJO_TOKEN", "GITEA_TOKEN"),
}


@dataclass(frozen=True)
class Public:
    """A forge for everybody: what it is, and the address of its API."""

    kind: Kind
    api: str


PUBLIC = {
    "github.com": Public("github", "https://api.github.com"),
    "gitlab.com": Public("gitlab", "https://gitlab.com/api/v4"),
    "gitea.com": Public("gitea", "https://gitea.com/api/v1"),
    "codeberg.org": Public("forgejo", "https://codeberg.org/api/v1"),
}


def kind_of(wish: str, api_url: str, host: str) -> Kind:
    """What is spoken to: what the settings name, else by how the API's address ends, else by the host's name.

    This decides on words and paths alone, never on where a token goes.
    """
    for kind in _VARIABLES:
        if kind == wish:
            return kind
    by_name, by_api = _by_name(host), _by_api(api_url)
    return by_name if by_api is None or (by_api, by_name) == ("gitea", "forgejo") else by_api


def variables_for(kind: Kind, api_url: str) -> tuple[str, ...]:
    """The environment variables whose token may go there, first come first.

    Without `api_url` that is the public forge of `kind`. With one, what it is itself decides: neither a
    remote's name nor a project's settings turn one forge's token over to another. GitHub's are for
    github.com alone.
    """
    if not api_url:
        return _VARIABLES[kind]
    if api_url.rstrip("/") == PUBLIC["github.com"].api:
        return _VARIABLES["github"]
    there = _by_api(api_url)
    return () if there in (None, "github") else _VARIABLES[there]


def _by_api(api_url: str) -> Kind | None:
    path = urlsplit(api_url).path.rstrip("/")
    return next((kind for end, kind in _APIS.items() if path.endswith(end)), None)


def _by_name(host: str) -> Kind:
    if host in PUBLIC:
        return PUBLIC[host].kind
    named: tuple[Kind, ...] = ("gitlab", "forgejo", "gitea")
    for kind in named:
        if kind in host:
            return kind
    return "github"


def root_of(api_url: str) -> str:
    """The path that a forge's pages lie below, told by its API's address: `git` of `https://host/git/api/v4`."""
    path = urlsplit(api_url).path.strip("/")
    for end in _APIS:
        if f"/{path}".endswith(end):
            return f"/{path}".removesuffix(end).strip("/")
    return ""
