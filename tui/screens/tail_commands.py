"""The command palette of `taskdeck tail`: every action of the log and of the application."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.dom import DOMNode

from tui.actions import ACTIONS, SCOPES, Action, keys_text
from tui.running import app_of
from tui.widgets.log_view import LogView


class LogCommands(Provider):
    """Actions by name."""

    def _actions(self) -> Iterator[tuple[str, Action, DOMNode]]:
        app = app_of(self.screen)
        view = self.screen.query_one_optional(LogView)
        for scope, node in (("log_view", cast("DOMNode | None", view)), ("app", app)):
            if node is not None:
                for action in ACTIONS[scope]:
                    if action.palette:
                        yield f"{SCOPES[scope]}   {keys_text(action.keys)}", action, node

    async def discover(self) -> Hits:
        for where, action, node in self._actions():
            yield DiscoveryHit(action.help, partial(self._run, action, node), text=action.help, help=where)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for where, action, node in self._actions():
            score = max(matcher.match(action.help), matcher.match(action.label))
            if score > 0:
                run = partial(self._run, action, node)
                yield Hit(score, matcher.highlight(action.help), run, text=action.help, help=where)

    async def _run(self, action: Action, node: DOMNode) -> None:
        await app_of(self.screen).run_action(action.name, node)
