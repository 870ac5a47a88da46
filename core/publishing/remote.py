"""A branch on a remote: what it holds right now, fetching and pushing it, and why that did not work."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.publishing.git_process import Output, shown
from core.publishing.refusals import PublishRefused, protected_problem
from core.publishing.repository import Repository
from core.publishing.upstream import Upstream, upstream_of

_NETWORK = 300
_QUICK = 60
_LOGIN = re.compile(
    r"could not read (Username|Password)|Authentication failed|terminal prompts disabled|Permission denied \("
    r"|Host key verification failed|returned error: 40[13]|HTTP Basic: Access denied|Invalid username"
)
_DIVERGED = re.compile(r"\((fetch first|non-fast-forward|stale info|needs force)\)")
_RACE = re.compile(
    r"cannot lock ref|failed to update ref|incorrect old value|but expected|reference already exists"
)
_DECLINED = re.compile(r"\[remote rejected\] \((.*)\)")
_WRONG_LOGIN = re.compile(
    r"Authentication failed|returned error: 40[13]|HTTP Basic: Access denied|Invalid username"
)
_NO_LOGIN = re.compile(r"could not read (Username|Password)|terminal prompts disabled")
_HELD_LOGIN = re.compile(r"^https?://…@")
_PROTECTS = re.compile(
    r"protected|(pull|merge) request|for (a )?review|direct push|takes no push|not allowed to push",
    re.IGNORECASE,
)
_SECRET = re.compile(r"push protection|secret", re.IGNORECASE)
"""Words of a server that looks for secrets: another branch would be refused as well."""


@dataclass(frozen=True)
class Target:
    """Where a branch goes. `address` is for git alone, `shown` the remote's address without credentials.

    `is_new`: the branch did not know it before and is to remember it.
    """

    upstream: Upstream
    address: str = field(repr=False)
    shown: str
    is_new: bool = False

    @property
    def ref(self) -> str:
        return f"refs/heads/{self.upstream.branch}"

    def __str__(self) -> str:
        return str(self.upstream)


@dataclass(frozen=True)
class RemoteLook:
    """What the remote answered at `time` (epoch seconds): its branch's commit; None: no such branch."""

    commit: str | None
    time: float


def target_of(
    repository: Repository, branch: str, remote: str | None = None, protected: Sequence[str] = ()
) -> Target:
    """Where `branch` is to be pushed: its upstream, or the branch of its name on the `remote` that was named.

    Raises PublishRefused when neither is known, or there is no such remote; a branch that matches
    `protected` is not told to be published then.
    """
    settings = repository.settings
    upstream = upstream_of(repository, branch, settings)
    is_new = upstream is None
    names = repository.remotes if is_new or remote is not None else []
    if remote is not None and (upstream is None or upstream.remote != remote):
        if remote not in names:
            known = ", ".join(names) or "none"
            raise PublishRefused(
                "no_upstream",
                f"There is no remote {remote}; there is: {known}.",
                "`git remote add` adds one.",
            )
        upstream = Upstream(remote, branch, f"refs/remotes/{remote}/{branch}")
    if upstream is None:
        raise _no_upstream(branch, names, protected)
    if upstream.remote == "." or upstream.remote.startswith("-"):
        raise PublishRefused(
            "no_upstream",
            f"The branch {branch} follows a branch of this repository, no remote.",
            _how_upstream(names),
        )
    key = f"remote.{upstream.remote}"
    plain = settings.get(f"{key}.pushurl") or settings.get(f"{key}.url") or upstream.remote
    return Target(upstream, _address(repository, upstream.remote, settings), shown(plain), is_new)


def _address(repository: Repository, remote: str, settings: Mapping[str, str]) -> str:
    """What git is told to fetch from: the remote's name, or its push address where that is another."""
    if not any(key == f"remote.{remote}.pushurl" or key.endswith(".pushinsteadof") for key in settings):
        return remote
    fetch = repository.run(["remote", "get-url", "--", remote], check=False)
    push = repository.run(["remote", "get-url", "--push", "--", remote], check=False)
    return push.text if push.code == 0 and push.out != fetch.out else remote


