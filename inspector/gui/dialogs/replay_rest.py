"""The button that goes on with the plan that was stopped last."""

from __future__ import annotations

from inspector.gui.buttons import Button
from inspector.gui.labels import plain_tip
from inspector.gui.theme import Theme
from inspector.session.plan_rest import PlanRest


class RestButton(Button):
    """Hidden where nothing can go on; says which plan it is and how much of it is left."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "Resume", icon="play")
        self.plan_id: int | None = None
        self.hide()

    def show_rest(self, rest: PlanRest | None) -> None:
        """Offer what is left of a plan; null where there is none."""
        self.plan_id = None if rest is None else rest.plan_id
        if rest is not None:
            self.show_as(f"Resume replay {rest.plan_id:,}, {rest.left:,} left", "play")
            self.setToolTip(plain_tip(f"To {rest.url}: what is left of it is sent, and nothing twice."))
        self.setVisible(rest is not None)
