"""Remembers the secrets this process came to know, so that nothing it writes can show them."""

from __future__ import annotations

import os

_ENVIRONMENT = (
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "TASKDECK_PLANNER_KEY",
    "TASKDECK_PUBLISH_TOKEN",
    "GH_TOKEN",
    "GITHUB_TOKEN",
    "GH_ENTERPRISE_TOKEN",
    "GITLAB_TOKEN",
    "GITEA_TOKEN",
    "FORGEJO_TOKEN",
)
_SHORTEST = 6
_known: set[str] = set()


def remember(*secrets: str) -> None:
    """From now on `redact` hides these. Very short texts are no secrets and would hide ordinary words."""
    _known.update(text.strip() for text in secrets if len(text.strip()) >= _SHORTEST)


def redact(text: str) -> str:
    """`text` with every known secret, and every key of the environment, replaced by a mark."""
    named = {os.environ.get(name, "").strip() for name in _ENVIRONMENT}
    found = {secret for secret in _known | named if len(secret) >= _SHORTEST and secret in text}
    for secret in sorted(found, key=len, reverse=True):
        text = text.replace(secret, "…")
    return text
