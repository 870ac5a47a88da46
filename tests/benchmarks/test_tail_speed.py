"""Prints how `taskdeck tail` opens, searches and follows large logs beside its peers. Asserts no times.

Run with `uv run pytest -m benchmark -s tests/benchmarks/test_tail_speed.py`. It installs its peers itself.
On a busy machine compare CPU seconds, and read wall times beside the floor of the same run.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.benchmarks import peers
from tests.benchmarks.peers import Peer
from tests.benchmarks.terminal import Pane, pane

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(not shutil.which("tmux"), reason="the method needs tmux, which is not installed"),
    pytest.mark.skipif(not Path("/proc").is_dir(), reason="CPU and memory are read from /proc"),
]

RUNS = int(os.environ.get("TASKDECK_BENCH_RUNS", "3"))
LINES = 1_000_000
NEEDLE = "NEEDLE-7f3a9c"
FOLLOW_SECONDS = float(os.environ.get("TASKDECK_BENCH_SECONDS", "15"))
TOOLS = ("Bash", "Read", "Write", "Edit", "Grep", "Glob", "Task")

WRITER = """
import json, sys, time
rate, seconds, path = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
began, count = time.monotonic(), 0
with open(path, "a") as file:
    while time.monotonic() - began < seconds:
        now = time.monotonic()
        stamp, due = f"{now:.4f}", int((now - began) * rate)
        file.write("".join(
            json.dumps({"m": stamp, "n": n, "level": "info", "pod": "claude-agent-03-6513270e",
                        "tool": "Bash", "msg": f"step {n} ran in {n % 5000} ms"}) + "\\n"
            for n in range(count, due)
        ))
        file.flush()
        count = due
        time.sleep(max(0.0, 0.01 - (time.monotonic() - now)))
"""
"""Appends the lines that are due, every 10 ms, each with the monotonic time at which it was made."""


@pytest.fixture(scope="module")
def big_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A million JSON lines, one of them with a rare text at nine tenths; read once to be in memory."""
    path = tmp_path_factory.mktemp("log") / "big.log"
    chance = random.Random(7)
    pods = [f"claude-agent-{number:02d}-{chance.getrandbits(32):08x}" for number in range(12)]
    moment = datetime(2026, 1, 1)
    with path.open("w") as file:
        for number in range(LINES):
            message = f"step {number} ran in {chance.randint(1, 5000)} ms"
            record = {
                "ts": (moment + timedelta(milliseconds=7 * number)).isoformat(timespec="milliseconds") + "Z",
                "level": chance.choices(("info", "warn", "error"), (90, 7, 3))[0],
                "pod": chance.choice(pods),
                "tool": chance.choice(TOOLS),
                "msg": f"{NEEDLE} rare event" if number == LINES * 9 // 10 else message,
            }
            file.write(json.dumps(record) + "\n")
    path.read_bytes()
    return path


@pytest.fixture(scope="module")
def rivals(tmp_path_factory: pytest.TempPathFactory) -> list[Peer]:
    """Toolong and lnav as far as they can be had; the others are said to be missing, and why."""
    found: list[Peer] = []
    for peer in (peers.toolong(tmp_path_factory.mktemp("peers")), peers.lnav()):
        if isinstance(peer, str):
            print(f"skipped: {peer}")
        else:
            found.append(peer)
    return found


def _have(*some: Peer | str) -> Iterator[Peer]:
    for peer in some:
        if isinstance(peer, str):
            print(f"skipped: {peer}")
        else:
            yield peer


def _load() -> str:
    return f"load {os.getloadavg()[0]:.1f}"


