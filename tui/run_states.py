"""One sign for each state of a run and of its stages, the same on the screen and on the command line."""

from __future__ import annotations

RUN_GLYPHS: dict[str, str] = {
    "preparing": "◌",
    "running": "▶",
    "gating": "◐",
    "done": "✓",
    "failed": "✕",
    "cancelled": "⊘",
    "interrupted": "↯",
    "refused": "⊘",
}
STAGE_GLYPHS: dict[str, str] = {"waiting": "○", "running": "▶", "done": "✓", "failed": "✕", "skipped": "–"}
