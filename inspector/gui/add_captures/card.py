"""A card of the dialog *Add captures*: one file or text, what it would become, and its choices."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QSizePolicy, QWidget

from inspector.base.quantity import counted, size_text
from inspector.domain.signature.verdict import SHOWN, ShownVerdict
from inspector.gui.add_captures.preview_row import LinkedNote, PreviewRowView
from inspector.gui.kit.badges import Badge, BadgeLabel, paint_glyph
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.controls.value_boxes import ElidedComboBox
from inspector.gui.kit.icons import IconMark
from inspector.gui.kit.labels import ElidedLabel, Label, plain_tip
from inspector.gui.kit.layout import Panel, column, grow, row
from inspector.gui.kit.theme import Theme
from inspector.session.file.preview import SHOWN_ROWS, AddPreview, AddSource, PreviewRow

Origin = Literal["dropped file", "dropped text", "pasted file", "pasted", "file"]
_ICONS = {"curl": "terminal", "curl-log": "terminal", "json": "code", "request": "send", "har": "globe"}
_BADGES: dict[ShownVerdict, Badge] = {
    "valid": Badge.VALID,
    "bytes-only": Badge.BYTES_ONLY,
    "rewritten": Badge.REWRITTEN,
    "invalid": Badge.INVALID,
    "unsigned": Badge.UNSIGNED,
    "unchecked": Badge.UNCHECKED,
}
_NOTHING = "Nothing"
_COUNTED = 64 * 1024
"""Maximum bytes of a text whose characters are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddItem:
    """A file or a text that the user dropped, pasted or chose."""

    source: AddSource
    origin: Origin

    @property
    def size(self) -> str:
        """`812 characters` of a text, `41 MB` of a long one; empty for a file."""
        data = self.source.data
        if data is None:
            return ""
        if len(data) > _COUNTED:
            return size_text(len(data))
        return counted(len(data.decode("utf-8", "replace")), "character")


@dataclass(frozen=True, slots=True)
class CardChoice:
    """The choices on a card that change its preview."""

    is_cured: bool = False
    sign_with: str | None = None


