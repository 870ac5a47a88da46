"""The checks of publishing: the repository and its state, the remote, the forge; asked only when online."""

from __future__ import annotations

import time
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from core.config import Loaded
from core.doctor.check import Check
from core.errors import TaskdeckError
from core.project import Project
from core.publishing.forge.choose import Choice, choose_forge
from core.publishing.publish_check import PublishRequest, PublishState, check
from core.publishing.refusals import PublishRefused, state_problems
from core.publishing.remote import Target, look, nowhere, remote_refused, target_of, usual_remote
from core.publishing.repository import Repository
from core.publishing.truths import Truth
from core.publishing.upstream import Upstream

_PROBE = "refs/heads/taskdeck/doctor-probe"
_CLOCK_SLACK = 300.0
_ONLINE = "`taskdeck doctor --online` asks it."


def publishing_checks(project: Project, loaded: Loaded, online: bool) -> Iterator[Check]:
    """What git and the forge say. With `online` the remote and the forge are asked; nothing is changed."""
    try:
        repository = Repository.open(project.root)
    except TaskdeckError as error:
        repair = f"{error.hint} Without git, runs work in a copied folder and nothing can be published."
        yield Check("repository", "skip", error.message, repair.strip())
        return
    try:
        yield _repository(repository, project)
        yield _git_state(repository)
        yield _clock(repository)
        yield from _remote(repository, project, loaded, online)
    finally:
        repository.close()


def base_check(root: Path, remote: str, base: str) -> Check:
    """Whether the remote has the branch a pull request is to go to. Asks it. Blocking."""
    repository = Repository.open(root)
    try:
        target = Target(Upstream(remote, base, ""), remote, repository.remote_address(remote))
        answer = repository.run(["ls-remote", "--heads", "--", remote], check=False, timeout=60)
        if answer.code != 0:
            refused = remote_refused(target, answer)
            return Check("base", "fail", refused.message, refused.hint)
    finally:
        repository.close()
    known = {ref.removeprefix("refs/heads/"): at for at, ref in map(str.split, answer.text.splitlines())}
    if base in known:
        return Check("base", "ok", f"{remote} has {base} at {known[base][:12]}.")
    near = get_close_matches(base, known, 3, 0.5)
    like = f" It has {', '.join(near)}." if near else ""
    repair = "Name another with --base; it is never replaced by a default branch."
    said = f"{remote} has no branch {base} for the pull request to go to.{like}"
    return Check("base", "fail", said, repair, "base")


def _repository(repository: Repository, project: Project) -> Check:
    place = f", the project in {repository.prefix}" if repository.prefix else ""
    branch, head = repository.branch, repository.head
    commit = head[:12] if head else "no commit yet"
    evidence = f"{repository.top}{place}; branch {branch or 'none'} at {commit}."
    if repository.is_shallow:
        return Check("repository", "warn", f"{evidence} It is a shallow clone.", "`git fetch --unshallow`.")
    if project.root.resolve() != (repository.top / repository.prefix).resolve():
        return Check(
            "repository", "warn", f"{evidence} The project is {project.root}.", "Look at both paths."
        )
    return Check("repository", "ok", evidence)


def _git_state(repository: Repository) -> Check:
    problems = list(state_problems(repository))
    if problems:
        repair = " ".join(problem.hint for problem in problems)
        return Check("git state", "warn", " ".join(problem.message for problem in problems), repair)
    return Check("git state", "ok", "A branch is checked out, and no merge or rebase is under way.")


def _clock(repository: Repository) -> Check:
    """Times are compared with those of commits: a clock that is behind makes ages and tokens wrong."""
    head = repository.head
    made = (
        repository.run(["log", "-1", "--no-show-signature", "--format=%ct", head, "--"]).text if head else ""
    )
    ahead = float(made) - time.time() if made.isdigit() else 0.0
    now = time.strftime("%Y-%m-%d %H:%M:%S %z")
    if ahead > _CLOCK_SLACK:
        evidence = f"It is {now} here, and HEAD was committed {ahead / 60:.0f} min later than that."
        return Check("clock", "warn", evidence, "Set the clock; ages and expiry times are wrong else.")
    return Check("clock", "ok", f"It is {now}, and HEAD is not from the future.")


def _remote(repository: Repository, project: Project, loaded: Loaded, online: bool) -> Iterator[Check]:
    branch = repository.branch
    if branch is None:
        yield Check("remote", "skip", "No branch is checked out, so there is none to push to.")
        return
    named: str | None = None
    if repository.upstream_of(branch) is None:
        named = usual_remote(repository)
        yield _without_upstream(repository, branch, named, loaded, online)
        if named is None:
            return
    try:
        target = target_of(repository, branch, named)
    except PublishRefused as refused:
        yield Check("remote", "warn", refused.message, refused.hint)
        return
    address = repository.remote_address(target.upstream.remote)
    if not online:
        yield Check("remote", "skip", f"{target} at {address}; not asked.", _ONLINE, "online")
    else:
        yield _reach(repository, target, address)
        yield _write(repository, target, address)
        yield _publication(repository, project, loaded, named)
    yield _forge(repository, target, choose_forge(address, loaded), online)


