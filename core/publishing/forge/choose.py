"""Chooses how pull requests are made for a remote: GitHub's API with a token, `gh`, else only a link."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from core.config import Loaded
from core.errors import UsageError
from core.publishing.forge import gh
from core.publishing.forge.github import GitHub
from core.publishing.forge.http import HttpTransport
from core.publishing.forge.model import Forge
from core.publishing.forge.remote import Remote, read_remote
from core.secrets import remember

PUBLIC = "github.com"
_PUBLIC_API = "https://api.github.com"


@dataclass(frozen=True)
class Choice:
    """`forge` makes the pull requests; without one only a link can be given. `why` is one plain sentence."""

    remote: Remote | None
    forge: Forge | None
    why: str


@dataclass(frozen=True)
class Token:
    """A token that is held: where it comes from, and how it is read (blocking, raises TaskdeckError)."""

    source: str
    read: Callable[[], str]


def choose_forge(address: str, loaded: Loaded) -> Choice:
    """Who makes pull requests for the remote at `address`. Sends nothing. Blocking: it may run `gh`.

    A token goes only to github.com or to `publish.api_url`: what host a remote names is not enough to send
    one there. Raises UsageError when the settings demand what cannot be had.
    """
    remote = read_remote(address)
    wish = loaded.settings.publish.forge
    if remote is None:
        return Choice(None, None, "The remote's address names no repository on a forge.")
    if wish == "link":
        return Choice(remote, None, f"{loaded.get('publish.forge').source} asks for a link.")
    tried: list[str] = []
    for kind, make in (("github", _by_token), ("gh", _by_gh)):
        if wish in ("auto", kind):
            forge, why = make(remote, loaded)
            if forge is not None:
                return Choice(remote, forge, why)
            tried.append(why)
    if wish != "auto":
        raise UsageError(
            f"publish.forge is {wish}, but {tried[0]}.", "Set it to auto or link, or give what it needs."
        )
    return Choice(remote, None, f"A link only: {', and '.join(tried)}.")


def _by_token(remote: Remote, loaded: Loaded) -> tuple[Forge | None, str]:
    address = loaded.settings.publish.api_url or (_PUBLIC_API if remote.host == PUBLIC else "")
    if not address:
        return None, f"publish.api_url does not say where the API of {remote.host} is"
    token = find_token(loaded)
    if token is None:
        return None, f"there is no token for {remote.host} (GH_TOKEN, publish.token or publish.token_command)"
    return GitHub(remote, HttpTransport(address, token.read, token.source)), f"The token of {token.source}."


def _by_gh(remote: Remote, loaded: Loaded) -> tuple[Forge | None, str]:
    command = gh.find_gh()
    if command is None:
        return None, "`gh` is not on the PATH"
    if not gh.is_logged_in(command, remote.host):
        return None, f"`gh` is not logged in to {remote.host}"
    return GitHub(remote, gh.GhTransport(remote.host, command)), f"`gh` is logged in to {remote.host}."


def find_token(loaded: Loaded) -> Token | None:
    """The first token there is: the user's own, a command of theirs, GH_TOKEN, GITHUB_TOKEN.

    The last two are meant for github.com and are not used for another API's address.
    """
    own, command = loaded.get("publish.token"), loaded.get("publish.token_command")
    if own.value:
        return Token(own.source, lambda: str(own.value))
    if command.value:
        from core.secret_command import read_secret

        return Token(
            f"the command of {command.source}",
            lambda: read_secret(command.value, command.source, "token command"),
        )
    if loaded.settings.publish.api_url not in ("", _PUBLIC_API):
        return None
    for name in ("GH_TOKEN", "GITHUB_TOKEN"):
        if value := os.environ.get(name, "").strip():
            remember(value)
            return Token(name, lambda: value)
    return None