def usual_remote(repository: Repository) -> str | None:
    """The remote a branch without an upstream most likely belongs to: the only one, else origin."""
    names = repository.remotes
    if len(names) == 1:
        return names[0]
    return "origin" if "origin" in names else None


def nowhere(repository: Repository, branch: str, protected: Sequence[str] = ()) -> PublishRefused:
    """Why `branch`, which follows no branch of a remote, is not pulled; asks the usual remote for it.

    Only a branch that nobody protects is told to be published. Raises PublishRefused when nobody answers.
    """
    remote = usual_remote(repository)
    if remote is None:
        return _no_upstream(branch, repository.remotes, protected)
    if look(repository, target_of(repository, branch, remote)).commit:
        return PublishRefused(
            "no_upstream",
            f"The branch {branch} follows no branch on a remote, but {remote} has a branch of that name.",
            f"`taskdeck pull --remote {remote}` brings what it holds.",
        )
    return _no_upstream(branch, [remote], protected)


def _no_upstream(branch: str, names: list[str], protected: Sequence[str]) -> PublishRefused:
    guard = protected_problem(branch, protected)
    if not names:
        then = "." if guard else ", then `taskdeck publish --remote origin`."
        why, way = "The repository has no remote.", f"`git remote add origin ADDRESS` adds one{then}"
    elif guard:
        why, way = f"The branch {branch} has no branch on a remote, and it is protected.", guard.hint
    else:
        why, way = f"The branch {branch} has no branch on a remote.", _how_upstream(names)
    return PublishRefused("no_upstream", why, way)


def _how_upstream(names: list[str]) -> str:
    name = "origin" if "origin" in names or not names else names[0]
    return f"`taskdeck publish --remote {name}` makes it there and remembers it."


def look(repository: Repository, target: Target) -> RemoteLook:
    """Ask the remote which commit its branch holds. Changes nothing. Raises PublishRefused."""
    args = ["ls-remote", "--", target.address, target.ref]
    answer = repository.run(args, check=False, timeout=_QUICK)
    if answer.code != 0:
        raise remote_refused(target, answer)
    for line in answer.text.splitlines():
        commit, _, ref = line.partition("\t")
        if ref == target.ref:
            return RemoteLook(commit, time.time())
    return RemoteLook(None, time.time())


def bring(repository: Repository, target: Target, seen: RemoteLook, head: str | None = None) -> None:
    """Have the objects of the remote's commit here; no ref of the user moves. Raises PublishRefused."""
    if seen.commit is None or seen.commit == head or repository.commit(seen.commit):
        return
    args = ["fetch", *_FETCH, "--refmap=", "--", target.address, seen.commit]
    answer = repository.run(args, check=False, timeout=_NETWORK)
    if answer.code != 0:
        # Some servers hand out a branch only by its name.
        args[-1] = target.ref
        answer = repository.run(args, check=False, timeout=_NETWORK)
    if answer.code != 0:
        raise remote_refused(target, answer)


_FETCH = ("--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--no-auto-gc")


def fetch(repository: Repository, target: Target) -> RemoteLook:
    """Fetch the remote's branch into the ref that remembers it. Raises PublishRefused."""
    args = ["fetch", *_FETCH, "--", target.address, f"+{target.ref}:{target.upstream.tracking}"]
    answer = repository.run(args, check=False, timeout=_NETWORK)
    if "couldn't find remote ref" in answer.err:
        return RemoteLook(None, time.time())
    if answer.code != 0:
        raise remote_refused(target, answer)
    return RemoteLook(repository.commit(target.upstream.tracking), time.time())


def push(repository: Repository, target: Target, commit: str) -> Output:
    """Push exactly this commit to the remote's branch, never by force; hooks run. Raises PublishRefused."""
    flags = ["--porcelain", "--no-follow-tags", "--recurse-submodules=no"]
    args = ["push", *flags, "--", target.upstream.remote, f"{commit}:{target.ref}"]
    answer = repository.run(args, hooks=True, check=False, timeout=_NETWORK)
    refused = next((line for line in answer.text.splitlines() if line.startswith("!")), "")
    if answer.code == 0 and not refused:
        return answer
    raise _push_refused(target, answer, refused)


