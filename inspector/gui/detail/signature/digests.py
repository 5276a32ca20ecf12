"""The digests of the Signature tab: what was received, and what was expected of each reading."""

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
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QMenu, QSizePolicy, QWidget

from inspector.base.visible import shortened, visible, visible_bytes
from inspector.domain.mask.mask import DOTS
from inspector.domain.signature.diagnosis.digest_forms import ReceivedDigits, received_digits
from inspector.domain.signature.explanation import Explanation, SecretResult
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.labels import ElidedLabel, Hairline, Label
from inspector.gui.kit.menus import make_exclusive
from inspector.gui.kit.theme import Theme

_GROUP, _LINE = 8, 20
_GROUPS_PER_LINE = (4, 2, 1)
"""As many as there is room for: a digest of 64 digits then fills its last line."""


class DigestView(QWidget):
    """Fixed digits, up to four groups per line; Ctrl+C copies them without the gaps."""

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
        """Show `text`, made visible already; `differs` says of each character whether it is marked.

        `lead`, what stands before its digits, has a line of its own, so that they stand in their groups.
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
    """`58 of 64 differ.`, or what else is the matter with their lengths or how they are written."""
    if received == expected.encode():
        return "All digits are the same."
    digits = received_digits(received)
    if len(digits.text) != len(expected):
        unit = "characters" if len(digits.text) == len(received) else "digits"
        return f"The received one has {len(digits.text):,} {unit}, the expected one {len(expected)}."
    if count := sum(digits.differences(expected)):
        return f"{count} of {len(expected)} differ."
    if digits.text.encode("latin-1") == received:
        return "Only upper and lower case differ; the documented check compares exactly."
    return "All digits are the same, but not how they are written; the documented check compares exactly."


_LONGEST_RECEIVED = 512


class Digests(QWidget):
    """Received, and expected for both readings where they are not the same; under which of several
    secrets is the user's choice."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        px = theme.px
        self._explanation: Explanation | None = None
        self._is_hidden = False
        self._name: str | None = None
        self._chosen: str | None = None
        self.secrets = QMenu(self)
        self.secrets.triggered.connect(self._choose)
        self._under = Label(theme, "under", px=12, tone="text2")
        self._under_one = ElidedLabel(theme, px=12)
        self.secret = Button(theme, "", is_quiet=True, has_menu=True)
        self.secret.clicked.connect(self._open_menu)
        self.received = DigestView(theme, "Received")
        self.decoded = DigestView(theme, "Decoded")
        self._decoded_name = Label(theme, "Decoded", px=12, tone="text2")
        self.raw = DigestView(theme, "Expected")
        self.stringify = DigestView(theme, "Expected of JSON.stringify")
        self._raw_name = Label(theme, "Expected", px=12, tone="text2")
        self._stringify_name = Label(theme, "Stringified", px=12, tone="text2")
        self.raw_note = FlowText(theme, font=theme.font(12), tone="text2")
        self._stringify_note = FlowText(theme, font=theme.font(12), tone="text2")
        self._none = FlowText(theme, font=theme.font(12.5), tone="text2")
        head = QHBoxLayout()
        head.addWidget(Label(theme, "Digests", px=13, weight=600))
        head.addStretch(1)
        head.addWidget(self._under)
        head.addWidget(self._under_one)
        head.addWidget(self.secret)
        head.setSpacing(px(6))
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(px(12))
        grid.setVerticalSpacing(px(4))
        grid.setColumnMinimumWidth(0, px(84))
        grid.setColumnStretch(1, 1)
        grid.setRowMinimumHeight(0, px(28))
        top = Qt.AlignmentFlag.AlignTop
        grid.addLayout(head, 0, 0, 1, 2)
        grid.addWidget(Label(theme, "Received", px=12, tone="text2"), 1, 0, top)
        grid.addWidget(self.received, 1, 1)
        grid.addWidget(self._decoded_name, 2, 0, top)
        grid.addWidget(self.decoded, 2, 1)
        grid.addWidget(self._raw_name, 3, 0, top)
        grid.addWidget(self.raw, 3, 1)
        grid.addWidget(self.raw_note, 4, 1)
        grid.addWidget(self._stringify_name, 5, 0, top)
        grid.addWidget(self.stringify, 5, 1)
        grid.addWidget(self._stringify_note, 6, 1)
        grid.addWidget(self._none, 7, 1)
        grid.setRowMinimumHeight(8, px(10))
        grid.addWidget(Hairline(theme), 9, 0, 1, 2)

    def show_explanation(self, explanation: Explanation, *, is_hidden: bool = False) -> None:
        """Show the digests of another explanation, or dots for them; nothing where there are none."""
        self._explanation, self._is_hidden = explanation, is_hidden
        compared = explanation.compared
        self._name = None if compared is None else compared.secret
        if any(tried.secret == self._chosen for tried in explanation.tried):
            self._name = self._chosen
        self._fill_menu(explanation.tried)
        self._show()

    def forget(self) -> None:
        """Another capture comes: which secret was looked at no longer matters."""
        self._chosen = None
        self.hide()

    def _show(self) -> None:
        explanation = self._explanation
        assert explanation is not None
        chosen = next((one for one in explanation.tried if one.secret == self._name), None)
        expected = None if chosen is None else chosen.expected
        came = explanation.received
        self.setVisible(came is not None or expected is not None)
        digits = received_digits(came or b"")
        self._show_received(came, digits)
        name = shortened(visible(self._name or ""), 40)
        is_choice = len(explanation.tried) > 1
        self._under.setVisible(bool(name))
        self._under_one.setText(name)
        self._under_one.setVisible(bool(name) and not is_choice)
        self.secret.show_as(name, None)
        self.secret.setAccessibleName(f"Expected under the secret {name}")
        self.secret.setVisible(is_choice)
        is_one = explanation.is_canonical or not explanation.is_json
        both = expected is not None and not is_one
        for part in (self.raw, self._raw_name, self.raw_note):
            part.setVisible(expected is not None)
        for part in (self.stringify, self._stringify_name, self._stringify_note):
            part.setVisible(both)
        self._none.setVisible(expected is None)
        self._none.show_text("Without a secret and a whole body there is nothing to compare it with.")
        if expected is None:
            return
        self._raw_name.setText("Raw body" if both else "Expected")
        self._put(self.raw, expected.raw, True, digits.differences(expected.raw) if came else ())
        same = "Raw and stringified body are the same bytes here." if explanation.is_canonical else ""
        if explanation.is_canonical and explanation.is_too_deep:
            same = "JavaScript’s own stringify gives up on so deep a body; it would print the same bytes."
        if not explanation.is_json:
            same = "The body is not JSON, so its bytes are the only reading."
        counted = how_many_differ(came, expected.raw) if came else ""
        self.raw_note.show_text(" ".join(part for part in (counted, same) if part))
        if expected.stringify is not None:
            text = expected.stringify
            self._put(self.stringify, text, True, digits.differences(text) if came else ())
            self._stringify_note.show_text(
                (how_many_differ(came, text) if came else "")
                + " Over JSON.stringify(JSON.parse(body))"
                + (", if JavaScript could print so deep a body." if explanation.is_too_deep else ".")
            )

    def _show_received(self, came: bytes | None, digits: ReceivedDigits) -> None:
        """The signature as it was received, and its digits if it has them in base64."""
        for part in (self.decoded, self._decoded_name):
            part.setVisible(digits.is_decoded)
        if not came:
            self._put(self.received, "none" if came is None else "empty", False)
            return
        received = came[:_LONGEST_RECEIVED]
        text, lead = visible_bytes(received[digits.start :]), visible_bytes(received[: digits.start])
        self._put(self.received, text, True, lead=lead)
        self._put(self.decoded, digits.text if digits.is_decoded else "", True)

    def _put(
        self, view: DigestView, text: str, is_digest: bool, differs: tuple[bool, ...] = (), lead: str = ""
    ) -> None:
        """A digest; of one that is hidden nothing but eight dots."""
        if self._is_hidden and is_digest:
            view.show_digest(DOTS)
        else:
            view.show_digest(text, differs, lead)

    def _fill_menu(self, tried: tuple[SecretResult, ...]) -> None:
        self.secrets.clear()
        for one in tried:
            text = shortened(visible(one.secret), 60).replace("&", "&&")
            action = QAction(f"{text}, which matches" if one.matched else text, self.secrets)
            action.setData(one.secret)
            self.secrets.addAction(action)
        make_exclusive(self.secrets.actions())
        for action in self.secrets.actions():
            action.setChecked(action.data() == self._name)

    @Slot()
    def _open_menu(self) -> None:
        self.secrets.popup(self.secret.mapToGlobal(QPoint(0, self.secret.height())))

    @Slot(QAction)
    def _choose(self, action: QAction) -> None:
        self._name = self._chosen = action.data()
        self._show()
