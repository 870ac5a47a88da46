"""Takes secrets out of a stream of bytes, wherever its pieces are cut."""

from __future__ import annotations

import json
from collections.abc import Iterable

MASK = "…".encode()
_SHORTEST = 6


class Masking:
    """Give it a stream piece by piece. It holds back the end of a piece only where a secret may begin there.

    Secrets shorter than six characters are no secrets and would hide ordinary words. `count` says how many
    were taken out.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        self.count = 0
        named = {form for secret in secrets for form in _forms(secret.strip())}
        self._secrets = sorted(named, key=len, reverse=True)
        self._held = b""

    def feed(self, piece: bytes) -> bytes:
        """What of the stream is safe to keep now."""
        if not self._secrets:
            return piece
        data = self._held + piece
        for secret in self._secrets:
            found = data.count(secret)
            if found:
                self.count += found
                data = data.replace(secret, MASK)
        keep = max(_overlap(data, secret) for secret in self._secrets)
        self._held = data[len(data) - keep :]
        return data[: len(data) - keep]

    def finish(self) -> bytes:
        """What was held back."""
        held, self._held = self._held, b""
        return held


def _forms(secret: str) -> set[bytes]:
    """A secret as it is and as JSON spells it."""
    if len(secret) < _SHORTEST:
        return set()
    return {secret.encode(), json.dumps(secret)[1:-1].encode()}


def _overlap(data: bytes, secret: bytes) -> int:
    """How many bytes at the end of `data` are the beginning of `secret`, all of it not counted."""
    end = data[-(len(secret) - 1) :]
    start = end.find(secret[:1])
    while start >= 0:
        if secret.startswith(end[start:]):
            return len(end) - start
        start = end.find(secret[:1], start + 1)
    return 0
