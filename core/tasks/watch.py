"""Notice that another program changed a file: watch its folder, tell the new content, once."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import importlib
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

POLL_SECONDS = 2.0
"""How often the file is looked at without being told, for file systems that tell nothing."""

_GATHER_MS = 60
_STEP_MS = 20
_FORCED_SECONDS = 0.1
_VANISH_TRIES = 8
_VANISH_SECONDS = 0.025


async def watch(
    path: Path, stop: asyncio.Event, *, seen: bytes | None = None, force_polling: bool = False
) -> AsyncGenerator[bytes]:
    """Yield the content of `path` whenever it is another one than before, until `stop` is set.

    `seen` is the content that the caller has; without it, what stands there at the start counts as seen.
    Yields b"" when the file was emptied or vanished for longer than a rename takes (`path.exists()` tells
    which), and its content when it comes back. The folder may vanish and come back too. Content is given
    as it is: a program that writes in place can be caught halfway, its next piece follows.

    `force_polling` looks at the file ten times a second instead, for network file systems. Raises
    nothing: where watching does not work, polling every two seconds remains.
    """
    start = await asyncio.to_thread(_stat_and_read, path)
    last = _digest(start[1] if seen is None else seen)
    signature = start[0] if _digest(start[1]) == last else None
    async with aclosing(_looks(path, stop, force_polling)) as looks:
        async for told in looks:
            if not told and await asyncio.to_thread(_signature, path) == signature:
                continue
            signature, data = await _read_settled(path)
            if _digest(data) != last and not stop.is_set():
                last = _digest(data)
                yield data


async def _looks(path: Path, stop: asyncio.Event, force_polling: bool) -> AsyncGenerator[bool]:
    """Yield when the file should be looked at: True, something happened in its folder; False, time passed."""
    while force_polling and not stop.is_set():
        yield False
        await _pause(stop, _FORCED_SECONDS)
    while not stop.is_set():
        chain = await asyncio.to_thread(_chain, path)
        folders = await asyncio.to_thread(_identify, chain)
        try:
            async with aclosing(_events(chain, stop)) as events:
                async for told in events:
                    yield told
                    if await asyncio.to_thread(_identify, await asyncio.to_thread(_chain, path)) != folders:
                        break  # a folder was replaced or the link points elsewhere: watch the new one
        except (OSError, RuntimeError):
            # The folder does not exist (yet), or the system has no watches left.
            yield False
            await _pause(stop, POLL_SECONDS)


class _Ending:
    """What the library asks whether to end; not the event of the caller, since the library sets it too."""

    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop
        self._over = False

    def is_set(self) -> bool:
        return self._over or self._stop.is_set()

    def set(self) -> None:
        self._over = True


async def _events(chain: list[Path], stop: asyncio.Event) -> AsyncGenerator[bool]:
    names = {link.name for link in chain}
    awatch = await asyncio.to_thread(_load_library)
    ending = _Ending(stop)

    def concerns_us(_change: Any, changed: str) -> bool:
        return Path(changed).name in names

    changes: AsyncGenerator[set[Any]] = awatch(
        *{link.parent for link in chain},
        watch_filter=concerns_us,
        recursive=False,
        debounce=_GATHER_MS,
        step=_STEP_MS,
        rust_timeout=int(POLL_SECONDS * 1000),
        yield_on_timeout=True,
        stop_event=ending,
    )
    async with aclosing(changes):
        coming = asyncio.ensure_future(anext(changes, None))
        try:
            await asyncio.sleep(0)  # now it watches; what happened before is seen by the look that follows
            yield True
            while (happened := await coming) is not None:
                coming = asyncio.ensure_future(anext(changes, None))
                yield bool(happened)
        finally:
            ending.set()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await coming


def _load_library() -> Callable[..., Any]:
    # Importing it costs more than everything else here; only an open application watches.
    return importlib.import_module("watchfiles").awatch


Signature = tuple[int, ...]


async def _read_settled(path: Path) -> tuple[Signature, bytes]:
    """The content; a file that is missing or empty gets the time of a rename or a rewrite to come back."""
    for _ in range(_VANISH_TRIES):
        signature, data = await asyncio.to_thread(_stat_and_read, path)
        if data:
            return signature, data
        await asyncio.sleep(_VANISH_SECONDS)
    return await asyncio.to_thread(_stat_and_read, path)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()


def _stat_and_read(path: Path) -> tuple[Signature, bytes]:
    # The signature first: when the file changes in between, the next poll sees that it is outdated.
    try:
        return _signature(path), path.read_bytes()
    except OSError:
        return (), b""


def _signature(path: Path) -> Signature:
    try:
        status = path.stat()
    except OSError:
        return ()
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _chain(path: Path) -> list[Path]:
    """The path and every link it leads through, to the file itself."""
    chain = [path.absolute()]
    with contextlib.suppress(OSError):
        while chain[-1].is_symlink() and len(chain) < 40:
            chain.append(chain[-1].parent / chain[-1].readlink())
    return chain


def _identify(chain: list[Path]) -> dict[Path, Signature]:
    """The folders in which something can happen to the file, each with what identifies it."""
    found: dict[Path, Signature] = {}
    for link in chain:
        try:
            status = link.parent.stat()
            found[link.parent] = (status.st_dev, status.st_ino)
        except OSError:
            found[link.parent] = ()
    return found
