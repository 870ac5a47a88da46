"""The screen of publishing: the four truths, what will be done, and doing it step by step with proof."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from core.errors import Cancelled, TaskdeckError
from tui.actions import bindings
from tui.bridges.publishing import Publishing, PublishWish
from tui.screens.menus import Choice, ask, ask_line
from tui.screens.sheet import Sheet
from tui.widgets.publish_view import Publication, PublishView

if TYPE_CHECKING:
    from core.publishing.publish import Step

TICK_SECONDS = 1.0

_WAYS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "other_commits": (("include", "i", "let them go along"),),
    "hook_added": (("include", "i", "let it go along"),),
    "no_upstream": (("choose_remote", "o", "choose the remote"),),
    "protected": (("new_branch", "b", "publish on a new branch"),),
    "rejected": (("new_branch", "b", "publish on a new branch"),),
    "detached": (("new_branch", "b", "make a branch here"),),
    "diverged": (("pull", "l", "see what the remote has"),),
    "behind": (("pull", "l", "see what the remote has"),),
    "conflict_markers": (("repair", "f5", "settle the task file"),),
    "damaged": (("repair", "f5", "repair the task file"),),
    "not_proven": (("look", "r", "look again"),),
    "moved": (("look", "r", "look again"),),
    "unreachable": (("look", "r", "ask again"),),
    "credentials": (("look", "r", "ask again"),),
}
"""What a key can do about a refusal: action, key, words."""


class PublishScreen(Sheet):
    """Looks when it opens; nothing is written before Enter."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("publish")
    scope = "publish"
    heading = "Publish"

    def __init__(self, publishing: Publishing) -> None:
        super().__init__(publishing.session, publishing.activity)
        self.publishing = publishing
        self.wish = PublishWish()
        self.publication = Publication()
        self.view = PublishView(publishing.now, id="publication")
        self.view.publication = self.publication
        self.cancelled = threading.Event()
        self.working = False
        """Whether the steps of a publication are being done."""

    def body(self) -> Iterable[Widget]:
        yield self.view

    def begin(self) -> None:
        self.view.focus()
        self.set_interval(TICK_SECONDS, self._tick)
        self.action_look()

    def _tick(self) -> None:
        if self.is_current and not self.working:
            self.view.update_lines()

    def show(self) -> None:
        """Show what is known by now."""
        publication = self.publication
        publication.include_unpushed = self.wish.include_unpushed
        publication.ways = [(key.upper() if key == "f5" else key, words) for _, key, words in self._ways()]
        state = publication.state
        if state is not None:
            publication.message = self.wish.message or self.publishing.subject_of(state)
            self.name_box(
                f"Publish {state.branch or 'no branch'} → {state.target or 'no remote'}", state.address
            )
        self.take_bars()
        self.view.update_lines()
        self.refresh_bindings()

    def _reasons(self) -> list[str]:
        shown = self.publication
        found = [shown.refusal] if shown.refusal else list(shown.state.problems) if shown.state else []
        return [reason for reason in (getattr(error, "reason", "") for error in found) if reason]

    def _ways(self) -> list[tuple[str, str, str]]:
        found = [way for reason in self._reasons() for way in _WAYS.get(reason, ())]
        # What is damaged may be another file than the one that can be repaired here.
        return [way for way in found if way[0] != "repair" or self.session.damage is not None]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        state, ways = self.publication.state, {way[0] for way in self._ways()}
        if action == "leave":
            return True
        if self.publication.busy and action != "leave":
            return action not in _WAITING
        if action == "publish":
            blocked = state is None or bool(state.problems) or state.proven
            return not blocked
        if action == "include":
            return "include" in ways or bool(state and state.others)
        if action in ("choose_remote", "new_branch", "repair"):
            return action in ways
        if action == "pull":
            return state is not None and state.target is not None
        if action == "message":
            return state is not None and not all(truths.committed for truths in state.truths)
        if action == "bring_back":
            return bool(state and state.gone)
        return True

    # Looking -------------------------------------------------------------------------------------------

    def action_look(self) -> None:
        self.publication.refusal = None
        self.publication.steps = {}
        self._look()

    def _look(self) -> None:
        self.start(self._check(), group="publish")

    async def _check(self) -> None:
        publication = self.publication
        publication.busy = "looking at the files, HEAD and the remote …"
        self.show()
        try:
            publication.state = await self.publishing.check(self.wish)
        except TaskdeckError as error:
            publication.refusal = publication.refusal or error
        finally:
            publication.busy = ""
        self.show()

    # Publishing ----------------------------------------------------------------------------------------

    def action_publish(self) -> None:
        if not self.working:
            self.start(self._publish(), group="publish")

    async def _publish(self) -> None:
        publication = self.publication
        publication.refusal, publication.steps = None, {}
        publication.busy = "publishing; esc stops before the next step"
        self.working = True
        self.cancelled.clear()
        self.view.scroll_home(animate=False)
        self.show()
        try:
            done = await self.publishing.publish(self.wish, self._take_step, self.cancelled)
            publication.state = done.state
        except TaskdeckError as error:
            publication.refusal = error
        finally:
            self.working = False
            publication.busy = ""
        self.show()
        if publication.refusal is not None:
            await self._after_refusal(publication.refusal)

    def _take_step(self, step: Step) -> None:
        self.publication.steps[step.name] = step
        if self.is_mounted:
            self.show()

    async def _after_refusal(self, error: TaskdeckError) -> None:
        """What was done stays; show how things stand now, with the refusal over it."""
        if isinstance(error, Cancelled):
            self.tell(error.message, "warning")
            self.publication.refusal = None
        await self._check()

    def action_leave(self) -> None:
        if self.working:
            self.cancelled.set()
            self.publication.busy = "stopping after this step …"
            self.show()
        else:
            self.dismiss(None)

    # Ways out ------------------------------------------------------------------------------------------

    def action_include(self) -> None:
        self.wish = replace(self.wish, include_unpushed=not self.wish.include_unpushed)
        if "other_commits" in self._reasons() or "hook_added" in self._reasons():
            self.publication.refusal = None
        self.show()

    def action_message(self) -> None:
        self.start(self._message(), group="dialog")

    async def _message(self) -> None:
        note = "Empty takes the usual one."
        said = await ask_line(self.deck, "The commit's message", self.wish.message, note)
        if said is not None:
            self.wish = replace(self.wish, message=said.strip())
            self.show()

    def action_choose_remote(self) -> None:
        self.start(self._choose_remote(), group="dialog")

    async def _choose_remote(self) -> None:
        names = await self.publishing.remotes()
        if not names:
            self.tell("The repository has no remote: `git remote add origin ADDRESS` adds one", "warning")
            return
        note = "The branch is made there under its own name, and remembers it."
        choices = [Choice(name, name) for name in names]
        name = await ask(self.deck, "Publish to which remote?", choices, note=note)
        if name is not None:
            self.wish = replace(self.wish, remote=name)
            self.action_look()

    def action_new_branch(self) -> None:
        self.start(self._new_branch(), group="dialog")

    async def _new_branch(self) -> None:
        state = self.publication.state
        remote = state.target.upstream.remote if state and state.target else None
        note = "Made at HEAD and checked out; every file and what is staged stay as they are."
        name = await ask_line(self.deck, "Name of the new branch", "", note)
        if not name or not name.strip():
            return
        await self.publishing.new_branch(name.strip())
        names = [remote] if remote else await self.publishing.remotes()
        self.wish = replace(self.wish, remote=names[0] if names else None)
        await asyncio.sleep(0)
        self.action_look()

    def action_pull(self) -> None:
        from tui.screens.pull import PullScreen

        def again(_answer: object) -> None:
            self.action_look()

        self.deck.push_screen(PullScreen(self.publishing, self.wish.remote), again)

    def action_bring_back(self) -> None:
        self.start(self._bring_back(), group="dialog")

    async def _bring_back(self) -> None:
        state = self.publication.state
        gone = await self.publishing.gone(state.gone) if state else []
        if not gone:
            self.action_look()
            return
        listed = "\n".join(gone[:_LISTED]) + (
            f"\nand {len(gone) - _LISTED} more" if len(gone) > _LISTED else ""
        )
        note = (
            f"{listed}\n\nWritten as git has {'it' if len(gone) == 1 else 'them'}; a staged deletion is "
            "unstaged. No other file is touched. To take it back, delete again."
        )
        what = "this file" if len(gone) == 1 else f"these {len(gone)} files"
        choices = [Choice("no", "Leave it as it is"), Choice("yes", f"Bring {what} back")]
        if await ask(self.deck, "Bring back what is gone?", choices, note=note) != "yes":
            return
        written = await self.publishing.bring_back(gone)
        count = len(written)
        self.tell(f"Brought back {count} file{'s' * (count != 1)}" if count else "Nothing was brought back")
        self.action_look()

    def action_repair(self) -> None:
        from tui.screens import first

        damage = self.session.damage
        if damage is not None:
            self.dismiss(None)
            self.deck.plan.start(first.show(self.deck, "damaged", damage), group="first")


_LISTED = 8
_WAITING = frozenset(
    (
        "publish",
        "include",
        "choose_remote",
        "new_branch",
        "pull",
        "repair",
        "bring_back",
        "message",
        "look",
    )
)
"""What has to wait while something is done."""
