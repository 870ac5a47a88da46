"""A small application that shows one widget with the real styles, and keeps the messages it sends."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from textual.app import App, ComposeResult
from textual.message import Message
from textual.widget import Widget

from core.tasks.complexity import ComplexityReport, Score
from core.tasks.document import Tag, parse
from tui.themes import variable_defaults

STYLES = sorted((Path(__file__).resolve().parents[2] / "styles").glob("*.tcss"))


class WidgetHost(App[None]):
    """Shows `widget` alone; `sent` holds its messages in order."""

    CSS_PATH: ClassVar[list[Path]] = STYLES

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self.animation_level = "none"
        self.widget = widget
        self.sent: list[Message] = []

    def compose(self) -> ComposeResult:
        yield self.widget

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return variable_defaults(dark=True)

    def screen_text(self) -> str:
        """What a person sees, line by line."""
        return "\n".join(strip.text for strip in self.screen._compositor.render_strips())


def messages(host: WidgetHost, kind: type[Message]) -> list[Any]:
    """The messages of one kind that the widget has sent so far."""
    return [message for message in host.sent if isinstance(message, kind)]


def listen(host: WidgetHost) -> None:
    """Keep every message that `host`'s widget posts from now on."""
    widget = host.widget
    post = widget.post_message

    def keep(message: Message) -> bool:
        if type(message).__qualname__.startswith(type(widget).__name__ + "."):
            host.sent.append(message)
        return post(message)

    widget.post_message = keep  # type: ignore[method-assign]


def make_tag(tasks: Sequence[dict[str, Any]]) -> Tag:
    """A tag as the reader makes it from a file with these tasks."""
    return parse(json.dumps({"master": {"tasks": list(tasks)}}).encode()).tag()


def make_task(number: int, title: str = "", subtasks: int = 0, **fields: Any) -> dict[str, Any]:
    """A task in the file's own shape, with `subtasks` pending subtasks."""
    return {
        "id": number,
        "title": title or f"Task {number}",
        "status": "pending",
        "dependencies": [],
        "subtasks": [
            {"id": index, "title": f"Part {index} of {number}", "status": "pending", "dependencies": []}
            for index in range(1, subtasks + 1)
        ],
        **fields,
    }


def make_report(**scores: float) -> ComplexityReport:
    """A report with these scores by task key (`t5=8` scores task 5), each recommending five subtasks."""
    entries = {
        name.removeprefix("t"): Score(name.removeprefix("t"), "", score, 5, "", "Many moving parts.")
        for name, score in scores.items()
    }
    return ComplexityReport(Path("report.json"), entries, {})


HOSTILE_TITLES = (
    "[red]x[/]",
    "[@click=app.quit]go[/]",
    "\x1b[31mred\x1b[0m",
    "one\ntwo\r\nthree\tfour",
    "漢字とかな交じりの長い題名" * 6,
    "👩‍👩‍👧‍👦 family ❤️ 🇩🇪",
    "שלום עולם \u202egnp.exe",
    "x" * 10_000,
    "\ud800 alone",
    "z\u0301\u0302\u0303" * 40,
    "",
)
"""Titles that would colour, break or turn around a line that took them at their word."""
