"""The command palette: every declared action that makes sense now, and every task by title."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.dom import DOMNode

from core.plain_text import printable
from tui.actions import ACTIONS, SCOPES, STORY, Action, keys_text
from tui.running import app_of

if TYPE_CHECKING:
    from tui.app import TaskdeckApp
    from tui.layout import PaneName

_PANES: dict[str, str] = {
    "tree": "#tree",
    "detail": "#detail",
    "prd": "#prd",
    "heatmap": "#heatmap",
    "graph": "#graph",
    "documents": "#documents",
    "log_view": "LogView",
}
"""Scope to the widget that has its actions."""


class ActionCommands(Provider):
    """Actions of the focused widget first, then those of the screen and of other panes."""

    @property
    def deck(self) -> TaskdeckApp:
        return app_of(self.screen)

    def _actions(self) -> Iterator[tuple[str, Action, DOMNode]]:
        """(where, action, the node that does it) for all that can be done now."""
        focused = self.focused
        chain = [focused, *focused.ancestors] if focused is not None else []
        found: list[tuple[bool, str, Action, DOMNode]] = []
        for scope, actions in ACTIONS.items():
            node = self._node(scope)
            if node is None:
                continue
            near = node in chain and scope not in ("app", "plan", "run")
            found += [
                (not near, SCOPES[scope], action, node) for action in actions if self._fits(action, node)
            ]
        for _, where, action, node in sorted(found, key=lambda item: (_story_place(item[2]), item[0])):
            yield where, action, node

    def _node(self, scope: str) -> DOMNode | None:
        if scope == "app":
            return self.deck
        own = cast("str", getattr(self.screen, "scope", ""))
        if not own:
            return None
        if scope == own:
            return self.screen
        selector = _PANES.get(scope)
        return self.screen.query_one_optional(selector) if selector else None

    @staticmethod
    def _fits(action: Action, node: DOMNode) -> bool:
        name = action.name.partition("(")[0]
        return action.palette and bool(node.check_action(name, ()))

    async def discover(self) -> Hits:
        for where, action, node in self._actions():
            yield DiscoveryHit(
                _title(action), partial(self._run, action, node), text=action.help, help=_note(where, action)
            )

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for where, action, node in self._actions():
            title = _title(action)
            score = max(matcher.match(title), matcher.match(action.label))
            if score > 0:
                yield Hit(
                    score,
                    matcher.highlight(title),
                    partial(self._run, action, node),
                    text=title,
                    help=_note(where, action),
                )
        snapshot = self.deck.session.snapshot
        if snapshot is None or self.screen is not self.deck.plan or len(query) < 2:
            return
        for task in snapshot.tag.nodes.values():
            name = printable(f"{task.key}  {task.title}")
            score = matcher.match(name)
            if score > 0:
                go = partial(self.deck.plan.jump, task.key, open_task=True)
                yield Hit(score * 0.9, Content(name), go, text=name, help="go to task")

    async def _run(self, action: Action, node: DOMNode) -> None:
        for pane, selector in _PANES.items():
            if self.screen is self.deck.plan and node is self.screen.query_one_optional(selector):
                name = {"detail": "task", "log_view": "log"}.get(pane, pane)
                self.deck.plan.action_show_pane(cast("PaneName", name))
        await self.deck.run_action(action.name, node)


def _story_place(action: Action) -> int:
    """What plans a project comes first, in the order it is done; everything else behind it."""
    return STORY.index(action.name) if action.name in STORY else len(STORY)


def _title(action: Action) -> str:
    return action.help


def _note(where: str, action: Action) -> str:
    return f"{where}   {keys_text(action.keys)}"
