"""Remembers the secrets this process came to know, so that nothing it writes can show them."""

from __future__ import annotations

import os
from typing import Any, cast

from core.secret_shapes import MARK, mask_shapes

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
    """`text` without secrets, for words that leave this process: those it knows, and all that look like one.

    Do it before a text is cut, escaped or made a name of: afterwards what is left of a secret is no longer
    known for one.
    """
    return mask_shapes(redact_known(text))


def redact_values(value: Any) -> Any:
    """`redact` on every text inside of what JSON can say."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {key: redact_values(item) for key, item in cast("dict[Any, Any]", value).items()}
    if isinstance(value, (list, tuple)):
        return [redact_values(item) for item in cast("list[Any]", value)]
    return value


def redact_known(text: str) -> str:
    """`text` with every known secret, and every key of the environment, replaced by a mark.

    For content that must stay as it is otherwise, such as a document that is checked afterwards.
    """
    named = {os.environ.get(name, "").strip() for name in _ENVIRONMENT}
    forms = {form for secret in _known | named if len(secret) >= _SHORTEST for form in _forms(secret)}
    found = {form for form in forms if form in text}
    for form in sorted(found, key=len, reverse=True):
        text = text.replace(form, MARK)
    return text


def _forms(secret: str) -> tuple[str, ...]:
    """A secret as it is and as JSON spells it."""
    return (secret,) if secret.isalnum() else (secret, secret.replace("\\", "\\\\").replace('"', '\\"'))
