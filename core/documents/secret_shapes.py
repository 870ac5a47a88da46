"""Finds keys and tokens in a text: those this process knows, and those whose shape tells."""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.secrets import redact

_SHAPES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("an Anthropic key", re.compile(r"\bsk-ant-[A-Za-z0-9_-]{16,}")),
    ("an OpenAI key", re.compile(r"\bsk-(?:proj-|svcacct-)?(?=[A-Za-z0-9_-]*\d)[A-Za-z0-9_-]{32,}")),
    ("a GitHub token", re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,})")),
    ("a GitLab token", re.compile(r"\bglpat-[A-Za-z0-9_-]{18,}")),
    ("an AWS key", re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")),
    ("a Google key", re.compile(r"\bAIza[A-Za-z0-9_-]{35}")),
    ("a Slack token", re.compile(r"\bxox[abeoprs]-[A-Za-z0-9-]{16,}")),
    ("a Stripe key", re.compile(r"\b[rs]k_live_[A-Za-z0-9]{20,}")),
    ("an npm token", re.compile(r"\bnpm_[A-Za-z0-9]{36}\b")),
    ("a Hugging Face token", re.compile(r"\bhf_[A-Za-z0-9]{30,}")),
    ("a PyPI token", re.compile(r"\bpypi-[A-Za-z0-9_-]{40,}")),
    (
        "a signed token",
        re.compile(r"\beyJ[A-Za-z0-9_-]{16,}\.eyJ[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
    ),
    ("a private key", re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----")),
)
_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]{1,15}://[^\s/:@]{1,80}:(?![<$*{x])[^\s/@]{6,80}@", re.IGNORECASE)
_PASSWORD = re.compile(r"(?<=://)[^\s/:@]{1,80}:[^\s/@]{1,80}(?=@)")
_PRIVATE_KEY = re.compile(
    r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----.*?"
    r"(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|\Z)",
    re.DOTALL,
)
_SHOWN = 4


def find_secrets(text: str) -> Iterator[tuple[int, str]]:
    """The line (from 1) and, in words that do not give it away, the kind of every secret in `text`."""
    lines = text.split("\n")
    known = set[int]()
    if redact(text) != text:
        for number, line in enumerate(lines, 1):
            if redact(line) != line:
                known.add(number)
                yield number, "a key this process holds"
        if not known:
            yield 1, "a key this process holds, broken over lines"
    for kind, shape in _SHAPES:
        for found in shape.finditer(text):
            number = text.count("\n", 0, found.start()) + 1
            if number not in known:
                yield number, f"what looks like {kind} ({found[0][:_SHOWN]}…)"


def masked(text: str) -> str:
    """`text` with every secret in it replaced by a mark, for what leaves this machine or is kept."""
    text = _PRIVATE_KEY.sub("…", redact(text))
    for _, shape in _SHAPES:
        text = shape.sub(lambda found: f"{found[0][:_SHOWN]}…", text)
    return _PASSWORD.sub("…", text)


def find_passwords(text: str) -> Iterator[int]:
    """The lines with an address that carries a password. Examples have them too, so this is no proof."""
    for found in _ADDRESS.finditer(text):
        yield text.count("\n", 0, found.start()) + 1
