"""The way out that is offered is safe and fits what happened: missing files, logins, the server's rules."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.config import load_settings
from core.errors import Refused
from core.project import project_at
from core.publishing.missing_files import missing_remarks
from core.publishing.publish import publish
from core.publishing.publish_check import PublishRequest, check, deletions
from core.publishing.pull import fetch_state
from core.publishing.refusals import PublishRefused
from core.publishing.repository import Repository
from core.runs.destination import find_destination
from core.runs.wish import Wish
from tests.fakes.git_remotes import PASSWORD, USER, Clone, clone_with_project, serve, tasks_text


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    with serve("file", tmp_path / "server") as remote:
        made = clone_with_project(remote, tmp_path / "work")
        made.tasks.write_text(tasks_text("Rust service"))
        yield made


def remarks(clone: Clone) -> list[str]:
    repository = Repository.open(clone.project)
    return missing_remarks(repository, deletions(repository), clone.project)


def do(clone: Clone, remark: str) -> None:
    """The commands that the remark names, done in the project's folder."""
    for command in remark.split("`")[1::2]:
        words = shlex.split(command)
        done = subprocess.run(words, cwd=clone.project, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def refusal(clone: Clone) -> PublishRefused:
    with pytest.raises(PublishRefused) as caught:
        publish(Repository.open(clone.project), PublishRequest(project_at(clone.project)))
    return caught.value


def test_a_file_that_left_the_index_only_keeps_the_edit(clone: Clone) -> None:
    clone.git("rm", "-q", "--cached", "README.md")
    clone.write("README.md", "my edit\n")
    [remark] = remarks(clone)
    assert remark.startswith("Removed from the index only, still on disk: README.md.")
    assert "--worktree" not in remark
    do(clone, remark)
    assert (clone.top / "README.md").read_text() == "my edit\n"
    assert clone.git("status", "--porcelain", "README.md") == " M README.md"


def test_the_command_for_deleted_files_names_them(clone: Clone) -> None:
    odd = "odd [name].md"
    clone.write(odd, "old\n")
    clone.git("add", "--", odd)
    clone.git("commit", "-qm", "odd", "--", odd)
    clone.git("rm", "-q", "README.md")
    clone.write(odd, "staged\n")
    clone.git("add", "--", odd)
    (clone.top / odd).unlink()
    found = remarks(clone)
    assert all(remark.startswith("Deleted here, not committed:") for remark in found)
    assert all(" -- " in remark for remark in found)
    for remark in found:
        do(clone, remark)
    assert (clone.top / "README.md").exists()
    assert (clone.top / odd).read_text() == "staged\n", "what was staged is not thrown away"


def test_what_took_a_deleted_files_place_is_not_overwritten(clone: Clone) -> None:
    clone.write("tools/a.py", "old\n")
    clone.git("add", "tools/a.py")
    clone.git("commit", "-qm", "tools", "--", "tools/a.py")
    (clone.top / "tools/a.py").unlink()
    (clone.top / "tools").rmdir()
    clone.write("tools", "my notes\n")
    [remark] = remarks(clone)
    assert "tools/a.py" in remark
    assert "`" not in remark


def test_a_login_that_is_refused_is_told_from_one_that_is_missing(tmp_path: Path) -> None:
    with serve("http", tmp_path / "server") as remote:
        clone = clone_with_project(remote, tmp_path / "work")
        clone.tasks.write_text(tasks_text("Rust service"))
        clone.git(
            "config", "remote.origin.url", remote.url.replace("http://", f"http://{USER}:no-{PASSWORD}@")
        )
        wrong = refusal(clone)
        clone.git("config", "remote.origin.url", remote.url)
        missing = refusal(clone)
    assert "login was refused" in wrong.message
    assert "git remote set-url origin" in wrong.hint
    assert PASSWORD not in wrong.message + wrong.hint
    assert "wants a login" in missing.message
    assert "credential helper" in missing.hint


RULE = "#!/bin/sh\necho 'the message must name a ticket' >&2\nexit 1\n"
PROTECTED = "#!/bin/sh\necho 'feature branches are protected here' >&2\nexit 1\n"
SILENT = "#!/bin/sh\nexit 1\n"


@pytest.mark.parametrize(
    ("hook", "way_out", "not_this"),
    [
        (RULE, "Meet the rule", "git switch"),
        (PROTECTED, "git switch -c NAME", "rule"),
        (SILENT, "named no rule", "git switch"),
    ],
)
def test_another_branch_is_offered_only_where_the_server_protects_this_one(
    clone: Clone, hook: str, way_out: str, not_this: str
) -> None:
    clone.remote.hook("pre-receive", hook)
    problem = refusal(clone)
    assert problem.reason == "rejected"
    assert way_out in problem.hint
    assert not_this not in problem.hint


def _forget_upstream(clone: Clone) -> None:
    clone.git("branch", "--unset-upstream")


def pull_refusal(clone: Clone, *protected: str) -> PublishRefused:
    with pytest.raises(PublishRefused) as caught:
        fetch_state(Repository.open(clone.project), protected=protected)
    assert caught.value.reason == "no_upstream"
    return caught.value


def test_pull_without_an_upstream_offers_the_branch_the_server_has(clone: Clone) -> None:
    _forget_upstream(clone)
    problem = pull_refusal(clone)
    assert "origin has a branch" in problem.message
    assert "taskdeck pull --remote origin" in problem.hint
    assert "publish" not in problem.hint


def test_pull_of_a_branch_that_is_nowhere_offers_to_publish_it_unless_it_is_protected(clone: Clone) -> None:
    clone.git("switch", "-q", "-c", "new")
    assert "taskdeck publish --remote origin" in pull_refusal(clone).hint
    problem = pull_refusal(clone, "new")
    assert "taskdeck publish" not in problem.hint
    assert "pull request" in problem.hint


def test_pull_without_an_upstream_claims_nothing_of_a_remote_that_does_not_answer(clone: Clone) -> None:
    _forget_upstream(clone)
    clone.remote.folder.rename(clone.remote.folder.with_name("elsewhere"))
    with pytest.raises(PublishRefused) as caught:
        fetch_state(Repository.open(clone.project))
    assert caught.value.reason == "unreachable"


def test_a_protected_branch_without_an_upstream_is_not_told_to_publish(clone: Clone) -> None:
    _forget_upstream(clone)
    request = PublishRequest(project_at(clone.project), protected=(clone.branch,))
    problems = check(Repository.open(clone.project), request).problems
    assert [problem.reason for problem in problems] == ["protected"]
    assert os.fspath(clone.top) not in problems[0].hint


def test_a_run_on_a_protected_branch_without_an_upstream_offers_a_branch_of_ones_own(clone: Clone) -> None:
    clone.git("switch", "-q", "-c", "main")
    loaded = load_settings(project_at(clone.project))
    with pytest.raises(Refused) as caught:
        find_destination(Wish("docs", push=True), Repository.open(clone.project), loaded)
    assert "main" in caught.value.message
    assert "git switch -c NAME" in caught.value.hint
    assert "taskdeck publish" not in caught.value.hint
    clone.git("switch", "-q", "-c", "topic")
    with pytest.raises(Refused) as caught:
        find_destination(Wish("docs", push=True), Repository.open(clone.project), loaded)
    assert "taskdeck publish --remote origin" in caught.value.hint
