"""Where a branch is pushed, by the settings of git."""

from __future__ import annotations

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


def upstream_of(git: Git, branch: str) -> Upstream | None:
    """Where `branch` is pushed: its own push remote, the push remote of all, else its remote."""
    fetched, merge = setting(git, f"branch.{branch}.remote"), setting(git, f"branch.{branch}.merge")
    pushed = setting(git, f"branch.{branch}.pushRemote") or setting(git, "remote.pushDefault")
    if not (pushed or (fetched and merge)):
        return None
    remote = pushed or fetched or ""
    name = (merge or "").removeprefix("refs/heads/") if remote == fetched and merge else branch
    tracking = f"refs/remotes/{remote}/{name}"
    if remote == fetched:
        # The remote may map its branches to refs of other names.
        tracking = git.run(["for-each-ref", "--format=%(upstream)", f"refs/heads/{branch}"]).text or tracking
    return Upstream(remote, name, tracking)


def setting(git: Git, key: str) -> str | None:
    """A value of git's settings; None when it is not set."""
    answer = git.run(["config", "--get", key], check=False)
    return answer.text if answer.code == 0 else None
