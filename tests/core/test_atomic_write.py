"""Writing a file whole or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.atomic_write import remove_leftovers, temporary_name, write_atomic
from core.errors import TaskdeckError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that another user can reach, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def run_python(code: str, *arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=False,
        **options,  # type: ignore[call-overload]
    )


def test_a_new_file_has_the_content_and_nothing_else_is_left(tmp_path: Path) -> None:
    write_atomic(tmp_path / "a.json", b"{}")
    assert (tmp_path / "a.json").read_bytes() == b"{}"
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_mode_is_kept_and_a_new_file_follows_the_umask(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.write_bytes(b"1")
    old.chmod(0o640)
    write_atomic(old, b"2")
    assert old.stat().st_mode & 0o777 == 0o640
    before = os.umask(0o027)
    try:
        write_atomic(tmp_path / "new", b"")
    finally:
        os.umask(before)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o640
    write_atomic(tmp_path / "private", b"", mode=0o600)
    assert (tmp_path / "private").stat().st_mode & 0o777 == 0o600


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    real = tmp_path / "real" / "tasks.json"
    real.write_bytes(b"old")
    (tmp_path / "first").symlink_to("second")
    (tmp_path / "second").symlink_to("real/tasks.json")
    write_atomic(tmp_path / "first", b"new")
    assert (tmp_path / "first").is_symlink()
    assert (tmp_path / "second").is_symlink()
    assert real.read_bytes() == b"new"


def test_a_dangling_link_gets_its_file(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("target")
    write_atomic(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_bytes() == b"new"


def test_a_loop_of_links_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(TaskdeckError, match=r"symbolic link|cannot be written"):
        write_atomic(tmp_path / "a", b"")


def test_leftovers_of_dead_writers_go_and_those_in_use_stay(tmp_path: Path) -> None:
    path = tmp_path / "tasks.json"
    path.write_bytes(b"{}")
    dead = tmp_path / temporary_name("tasks.json")
    dead.write_bytes(b"half")
    other = tmp_path / temporary_name("other.json")
    other.write_bytes(b"half")
    code = (
        "import sys, core.atomic_write as a; from pathlib import Path\n"
        "a.flush = lambda descriptor: (print('filled', flush=True), sys.stdin.readline())\n"
        "a.write_atomic(Path(sys.argv[1]), b'[]')"
    )
    writer = subprocess.Popen(
        [sys.executable, "-c", code, str(path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with writer:
        assert writer.stdout
        assert writer.stdout.readline() == b"filled\n"
        remove_leftovers(path)
        assert not dead.exists()
        assert other.exists()
        assert len(list(tmp_path.glob(".tasks.json.*"))) == 1, "the file of the living writer stays"
        writer.kill()
    assert writer.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"{}"
    remove_leftovers(path)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([other.name, "tasks.json"])


def test_a_folder_without_right_to_write_is_one_plain_sentence(open_folder: Path) -> None:
    path = open_folder / "tasks.json"
    path.write_bytes(b"old")
    code = (
        "import sys; from pathlib import Path; from core.atomic_write import write_atomic\n"
        "from core.errors import TaskdeckError\n"
        "import os; os.getuid() or os.setuid(65534)\n"
        "try: write_atomic(Path(sys.argv[1]), b'new')\n"
        "except TaskdeckError as error: print(error.message)"
    )
    open_folder.chmod(0o555)
    done = run_python(code, str(path))
    open_folder.chmod(0o755)
    assert done.stdout.strip() == (
        f"{path} cannot be written: you have no right to write in its folder. Nothing was changed."
    )
    assert path.read_bytes() == b"old"


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "tasks.json"
    path.write_bytes(b"old")
    code = (
        "import resource, sys; from pathlib import Path; from core.atomic_write import write_atomic\n"
        "from core.errors import TaskdeckError\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: write_atomic(Path(sys.argv[1]), b'x' * 5000)\n"
        "except TaskdeckError as error: print(error.message)"
    )
    done = run_python(code, str(path))
    assert "there is no space left" in done.stdout, done.stderr
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["tasks.json"]


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(TaskdeckError, match="its folder does not exist"):
        write_atomic(tmp_path / "no" / "tasks.json", b"")
