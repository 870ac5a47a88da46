"""Chooses how pull requests are made for a remote: a forge's API with a token, `gh`, else only a link."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from core.config import Loaded
from core.errors import UsageError
from core.publishing.forge import gh, gitea, github, gitlab
from core.publishing.forge.http import HttpTransport
from core.publishing.forge.kinds import PUBLIC, Kind, kind_of, root_of, variables_for
from core.publishing.forge.model import Forge
from core.publishing.forge.remote import Remote, host_of, read_remote
from core.secrets import remember


@dataclass(frozen=True)
class Choice:
    """`forge` makes the pull requests; without one only a link can be given. `why` is one plain sentence."""

    remote: Remote | None
    forge: Forge | None
    why: str
    kind: Kind = "github"


@dataclass(frozen=True)
class Token:
    """A token that is held: where it comes from, and how it is read (blocking, raises TaskdeckError)."""

    source: str
    read: Callable[[], str]


def choose_forge(address: str, loaded: Loaded) -> Choice:
    """Who makes pull requests for the remote at `address`. Sends nothing. Blocking: it may run `gh`.

    A token goes only to `publish.api_url`, or to the public forge its variable is for: what host a remote
    names is not enough to send one there. Raises UsageError when the settings demand what cannot be had.
    """
    settings = loaded.settings.publish
    wish = settings.forge
    kind = kind_of(wish, settings.api_url, host_of(address))
    remote = read_remote(address, root_of(settings.api_url), nested=kind == "gitlab")
    if remote is None:
        return Choice(None, None, "The remote's address names no repository on a forge.", kind)
    if wish == "link":
        return Choice(remote, None, f"{loaded.get('publish.forge').source} asks for a link.", kind)
    tried: list[str] = []
    if wish != "gh":
        forge, why = _by_token(kind, remote, loaded)
        if forge is not None:
            return Choice(remote, forge, why, kind)
        tried.append(why)
    if wish == "gh" or (wish == "auto" and kind == "github"):
        forge, why = _by_gh(remote)
        if forge is not None:
            return Choice(remote, forge, why, kind)
        tried.append(why)
    if wish != "auto":
        raise UsageError(
            f"publish.forge is {wish}, but {tried[0]}.", "Set it to auto or link, or give what it needs."
        )
    return Choice(remote, None, f"A link only: {', and '.join(tried)}.", kind)


def _by_token(kind: Kind, remote: Remote, loaded: Loaded) -> tuple[Forge | None, str]:
    public = PUBLIC.get(remote.host)
    address = loaded.settings.publish.api_url or (public.api if public and public.kind == kind else "")
    if not address:
        return None, f"publish.api_url does not say where the API of {remote.host} is"
    token = find_token(loaded, kind)
    if token is None:
        return None, f"there is no token for {remote.host} ({_token_words(loaded, kind)})"
    return _speak(kind, remote, address, token), f"The token of {token.source}."


def _speak(kind: Kind, remote: Remote, address: str, token: Token) -> Forge:
    source = f"the token of {token.source}"
    if kind == "gitlab":
        return gitlab.GitLab(remote, HttpTransport(address, token.read, gitlab.DIALECT, source))
    if kind == "github":
        return github.GitHub(remote, HttpTransport(address, token.read, github.DIALECT, source))
    transport = HttpTransport(address, token.read, gitea.DIALECT, source)
    return gitea.Gitea(remote, transport, kind.capitalize())


def _by_gh(remote: Remote) -> tuple[Forge | None, str]:
    command = gh.find_gh()
    if command is None:
        return None, "`gh` is not on the PATH"
    if not gh.is_logged_in(command, remote.host):
        return None, f"`gh` is not logged in to {remote.host}"
    return github.GitHub(remote, gh.GhTransport(remote.host, command)), f"`gh` is logged in to {remote.host}."


def find_token(loaded: Loaded, kind: Kind) -> Token | None:
    """The first token there is: the user's own, a command of theirs, an environment variable.

    The first two are for `publish.api_url`, and for github.com without one: a remote at another public forge
    does not get them.
    """
    api_url = loaded.settings.publish.api_url
    own, command = loaded.get("publish.token"), loaded.get("publish.token_command")
    if api_url or kind == "github":
        if own.value:
            return Token(own.source, lambda: str(own.value))
        if command.value:
            from core.secret_command import read_secret

            return Token(
                f"the command of {command.source}",
                lambda: read_secret(command.value, command.source, "token command"),
            )
    for name in variables_for(kind, api_url):
        if value := os.environ.get(name, "").strip():
            remember(value)
            return Token(name, lambda: value)
    return None


def _token_words(loaded: Loaded, kind: Kind) -> str:
    """Where a token could come from."""
    api_url = loaded.settings.publish.api_url
    settings = "publish.token or publish.token_command"
    if not api_url and kind != "github":
        settings = "publish.token with publish.api_url"
    return ", ".join((*variables_for(kind, api_url)[:1], settings))
