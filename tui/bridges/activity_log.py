"""The application's own log as lines on disk, so that one view shows it beside the logs of agents."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

from core.logs.facts import LineFacts
from core.logs.line import Line
from core.logs.lines import LineLog, LineWriter
from core.logs.writer import times_path
from tui.bridges.activity import Activity, Entry

NAME = "taskdeck"
_SIGNS = {"info": "·", "run": "▸", "write": "●", "outside": "◇", "warning": "▲", "error": "✗"}


class ActivityLog:
    """Writes what an `Activity` hears to a file of its own, which `close` removes."""

    def __init__(self, activity: Activity) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="taskdeck-activity-"))
        path = self._folder / "log"
        self._writer = LineWriter(path)
        self.log = LineLog.open_file(path, NAME, times_path(path))
        self._activity = activity
        self._written = asyncio.Event()
        for entry in activity.entries:
            self._write(entry)
        activity.listen(self._added)

    def _added(self) -> None:
        self._write(self._activity.entries[-1])

    def _write(self, entry: Entry) -> None:
        data = json.dumps(asdict(entry), ensure_ascii=False).encode("utf-8", "replace")
        with suppress(OSError, ValueError):  # a full disk must not stop the application
            self._writer.write(data + b"\n", entry.time)
        self._written.set()

    async def run(self) -> None:
        """Let the log know of what was written, until cancelled."""
        while True:
            await self._written.wait()
            self._written.clear()
            await asyncio.to_thread(self.log.refresh)

    def close(self) -> None:
        """Remove the file. Blocks for a moment."""
        self._activity.unlisten(self._added)
        self._writer.close()
        self.log.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def read_entry(line: Line) -> LineFacts:
    """A line of the application's own log as a row."""
    try:
        raw = cast("dict[str, Any]", json.loads(line.data))
        kind, what, detail = str(raw["kind"]), str(raw["what"]), str(raw["detail"])
    except (ValueError, KeyError, TypeError):
        return LineFacts(text=line.text)
    level = kind if kind in ("warning", "error") else "info"
    return LineFacts(level, kind, _SIGNS.get(kind, "·"), "", what, detail, raw.get("seconds"))
