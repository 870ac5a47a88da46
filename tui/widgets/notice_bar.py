"""One row that says something needs an answer, with the answers as keys and buttons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from textual.content import Content
from textual.widget import Widget

from core.plain_text import printable

Tone = Literal["offer", "warning", "error"]


class NoticeBar(Widget):
    """Hidden until `show`. `answers` are (key, label, action) with the action run on the screen."""

    ALLOW_SELECT: ClassVar[bool] = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._content = Content("")
        self.display = False

    def show(self, text: str, answers: Sequence[tuple[str, str, str]] = (), tone: Tone = "offer") -> None:
        """Say `text` (plain text, wrapped to the width) with its answers behind it."""
        parts = [Content(printable(text))]
        parts += [
            Content.from_markup(
                f"[@click={action}][bold $primary]$key[/] [u]$label[/][/]", key=key, label=label
            )
            for key, label, action in answers
        ]
        self._content = Content("   ").join(parts)
        for name in ("offer", "warning", "error"):
            self.set_class(name == tone, f"-{name}")
        self.display = True
        self.refresh(layout=True)

    def hide(self) -> None:
        self.display = False

    @property
    def text(self) -> str:
        """What it says at the moment; empty when hidden."""
        return self._content.plain if self.display else ""

    def render(self) -> Content:
        return self._content
