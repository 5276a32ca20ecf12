"""Asks before the program ends while a replay is on its way."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from inspector.gui.kit.dialog import FormDialog
from inspector.gui.kit.labels import Label
from inspector.gui.kit.theme import Theme
from inspector.session.replays import Progress
from inspector.session.session import Session


class QuitDialog(FormDialog):
    """Accepted where the replay is to be stopped and the program to end."""

    def __init__(
        self, session: Session, theme: Theme, runs: Sequence[Progress], parent: QWidget | None = None
    ) -> None:
        """`runs`: how far each is."""
        title = "A replay is running" if len(runs) == 1 else f"{len(runs)} replays are running"
        super().__init__(session, theme, title, "Stop and quit", parent)
        self.sentence = Label(theme, quit_text(runs), wraps=True)
        self.form.addWidget(self.sentence)
        self.cancel.show_as("Keep running", None)
        self.verb.clicked.connect(self.accept)
        self.verb.setFocus()


def quit_text(runs: Sequence[Progress]) -> str:
    """What becomes of them."""
    done = sum(run.sent + run.skipped for run in runs)
    total = sum(run.total for run in runs)
    they, them = ("It is", "it") if len(runs) == 1 else ("They are", "them")
    left = "what is left can be resumed next time"
    return f"{they} at {done:,} of {total:,}: quitting stops {them}, and {left}."
