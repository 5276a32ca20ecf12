"""The buttons about a proved cause: cure it here, list its captures, or write to the sender."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QSize, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QWidget

from inspector.gui.detail.signature.verdict_head import BadgeGlyph
from inspector.gui.kit.badges import Badge
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.layout import STRETCH, Panel, box, column, grow, row
from inspector.gui.kit.links import Link
from inspector.gui.kit.theme import Theme
from inspector.gui.kit.verifier_menu import VerifierChoice, VerifierMenu
from inspector.session.receiver.verifiers import verifier_text
from inspector.session.signature.cures import SecretCure

OF_CAUSE = ("apply-cure", "show-same-cause", "copy-sender-message")
"""Actions about the cause of an invalid signature. Each has a button."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseOffer:
    """What can be done about the cause of one capture."""

    cure: SecretCure | None = None
    ids: tuple[int, ...] = ()
    """All captures with this cause only."""
    query: str = ""
    """The filter that lists them."""
    concerns_sender: bool = False


class CureButtons(QWidget):
    """The buttons below a finding. One widget for all cards, because only the last card has them."""

    cure_requested = Signal(object)
    """The CauseOffer to apply."""
    filter_requested = Signal(str)
    """The filter that lists the captures with the same cause."""
    message_requested = Signal()
    """The user wants a message for the sender in the clipboard."""
    message_posted = Signal(str)
    """What was copied while the button was hidden."""

    def __init__(self, theme: Theme, actions: Actions, verifier: VerifierChoice) -> None:
        super().__init__()
        try_secret, copy_verifier = actions["try-secret"], actions["copy-verifier"]
        self.offer = CauseOffer()
        self._verifier = verifier
        self.cure = Button(theme, "", is_primary=True)
        self.cure.clicked.connect(self._ask_cure)
        self.try_secret = Button(theme, try_secret.text(), icon="key")
        self.try_secret.clicked.connect(try_secret.trigger)
        self.show_all = Button(theme, "", icon="funnel")
        self.show_all.clicked.connect(self._ask_filter)
        self.message = Button(theme, "Copy a message for the sender", icon="copy")
        self.message.clicked.connect(self.message_requested)
        self.note = FlowText(theme, font=theme.font(12), tone="text2")
        self.copy_verifier = Button(theme, "Copy a correct verifier", icon="code")
        self.copy_verifier.setToolTip("Copy a ready-to-run receiver that checks signatures")
        self.copy_verifier.clicked.connect(copy_verifier.trigger)
        self.language = Button(theme, verifier.selected.label, has_menu=True)
        self.language.clicked.connect(self._open_languages)
        self.languages = VerifierMenu(self)
        self.languages.verifier_selected.connect(self.select_verifier)
        self._commands = tuple(actions[name] for name in OF_CAUSE)
        self._rows = tuple(
            box(row(theme, *buttons, STRETCH, spacing=8))
            for buttons in (
                (self.cure, self.try_secret),
                (self.show_all, self.message),
                (self.copy_verifier, self.language),
            )
        )
        first, *others = self._rows
        self._column = column(theme, first, self.note, *others, spacing=7, margins=(0, 4, 0, 0), on=self)
        self._is_sender_first = False

    def show_offer(self, offer: CauseOffer, *, tries_secret: bool) -> None:
        """Show the buttons of an offer; `tries_secret`: the cause may be a secret that is not entered yet."""
        self.offer = offer
        count = len(offer.ids)
        if offer.cure is not None:
            self.cure.show_as(offer.cure.label(count), None)
        self.cure.setVisible(offer.cure is not None)
        is_sender_first = offer.cure is not None and bool(offer.cure.added)
        self._show_sender_first(is_sender_first)
        self.cure.set_primary(not is_sender_first)
        self.note.show_text("" if offer.cure is None else offer.cure.note)
        self.note.setVisible(is_sender_first)
        self.try_secret.setVisible(tries_secret)
        self.try_secret.set_primary(offer.cure is None)
        self.show_all.show_as(f"Show the {count:,}", "funnel")
        self.show_all.setVisible(count > 1)
        self.message.setVisible(offer.concerns_sender)
        self.message.set_primary(is_sender_first or (offer.cure is None and not tries_secret))
        possible = (offer.cure is not None, count > 1, offer.concerns_sender)
        for command, is_possible in zip(self._commands, possible, strict=True):
            command.setEnabled(is_possible)
        self._rows[0].setVisible(offer.cure is not None or tries_secret)
        self._rows[1].setVisible(self.show_all.isVisibleTo(self) or offer.concerns_sender)

    def _show_sender_first(self, is_first: bool) -> None:
        """Show the message for the sender first, or the cure."""
        if is_first == self._is_sender_first:
            return
        self._is_sender_first = is_first
        shared_row = self._rows[1]
        self._column.insertWidget(0 if is_first else 2, shared_row)
        layout = shared_row.layout()
        assert isinstance(layout, QHBoxLayout)
        layout.insertWidget(0 if is_first else 1, self.message)

    @Slot(str)
    def select_verifier(self, key: str) -> None:
        """Select the language of the verifier by its key, if there is such a verifier."""
        self._verifier.select(key)
        self.language.show_as(self._verifier.selected.label, None)

    def do(self, name: str) -> None:
        """Do what the button of an action does, even while the button is hidden: one `OF_CAUSE`, or
        `copy-verifier`."""
        clicks = (self.cure.click, self.show_all.click, self.message.click)
        {**dict(zip(OF_CAUSE, clicks, strict=True)), "copy-verifier": self.copy}[name]()

    def copy(self) -> None:
        """Copy a receiver that checks signatures, in the selected language."""
        QGuiApplication.clipboard().setText(verifier_text(self._verifier.selected))
        if self.copy_verifier.isVisible():
            self.copy_verifier.confirm()
        else:
            self.message_posted.emit(f"Copied a verifier for {self._verifier.selected.label}.")

    def minimumSizeHint(self) -> QSize:
        return QSize(1, super().minimumSizeHint().height())  # a narrow pane shortens the buttons

    @Slot()
    def _ask_cure(self) -> None:
        self.cure_requested.emit(self.offer)

    @Slot()
    def _ask_filter(self) -> None:
        self.filter_requested.emit(self.offer.query)

    @Slot()
    def _open_languages(self) -> None:
        self.languages.show_selected(self._verifier.selected.key)
        self.languages.popup(self.language.mapToGlobal(QPoint(0, self.language.height())))


class CureNote(Panel):
    """The result of a cure in place of its card, with a link that undoes it."""

    undo_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, fill="raised", line="line")
        px = theme.px
        self._glyph = BadgeGlyph(theme, Badge.VALID, QSize(px(16), px(20)), inset=1)
        self.text = FlowText(theme, font=theme.font(13, 500))
        self.undo = Link(theme, "Undo", px=13)
        self.undo.clicked.connect(self.undo_requested)
        row(theme, self._glyph, grow(self.text), self.undo, spacing=8, margins=(16, 12, 16, 12), on=self)
        self.hide()

    def show_working(self, sentence: str) -> None:
        """Show the progress of the check."""
        self._show(sentence, Badge.UNCHECKED, can_undo=False)

    def show_result(self, sentence: str, *, is_good: bool) -> None:
        """Show the result, which can be undone."""
        self._show(sentence, Badge.VALID if is_good else Badge.INVALID, can_undo=True)

    def _show(self, sentence: str, badge: Badge, *, can_undo: bool) -> None:
        self._glyph.show_badge(badge)
        self.text.show_text(sentence)
        self.undo.setVisible(can_undo)
