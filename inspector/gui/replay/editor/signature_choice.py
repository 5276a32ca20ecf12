"""How an edited request is signed: again with a secret, with the captured signature, or not at all."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QWidget

from inspector.base.visible import visible
from inspector.domain.capture.capture import SIGNATURE_HEADER
from inspector.domain.capture.rows import CaptureDetail
from inspector.domain.replay.request_options import Edit, RequestOptions
from inspector.gui.kit.controls.value_boxes import ElidedComboBox
from inspector.gui.kit.labels import ElidedLabel
from inspector.gui.kit.layout import column, grow, row
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session

ORIGINAL, NONE = "Original signature", "No signature"
_ORIGINAL_DATA, _NONE_DATA = 0, 1


class SignatureChoice(QWidget):
    """The choice, a note about it, and a confirmation for a capture whose sender is unknown.

    The secret that verified the capture is the default: the captured signature fits only one body.
    """

    changed = Signal()

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._is_verified = True
        self._verified_by: str | None = None
        """The secret that verified the capture."""
        self.box = ElidedComboBox(theme, "Signature")
        self.box.setMinimumWidth(theme.px(120))
        self.box.setMaximumWidth(theme.px(236))
        self.note = ElidedLabel(theme, px=12, tone="text2")
        self.confirm = QCheckBox("Re-sign although the origin is unknown")
        self.confirm.setToolTip(
            "The original signature is not valid; a new one makes the request look genuine"
        )
        self.confirm.hide()
        self.box.currentIndexChanged.connect(self._show)
        self.confirm.toggled.connect(self.changed)
        line = row(theme, grow(self.box, 3), grow(self.note, 2), spacing=12)
        column(theme, line, self.confirm, spacing=4, on=self)

    def show_detail(self, detail: CaptureDetail) -> None:
        """Suggest the secret that verified a capture."""
        verdict = detail.row.verdict
        self._is_verified = verdict.word == "valid"
        self._verified_by = verdict.secret if self._is_verified else None
        secrets = self._session.secrets
        names = [(one.name, "") for one in secrets.active] + [
            (one.name, " (inactive)") for one in secrets.inactive
        ]
        names.sort(key=lambda one: one[0] != self._verified_by)
        self.box.blockSignals(True)
        self.box.clear()
        for name, state in names:
            self.box.addItem(f"Sign again with {visible(name)}{state}", name)
        self.box.addItem(ORIGINAL, _ORIGINAL_DATA)
        self.box.addItem(NONE, _NONE_DATA)
        is_known = any(name == self._verified_by for name, _ in names)
        self.box.setCurrentIndex(0 if is_known else self.box.count() - 2)
        self.box.blockSignals(False)
        self._show()

    def options(self, edit: Edit) -> RequestOptions:
        """Return the options for an edit with this signature."""
        data = self.box.currentData()
        if data == _NONE_DATA:
            edit = Edit(method=edit.method, headers=edit.headers, body=edit.body, dropped=(SIGNATURE_HEADER,))
        return RequestOptions(
            edit=edit,
            sign_with=data if isinstance(data, str) else None,
            is_resigning_unverified=self.confirm.isChecked() and not self.confirm.isHidden(),
        )

    def typed(self) -> tuple[object, ...]:
        """Return the choice, to compare later."""
        return self.box.currentText(), self.confirm.isChecked()

    @Slot()
    def _show(self) -> None:
        data = self.box.currentData()
        is_signing = isinstance(data, str)
        note = ""
        if is_signing and data == self._verified_by:
            note = f"{visible(data)} verified the original."
        elif is_signing and self._verified_by is not None:
            note = f"{visible(self._verified_by)} verified the original."
        elif data == _ORIGINAL_DATA:
            note = "It is valid only for the original body."
        elif data == _NONE_DATA:
            note = "The signature header is removed."
        self.note.setText(note)
        self.confirm.setVisible(is_signing and not self._is_verified)
        self.changed.emit()
