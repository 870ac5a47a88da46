"""Takes secrets out of a stream of bytes, wherever its pieces are cut."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from core.secret_shapes import MARK, has_hint, mask_shapes

MASK = MARK.encode()
_SHORTEST = 6
_LONGEST_WORD, _LONGEST_NAME, _LONGEST_KEY = 4096, 512, 16384
_LAST_WORD = re.compile(rb"[^\s\"]+\Z")
_LAST_WORDS = re.compile(rb"(?:^|[\s\"])([^\n]*)\Z", re.MULTILINE)
_KEY_BEGINS = re.compile(rb"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----(?![^\"]*-----END)[^\"]*\Z")
_KEY_ENDS = re.compile(rb"-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|(?=\")")


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


def _unsure(data: bytes) -> int:
    """How many bytes at the end of `data` may be the beginning of something that looks like a secret."""
    words = _LAST_WORDS.search(data, max(0, len(data) - _LONGEST_NAME))
    if words and (has_hint(words[1]) or b"-----" in words[1]):
        return len(words[1])
    word = _LAST_WORD.search(data, max(0, len(data) - _LONGEST_WORD))
    return len(word[0]) if word else 0


class ShapeMasking:
    """Takes out what looks like a secret, whoever's it is. It holds back the last word of a piece, and
    where a secret may be named before it stands, the end of its last line.

    A private key that comes line by line is masked to its end. `count` says how many were taken out.
    """

    def __init__(self) -> None:
        self.count = 0
        self._held = b""
        self._key = 0
        """How many bytes of a private key that has begun were taken out; 0 outside of one."""

    def feed(self, piece: bytes) -> bytes:
        """What of the stream is safe to keep now."""
        data = self._held + piece
        end = len(data) - _unsure(data)
        self._held = data[end:]
        return self._masked(data[:end])

    def finish(self) -> bytes:
        """What was held back."""
        held, self._held = self._held, b""
        return self._masked(held)

    def _masked(self, data: bytes) -> bytes:
        if self._key:
            data = self._after_key(data)
        if not has_hint(data):
            return data
        if b"PRIVATE KEY-----" in data:
            begun = _KEY_BEGINS.search(data)
            self._key = len(begun[0]) if begun else 0
        text = data.decode("utf-8", "surrogateescape")
        masked = mask_shapes(text)
        self.count += max(0, masked.count(MARK) - text.count(MARK))
        return masked.encode("utf-8", "surrogateescape")

    def _after_key(self, data: bytes) -> bytes:
        end = _KEY_ENDS.search(data)
        gone = data[: end.end()] if end else data
        self._key = 0 if end or self._key > _LONGEST_KEY else self._key + len(gone)
        return b"\n" * gone.count(b"\n") + data[len(gone) :]
