"""Bringing back tracked files that are gone: only those, and nothing on disk or staged is replaced."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.publishing.missing_files import bring_back, gone_files
from core.publishing.repository import Repository
from tests.fakes.git_remotes import Clone, clone_with_project, serve

NAME = "lib/a [b]*.py"


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    with serve("file", tmp_path / "server") as remote:
        made = clone_with_project(remote, tmp_path / "work")
        made.write(NAME, "committed\n")
        made.write("lib/kept.py", "committed\n")
        made.git("add", "-A")
        made.git("commit", "-qm", "more")
        yield made


def restored(clone: Clone, *paths: str) -> list[str]:
    repository = Repository.open(clone.project)
    try:
        return bring_back(repository, paths)
    finally:
        repository.close()


def test_a_staged_deletion_is_unstaged_and_written(clone: Clone) -> None:
    clone.git("rm", "-q", "lib/gone.py")
    clone.write("README.md", "mine\n")
    clone.git("add", "README.md")
    assert restored(clone, "lib/gone.py") == ["lib/gone.py"]
    assert (clone.top / "lib/gone.py").read_text() == "print()\n"
    assert clone.git("status", "--porcelain") == "M  README.md", "what else is staged stays so"


def test_what_was_staged_before_a_file_went_is_what_comes_back(clone: Clone) -> None:
    clone.write(NAME, "staged\n")
    clone.git("add", "-A")
    (clone.top / NAME).unlink()
    assert restored(clone, NAME) == [NAME]
    assert (clone.top / NAME).read_text() == "staged\n"


def test_a_name_is_no_pattern(clone: Clone) -> None:
    for name in (NAME, "lib/kept.py"):
        (clone.top / name).unlink()
    assert restored(clone, NAME) == [NAME]
    assert not (clone.top / "lib/kept.py").exists()


def test_what_lies_at_the_path_is_never_replaced(clone: Clone) -> None:
    clone.git("rm", "-q", "--cached", "README.md")
    clone.write("README.md", "somebody's new words\n")
    clone.git("rm", "-q", "lib/gone.py", "lib/kept.py", NAME)
    clone.write("lib", "a file where the folder was\n")
    repository = Repository.open(clone.project)
    try:
        assert gone_files(repository, ["README.md", "lib/gone.py"]) == []
    finally:
        repository.close()
    assert restored(clone, "README.md", "lib/gone.py") == []
    assert (clone.top / "README.md").read_text() == "somebody's new words\n"
    assert (clone.top / "lib").read_text() == "a file where the folder was\n"