def _middle(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{statistics.median(known):8.2f}" if known else "       –"


def test_open_a_million_lines(big_log: Path, rivals: list[Peer]) -> None:
    every = [peers.taskdeck(), *rivals, *_have(peers.less()), peers.floor()]
    rows: dict[str, list[tuple[float | None, ...]]] = {peer.name: [] for peer in every}
    for run in range(RUNS + 1):
        for peer in every:
            figures = _open(peer, big_log)
            if run:  # the first one warms the disk and compiles
                rows[peer.name].append(figures)
    print(f"\nopen 1,000,000 lines, {big_log.stat().st_size / 1e6:.1f} MB; median of {RUNS}, {_load()}")
    print(f"{'':28} first paint s  last line s   CPU s   resident MB  peak MB   budget 0.4 / 0.6 / 0.6 / 70")
    for name, figures in rows.items():
        paint, last, cpu, resident, peak = (_middle(column) for column in zip(*figures, strict=True))
        print(f"{name:28} {paint:>12} {last:>12} {cpu:>9} {resident:>11} {peak:>9}")
    assert all(figures[0] is not None for figures in rows["taskdeck tail"])
    assert all(figures[1] is not None for figures in rows["taskdeck tail"])


def _open(peer: Peer, log: Path) -> tuple[float | None, ...]:
    with pane([*peer.command, str(log)]) as shown:
        paint = shown.wait_for(r"step \d+ ran")
        last = shown.wait_for(peer.last, 20) if peer.last else None
        cpu = shown.settle()
        seconds = [None if moment is None else moment - shown.began for moment in (paint, last)]
        return (*seconds, cpu, shown.memory(), shown.memory("VmHWM"))


def test_find_a_rare_text(big_log: Path, rivals: list[Peer]) -> None:
    every = [peers.taskdeck(), *rivals, *_have(peers.less())]
    rows: dict[str, list[tuple[float | None, ...]]] = {peer.name: [] for peer in every}
    for _ in range(RUNS):
        for peer in every:
            rows[peer.name].append(_search(peer, big_log))
    data = big_log.read_bytes()
    began = time.monotonic()
    assert data.find(NEEDLE.encode()) > 0
    floor = time.monotonic() - began
    print(f"\nfind a rare text from the top; median of {RUNS}, {_load()}; bytes.find alone {floor:.2f} s")
    print(f"{'':28}        wall s        CPU s   longest still screen s      budget 0.2, screen alive")
    for name, figures in rows.items():
        wall, cpu, still = (_middle(column) for column in zip(*figures, strict=True))
        print(f"{name:28} {wall:>13} {cpu:>12} {still:>14}")
    assert all(figures[0] is not None for figures in rows["taskdeck tail"])


def _search(peer: Peer, log: Path) -> tuple[float | None, ...]:
    with pane([*peer.command, str(log)]) as shown:
        shown.wait_for(peer.last or r"step \d+ ran")
        shown.settle()
        if peer.top:
            shown.press(*peer.top)
            shown.wait_for(r"step 0 ran", 10)
        shown.press(*peer.search)
        time.sleep(0.5)
        before, began = shown.cpu, time.monotonic()
        shown.type(NEEDLE)
        shown.press(*peer.go)
        found = shown.wait_for(peer.hit)
        still = _stillness(shown) if found is not None else None
        return (None if found is None else found - began, shown.settle() - before, still)


def _stillness(shown: Pane) -> float:
    """Seconds from a key to a changed screen, right after the search."""
    before, began = shown.text, time.monotonic()
    shown.press("Up")
    while shown.text == before and time.monotonic() - began < 5:
        time.sleep(0.005)
    return time.monotonic() - began


@pytest.mark.parametrize("rate", [10_000, 1_000])
def test_follow(rate: int, tmp_path: Path, rivals: list[Peer]) -> None:
    every = [peers.taskdeck(), *rivals, *_have(peers.less(), peers.tail())]
    rows = {peer.name: _follow(peer, rate, tmp_path / f"{number}.log") for number, peer in enumerate(every)}
    print(f"\nfollow {rate:,} lines/s for {FOLLOW_SECONDS:.0f} s, {_load()}")
    print(f"{'':28} p50 ms  p95 ms  max ms  changes/s  CPU cores  resident MB  caught up s")
    print(f"{'budget at 10,000 lines/s':28}     40      80                        0.30")
    for name, (p50, p95, most, changes, cores, resident, caught) in rows.items():
        print(
            f"{name:28} {p50:6.0f} {p95:7.0f} {most:7.0f} {changes:10.0f} {cores:10.2f} {resident:12.0f}"
            f" {caught:12.2f}"
        )
    assert rows["taskdeck tail"][-1] < 5.0


def _follow(peer: Peer, rate: int, log: Path) -> tuple[float, ...]:
    log.write_text(json.dumps({"m": "0.0000", "n": -1, "msg": "seed"}) + "\n")
    with pane([*(peer.follow or peer.command), str(log)]) as shown:
        time.sleep(4)
        if peer.to_end:
            shown.press(*peer.to_end)
            time.sleep(0.5)
        cpu, began = shown.cpu, time.monotonic()
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(rate), str(FOLLOW_SECONDS), str(log)])
        late: list[float] = []
        seen: set[float] = set()
        while writer.poll() is None:
            stamp = _newest(shown.text)
            if stamp:
                late.append(time.monotonic() - stamp)
                seen.add(stamp)
            time.sleep(0.005)
        elapsed = time.monotonic() - began
        cores = (shown.cpu - cpu) / elapsed
        with log.open("rb") as file:
            file.seek(-200, os.SEEK_END)
            last = _newest(file.read().decode().rpartition("\n{")[2])
        ended = time.monotonic()
        while _newest(shown.text) < last and time.monotonic() - ended < 10:
            time.sleep(0.01)
        caught = time.monotonic() - ended
        late = sorted(late[10:]) or [float("nan")]
        half, most = late[len(late) // 2], late[int(len(late) * 0.95)]
        milliseconds = (half * 1000, most * 1000, late[-1] * 1000)
        return (*milliseconds, len(seen) / elapsed, cores, shown.memory(), caught)


_STAMP = re.compile(r"\bm(?:\": \"|=)(\d+\.\d{4})")


def _newest(text: str) -> float:
    """The newest stamp in a text; 0 when there is none."""
    return max((float(stamp) for stamp in _STAMP.findall(text)), default=0.0)
