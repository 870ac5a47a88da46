"""What is not published, and the way out that is offered; a refusal commits, pushes and loses nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.errors import NotFound, UsageError
from core.project import project_at
from core.publishing.publish import publish
from core.publishing.publish_check import PublishRequest, check
from core.publishing.refusals import PublishRefused
from core.publishing.repository import Repository
from tests.fakes.git_remotes import (
    DECLINE,
    DECLINE_MAIN,
    KINDS,
    PASSWORD,
    USER,
    Clone,
    Kind,
    clone_with_project,
    git,
    serve,
    tasks_text,
)


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    with serve("file", tmp_path / "server") as remote:
        made = clone_with_project(remote, tmp_path / "work")
        made.tasks.write_text(tasks_text("Rust service"))
        yield made


def refused(clone: Clone, *paths: Path, **more: object) -> PublishRefused:
    """The refusal, after checking that neither a commit nor a push came of it."""
    request = PublishRequest(project_at(clone.project), paths, **more)  # type: ignore[arg-type]
    repository = Repository.open(clone.project)
    before = (repository.head, repository.status_fingerprint(), clone.remote.tip(clone.branch))
    with pytest.raises(PublishRefused) as caught:
        publish(repository, request)
    assert (repository.head, repository.status_fingerprint(), clone.remote.tip(clone.branch)) == before
    assert caught.value.hint
    return caught.value


def _detach(clone: Clone) -> None:
    clone.git("switch", "-q", "--detach")


def _merge(clone: Clone) -> None:
    _two_sides(clone)
    clone.git("merge", "side", check=False)


def _rebase(clone: Clone) -> None:
    _two_sides(clone)
    clone.git("rebase", "side", check=False)


def _cherry_pick(clone: Clone) -> None:
    _two_sides(clone)
    clone.git("cherry-pick", "side", check=False)


def _revert(clone: Clone) -> None:
    clone.write("README.md", "two\n")
    clone.git("commit", "-qm", "two", "README.md")
    clone.write("README.md", "three\n")
    clone.git("commit", "-qm", "three", "README.md")
    clone.git("stash", "-q")
    clone.git("revert", "--no-edit", "HEAD~1", check=False)


def _two_sides(clone: Clone) -> None:
    clone.git("stash", "-q")
    clone.git("switch", "-q", "-c", "side")
    clone.write("README.md", "side\n")
    clone.git("commit", "-qam", "side")
    clone.git("switch", "-q", clone.branch)
    clone.write("README.md", "other\n")
    clone.git("commit", "-qam", "other")


def _bisect(clone: Clone) -> None:
    clone.git("bisect", "start")


def _unborn(clone: Clone) -> None:
    clone.git("switch", "-q", "--discard-changes", "--orphan", "empty")
    clone.tasks.parent.mkdir(parents=True, exist_ok=True)
    clone.tasks.write_text(tasks_text("Rust service"))


def _stash_conflict(clone: Clone) -> None:
    clone.write("README.md", "mine\n")
    clone.git("stash", "-q")
    clone.write("README.md", "other\n")
    clone.git("commit", "-qam", "other")
    clone.git("push", "-q")
    clone.git("stash", "pop", check=False)
    clone.tasks.write_text(tasks_text("Rust service"))


@pytest.mark.parametrize(
    ("do", "reason", "way_out"),
    [
        (_detach, "detached", "git switch"),
        (_unborn, "unborn", "git commit --allow-empty"),
        (_merge, "under_way", "git merge --abort"),
        (_rebase, "under_way", "git rebase --abort"),
        (_cherry_pick, "under_way", "git cherry-pick --abort"),
        (_revert, "under_way", "git revert --abort"),
        (_bisect, "under_way", "git bisect reset"),
        (_stash_conflict, "unmerged", "git add"),
    ],
)
def test_state_of_the_repository(
    clone: Clone, do: Callable[[Clone], None], reason: str, way_out: str
) -> None:
    do(clone)
    problem = refused(clone)
    assert problem.reason == reason
    assert way_out in problem.hint


def test_merge_in_a_second_work_tree_is_seen_there(clone: Clone, tmp_path: Path) -> None:
    _two_sides(clone)
    other = tmp_path / "second"
    clone.git("worktree", "add", "-q", "-b", "second", str(other))
    git("merge", "side", cwd=other, check=False)
    second = Clone(other, other / "example", clone.remote, "second")
    assert refused(second).reason == "under_way"


@pytest.mark.parametrize(("branch", "protected"), [("main", ("main",)), ("release/2", ("main", "release/*"))])
def test_protected_branch(clone: Clone, branch: str, protected: tuple[str, ...]) -> None:
    clone.git("switch", "-q", "-c", branch)
    clone.git("push", "-q", "-u", "origin", branch)
    problem = refused(clone, protected=protected)
    assert problem.reason == "protected"
    assert "pull request" in problem.hint


def test_branch_that_is_pushed_to_a_protected_one(clone: Clone) -> None:
    clone.git("push", "-q", "origin", f"{clone.branch}:main")
    clone.git("branch", "-q", "--set-upstream-to=origin/main")
    clone.git("fetch", "-q")
    assert refused(clone, protected=("main",)).reason == "protected"


def test_setting_that_forbids_it(clone: Clone) -> None:
    problem = refused(clone, forbidden="publish.forbid")
    assert "publish.forbid" in problem.message
    assert problem.hint.startswith("`taskdeck config show publish.forbid` ")
    (clone.project / ".taskmaster/taskdeck.toml").write_text("publish.read_only = true\n")
    problem = refused(clone)
    assert (problem.reason, problem.exit_code) == ("read_only", 3)
    assert problem.hint == "`taskdeck config unset publish.read_only --in-project` ends that."


def test_no_remote_at_all(clone: Clone) -> None:
    clone.git("remote", "remove", "origin")
    assert "git remote add" in refused(clone).hint


def test_remote_that_is_not_there(clone: Clone) -> None:
    assert "there is: origin" in refused(clone, remote="upstream").message


def test_branch_that_follows_a_local_one(clone: Clone) -> None:
    clone.git("switch", "-q", "-c", "child", "--track", clone.branch)
    assert refused(clone).reason == "no_upstream"


def test_remote_that_went_away(clone: Clone) -> None:
    clone.remote.folder.rename(clone.remote.folder.with_name("elsewhere"))
    request = PublishRequest(project_at(clone.project))
    with pytest.raises(PublishRefused) as caught:
        publish(Repository.open(clone.project), request)
    assert caught.value.reason == "unreachable"
    state = check(Repository.open(clone.project), request)
    assert state.truths[0].remote.word == "unknown"
    assert not state.proven


@pytest.mark.parametrize("login", ["", f"{USER}:wrong-{PASSWORD}@"])
def test_login_that_is_missing_or_wrong_fails_at_once(tmp_path: Path, login: str) -> None:
    with serve("http", tmp_path / "server") as remote:
        clone = clone_with_project(remote, tmp_path / "work")
        clone.tasks.write_text(tasks_text("Rust service"))
        clone.git("config", "remote.origin.url", remote.url.replace("http://", f"http://{login}"))
        problem = refused(clone)
        assert problem.reason == "credentials"
        assert ("set-url" if login else "credential helper") in problem.hint
        assert PASSWORD not in problem.message + problem.output
        assert not check(Repository.open(clone.project), PublishRequest(project_at(clone.project))).proven


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("hook", ["pre-receive", "update"])
def test_server_that_declines(tmp_path: Path, kind: Kind, hook: str) -> None:
    with serve(kind, tmp_path / "server") as remote:
        clone = clone_with_project(remote, tmp_path / "work")
        clone.tasks.write_text(tasks_text("Rust service"))
        remote.hook(hook, DECLINE)
        before = remote.tip(clone.branch)
        with pytest.raises(PublishRefused, match="ask for a review") as caught:
            publish(Repository.open(clone.project), PublishRequest(project_at(clone.project)))
        assert caught.value.reason == "rejected"
        assert "pull request" in caught.value.hint
        assert remote.tip(clone.branch) == before
        state = check(Repository.open(clone.project), PublishRequest(project_at(clone.project)))
        assert state.state == "committed"


def test_server_that_protects_one_branch_lets_the_others_through(clone: Clone) -> None:
    clone.remote.hook("update", DECLINE_MAIN)
    assert publish(Repository.open(clone.project), PublishRequest(project_at(clone.project))).state.proven


def test_commit_hook_that_refuses(clone: Clone) -> None:
    clone.hook("pre-commit", "#!/bin/sh\necho 'the plan has no tests' >&2\necho line two >&2\nexit 1\n")
    problem = refused(clone)
    assert problem.reason == "hook"
    assert "the plan has no tests" in problem.message
    assert "line two" in problem.output


def test_commit_hook_that_refuses_a_new_file_leaves_it_untracked(clone: Clone) -> None:
    clone.hook("commit-msg", "#!/bin/sh\nexit 1\n")
    assert refused(clone, clone.write("example/new.md")).reason == "hook"


def test_push_hook_that_refuses(clone: Clone) -> None:
    clone.hook("pre-push", "#!/bin/sh\necho 'not on a Friday' >&2\nexit 1\n")
    with pytest.raises(PublishRefused, match="not on a Friday") as caught:
        publish(Repository.open(clone.project), PublishRequest(project_at(clone.project)))
    assert caught.value.reason == "hook"


def test_commit_hook_that_adds_files_is_not_pushed(clone: Clone) -> None:
    clone.hook("pre-commit", "#!/bin/sh\necho sneaked > sneaked.txt\ngit add sneaked.txt\n")
    before = clone.remote.tip(clone.branch)
    with pytest.raises(PublishRefused, match=r"sneaked\.txt") as caught:
        publish(Repository.open(clone.project), PublishRequest(project_at(clone.project)))
    assert caught.value.reason == "hook_added"
    assert clone.remote.tip(clone.branch) == before


def test_commit_that_cannot_be_signed(clone: Clone) -> None:
    clone.git("config", "commit.gpgsign", "true")
    clone.git("config", "user.signingkey", "nobody@example.org")
    assert refused(clone).reason == "signing"


def test_commit_that_is_signed_by_the_users_program(clone: Clone) -> None:
    signer = clone.top.parent / "signer"
    signer.write_text(
        "#!/bin/sh\ncat >/dev/null\necho '[GNUPG:] SIG_CREATED ' >&2\n"
        "printf -- '-----BEGIN PGP SIGNATURE-----\\nx\\n-----END PGP SIGNATURE-----\\n'\n"
    )
    signer.chmod(0o755)
    clone.git("config", "commit.gpgsign", "true")
    clone.git("config", "gpg.program", str(signer))
    clone.git("config", "log.showSignature", "true")
    done = publish(Repository.open(clone.project), PublishRequest(project_at(clone.project)))
    assert done.state.proven
    assert "BEGIN PGP SIGNATURE" in clone.git("cat-file", "commit", done.commit)


def test_nobody_told_git_who_commits(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    clone.git("config", "--unset", "user.name")
    clone.git("config", "--unset", "user.email")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "user.useConfigOnly")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "true")
    problem = refused(clone)
    assert problem.reason == "identity"
    assert "git config --global user.name" in problem.hint


def test_ignored_task_file(clone: Clone) -> None:
    clone.git("rm", "-q", "--cached", clone.task_path)
    clone.git("commit", "-qm", "untrack")
    clone.git("push", "-q")
    clone.write(".gitignore", ".taskmaster/\n")
    problem = refused(clone)
    assert problem.reason == "ignored"
    assert ".gitignore:1" in problem.message
    state = check(Repository.open(clone.project), PublishRequest(project_at(clone.project)))
    assert (state.state, state.clean, state.proven) == ("clean", True, False)


def test_lfs(clone: Clone) -> None:
    clone.write(".gitattributes", "*.json filter=lfs\n")
    problem = refused(clone)
    assert problem.reason == "lfs"
    assert ".gitattributes" in problem.hint


def test_new_file_outside_a_sparse_checkout(clone: Clone) -> None:
    clone.git("sparse-checkout", "set", "--cone", "example")
    problem = refused(clone, clone.write("elsewhere/new.md"))
    assert "sparse checkout" in problem.message
    assert "git sparse-checkout add" in problem.hint


def test_symbolic_link_in_the_way(clone: Clone, tmp_path: Path) -> None:
    kept = tmp_path / "kept.json"
    clone.tasks.rename(kept)
    clone.tasks.symlink_to(kept)
    assert refused(clone).reason == "symlink"


def test_folder_that_is_a_symbolic_link(clone: Clone, tmp_path: Path) -> None:
    (clone.project / ".taskmaster").rename(tmp_path / "kept")
    (clone.project / ".taskmaster").symlink_to(tmp_path / "kept")
    assert refused(clone).reason == "symlink"


def test_submodule(clone: Clone, tmp_path: Path) -> None:
    with serve("file", tmp_path / "inner") as inner:
        clone_with_project(inner, tmp_path / "innerwork", "main")
        clone.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", inner.url, "sub")
        clone.git("commit", "-qm", "submodule")
        clone.git("push", "-q")
        assert refused(clone, clone.top / "sub/README.md").reason == "submodule"
        sub = Clone(clone.top / "sub", clone.top / "sub/example", inner, "main")
        sub.tasks.write_text(tasks_text("In the submodule"))
        problem = refused(sub)
        assert problem.reason == "submodule"
        assert "record its new commit" in problem.hint


def test_conflict_markers(clone: Clone) -> None:
    clone.tasks.write_text('{\n<<<<<<< HEAD\n"a": 1\n=======\n"a": 2\n>>>>>>> side\n}\n')
    problem = refused(clone)
    assert problem.reason == "conflict_markers"
    assert "taskdeck resolve" in problem.hint


def test_markdown_heading_is_no_conflict_marker(clone: Clone) -> None:
    note = clone.write("example/note.md", "Heading\n=======\n\ntext\n")
    request = PublishRequest(project_at(clone.project), (note,))
    assert publish(Repository.open(clone.project), request).state.proven


def test_damaged_task_file(clone: Clone) -> None:
    clone.tasks.write_text('{"master": {"tasks": [')
    assert refused(clone).reason == "damaged"


def test_deletion_is_not_published(clone: Clone) -> None:
    clone.tasks.unlink()
    request = PublishRequest(project_at(clone.project))
    with pytest.raises(NotFound):
        publish(Repository.open(clone.project), request)
    with pytest.raises(NotFound, match="no file"):
        publish(
            Repository.open(clone.project), PublishRequest(project_at(clone.project), (clone.top / "lib/x",))
        )


def test_path_outside_the_repository(clone: Clone, tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("x")
    request = PublishRequest(project_at(clone.project), (outside,))
    with pytest.raises(UsageError, match="outside the repository"):
        publish(Repository.open(clone.project), request)


def test_no_repository(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    with pytest.raises(NotFound, match="no git repository"):
        Repository.open(tmp_path / "plain")
