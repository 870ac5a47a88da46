"""Asks a run to end: it ends its agents, keeps what passed the gate and writes its verdict itself."""

from __future__ import annotations

import contextlib
import os
import signal

from core.runs.folder import RunFolder
from core.runs.recover import recover


def cancel(folder: RunFolder) -> bool:
    """Ask for the end of a run; returns False when it is over already. Blocks for a moment. Raises OSError.

    Asking twice is the same as asking once. `RunWatch` shows when it has ended.
    """
    if not folder.is_alive():
        recover(folder)
        return False
    # The file alone is enough; the signal only makes it quicker.
    folder.cancel_file.touch(mode=0o600)
    worker = folder.worker
    if worker is not None and _is_running(*worker):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(worker[0], signal.SIGTERM)
    return True


def _is_running(pid: int, created: float) -> bool:
    from core.agents.process_tree import Identity, is_running

    return is_running(Identity(pid, created))
