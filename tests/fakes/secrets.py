"""Secrets of every kind that has a shape, each with the part of it that nobody may see."""

from __future__ import annotations

from typing import NamedTuple


class Secret(NamedTuple):
    """`text` as it stands somewhere; of `hidden` no five characters in a row may be seen."""

    text: str
    hidden: str


_BODY = "Q7wZk3Xv9Rt2Lm8Np4Bs6Hd1Jf5Gc0YyTuEaWiOo"
_HEXADECIMAL = "9f8e7d6c5b4a39281706f5e4d3c2b1a098765432"
_KEY_LINES = "\n".join((f"MIIE{_BODY}vQIBADANBgkqhki", f"{_BODY[::-1]}+/Kq8Zz7Yx6Wv5", "Tt4Ss3Rr2Qq1Pp=="))

_STARTS = (
    "sk-ant-api03-", "sk-proj-", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "glptt-",
    "gldt-", "glrt-", "hf_", "xoxb-", "sk_live_", "GITEA_TOKEN=",
    "Authorization: token ", "Authorization: Bearer ",
)  # fmt: skip
SECRETS: dict[str, Secret] = {
    **{start.strip(): Secret(f"{start}{_BODY}", _BODY) for start in _STARTS},
    "npm_": Secret(f"npm_{_BODY[:36]}", _BODY[:36]),
    "AKIA": Secret("AKIA" + "Q7WZK3XV9RT2LM8N", "Q7WZK3XV9RT2LM8N"),
    "aws secret": Secret(f"AWS_SECRET_ACCESS_KEY={_BODY}", _BODY),
    "forgejo": Secret(f'publish.token = "{_HEXADECIMAL}"', _HEXADECIMAL),
    "address": Secret(
        "http://ann:a-much-longer-passw0rd-than-most@forge.example/team", "a-much-longer-passw0rd-than-most"
    ),
    "lone token": Secret(f"https://{_HEXADECIMAL}@forge.example/team/x", _HEXADECIMAL),
    "user and password": Secret("ann:Tr0ub4dor-4nd-m0re@forge.example", "Tr0ub4dor-4nd-m0re"),
    "private key": Secret(
        "-----BEGIN " + f"RSA PRIVATE KEY-----\n{_KEY_LINES}\n-----END RSA PRIVATE KEY-----", _KEY_LINES
    ),
    "signed": Secret("eyJhbGciOiJIUzI1NiJ9aaaa.eyJzdWIiOiIxMjM0NTY3ODkwIn0." + _BODY, _BODY),
}
UNTOLD = frozenset(
    (
        "GITEA_TOKEN=", "Authorization: token", "Authorization: Bearer", "aws secret", "forgejo",
        "lone token", "user and password", "signed",
    )
)  # fmt: skip
"""Of these a part tells nothing: whoever cuts a text masks it before."""


def seen_of(secret: Secret, text: str) -> list[str]:
    """Every five characters in a row of the hidden part that stand in `text`, whatever its letters' size."""
    low, hidden = text.lower(), secret.hidden.lower()
    parts = {
        part for line in hidden.splitlines() for at in range(len(line) - 4) if (part := line[at : at + 5])
    }
    return sorted(part for part in parts if part in low)
