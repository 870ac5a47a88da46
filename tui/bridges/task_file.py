"""Watches the task file and hands what other programs write to the session."""

from __future__ import annotations

import asyncio

from tui.bridges.session import Session


async def follow_task_file(session: Session) -> None:
    """Run until cancelled: every outside change reaches `session.take_outside`."""
    from core.tasks.watch import watch

    stop = asyncio.Event()
    try:
        async for data in watch(session.tasks_file, stop):
            if data:
                await session.take_outside(data)
            else:
                session.activity.add(
                    "warning", "the task file is gone; what is shown is the last that was read"
                )
    finally:
        stop.set()
