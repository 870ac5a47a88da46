"""Knows keys, tokens and passwords by their shape: one table for logs, errors, reports and the gate.

Shapes: https://docs.github.com/en/authentication (token prefixes), https://docs.gitlab.com/security/tokens
(token prefixes), https://docs.aws.amazon.com/IAM (unique identifiers), RFC 7468 (private keys), RFC 3986
(user and password in an address).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

MARK = "…"


class Shape(NamedTuple):
    """One kind of secret. `start` is what tells the kind and may be shown, `rest` one character behind it.

    All but `hints` are regular expressions. With fewer than `least` characters it is no whole secret. A text
    without any of `hints`, in small letters, is not looked through.
    """

    kind: str
    start: str
    rest: str
    least: int
    hints: tuple[str, ...]


# Nothing looks further ahead than a secret is long: a line of an agent may repeat the beginning of one
# thousands of times, and looking through the rest of it each time would take minutes.
# Markdown may have put a backslash before an underscore.
_GITLAB = (
    "glpat", "glptt", "gldt", "glrt", "glrtr", "glcbt", "glimt", "glft", "glsoat", "glagent", "gloas",
    "glffct", "glwt",
)  # fmt: skip
_WORD, _DASHED = r"(?:[A-Za-z0-9]|\\?_)", r"(?:[A-Za-z0-9-]|\\?_)"
SHAPES: tuple[Shape, ...] = (
    Shape("an Anthropic key", r"sk-ant-", _DASHED, 16, ("sk-ant-",)),
    Shape("an OpenAI key", rf"sk-(?!ant-)(?:proj-|svcacct-)?(?={_DASHED}{{0,200}}\d)", _DASHED, 32, ("sk-",)),
    Shape(
        "a GitHub token",
        r"(?:gh[pousr]\\?_|github\\?_pat\\?_)",
        _WORD,
        30,
        ("ghp", "gho", "ghu", "ghs", "ghr", "github"),
    ),
    Shape(
        "a GitLab token",
        rf"(?:(?:{'|'.join(_GITLAB)})-|GR1348941)",
        r"(?:[A-Za-z0-9.-]|\\?_)",
        18,
        (*_GITLAB, "gr1348941"),
    ),
    Shape("an AWS key", r"(?:AKIA|ASIA)", r"[A-Z0-9]", 16, ("akia", "asia")),
    Shape("a Google key", r"AIza", _DASHED, 35, ("aiza",)),
    Shape("a Slack token", r"xox[abeoprs]-", r"[A-Za-z0-9-]", 16, ("xox",)),
    Shape("a Stripe key", r"[rs]k\\?_live\\?_", r"[A-Za-z0-9]", 20, ("live",)),
    Shape("an npm token", r"npm\\?_", r"[A-Za-z0-9]", 36, ("npm",)),
    Shape("a Hugging Face token", r"hf\\?_", r"[A-Za-z0-9]", 30, ("hf",)),
    Shape("a PyPI token", r"pypi-", _DASHED, 40, ("pypi-",)),
    Shape("a signed token", r"eyJ(?=[\w-]{16,2000}\.eyJ[\w-]{16,4000}\.)", r"[\w.-]", 48, ("eyj",)),
    Shape("a private key", r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----", "", 0, ("private key",)),
)
_BEGINS = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrt])|(?<=%[0-9A-Fa-f]{2}))"
"""Where a secret may begin: also behind a line end as JSON spells it, or a character of an address."""
_CUT = r"(?=…|\.\.\.|\Z)"

# No quotation mark is taken, so that what is masked inside of JSON stays JSON.
_PRIVATE_KEY = (
    r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----"
    r"(?:[^\"]{0,16384}?-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|(?:[A-Za-z0-9+/=\s:,.\[\]|>…-]|\\[nr])*)"
)
_PASSWORD = r"(?<=://)[^\s/@:\"]{0,80}:[^\s/\"]{1,200}(?=@)"
_CUT_PASSWORD = rf"(?<=://)[^\s/@:\"]{{0,80}}:(?!\d{{1,5}}{_CUT})[^\s/@\"…]{{1,200}}{_CUT}"
_LONE_TOKEN = r"(?<=://)[^\s/@:\"]{16,200}(?=@)"
_BARE_PASSWORD = (
    r"(?:(?<![\w/:@.+\\-])|(?<=\\[nrt]))(?!(?:mailto|npm|sips?|xmpp|acct|cc|to):)[\w.+-]{1,64}:[^\s/@:\"]{6,80}@"
    r"(?!sha\d)(?=localhost\b|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\b|\d+(?:\.\d+){3}\b)"
)
_NAMED = (
    r"(?i:((?:token|secret|passw(?:or)?d|api\\?[_-]?key|access\\?[_-]?key|authorization)(?:\\?[\"'`])?\s{0,3}(?:=|:)"
    r"\s{0,3}(?:\\?[\"'`])?(?:(?:bearer|token|basic)\s{1,3})?|\b(?:bearer|basic)\s{1,3}))"
    r"(?=[A-Za-z+/=_.~-]{0,200}\d)(?=[\d+/=_.~-]{0,200}[A-Za-z])(?:[A-Za-z0-9+/=.~-]|\\?_){16,}"
)
"""What only its name tells: a token of Gitea or Forgejo is forty hexadecimal digits, like any commit."""
_NAMES = ("token", "secret", "passw", "key", "authorization", "bearer", "basic")


def mask_shapes(text: str) -> str:
    """`text` with a mark in the place of everything that looks like a secret, cut ones too; as many lines."""
    low = text.lower()
    if "private key" in low:
        text = _compiled(_PRIVATE_KEY).sub(lambda found: MARK + "\n" * found[0].count("\n"), text)
    for whole, cut, hints in _patterns():
        if any(hint in low for hint in hints):
            text = cut.sub(rf"\1{MARK}", whole.sub(rf"\1{MARK}", text))
    if "://" in text:
        text = _compiled(_PASSWORD).sub(MARK, text)
        text = _compiled(_LONE_TOKEN).sub(MARK, _compiled(_CUT_PASSWORD).sub(MARK, text))
    if "@" in text and ":" in text:
        text = _compiled(_BARE_PASSWORD).sub(f"{MARK}@", text)
    if any(name in low for name in _NAMES):
        text = _compiled(_NAMED).sub(rf"\1{MARK}", text)
    return text


def has_hint(data: bytes) -> bool:
    """Whether bytes can hold something that looks like a secret: quick, for a stream."""
    low = data.lower()
    return any(hint in low for hint in _hints())


def find_shapes(text: str) -> Iterator[tuple[int, str, str]]:
    """Where each whole secret begins in `text`, its kind, and what of it may be shown."""
    low = text.lower()
    for shape in SHAPES:
        if any(hint in low for hint in shape.hints):
            for found in _compiled(_whole(shape)).finditer(text):
                yield found.start(), shape.kind, found[1]


def _whole(shape: Shape) -> str:
    return rf"{_BEGINS}({shape.start}){shape.rest}{{{shape.least},}}" if shape.rest else f"({shape.start})"


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], re.Pattern[str], tuple[str, ...]], ...]:
    return tuple(
        (
            re.compile(_whole(shape)),
            re.compile(rf"{_BEGINS}({shape.start}){shape.rest}{{1,300}}{_CUT}"),
            shape.hints,
        )
        for shape in SHAPES
        if shape.rest
    )


@cache
def _hints() -> tuple[bytes, ...]:
    named = {hint for shape in SHAPES for hint in shape.hints}
    return tuple(hint.encode() for hint in sorted(named | {*_NAMES, "://", "@"}))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
