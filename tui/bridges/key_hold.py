"""Keys that come in a burst wait for what the one before them does, so that none goes to what lies below."""

from __future__ import annotations

from textual import events
from textual.message_pump import MessagePump

LONGEST_SECONDS = 1.0
"""No key waits longer, whatever it waits for."""


class KeyHold:
    """Holds keys from `begin` to `release`, and then hands them on in their order."""

    def __init__(self, app: MessagePump) -> None:
        self._app = app
        self._held: list[events.Key] = []
        self._last = 0
        self.holding = 0
        """The number of the hold that is in force; 0 when there is none."""

    def begin(self) -> int:
        """Hold keys from now on; the number that ends it."""
        self._last += 1
        self.holding = self._last
        return self.holding

    def take(self, event: events.Key) -> bool:
        """Whether the key waits; it is handed on as a new one."""
        if not self.holding:
            return False
        if not self._held:
            self._app.set_timer(LONGEST_SECONDS, lambda: self.release(self.holding))
        self._held.append(events.Key(event.key, event.character))
        return True

    def follow(self, target: MessagePump, number: int) -> None:
        """End the hold of that number when the key that `target` was just given did what it does.

        It comes back to the app by way of what `target` stands in, and what its action says goes the same
        way once more: a note that is sent behind both tells when they are through.
        """
        self._climb(target, target, 2, number)

    def _climb(self, at: MessagePump, target: MessagePump, rounds: int, number: int) -> None:
        if number != self.holding:
            return
        if at is not self._app:
            above = at._parent or self._app  # pyright: ignore[reportPrivateUsage]
            at.call_later(self._climb, above, target, rounds, number)
        elif rounds:
            at.call_later(self._climb, target, target, rounds - 1, number)
        else:
            at.call_later(self.release, number)

    def release(self, number: int) -> None:
        """End the hold of that number; one that began later goes on."""
        if number != self.holding or not number:
            return
        self.holding = 0
        held, self._held = self._held, []
        for event in held:
            self._app.post_message(event)
