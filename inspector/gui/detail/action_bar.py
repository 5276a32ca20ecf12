"""The bar below the pane: what can be done with the capture that is shown."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QPoint, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from inspector.domain.verifier import VERIFIERS
from inspector.gui.actions import Actions
from inspector.gui.buttons import Button, IconButton
from inspector.gui.detail.words import counted
from inspector.gui.labels import ElidedLabel, Hairline
from inspector.gui.theme import Theme
from inspector.session.verifiers import verifier_text

_TOLD_MS = 4_000


class ActionBar(QWidget):
    """Replay and copy, beside the signature a verifier; what happened is told beside them for some
    seconds, and the rest is in a menu."""

    replay_clicked = Signal()
    told = Signal(str)
    """What happened while the bar is not to be seen."""

    def __init__(self, theme: Theme, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = theme.px
        self._body = b""
        self.verifier = next(iter(VERIFIERS.values()))
        """What was chosen last, until the program ends."""
        self._replay = Button(theme, "Replay", icon="replay", key=actions.key("replay"))
        self._replay.clicked.connect(self.replay_clicked)
        self._copy = Button(theme, "Copy body", icon="copy")
        self._copy.clicked.connect(self.copy_body)
        copy = actions["copy-verifier"]
        self._copy_verifier = Button(theme, copy.text(), icon="copy", key=actions.key("copy-verifier"))
        self._copy_verifier.setToolTip("Copy a receiver that checks signatures, ready to be saved and run")
        self._copy_verifier.clicked.connect(copy.trigger)
        self._language = Button(theme, self.verifier.label, has_menu=True)
        self._language.clicked.connect(self._open_languages)
        self._languages = QMenu(self)
        self._languages.triggered.connect(self._choose_language)
        for verifier in VERIFIERS.values():
            action = QAction(verifier.label, self._languages)
            action.setCheckable(True)
            action.setData(verifier.key)
            self._languages.addAction(action)
        self._more = IconButton(theme, "more", "More to do with this capture")
        self._more.clicked.connect(self._open_more)
        self._menu = QMenu(self)
        self._copy_action = QAction(self._copy.text(), self)
        self._copy_action.triggered.connect(self.copy_body)
        for one in (actions["replay"], self._copy_action, None, copy, actions["save-report"]):
            if one is None:
                self._menu.addSeparator()
            else:
                self._menu.addAction(one)
        self._told = ElidedLabel(theme, px=12, tone="text2")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_TOLD_MS)
        self._timer.timeout.connect(self._hush)
        row = QHBoxLayout()
        row.setContentsMargins(px(20), 0, px(16), 0)
        row.setSpacing(px(8))
        for button in (self._replay, self._copy, self._copy_verifier, self._language):
            row.addWidget(button)
        row.addWidget(self._told, 1)
        row.addWidget(self._more)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(Hairline(theme))
        layout.addLayout(row, 1)
        self.setFixedHeight(px(48))
        self.show_for_signature(False)

    def show_capture(self, body: bytes, not_replayable: str | None) -> None:
        """Act on another capture; `not_replayable` says why it cannot be sent."""
        self._body = body
        self._replay.setEnabled(not_replayable is None)
        self._replay.setToolTip(not_replayable or "")
        self._copy.setEnabled(bool(body))
        self._copy_action.setEnabled(bool(body))
        self._hush()

    def show_for_signature(self, is_signature: bool) -> None:
        """Offer what belongs beside a signature, or beside everything else."""
        for button in (self._replay, self._copy):
            button.setVisible(not is_signature)
        for button in (self._copy_verifier, self._language):
            button.setVisible(is_signature)
        self._hush()

    @Slot()
    def copy_verifier(self) -> None:
        """Put a receiver that checks signatures into the clipboard, in the chosen language."""
        text = verifier_text(self.verifier)
        QGuiApplication.clipboard().setText(text)
        count = len(text.splitlines())
        self._tell(f"Copied {counted(count, 'line')}.")

    @Slot()
    def copy_body(self) -> None:
        """Put the body into the clipboard: its bytes, and as text what of it is UTF-8."""
        data = QMimeData()
        data.setData("application/octet-stream", self._body)
        text = self._body.decode("utf-8", "replace")
        data.setText(text)
        QGuiApplication.clipboard().setMimeData(data)
        said = f"Copied {counted(len(self._body), 'byte')}."
        if text.encode() != self._body:
            said += " What is not UTF-8 became � in the text."
        self._tell(said)

    def _tell(self, sentence: str) -> None:
        if not self.isVisible():
            self.told.emit(sentence)
            return
        self._told.setText(sentence)
        self._timer.start()

    @Slot()
    def _open_languages(self) -> None:
        for action in self._languages.actions():
            action.setChecked(action.data() == self.verifier.key)
        _open_above(self._languages, self._language)

    @Slot(QAction)
    def _choose_language(self, action: QAction) -> None:
        self.verifier = VERIFIERS[action.data()]
        self._language.show_as(self.verifier.label, None)

    @Slot()
    def _open_more(self) -> None:
        _open_above(self._menu, self._more)

    @Slot()
    def _hush(self) -> None:
        self._told.setText("")


def _open_above(menu: QMenu, button: QWidget) -> None:
    """The bar stands at the bottom of the window: its menus open upwards."""
    menu.popup(button.mapToGlobal(QPoint(0, -menu.sizeHint().height())))
