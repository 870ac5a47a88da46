"""What runs have to say to a person: in the bar of the screen, and outside it as the settings say."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from core.errors import TaskdeckError
from tui.bridges.notify import Fact, Notifier
from tui.screens.work_screen import WorkScreen

if TYPE_CHECKING:
    from core.settings.schema import NotifySettings
    from tui.bridges.activity import Kind as ActivityKind

_LEVELS: Mapping[str, ActivityKind] = {"finished": "info", "failed": "error"}
"""Of kinds of facts; all others want somebody's look."""


class Notices(WorkScreen):
    """Tells each fact once, however many screens there are."""

    _notifier: Notifier | None = None

    def tell_news(self) -> None:
        """Look what is new about the runs and tell it."""
        if self._notifier is None:
            self._notifier = Notifier(self.deck.bell)
        runs = self.deck.runs
        facts = self._notifier.news(runs.views, runs.budget)
        if not facts:
            return
        for fact in facts:
            self.activity.add(_LEVELS.get(fact.kind, "warning"), fact.words)
        self._show(facts)
        self.start(self._tell_outside(facts), group="notices")

    def _show(self, facts: list[Fact]) -> None:
        """The last one in the bar of whichever screen is in view."""
        screen = self.deck.screen
        if isinstance(screen, WorkScreen):
            tone = "offer" if facts[-1].kind == "finished" else "warning"
            screen.tell(facts[-1].words, tone)

    async def _tell_outside(self, facts: list[Fact]) -> None:
        assert self._notifier is not None
        try:
            settings = await asyncio.to_thread(self._notify_settings)
        except TaskdeckError as error:
            self.activity.add("warning", error.message, error.hint)
            return
        trouble = await self._notifier.tell(facts, settings)
        if trouble:
            self.activity.add("warning", "A notice could not be sent", trouble)

    def _notify_settings(self) -> NotifySettings:
        return self.session.workspace.settings.settings.notify
