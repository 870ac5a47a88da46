"""Opens a page in the browser of this machine, where it has one of its own window."""

from __future__ import annotations

import asyncio
import webbrowser
from pathlib import Path

_IN_THE_TERMINAL = frozenset(("elinks", "links", "lynx", "w3m", "www-browser"))
"""Browsers that would write over the screen of the application."""


async def open_page(link: str) -> bool:
    """Open `link`; False when no browser is there, or it did not begin."""
    return await asyncio.to_thread(_open, link)


def _open(link: str) -> bool:
    try:
        browser = webbrowser.get()
        name = Path(str(getattr(browser, "name", ""))).name
        return name not in _IN_THE_TERMINAL and browser.open(link)
    except (webbrowser.Error, OSError):
        return False
