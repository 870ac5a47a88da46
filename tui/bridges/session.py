"""The open project: every read and write of it, done in threads and handed on as snapshots."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import DamagedFile, NotFound, TaskdeckError
from core.plain_text import plural, shorten
from core.tasks.document import DEFAULT_TAG
from tui.bridges.activity import Activity
from tui.bridges.snapshot import Snapshot, take_snapshot
from tui.bridges.stages import FileFacts, file_facts, shown_path, size_text

if TYPE_CHECKING:
    from core.config import Loaded
    from core.services import Workspace
    from core.tasks.changes import TaskChanges
    from core.tasks.complexity import Score
    from core.tasks.document import TaskDocument
    from core.tasks.edits import Edit
    from core.tasks.store import Change

COUNT_LINES_BELOW = 2_000_000
"""Files larger than this many bytes are not compared line by line after a write."""


GUESSED = "the first tag"
"""What core says of a tag nobody chose."""


class TagNeeded(NotFound):
    """The file has several tags, none is current and none is `master`: somebody must choose."""


class Session:
    """One project in one run of the app. All methods run on the event loop; none blocks it.

    `on_snapshot` is called with every new snapshot and what changed since the one before (None at the first
    and after a change of tag).
    """

    def __init__(self, folder: Path, activity: Activity, tag: str | None = None) -> None:
        self.folder = folder
        self.activity = activity
        self.tag_name = tag
        self.name = f"app-{secrets.token_hex(4)}"
        self.snapshot: Snapshot | None = None
        self.damage: DamagedFile | None = None
        self.on_snapshot: Callable[[Snapshot, TaskChanges | None], None] = lambda _snapshot, _changes: None
        self.on_damage: Callable[[DamagedFile], None] = lambda _damage: None
        self.stop: TaskdeckError | None = None
        """Why nothing may be written now, for who pressed a key that would."""
        self.on_stop: Callable[[], None] = lambda: None
        self.shows_backup = False
        """What is shown is not what the file holds: that is damaged."""
        self._workspace: Workspace | None = None
        self._writing = asyncio.Lock()

    @property
    def workspace(self) -> Workspace:
        if self._workspace is None:
            raise NotFound("No project is open.", "Start one from the first screen.")
        return self._workspace

    @property
    def root(self) -> Path:
        return self.workspace.project.root

    @property
    def tasks_file(self) -> Path:
        return self.workspace.project.tasks_file

    @property
    def prd_path(self) -> Path:
        """Where the PRD is, or where a new one will be."""
        return self.workspace.project.prd or self.root / ".taskmaster" / "docs" / "prd.txt"

    @property
    def report_paths(self) -> tuple[Path, ...]:
        """Where the complexity report of the current tag may be."""
        from core.tasks.complexity import report_candidates

        return report_candidates(self.workspace.project, self.tag_name or DEFAULT_TAG)

    async def open(self) -> None:
        """Find the project and read its tasks. Raises NotFound (no project), DamagedFile, TagNeeded."""
        self._workspace = await asyncio.to_thread(self._find)
        with self.activity.step(f"open {self.folder.name or self.folder}", "info") as step:
            step.detail = shown_path(self.tasks_file, self.root)
            document = await self._load()
            step.detail += f", {size_text(len(document.data))}"
        for note in self.workspace.project.legacy:
            self.activity.add("warning", note)
        await self.show(document)

    def _find(self) -> Workspace:
        from core.services import open_project

        return open_project(self.folder, self.tag_name, self.name)

    async def _load(self) -> TaskDocument:
        try:
            document = await asyncio.to_thread(self.workspace.store.load)
        except DamagedFile as error:
            self.damage = error
            raise
        self.damage, self.shows_backup = None, False
        await self.look_for_stop()
        return document

    async def reload(self) -> Snapshot:
        """Read the task file again, now. Raises NotFound, DamagedFile."""
        async with self._writing:
            return await self.show(await self._load())

    async def show(self, document: TaskDocument) -> Snapshot:
        """Make the snapshot of `document` in the current tag and hand it on."""
        before = self.snapshot
        snapshot, changes = await asyncio.to_thread(self._derive, document, before)
        self.snapshot = snapshot
        self.tag_name = snapshot.tag.name
        if snapshot.problem and (before is None or before.problem != snapshot.problem):
            self.activity.add("warning", snapshot.problem)
        self.on_snapshot(snapshot, changes)
        return snapshot

    def _derive(self, document: TaskDocument, before: Snapshot | None) -> tuple[Snapshot, TaskChanges | None]:
        tag = document.tag(self._choose_tag(document))
        project = self.workspace.project
        snapshot = take_snapshot(project, self.prd_path, document, tag)
        if before is None or before.tag.name != tag.name:
            return snapshot, None
        from core.tasks.changes import diff

        return snapshot, diff(before.tag, tag)

    def _choose_tag(self, document: TaskDocument) -> str:
        if self.tag_name and self.tag_name in document.tags:
            return self.tag_name
        from core.project import choose_tag

        choice = choose_tag(self.workspace.project, None, document.tags.keys())
        if choice.source == GUESSED and len(document.tags) > 1 and self.snapshot is None:
            raise TagNeeded("The task file has several tags and none of them is current.", "Choose one.")
        return choice.name

    async def choose(self, name: str, document: TaskDocument | None = None) -> None:
        """Work on another tag, and remember it as Task Master does, where anything may be written."""
        from core.project import use_tag

        self.tag_name = name
        if await self.look_for_stop() is None:
            await asyncio.to_thread(use_tag, self.workspace.project, name)
        self.activity.add("run", f"use tag {name}")
        if document is None and self.snapshot is not None:
            document = self.snapshot.document
        await self.show(document or await self._load())

    async def apply(self, edits: Sequence[Edit], title: str | None = None) -> Change:
        """Write edits as one step that undoes as one. Raises what the store raises."""
        await self.check_writable()
        from core.tasks.edits import describe

        name = title or describe(edits[0]) + (f" and {len(edits) - 1} more" if len(edits) > 1 else "")
        return await self._write(
            name,
            lambda: self.workspace.store.apply(list(edits), tag=self.tag_name, title=title),
        )

    async def undo(self) -> Change:
        """Take back the last edit made in this run of the app. Raises NotFound, Conflict."""
        await self.check_writable()
        return await self._write("undo", lambda: self.workspace.store.undo(session=self.name))

    async def redo(self) -> Change:
        """Do again what was undone. Raises NotFound, Conflict."""
        await self.check_writable()
        return await self._write("redo", lambda: self.workspace.store.redo(session=self.name))

    async def check_writable(self) -> None:
        """Raises TaskdeckError when nothing may be written now, with the reason and what ends that."""
        stop = await self.look_for_stop()
        if stop is not None:
            raise stop

    async def look_for_stop(self) -> TaskdeckError | None:
        """Why nothing may be written, as settings and file say now; `on_stop` hears when that changed."""
        before = self.stop
        if self.shows_backup:
            self.stop = NotFound("The file is open for reading only.", "Repair it first, then edit.")
        elif self._workspace is not None:
            from core.settings.read_only import why_read_only

            self.stop = await asyncio.to_thread(why_read_only, self.root)
        if (before and before.message) != (self.stop and self.stop.message):
            self.on_stop()
        return self.stop

    async def _write(self, name: str, work: Callable[[], Change]) -> Change:
        async with self._writing:
            before = self.snapshot.document.text if self.snapshot else ""
            with self.activity.step(name, "write") as step:
                change = await asyncio.to_thread(work)
                if name in ("undo", "redo"):
                    step.what = shorten(change.entry.title, 60)
                step.detail = await asyncio.to_thread(self._written, before, change.document)
            await self.show(change.document)
        return change

    def _written(self, before: str, document: TaskDocument) -> str:
        where = shown_path(self.tasks_file, self.root)
        size = size_text(len(document.data))
        if max(len(before), len(document.text)) > COUNT_LINES_BELOW:
            return f"{where}, {size}"
        new = Counter(document.text.splitlines())
        new.subtract(before.splitlines())
        lines = sum(count for count in new.values() if count > 0)
        gone = -sum(count for count in new.values() if count < 0)
        return f"{where}  +{lines} −{gone} lines, {size}"

    async def take_outside(self, data: bytes) -> None:
        """Another program wrote the file: show it, or say what is wrong and keep the last good one."""
        from core.tasks.document import parse

        async with self._writing:
            if self.snapshot is not None and data == self.snapshot.document.data and self.damage is None:
                return
            try:
                document = await asyncio.to_thread(parse, data, self.tasks_file)
            except DamagedFile as error:
                self.damage = error
                self.activity.add("error", "outside change: the file is damaged now", error.what)
                self.on_damage(error)
                return
            self.damage, self.shows_backup = None, False
            await self.look_for_stop()
            before = self.snapshot
            self.activity.add("outside", *(await self._outside_words(document, before)))
            await self.show(document)
        # Only our own writes make backups by themselves; this content must be restorable too.
        await asyncio.to_thread(self.workspace.store.keep_backup, document)

    async def _outside_words(self, document: TaskDocument, before: Snapshot | None) -> tuple[str, str]:
        if before is None or before.tag.name not in document.tags:
            return "outside change", shown_path(self.tasks_file, self.root)
        from core.tasks.changes import diff

        changes = await asyncio.to_thread(diff, before.tag, document.tags[before.tag.name])
        keys = [*changes.added, *changes.removed, *changes.moved, *changes.changed]
        unique = list(dict.fromkeys(keys))
        count = f"{len(unique)} task{'s' * (len(unique) != 1)}" if unique else "no task of this tag"
        return f"outside change: {count}", ", ".join(unique[:12])

    async def refresh(self) -> None:
        """Derive the snapshot anew: something beside the task file was written."""
        async with self._writing:
            if self.snapshot is not None:
                await self.show(self.snapshot.document)

    async def prd_facts(self) -> FileFacts:
        """The PRD as it is on disk now. Raises NotFound."""
        facts = await asyncio.to_thread(file_facts, self.prd_path)
        if facts is None:
            raise NotFound(f"There is no PRD at {self.prd_path}.", "3 opens the editor, which can start one.")
        return facts

    async def save_scores(self, scores: Sequence[Score]) -> None:
        """Write scores to the complexity report and show them."""
        from core.tasks.complexity import report_path, save_report

        snapshot = self.snapshot
        if snapshot is None:
            return
        await self.check_writable()
        project = self.workspace.project
        with self.activity.step(f"save {plural(len(scores), 'score')}", "write") as step:
            await asyncio.to_thread(save_report, project, snapshot.tag.name, scores)
            path = report_path(project, snapshot.tag.name)
            step.detail = shown_path(path, self.root)
        await self.refresh()

    def written_settings(self) -> Loaded | None:
        """The settings, when anybody wrote some. Blocking. None saves reading the schema for nothing."""
        from core.paths import config_file, project_settings

        files = (config_file(), project_settings(self.root))
        if not any(name.startswith("TASKDECK_") for name in os.environ) and not any(
            path.is_file() for path in files
        ):
            return None
        from core.config import load_settings

        return load_settings(self.workspace.project, strict=False)
