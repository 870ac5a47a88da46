"""What carries the calls to a forge, and how lists that come in pages are read through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from core.publishing.forge.answer import rows

MOST_PAGES = 100
"""Pages of one list that are read at most: a server that never ends is left, not followed."""


class Transport(Protocol):
    """Carries one call. `path` begins with a slash and is below the API's address."""

    @property
    def name(self) -> str: ...

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The parsed answer. Blocking. Raises ForgeFailed."""
        ...


def every_row(transport: Transport, path: str) -> Iterator[Mapping[str, Any]]:
    """All rows of a list, page after page until one is empty. Raises ForgeFailed.

    `path` asks for the size of a page. A shorter page is no end: servers cap the size as they are set up.
    Pages are counted, and no address is taken from an answer, which could name another host.
    """
    for number in range(1, MOST_PAGES + 1):
        found = rows(transport.call("GET", f"{path}&page={number}"))
        if not found:
            return
        yield from found
