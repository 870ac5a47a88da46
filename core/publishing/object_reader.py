"""Reads blobs by name from one long-lived process of git, so that many small files cost no process each."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from core.publishing.git_process import environment, inherited


class ObjectReader:
    """Reads from the repository for which `make` gives GitPython's command object; several threads may.

    The process starts at the first read and after `close` again.
    """

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._git: Any = None
        self._turn = threading.Lock()

    def read(self, name: str) -> bytes | None:
        """The blob of that name (`HEAD:path`); None when this way does not find it."""
        if inherited():
            return None
        with self._turn:
            if self._git is None:
                self._git = self._make()
                self._git.update_environment(**environment())
            try:
                _, kind, _, data = self._git.get_object_data(name)
            except (OSError, ValueError) as error:
                # Only "there is none" leaves it ready for the next question.
                if "missing" not in str(error):
                    self._end()
                return None
            return data if kind in (b"blob", "blob") else None

    def close(self) -> None:
        """End the process, if there is one."""
        with self._turn:
            self._end()

    def _end(self) -> None:
        if self._git is not None:
            self._git.clear_cache()
            self._git = None
