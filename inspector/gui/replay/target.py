"""The target of a replay: the field for a URL or a name, and the dialog that edits a named target."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QAction, QFocusEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QLineEdit,
    QMenu,
    QSizePolicy,
    QWidget,
)

from inspector.base.errors import InspectorError
from inspector.base.visible import visible
from inspector.domain.capture.headers import header_lines, read_header_lines
from inspector.domain.replay.address_text import typed_url
from inspector.gui.kit.buttons import Button, IconButton
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.context.runner import Runner
from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.gui.kit.controls.value_boxes import ComboBox, DecimalBox, LineField, TextBox
from inspector.gui.kit.dialog import FormDialog, ask_which
from inspector.gui.kit.labels import Label
from inspector.gui.kit.layout import STRETCH, caption, column, grow, row
from inspector.gui.kit.mask_overlay import LineMask
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session
from inspector.session.targets import Destination, NamedTarget

_HEADER_LINES = 3
_BACK_SOON = (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason)


class TargetDialog(FormDialog):
    """The dialog that creates or changes a named target."""

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
        """`name` is the target to change; an empty name creates one."""
        super().__init__(session, theme, "Change target" if name else "New target", "Save target", parent)
        self._session = session
        self.setObjectName("target-dialog")
        self._old: NamedTarget | None = None
        self._saved_as = name or None
        """The name of the target in the file; None while it is new."""
        px = theme.px
        self.name = LineField(theme, "Name", example="staging", text=name)
        self.url = LineField(theme, "URL", example="https://staging.example/hook", text=url)
        self.headers = TextBox(theme)
        self.headers.setFont(theme.fixed_font())
        self.headers.setPlaceholderText("Authorization: Bearer …")
        self.headers.setFixedHeight(_HEADER_LINES * self.headers.fontMetrics().lineSpacing() + px(14))
        self.authority = _File(theme, "Certificate of a private CA", "the system’s CAs")
        self.certificate = _File(theme, "Client certificate", "none")
        self.key = _File(theme, "Key of the client certificate", "in the certificate’s file")
        self.connect_s = DecimalBox(theme, "Seconds to connect", 0, 600, unit=" s")
        self.answer_s = DecimalBox(theme, "Seconds to respond", 0, 3600, unit=" s")
        self.marker = QCheckBox("Mark each request with x-webhook-inspector-replay")
        own_headers = "Extra headers, one per line (values are stored in the keyring)"
        self.headers.setAccessibleName(own_headers)
        for text, field in (
            ("Name", self.name),
            ("URL", self.url),
            (own_headers, self.headers),
            ("Private CA", self.authority),
            ("Client certificate", self.certificate),
            ("Key", self.key),
        ):
            self.add_field(text, field)
        times: list[QWidget] = []
        for text, spin in (("Connect within", self.connect_s), ("respond within", self.answer_s)):
            spin.setSpecialValueText("from settings")
            times += [caption(theme, text, spin, px=12), spin]
        self.add(4, row(theme, *times, STRETCH, spacing=8), self.marker, self.error)
        self.verb.clicked.connect(self._save)
        self.name.setFocus()
        if name:
            self.verb.setEnabled(False)  # disabled until the settings without a field are known
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
            self.notify(
                f"The values of {', '.join(target.missing)} are not in the keyring. Enter them again."
            )

    @Slot()
    def _save(self) -> None:
        self.working()
        self.runner.run(self._saved(), "save a target", self.notify)

    async def _saved(self) -> None:
        old = () if self._old is None else self._old.headers
        name = self.name.text().strip()
        problem = await self._session.targets.save(
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
        if problem is None:
            self.accept()
            return
        # The target is saved. How long its headers are stored must be read first.
        self._old = self._session.targets.find(name)
        self.notify(problem)
        self.cancel.show_as("Close", None)


class _File(QWidget):
    """A path, and the button that opens the file dialog."""

    def __init__(self, theme: Theme, name: str, without: str) -> None:
        super().__init__()
        self._name = name
        self.line = LineField(theme, name, example=without)
        select = Button(theme, "Select…")
        select.setAccessibleName(f"Select: {name}")
        select.clicked.connect(self._select)
        row(theme, grow(self.line), select, spacing=6, on=self)
        self.setFocusProxy(self.line)

    @property
    def path(self) -> Path | None:
        text = self.line.text().strip()
        return Path(text).expanduser().absolute() if text else None

    @Slot()
    def _select(self) -> None:
        ask_which(self, self._name, kinds=("PEM (*.pem *.crt *.cer *.key)",), then=self.line.setText)


class TargetField(QWidget):
    """A field for a URL that suggests the named targets."""

    changed = Signal()
    entered = Signal()

    def __init__(
        self,
        session: Session,
        theme: Theme,
        runner: Runner,
        text: str,
        parent: QWidget | None = None,
        *,
        mask: Mask | None = None,
        has_menu: bool = True,
    ) -> None:
        """`mask`: hides keys in the URL while the screen is masked and the line is not being edited.

        `has_menu`: targets can be added, changed and removed here. Otherwise the caller may open the menu
        elsewhere with `open_menu`, with more entries.
        """
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._runner = runner
        self.box = ComboBox(theme, "Target URL or name")
        self.box.setEditable(True)
        self.box.setInsertPolicy(ComboBox.InsertPolicy.NoInsert)
        self.box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        line = self.box.lineEdit()
        assert line is not None
        self.line: QLineEdit = line
        self.line.setPlaceholderText("http://localhost:3000/hook")
        self.line.setAccessibleName("Target URL or name")
        self.more = IconButton(theme, "more", "More actions for targets")
        self.more.clicked.connect(self._open)
        self.menu = QMenu(self)
        self.new_action = QAction("New target…", self.menu)
        self.change_action = QAction("Change this target…", self.menu)
        self.remove_action = QAction("Remove this target", self.menu)
        for action in (self.new_action, self.change_action, self.remove_action):
            self.menu.addAction(action)
        self.menu.triggered.connect(self._do)
        self.more.setVisible(has_menu)
        self._error = Label(theme, px=12, weight=500, tone="invalid", wraps=True)
        self._error.hide()
        column(theme, row(theme, grow(self.box), self.more, spacing=4), self._error, spacing=4, on=self)
        self.setFocusProxy(self.box)
        self.line.setText(text)
        self._fill()
        self.line.textChanged.connect(self._edited)
        if mask is not None:
            LineMask(mask, self.line, self.box)
        self.line.returnPressed.connect(self.entered)
        self.box.installEventFilter(self)
        SignalBatcher(session.targets.changed, self).passed.connect(self._fill)

    @property
    def text(self) -> str:
        """The text without surrounding white space."""
        return self.line.text().strip()

    @property
    def error(self) -> str:
        """The error below the field, or an empty text."""
        return self._error.text()

    def notify(self, sentence: str) -> None:
        """Show an error below the field until it is edited."""
        self._error.setText(sentence)
        self._error.setVisible(bool(sentence))

    async def resolved(self) -> Destination | None:
        """Return the destination. If there is none, show why below the field and return None."""
        try:
            return await self._session.targets.resolve(self.text)
        except InspectorError as error:
            self.notify(str(error))
            return None

    async def leads_somewhere(self) -> bool:
        """Return whether the text is a target. Unlike `resolved`, show no error, because it may be half
        typed."""
        with suppress(InspectorError):
            await self._session.targets.resolve(self.text)
            return True
        return False

    @Slot()
    def _edited(self) -> None:
        self.notify("")
        self.changed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Show the start of a long address once it is no longer edited."""
        if event.type() == QEvent.Type.FocusOut and isinstance(event, QFocusEvent):
            is_elsewhere = event.reason() not in _BACK_SOON
            if is_elsewhere:
                self.line.setCursorPosition(0)
        return super().eventFilter(watched, event)

    def set_fixed(self, is_fixed: bool) -> None:
        """Lock or unlock the field."""
        self.line.setReadOnly(is_fixed)
        self.box.setEnabled(not is_fixed)
        self.more.setEnabled(not is_fixed)

    def url(self) -> str:
        """Return the URL of a named target or an address; return other text as is."""
        named = None if "://" in self.text else self._session.targets.find(self.text)
        return typed_url(self.text if named is None else named.url)

    @Slot()
    def _fill(self) -> None:
        text = self.line.text()
        self.box.blockSignals(True)
        self.box.clear()
        self.box.addItems([target.name for target in self._session.targets.names()])
        self.box.setCurrentIndex(-1)
        self.box.blockSignals(False)
        self.line.setText(text)
        if not self.line.hasFocus():
            self.line.setCursorPosition(0)

    @Slot()
    def _open(self) -> None:
        self.open_menu(self.more)

    def open_menu(self, button: QWidget) -> None:
        """Open the menu of targets below a button."""
        name = self.text
        is_named = "://" not in name and self._session.targets.find(name) is not None
        self.change_action.setText(f"Change “{visible(name)}”…" if is_named else "Change this target…")
        self.remove_action.setText(f"Remove “{visible(name)}”" if is_named else "Remove this target")
        for action in (self.change_action, self.remove_action):
            action.setEnabled(is_named)
        self.menu.popup(button.mapToGlobal(QPoint(0, button.height())))

    @Slot(QAction)
    def _do(self, action: QAction) -> None:
        name = self.text
        if action is self.remove_action:
            self.line.setText(self.url())
            self._runner.run(self._session.targets.remove(name), "remove a target")
        elif action in (self.new_action, self.change_action):
            self._edit("" if action is self.new_action else name)

    def _edit(self, name: str) -> None:
        """Open the dialog for the target of this name. Without a name, open it for a new one with the typed
        URL."""
        typed = "" if name or self._session.targets.find(self.text) is not None else typed_url(self.text)
        url = typed if "://" in typed else ""
        dialog = TargetDialog(self._session, self._theme, self.window(), name=name, url=url)
        dialog.saved.connect(self.line.setText)
        dialog.open()
