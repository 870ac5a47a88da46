"""Where agents work: fresh each time, known change by change, bounded, and never the user's own files."""

from __future__ import annotations

import asyncio
import os
import shutil
import threading
from pathlib import Path

import pytest

from core.errors import Refused
from core.publishing.changed_paths import ChangedPath
from core.publishing.repository import Repository
from core.runs import copied_folder
from core.runs.copied_folder import CopiedSlot, copy_project
from core.runs.keep import keep_changes
from core.runs.surroundings import Surroundings, surroundings
from core.runs.workspace import Pool, WorktreeSlot, copies, finish, worktrees
from tests.core.test_run_records import a_request
from tests.fakes.run_project import RunProject


@pytest.fixture
def project(tmp_path: Path) -> RunProject:
    return RunProject(tmp_path / "project")


def copied(project: RunProject, tmp_path: Path) -> CopiedSlot:
    copy_project(project.root, tmp_path / "pristine")
    slot = CopiedSlot(tmp_path / "slot", tmp_path / "pristine")
    slot.make()
    return slot


def test_a_copy_leaves_out_what_no_agent_needs(project: RunProject, tmp_path: Path) -> None:
    for name in ("node_modules", "target", ".venv"):
        (project.root / name).mkdir()
        (project.root / name / "large").write_text("x", "utf-8")
    (project.root / "inner").symlink_to("src")
    (project.root / "outer").symlink_to("/etc")
    found = copy_project(project.root, tmp_path / "copy")
    names = {path.name for path in (tmp_path / "copy").iterdir()}
    assert names == {".taskmaster", "src", "inner"}
    assert (tmp_path / "copy" / "inner").is_symlink()
    assert found.left_out == ("outer is a link that leads out of the project",)


