"""The top of a survey page: its name, facts, key numbers, and the progress of counting."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QSizePolicy, QWidget

from inspector.base.visible import visible
from inspector.domain.query.scope import Scope
from inspector.gui.kit.labels import ElidedLabel, Hairline, Label
from inspector.gui.kit.layout import STRETCH, box, column, grow, row
from inspector.gui.kit.links import Link
from inspector.gui.kit.progress_bar import ProgressBar
from inspector.gui.kit.theme import Theme
from inspector.gui.summary.page import NARROW, KeyNumbers, stack_if
from inspector.session.summaries import Summary, SummaryHead, key_numbers, notes


class SurveyHead(QWidget):
    """Texts that change while the survey is counted, without moving anything."""

    stop_clicked = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._title = ElidedLabel(theme, px=20, weight=600)
        self._facts = ElidedLabel(theme, px=12, tone="text2")
        self.numbers = KeyNumbers(theme)
        self._notes = Label(theme, px=12, tone="text2", wraps=True)
        self._notes.hide()
        self._progress_text = Label(theme, px=12, tone="text2")
        self._bar = ProgressBar(theme, self)
        self._stop = Link(theme, "Stop")
        self._stop.setAccessibleName("Stop counting")
        self._stop.clicked.connect(self.stop_clicked)
        self._progress = box(row(theme, self._progress_text, self._bar, self._stop, STRETCH, spacing=8))
        self._progress.hide()
        names = column(theme, self._title, self._facts, spacing=2)
        self._top: QBoxLayout = row(theme, grow(names), self.numbers, spacing=20)
        content = column(theme, self._top, self._progress, self._notes, spacing=6, margins=(24, 12, 24, 12))
        column(theme, content, Hairline(theme), on=self)

    @property
    def title(self) -> str:
        """The name of the survey or group."""
        return self._title.text()

    @property
    def facts(self) -> str:
        """Ids, number of groups and platforms, below the title."""
        return self._facts.text()

    @property
    def notes(self) -> str:
        """Sentences about what is not counted; empty if everything is."""
        return self._notes.text()

    def show_name(self, scope: Scope, head: SummaryHead) -> None:
        """Show the name of the scope before anything is counted."""
        title, facts = _title(scope, head)
        self._show_texts(title, facts, "")
        self.numbers.show_pairs(())

    def show_summary(self, scope: Scope, summary: Summary) -> None:
        """Show the current counts of a scope."""
        title, facts = _title(scope, summary.head)
        if summary.tally.platforms:
            facts.append(", ".join(word for word, _ in summary.tally.platforms.most_common(4)))
        self._show_texts(title, facts, "  ".join(notes(summary)))
        self.numbers.show_pairs(key_numbers(summary))

    def show_progress(self, part: float | None, looked: int, total: int) -> None:
        """Show the fraction of captures counted, from 0 to 1. None when counting is complete."""
        self._progress.setVisible(part is not None)
        self._bar.show()
        self._stop.show()
        if part is not None:
            self._progress_text.setText(f"Counting {looked:,} of {max(looked, total):,} captures…")
            self._bar.show_part(min(part, 1.0))

    @Slot(str)
    def show_sentence(self, sentence: str) -> None:
        """Show why counting ended early."""
        self._progress_text.setText(sentence)
        self._bar.hide()
        self._stop.hide()
        self._progress.show()

    def _show_texts(self, title: str, facts: list[str], notes: str) -> None:
        self._title.setText(title)
        self._facts.setText("  ·  ".join(facts))
        self._notes.setText(notes)
        self._notes.setVisible(bool(notes))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        stack_if(self.width() < self._theme.px(NARROW), self._top)


def _title(scope: Scope, head: SummaryHead) -> tuple[str, list[str]]:
    """Return the title of a page and the facts below it, made visible."""
    name = visible(head.name or scope.survey_id or "")
    facts = [visible(scope.survey_id or "")] if head.name else []
    if scope.group_id is not None:
        return visible(scope.group_id) or "No group", [name, *facts]
    if head.groups:
        facts.append(f"{head.groups:,} group{'' if head.groups == 1 else 's'}")
    return name, facts
