"""The two bars on top of a screen over the plan: always what those of the plan show."""

from __future__ import annotations

from typing import ClassVar

from tui.bridges.activity import Activity
from tui.bridges.session import Session
from tui.running import app_of
from tui.screens.work_screen import WorkScreen
from tui.widgets.header_bar import HeaderBar
from tui.widgets.pipeline_bar import PipelineBar

BARS_SECONDS = 0.5


class PlanBars(WorkScreen):
    """The plan alone works out what its bars say, and calls `take_bars` when that changed."""

    leads_to_cards: ClassVar[bool] = False
    """Whether the bar opens the card of a pull request from here."""

    def __init__(self, session: Session, activity: Activity) -> None:
        super().__init__(session, activity)
        self.header = HeaderBar(id="header")
        self.pipeline = PipelineBar(id="pipeline")

    def follow_bars(self) -> None:
        """Show them from now on."""
        self.take_bars()
        self.set_interval(BARS_SECONDS, self.take_bars)

    def take_bars(self) -> None:
        """Show in the bars what the plan's show by now."""
        plan = self.deck.plan
        for name in ("project", "stop", "branch", "tag", "planner", "cost", "sync"):
            setattr(self.header, name, getattr(plan.header, name))
        self.pipeline.stages = plan.pipeline.stages

    def on_screen_resume(self) -> None:
        self.take_bars()

    def on_pipeline_bar_proof_wanted(self, event: PipelineBar.ProofWanted) -> None:
        from tui.screens.proof import ProofScreen

        event.stop()
        if not (self.leads_to_cards and self.show_card(event.stage.run)):
            app_of(self).push_screen(ProofScreen(event.stage))
