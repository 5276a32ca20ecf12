"""The top of a respondent page: name, state and facts, conflicts, and one box per question."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QBoxLayout, QSizePolicy, QWidget

from inspector.base.clock import at_time
from inspector.base.quantity import counted, duration_text
from inspector.base.visible import visible
from inspector.domain.capture.rows import Mark
from inspector.domain.event.answers import AnswerEntry
from inspector.domain.respondent.respondent_history import Conflict, RespondentHistory
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.labels import ElidedLabel, Label
from inspector.gui.kit.layout import STRETCH, LayoutCell, at, column, grow, row
from inspector.gui.kit.theme import Theme
from inspector.gui.summary.page import KeyNumbers, MarkSign, WidgetPool, open_choices, stack_if

_STATES: dict[Mark, str] = {"complete": "complete", "partial": "partial", "opened": "opened, no answer"}
_MAX_RUNS = 50
_MAX_CONFLICTS = 5
_SIDE, _GAP = 19, 5
_MAX_BOXES = 24


class RespondentHead(QWidget):
    """Name, state and facts of a respondent. The name is shown before the others are read."""

    run_selected = Signal(int)
    """The number of a run, from 1."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._story: RespondentHistory | None = None
        self._mark = MarkSign(theme, 18, 26)
        self._name = ElidedLabel(theme, px=20, weight=600)
        self._state = Label(theme, tone="text2")
        self._run = Button(theme, "", is_quiet=True, has_menu=True)
        self._run.clicked.connect(self._open_runs)
        self._run.hide()
        self._facts = KeyNumbers(theme, px=13)
        names = row(theme, self._mark, self._name, 6, self._state, self._run, STRETCH, spacing=8)
        self._both: QBoxLayout = row(theme, grow(names), self._facts, spacing=12, on=self)

    @property
    def name(self) -> str:
        """The name of the respondent, made visible."""
        return self._name.text()

    def show_name(self, user_id: str) -> None:
        """Show a user id. An empty id is for anonymous respondents."""
        self._name.setText(visible(user_id[:200]) or "Anonymous")

    def show_story(self, story: RespondentHistory | None) -> None:
        """Show state, run and facts. None until they are read."""
        self._story = story
        self._mark.show_mark(story.mark if story is not None else None)
        self._state.setText(_STATES[story.mark] if story is not None else "")
        self._run.setVisible(story is not None and story.runs > 1)
        if story is not None:
            self._run.setText(f"run {story.run} of {story.runs}")
            self._run.setAccessibleName(f"Run {story.run} of {story.runs}, select another")
        self._facts.show_pairs(_facts(story) if story is not None else ())

    def set_narrow(self, is_narrow: bool) -> None:
        """Show the facts below the name if the page is narrow, otherwise next to it."""
        stack_if(is_narrow, self._both)

    @Slot()
    def _open_runs(self) -> None:
        if self._story is None:
            return
        runs = range(self._story.runs, max(self._story.runs - _MAX_RUNS, 0), -1)
        choices = ((f"Run {run}", run) for run in runs)
        open_choices(self._run, choices, self._select_run, current=f"Run {self._story.run}")

    @Slot(QAction)
    def _select_run(self, action: QAction) -> None:
        self.run_selected.emit(action.data())


def _facts(story: RespondentHistory) -> list[tuple[str, str]]:
    questions = [question for question in story.questions if question.entry.form != "gap"]
    when = "no completion yet"
    if story.completed_ms is not None:
        when = f"completion received {at_time(story.completed_ms)}"
    facts = []
    if questions:
        facts.append((f"{story.answered:,} of {len(questions):,} answered", when))
    span_ms = 0
    if story.arrivals:
        span_ms = story.arrivals[-1].received_ms - story.arrivals[0].received_ms
    facts.append((counted(story.captures, "capture"), f"in {duration_text(span_ms)}"))
    if story.platform:
        facts.append((story.platform, story.trigger or "no trigger"))
    facts.append((_verdicts(story), _secrets(story)))
    return facts


