"""The progress of a check of a receiver, and its conclusion in one sentence."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from inspector.gui.kit.buttons import Button
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.labels import ElidedLabel, Label
from inspector.gui.kit.layout import at, column, grow, row
from inspector.gui.kit.progress_bar import ProgressBar
from inspector.gui.kit.theme import Theme
from inspector.session.receiver.check import TITLES

_NOTHING_YET = "Not checked yet"
_NOT = "Not checked"
_STOPPED = "Stopped before the first result."


class CheckProgress(QWidget):
    """A sentence with the button that stops the check; below it the current test, or an error."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.headline = Label(theme, _NOTHING_YET, px=15, weight=600, wraps=True)
        self.stop = Button(theme, "Stop", icon="stop")
        self.stop.setEnabled(False)
        self.about = ElidedLabel(theme, px=12, tone="text2", mode=Qt.TextElideMode.ElideMiddle)
        self.bar = ProgressBar(theme, self)
        self.error = FlowText(theme, font=theme.font(12.5, 500), tone="invalid")
        self.error.setAccessibleName("Error")
        self.error.hide()
        column(
            theme,
            row(theme, grow(self.headline), at(Qt.AlignmentFlag.AlignTop, self.stop), spacing=12),
            row(theme, grow(self.about), self.bar, spacing=12),
            self.error,
            spacing=6,
            on=self,
        )
        self.wait()

    def wait(self) -> None:
        """Show that nothing has been sent yet."""
        self._show_running(False)
        self._show_headline(_NOTHING_YET, "text")
        self.about.setText(f"{len(TITLES)} tests, one after another.")
        self._show_error("")

    def begin(self) -> None:
        """Show that the check has started and there was no response yet."""
        self._show_running(True)
        self._show_error("")
        self.show_done(0)
        self.about.setText("Connecting to the receiver…")

    def show_done(self, done: int) -> None:
        """Show that `done` tests are complete and the next one is being sent."""
        self._show_headline(f"{done} of {len(TITLES)}", "text")
        self.bar.show_part(done / len(TITLES))
        self.bar.setAccessibleName(f"{done} of {len(TITLES)} tests done")
        if done < len(TITLES):
            self.about.setText(f"Sending: {TITLES[done]}")

    def end(self, sentence: str, about: str, *, is_wrong: bool, problem: str = "") -> None:
        """Show the conclusion and what was checked. The sentence is empty if there is no result."""
        self._show_running(False)
        self._show_headline(sentence or _STOPPED, "invalid" if is_wrong else "text")
        self.about.setText(about)
        self._show_error(problem)

    def refuse(self, problem: str) -> None:
        """Show why there is no result."""
        self.wait()
        self._show_headline(_NOT, "text")
        self._show_error(problem)

    def clear_error(self) -> None:
        """Hide the error while the user fixes it."""
        self._show_error("")

    def show_missing(self, sentence: str) -> None:
        """Show what is missing before the check can start, until `clear_error`."""
        self._show_error(sentence)

    def _show_headline(self, sentence: str, tone: str) -> None:
        self.headline.setText(sentence)
        self.headline.set_tone(tone)

    def _show_error(self, problem: str) -> None:
        self.error.show_text(problem)
        self.error.setVisible(bool(problem))
        self.about.setVisible(not problem)  # shown in its place, so that nothing below it moves

    def _show_running(self, is_running: bool) -> None:
        self.stop.setEnabled(is_running)
        self.bar.setVisible(is_running)
