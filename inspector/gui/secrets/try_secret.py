"""A dialog that tries a secret on the selected captures during typing, without storing it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from inspector.base.errors import InspectorError
from inspector.domain.capture.rows import CaptureRow
from inspector.domain.event.event import read_event
from inspector.domain.json.value import NotJSON, parse_bounded
from inspector.domain.signature.content import content_of
from inspector.domain.signature.evaluation import is_large
from inspector.domain.signature.secret import remarks
from inspector.domain.signature.verdict import Verdict
from inspector.gui.captures.line import CaptureLine, line_of
from inspector.gui.kit.badges import Badge, paint_glyph
from inspector.gui.kit.context.runner import LatestTask
from inspector.gui.kit.controls.secret_field import SecretField
from inspector.gui.kit.dialog import FormDialog
from inspector.gui.kit.labels import Label
from inspector.gui.kit.layout import grow, row
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session
from inspector.session.signature.diagnoses import MAX_TRIED

_SHOWN, _LINE = 6, 24
_COLUMNS = (20, 88, 66, 88)
"""Widths of glyph, verdict, time and event in px; the respondent gets the remaining width."""
_DEBOUNCE_MS = 150
_APP_KEYS_OF = 20
"""Maximum selected captures whose app_key is read."""
NOTHING_SELECTED = "Select captures in the list to try the secret on."


class TrySecretDialog(FormDialog):
    """A dialog that stays open next to the window, so that the user can select other captures."""

    used = Signal(str)
    """The user wants to add this secret; its name is asked next."""

    def __init__(
        self, session: Session, theme: Theme, ids: Sequence[int], parent: QWidget | None = None
    ) -> None:
        super().__init__(session, theme, "Try a secret", "Use this secret…", parent)
        self._session = session
        self._ids: tuple[int, ...] = ()
        self._app_keys: frozenset[str] = frozenset()
        self._load = LatestTask(session.tasks, "try a secret", self)
        self._keys_load = LatestTask(session.tasks, "read app keys", self)
        self.setModal(False)
        self.explain(
            "The selected captures are checked as you type. The secret is used exactly as typed, including"
            " whitespace, and is not saved."
        )
        self.secret = SecretField(theme, "Secret to try")
        self.add_field("Secret", self.secret, self.secret.text)
        self.remarks = Label(theme, px=12, weight=500, tone="warning", wraps=True)
        self.remarks.setMinimumHeight(self.remarks.fontMetrics().height())  # a remark moves nothing below it
        self.add(self.remarks, 6)
        self.outcome = Label(theme, weight=600, wraps=True)
        head = row(theme, grow(self.outcome))
        self.add(head)
        self.tried = TriedList(theme)
        self.add(self.tried, self.error)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DEBOUNCE_MS)
        self._timer.timeout.connect(self._try)
        self.secret.text.textChanged.connect(self._typed)
        self.verb.clicked.connect(self._use)
        self.finished.connect(self._end)
        self.secret.text.setFocus()
        self.show_selection(ids)

    @property
    def is_waiting(self) -> bool:
        """Whether the secret will be tried after a pause in typing."""
        return self._timer.isActive()

    @Slot(object)
    def show_selection(self, ids: Sequence[int]) -> None:
        """Try the secret on other captures."""
        self._ids = tuple(ids)[:MAX_TRIED]
        self._count = len(ids)
        self._app_keys = frozenset()
        self._keys_load.start(self._read_app_keys(self._ids[:_APP_KEYS_OF]))
        self._typed()

    @Slot()
    def _typed(self) -> None:
        self.error.hide()
        self._load.cancel()
        text = self.secret.text.text()
        self.verb.setEnabled(bool(text))
        self._recommend(False)
        self._show_remarks()
        if not self._ids:
            self._timer.stop()
            self._show_outcome(NOTHING_SELECTED, {})
        elif not text:
            self._timer.stop()
            many = "" if self._count == 1 else "s"
            self._show_outcome(f"Type a secret to try it on {self._count:,} capture{many}.", {})
        else:
            self._timer.start()

    @Slot()
    def _try(self) -> None:
        self._load.start(self._tried(self.secret.text.text()))

    async def _tried(self, text: str) -> None:
        try:
            verdicts = await self._session.diagnoses.try_secret(self._ids, text)
        except InspectorError as error:
            self.notify(str(error))
            return
        valid = sum(verdict.word == "valid" for verdict in verdicts.values())
        self._recommend(valid > 0)
        first = "" if self._count <= len(self._ids) else f" (the first {len(self._ids):,} selected)"
        self._show_outcome(f"{valid:,} of {len(verdicts):,} valid{first}.", verdicts)

    def _recommend(self, is_recommended: bool) -> None:
        """Let Return use the secret if it verifies a capture. Otherwise require a click."""
        self.verb.set_primary(is_recommended)
        self.verb.setDefault(is_recommended)

    def _show_outcome(self, sentence: str, verdicts: dict[int, Verdict]) -> None:
        self.outcome.setText(sentence)
        self.tried.show_verdicts(self._session.captures.rows(list(verdicts)), verdicts)
        self.fit()

    def _show_remarks(self) -> None:
        text = self.secret.text.text()
        found = [*remarks(text)]
        if text and text in self._app_keys:
            found.insert(0, "This is the app_key from the payloads, not the secret.")
        self.remarks.setText("\n".join(found))

    async def _read_app_keys(self, ids: Sequence[int]) -> None:
        keys: set[str] = set()
        for capture_id in ids:
            with suppress(InspectorError, NotJSON):
                capture = (await self._session.captures.detail(capture_id)).capture
                if not is_large(capture) and capture.kind != "refused":
                    key = read_event(parse_bounded(content_of(capture).body)).app_key
                    if key:
                        keys.add(key)
            await asyncio.sleep(0)
        self._app_keys = frozenset(keys)
        self._show_remarks()

    @Slot()
    def _use(self) -> None:
        text = self.secret.text.text()
        self.accept()
        self.used.emit(text)

    @Slot()
    def _end(self) -> None:
        self._timer.stop()
        self._load.cancel()
        self._keys_load.cancel()


class TriedList(QWidget):
    """The verdicts of the captures, at a fixed height so that nothing moves during typing."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._lines: list[tuple[Badge, CaptureLine]] = []
        self._more = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_verdicts(self, rows: Mapping[int, CaptureRow], verdicts: Mapping[int, Verdict]) -> None:
        """Show these verdicts, without captures that no longer exist."""
        found = [(one, verdict) for one, verdict in verdicts.items() if one in rows]
        found.sort(key=lambda pair: (pair[1].word != "valid", -pair[0]))
        self._lines = [
            (Badge.of(verdict, rows[one].is_json), line_of(one, rows[one])) for one, verdict in found[:_SHOWN]
        ]
        self._more = len(found) - len(self._lines)
        lines = [f"{badge.word}: {line.time}, {line.event}" for badge, line in self._lines]
        self.setAccessibleName("; ".join(lines) or "Nothing tried yet")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(400), self._theme.px(_LINE) * (_SHOWN + 1))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, height = self._theme, self._theme.px(_LINE)
        painter = QPainter(self)
        for number, (badge, line) in enumerate(self._lines):
            top = number * height
            paint_glyph(painter, QRectF(0, top, theme.px(14), height), badge, theme)
            x = theme.px(_COLUMNS[0])
            cells = (
                (badge.word, badge.word_tone, 500 if badge.is_loud else 400, _COLUMNS[1]),
                (line.time, "text2", 400, _COLUMNS[2]),
                (line.event, "text", 500 if line.is_loud else 400, _COLUMNS[3]),
                (line.respondent, "text2", 400, 0),
            )
            for text, tone, weight, column in cells:
                width = theme.px(column) if column else self.width() - x
                painter.setFont(theme.font(13, weight))
                painter.setPen(theme.color(tone))
                shown = theme.metrics(13, weight).elidedText(
                    text, Qt.TextElideMode.ElideRight, max(width - theme.px(6), 0)
                )
                painter.drawText(QRectF(x, top, width, height), Qt.AlignmentFlag.AlignVCenter, shown)
                x += width
        if self._more:
            painter.setFont(theme.font(12))
            painter.setPen(theme.color("text2"))
            area = QRectF(theme.px(_COLUMNS[0]), len(self._lines) * height, self.width(), height)
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, f"and {self._more:,} more")
