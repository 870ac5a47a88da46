"""One readable row for each line an agent writes: which tool, on what, how large, how long, what it cost."""

from __future__ import annotations
