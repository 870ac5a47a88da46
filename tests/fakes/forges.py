"""The three loopback forges by name, who speaks to each, and a repository with branches to serve."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Literal

from core.publishing.forge import gitea, github, gitlab
from core.publishing.forge.http import HttpTransport
from core.publishing.forge.model import Forge
from core.publishing.forge.remote import Remote
from tests.fakes.forge_server import ForgeServer
from tests.fakes.gitea_forge import GiteaForge
from tests.fakes.gitlab_forge import GitLabForge

Kind = Literal["github", "gitlab", "gitea"]
SERVERS: dict[Kind, type[ForgeServer]] = {"github": ForgeServer, "gitlab": GitLabForge, "gitea": GiteaForge}
KINDS: tuple[Kind, ...] = tuple(SERVERS)
BASE, HEAD = "feature/example-app", "taskdeck/docs-261123-1415-abc"


def client_of(server: ForgeServer, address: str = "", token: str = "") -> Forge:
    """Who speaks to this server: at another `address` or with another `token` if one is given."""
    owner, _, name = server.name.rpartition("/")
    remote, address = Remote(server.host, owner, name, "http"), address or server.api_url

    def read() -> str:
        return token or server.token

    if isinstance(server, GitLabForge):
        return gitlab.GitLab(remote, HttpTransport(address, read, gitlab.DIALECT))
    if isinstance(server, GiteaForge):
        return gitea.Gitea(remote, HttpTransport(address, read, gitea.DIALECT))
    return github.GitHub(remote, HttpTransport(address, read, github.DIALECT))


def run_git(folder: Path, *arguments: str) -> str:
    """What git prints, run as somebody without settings."""
    done = subprocess.run(
        ["git", "-c", "user.name=T", "-c", "user.email=t@example.invalid", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def bare_repository(folder: Path) -> Path:
    """A bare repository with `main`, the user's branch, and a run's branch with one commit more."""
    work, bare = folder / "work", folder / "service.git"
    work.mkdir()
    run_git(folder, "init", "--quiet", "--bare", "--initial-branch=main", str(bare))
    run_git(work, "init", "--quiet", "--initial-branch=main")
    for branch in ("main", BASE, HEAD):
        if branch != "main":
            run_git(work, "switch", "--quiet", "--create", branch)
        (work / "file").write_text(branch)
        run_git(work, "add", "file")
        run_git(work, "commit", "--quiet", "--message", branch)
        run_git(work, "push", "--quiet", str(bare), branch)
    return bare
