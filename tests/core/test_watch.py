"""Seeing what other programs do to the task file."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from core.atomic_write import write_atomic
from core.tasks import watch as watch_module
from core.tasks.watch import watch


class Watched:
    """What a running watch has told so far."""

    def __init__(self) -> None:
        self.told: list[bytes] = []
        self._news = asyncio.Condition()

    async def run(self, path: Path, stop: asyncio.Event, **options: bool | bytes | None) -> None:
        async for data in watch(path, stop, **options):  # type: ignore[arg-type]
            async with self._news:
                self.told.append(data)
                self._news.notify_all()

    async def until(self, data: bytes) -> None:
        async with asyncio.timeout(20), self._news:
            await self._news.wait_for(lambda: bool(self.told) and self.told[-1] == data)


@asynccontextmanager
async def watching(path: Path, **options: bool | bytes | None) -> AsyncIterator[Watched]:
    stop = asyncio.Event()
    watched = Watched()
    task = asyncio.create_task(watched.run(path, stop, **options))
    try:
        yield watched
    finally:
        stop.set()
        async with asyncio.timeout(20):
            await task


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "tasks" / "tasks.json"
    path.parent.mkdir()
    path.write_bytes(b"0")
    return path


async def rewrite(path: Path, watched: Watched, write: Callable[[bytes], object]) -> None:
    """Write again and again: watching must not go deaf after the first rename."""
    for number in range(1, 6):
        content = str(number).encode()
        await asyncio.to_thread(write, content)
        await watched.until(content)


@pytest.mark.parametrize("polling", [False, True])
async def test_files_renamed_into_place_are_seen_again_and_again(path: Path, polling: bool) -> None:
    async with watching(path, seen=b"0", force_polling=polling) as watched:
        await rewrite(path, watched, lambda content: write_atomic(path, content))
    assert watched.told == [b"1", b"2", b"3", b"4", b"5"]


async def test_files_written_in_place_are_seen(path: Path) -> None:
    async with watching(path, seen=b"0") as watched:
        await rewrite(path, watched, path.write_bytes)


async def test_an_editor_that_moves_the_old_file_away_first(path: Path) -> None:
    def save(content: bytes) -> None:
        path.rename(path.with_suffix(".bak"))
        path.write_bytes(content)

    async with watching(path, seen=b"0") as watched:
        await rewrite(path, watched, save)
    assert b"" not in watched.told, "the moment without a file is not told"


async def test_another_process_is_seen(path: Path) -> None:
    async with watching(path, seen=b"0") as watched:
        code = (
            "import os, sys; temporary = sys.argv[1] + '.tmp'\n"
            "open(temporary, 'w').write('new'); os.rename(temporary, sys.argv[1])"
        )
        await asyncio.to_thread(subprocess.run, [sys.executable, "-c", code, path], check=True)
        await watched.until(b"new")


async def test_what_the_caller_has_not_seen_is_told_at_once(path: Path) -> None:
    async with watching(path, seen=b"older") as watched:
        await watched.until(b"0")


async def test_the_same_content_and_other_files_are_no_news(path: Path) -> None:
    async with watching(path, seen=b"0") as watched:
        write_atomic(path, b"0")
        os.utime(path)
        (path.parent / "tasks.json.lock").mkdir()
        path.with_name("other.json").write_bytes(b"x")
        write_atomic(path, b"end")
        await watched.until(b"end")
    assert watched.told == [b"end"]


async def test_a_removed_file_is_told_and_its_return_too(path: Path) -> None:
    async with watching(path, seen=b"0") as watched:
        await asyncio.to_thread(path.unlink)
        await watched.until(b"")
        await asyncio.to_thread(path.write_bytes, b"back")
        await watched.until(b"back")


async def test_the_folder_may_come_later_and_go_and_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_module, "POLL_SECONDS", 0.1)
    path = tmp_path / "later" / "tasks.json"
    async with watching(path, seen=b"") as watched:
        path.parent.mkdir()
        path.write_bytes(b"1")
        await watched.until(b"1")
        path.unlink()
        path.parent.rmdir()
        await watched.until(b"")
        path.parent.mkdir()
        write_atomic(path, b"2")
        await watched.until(b"2")
        write_atomic(path, b"3")
        await watched.until(b"3")


async def test_behind_a_link_the_real_file_is_watched(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.json"
    link.symlink_to(path)
    async with watching(link, seen=b"0") as watched:
        await rewrite(path, watched, lambda content: write_atomic(path, content))
        other = tmp_path / "other.json"
        other.write_bytes(b"other")
        link.unlink()
        link.symlink_to(other)
        await watched.until(b"other")
        write_atomic(other, b"again")
        await watched.until(b"again")


async def test_without_any_watch_polling_remains(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_watches_left() -> object:
        def fail(*_folders: Path, **_options: object) -> object:
            raise OSError("OS file watch limit reached")

        return fail

    monkeypatch.setattr(watch_module, "POLL_SECONDS", 0.05)
    monkeypatch.setattr(watch_module, "_load_library", no_watches_left)
    async with watching(path, seen=b"0") as watched:
        await rewrite(path, watched, lambda content: write_atomic(path, content))


async def test_cancelling_ends_it(path: Path) -> None:
    stop = asyncio.Event()
    task = asyncio.create_task(Watched().run(path, stop))
    await asyncio.sleep(0.05)
    task.cancel()
    async with asyncio.timeout(20):
        with pytest.raises(asyncio.CancelledError):
            await task
