"""Commits of the remote that are not here, before anything is pushed over them: pull, or merge and rebase."""

from __future__ import annotations

from core.errors import TaskdeckError
from core.project import Project
from core.publishing.branch_words import join_way
from core.publishing.pull import compare, propose
from core.publishing.refusals import PublishRefused
from core.publishing.remote import RemoteLook, Target, bring, diverged
from core.publishing.repository import Repository


def news_problem(
    repository: Repository, project: Project, branch: str, target: Target, found: RemoteLook, head: str
) -> PublishRefused | None:
    """Why nothing is pushed over what the remote answered; None when HEAD holds all of it.

    A pull is the way on while it brings something: commits, or tasks of theirs. Else git joins the commits.
    """
    if found.commit is None or found.commit == head:
        return None
    known = ["merge-base", "--is-ancestor", found.commit, head]
    if repository.run(known, check=False).code == 0:
        return None
    try:
        bring(repository, target, found, head)
        seen = compare(repository, branch, head, target, found)
        if seen.relation == "behind" or propose(repository, project, seen) is not None:
            return diverged(target)
    except TaskdeckError:
        return diverged(target)  # `taskdeck pull` says what is the matter
    way = join_way(repository, target, found.commit, seen.in_the_way)
    refused = diverged(target)
    return PublishRefused(refused.reason, refused.message, f"Its tasks are all here. {way}")
