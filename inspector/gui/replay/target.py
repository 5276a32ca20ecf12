"""Asks what a named target is: its URL, its own headers, certificates, time-outs and marker."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from inspector.domain.capture.headers import header_lines, read_header_lines
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.dialog import FormDialog
from inspector.gui.kit.labels import Label
from inspector.gui.kit.save_file import ask_which
from inspector.gui.kit.theme import Theme
from inspector.gui.kit.value_boxes import DecimalBox
from inspector.session.session import Session
from inspector.session.targets import NamedTarget

_HEADER_LINES = 3


class TargetDialog(FormDialog):
    """Makes a target, or changes one."""

    saved = Signal(str)
    """The name of the target."""

    def __init__(
        self,
        session: Session,
        theme: Theme,
        parent: QWidget | None = None,
        *,
        name: str = "",
        url: str = "",
    ) -> None:
        """`name`: of the one that is changed, else empty."""
        super().__init__(session, theme, "Change a target" if name else "New target", "Save target", parent)
        self._session = session
        self.setObjectName("target-dialog")
        self._old: NamedTarget | None = None
        self._saved_as = name or None
        """The name of the target in the file; None while it is new."""
        px = theme.px
        self.name, self.url = _line("staging", name), _line("https://staging.example/hook", url)
        self.headers = QPlainTextEdit()
        self.headers.setFont(theme.fixed_font())
        self.headers.setTabChangesFocus(True)
        self.headers.setPlaceholderText("Authorization: Bearer …")
        self.headers.setFixedHeight(_HEADER_LINES * self.headers.fontMetrics().lineSpacing() + px(14))
        self.authority = _File(theme, "Certificate of a private authority", "the system’s authorities")
        self.certificate = _File(theme, "Client certificate", "none")
        self.key = _File(theme, "Key of the client certificate", "in the certificate’s file")
        self.connect_s, self.answer_s = _seconds(600), _seconds(3600)
        self.marker = QCheckBox("Mark each request with x-webhook-inspector-replay")
        for caption, field in (
            ("Name", self.name),
            ("URL", self.url),
            ("Own headers, one a line; their values are kept in the keyring", self.headers),
            ("Private authority", self.authority),
            ("Client certificate", self.certificate),
            ("Key", self.key),
        ):
            self._row(caption, field)
        times = QHBoxLayout()
        times.setSpacing(px(8))
        for caption, spin in (("Connect within", self.connect_s), ("answer within", self.answer_s)):
            label = Label(theme, caption, px=12, tone="text2")
            label.setBuddy(spin)
            spin.setAccessibleName(f"Seconds to {caption.removesuffix(' within').lower()}")
            spin.setMinimumHeight(px(28))
            times.addWidget(label)
            times.addWidget(spin)
        times.addStretch(1)
        self.form.addSpacing(px(4))
        self.form.addLayout(times)
        self.form.addWidget(self.marker)
        self.form.addWidget(self.trouble)
        self.verb.clicked.connect(self._save)
        self.name.setFocus()
        if name:
            self.verb.setEnabled(False)  # until the settings that have no field are known
            reading = self.runner.run(self._load(name), "read a target", self.notify)
            self.finished.connect(reading.cancel)

    async def _load(self, name: str) -> None:
        target = self._old = await self._session.targets.whole(name)
        self.verb.setEnabled(True)
        if target is None:
            return
        self.url.setText(target.url)
        self.headers.setPlainText(header_lines(target.headers))
        for field, path in (
            (self.authority, target.authority),
            (self.certificate, target.certificate),
            (self.key, target.key),
        ):
            field.line.setText("" if path is None else str(path))
        self.connect_s.setValue(target.connect_s or 0)
        self.answer_s.setValue(target.answer_s or 0)
        self.marker.setChecked(target.has_marker)
        if target.missing:
            self.notify(f"The values of {', '.join(target.missing)} are not at hand: give them again.")

    @Slot()
    def _save(self) -> None:
        self.working()
        self.runner.run(self._keep(), "save a target", self.notify)

    async def _keep(self) -> None:
        old = () if self._old is None else self._old.headers
        name = self.name.text().strip()
        told = await self._session.targets.save(
            NamedTarget(
                name=name,
                url=self.url.text().strip(),
                headers=read_header_lines(self.headers.toPlainText(), old),
                authority=self.authority.path,
                certificate=self.certificate.path,
                key=self.key.path,
                connect_s=self.connect_s.value() or None,
                answer_s=self.answer_s.value() or None,
                has_marker=self.marker.isChecked(),
            ),
            replaces=self._saved_as,
        )
        self._saved_as = name
        self.saved.emit(name)
        if told is None:
            self.accept()
            return
        # It is saved; how long its headers hold has to be read first.
        self._old = self._session.targets.find(name)
        self.notify(told)
        self.cancel.show_as("Close", None)

    def _row(self, caption: str, field: QWidget) -> None:
        if not isinstance(field, _File):
            field.setAccessibleName(caption)
        if isinstance(field, QLineEdit):
            field.setMinimumHeight(self._theme.px(28))
        self.add_field(caption, field)


class _File(QWidget):
    """A path, and the button that finds one."""

    def __init__(self, theme: Theme, name: str, without: str) -> None:
        super().__init__()
        self._name = name
        self.line = _line(without, "")
        self.line.setAccessibleName(name)
        self.line.setMinimumHeight(theme.px(28))
        choose = Button(theme, "Choose…")
        choose.setAccessibleName(f"Choose: {name}")
        choose.clicked.connect(self._choose)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(6))
        row.addWidget(self.line, 1)
        row.addWidget(choose)
        self.setFocusProxy(self.line)

    @property
    def path(self) -> Path | None:
        text = self.line.text().strip()
        return Path(text).expanduser().absolute() if text else None

    @Slot()
    def _choose(self) -> None:
        ask_which(self, self._name, kinds=("PEM (*.pem *.crt *.cer *.key)",), then=self.line.setText)


def _line(placeholder: str, text: str) -> QLineEdit:
    line = QLineEdit(text)
    line.setPlaceholderText(placeholder)
    line.setTextMargins(5, 0, 5, 0)
    return line


def _seconds(most: int) -> DecimalBox:
    spin = DecimalBox()
    spin.setRange(0, most)
    spin.setDecimals(1)
    spin.setSuffix(" s")
    spin.setSpecialValueText("as in the settings")
    return spin
