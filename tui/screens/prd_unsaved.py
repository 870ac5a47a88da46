"""What is not saved in the PRD editor: asked about before a plan is made of it, and before leaving."""

from __future__ import annotations

from tui.running import app_of
from tui.screens.menus import Choice, ask
from tui.screens.prd_work import PrdWork


class PrdUnsaved(PrdWork):
    """Asks what becomes of typed text or of a draft. Nothing is written over without a copy."""

    async def prd_is_ready(self) -> bool:
        """Whether the file holds what a plan is to be made from; asks where something is not saved."""
        while self.unsaved:
            answer = await self._ask(
                "plan from it", "Plan from the file as it is saved", "Neither; stay here"
            )
            if answer == "file":
                return True
            if answer == "discard" and self.prd is not None:
                self.prd.discard_draft()
            elif answer != "save" or not await self.save_prd():
                return False
        return True

    async def may_leave(self) -> bool:
        """Whether the app may end; asks where something is not saved."""
        answer = await self._ask("leave", "Leave without saving it", "Stay")
        return answer in ("discard", "file") or (answer == "save" and await self.save_prd())

    async def _ask(self, then: str, without: str, stay: str) -> str | None:
        editor = self.prd
        staying = Choice("stay", stay, key="escape")
        if editor is None or editor.draft is None:
            choices = [Choice("save", f"Save the PRD and {then}", key="s"), Choice("file", without, key="l")]
            return await ask(app_of(self), "The PRD has changes that are not saved", [*choices, staying])
        if editor.writing:
            choices = [Choice("stay", "Wait for it", "esc in the editor stops it", key="escape")]
            if then == "leave":
                choices.append(Choice("discard", "Leave without it", key="d"))
            return await ask(app_of(self), "A draft of the PRD is being written", choices)
        discard = Choice("discard", f"Discard the draft and {then}", "the PRD stays as it was", key="d")
        save = Choice("save", f"Save the draft as the PRD and {then}", editor.kept_words, key="s")
        title = "A draft is not saved" if editor.draft_whole else "Half a draft is not saved"
        choices = [save, discard] if editor.draft_whole else [discard, save]
        return await ask(app_of(self), title, [*choices, staying])
