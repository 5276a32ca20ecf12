"""The lower part of the dialog *Responses*: learning how the sender retries, and the report about it."""

from __future__ import annotations

import json

import shiboken6
from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QPalette
from PySide6.QtWidgets import QWidget

from inspector.base.clock import now_ms, short_time
from inspector.base.quantity import duration_text, remaining_text
from inspector.base.visible import visible
from inspector.domain.response.parts import KIND_WORDS
from inspector.domain.response.retry_study import DEFAULT, RetryStudy, StudiedDelivery
from inspector.gui.kit.buttons import Button, IconButton
from inspector.gui.kit.context.runner import Runner
from inspector.gui.kit.controls.value_boxes import ComboBox
from inspector.gui.kit.dialog import BaseDialog
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.icons import IconMark
from inspector.gui.kit.labels import ElidedLabel, Hairline, Label
from inspector.gui.kit.layout import STRETCH, Scrolled, column, foot, grow, resize_within, row
from inspector.gui.kit.theme import Theme
from inspector.gui.responses.retry_line import RetryDot, RetryLine
from inspector.session.records.responses import retry_study_record
from inspector.session.responses import Responses

_TICK_MS = 1_000
_RUNNING, _ENDED = "Learning the sender’s retries", "The sender’s retries"
_WAITS = {
    "503": "503 Service Unavailable",
    "wait 31s": "Wait 31 s, then 200",
    "close": KIND_WORDS["close"],
    "never": KIND_WORDS["never"],
}
"""What the first deliveries of a study can get: the text of the rule, and its words."""


class StudyPanel(QWidget):
    """Shows a study as it runs, and its end. Its height is always the same. Hidden without a study."""

    closed = Signal()
    """The user closed this part."""

    def __init__(self, responses: Responses, theme: Theme, runner: Runner) -> None:
        super().__init__()
        self._responses = responses
        self._runner = runner
        self._closed_ms: int | None = None
        """When the study began that the user closed."""
        self.study: RetryStudy | None = None
        """The study that is shown."""
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Window)
        self._theme = theme
        self.title = Label(theme, _RUNNING, px=15, weight=600)
        self.sentence = ElidedLabel(theme, tone="text2")
        self.response = ComboBox(theme, "What the next delivery gets", _WAITS)
        self.response.activated.connect(self._response_selected)
        self.stop = Button(theme, "Stop and report", icon="stop")
        self.stop.clicked.connect(self._stop)
        self.report = Button(theme, "Show the report", icon="note")
        self.report.clicked.connect(self._show_report)
        self.again = Button(theme, "Learn again", icon="replay")
        self.again.clicked.connect(self._learn_again)
        self.close_button = IconButton(theme, "close", "Close this part")
        self.close_button.clicked.connect(self._close)
        self.line = RetryLine(theme)
        head = row(
            theme,
            IconMark(theme, "clock"),
            self.title,
            2,
            grow(self.sentence),
            *(self.response, self.stop, self.again, self.report, self.close_button),
            spacing=8,
        )
        content = column(theme, head, self.line, spacing=6, margins=(20, 10, 20, 6))
        column(theme, Hairline(theme), content, on=self)
        self._clock = QTimer(self)
        self._clock.setInterval(_TICK_MS)
        self._clock.timeout.connect(self._tick)
        theme.changed.connect(self._tint)
        self._tint()

    @Slot()
    def _tint(self) -> None:
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.Window, self._theme.color("raised"))
        self.setPalette(palette)

    def show_study(self, study: RetryStudy) -> None:
        """Show how far a study is, or its conclusions after its end."""
        self.study = study
        is_running = study.is_running(now_ms())
        self.title.setText(_RUNNING if is_running else _ENDED)
        self.sentence.setText(study.sentence if is_running else " ".join(study.conclusions))
        is_waiting = is_running and not study.deliveries
        self.response.setVisible(is_waiting and self.response.findData(_text_of(study)) >= 0)
        self.response.setCurrentIndex(self.response.findData(_text_of(study)))
        for part in (self.again, self.report, self.close_button):
            part.setVisible(not is_running)
        self.stop.setVisible(is_running)
        self.stop.show_as("Stop and report" if study.deliveries else "Cancel", "stop")
        self.line.show_dots(
            [_dot(study, place) for place in range(len(study.deliveries))],
            f"{remaining_text(study.left_s(now_ms()) * 1000)} left" if is_running else "",
            _hint(study) if is_running else "",
        )
        if is_running:
            self._clock.start()
        else:
            self._clock.stop()

    @Slot()
    def _tick(self) -> None:
        if self.study is not None and self.isVisible():
            self.show_study(self.study)

    # ---- what the session knows

    def learn(self) -> None:
        """Let the next delivery fail to learn how the sender retries, unless a study is running."""
        if self._responses.learning is None:
            self._begin(DEFAULT)
        self.stop.setFocus(Qt.FocusReason.TabFocusReason)

    @Slot()
    def refresh(self) -> None:
        """Show the running study or the latest one, unless the user has closed it."""
        study = self._responses.learning or self._responses.report
        self.setVisible(study is not None and study.begun_ms != self._closed_ms)
        if study is not None:
            self.show_study(study)

    def _begin(self, response: str) -> None:
        self._runner.run(self._learned(response), "learn the retries of a sender")

    async def _learned(self, response: str) -> None:
        if self._responses.learning is not None:
            await self._responses.stop_learning()
        await self._responses.learn(response)

    @Slot(int)
    def _response_selected(self, _place: int) -> None:
        self._begin(self.response.currentData())

    @Slot()
    def _learn_again(self) -> None:
        self._begin(DEFAULT if self.study is None else _text_of(self.study))

    @Slot()
    def _stop(self) -> None:
        has_report = self.study is not None and bool(self.study.deliveries)
        self._runner.run(self._stopped(has_report=has_report), "stop learning the retries of a sender")

    async def _stopped(self, *, has_report: bool) -> None:
        ended = await self._responses.stop_learning()
        if not has_report:
            self._closed_ms = ended.begun_ms  # it was cancelled before the first delivery
        if shiboken6.isValid(self):  # its dialog may be closed by now
            QTimer.singleShot(0, self, self._show_report if has_report else self.refresh)

    @Slot()
    def _show_report(self) -> None:
        self.refresh()
        if (study := self._responses.report) is not None:
            StudyReport(self._theme, study, self.window()).open()

    @Slot()
    def _close(self) -> None:
        self._closed_ms = None if self.study is None else self.study.begun_ms
        self.refresh()
        self.closed.emit()


