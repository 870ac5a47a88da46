"""The editor of the PRD: Markdown with an outline, an unsaved mark, and care for what others write."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static, TextArea
from textual.widgets.option_list import Option

from core.errors import TaskdeckError
from core.plain_text import printable
from core.project.setup import PRD_TEMPLATE
from tui.actions import bindings
from tui.bridges.prd_file import PrdFile, Section, sections_of
from tui.bridges.session import Session
from tui.editable_text import restore, visible
from tui.running import app_of
from tui.widgets.notice_bar import NoticeBar

HIGHLIGHT_BELOW = 50_000
"""Highlighting costs more than a frame per key above this many characters."""


class PrdEditor(Vertical):
    """Edits the PRD file of a session. Nothing typed is ever replaced without being asked."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("prd")

    class Edited(Message):
        """The unsaved mark came or went."""

    class OutlineWanted(Message):
        """The person wants to jump to a section."""

    @dataclass
    class DifferenceWanted(Message):
        """The person wants to see both versions of the PRD side by side."""

        theirs: str
        mine: str

    class Left(Message):
        """The focus goes back to the tree."""

    def __init__(self, session: Session, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.session = session
        self.file = PrdFile(session)
        self.said = Static("", id="prd-said")
        self.notice = NoticeBar(id="prd-notice")
        self.area = TextArea("", id="prd-text", soft_wrap=True, show_line_numbers=True, compact=True)
        self.start_choices = OptionList(markup=False, compact=True, id="prd-start")
        self.unsaved = False
        self.loaded = asyncio.Event()
        self._focus_wanted = False
        self.area.display = self.start_choices.display = False

    def compose(self) -> ComposeResult:
        yield self.said
        yield self.notice
        yield self.start_choices
        yield self.area

    async def on_mount(self) -> None:
        await self._load()
        if self._focus_wanted:
            self.take_focus()

    def take_focus(self) -> None:
        """Focus what is to be typed in, at once or as soon as the file is read."""
        self._focus_wanted = not self.loaded.is_set()
        if not self._focus_wanted:
            (self.start_choices if self.start_choices.display else self.area).focus()

    async def _load(self) -> None:
        found = await asyncio.to_thread(self.file.read)
        if found is None:
            self._offer_start()
        else:
            self._put(found)
        self.loaded.set()

    def _offer_start(self) -> None:
        self.start_choices.clear_options()
        self.start_choices.add_options(
            [
                Option(
                    _explained("Start from a template", "headings with a question under each"), "template"
                ),
                Option(_explained("Start with an empty page", "write it your way"), "empty"),
            ]
        )
        self.start_choices.highlighted = 0
        self.start_choices.display = True
        self.area.display = False
        self.said.update(Content.styled(f" There is no PRD yet. It will be {self.file.shown}", "$muted"))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._put(PRD_TEMPLATE if event.option_id == "template" else "", saved="")
        self.area.focus()

    def _put(self, text: str, saved: str | None = None) -> None:
        self.file.loaded = text if saved is None else saved
        self.start_choices.display = False
        self.area.display = True
        self.area.language = "markdown" if len(text) < HIGHLIGHT_BELOW else None
        at = self.area.cursor_location
        self.area.load_text(visible(text))
        self.area.move_cursor(at)
        self._update()

    @property
    def text(self) -> str:
        """What the editor holds, control characters and line endings as they were in the file."""
        shown = self.area.text
        if shown == visible(self.file.loaded):
            return self.file.loaded
        return self.file.with_endings(restore(shown, self.file.loaded))

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self._update()

    def _update(self) -> None:
        was, self.unsaved = self.unsaved, self.text != self.file.loaded
        text = self.area.text
        counts = f"{len(text.split())} words · {len(sections_of(text))} sections"
        mark = ("  ● not saved", "bold $warning") if self.unsaved else ("", "")
        name = (f" {printable(self.file.shown)}", "$foreground")
        self.said.update(Content.assemble(name, mark, (f"  {counts}", "$muted")))
        if was != self.unsaved:
            self.post_message(self.Edited())

    # Saving, and what others write

    async def save(self, *, force: bool = False) -> bool:
        """Write what was typed. False when it was not (the bar says why)."""
        text = self.text
        if text == self.file.loaded and not force:
            return True
        try:
            written = await self.file.save(text, force=force)
        except TaskdeckError as error:
            self.session.activity.add("error", error.message, error.hint)
            self.notice.show(f"{error.message} {error.hint}", tone="error")
            return False
        if not written:
            self._show_conflict()
            return False
        self.notice.hide()
        self._update()
        return True

    async def look_outside(self) -> None:
        """Another program may have written the PRD: take it over, or ask when something is unsaved."""
        found = await asyncio.to_thread(self.file.read)
        if found is None or found == self.file.loaded:
            return
        if self.unsaved:
            self._show_conflict()
        else:
            self._put(found)
            self.session.activity.add("outside", "outside change: the PRD", self.file.shown)

    def _show_conflict(self) -> None:
        self.notice.show(
            f"{self.file.shown} was changed outside while you edited it.",
            [
                ("F2", "keep mine", "screen.prd_conflict('mine')"),
                ("F3", "take theirs", "screen.prd_conflict('theirs')"),
                ("F4", "show the difference", "screen.prd_conflict('difference')"),
            ],
            "warning",
        )

    @property
    def in_conflict(self) -> bool:
        return self.notice.display

    async def settle(self, answer: str) -> None:
        """Answer the conflict: `mine`, `theirs` or `difference` (which only shows it)."""
        found = await asyncio.to_thread(self.file.read)
        if answer == "mine":
            await self.save(force=True)
        elif answer == "theirs" and found is not None:
            self.notice.hide()
            self._put(found)
        elif answer == "difference":
            self.post_message(self.DifferenceWanted(found or "", self.text))

    # Actions

    def action_save(self) -> None:
        app_of(self).run_worker(self.save(), group="prd", exit_on_error=False)

    def action_outline(self) -> None:
        self.post_message(self.OutlineWanted())

    @property
    def sections(self) -> list[Section]:
        """The sections of what the editor holds now."""
        return sections_of(self.area.text)

    @property
    def line(self) -> int:
        """The line of the cursor, counted from 1."""
        return self.area.cursor_location[0] + 1

    def go_to(self, line: int) -> None:
        """Put the cursor on a line, counted from 1, and show what follows it."""
        self.area.focus()
        self.area.move_cursor((line - 1, 0))
        self.area.scroll_to(
            y=max(0, self.area.wrapped_document.location_to_offset((line - 1, 0)).y - 2), animate=False
        )

    def action_leave(self) -> None:
        self.post_message(self.Left())


def _explained(label: str, note: str) -> Content:
    return Content.assemble((f"{label}  ", "bold"), (note, "$muted"))
