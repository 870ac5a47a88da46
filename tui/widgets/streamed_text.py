"""A text that grows in an editor: each time only what is new is put in, and all of it is one step of undo."""

from __future__ import annotations

from textual.document._edit import Edit
from textual.document._history import EditHistory
from textual.geometry import Offset
from textual.widgets import TextArea

from tui.editable_text import visible


class _PausedHistory(EditHistory):
    """An undo history that can look away while somebody else writes."""

    paused = False

    def record(self, edit: Edit) -> None:
        if not self.paused:
            super().record(edit)


class DraftArea(TextArea):
    """A text area for reading, for typing, and for watching while somebody else writes in it."""

    held = False
    """Whether somebody else writes here: nobody may type, and keys are no commands either."""
    _reading = True

    def __init__(self, text: str, *, id: str) -> None:
        super().__init__(text, id=id, soft_wrap=True, show_line_numbers=True, compact=True)
        history = self.history
        self.steps = _PausedHistory(
            history.max_checkpoints, history.checkpoint_timer, history.checkpoint_max_characters
        )
        self.history = self.steps

    def hold(self) -> None:
        """Somebody else writes from now on."""
        if not self.held:
            self._reading = self.read_only
        self.read_only = self.held = True

    def let_go(self) -> None:
        """From now on a person may do what was possible before."""
        if self.held:
            self.held = False
            self.read_only = self._reading

    def check_consume_key(self, key: str, character: str | None = None) -> bool:
        # Without this the letters of a hasty typist would be commands of the screen behind.
        held = self.held and character is not None and character.isprintable()
        return held or super().check_consume_key(key, character)

    def undo(self) -> None:
        if not self.held:
            super().undo()

    def redo(self) -> None:
        if not self.held:
            super().redo()

    def scroll_cursor_visible(self, center: bool = False, animate: bool = False) -> Offset:
        # Undoing a long text shows or hides the scroll bar before the cursor is back inside the document.
        if self.cursor_location[0] >= self.document.line_count:
            return Offset()
        return super().scroll_cursor_visible(center, animate)


class StreamedText:
    """Writes into `area` until `end`, while nobody else can; cursor and scroll stay free."""

    def __init__(self, area: DraftArea) -> None:
        self.area = area
        self.before = area.text
        self.shown = ""
        area.hold()
        area.steps.paused = True
        self._clear()

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
        """No more will come: from now on a person may type, and one undo brings back what stood before."""
        at = self.area.cursor_location
        self._whole(self.before)
        self.area.steps.paused = False
        self.area.steps.checkpoint()
        if self.shown.strip():
            self._whole(self.shown)
            self.area.move_cursor(at)
        self.area.steps.checkpoint()
        self.area.let_go()

    def take_back(self) -> None:
        """Let the area hold what it held before; this can be undone too."""
        self.area.steps.checkpoint()
        self._whole(self.before)
        self.area.move_cursor((0, 0))
        self.area.steps.checkpoint()

    def _whole(self, text: str) -> None:
        if self.area.text != text:
            self.area.replace(text, (0, 0), self.area.document.end)
