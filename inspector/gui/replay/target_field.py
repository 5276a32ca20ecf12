"""Where to send: a URL, or one of the named targets, and the menu that makes and changes these."""

from __future__ import annotations

from contextlib import suppress

from PySide6.QtCore import QPoint, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QSizePolicy, QVBoxLayout, QWidget

from inspector.base.errors import InspectorError
from inspector.base.visible import visible
from inspector.domain.replay.address_text import typed_url
from inspector.gui.kit.buttons import IconButton
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.context.runner import Runner
from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.gui.kit.labels import Label
from inspector.gui.kit.line_mask import LineMask
from inspector.gui.kit.theme import Theme
from inspector.gui.kit.value_boxes import ComboBox
from inspector.gui.replay.target import TargetDialog
from inspector.session.session import Session
from inspector.session.targets import Destination


class TargetField(QWidget):
    """A line to type into that offers the named targets."""

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
        """With a `mask`, the keys of a URL are hidden while the screen is masked and the line is not edited.

        `has_menu`: targets can be added, changed and removed here.
        """
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._runner = runner
        px = theme.px
        self._box = ComboBox()
        self._box.setEditable(True)
        self._box.setInsertPolicy(ComboBox.InsertPolicy.NoInsert)
        self._box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._box.setAccessibleName("Target: a URL or a name")
        self._box.setMinimumHeight(px(28))
        line = self._box.lineEdit()
        assert line is not None
        self.line: QLineEdit = line
        self.line.setPlaceholderText("http://localhost:3000/hook")
        self.line.setAccessibleName("Target: a URL or a name")
        self.more = IconButton(theme, "more", "New target, or change this one")
        self.more.clicked.connect(self._open)
        self.menu = QMenu(self)
        self._new = QAction("New target…", self.menu)
        self._change = QAction("Change this target…", self.menu)
        self._remove = QAction("Remove this target", self.menu)
        for action in (self._new, self._change, self._remove):
            self.menu.addAction(action)
        self.menu.triggered.connect(self._do)
        self.more.setVisible(has_menu)
        self._trouble = Label(theme, px=12, weight=500, tone="invalid", wraps=True)
        self._trouble.hide()
        row = QHBoxLayout()
        row.setSpacing(px(4))
        row.addWidget(self._box, 1)
        row.addWidget(self.more)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(4))
        column.addLayout(row)
        column.addWidget(self._trouble)
        self.setFocusProxy(self._box)
        self._fill()
        self.line.setText(text)
        self.line.textChanged.connect(self._edited)
        if mask is not None:
            LineMask(mask, self.line, self._box)
        self.line.returnPressed.connect(self.entered)
        SignalBatcher(session.targets.changed, self).passed.connect(self._fill)

    @property
    def text(self) -> str:
        """What stands there, without white space around it."""
        return self.line.text().strip()

    @property
    def trouble(self) -> str:
        """What is wrong with the target, as shown below it."""
        return self._trouble.text()

    def notify(self, sentence: str) -> None:
        """Show below the field what is wrong with it, until it is edited."""
        self._trouble.setText(sentence)
        self._trouble.setVisible(bool(sentence))

    async def resolved(self) -> Destination | None:
        """Return the destination. If there is none, show why below the field and return None."""
        try:
            return await self._session.targets.resolve(self.text)
        except InspectorError as error:
            self.notify(str(error))
            return None

    async def leads_somewhere(self) -> bool:
        """Whether the text is a target. Unlike `resolved`, show no error: it may be half typed."""
        with suppress(InspectorError):
            await self._session.targets.resolve(self.text)
            return True
        return False

    @Slot()
    def _edited(self) -> None:
        self.notify("")
        self.changed.emit()

    def set_fixed(self, is_fixed: bool) -> None:
        """Whether nothing can be changed now."""
        self.line.setReadOnly(is_fixed)
        self._box.setEnabled(not is_fixed)
        self.more.setEnabled(not is_fixed)

    def url(self) -> str:
        """Return the URL of the named target, or of the address; other text is returned as is."""
        named = None if "://" in self.text else self._session.targets.find(self.text)
        return typed_url(self.text) if named is None else named.url

    @Slot()
    def _fill(self) -> None:
        text = self.line.text()
        self._box.blockSignals(True)
        self._box.clear()
        self._box.addItems([target.name for target in self._session.targets.names()])
        self._box.setCurrentIndex(-1)
        self._box.blockSignals(False)
        self.line.setText(text)

    @Slot()
    def _open(self) -> None:
        name = self.text
        is_named = "://" not in name and self._session.targets.find(name) is not None
        self._change.setText(f"Change “{visible(name)}”…" if is_named else "Change this target…")
        self._remove.setText(f"Remove “{visible(name)}”" if is_named else "Remove this target")
        for action in (self._change, self._remove):
            action.setEnabled(is_named)
        self.menu.popup(self.more.mapToGlobal(QPoint(0, self.more.height())))

    @Slot(QAction)
    def _do(self, action: QAction) -> None:
        name = self.text
        if action is self._remove:
            self.line.setText(self.url())
            self._runner.run(self._session.targets.remove(name), "remove a target")
        else:
            self._edit("" if action is self._new else name)

    def _edit(self, name: str) -> None:
        """Ask what a target of this name is to be, or a new one to the URL that stands there."""
        typed = "" if name or self._session.targets.find(self.text) is not None else typed_url(self.text)
        url = typed if "://" in typed else ""
        dialog = TargetDialog(self._session, self._theme, self.window(), name=name, url=url)
        dialog.saved.connect(self.line.setText)
        dialog.open()
