"""The button that resumes the replay that was stopped in this window."""

from __future__ import annotations

from inspector.gui.kit.buttons import Button
from inspector.gui.kit.labels import plain_tip
from inspector.gui.kit.theme import Theme
from inspector.session.replays import RemainingPlan


class ResumeButton(Button):
    """Resumes the stopped replay of this window; hidden if there is none."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "Resume", icon="play", is_primary=True)
        self.plan_id: int | None = None
        self.hide()

    def show_rest(self, rest: RemainingPlan | None) -> None:
        """Suggest the remaining deliveries of a plan; None hides the button."""
        self.plan_id = None if rest is None else rest.plan_id
        if rest is not None:
            self.show_as(resume_text(rest.left), "play")
            self.setToolTip(plain_tip(f"To {rest.url}. Deliveries that were sent are not sent again."))
        self.setVisible(rest is not None)


def resume_text(left: int) -> str:
    """`Resume 1,265`."""
    return f"Resume {left:,}"
