"""The bottom line: the keys that count for what has the focus, each clickable."""

from __future__ import annotations

from typing import ClassVar, cast

from textual import events
from textual.content import Content
from textual.dom import DOMNode
from textual.screen import Screen
from textual.signal import Signal
from textual.widget import Widget

from tui.actions import FOOTER_FIRST, FOOTER_LAST, key_text
from tui.running import app_of

_END_KEYS = (("help", "?", "help"), ("command_palette", "^p", "palette"))


class FooterBar(Widget):
    """Made from the active bindings, so it cannot promise a key that does nothing."""

    ALLOW_SELECT: ClassVar[bool] = False

    def on_mount(self) -> None:
        signal = cast("Signal[Screen[object]]", self.screen.bindings_updated_signal)  # pyright: ignore[reportUnknownMemberType]
        signal.subscribe(self, self._bindings_changed)

    def _bindings_changed(self, _screen: Screen[object]) -> None:
        self.refresh()

    def promised(self) -> list[tuple[str, str, str]]:
        """(action to run, key, label) of all that could be shown, what matters most first, each once."""
        found: list[tuple[str, str, str]] = []
        seen: set[str] = set()
        typing = self.screen.focused
        for node, binding, enabled, _tooltip in self.screen.active_bindings.values():
            if not binding.show or not enabled or binding.action in seen or binding.action == "help":
                continue
            if (
                typing is not None
                and node is not typing
                and typing.check_consume_key(binding.key, character_of(binding.key))
            ):
                continue  # it would be typed
            seen.add(binding.action)
            found.append((binding.action, key_text(binding.key), binding.description))
            self._namespaces[binding.action] = node
        return sorted(found, key=lambda item: self._rank(item[0]))

    def _rank(self, action: str) -> int:
        """Where an action stands: the next step of the story, then what has the focus, then the story."""
        if action == self._step():
            return -1
        of_pane = self._namespaces[action] not in (self.screen, app_of(self))
        if of_pane and action not in FOOTER_LAST:
            return 0
        return FOOTER_FIRST.index(action) + 1 if action in FOOTER_FIRST else len(FOOTER_FIRST) + 1

    def _step(self) -> str:
        """The action the screen names as the next one of the story."""
        return cast("str", getattr(self.screen, "story_step", ""))

    def render(self) -> Content:
        self._namespaces: dict[str, DOMNode] = {}
        self._spans: list[tuple[int, int, str]] = []
        # The palette acts on what lies below a dialog: it is not there.
        ends = [end for end in _END_KEYS if not self.screen.is_modal or end[0] == "help"]
        end_width = sum(len(key) + len(label) + 3 for _, key, label in ends)
        parts: list[Content] = []
        at = 0
        step = self._step()
        for action, key, label in _fitting(self.promised(), self.size.width - end_width, step):
            width = _width(key, label)
            parts.append(_key_content(key, label, strong=action == step))
            self._spans.append((at, at + width, action))
            at += width
        gap = max(0, self.size.width - end_width - at)
        parts.append(Content(" " * gap))
        at += gap
        for action, key, label in ends:
            width = len(key) + len(label) + 3
            parts.append(_key_content(key, label))
            self._spans.append((at, at + width, action))
            at += width
        return Content("").join(parts)

    async def on_click(self, event: events.Click) -> None:
        event.stop()
        for start, end, action in self._spans:
            if start <= event.x < end:
                app = app_of(self)
                await app.run_action(action, self._namespaces.get(action, app))
                return


def character_of(key: str) -> str | None:
    """The character a key types, None for one that types none."""
    names = {"question_mark": "?", "slash": "/", "space": " "}
    return names.get(key, key if len(key) == 1 else None)


def _width(key: str, label: str) -> int:
    return len(key) + len(label) + 3


def _fitting(keys: list[tuple[str, str, str]], room: int, step: str) -> list[tuple[str, str, str]]:
    """As many of `keys` as fit `room`; the way out and the next step are the last to go."""
    kept = list(keys)
    for item in reversed(keys):
        if sum(_width(key, label) for _, key, label in kept) <= room:
            break
        if item[1] != key_text("escape") and item[0] != step:
            kept.remove(item)
    return kept


def _key_content(key: str, label: str, *, strong: bool = False) -> Content:
    return Content.assemble(
        " ", (key, "bold $primary"), " ", (label, "bold $foreground" if strong else "$muted"), " "
    )