def _verdicts(story: RespondentHistory) -> str:
    if story.mix.get("valid", 0) + story.mix.get("rewritten", 0) == story.captures:
        return "All valid"
    most = sorted(story.mix.items(), key=lambda one: -one[1])[:2]
    return ", ".join(f"{count:,} {word}" for word, count in most)


def _secrets(story: RespondentHistory) -> str:
    if len(story.secrets) == 1:
        return f"secret {visible(story.secrets[0][:40])}"
    return f"{len(story.secrets)} secrets" if story.secrets else "no secret matched"


class ConflictBar(QWidget):
    """One line per question whose completion contradicts the last answer. Hidden if there are none."""

    compare_requested = Signal(object, object)
    """The ids of the two captures in the first conflict."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._conflicts: tuple[Conflict, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        lines = column(theme, spacing=4)
        self._lines = WidgetPool(lines, partial(_ConflictLine, theme))
        self.compare = Button(theme, "Compare both")
        self.compare.clicked.connect(self._compare)
        # Next to the higher button, a line must not grow, or its two labels move apart.
        centred = column(theme, STRETCH, lines, STRETCH, spacing=6)
        row(theme, grow(centred), self.compare, spacing=12, margins=(36, 8, 8, 8), on=self)
        self.hide()

    def show_conflicts(self, conflicts: Sequence[Conflict]) -> None:
        """Show the first five conflicts."""
        self._conflicts = tuple(conflicts)
        shown = self._conflicts[:_MAX_CONFLICTS]
        for line, conflict in zip(self._lines.take(len(shown)), shown, strict=True):
            line.show_conflict(conflict)
        self.setVisible(bool(shown))

    @Slot()
    def _compare(self) -> None:
        if self._conflicts:
            self.compare_requested.emit(self._conflicts[0].seen_in, self._conflicts[0].completed_in)

    def paintEvent(self, event: QPaintEvent) -> None:
        px = self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._theme.color("warning_soft"))
        painter.setBrush(self._theme.color("warning_soft"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        area = QRectF(px(12), 0, px(16), self.height())
        paint_icon(painter, "warning", self._theme, area, "warning", 16)


class _ConflictLine(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._what = Label(theme, weight=600)
        self._how = Label(theme, wraps=True)
        top = Qt.AlignmentFlag.AlignTop
        row(theme, at(top, self._what), LayoutCell(self._how, 1, top), spacing=8, on=self)

    def show_conflict(self, conflict: Conflict) -> None:
        name = f"Question {conflict.order}" if conflict.order else "A question"
        self._what.setText(f"{name} has two answers.")
        self._how.setText(
            f"The last answer was {conflict.seen}, but the completion has {conflict.completed}."
        )


class QuestionBoxes(QWidget):
    """One box per question: filled if answered, hollow if skipped, dotted if not asked. Counts follow."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        caption = Label(theme, "Questions", px=12, tone="text2")
        caption.setFixedWidth(theme.px(92))
        self._boxes = _Boxes(theme)
        self._counts = Label(theme, px=12, tone="text2")
        row(theme, caption, self._boxes, 8, grow(self._counts), spacing=4, on=self)

    @property
    def counts(self) -> str:
        """The numbers of questions answered, skipped and not asked, in words."""
        return self._counts.text()

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
        self._counts.setText((f"and {beyond:,} more: " if beyond > 0 else "") + ", ".join(parts))
        self.setVisible(bool(boxes))


class _Boxes(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._shown: list[tuple[str, str]] = []
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_boxes(self, boxes: list[tuple[str, str]]) -> None:
        """Show boxes by their text and the form of the answer."""
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
    """Return the text and form of each box. A gap may contain several questions."""
    first, _, last = entry.order.partition(" to ")
    if entry.form == "gap" and last.isdecimal():
        until = min(int(last), int(first) + _MAX_BOXES)
        return [(str(number), "gap") for number in range(int(first), until + 1)]
    return [(entry.order if len(entry.order) <= 3 else "…", entry.form)]