class VerdictNumbers(QWidget):
    """The number of captures per verdict, each after its glyph."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._parts: list[tuple[Badge, str]] = []
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_preview(self, preview: AddPreview) -> None:
        """Show the verdicts of a preview."""
        totals = [(word, preview.totals[word]) for word in SHOWN if preview.totals.get(word)]
        self._parts = [(_BADGES[word], f"{count:,}") for word, count in totals]
        words = ", ".join(f"{count:,} {_BADGES[word].word.lower()}" for word, count in totals)
        self.setAccessibleName(words)
        self.setToolTip(plain_tip(words))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        px, metrics = self._theme.px, self._theme.metrics(13)
        widths = [px(14 + 6) + metrics.horizontalAdvance(text) + 1 for _, text in self._parts]
        return QSize(sum(widths) + px(22) * max(len(widths) - 1, 0), px(24))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, px = self._theme, self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(13))
        left = 0
        for badge, text in self._parts:
            paint_glyph(painter, QRectF(left, 0, px(14), self.height()), badge, theme)
            left += px(14 + 6)
            painter.setPen(theme.color("text"))
            width = painter.fontMetrics().horizontalAdvance(text) + 1
            painter.drawText(QRectF(left, 0, width, self.height()), Qt.AlignmentFlag.AlignVCenter, text)
            left += width + px(22)


class AddCard(Panel):
    """One file or text. It is grey until its preview is ready."""

    changed = Signal()
    """Whether it is ticked has changed."""
    preview_requested = Signal()
    """Its choice has changed: show the preview for it."""

    def __init__(
        self, theme: Theme, mask: Mask, item: AddItem, secrets: tuple[str, ...], parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, fill="raised", line="line", parent=parent)
        self.item = item
        self.preview: AddPreview | None = None
        self.choice = CardChoice()
        self._theme = theme
        self._mask = mask
        self._is_open = False
        self.box = QCheckBox(self)
        self.box.toggled.connect(self.changed)
        self._icon = IconMark(theme, "file", height=24, parent=self)
        self._name = ElidedLabel(theme, weight=600, mode=Qt.TextElideMode.ElideMiddle, parent=self)
        self._about = ElidedLabel(theme, px=12, tone="text2", parent=self)
        self.numbers = VerdictNumbers(theme, self)
        self.badge = BadgeLabel(theme, self)
        self._unread = Label(theme, "cannot be read", px=12, tone="text2", parent=self)
        self._sign = Label(theme, "Sign with", px=12, tone="text2", parent=self)
        choices: dict[str | None, str] = {None: _NOTHING, **{name: name for name in secrets}}
        self.secret = ElidedComboBox(theme, "Sign with", choices)
        self.secret.setParent(self)
        self.secret.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.secret.setFixedWidth(theme.px(112))
        self._sign.setBuddy(self.secret)
        self.secret.activated.connect(self._sign_with)
        self._rows_area = QWidget(self)
        self._rows = column(theme, on=self._rows_area)
        self._row_views: list[PreviewRowView] = []
        self.note = LinkedNote(theme, parent=self)
        self.note.link.clicked.connect(self._follow_link)
        self.cure = LinkedNote(theme, parent=self)
        self.cure.link.clicked.connect(self._toggle_cure)
        self._lay_out()
        self.show_progress(0)

    def _lay_out(self) -> None:
        theme = self._theme
        right = (self._sign, self.secret, self.badge, self.numbers, self._unread)
        first = row(theme, self.box, self._icon, self._name, grow(self._about, 1), *right, spacing=8)
        first.setSpacing(theme.px(8))
        below = column(theme, self._rows_area, self.note, self.cure, spacing=2, margins=(28, 0, 0, 0))
        column(theme, first, below, spacing=2, margins=(14, 6, 14, 8), on=self)
        self._name.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    # ---- what it shows

    @property
    def is_ticked(self) -> bool:
        """Whether its captures are added."""
        return self.preview is not None and self.preview.can_add and self.box.isChecked()

    def show_progress(self, count: int) -> None:
        """Show that the preview is being made, with the number of captures so far."""
        if self.preview is not None:
            return
        self._show_head("", "")
        for part in (
            self._sign,
            self.secret,
            self.badge,
            self.numbers,
            self._unread,
            self._rows_area,
            self.cure,
        ):
            part.hide()
        so_far = f" {counted(count, 'capture')} so far." if count else ""
        self.note.show_note(f"Reading…{so_far}", tone="text2")
        self.box.setEnabled(False)

    def show_preview(self, preview: AddPreview) -> None:
        """Show what it would become."""
        is_first = self.preview is None
        self.preview = preview
        self._show_head(preview.title, size_text(preview.size) if preview.size else "")
        is_read = not preview.reason
        self.box.setEnabled(preview.can_add)
        if is_first or not preview.can_add:
            self.box.setChecked(preview.can_add)
        is_single = preview.count == 1 and preview.kind != "export"
        self.badge.setVisible(is_single)
        if is_single:
            self.badge.show_badge(_BADGES[next(iter(preview.totals))])
        self.numbers.setVisible(is_read and not is_single)
        self.numbers.show_preview(preview)
        self._unread.setVisible(not is_read)
        self._sign.setVisible(preview.can_sign)
        self.secret.setVisible(preview.can_sign)
        self._show_rows(is_single)
        self._show_notes(is_single)
        self.changed.emit()

    def _show_head(self, title: str, size: str) -> None:
        """Show the name and a few words: `dropped file, 2.1 MB, NDJSON export`."""
        item = self.item
        is_file = bool(item.source.name)
        name = item.source.name if is_file else title or "Text"
        words = (item.origin, size if is_file else item.size, title if is_file else "")
        about = ", ".join(word for word in words if word)
        self._name.setText(name)
        self._about.setText(about)
        self.box.setAccessibleName(f"Add {name}, {about}")
        kind = "unknown" if self.preview is None else self.preview.kind
        self._icon.show_icon("file" if is_file else _ICONS.get(kind, "note"))

    def _show_rows(self, is_single: bool) -> None:
        assert self.preview is not None
        shown = self.preview.rows if self._is_open or is_single else ()
        while len(self._row_views) < len(shown):
            self._row_views.append(PreviewRowView(self._theme, self._rows_area))
            self._rows.addWidget(self._row_views[-1])
        for number, view in enumerate(self._row_views):
            view.setVisible(number < len(shown))
            if number < len(shown):
                view.show_row(self._masked(number))
        self._rows_area.setVisible(bool(shown))

    def _masked(self, number: int) -> PreviewRow:
        assert self.preview is not None
        one = self.preview.rows[number]
        row, answers = self._mask.unstored(one.row, one.answers)
        return replace(one, row=row, answers=answers)

    def _show_notes(self, is_single: bool) -> None:
        preview = self.preview
        assert preview is not None
        link = ""
        if not is_single and preview.rows:
            many = min(preview.count, SHOWN_ROWS)
            shown = f"Show the first {many}" if preview.count > many else f"Show the {many}"
            link = "Hide the captures" if self._is_open else "Show it" if many == 1 else shown
        self.note.show_note(" ".join(preview.sentences()), link, "text2" if preview.reason else "text")
        cure = preview.cure
        if cure is not None:
            self.cure.show_note(cure.note, cure.label)
        elif preview.is_cured:
            self.cure.show_note("Read with the suggested change.", "Undo the change")
        else:
            self.cure.show_note("")

    # ---- choices

    @Slot()
    def _follow_link(self) -> None:
        self._is_open = not self._is_open
        if self.preview is not None:
            self._show_rows(False)
            self._show_notes(False)
            self.changed.emit()

    @Slot()
    def _toggle_cure(self) -> None:
        self._choose(replace(self.choice, is_cured=not self.choice.is_cured))

    @Slot()
    def _sign_with(self) -> None:
        self._choose(replace(self.choice, sign_with=self.secret.currentData()))

    def _choose(self, choice: CardChoice) -> None:
        if choice != self.choice:
            self.choice = choice
            self.preview_requested.emit()