def remember_upstream(repository: Repository, target: Target, branch: str) -> None:
    """Let `branch` remember where it was pushed, as `git push --set-upstream` would."""
    repository.run(["config", f"branch.{branch}.remote", target.upstream.remote])
    repository.run(["config", f"branch.{branch}.merge", target.ref])


def _push_refused(target: Target, answer: Output, refused: str) -> PublishRefused:
    said = "\n".join(part for part in (answer.err, refused) if part)
    if _DIVERGED.search(refused) or _RACE.search(refused):
        return diverged(target, said)
    declined = _DECLINED.search(refused)
    if declined:
        words = server_words(answer.err)
        return PublishRefused(
            "rejected",
            f"The remote refused the push to {target}: {'; '.join(words)[:300] or declined[1]}.",
            f"The commit stays here, nothing is lost. {_way_past(words, declined[1])}",
            said,
        )
    if _LOGIN.search(answer.err) or not _hook_spoke(answer.err):
        return remote_refused(target, answer)
    return PublishRefused(
        "hook",
        f"The pre-push hook of the repository refused: {_first_line(answer.err)}.",
        "The commit stays here, nothing was pushed. Mend what it says, then publish again.",
        said,
    )


def diverged(target: Target, said: str = "") -> PublishRefused:
    """The refusal for a remote branch that has commits which are not here."""
    return PublishRefused(
        "diverged",
        f"{target} has commits that are not here, so nothing is pushed over them.",
        "`taskdeck pull` shows and takes them; your commits stay.",
        said,
    )


def remote_refused(target: Target, answer: Output) -> PublishRefused:
    """Why the remote could not be used, told from what git said."""
    if _WRONG_LOGIN.search(answer.err) or (_holds_login(target) and _refuses_login(answer.err)):
        remote = target.upstream.remote
        renew = f"`git remote set-url {remote} ADDRESS` sets another address"
        if not _holds_login(target):
            renew = f"Renew the login that git has stored (`git credential reject`); {renew}"
        return PublishRefused(
            "credentials",
            f"The login was refused by the remote of {target}: {answer.words}.",
            f"{renew}, then publish again.",
            answer.err,
        )
    if _LOGIN.search(answer.err):
        return PublishRefused(
            "credentials",
            f"The remote of {target} wants a login and git has none to give: {answer.words}.",
            "Log in once in a terminal (`git fetch`; `gh auth login`; `ssh-add`) with a credential helper "
            "that remembers it.",
            answer.err,
        )
    return PublishRefused(
        "unreachable",
        f"The remote of {target} cannot be used: {_fatal(answer)}.",
        "Check its address with `git remote -v`, and the network.",
        answer.err,
    )


def _fatal(answer: Output) -> str:
    lines = answer.err.splitlines()
    return next((line for line in lines if line.startswith("fatal:")), answer.words).rstrip(".")


def _hook_spoke(said: str) -> bool:
    # Without a connection git ends with "fatal:"; after a failed hook with "error: failed to push".
    return "failed to push some refs" in said and "fatal:" not in said


def _first_line(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    words = [line for line in lines if not line.startswith(("error: failed to push", "To "))]
    return (words or ["it said nothing"])[0].rstrip(".")


def server_words(said: str) -> list[str]:
    """What the server's hook said, line by line: git marks it with `remote:`."""
    lines = [line.removeprefix("remote:").strip() for line in said.splitlines() if line.startswith("remote:")]
    return [line.rstrip(".") for line in lines if line]


def _way_past(words: list[str], declined: str) -> str:
    """What to do about the rule of a server; another branch helps only where this one is protected."""
    said = " ".join([*words, declined])
    if _PROTECTS.search(said) and not _SECRET.search(said):
        return "`git switch -c NAME` and publish there, then open a pull request."
    if not words:
        return "It named no rule: ask who runs the server, then publish again."
    return "Meet the rule it names, then publish again."


def _holds_login(target: Target) -> bool:
    return _HELD_LOGIN.search(target.shown) is not None


def _refuses_login(said: str) -> bool:
    return _LOGIN.search(said) is not None and not _NO_LOGIN.search(said)
