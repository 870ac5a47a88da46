"""The process that does a run, apart from whoever asked for it: `python -m core.runs.worker FOLDER LOCK`.

It leaves the caller's session, keeps the run's lock while it lives, ends cleanly on SIGTERM or when the file
`cancel` appears in the run's folder, and is done when the verdict is written.
"""

from __future__ import annotations

import asyncio
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
    # Whoever asks for the end before there is somebody to listen is heard a moment later.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    for name in (signal.SIGHUP, signal.SIGINT):
        signal.signal(name, _pass_over)
    folder = RunFolder(path)
    _write_identity(folder)
    os.write(begin, b"1")
    os.close(begin)
    asyncio.run(_work(folder))
    return 0


def _pass_over(*_: object) -> None:
    """Do nothing. Not SIG_IGN: agents would inherit that, and what they test could not be interrupted."""


def _write_identity(folder: RunFolder) -> None:
    import psutil

    from core.atomic_write import write_atomic

    value = {"pid": os.getpid(), "created": psutil.Process().create_time()}
    write_atomic(folder.path / "worker.json", json.dumps(value).encode(), mode=0o600)


async def _work(folder: RunFolder) -> None:
    from core.runs.ledger import Ledger
    from core.runs.prune import prune
    from core.runs.work import Work

    with Ledger(folder.ledger_file) as ledger:
        work = Work(folder, ledger)
        try:
            await _until_cancelled(folder, work)
        finally:
            await work.close()
    await asyncio.to_thread(prune, folder.state)


async def _until_cancelled(folder: RunFolder, work: Work) -> None:
    running = asyncio.ensure_future(work.run())

    def cancel() -> None:
        # Once only: asked again it would break off its own ending, and the verdict came before that.
        if not running.cancelling():
            running.cancel()

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, cancel)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    while not running.done():
        await asyncio.wait([running], timeout=_LOOK)
        if folder.cancel_file.exists():
            cancel()
    await running


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
