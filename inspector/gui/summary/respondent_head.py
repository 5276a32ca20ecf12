"""The top of a respondent's page: mark, name, state and facts; and the heads of the columns below."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QAction, QPainter, QPaintEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QMenu, QSizePolicy, QVBoxLayout, QWidget

from inspector.base.clock import at_time
from inspector.base.visible import visible
from inspector.domain.capture.rows import Mark
from inspector.domain.respondent.respondent_history import RespondentHistory
from inspector.domain.statistics.scores import duration_text
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.labels import ElidedLabel, Hairline, Label
from inspector.gui.kit.menu_choice import make_exclusive
from inspector.gui.kit.theme import Theme
from inspector.gui.summary.headline import Headline
from inspector.gui.summary.history import COLUMNS
from inspector.gui.surveys.delegate import paint_mark

_WORDS: dict[Mark, str] = {"complete": "done", "partial": "partial", "opened": "opened, no answer"}
_MOST_RUNS = 50


class RespondentHead(QWidget):
    """What is not known yet is left out; the name is there at once."""

    run_selected = Signal(int)
    """A run by its number, from 1."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        px = theme.px
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._runs = 0
        self._run_shown = 0
        self._mark = _MarkSign(theme)
        self._name = ElidedLabel(theme, px=20, weight=600)
        self._state = Label(theme, tone="text2")
        self._run = Button(theme, "", is_quiet=True, has_menu=True)
        self._run.clicked.connect(self._open_runs)
        self._run.hide()
        self.facts = Headline(theme, px=13)
        names = QHBoxLayout()
        names.setSpacing(px(8))
        names.addWidget(self._mark)
        names.addWidget(self._name)
        names.addSpacing(px(6))
        names.addWidget(self._state)
        names.addWidget(self._run)
        names.addStretch(1)
        self._both = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._both.setContentsMargins(0, 0, 0, 0)
        self._both.setSpacing(px(12))
        self._both.addLayout(names, 1)
        self._both.addWidget(self.facts)

    @property
    def name(self) -> str:
        """Whose page it is."""
        return self._name.text()

    def show_name(self, user_id: str) -> None:
        """Whose page it is; empty stands for those without a user id."""
        self._name.setText(visible(user_id[:200]) or "Anonymous")

    def show_story(self, story: RespondentHistory | None) -> None:
        """Show what is known; null where nothing is yet."""
        self._mark.show_mark(story.mark if story is not None else None)
        self._state.setText(_WORDS[story.mark] if story is not None else "")
        self._runs = story.runs if story is not None else 0
        self._run_shown = story.run if story is not None else 0
        self._run.setVisible(self._runs > 1)
        if story is not None:
            self._run.setText(f"run {story.run} of {story.runs}")
            self._run.setAccessibleName(f"Run {story.run} of {story.runs}, choose another")
        self.facts.show_pairs(_facts(story) if story is not None else ())

    def set_narrow(self, is_narrow: bool) -> None:
        """Whether the facts stand below the name."""
        self._both.setDirection(
            QBoxLayout.Direction.TopToBottom if is_narrow else QBoxLayout.Direction.LeftToRight
        )

    @Slot()
    def _open_runs(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for run in range(self._runs, max(self._runs - _MOST_RUNS, 0), -1):
            action = menu.addAction(f"Run {run}")
            action.setData(run)
        make_exclusive(menu.actions())
        for action in menu.actions():
            action.setChecked(action.data() == self._run_shown)
        menu.triggered.connect(self._choose_run)
        menu.popup(self._run.mapToGlobal(QPoint(0, self._run.height())))

    @Slot(QAction)
    def _choose_run(self, action: QAction) -> None:
        self.run_selected.emit(action.data())


class ColumnHeads(QWidget):
    """Says what stands at the left and in the columns of the history."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = theme.px
        self._columns: list[Label] = []
        row = QHBoxLayout()
        row.setContentsMargins(px(48), 0, px(16), 0)
        row.setSpacing(0)
        row.addWidget(Label(theme, "Question, and the answer as it stands", px=12, tone="text2"), 1)
        row.addSpacing(px(8))
        for name, width in COLUMNS:
            label = Label(theme, name, px=12, tone="text2")
            label.setFixedWidth(px(width))
            self._columns.append(label)
            row.addWidget(label)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self.setFixedHeight(px(28) + 1)
        layout.addLayout(row, 1)
        layout.addWidget(Hairline(theme))

    def set_narrow(self, is_narrow: bool) -> None:
        """Whether the histories stand below, where these heads would name nothing."""
        for label in self._columns:
            label.setVisible(not is_narrow)


class _MarkSign(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._shown: Mark | None = None
        self.setFixedSize(theme.px(18), theme.px(26))

    def show_mark(self, mark: Mark | None) -> None:
        self._shown = mark
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._shown is not None:
            paint_mark(QPainter(self), QRectF(self.rect()), self._shown, self._theme)


def _facts(story: RespondentHistory) -> list[tuple[str, str]]:
    asked = [question for question in story.questions if question.entry.form != "gap"]
    when = (
        "no completion yet"
        if story.completed_ms is None
        else f"completion received {at_time(story.completed_ms)}"
    )
    facts = []
    if asked:
        facts.append((f"{story.answered:,} of {len(asked):,} answered", when))
    span_ms = 0
    if story.arrivals:
        span_ms = story.arrivals[-1].received_ms - story.arrivals[0].received_ms
    captures = f"{story.captures:,} capture{'' if story.captures == 1 else 's'}"
    facts.append((captures, f"in {duration_text(span_ms // 1000)}"))
    if story.platform:
        facts.append((story.platform, story.trigger or "no trigger"))
    facts.append(_verdicts(story))
    return facts


def _verdicts(story: RespondentHistory) -> tuple[str, str]:
    valid = story.mix.get("valid", 0) + story.mix.get("rewritten", 0)
    if valid == story.captures:
        loud = "All valid"
    else:
        kinds = sorted(story.mix.items(), key=lambda one: -one[1])
        loud = ", ".join(f"{count:,} {word}" for word, count in kinds[:2])
    if not story.secrets:
        return loud, "no secret matched"
    secret = visible(story.secrets[0][:40])
    return loud, f"secret {secret}" if len(story.secrets) == 1 else f"{len(story.secrets)} secrets"
