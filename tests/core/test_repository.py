"""A repository's facts, changed paths, commits and work trees, against git itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from core.errors import Conflict, NotFound, Refused, TaskdeckError, UsageError
from core.publishing.changed_paths import ChangedPath
from core.publishing.committing import commit_only
from core.publishing.repository import Repository
from tests.fakes.git_remotes import git


@pytest.fixture
def top(tmp_path: Path) -> Path:
    folder = tmp_path / "repo"
    folder.mkdir()
    git("init", "-q", "-b", "feature/x", cwd=folder)
    git("config", "user.name", "Ann", cwd=folder)
    git("config", "user.email", "ann@example.org", cwd=folder)
    for path in ("example/tasks.json", "lib/a b.py", "top.txt"):
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(f"{path}\n")
    git("add", "-A", cwd=folder)
    git("commit", "-qm", "start", cwd=folder)
    return folder


def test_where_we_are(top: Path) -> None:
    repository = Repository.open(top / "example")
    assert (repository.top, repository.prefix, repository.branch) == (top, "example/", "feature/x")
    assert repository.head == git("rev-parse", "HEAD", cwd=top)
    assert repository.upstream is None
    assert repository.remotes == []
    assert Repository.open(top / "example/tasks.json").prefix == "example/"


def test_what_is_where(top: Path) -> None:
    with_space = "lib/a b.py"
    repository = Repository.open(top)
    assert repository.read("HEAD", with_space) == b"lib/a b.py\n"
    assert repository.blob_hash("HEAD", with_space) == repository.file_hash(with_space)
    assert repository.read("HEAD", "lib/no such.py") is None
    assert repository.read("HEAD", "lib") is None
    assert repository.read("no-such-ref", "lib") is None
    assert repository.list("HEAD", "lib") == [with_space]
    assert repository.file_hash("nothing") is None
    repository.close()
    assert repository.read("HEAD", with_space) == b"lib/a b.py\n"


def test_reads_go_on_when_the_reading_process_dies(top: Path) -> None:
    repository = Repository.open(top)
    assert repository.read("HEAD", "top.txt")
    reader = repository._reader._git  # pyright: ignore[reportPrivateUsage]
    assert reader is not None
    reader.cat_file_all.proc.kill()
    reader.cat_file_all.proc.wait()
    assert repository.read("HEAD", "top.txt") == b"top.txt\n"
    assert repository.read("HEAD", "top.txt") == b"top.txt\n"


def test_names_that_look_like_options_are_refused(top: Path) -> None:
    repository = Repository.open(top)
    for name in ("--output=/tmp/x", "", "a\nb"):
        with pytest.raises(UsageError):
            repository.commit(name)
    with pytest.raises(UsageError):
        repository.create_branch("-d", "HEAD")
    with pytest.raises(UsageError):
        repository.commit_tree("HEAD", {"../out": b"x"}, "m")
    with pytest.raises(UsageError):
        repository.commit_tree("HEAD", {"a/.git/config": b"x"}, "m")


def test_everything_an_agent_can_do_to_a_work_tree_is_seen(top: Path, tmp_path: Path) -> None:
    repository = Repository.open(top)
    base = repository.head or ""
    place = tmp_path / "place"
    repository.add_worktree(place, base)
    assert repository.changed_paths(place, base, ignored=True) == []
    (place / "committed.md").write_text("x")
    git("add", "-A", cwd=place)
    git("commit", "-qm", "by the agent", cwd=place)
    (place / "top.txt").write_text("hidden\n")
    git("update-index", "--assume-unchanged", "top.txt", cwd=place)
    (place / "lib/a b.py").unlink()
    (place / "example/tasks.json").chmod(0o755)
    (place / "link").symlink_to("/etc/passwd")
    (place / ".gitignore").write_text("*.log\n")
    (place / "debug.log").write_text("x")
    git("init", "-q", "inner", cwd=place)
    (place / "inner/x").write_text("x")
    plain = [
        ChangedPath(".gitignore", "added"),
        ChangedPath("committed.md", "added"),
        ChangedPath("example/tasks.json", "mode"),
        ChangedPath("inner", "repository"),
        ChangedPath("lib/a b.py", "deleted"),
        ChangedPath("link", "symlink"),
        ChangedPath("top.txt", "modified"),
    ]
    assert repository.changed_paths(place, base) == plain
    hidden = ChangedPath("debug.log", "added", ignored=True)
    assert repository.changed_paths(place, base, ignored=True) == sorted([*plain, hidden])
    repository.reset_worktree(place, base)
    assert repository.changed_paths(place, base, ignored=True) == []
    assert sorted(path.name for path in place.iterdir()) == [".git", "example", "lib", "top.txt"]
    assert git("rev-parse", "feature/x", cwd=top) == base


def test_reset_survives_what_a_killed_git_leaves(top: Path, tmp_path: Path) -> None:
    repository = Repository.open(top)
    place = tmp_path / "place"
    repository.add_worktree(place, "HEAD")
    (place / "top.txt").write_text("changed\n")
    (top / ".git/worktrees/place/index.lock").touch()
    repository.reset_worktree(place, "HEAD")
    assert (place / "top.txt").read_text() == "top.txt\n"


def test_a_removed_work_tree_is_forgotten_and_a_strange_folder_is_not_reset(
    top: Path, tmp_path: Path
) -> None:
    repository = Repository.open(top)
    place = tmp_path / "place"
    repository.add_worktree(place, "HEAD")
    shutil.rmtree(place)
    repository.prune()
    assert len(git("worktree", "list", cwd=top).splitlines()) == 1
    strange = tmp_path / "strange"
    strange.mkdir()
    (strange / "keep").write_text("x")
    (top / "mine").write_text("x")
    for folder in (strange, top):
        with pytest.raises(Refused):
            repository.reset_worktree(folder, "HEAD")
    assert (strange / "keep").exists()
    assert (top / "mine").exists()


def test_no_hook_runs_for_our_own_work(top: Path, tmp_path: Path) -> None:
    for name in ("post-checkout", "pre-commit", "reference-transaction", "post-index-change"):
        hook = top / ".git/hooks" / name
        hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran-{name}\n")
        hook.chmod(0o755)
    repository = Repository.open(top)
    place = tmp_path / "place"
    repository.add_worktree(place, "HEAD")
    (place / "new.md").write_text("x")
    repository.commit_in_worktree(place, ["new.md"], "ours")
    repository.reset_worktree(place, "HEAD")
    repository.create_branch("run", repository.commit_tree("HEAD", {"a": b"a"}, "ours"))
    assert list(tmp_path.glob("ran-*")) == []


def test_commit_on_a_branch_without_a_work_tree(top: Path) -> None:
    repository = Repository.open(top)
    before = repository.status_fingerprint()
    made = repository.commit_tree("HEAD", {"docs/ü.md": b"new\n", "top.txt": None}, "Documents")
    assert repository.list(made) == ["docs/ü.md", "example/tasks.json", "lib/a b.py"]
    assert repository.commit_tree("HEAD", {"top.txt": b"top.txt\n"}, "nothing") == repository.head
    repository.create_branch("taskdeck/docs-1", made)
    with pytest.raises(Conflict):
        repository.create_branch("taskdeck/docs-1", made)
    with pytest.raises(Conflict):
        repository.update_ref("refs/heads/taskdeck/docs-1", "HEAD", "HEAD")
    repository.update_ref("refs/heads/taskdeck/docs-1", "HEAD", made)
    assert repository.status_fingerprint() == before
    with pytest.raises(UsageError):
        repository.create_branch("not..a name", made)


def test_identity_of_our_own_where_the_user_has_none(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git("config", "--unset", "user.name", cwd=top)
    git("config", "--unset", "user.email", cwd=top)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    repository = Repository.open(top)
    assert not repository.has_identity()
    made = repository.commit_tree("HEAD", {"a": b"a"}, "m")
    assert git("log", "-1", "--format=%an", made, cwd=top) == "Taskdeck"


def test_variables_of_a_hook_do_not_turn_us_elsewhere(
    top: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git("init", "-q", cwd=other)
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / "index"))
    repository = Repository.open(top)
    assert repository.top == top
    assert repository.read("HEAD", "top.txt") == b"top.txt\n"


def test_command_that_hangs_is_ended_with_its_children(top: Path) -> None:
    git("config", "filter.slow.clean", "sleep 300", cwd=top)
    (top / ".gitattributes").write_text("*.txt filter=slow\n")
    repository = Repository.open(top)
    begun = time.monotonic()
    with pytest.raises(TaskdeckError, match="was ended after"):
        repository.run(["hash-object", "--", "top.txt"], timeout=0.5)
    assert time.monotonic() - begun < 100


def test_command_that_is_ended_leaves_no_lock(top: Path) -> None:
    hook = top / ".git/hooks/pre-commit"
    hook.write_text("#!/bin/sh\nsleep 300\n")
    hook.chmod(0o755)
    (top / "top.txt").write_text("changed\n")
    repository = Repository.open(top)
    with pytest.raises(TaskdeckError, match="was ended after"):
        commit_only(repository, ["top.txt"], "m", timeout=0.5)
    assert list((top / ".git").glob("*.lock")) == []
    hook.unlink()
    assert repository.commit_only(["top.txt"], "m").code == 0


def test_short_lock_of_another_git_is_waited_for(top: Path) -> None:
    repository = Repository.open(top)
    lock = top / ".git/index.lock"
    lock.touch()
    (top / "top.txt").write_text("changed\n")
    timer = threading.Timer(0.3, lock.unlink)
    timer.start()
    assert repository.commit_only(["top.txt"], "m").code == 0
    timer.join()


def test_many_threads_read_at_once(top: Path) -> None:
    repository = Repository.open(top)
    wrong: list[object] = []

    def read() -> None:
        for path in ("top.txt", "example/tasks.json", "lib/a b.py") * 10:
            if repository.read("HEAD", path) != f"{path}\n".encode():
                wrong.append(path)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_bare_repository_and_no_git_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = tmp_path / "bare.git"
    bare.mkdir()
    git("init", "-q", "--bare", cwd=bare)
    with pytest.raises(Refused, match="no work tree"):
        Repository.open(bare)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotFound, match="git"):
        Repository.open(tmp_path)


def test_importing_it_does_not_import_the_library() -> None:
    code = "import sys, core.publishing.pull, core.publishing.publish; sys.exit('git' in sys.modules)"
    root = Path(__file__).resolve().parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
