"""Finds everything a process started, whether or not it left the group, and ends it."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from dataclasses import dataclass

import psutil

MARK = "TASKDECK_AGENT"
"""The environment variable whose value all that an agent starts inherits."""

_SAME = 2.0  # seconds by which the clock may shift what the system says about when a process began
_ROUNDS = 50
_STEP = 0.05


@dataclass(frozen=True)
class Identity:
    """Names one process for ever: its id, when it began (epoch s), and the mark all it started carries."""

    pid: int
    created: float
    mark: str = ""


def identity_of(pid: int, mark: str = "") -> Identity:
    """The identity of a process that runs now. One that is gone already has 0.0 for its beginning."""
    try:
        return Identity(pid, psutil.Process(pid).create_time(), mark)
    except psutil.Error:
        return Identity(pid, 0.0, mark)


def is_running(identity: Identity) -> bool:
    """True while exactly this process lives; a zombie does not."""
    process = _same(identity)
    return process is not None and _lives(process)


def end_orphan(identity: Identity, grace: float = 5.0) -> bool:
    """End a process of an earlier run and what it started, if it is still the same one. Blocking.

    What carries the identity's mark is ended also when the process itself is gone. True when something was
    ended; False when all is gone, or the id belongs to another process now.
    """
    return end_tree(identity, grace) > 0


def end_tree(identity: Identity, grace: float) -> int:
    """TERM to all of the tree, KILL to what is left after `grace` seconds. Blocking; tells how many it ended.

    Never touches a process that is not the identity's: the session and the children of its id count only
    while the process is the same one.
    """
    found: dict[int, psutil.Process] = {}
    _signal(_gather(identity, found), signal.SIGTERM)
    end = time.monotonic() + grace
    while time.monotonic() < end:
        left = _alive(found)
        if not left:
            break
        time.sleep(_STEP)
        _signal(_new(identity, found), signal.SIGTERM)
    for _ in range(_ROUNDS):
        left = [*_alive(found), *_new(identity, found)]
        if not left:
            break
        _signal(left, signal.SIGKILL)
        time.sleep(_STEP)
    return len(found)


def _same(identity: Identity) -> psutil.Process | None:
    """The process while its id is its own, also as a zombie that nobody has waited for yet."""
    try:
        process = psutil.Process(identity.pid)
        if not identity.created or abs(process.create_time() - identity.created) > _SAME:
            return None
        return process
    except psutil.Error:
        return None


def _gather(identity: Identity, found: dict[int, psutil.Process]) -> list[psutil.Process]:
    _new(identity, found)
    return list(found.values())


def _new(identity: Identity, found: dict[int, psutil.Process]) -> list[psutil.Process]:
    """Processes of the tree that were not known before; they are added to `found`."""
    new = [process for process in _tree(identity) if process.pid not in found]
    found.update((process.pid, process) for process in new)
    return new


def _tree(identity: Identity) -> list[psutil.Process]:
    """The process, its descendants, and whoever shares its session or carries its mark."""
    tree: dict[int, psutil.Process] = {}
    leader = _same(identity)
    if leader is not None:
        tree[leader.pid] = leader
        with contextlib.suppress(psutil.Error):
            tree.update((child.pid, child) for child in leader.children(recursive=True))
    own = os.getpid()
    for process in psutil.process_iter():
        if process.pid not in tree and process.pid != own and _belongs(process, identity, leader is not None):
            tree[process.pid] = process
    return [process for process in tree.values() if _lives(process)]


def _belongs(process: psutil.Process, identity: Identity, leads: bool) -> bool:
    """`leads`: the identity's process is still there, so that nobody else can lead a session of its id."""
    with contextlib.suppress(psutil.Error, OSError):
        if leads and os.getsid(process.pid) == identity.pid:
            return True
        if identity.mark and process.uids().real == os.getuid():
            return process.environ().get(MARK) == identity.mark
    return False


def _alive(found: dict[int, psutil.Process]) -> list[psutil.Process]:
    return [process for process in found.values() if _lives(process)]


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _signal(processes: list[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        # psutil checks that the id still belongs to the same process.
        with contextlib.suppress(psutil.Error, OSError):
            process.send_signal(number)
