"""The PRD file: read, saved whole and atomically, and never over what somebody else wrote."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import DamagedFile
from core.plain_text import plural
from tui.bridges.stages import is_template, shown_path, size_text

if TYPE_CHECKING:
    from tui.bridges.session import Session


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of the PRD; `line` counts from 1."""

    depth: int
    title: str
    line: int


_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*\s*$")


def sections_of(text: str) -> list[Section]:
    """The headings outside code fences."""
    sections: list[Section] = []
    fenced = False
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        elif not fenced and (match := _HEADING.match(line)):
            sections.append(Section(len(match[1]), match[2], number))
    return sections


def section_text(text: str, section: Section) -> str:
    """The lines of a section and of those below it, up to the next heading of its depth."""
    following = [s.line for s in sections_of(text) if s.line > section.line and s.depth <= section.depth]
    end = min(following) - 1 if following else None
    lines = text.split("\n")[section.line - 1 : end]
    return "\n".join(lines) + ("\n" if following else "")


def is_work(text: str) -> bool:
    """Whether somebody wrote this PRD: it is neither empty nor the template."""
    return bool(text.strip()) and not is_template(text)


class PrdFile:
    """The file behind the editor. `loaded` is the text that was last read or written."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.loaded = ""
        self.keep_next = False
        """Whether the next save takes the place of a whole PRD, of which a copy is kept."""

    @property
    def shown(self) -> str:
        return shown_path(self.session.prd_path, self.session.root)

    def read(self) -> str | None:
        """The text on disk; None when there is no file. Blocking. Raises DamagedFile."""
        try:
            data = self.session.prd_path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise DamagedFile(self.session.prd_path, "the text is not UTF-8", line) from None

    def with_endings(self, text: str) -> str:
        """`text` with the line endings of the loaded text."""
        plain = text.replace("\r\n", "\n")
        return plain.replace("\n", "\r\n") if "\r\n" in self.loaded else plain

    async def save(self, text: str, *, force: bool = False) -> bool:
        """Write `text`; False, and not done, when the file is not what was loaded (unless `force`).

        Raises Refused in a read-only project, TaskdeckError.
        """
        await self.session.check_writable()
        with self.session.activity.step(f"save {self.shown}", "write") as step:
            written, kept = await asyncio.to_thread(self._write, text, force)
            if not written:
                step.kind, step.detail = "warning", "not written: it was changed outside"
                return False
            step.detail = f"{size_text(len(text.encode()))}, {plural(text.count(chr(10)), 'line')}"
        self.loaded = text
        self.keep_next = False
        if kept is not None:
            self.session.activity.add("info", "the other version of the PRD is kept", str(kept))
        await self.session.refresh()
        return True

    def _write(self, text: str, force: bool) -> tuple[bool, Path | None]:
        """Whether it was written, and where what another program had written meanwhile is kept."""
        from core.atomic_write import write_atomic

        now = self.read()
        theirs = now if now not in (None, self.loaded, text) else None
        if theirs is not None and not force:
            return False, None
        before = now if self.keep_next and now != text and is_work(now or "") else None
        other = theirs if theirs is not None else before
        kept = self._keep(other) if other is not None else None
        self.session.prd_path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(self.session.prd_path, text.encode("utf-8"))
        return True, kept

    def _keep(self, theirs: str) -> Path:
        """Nothing is lost: what another program wrote is kept before it is written over."""
        from core.atomic_write import write_atomic
        from core.paths import make_private_folder, state_folder

        folder = make_private_folder(state_folder(self.session.root) / "overwritten")
        path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S}Z-{self.session.prd_path.name}"
        write_atomic(path, theirs.encode("utf-8"), mode=0o600)
        return path
