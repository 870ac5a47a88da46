"""A task's id as part of the name of a file, a branch or an agent."""

from __future__ import annotations

import re
from hashlib import sha256

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+|\.{2,}")


def safe_name(key: str) -> str:
    """The id where it is a safe name as it stands, else what is safe of it and a hash; ids are any text."""
    name = _NOT_IN_A_NAME.sub("-", key).strip("-.")[:40]
    if name and name == key:
        return name
    return f"{name or 'task'}-{sha256(key.encode('utf-8', 'replace')).hexdigest()[:6]}"
