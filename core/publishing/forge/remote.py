"""Reads which repository on which host a git remote's address names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

_SCP = re.compile(r"(?:[^@/:]+@)?(?P<host>\[[^\]]+\]|[^@/:]+):(?!//)(?P<path>.+)")
_WITH_HOST = frozenset({"http", "https", "ssh", "git", "git+ssh"})
_PART = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Remote:
    """`owner/name` on `host` (with its port for http). `scheme` is that of the forge's pages.

    `root` is the path the forge's pages lie below, where that is not the top of the host. An owner inside
    groups is written with slashes.
    """

    host: str
    owner: str
    name: str
    scheme: str = "https"
    root: str = ""

    @property
    def page(self) -> str:
        """The address of the repository's page."""
        root = f"/{quote(self.root)}" if self.root else ""
        return f"{self.scheme}://{self.host}{root}/{quote(self.owner)}/{quote(self.name)}"


def host_of(address: str) -> str:
    """The host a remote's address names, without its port; empty for a folder."""
    return _split(address.strip())[0].partition(":")[0].lower()


def read_remote(address: str, root: str = "", nested: bool = False) -> Remote | None:
    """The repository a remote's address names; None for a folder, or a path that is not `owner/name`.

    Understands `https://host/owner/name.git`, `ssh://git@host/owner/name` and `git@host:owner/name`. Web
    addresses have `root` before that, which ssh does not; with `nested` an owner can have many parts.

    Anything that could not be a name on a forge is None, so that no address leads a request somewhere else.
    """
    host, path, scheme = _split(address.strip())
    path = path.strip("/")
    if root and address.strip().startswith(("http://", "https://")):
        path = path.removeprefix(f"{root}/")
    owner, _, name = path.removesuffix(".git").rpartition("/")
    parts = [host.partition(":")[0], name, *(owner.split("/") if nested else [owner])]
    if not all(_PART.fullmatch(part) and part not in (".", "..") for part in parts):
        return None
    return Remote(host.lower(), owner, name, scheme, root)


def _split(address: str) -> tuple[str, str, str]:
    if "://" not in address:
        match = _SCP.fullmatch(address)
        return (match["host"], match["path"], "https") if match else ("", "", "")
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return "", "", ""
    if parts.scheme not in _WITH_HOST or not parts.hostname:
        return "", "", ""
    web = parts.scheme in ("http", "https")
    host = f"{parts.hostname}:{port}" if port and web else parts.hostname
    return host, parts.path, "http" if parts.scheme == "http" else "https"
