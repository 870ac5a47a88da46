"""The process that does a run, apart from whoever asked for it: `python -m core.runs.worker FOLDER LOCK`.

It leaves the caller's session, keeps the run's lock while it lives, ends cleanly on SIGTERM or when the file
`cancel` appears in the run's folder, and is done when the verdict is written.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.runs.folder import RunFolder

if TYPE_CHECKING:
    from core.runs.work import Work

_LOOK = 0.25
"""Seconds between two looks for the file `cancel`."""


def main(arguments: Sequence[str]) -> int:
    """Go on as a child of nobody and do the run; the process that was started returns once that began."""
    path, lock = Path(arguments[0]), int(arguments[1])
    os.set_inheritable(lock, False)
    begun, begin = os.pipe()
    if os.fork():
        os.close(begin)
        # Nothing to read means that our child ended before it began.
        return 0 if os.read(begun, 1) else 1
    os.close(begun)
    os.setsid()
    folder = RunFolder(path)
    _write_identity(folder)
    os.write(begin, b"1")
    os.close(begin)
    for name in (signal.SIGHUP, signal.SIGINT):
        signal.signal(name, signal.SIG_IGN)
    asyncio.run(_work(folder))
    return 0


def _write_identity(folder: RunFolder) -> None:
    import psutil

    from core.atomic_write import write_atomic

    value = {"pid": os.getpid(), "created": psutil.Process().create_time()}
    write_atomic(folder.path / "worker.json", json.dumps(value).encode(), mode=0o600)


async def _work(folder: RunFolder) -> None:
    from core.runs.ledger import Ledger
    from core.runs.work import Work

    with Ledger(folder.ledger_file) as ledger:
        work = Work(folder, ledger)
        try:
            await _until_cancelled(folder, work)
        finally:
            await work.close()


async def _until_cancelled(folder: RunFolder, work: Work) -> None:
    running = asyncio.ensure_future(work.run())
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, running.cancel)
    while not running.done():
        await asyncio.wait([running], timeout=_LOOK)
        if folder.cancel_file.exists() and not running.done():
            running.cancel()
            break
    # A second SIGTERM changes nothing: the first is being carried out.
    loop.remove_signal_handler(signal.SIGTERM)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with contextlib.suppress(asyncio.CancelledError):
        await running


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
