"""One document as it reads, brought up to date while somebody writes it."""

from __future__ import annotations

import re

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Markdown, Static

from core.plain_text import printable

MOST = 200_000
"""Characters of a document that are laid out; the rest is said to be there."""
FOLDER = ".taskmaster/docs/"
_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)


class DocumentPreview(VerticalScroll):
    """Shows Markdown; nothing in it is obeyed. Follows the end while a document grows."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.heading = Static("", classes="preview-heading")
        self.body = Markdown("", open_links=False)
        self.shown: tuple[str, str] = ("", "")

    def compose(self) -> ComposeResult:
        yield self.heading
        yield self.body

    async def show(self, name: str, text: str | None, words: str = "") -> None:
        """Show this document; without a text that there is none. `words` stand beside its name."""
        if (name, text or "") == self.shown:
            return
        same = name == self.shown[0]
        self.shown = (name, text or "")
        matter, body = _split(printable(text or "", newlines=True))
        self.heading.update(_heading(name, matter, words, missing=text is None))
        await self.body.update(body)
        if not same:
            self.scroll_home(animate=False)


def _split(text: str) -> tuple[dict[str, str], str]:
    """The front matter as it stands, and what follows it."""
    found = _FRONT_MATTER.match(text)
    body = text[found.end() :] if found else text
    pairs = (line.partition(":") for line in found[1].splitlines()) if found else ()
    matter = {key.strip(): value.strip().strip('"') for key, _, value in pairs}
    cut = f"\n\n*… and {len(body) - MOST:,} characters more*" if len(body) > MOST else ""
    return matter, body[:MOST] + cut


def _heading(name: str, matter: dict[str, str], words: str, *, missing: bool) -> Content:
    shown = printable(name.rpartition(FOLDER)[2])
    if missing:
        return Content.styled(
            f"{shown}  {words or 'is not there'}" if name else "No document is chosen.", "$muted"
        )
    writer = matter.get("written_by", "")
    facts = (words, f"by {writer}" if writer else "", f"of {matter['hash'][:12]}" if "hash" in matter else "")
    return Content.assemble((shown, "bold $primary"), ("  " + " · ".join(filter(None, facts)), "$muted"))