def test_a_file_that_may_not_be_read_is_left_out_and_named(
    project: RunProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project.root / "secret.key").write_text("x", "utf-8")
    copy = shutil.copy2

    def refuse(source: Path, target: Path, *, follow_symlinks: bool) -> object:
        # Rights mean nothing to root, who may run the tests.
        if source.name == "secret.key":
            raise PermissionError(13, "Permission denied", str(source))
        return copy(source, target, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(shutil, "copy2", refuse)
    found = copy_project(project.root, tmp_path / "copy")
    assert found.left_out == ("secret.key cannot be read",)
    assert (tmp_path / "copy" / "src" / "main.txt").is_file()


def test_a_copy_is_bounded_and_takes_the_tasks_first(
    project: RunProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copied_folder, "MOST_FILES", 3)
    monkeypatch.setattr(copied_folder, "LARGEST", 100_000)
    (project.root / "large.bin").write_bytes(b"x" * 100_001)
    for number in range(5):
        (project.root / f"file-{number}").write_text("x", "utf-8")
    found = copy_project(project.root, tmp_path / "copy")
    assert found.files == 3
    assert (tmp_path / "copy" / ".taskmaster" / "tasks" / "tasks.json").is_file()
    assert any("large.bin is larger" in words for words in found.left_out)
    assert any("4 further files" in words for words in found.left_out)


def test_every_change_in_a_copy_is_known_whatever_its_times_say(project: RunProject, tmp_path: Path) -> None:
    slot = copied(project, tmp_path)
    assert slot.changes() == []
    main = slot.project / "src" / "main.txt"
    before = main.stat()
    main.write_text("two\n", "utf-8")  # of the same size, and then of the same time
    os.utime(main, ns=(before.st_atime_ns, before.st_mtime_ns))
    (slot.project / "new.txt").write_text("x", "utf-8")
    (slot.project / "link").symlink_to("/etc/passwd")
    (slot.project / ".taskmaster" / "tasks" / "tasks.json").unlink()
    assert slot.changes() == [
        ChangedPath(".taskmaster/tasks/tasks.json", "deleted"),
        ChangedPath("link", "symlink"),
        ChangedPath("new.txt", "added"),
        ChangedPath("src/main.txt", "modified"),
    ]
    slot.reset()
    assert slot.changes() == []
    assert main.read_text("utf-8") == "one\n"
    slot.remove()
    assert not slot.folder.exists()
    assert (project.root / "src" / "main.txt").read_text("utf-8") == "one\n"


async def test_agents_never_share_a_slot_and_each_finds_it_fresh(project: RunProject, tmp_path: Path) -> None:
    repository = Repository.open(project.root)
    commit = project.git("rev-parse", "HEAD")
    (project.root / ".gitignore").write_text("*.ignored\n", "utf-8")
    pool = worktrees(repository, commit, lambda number: tmp_path / "trees" / f"w-{number}", 2)
    inside: set[Path] = set()
    most = 0

    async def work(number: int) -> None:
        nonlocal most
        async with pool.slot(lambda: commit) as slot:
            assert slot.folder not in inside
            inside.add(slot.folder)
            most = max(most, len(inside))
            assert await finish(slot.changes) == []
            (slot.project / f"{number}.ignored").write_text("x", "utf-8")
            (slot.project / "src" / "main.txt").write_text("changed", "utf-8")
            await asyncio.sleep(0)
            inside.remove(slot.folder)

    await asyncio.gather(*(work(number) for number in range(5)))
    assert most <= 2
    assert len(list((tmp_path / "trees").iterdir())) <= 2
    await pool.close()
    assert list((tmp_path / "trees").iterdir()) == []
    assert project.git("worktree", "list").count("\n") == 0
    repository.close()


def test_a_work_tree_whose_git_was_changed_is_refused_and_made_anew(
    project: RunProject, tmp_path: Path
) -> None:
    repository = Repository.open(project.root)
    before = project.fingerprint()
    slot = WorktreeSlot(repository, tmp_path / "tree", project.git("rev-parse", "HEAD"))
    slot.make()
    (slot.folder / ".git").write_text(f"gitdir: {project.root / '.git'}\n", "utf-8")
    with pytest.raises(Refused):
        slot.changes()
    slot.reset()
    assert slot.changes() == []
    slot.remove()
    assert project.fingerprint() == before
    repository.close()


async def test_a_pool_of_copies_is_warm_and_goes_away(project: RunProject, tmp_path: Path) -> None:
    pool, found = copies(project.root, lambda number: tmp_path / f"c-{number}", tmp_path / "pristine", 1)
    assert isinstance(pool, Pool)
    assert found.files == 2
    folder = await pool.warm()
    async with pool.slot(lambda: "") as slot:
        assert slot.folder == folder
    await pool.close()
    assert not folder.exists()


def test_what_failed_is_kept_without_following_links(tmp_path: Path) -> None:
    folder, secret = tmp_path / "work", tmp_path / "secret"
    folder.mkdir()
    secret.mkdir()
    (secret / "key").write_text("secret", "utf-8")
    (folder / "docs").symlink_to(secret)
    (folder / "plain.txt").write_text("text", "utf-8")
    changes = [
        ChangedPath("docs", "symlink"),
        ChangedPath("docs/key", "added"),
        ChangedPath("gone\x1b[2J", "deleted"),
        ChangedPath("plain.txt", "added"),
    ]
    kept = keep_changes(folder, changes, tmp_path / "kept")
    assert [path.name for path in (kept / "files").rglob("*") if path.is_file()] == ["plain.txt"]
    told = (kept / "changes.txt").read_text("utf-8")
    assert f"symlink  docs -> {secret}" in told
    assert "\x1b" not in told
    assert not any(
        "secret" in path.read_text("utf-8") for path in (kept / "files").rglob("*") if path.is_file()
    )


async def test_a_cancelled_caller_waits_for_the_thread_it_began() -> None:
    begun, go = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()
    done: list[bool] = []

    def block() -> None:
        loop.call_soon_threadsafe(begun.set)
        go.wait(30)
        done.append(True)

    task = asyncio.create_task(finish(block))
    await begun.wait()
    task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done == [True]


def test_files_and_branches_that_change_around_an_agent_are_told(project: RunProject) -> None:
    repository = Repository.open(project.root)
    request = a_request(agent="claude", tasks_path=".taskmaster/tasks/tasks.json")
    before = surroundings(repository, request)
    assert surroundings(repository, request).changed_since(before) == []
    (project.root / "new.txt").write_text("x", "utf-8")
    project.edit("1", status="done")
    project.git("branch", "stray")
    project.git("branch", "taskdeck/docs-261123-1415-abc")
    files, refs = surroundings(repository, request).changed_since(before)
    assert "work tree new.txt changed" in files
    assert "repository refs/heads/stray at " in refs
    assert "taskdeck" not in refs
    assert surroundings(repository, a_request(agent="builtin")) == Surroundings()
    repository.close()
