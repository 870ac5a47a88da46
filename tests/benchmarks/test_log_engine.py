"""Prints what the log engine needs for a million lines: open, search, filter, merge, follow."""

from __future__ import annotations

import asyncio
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from core.logs.feed import Feed
from core.logs.filter import Filter, Filtered
from core.logs.follow import FileSource
from core.logs.following import Following
from core.logs.lines import LineLog
from core.logs.search import Search

pytestmark = pytest.mark.benchmark
_LINES = 1_000_000


@pytest.fixture(scope="session")
def million(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A million JSON lines, some 140 MB; one of them holds a rare text."""
    path = tmp_path_factory.mktemp("logs") / "million.log"
    random.seed(7)
    pods = [f"claude-agent-{n:02}-{random.getrandbits(32):08x}" for n in range(12)]
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with path.open("w") as file:
        for number in range(_LINES):
            stamp = (start + timedelta(milliseconds=7 * number)).isoformat(timespec="milliseconds")
            level = random.choices(("info", "warn", "error"), (90, 7, 3))[0]
            text = f"step {number} ran in {random.randrange(5000)} ms"
            text = "NEEDLE-7f3a9c rare event" if number == 900_000 else text
            line = {"ts": stamp, "level": level, "pod": random.choice(pods)}
            line |= {"tool": random.choice(("Read", "Write", "Bash")), "msg": text}
            file.write(json.dumps(line) + "\n")
    return path


def measure(name: str, work: Callable[[], object]) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    memory = psutil.Process().memory_info().rss >> 20
    print(f"{name:34} {wall:7.3f} s  {cpu:7.3f} CPU s  {memory:5} MB resident  {result}")


def opened(path: Path, name: str | None = None) -> LineLog:
    log = LineLog.open_file(path, name)
    while log.refresh():
        pass
    return log


def finished(work: Feed | Filtered | Search) -> int:
    while work.advance():
        pass
    return work.count


def test_a_million_lines(million: Path) -> None:
    print(f"\nload {os.getloadavg()[0]:.1f}")
    million.read_bytes()
    measure("open", lambda: opened(million).line_count)
    feed = Feed([opened(million)])
    feed.advance()
    measure("40 rows at random, 1,000 times", lambda: sum(len(feed.rows(n * 997, 40)) for n in range(1000)))
    rare = Filter("NEEDLE-7f3a9c", ignore_case=False)
    measure("rare text", lambda: finished(Search(feed, rare)))
    measure("rare text, any case", lambda: finished(Search(feed, Filter("needle-7f3a9c"))))
    measure("rare expression", lambda: finished(Search(feed, Filter(r"NEEDLE-\w+ rare", regex=True))))
    measure("filter: not step 1", lambda: finished(Filtered(feed, Filter("step 1", inverse=True))))
    measure("filter: errors", lambda: finished(Filtered(feed, Filter(levels=frozenset({"error"})))))
    three = Feed([opened(million, name) for name in "abc"])
    measure("merge three of them by time", lambda: finished(three))
    measure("rare text in the merge", lambda: finished(Search(three, rare)))


_WRITER = """
import sys, time
start, n = time.monotonic(), 0
with open(sys.argv[1], "ab", buffering=0) as file:
    while time.monotonic() - start < 5:
        due = int((time.monotonic() - start) * int(sys.argv[2]))
        head = b'{"m": "%.4f", ' % time.monotonic()
        file.write(b"".join(head + b'"n": %d, "msg": "%s"}\\n' % (i, b"x" * 100) for i in range(n, due)))
        n = due
        time.sleep(0.01)
print(n)
"""


@pytest.mark.parametrize("rate", [1000, 10_000])
async def test_following(tmp_path: Path, rate: int) -> None:
    path = tmp_path / "live.log"
    path.touch()
    following = Following()
    following.add(FileSource(path))
    feed = following.feed
    task = asyncio.create_task(following.run())
    latencies: list[float] = []
    cpu = time.process_time()
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _WRITER, str(path), str(rate), stdout=asyncio.subprocess.PIPE
    )
    seen = 0
    while writer.returncode is None:
        await asyncio.sleep(0.002)
        if feed.count > seen:
            seen = feed.count
            stamp = json.loads(feed.rows(seen - 1, 1)[0].data)["m"]
            latencies.append(time.monotonic() - float(stamp))
    cpu = time.process_time() - cpu
    assert writer.stdout
    written = int(await writer.stdout.read())
    while feed.count < written:  # noqa: ASYNC110 - the feed sets no event
        await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    median, tail = statistics.median(latencies), statistics.quantiles(latencies, n=20)[-1]
    print(
        f"\nfollow {rate} lines/s: p50 {median * 1000:.0f} ms, p95 {tail * 1000:.0f} ms, "
        f"{cpu / 5:.2f} cores, {feed.count} of {written} lines"
    )
    assert feed.count == written
