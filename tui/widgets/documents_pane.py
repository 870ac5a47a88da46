"""The documents of a plan: the matrix above, below it the document under the cursor."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message

from tui.actions import bindings
from tui.bridges.documents import Documents
from tui.running import app_of
from tui.widgets.document_preview import DocumentPreview
from tui.widgets.documents_matrix import DocumentsMatrix
from tui.widgets.part_lines import CursorList

if TYPE_CHECKING:
    from core.documents.coverage import Coverage


class DocumentsPane(Vertical):
    """Shows a matrix. Arrow keys choose a document, Enter gives it the whole pane and takes it back."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("documents")

    class Highlighted(Message):
        """The cursor went to the documents of another task."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, documents: Documents, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.documents = documents
        self.matrix = DocumentsMatrix(id="matrix")
        self.preview = DocumentPreview(id="document")
        self._shown: Coverage | None = None

    def compose(self) -> ComposeResult:
        yield self.matrix
        yield self.preview

    def show(self, cursor_key: str | None) -> None:
        """Bring the matrix up to date and put the cursor on a task."""
        self._work(partial(self._show, cursor_key), "matrix")

    def _work(self, work: Callable[[], Awaitable[None]], group: str) -> None:
        """Run only the newest `work` of a group; the app says what fails."""
        app_of(self).run_worker(work, group=group, exclusive=True, exit_on_error=False)

    async def _show(self, cursor_key: str | None) -> None:
        self.matrix.show(await self.documents.whole_matrix())
        if cursor_key in self.matrix.keys:
            self.matrix.cursor_key = cursor_key
        await self._read()

    def on_cursor_list_highlighted(self, event: CursorList.Highlighted) -> None:
        event.stop()
        if event.key is not None and self.matrix.has_focus:
            self.post_message(self.Highlighted(event.key))
        self._work(self._read, "document")

    async def _read(self) -> None:
        file = self.matrix.chosen
        if file is None:
            self.preview.show("", None)
            return
        # A held arrow key goes past many documents that nobody wants to read.
        await asyncio.sleep(0.05)
        text = await self.documents.read(file.path, file.place) if file.place else None
        self.preview.show(file.path, text, self.matrix.words_of(file))

    def on_cursor_list_opened(self, event: CursorList.Opened) -> None:
        event.stop()
        self.action_toggle_document()

    def action_toggle_document(self) -> None:
        """The document alone, or with the matrix above it."""
        alone = not self.has_class("-alone")
        self.set_class(alone, "-alone")
        (self.preview if alone else self.matrix).focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "leave" or self.has_class("-alone")

    def action_leave(self) -> None:
        self.action_toggle_document()
