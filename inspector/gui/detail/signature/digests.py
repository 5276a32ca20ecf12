"""The digests of the Signature tab: the received one, and the expected one per reading."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, QSizeF, Qt, Slot
from PySide6.QtGui import (
    QAction,
    QFontMetricsF,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QGridLayout, QMenu, QSizePolicy, QWidget

from inspector.base.visible import shortened, visible, visible_bytes
from inspector.domain.mask.mask import DOTS
from inspector.domain.signature.diagnosis.digest_forms import ReceivedDigits, received_digits
from inspector.domain.signature.explanation import Explanation, SecretResult
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.labels import ElidedLabel, Hairline, Label
from inspector.gui.kit.layout import STRETCH, row
from inspector.gui.kit.menus import make_exclusive
from inspector.gui.kit.theme import Theme
from inspector.session.signature.cures import SecretCure

_GROUP, _LINE = 8, 20
_GROUPS_PER_LINE = (4, 2, 1)
"""The largest number that fits is used. All of them fill the last line of a digest of 64 digits."""


class DigestView(QWidget):
    """Digits in groups of eight, up to four groups per line. Ctrl+C copies them without gaps."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._name = name
        self.lead = self.text = ""
        self.differs: tuple[bool, ...] = ()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_digest(self, text: str, differs: tuple[bool, ...] = (), lead: str = "") -> None:
        """Show `text`, already made visible, and mark the characters whose item in `differs` is true.

        `lead`, the text before the digits, has its own line, so that the groups stay aligned.
        """
        self.lead, self.text, self.differs = lead, text, differs
        marked = sum(differs)
        self.setAccessibleName(f"{self._name} {lead}{text}" + (f", {marked} digits differ" if marked else ""))
        self.setFixedHeight(self.sizeHint().height())
        self.update()

    def sizeHint(self) -> QSize:
        lines = max(1, self._lead_lines() - (-len(self.text) // (_GROUP * self._groups_per_line())))
        return QSize(self._width_of(_GROUPS_PER_LINE[0]), lines * self._theme.px(_LINE))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._width_of(_GROUPS_PER_LINE[-1]), self._theme.px(_LINE))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setFixedHeight(self.sizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.lead + self.text)
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, advance, line = self._theme, self._advance(), self._theme.px(_LINE)
        groups_per_line = self._groups_per_line()
        columns = _columns(groups_per_line)
        painter = QPainter(self)
        painter.setFont(theme.fixed_font())
        painter.setPen(theme.color("text"))
        for place, character in enumerate(self.lead):
            corner = QPointF(place % columns * advance, place // columns * line)
            painter.drawText(QRectF(corner, QSizeF(advance, line)), Qt.AlignmentFlag.AlignCenter, character)
        above = self._lead_lines()
        for place, character in enumerate(self.text):
            group = place // _GROUP
            column = place % (_GROUP * groups_per_line) + group % groups_per_line
            area = QRectF(column * advance, (above + group // groups_per_line) * line, advance, line)
            is_marked = place < len(self.differs) and self.differs[place]
            if is_marked:
                tint = area.adjusted(0, 2, 0.5, -2)
                painter.fillRect(tint, theme.color("invalid_soft"))
                painter.fillRect(
                    QRectF(tint.left(), tint.bottom() - 1, tint.width(), 1), theme.color("invalid")
                )
            painter.setPen(theme.color("invalid" if is_marked else "text"))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, character)
        if self.hasFocus():
            painter.setPen(theme.color("outline"))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _lead_lines(self) -> int:
        return -(-len(self.lead) // _columns(self._groups_per_line()))

    def _groups_per_line(self) -> int:
        fitting = (groups for groups in _GROUPS_PER_LINE if self._width_of(groups) <= self.width())
        return next(fitting, _GROUPS_PER_LINE[-1])

    def _width_of(self, groups: int) -> int:
        return round(self._advance() * _columns(groups)) + 2

    def _advance(self) -> float:
        return QFontMetricsF(self._theme.fixed_font(), self).horizontalAdvance("0")


def _columns(groups: int) -> int:
    """Return the width of a line in characters: its groups and the gaps between them."""
    return _GROUP * groups + groups - 1


def how_many_differ(received: bytes, expected: str) -> str:
    """Return `58 of 64 digits differ.`, or how the lengths or the notation differ."""
    if received == expected.encode():
        return "All digits match."
    digits = received_digits(received)
    if len(digits.text) != len(expected):
        unit = "characters" if len(digits.text) == len(received) else "digits"
        return f"Received {len(digits.text):,} {unit}, expected {len(expected)}."
    if count := sum(digits.differences(expected)):
        return f"{count} of {len(expected)} digits differ."
    if digits.text.encode("latin-1") == received:
        return "Only the letter case differs. The documented check is case-sensitive."
    return "The digits match, but their notation differs. The documented check compares the exact text."


_LONGEST_RECEIVED = 512


class _DigestRow:
    """A row of the grid: a name, its digest, and a note below it."""

    def __init__(self, theme: Theme, grid: QGridLayout, name: str, accessible_name: str) -> None:
        self.name = Label(theme, name, px=12, tone="text2")
        self.view = DigestView(theme, accessible_name)
        self.note = FlowText(theme, font=theme.font(12), tone="text2")
        self.note.hide()
        place = grid.rowCount()
        grid.addWidget(self.name, place, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.view, place, 1)
        grid.addWidget(self.note, place + 1, 1)

    def show_note(self, text: str) -> None:
        """Show another note, or hide it if `text` is empty."""
        self.note.show_text(text)
        self.note.setVisible(bool(text))

    def set_visible(self, is_visible: bool) -> None:
        """Show or hide the row and its note."""
        self.name.setVisible(is_visible)
        self.view.setVisible(is_visible)
        self.note.setVisible(is_visible and bool(self.note.toPlainText()))


class Digests(QWidget):
    """The received digest, and the expected one per reading for the selected secret."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        px = theme.px
        self._explanation: Explanation | None = None
        self._cure: SecretCure | None = None
        self._is_hidden = False
        self._name: str | None = None
        self._selected: str | None = None
        self.secrets = QMenu(self)
        self.secrets.triggered.connect(self._select)
        self._used = Label(theme, "with", px=12, tone="text2")
        self._used_one = ElidedLabel(theme, px=12)
        self.secret = Button(theme, "", is_quiet=True, has_menu=True)
        self.secret.clicked.connect(self._open_menu)
        title = Label(theme, "Digests", px=13, weight=600)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(px(12))
        grid.setVerticalSpacing(px(4))
        grid.setColumnMinimumWidth(0, px(84))
        grid.setColumnStretch(1, 1)
        grid.setRowMinimumHeight(0, px(28))
        head = row(theme, title, STRETCH, self._used, self._used_one, self.secret, spacing=6)
        grid.addLayout(head, 0, 0, 1, 2)
        self._received = _DigestRow(theme, grid, "Received", "Received")
        self._decoded = _DigestRow(theme, grid, "Decoded", "Decoded")
        self._raw = _DigestRow(theme, grid, "Expected", "Expected")
        self._stringify = _DigestRow(theme, grid, "Stringified", "Expected for JSON.stringify")
        self.received, self.decoded = self._received.view, self._decoded.view
        self.raw, self.stringify, self.raw_note = self._raw.view, self._stringify.view, self._raw.note
        self._none = FlowText(theme, font=theme.font(12.5), tone="text2")
        self._none.show_text("Nothing to compare with: this needs a secret and a complete body.")
        last = grid.rowCount()
        grid.addWidget(self._none, last, 1)
        grid.setRowMinimumHeight(last + 1, px(6))
        grid.addWidget(Hairline(theme), last + 2, 0, 1, 2)

    def show_explanation(
        self, explanation: Explanation, cure: SecretCure | None = None, *, is_hidden: bool = False
    ) -> None:
        """Show the digests of another explanation, or dots instead. Hide the widget if there are none.

        `cure` is a proved correction of one of the secrets.
        """
        self._explanation, self._cure, self._is_hidden = explanation, cure, is_hidden
        compared = explanation.compared
        self._name = None if compared is None else compared.secret
        if any(tried.secret == self._selected for tried in explanation.tried):
            self._name = self._selected
        self._fill_menu(explanation.tried)
        self._show(explanation)

    def forget(self) -> None:
        """Forget the selected secret before another capture."""
        self._selected = None
        self.hide()

    def _show(self, explanation: Explanation) -> None:
        tried = next((one for one in explanation.tried if one.secret == self._name), None)
        expected = None if tried is None else tried.expected
        received = explanation.received
        digits = received_digits(received or b"")
        is_shown = received is not None or expected is not None
        self.setVisible(is_shown and not explanation.is_signed_here)
        self._show_secret(is_choice=len(explanation.tried) > 1)
        self._show_received(received, digits)
        has_one = explanation.is_canonical or not explanation.is_json
        self._none.setVisible(expected is None)
        if expected is not None:
            self._raw.name.setText("Expected" if has_one else "Raw body")
            counted = self._show_expected(self.raw, expected.raw, received, digits)
            cured = self._corrected()
            notes = (counted, cured or _only_reading(explanation))
            self._raw.show_note(" ".join(part for part in notes if part))
        if expected is not None and expected.stringify is not None:
            counted = self._show_expected(self.stringify, expected.stringify, received, digits)
            end = ", although it fails on a body this deep." if explanation.is_too_deep else "."
            note = f"{counted} Computed over JSON.stringify(JSON.parse(body)){end}"
            self._stringify.show_note(note.lstrip())
        self._raw.set_visible(expected is not None)
        self._stringify.set_visible(expected is not None and not has_one)

    def _corrected(self) -> str:
        """Return `Without the newline: 0.` if the shown secret has a proved correction."""
        cure = self._cure
        if cure is None or not cure.change or cure.name != self._name:
            return ""
        return f"{cure.change[0].upper()}{cure.change[1:]}: 0."

    def _show_secret(self, *, is_choice: bool) -> None:
        name = shortened(visible(self._name or ""), 40)
        self._used.setVisible(bool(name))
        self._used_one.setText(name)
        self._used_one.setVisible(bool(name) and not is_choice)
        self.secret.show_as(name, None)
        self.secret.setAccessibleName(f"Expected with the secret {name}")
        self.secret.setVisible(is_choice)

    def _show_received(self, received: bytes | None, digits: ReceivedDigits) -> None:
        """Show the received signature, and its digits if it is in base64."""
        self._decoded.set_visible(digits.is_decoded)
        if not received:
            self.received.show_digest("none" if received is None else "empty")
            return
        start = received[: digits.start]
        self._put(self.received, visible_bytes(received[digits.start : _LONGEST_RECEIVED]), lead=start)
        self._put(self.decoded, digits.text if digits.is_decoded else "")

    def _show_expected(
        self, view: DigestView, expected: str, received: bytes | None, digits: ReceivedDigits
    ) -> str:
        """Show an expected digest, and return how many digits differ from the received one."""
        self._put(view, expected, digits.differences(expected) if received else ())
        return how_many_differ(received, expected) if received else ""

    def _put(self, view: DigestView, text: str, differs: tuple[bool, ...] = (), lead: bytes = b"") -> None:
        """Show a digest, or dots if digests are hidden."""
        if self._is_hidden:
            view.show_digest(DOTS)
        else:
            view.show_digest(text, differs, visible_bytes(lead))

    def _fill_menu(self, tried: tuple[SecretResult, ...]) -> None:
        self.secrets.clear()
        for one in tried:
            text = shortened(visible(one.secret), 60).replace("&", "&&")
            action = self.secrets.addAction(f"{text} (matches)" if one.matched else text)
            action.setData(one.secret)
        make_exclusive(self.secrets.actions())
        for action in self.secrets.actions():
            action.setChecked(action.data() == self._name)

    @Slot()
    def _open_menu(self) -> None:
        self.secrets.popup(self.secret.mapToGlobal(QPoint(0, self.secret.height())))

    @Slot(QAction)
    def _select(self, action: QAction) -> None:
        self._name = self._selected = action.data()
        if self._explanation is not None:
            self._show(self._explanation)


def _only_reading(explanation: Explanation) -> str:
    """Return why there is only one reading, or an empty text."""
    if not explanation.is_json:
        return "The body is not JSON, so only its bytes are compared."
    if explanation.is_canonical and explanation.is_too_deep:
        return "JSON.stringify would return the same bytes, but fails on a body this deep."
    return "JSON.stringify returns the same bytes." if explanation.is_canonical else ""
