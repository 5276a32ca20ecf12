"""The top of a respondent's page: name, state and facts, conflicts, and one box per question."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QBoxLayout, QMenu, QSizePolicy, QWidget

from inspector.base.clock import at_time
from inspector.base.visible import visible
from inspector.domain.capture.rows import Mark
from inspector.domain.event.answers import AnswerEntry
from inspector.domain.respondent.respondent_history import Conflict, RespondentHistory
from inspector.domain.statistics.scores import duration_text
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.labels import ElidedLabel, Hairline, Label
from inspector.gui.kit.layout import STRETCH, LayoutCell, at, column, grow, row
from inspector.gui.kit.menus import make_exclusive
from inspector.gui.kit.theme import Theme
from inspector.gui.summary.page_head import KeyNumbers
from inspector.gui.summary.question_history import COLUMNS
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
        self.facts = KeyNumbers(theme, px=13)
        names = row(theme, self._mark, self._name, 6, self._state, self._run, STRETCH, spacing=8)
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
        row_layout = row(
            theme,
            grow(Label(theme, "Question, and the answer as it stands", px=12, tone="text2")),
            8,
            margins=(48, 0, 16, 0),
        )
        for name, width in COLUMNS:
            label = Label(theme, name, px=12, tone="text2")
            label.setFixedWidth(px(width))
            self._columns.append(label)
            row_layout.addWidget(label)
        self.setFixedHeight(px(28) + 1)
        column(theme, grow(row_layout), Hairline(theme), on=self)

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


_MOST = 5


class ConflictBar(QWidget):
    """Hidden where nothing contradicts."""

    capture_selected = Signal(object)
    compare_requested = Signal(object, object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._conflicts: tuple[Conflict, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._lines = column(theme, spacing=4)
        self._rows: list[tuple[QWidget, Label, Label]] = []
        self.compare = Button(theme, "Compare the two")
        self.compare.clicked.connect(self._compare)
        self.compare.hide()
        # Not higher than its text next to a higher button: else the two labels part.
        row(
            theme,
            grow(column(theme, STRETCH, self._lines, STRETCH, spacing=6)),
            self.compare,
            spacing=12,
            margins=(36, 8, 8, 8),
            on=self,
        )
        self.hide()

    def offer_compare(self) -> None:
        """Somebody compares what `compare_requested` names."""
        self.compare.show()

    def show_conflicts(self, conflicts: Sequence[Conflict]) -> None:
        """Say each in a line, the first few of many."""
        self._conflicts = tuple(conflicts)
        shown = self._conflicts[:_MOST]
        while len(self._rows) < len(shown):
            self._rows.append(self._new())
        for number, (whole, what, how) in enumerate(self._rows):
            whole.setVisible(number < len(shown))
            if number < len(shown):
                conflict = shown[number]
                name = f"Question {conflict.order}" if conflict.order else "A question"
                what.setText(f"{name} has two answers.")
                how.setText(
                    f"The last answer seen was {conflict.seen}, the completion says {conflict.completed}."
                )
        self.setVisible(bool(shown))

    @Slot()
    def _compare(self) -> None:
        if self._conflicts:
            self.compare_requested.emit(self._conflicts[0].seen_in, self._conflicts[0].completed_in)

    def _new(self) -> tuple[QWidget, Label, Label]:
        whole = QWidget()
        what = Label(self._theme, weight=600)
        how = Label(self._theme, wraps=True)
        row(
            self._theme,
            at(Qt.AlignmentFlag.AlignTop, what),
            LayoutCell(how, 1, Qt.AlignmentFlag.AlignTop),
            spacing=8,
            on=whole,
        )
        self._lines.addWidget(whole)
        return whole, what, how

    def paintEvent(self, event: QPaintEvent) -> None:
        px = self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._theme.color("warning_soft"))
        painter.setBrush(self._theme.color("warning_soft"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        area = QRectF(px(12), 0, px(16), self.height())
        paint_icon(painter, "warning", self._theme, area, "warning", 16)


_SIDE, _GAP = 19, 5
_MAX_BOXES = 24


class QuestionBoxes(QWidget):
    """The boxes, and in words how many of each there are."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        caption = Label(theme, "Questions", px=12, tone="text2")
        caption.setFixedWidth(theme.px(92))
        self._boxes = _Boxes(theme)
        self._words = Label(theme, px=12, tone="text2")
        row(theme, caption, self._boxes, 8, grow(self._words), spacing=4, on=self)

    def show_entries(self, entries: Sequence[AnswerEntry]) -> None:
        """Show other questions."""
        boxes = [box for entry in entries for box in _boxes_of(entry)]
        self._boxes.show_boxes(boxes[:_MAX_BOXES])
        skipped = sum(form == "empty" for _, form in boxes)
        gaps = [entry.order for entry in entries if entry.form == "gap"]
        answered = sum(form not in ("empty", "gap") for _, form in boxes)
        parts = [f"{answered:,} answered"]
        if skipped:
            parts.append(f"{skipped:,} skipped")
        if gaps:
            is_one = len(gaps) == 1 and " " not in gaps[0]
            parts.append(f"question{'' if is_one else 's'} {', '.join(gaps[:5])} not asked")
        beyond = len(boxes) - _MAX_BOXES
        self._words.setText((f"and {beyond:,} more: " if beyond > 0 else "") + ", ".join(parts))
        self.setVisible(bool(boxes))


class _Boxes(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._shown: list[tuple[str, str]] = []
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_boxes(self, boxes: list[tuple[str, str]]) -> None:
        self._shown = boxes
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        px = self._theme.px
        return QSize(px((_SIDE + _GAP) * max(len(self._shown), 1)), px(_SIDE + 2))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, px = self._theme, self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(11, 600))
        for place, (order, form) in enumerate(self._shown):
            area = QRectF(px((_SIDE + _GAP) * place) + 0.5, 0.5, px(_SIDE), px(_SIDE))
            is_filled = form not in ("empty", "gap")
            pen = QPen(theme.color("text2" if form != "gap" else "control_outline"), 1.2)
            if form == "gap":
                pen.setStyle(Qt.PenStyle.DotLine)
            painter.setPen(pen)
            painter.setBrush(theme.color("text2") if is_filled else Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area, 3, 3)
            painter.setPen(theme.color("base" if is_filled else "text2"))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, order)


def _boxes_of(entry: AnswerEntry) -> list[tuple[str, str]]:
    first, _, last = entry.order.partition(" to ")
    if entry.form == "gap" and last.isdecimal():
        until = min(int(last), int(first) + _MAX_BOXES)
        return [(str(number), "gap") for number in range(int(first), until + 1)]
    return [(entry.order if len(entry.order) <= 3 else "…", entry.form)]