def _without_upstream(
    repository: Repository, branch: str, remote: str | None, loaded: Loaded, online: bool
) -> Check:
    """That the branch follows none on a remote, and what to do about it by what the remote has."""
    protected = loaded.settings.publish.protected
    asked = "was not asked for one"
    if online or remote is None:
        try:
            refused = nowhere(repository, branch, protected)
        except TaskdeckError:
            asked = "could not be asked for one"
        else:
            return Check("upstream" if remote else "remote", "warn", refused.message, refused.hint)
    evidence = f"The branch {branch} follows no branch on a remote; {remote} {asked}."
    return Check("upstream", "warn", evidence, f"`taskdeck pull --remote {remote}` asks it.")


def _reach(repository: Repository, target: Target, address: str) -> Check:
    began = time.perf_counter()
    try:
        seen = look(repository, target)
    except TaskdeckError as error:
        return Check("remote", "fail", error.message, error.hint)
    took = (time.perf_counter() - began) * 1000
    there = (
        f"it has {target.upstream.branch} at {seen.commit[:12]}" if seen.commit else "it has no such branch"
    )
    return Check("remote", "ok", f"{target} at {address} answered in {took:.0f} ms; {there}.")


def _write(repository: Repository, target: Target, address: str) -> Check:
    """A push that is only tried: the server checks who we are, and nothing is sent."""
    head = repository.head
    if head is None:
        return Check("remote is writable", "skip", "There is no commit to try it with.")
    args = ["push", "--dry-run", "--porcelain", "--no-follow-tags", "--", target.address, f"{head}:{_PROBE}"]
    answer = repository.run(args, check=False, timeout=60)
    if answer.code != 0:
        return Check(
            "remote is writable",
            "fail",
            f"A push to {address} would fail: {answer.words.rstrip('.')}.",
            "Log in, or ask for the right.",
        )
    return Check(
        "remote is writable",
        "ok",
        f"{address} lets us push (tried without sending; its hooks were not asked).",
    )


def _publication(repository: Repository, project: Project, loaded: Loaded, remote: str | None) -> Check:
    protected = loaded.settings.publish.protected
    try:
        state = check(repository, PublishRequest(project, remote=remote, protected=protected))
    except TaskdeckError as error:
        return Check("publication", "warn", error.message, error.hint)
    main = state.main
    if state.proven:
        said = (
            f"{main.path} on the remote is the one here (git blob {(main.file.hash or '')[:12]})"
            if main
            else "proven"
        )
        return Check("publication", "ok", f"{said}; asked just now.")
    option = f" --remote {remote}" if remote else ""
    repair = f"`taskdeck publish{option}` does it and proves it."
    if state.problems:
        repair = state.problems[0].hint
    return Check("publication", "warn", _not_proven(state), repair)


def _not_proven(state: PublishState) -> str:
    # The file that differs, which need not be the task file.
    differing = [truths for truths in state.truths if not truths.proven]
    if not differing:
        return f"What there is to publish is {state.state}."
    first = next((truths for truths in differing if truths is state.main), differing[0])
    places = ", ".join(f"{truth.place} {_blob(truth)} ({truth.word})" for truth in first.all)
    more = f" And {len(differing) - 1} more." if len(differing) > 1 else ""
    reasons = " ".join(problem.message for problem in state.problems[:2])
    return f"{first.path} is {state.state}, not proven: {places}.{more} {reasons}".strip()


def _blob(truth: Truth) -> str:
    return f"git blob {truth.hash[:12]}" if truth.hash else "missing"


def _forge(repository: Repository, target: Target, choice: Choice, online: bool) -> Check:
    if choice.forge is None:
        return Check("forge", "skip", choice.why)
    if not online:
        return Check("forge", "skip", f"{choice.forge.name}; {choice.why} Not asked.", _ONLINE, "online")
    try:
        who = choice.forge.who()
        there = choice.forge.branch_commit(target.upstream.branch)
        rights = choice.forge.rights()
    except TaskdeckError as error:
        return Check("forge", "fail", error.message, error.hint)
    name = target.upstream.branch
    evidence = f"{choice.forge.name} knows us as {who}; {name} is {there[:12] if there else 'not'} there."
    evidence = f"{evidence} {rights.words}"
    if not rights.may:
        return Check("forge", "fail", evidence, "Ask for the right, or take another token.")
    return Check("forge", "ok", evidence)
