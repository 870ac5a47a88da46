"""The ways from the plan to publishing, pulling, pull requests, the doctor and incident reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.screens.work_screen import WorkScreen

if TYPE_CHECKING:
    from tui.screens.incidents import InboxPlace


class PublishWork(WorkScreen):
    """Each opens a screen of its own; nothing is asked of the network before somebody opens one."""

    _inbox: InboxPlace | None = None
    """Where somebody was in the inbox of incidents."""

    def action_publish(self) -> None:
        from tui.screens.publish import PublishScreen

        self.deck.push_screen(PublishScreen(self.deck.publishing))

    def action_pull(self) -> None:
        from tui.screens.pull import PullScreen

        self.deck.push_screen(PullScreen(self.deck.publishing))

    def action_show_pull_request(self) -> None:
        snapshot = self.snapshot
        if snapshot is None:
            return
        task = self.task_of(self.task_tree.cursor_key)
        run = self.deck.pull_requests.latest(snapshot.tag.name, task.root.key if task else None)
        if run is None:
            self.deck.say("No run made a pull request yet", "s and d offer one before they begin")
            return
        self.show_card(run.id)

    def action_doctor(self) -> None:
        from tui.screens.doctor import DoctorScreen

        self.deck.push_screen(DoctorScreen(self.session, self.activity))

    def action_incidents(self) -> None:
        from tui.screens.incidents import InboxPlace, IncidentsScreen

        self._inbox = self._inbox or InboxPlace()
        self.deck.push_screen(IncidentsScreen(self.session, self.activity, self._inbox))
