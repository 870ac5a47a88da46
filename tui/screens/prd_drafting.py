"""From an idea to a PRD: questions, a draft that streams into the editor, and what becomes of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING

from core.errors import TaskdeckError
from tui.bridges.planning_run import planner_events
from tui.screens.menus import Choice, ask, ask_line
from tui.screens.planner_work import PlannerWork, for_the_app
from tui.screens.prd_unsaved import PrdUnsaved

if TYPE_CHECKING:
    from core.planning.gather import Gathered
    from core.planning.planner import Planner, PlannerEvent
    from tui.bridges.prd_file import Section
    from tui.widgets.prd_editor import PrdEditor

    Stream = Callable[[], AsyncIterator[PlannerEvent]]

EVERY = 0.1
"""A draft is shown at most so often, in seconds."""


class PrdDrafting(PrdUnsaved, PlannerWork):
    """Drafts the PRD, and parts of it anew. Only saving writes it to disk."""

    _idea = ""
    _writer: asyncio.Task[object] | None = None

    def on_prd_editor_draft_wanted(self) -> None:
        self.start_draft()

    def action_settle_draft(self) -> None:
        self.start_draft()

    def action_stop_draft(self) -> None:
        self.on_prd_editor_stop_wanted()

    def on_prd_editor_stop_wanted(self) -> None:
        if self._writer is not None:
            self._writer.cancel()

    def start_draft(self) -> None:
        """Draft the PRD; where a draft waits for a decision, ask for that."""
        self.start(self._draft(), group="draft")

    async def _draft(self) -> None:
        editor = self.prd
        if editor is None:
            return
        await editor.loaded.wait()
        if editor.writing:
            self.deck.say("a draft is being written", "esc in the editor stops it")
        elif editor.draft is not None:
            await self._settle(editor)
        else:
            await self._draft_whole(editor)

    async def _draft_whole(self, editor: PrdEditor) -> None:
        from tui.screens.idea_dialog import IdeaDialog

        planner = await self.planner()
        if editor.holds_work and not await self._may_write_over():
            return
        idea = await self.deck.push_screen_wait(IdeaDialog(planner.name))
        if idea is None:
            return
        self._idea = idea
        editor.begin_draft()
        # The words a draft ends with are those of what happened, whatever it was.
        words = "Stopped."
        whole = False
        try:
            gathered = await self._write(
                planner, lambda: planner.draft_prd(idea), "draft the PRD", editor, editor.show_draft
            )
            words, whole = gathered.done.summary if gathered.done else "", True
        except TaskdeckError as error:
            words = f"✗ {error.message} {error.hint}"
            if self.middle != "prd":
                self.tell(words, "error")
        finally:
            editor.end_draft(words, whole=whole)

    async def _may_write_over(self) -> bool:
        choices = [
            Choice("draft", "Draft another one", "what stands here comes back when you discard it", key="d"),
            Choice("keep", "Leave it as it is", key="escape"),
        ]
        note = "The draft stands in its place. Saving it keeps a copy of this one."
        return await ask(self.deck, "There is a PRD already", choices, note=note) == "draft"

    async def _write(
        self, planner: Planner, make: Stream, what: str, editor: PrdEditor, show: Callable[[str], None]
    ) -> Gathered:
        """Let the planner write; `show` gets the text so far. Raises what the planner raises."""
        from core.planning.gather import Gathered

        gathered = Gathered()
        self._writer = asyncio.current_task()
        editor.say_writing(planner.name, "", "")
        try:
            with self.activity.step(what) as step:
                stream = planner_events(make, EVERY)
                async with aclosing(stream) as batches:
                    async for batch in batches:
                        for event in batch:
                            self.hear(what, event)
                            gathered.take(event)
                        show(gathered.text)
                        editor.say_writing(planner.name, gathered.text, self._estimate)
                step.detail = gathered.done.summary if gathered.done else ""
        except TaskdeckError as error:
            for_the_app(error)
            raise
        finally:
            self._writer = None
            await self.count_cost()
        return gathered

    async def _settle(self, editor: PrdEditor) -> None:
        section = editor.section
        choices = [Choice("keep", "Keep it", f"^s then saves it; {editor.kept_words}", key="k")]
        if section is not None:
            choices.append(Choice("redo", f"Redo “{section.title}”", "the section of the cursor", key="r"))
        choices.append(Choice("discard", "Discard it", "back to what stood there before", key="d"))
        answer = await ask(self.deck, "The draft", choices, note="Nothing of it is saved yet.")
        if answer == "keep":
            editor.keep_draft()
        elif answer == "discard":
            editor.discard_draft()
        elif answer == "redo" and section is not None:
            await self._redo(editor, section)

    async def _redo(self, editor: PrdEditor, section: Section) -> None:
        """Write one section anew; the old one stays until the new one is whole."""
        planner = await self.planner()
        if planner.name.startswith("outline"):
            self.deck.say("rules would write the same again", "edit the section by hand")
            return
        title = f"Redo “{section.title}”"
        wish = await ask_line(self.deck, title, note="What should be different? It may stay empty.")
        if wish is None:
            return
        before = editor.text_of(section)
        prd = editor.text
        editor.area.hold()
        words = "Stopped; the section is as it was."
        try:
            gathered = await self._write(
                planner,
                lambda: planner.redraft(prd, before, wish, idea=self._idea),
                f"redo {section.title}",
                editor,
                lambda _text: None,
            )
            editor.put_section(section, before, gathered.text)
            editor.go_to(section.line)
            words = f"“{section.title}” is written anew."
        except TaskdeckError as error:
            words = f"✗ {error.message} {error.hint}"
        finally:
            editor.area.let_go()
            editor.offer_draft(words, error=words.startswith("✗"))
