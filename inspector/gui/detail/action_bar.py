"""The bar below the pane: actions on the capture that is shown."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QSize, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QMenu, QWidget

from inspector.base.errors import InspectorError
from inspector.base.quantity import counted
from inspector.base.visible import shortened, visible
from inspector.domain.capture.capture import SIGNATURE_HEADER
from inspector.domain.capture.rows import CaptureDetail
from inspector.gui.kit.buttons import Button, IconButton
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.context.runner import LatestTask
from inspector.gui.kit.labels import ElidedLabel, Hairline
from inspector.gui.kit.layout import column, grow, row
from inspector.gui.kit.menus import open_above
from inspector.gui.kit.theme import Theme
from inspector.session.requests import SNIPPET_LABELS, not_replayable
from inspector.session.session import Session

_MESSAGE_MS = 4_000
_SNIPPET_TARGET = "http://localhost:3000/"
"""The target of a copied command until something has been sent."""
_LEAST, _MARKS, _ROOMY = 440, 460, 500
"""Design widths in px. Labels are shorter below the last one; Pin and Note are hidden below the second."""


class ActionBar(QWidget):
    """Edit, copy and compare. The menu has the other actions."""

    message_posted = Signal(str)
    """A message that does not fit in the bar."""

    def __init__(
        self, session: Session, theme: Theme, actions: Actions, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._detail: CaptureDetail | None = None
        self._task = LatestTask(session.tasks, "copy a request", self)
        edit, copy_body, compare = actions["edit-replay"], actions["copy-body"], actions["compare"]
        self.edit = Button(theme, "Edit and replay", icon="edit", key=actions.key("edit-replay"))
        self.edit.clicked.connect(edit.trigger)
        self.copy = Button(theme, "Copy", icon="copy", has_menu=True)
        self.copy.setToolTip("Copy the body, or a command that sends this request")
        self.copy.clicked.connect(self._open_copies)
        self.compare = Button(theme, compare.text(), icon="compare")
        self.compare.setToolTip(f"Compare with the respondent’s previous capture ({actions.key('compare')})")
        self.compare.clicked.connect(compare.trigger)
        self.pin = IconButton(theme, "pin", "Pin")
        self.pin.setCheckable(True)
        self._pin_key = actions.key("pin")
        self.pin.clicked.connect(actions["pin"].trigger)
        self._note = IconButton(theme, "note", "Note", tip=f"Write a note ({actions.key('note')})")
        self._note.clicked.connect(actions["note"].trigger)
        self.more = IconButton(theme, "more", "More actions for this capture")
        self.more.clicked.connect(self._open_more)
        self.copy_body_action = copy_body
        copy_body.triggered.connect(self.copy_body)
        self.snippets = {client: actions[f"copy-as-{client}"] for client in SNIPPET_LABELS}
        self._copies = QMenu("Copy as", self)
        self._copies.addAction(copy_body)
        self._copies.addSeparator()
        for client, action in self.snippets.items():
            action.setData(client)
            self._copies.addAction(action)
        self._copies.triggered.connect(self._copy_snippet)  # from either menu
        self._menu = QMenu(self)
        self._menu.addActions([actions["replay"], edit])
        self._menu.addMenu(self._copies)
        self._menu.addSeparator()
        others = ("copy-verifier", "save-report", "compare", "compare-with")
        self._menu.addActions([actions[name] for name in others])
        self._message = ElidedLabel(theme, px=12, tone="text2")
        self._message.setMinimumWidth(1)  # otherwise its "…" hides the shortcut of Replay in a narrow pane
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_MESSAGE_MS)
        self._timer.timeout.connect(self._clear_message)
        buttons = (self.edit, self.copy, self.compare)
        icons = row(theme, self.pin, self._note, self.more)
        bar = row(theme, *buttons, grow(self._message), icons, spacing=8, margins=(20, 0, 16, 0))
        column(theme, Hairline(theme), grow(bar), on=self)
        self.setFixedHeight(theme.px(48))
        self.show_detail(None)

    def show_detail(self, detail: CaptureDetail | None) -> None:
        """Use another capture, or none."""
        self._detail = detail
        reason = None if detail is None else not_replayable(detail)
        self.edit.setEnabled(reason is None)
        self.edit.setToolTip(reason or "")
        for snippet in self.snippets.values():
            snippet.setEnabled(reason is None)
        body = b"" if detail is None else detail.capture.body
        self.copy.setEnabled(bool(body) or reason is None)
        self.copy_body_action.setEnabled(bool(body))
        is_pinned = detail is not None and detail.row.is_pinned
        verb = "Unpin" if is_pinned else "Pin"
        self.pin.setChecked(is_pinned)
        self.pin.setAccessibleName(verb)
        self.pin.setToolTip(f"{verb} ({self._pin_key})")
        self._clear_message()

    # ---- copying

    @Slot(QAction)
    def _copy_snippet(self, action: QAction) -> None:
        if action.data() is not None and self._detail is not None:
            self._task.start(self._copy_snippet_for(action, self._detail))

    async def _copy_snippet_for(self, action: QAction, detail: CaptureDetail) -> None:
        """Copy a command that sends the request, and show what it contains."""
        to = self._session.replays.last_target or _SNIPPET_TARGET
        try:
            text = await self._session.requests.snippet(action.data(), detail.row.id, to)
        except InspectorError as error:
            self.notify(str(error))
            return
        QGuiApplication.clipboard().setText(text)
        where = f"Sends to {shortened(visible(to), 80)}."
        if detail.capture.values(SIGNATURE_HEADER):
            where += " Contains a signature: anyone who has it can send this delivery."
        self._confirm(self.copy, f"{action.text().replace('Copy', 'Copied', 1)}.", where)

    @Slot()
    def copy_body(self) -> None:
        """Copy the body: its exact bytes, and the text as UTF-8."""
        if self._detail is None:
            return
        body = self._detail.capture.body
        data = QMimeData()
        data.setData("application/octet-stream", body)
        text = body.decode("utf-8", "replace")
        data.setText(text)
        QGuiApplication.clipboard().setMimeData(data)
        changed = "" if text.encode() == body else "Bytes that are not UTF-8 became � in the text."
        self._confirm(self.copy, f"Copied {counted(len(body), 'byte')}.", changed)

    def _confirm(self, button: Button, done: str, more: str = "") -> None:
        """Confirm in the button and show `more` next to it. If the button is hidden, show both next to it."""
        if button.isVisible():
            button.confirm()
            done = ""
        if message := " ".join(part for part in (done, more) if part):
            self.notify(message)

    def notify(self, sentence: str) -> None:
        """Show a message here for four seconds, or emit `message_posted` if it does not fit."""
        room = self._message.width()
        if not self.isVisible() or self._message.fontMetrics().horizontalAdvance(sentence) > room:
            self.message_posted.emit(sentence)
            return
        self._message.setText(sentence)
        self._timer.start()

    # ---- Qt overrides

    def minimumSizeHint(self) -> QSize:
        """Return the width of the short labels, because the list next to the pane needs space, too."""
        return QSize(self._theme.px(_LEAST), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        has_room = event.size().width() >= self._theme.px(_ROOMY)
        self.edit.show_as("Edit and replay" if has_room else "Edit", "edit")
        for mark in (self.pin, self._note):  # shortcuts and the list menu do the same
            mark.setVisible(event.size().width() >= self._theme.px(_MARKS))

    @Slot()
    def _open_copies(self) -> None:
        open_above(self._copies, self.copy)

    @Slot()
    def _open_more(self) -> None:
        open_above(self._menu, self.more)

    @Slot()
    def _clear_message(self) -> None:
        self._message.setText("")
