"""Watches the project's files and hands what other programs write to the session."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tui.bridges.session import Session


async def follow_project(session: Session) -> None:
    """Run until cancelled: what others write to task file, PRD, reports and settings counts here at once."""
    beside = {session.prd_path, *session.report_paths}
    from core.paths import config_file, project_settings

    async with asyncio.TaskGroup() as group:
        for path in (config_file(), project_settings(session.root)):
            group.create_task(_follow_settings(session, path))
        group.create_task(_follow_tasks(session))
        for path in sorted(beside):
            group.create_task(_follow_beside(session, path))


async def _follow_tasks(session: Session) -> None:
    from core.tasks.watch import watch

    shown = session.snapshot.document if session.snapshot else None
    if shown is not None:
        # Only our own writes make backups by themselves; should another program damage the file
        # before the first of them, what is on the screen can still be put back.
        await asyncio.to_thread(session.workspace.store.keep_backup, shown)
    async for data in watch(session.tasks_file, asyncio.Event(), seen=shown.data if shown else None):
        if data:
            await session.take_outside(data)
        else:
            session.activity.add("warning", "the task file is gone; what is shown is the last that was read")


async def _follow_settings(session: Session, path: Path) -> None:
    from core.tasks.watch import watch

    async for _data in watch(path, asyncio.Event()):
        await session.look_for_stop()


async def _follow_beside(session: Session, path: Path) -> None:
    from core.tasks.watch import watch

    async for _data in watch(path, asyncio.Event()):
        await session.refresh()
