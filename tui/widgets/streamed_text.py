"""A text that grows in an editor: each time only what is new is put in, and all of it can be taken back."""

from __future__ import annotations

from textual.widgets import TextArea

from tui.editable_text import visible


class DraftArea(TextArea):
    """A text area for reading, for typing, and for watching while somebody else writes in it."""

    held = False
    """Whether somebody else writes here: nobody may type, and keys are no commands either."""

    def hold(self) -> None:
        """Somebody else writes from now on."""
        self.read_only = self.held = True

    def let_go(self) -> None:
        """From now on a person may type."""
        self.read_only = self.held = False

    def check_consume_key(self, key: str, character: str | None = None) -> bool:
        # Without this the letters of a hasty typist would be commands of the screen behind.
        held = self.held and character is not None and character.isprintable()
        return held or super().check_consume_key(key, character)


class StreamedText:
    """Writes into `area` until `end`, while nobody else can; cursor and scroll stay free."""

    def __init__(self, area: DraftArea) -> None:
        self.area = area
        self.before = area.text
        self.shown = ""
        self._clear()
        area.hold()

    def _clear(self) -> None:
        self.area.replace("", (0, 0), self.area.document.end)

    def show(self, text: str) -> None:
        """Let the area hold `text`, which mostly is what it held before and more."""
        text = visible(text)
        if not text.startswith(self.shown):
            self._clear()
            self.shown = ""
        piece = text[len(self.shown) :]
        if not piece:
            return
        following = self.area.cursor_location == self.area.document.end
        self.area.insert(piece, self.area.document.end)
        if following:
            self.area.move_cursor(self.area.document.end)
        self.shown = text

    def end(self) -> None:
        """No more will come: from now on a person may type."""
        self.area.let_go()
        self.area.history.checkpoint()

    def take_back(self) -> None:
        """Let the area hold what it held before."""
        self.end()
        self.area.load_text(self.before)
