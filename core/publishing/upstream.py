"""Where a branch is pushed, by the settings of git."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.publishing.git_process import Git


@dataclass(frozen=True)
class Upstream:
    """Where a branch is pushed: the remote's name, the branch's name there, our ref that remembers it.

    `tracking` is the full name of that ref (`refs/remotes/origin/feature/x`), which may not exist yet.
    """

    remote: str
    branch: str
    tracking: str

    def __str__(self) -> str:
        return f"{self.remote}/{self.branch}"


def upstream_of(git: Git, branch: str, known: Mapping[str, str] | None = None) -> Upstream | None:
    """Where `branch` is pushed: its own push remote, the push remote of all, else its remote.

    `known` are git's settings, where somebody read them already.
    """
    values = settings(git) if known is None else known
    fetched, merge = values.get(f"branch.{branch}.remote"), values.get(f"branch.{branch}.merge")
    pushed = values.get(f"branch.{branch}.pushremote") or values.get("remote.pushdefault")
    if not (pushed or (fetched and merge)):
        return None
    remote = pushed or fetched or ""
    name = (merge or "").removeprefix("refs/heads/") if remote == fetched and merge else branch
    tracking = f"refs/remotes/{remote}/{name}"
    usual = f"+refs/heads/*:refs/remotes/{remote}/*"
    if remote == fetched and values.get(f"remote.{remote}.fetch") != usual:
        # The remote maps its branches to refs of other names.
        tracking = git.run(["for-each-ref", "--format=%(upstream)", f"refs/heads/{branch}"]).text or tracking
    return Upstream(remote, name, tracking)


def settings(git: Git) -> dict[str, str]:
    """Git's settings, the last value of each; the first and last part of a key are in small letters."""
    listed = git.run(["config", "-z", "--list"], check=False).out.split(b"\0")
    pairs = [entry.decode("utf-8", "surrogateescape").partition("\n") for entry in listed if entry]
    return {key: value for key, _, value in pairs}
