"""Prints the figures of the foundation: commands, first frame, key to repaint. Asserts no times.

Run with `uv run pytest -m benchmark -s`. On a busy machine read the ratios to the floor, not the seconds.
"""

from __future__ import annotations

import shutil
import statistics
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.benchmark

FLOOR_TEXTUAL = """
from textual.app import App
from textual.widgets import Tree
class Floor(App):
    def compose(self):
        tree = Tree("root"); tree.root.expand()
        for number in range(12): tree.root.add_leaf(f"Word{number + 1}")
        yield tree
Floor().run()
"""


def _row(what: str, ours: float, floor: str, budget: str) -> None:
    print(f"{what:<52} {ours:>8.3f}   {floor:<34} budget {budget}")


@pytest.mark.parametrize(("size", "budget"), [("small_project", "0.15"), ("large_project", "0.6")])
def test_commands(
    size: str, budget: str, request: pytest.FixtureRequest, measure: Callable[..., float], taskdeck: str
) -> None:
    project: Path = request.getfixturevalue(size)
    tasks = project / ".taskmaster" / "tasks" / "tasks.json"
    parse = measure([sys.executable, "-c", f"import json; json.load(open({str(tasks)!r}))"], project)
    for command in (["list", "--json"], ["list"], ["next", "--json"], ["validate-dependencies"]):
        ours = measure([taskdeck, *command], project)
        floor = f"parsing alone {parse:.3f}"
        if peer := shutil.which("task-master"):
            floor += f", task-master {measure([peer, command[0]], project, 1):.1f}"
        _row(f"taskdeck {' '.join(command)} ({size}), CPU s", ours, floor, budget)
        assert ours > 0


@pytest.mark.parametrize(("size", "budget"), [("small_project", "0.45"), ("large_project", "0.9")])
def test_first_frame(
    size: str, budget: str, request: pytest.FixtureRequest, open_screen: Callable[..., object], taskdeck: str
) -> None:
    project: Path = request.getfixturevalue(size)
    figures: dict[str, list[float]] = {"ours": [], "floor": []}
    commands = {"floor": [sys.executable, "-c", FLOOR_TEXTUAL], "ours": [taskdeck]}
    for _ in range(5):
        for name, command in commands.items():
            screen = open_screen(command, project)
            assert screen.wait_for(b"Word1"), f"{name} drew no tree"
            figures[name].append(screen.cpu)
    floor = f"smallest Textual app {statistics.median(figures['floor']):.3f}"
    _row(f"first frame with a tree ({size}), CPU s", statistics.median(figures["ours"]), floor, budget)


def test_key_to_repaint(large_project: Path, open_screen: Callable[..., object], taskdeck: str) -> None:
    screen = open_screen([taskdeck], large_project)
    assert screen.wait_for(b"Word1")
    screen.drain(1.0)
    times: list[float] = []
    for _ in range(60):
        times.append(screen.press(b"j") * 1000)
        screen.drain(0.1)
    times.sort()
    _row("key to repaint, 5,000 x 6, median ms", statistics.median(times), "", "20")
    _row("key to repaint, 5,000 x 6, p95 ms", times[int(len(times) * 0.95)], "", "60")