class StudyReport(BaseDialog):
    """The report as a page of text, to be copied as text or as JSON."""

    def __init__(self, theme: Theme, study: RetryStudy, parent: QWidget | None = None) -> None:
        super().__init__("The sender’s retries", parent)
        self._text = report_text(study)
        self._json = json.dumps(retry_study_record(study), indent=2, ensure_ascii=False)
        self.text = FlowText(theme, font=theme.fixed_font(12))
        self.text.setAccessibleName("Report")
        self.text.show_text(self._text)
        self.copy = Button(theme, "Copy the report", icon="copy", is_primary=True)
        self.copy.clicked.connect(self._copy)
        self.copy_json = Button(theme, "Copy as JSON", icon="code")
        self.copy_json.clicked.connect(self._copy_json)
        self.close_button = Button(theme, "Close", key="Esc")
        self.close_button.clicked.connect(self.reject)
        title = Label(theme, "The sender’s retries", px=16, weight=600)
        page = column(theme, title, self.text, STRETCH, spacing=10, margins=(20, 16, 20, 12))
        inner = QWidget()
        inner.setLayout(page)
        buttons = foot(theme, STRETCH, self.copy_json, self.copy, self.close_button)
        column(theme, grow(Scrolled(theme, inner)), Hairline(theme), buttons, on=self)
        resize_within(self, theme, theme.px(680), theme.px(380))

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text)
        self.copy.confirm()

    @Slot()
    def _copy_json(self) -> None:
        QGuiApplication.clipboard().setText(self._json)
        self.copy_json.confirm()


def report_text(study: RetryStudy) -> str:
    """Return the report as text: what it shows, then one line per delivery."""
    rows = [
        (
            f"{place + 1}.",
            _when(study, place),
            _got(one),
            ", ".join((study.note(place), *map(visible, one.differences))),
        )
        for place, one in enumerate(study.deliveries)
    ]
    widths = [max((len(row_[column_]) for row_ in rows), default=0) for column_ in range(3)]
    lines = [
        "  ".join((*(text.ljust(width) for text, width in zip(row_, widths, strict=False)), row_[-1]))
        for row_ in rows
    ]
    return "\n".join((*study.conclusions, "", *lines)).rstrip() + "\n"


def _hint(study: RetryStudy) -> str:
    """Return what happens next, before the first delivery."""
    times = "once" if study.times == 1 else f"{study.times} times"
    what = study.rule.sentence.partition(", for the first")[0].partition(" for the first")[0]
    return (
        f"The next trusted delivery and its retries get this {times}: {what}. After that, they get 200"
        " at once.\n"
        "The rules apply to all other deliveries. Learning continues while this dialog is closed, and ends"
        f" when nothing has come for {duration_text(study.quiet_s * 1000)}."
    )


def _dot(study: RetryStudy, place: int) -> RetryDot:
    one = study.deliveries[place]
    return RetryDot(
        status=_got(one),
        is_refused=one.is_failure,
        when=_when(study, place),
        note=study.note(place),
        pause_s=study.gap_ms(place) / 1000,
    )


def _when(study: RetryStudy, place: int) -> str:
    if place == 0:
        return short_time(study.deliveries[0].received_ms)
    return f"+{duration_text(study.gap_ms(place))}"


def _got(one: StudiedDelivery) -> str:
    """Return what a delivery got, in one or two words."""
    return "left" if one.left_after_ms is not None else visible(one.response)


def _text_of(study: RetryStudy) -> str:
    """Return the text from which a study was begun, as in the list of responses."""
    text = study.rule.text
    return "wait 31s" if text.startswith("200 after 31s") else text
