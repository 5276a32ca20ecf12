"""Asks whether deliveries that may have arrived are to be sent again."""

from __future__ import annotations

from inspector.base.quantity import counted
from inspector.gui.kit.question import Question
from inspector.gui.kit.theme import Theme
from inspector.session.plan_summary import PlanSummary


class UnknownQuestion(Question):
    """Shown after a run that left some in doubt; `plan_id` is the plan that they belong to."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "Send again")
        self.plan_id: int | None = None

    def ask(self, summary: PlanSummary) -> None:
        """Ask about the deliveries of a plan whose outcome is not known; where there are none, hide."""
        count = len(summary.unknown)
        self.plan_id = summary.plan_id if count else None
        self.hide()
        if count:
            self.put(
                f"{counted(count, 'capture')} may have arrived, though no answer came. Sent again, the"
                " receiver may get it twice.",
                f"Send {count:,} again",
            )
