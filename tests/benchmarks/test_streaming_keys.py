"""Prints how the real app answers keys while Claude's answer streams in, beside the same app at rest.

Run with `uv run pytest tests/benchmarks/test_streaming_keys.py -m benchmark -s`. Asserts no times. A probe in
the app says how late its event loop runs; a key counts as answered when the rows it moved have left for the
terminal. The answers come from a server on loopback, spread over many seconds.
"""

from __future__ import annotations

import json
import os
import select
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.claude import item, score, scores, subitem, subtasks, tasks, use
from tests.fakes.deck import make_deck_project
from tests.fakes.messages_api import MessagesApi, Request
from tests.fakes.messages_replies import Scenario

pytestmark = pytest.mark.benchmark

PROBED = Path(__file__).with_name("probed_app.py")
SECONDS = 12.0
EVERY = 0.1
PROSE = "Implement the handler with validation, error mapping and tests; follow the standards “größer”. "


def _plan() -> Scenario:
    """20 tasks of about 1.5 kB."""
    every = [
        item(n, f"Step {n} of the plan", *range(max(13, n - 2), n), details=PROSE * 12) for n in range(13, 33)
    ]
    return tasks(*every)


def _any_answer(request: Request) -> Scenario:
    asked = request.body.get("output_config", {}).get("format", {}).get("schema", {}).get("properties", {})
    if "subtasks" in asked:
        parts = [{**subitem(n, f"Part {n}"), "details": PROSE * 3} for n in range(1, 6)]
        return replace(subtasks(*parts), span=SECONDS / 3)
    if "complexityAnalysis" in asked:
        return replace(scores(*(score(str(n), reasoning=PROSE * 8) for n in range(1, 13))), span=SECONDS)
    return replace(_plan(), span=SECONDS)


@dataclass
class Pressed:
    """Keys that went to the app: when, and which."""

    times: list[float]

    def run(self, master: int, stop: threading.Event) -> None:
        """Up and down in turn, as fast as a person holds a key, until `stop`."""
        while not stop.wait(EVERY):
            self.times.append(time.monotonic())
            os.write(master, b"\x1b[B" if len(self.times) // 4 % 2 == 0 else b"\x1b[A")


@pytest.fixture
def api() -> Iterator[MessagesApi]:
    with MessagesApi(answer=_any_answer) as server:
        yield server


def _twelve(folder: Path) -> Path:
    every: list[dict[str, Any]] = [
        {"id": n, "title": f"Task {n}", "details": PROSE * 8, "status": "pending", "dependencies": []}
        for n in range(1, 13)
    ]
    return make_deck_project(folder, {"master": {"tasks": every}})


def _row(what: str, values: Sequence[float], cpu: float) -> None:
    ordered = sorted(values)
    if not ordered:
        return
    at = [ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1000 for part in (0.5, 0.95, 0.99, 1)]
    names = ("p50", "p95", "p99", "max")
    figures = "  ".join(f"{name} {value:6.1f}" for name, value in zip(names, at, strict=True))
    cpu_words = f"   {cpu:4.2f} of a core" if cpu else ""
    print(f"  {what:<31} {len(ordered):>5}  {figures} ms{cpu_words}")


CASES = {
    "plan of 20 tasks": (b"p", b"a"),
    "expand 12 tasks": (b"X",),
    "score 12 tasks": (b"a",),
}


@pytest.mark.parametrize("case", CASES)
def test_keys_while_an_answer_streams(
    case: str,
    api: MessagesApi,
    tmp_path: Path,
    open_screen: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use(api, monkeypatch, timeout=60)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    figures = tmp_path / "figures.json"
    screen = open_screen([sys.executable, str(PROBED), str(figures), str(_twelve(tmp_path / "p"))], tmp_path)
    assert screen.wait_for(b"Task 12")
    keys, stop = Pressed([]), threading.Event()
    presser = threading.Thread(target=keys.run, args=(screen.master, stop))
    presser.start()
    try:
        _read_for(screen, 5.0)
        asked = time.monotonic()
        for key in CASES[case]:
            os.write(screen.master, key)
            _read_for(screen, 0.3)
        _read_for(screen, SECONDS + 6)
    finally:
        stop.set()
        presser.join()
    _read_for(screen, 0.5)
    os.write(screen.master, b"\x1b")
    _read_for(screen, 0.5)
    os.write(screen.master, b"\x11")
    end = time.monotonic() + 10
    while not figures.exists() and time.monotonic() < end:
        _read_for(screen, 0.2)
    _report(case, json.loads(figures.read_text()), keys.times, asked)


def _read_for(screen: Any, seconds: float) -> None:
    """Take what the app draws, so that it never waits for the terminal."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if select.select([screen.master], [], [], left)[0]:
            try:
                os.read(screen.master, 65536)
            except OSError:
                return


def _report(case: str, seen: dict[str, Any], pressed: Sequence[float], asked: float) -> None:
    whole = next((at for at, name in seen["stages"] if name == "whole"), float("inf"))
    rows = next((at for at, name in seen["stages"] if name == "streaming" and at > asked), whole)
    imported = next((at for at, name in seen["stages"] if name == "import"), rows)
    phases = {
        "at rest, tree": (asked - 4.5, asked),
        "asked, SDK read": (asked, max(rows, imported + 2.0)),
        "streaming": (max(rows, imported + 2.0), whole),
        "at rest, proposal": (whole + 0.5, whole + 3),
    }
    moves = list(zip(pressed, seen["moves"], strict=False))
    print(f"\n{case}, load {os.getloadavg()[0]:.1f}: {len(pressed)} keys, {len(seen['moves'])} answered")
    for name, (first, last) in phases.items():
        late = [entry for entry in seen["late"] if first <= entry[0] < last]
        if late:
            cpu = (late[-1][2] - late[0][2]) / max(0.01, late[-1][0] - late[0][0])
            _row(f"{name}: loop late", [entry[1] for entry in late], cpu)
        _row(
            f"{name}: key to rows",
            [move[1] - at for at, move in moves if first <= at < last and move[1] and move[2]],
            0,
        )
    worst = sorted((entry for entry in seen["late"] if asked < entry[0] < whole), key=lambda entry: -entry[1])
    print("  latest:", ", ".join(f"{e[1] * 1000:.0f} ms at {e[0] - asked:.2f} s" for e in worst[:6]))
    assert len(seen["moves"]) == len(pressed), "a key was lost"
