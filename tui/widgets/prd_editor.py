"""The editor of the PRD: Markdown with an outline, an unsaved mark, and care for what others write."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static, TextArea
from textual.widgets.option_list import Option

from core.errors import Conflict, TaskdeckError
from core.plain_text import plural, printable
from core.project.setup import PRD_TEMPLATE
from tui.actions import bindings
from tui.bridges.prd_file import PrdFile, Section, is_work, section_text, sections_of
from tui.bridges.session import Session
from tui.editable_text import restore, visible
from tui.running import app_of
from tui.widgets.notice_bar import NoticeBar
from tui.widgets.streamed_text import DraftArea, StreamedText

HIGHLIGHT_BELOW = 50_000
"""Highlighting costs more than a frame per key above this many characters."""


class PrdEditor(Vertical):
    """Shows and edits the PRD file of a session. Nothing typed is ever replaced without being asked.

    It is opened for reading, so that every key stays a command; `e` or Enter begins to type, Escape ends it.
    """

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

    class ReviewWanted(Message):
        """The person wants to know what a reader would find fault with."""

    class DraftWanted(Message):
        """The person wants a draft, or to decide about the one there is."""

    class StopWanted(Message):
        """The person wants the writing of the draft to stop."""

    class Left(Message):
        """The focus goes back to the tree."""

    def __init__(self, session: Session, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.session = session
        self.file = PrdFile(session)
        self.said = Static("", id="prd-said")
        self.notice = NoticeBar(id="prd-notice")
        self.draft_bar = NoticeBar(id="prd-draft")
        self.draft: StreamedText | None = None
        """The draft that is being written, or waits to be kept or discarded."""
        self.writing = False
        self.draft_whole = False
        """Whether the draft came to its end."""
        self.area = DraftArea("", id="prd-text")
        self.start_choices = OptionList(markup=False, compact=True, id="prd-start")
        self.unsaved = False
        self.loaded = asyncio.Event()
        self._focus_wanted = False
        self._then: Callable[[], object] | None = None
        self.area.read_only = True
        self.area.display = self.start_choices.display = False

    def compose(self) -> ComposeResult:
        yield self.said
        yield self.notice
        yield self.draft_bar
        yield self.start_choices
        yield self.area

    async def on_mount(self) -> None:
        await self._load()
        if self._focus_wanted:
            self.take_focus()

    def take_focus(self, then: Callable[[], object] | None = None) -> None:
        """Focus what is to be typed in, at once or as soon as the file is read; `then` follows that."""
        self._then = then or self._then
        self._focus_wanted = not self.loaded.is_set()
        if not self._focus_wanted:
            self.screen.set_focus(self.start_choices if self.start_choices.display else self.area)
            done, self._then = self._then, None
            if done is not None:
                self.call_later(done)

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
                Option(_explained("Draft it from an idea", "a few questions, then a draft"), "draft"),
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
        if event.option_id == "draft":
            self.action_draft()
            return
        self._put(PRD_TEMPLATE if event.option_id == "template" else "", saved="")
        self.action_edit()

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
        counts = f"{plural(len(text.split()), 'word')} · {plural(len(sections_of(text)), 'section')}"
        mark = ("  ● not saved", "bold $warning") if self.unsaved else ("", "")
        name = (f" {printable(self.file.shown)}", "$foreground")
        mode = ("  editing", "bold $accent") if self.editing else ("", "")
        self.said.update(Content.assemble(name, mode, mark, (f"  {counts}", "$muted")))
        if was != self.unsaved:
            self.post_message(self.Edited())

    # Saving, and what others write

    async def save(self, *, force: bool = False) -> bool:
        """Write what was typed. False when it was not (the bar says why)."""
        if self.writing:
            app_of(self).say("a draft is being written", "esc in the editor stops it")
            return False
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
        self.keep_draft()
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

    # A draft

    @property
    def holds_work(self) -> bool:
        """Whether a draft would take the place of something."""
        return is_work(self.text)

    @property
    def kept_words(self) -> str:
        """What becomes of the PRD on disk when a draft is saved."""
        return "a copy of the old one is kept" if is_work(self.file.loaded) else "nothing else stands there"

    def begin_draft(self) -> None:
        """From now on a draft is written here; nobody types meanwhile."""
        self.file.keep_next = True
        self.writing = True
        self.start_choices.display = False
        self.area.display = True
        self.draft = StreamedText(self.area)
        self.area.language = "markdown"
        self.area.focus()

    def say_writing(self, name: str, text: str, estimate: str) -> None:
        """Say who writes, how much there is by now, and what it can cost."""
        self.writing = True
        words = f"▶ {name} is writing, {plural(len(text.split()), 'word')}. {estimate}".rstrip()
        self.draft_bar.show(words, [("esc", "stop", "screen.stop_draft")])

    def show_draft(self, text: str) -> None:
        """Let the editor hold the draft so far."""
        if self.draft is not None:
            self.draft.show(text)

    def end_draft(self, words: str, *, whole: bool) -> None:
        """No more will come. A draft that is not whole stays only where there is something of it."""
        self.writing, self.draft_whole = False, whole
        if self.draft is None:
            return
        error = words.startswith("✗")
        self.draft.end()
        self._mode_changed()
        if self.draft.shown.strip():
            self.area.move_cursor((0, 0))
            self.offer_draft(words if whole else f"{words} What came is not whole.", error=error)
            return
        self.discard_draft()
        self.draft_bar.show(words, tone="error" if error else "warning")

    def offer_draft(self, words: str, *, error: bool = False) -> None:
        """The draft waits for a decision."""
        self.writing = False
        answers = [("^g", "keep, redo a section or discard", "screen.settle_draft")]
        self.draft_bar.show(f"{words} It is not saved.", answers, "error" if error else "offer")

    def keep_draft(self) -> None:
        """The draft is now as if it had been typed."""
        self.draft = None
        self.draft_bar.hide()

    def discard_draft(self) -> None:
        """Put back what stood here before the draft."""
        if self.draft is not None:
            drafted = self.draft.shown.strip()
            self.draft.take_back()
            if drafted:
                app_of(self).say("the draft is discarded", "^z in the editor brings it back")
        self.keep_draft()
        self._update()
        if not self.area.text and not self.file.loaded and not self.session.prd_path.exists():
            self._offer_start()

    @property
    def section(self) -> Section | None:
        """The section the cursor is in."""
        return next((one for one in reversed(self.sections) if one.line <= self.line), None)

    def text_of(self, section: Section) -> str:
        """The text of a section with those in it."""
        return section_text(self.area.text, section)

    def put_section(self, section: Section, before: str, text: str) -> None:
        """Put `text` in place of a section that still reads `before`; one edit that undoes as one."""
        if self.text_of(section) != before:
            raise Conflict("The section was changed meanwhile.", "Nothing was put in its place.")
        found = next((one for one in sections_of(text) if one.title == section.title), None)
        new = visible(section_text(text, found) if found else text).strip() + "\n"
        lines = before.count("\n")
        last = (section.line - 1 + lines, len(before.rsplit("\n", 1)[-1]))
        self.area.replace(
            new + ("\n" if lines and last < self.area.document.end else ""), (section.line - 1, 0), last
        )

    # Actions

    @property
    def editing(self) -> bool:
        """Whether keys are typed into the text."""
        return self.area.display and not self.area.read_only

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "edit":
            return self.area.display and self.area.read_only and not self.area.held
        return True

    def action_edit(self) -> None:
        self.area.read_only = False
        self.area.focus()
        self._mode_changed()

    def _mode_changed(self) -> None:
        self._update()
        self.refresh_bindings()

    def action_review(self) -> None:
        self.post_message(self.ReviewWanted())

    def action_draft(self) -> None:
        self.post_message(self.DraftWanted())

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

    def go_to(self, line: int, column: int = 1) -> None:
        """Put the cursor on a line and column, counted from 1, and show what follows."""
        self.area.focus()
        self.area.move_cursor((line - 1, column - 1))
        self.area.scroll_to(
            y=max(0, self.area.wrapped_document.location_to_offset((line - 1, 0)).y - 2), animate=False
        )

    def action_leave(self) -> None:
        if self.writing:
            self.post_message(self.StopWanted())
        elif self.editing:
            self.area.read_only = True
            self._mode_changed()
        else:
            self.post_message(self.Left())


def _explained(label: str, note: str) -> Content:
    return Content.assemble((f"{label}  ", "bold"), (note, "$muted"))
