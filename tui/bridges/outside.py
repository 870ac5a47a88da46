"""Watches the project's files and hands what other programs write to the session."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tui.bridges.session import Session


async def follow_project(session: Session) -> None:
    """Run until cancelled: what other programs write to task file, PRD and reports is shown."""
    beside = {session.prd_path, *session.report_paths}
    async with asyncio.TaskGroup() as group:
        group.create_task(_follow_tasks(session))
        for path in sorted(beside):
            group.create_task(_follow_beside(session, path))


async def _follow_tasks(session: Session) -> None:
    from core.tasks.watch import watch

    shown = session.snapshot.document.data if session.snapshot else None
    async for data in watch(session.tasks_file, asyncio.Event(), seen=shown):
        if data:
            await session.take_outside(data)
        else:
            session.activity.add("warning", "the task file is gone; what is shown is the last that was read")


async def _follow_beside(session: Session, path: Path) -> None:
    from core.tasks.watch import watch

    async for _data in watch(path, asyncio.Event()):
        await session.refresh()
