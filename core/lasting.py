"""Keeps the garbage collector, long imports and busy threads from holding up a screen."""

from __future__ import annotations

import gc
import sys
from collections.abc import Generator
from contextlib import contextmanager

_TURN = 0.0005
"""Seconds a busy thread goes on while another one waits; Python's own value is ten times that."""


def screen_first() -> None:
    """Let the thread of the screen have its turn soon, whatever other threads compute.

    From a key to the rows it moves the turn changes about six times; with Python's own value that is 30 ms.
    """
    sys.setswitchinterval(_TURN)


def keep_for_good() -> None:
    """Everything there is now will stay: the collector need not walk it again.

    A full walk stops every thread, for 100 to 200 ms once a screen and a large library are in memory.
    """
    gc.freeze()


@contextmanager
def importing() -> Generator[None]:
    """Around the import of a large library, whose thousands of classes stay: nobody walks them meanwhile."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        keep_for_good()
        if collects:
            gc.enable()
