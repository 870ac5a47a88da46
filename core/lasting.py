"""Keeps the garbage collector, long imports and busy threads from holding up a screen."""

from __future__ import annotations

import gc
import sys
from collections.abc import Generator
from contextlib import contextmanager

_TURN = 0.0005
"""Seconds a busy thread goes on while another one waits; Python's own value is ten times that."""
_COLLECT = (20_000, 10, 20)
"""After how many new objects the youngest are walked, and how much more seldom the older ones."""


def screen_first() -> None:
    """Let the thread of the screen have its turn soon, whatever other threads compute, and collect seldom.

    From a key to the rows it moves the turn changes about six times; with Python's own value that is 30 ms.
    Rows that fly by make a thousand objects a frame; walked at Python's own pace they cost more than drawing.
    """
    sys.setswitchinterval(_TURN)
    gc.set_threshold(*_COLLECT)


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
