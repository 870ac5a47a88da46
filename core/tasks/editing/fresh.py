"""The text of a task file made new."""

from __future__ import annotations

import json


def new_file_text(created: str = "") -> str:
    """A tagged file with an empty tag `master`, as Task Master writes one (2 spaces, no final newline).

    `created` is an ISO time for the tag's metadata; without it the file carries no time.
    """
    times = {"created": created, "updated": created} if created else {}
    metadata = {**times, "description": "Tasks for master context"}
    return json.dumps({"master": {"tasks": [], "metadata": metadata}}, indent=2)
