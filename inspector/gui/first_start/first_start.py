"""The first start page: three steps until Blitzllama's deliveries arrive and are valid."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QPalette
from PySide6.QtWidgets import QFrame, QLineEdit, QScrollArea, QWidget

from inspector.base.visible import visible
from inspector.domain.capture.rows import VerdictTotals
from inspector.gui.first_start.steps import GuideStep, SampleCard, StepField
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.labels import Label
from inspector.gui.kit.layout import STRETCH, Stretch, box, column, grow, row
from inspector.gui.kit.theme import Theme
from inspector.session.signature.secrets import generated_secret

_WIDTH = 640
_UNREACHED = "Blitzllama cannot reach your machine directly. Use a tunnel to make it reachable."
_REACHED = "Saved with this file."


class FirstStart(QScrollArea):
    """A page that is shown until the first capture, and on request.

    The primary button is in the current step. The number of a completed step becomes a tick.
    """

    secret_entered = Signal(str, bool)
    """The text of a secret, exactly as typed, and whether it was generated here."""
    message_posted = Signal(str)
    """A first delivery or a first valid signature, as a sentence."""
    elsewhere_requested = Signal()
    """The user wants to listen on the suggested port."""
    visibility_requested = Signal()
    """The user wants to show the page or leave it: see `is_requested`."""

    def __init__(self, theme: Theme, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._url: str | None = None
        self._is_starting = False
        self._problem = ""
        """Why listening did not start, if another port is suggested."""
        self._address: str | None = None
        self._has_secret = False
        self._generated = ""
        """The last generated secret, whether entered or not."""
        self._seen: VerdictTotals | None = None
        self._was_delivered = self._was_valid = False
        """Reported once: captures that are cleared and restored are not new."""
        self.is_requested = False
        """Whether the user wants to see the page although there are captures."""
        self.title = Label(theme, "Waiting for the first delivery", px=22, weight=600, parent=self)
        self.where = Label(theme, tone="text2", parent=self)
        self.where.setMinimumHeight(
            self.where.fontMetrics().height()
        )  # so that it keeps its height while empty
        self.elsewhere = Button(theme, "", is_primary=True, parent=self)
        self.elsewhere.clicked.connect(self.elsewhere_requested)
        self.elsewhere.hide()
        self.back = Button(theme, "Show the captures", icon="inbox", parent=self)
        self.back.clicked.connect(self.leave)
        self.back.hide()
        self._build_steps(actions)
        self._lay_out(actions)
        actions["connect"].triggered.connect(self.ask)
        actions["mask"].toggled.connect(self.mask_secret)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # only its controls take the focus
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.show_listening(None)
        self.show_address(None)
        self.show_secrets(False, None)

    @property
    def steps(self) -> tuple[GuideStep, ...]:
        """The three steps, from top to bottom."""
        return self._first, self._second, self._third

    # ---- content

    def show_listening(self, url: str | None) -> None:
        """Show the address of the listener."""
        self._url, self._is_starting = url, False
        if url is not None:
            self._forget_problem()
        self._show_states()

    def show_starting(self) -> None:
        """Show no address until the attempt to listen has ended."""
        self._is_starting = True
        self._forget_problem()
        self._show_states()

    @Slot(str, str)
    def suggest(self, sentence: str, verb: str) -> None:
        """Show why listening did not start, with a button that says `verb` and listens elsewhere."""
        self._problem, self._is_starting = sentence, False
        self.elsewhere.show_as(verb, None)
        self.elsewhere.show()
        self._show_states()

    def _forget_problem(self) -> None:
        self._problem = ""
        self.elsewhere.hide()

    def show_address(self, address: str | None) -> None:
        """Show the public address as pasted, or that there is none."""
        self._address = address
        self.pasted.setText(address or "")
        self.pasted.setCursorPosition(0)
        self.copy_address.setEnabled(address is not None)
        self._show_states()

    def show_totals(self, figures: VerdictTotals) -> None:
        """Show how many deliveries arrived, and report the first one and the first valid one."""
        before, self._seen = self._seen, figures
        if figures == before:
            return
        self.back.setVisible(figures.total > 0)
        self._show_states()
        is_first = _delivered(figures) and not self._was_delivered
        is_first_valid = _valid(figures) and not self._was_valid
        self._was_delivered |= is_first
        self._was_valid |= is_first_valid
        if before is None:  # captures from an earlier run are not new
            return
        if is_first:
            also = " Its signature is valid: Blitzllama is connected." if is_first_valid else ""
            self.message_posted.emit(f"First delivery received.{also}")
        elif is_first_valid:
            self.message_posted.emit("First valid signature: Blitzllama is connected.")

    @Slot()
    def ask(self) -> None:
        """Show the steps and their state again."""
        self.is_requested = True
        self.visibility_requested.emit()

    @Slot()
    def leave(self) -> None:
        """Return to the captures."""
        self.is_requested = False
        self.visibility_requested.emit()

    def show_secrets(
        self, has_active: bool, keyring_problem: str | None, *, is_generated: bool = False
    ) -> None:
        """Show whether a secret is active, and why it cannot be saved.

        `is_generated`: this program generated it, and no delivery has been signed with it yet.
        """
        self._has_secret = has_active
        can_save = keyring_problem is None
        if has_active and is_generated:
            sentence = (
                "The secret is active. Paste it into the dashboard too. Until then, no delivery is valid."
            )
        elif has_active:
            sentence = "A secret is active. Every delivery is checked with it."
        else:
            sentence = f"Used exactly as typed, including whitespace. {_how_long(keyring_problem)}"
        self._third.text.setText(sentence)
        entry = (self.secret, self.generate, self.copy_secret, self.save_secret)
        had_focus = self.window().focusWidget() in entry
        self.copy_generated.setVisible(has_active and is_generated)
        if has_active and had_focus:  # otherwise Qt moves the focus to a distant button when these are hidden
            self._next_control(is_generated=is_generated).setFocus(Qt.FocusReason.OtherFocusReason)
        for widget in entry:
            widget.setVisible(not has_active)
        self.save_secret.show_as("Save secret" if can_save else "Use secret", None)
        self._show_states()

    def _next_control(self, *, is_generated: bool) -> QWidget:
        """Return the control for the next step once a secret has been entered."""
        if is_generated:
            return self.copy_generated
        return self.set_address if self._address is None else self.copy_address

    @Slot(bool)
    def mask_secret(self, is_masked: bool) -> None:
        """Hide or show the typed or generated secret. It can be copied either way."""
        mode = QLineEdit.EchoMode.Password if is_masked else QLineEdit.EchoMode.Normal
        self.secret.setEchoMode(mode)

    # ---- construction

    def _build_steps(self, actions: Actions) -> None:
        theme = self._theme
        self._first = GuideStep(theme, 1, "Get a public address", "", self)
        self.set_address = Button(theme, "Set address…", icon="globe", is_primary=True, parent=self)
        self.set_address.clicked.connect(actions["set-address"].trigger)
        tip = "Point your tunnel to this address"
        self.copy_local = self._copy_button("Copy local address", tip, actions["copy-local"].trigger)
        self._first.add(self.set_address, self.copy_local, STRETCH)

        text = "Under Connections › Webhook, as the Webhook URL. Enter a Webhook secret, then save."
        self._second = GuideStep(theme, 2, "Paste it into Blitzllama’s dashboard", text, self)
        self.pasted = StepField(theme, "Appears once a public address is set", "Public address", self)
        self.pasted.setReadOnly(True)
        tip = f"Copy the public address ({actions.key('copy-public')})"
        copy = actions["copy-public"].trigger
        self.copy_address = self._copy_button("Copy address", tip, copy, may_be_primary=True)
        self._second.add(grow(self.pasted), self.copy_address)

        self._third = GuideStep(theme, 3, "Enter the same secret here", "", self)
        self.secret = StepField(theme, "The same secret as in the dashboard", "Secret", self)
        self.secret.textChanged.connect(self._secret_typed)
        self.secret.returnPressed.connect(self._enter_secret)
        self.generate = Button(theme, "Generate", parent=self)
        self.generate.setToolTip("Generate a random secret to paste into the dashboard")
        self.generate.clicked.connect(self._generate_secret)
        tip = "Copy the secret to paste into the dashboard"
        self.copy_secret = self._copy_button("Copy", tip, self._copy_typed)
        self.copy_secret.setAccessibleName("Copy the secret")
        self.copy_secret.setEnabled(False)
        self.save_secret = Button(theme, "Save secret", may_be_primary=True, parent=self)
        self.save_secret.setEnabled(False)
        self.save_secret.clicked.connect(self._enter_secret)
        tip = "Copy the generated secret to paste into the dashboard"
        self.copy_generated = self._copy_button("Copy secret", tip, actions["copy-secret"].trigger)
        self._third.add(grow(self.secret), self.generate, self.copy_secret, self.save_secret)
        self._third.add(self.copy_generated, Stretch(0))

    def _copy_button(
        self, text: str, tip: str, copy: Callable[[], None], *, may_be_primary: bool = False
    ) -> Button:
        """Return a button that copies a text and confirms it."""
        button = Button(self._theme, text, icon="copy", may_be_primary=may_be_primary, parent=self)
        button.setToolTip(tip)
        button.clicked.connect(copy)
        button.clicked.connect(button.confirm)
        return button

    def _lay_out(self, actions: Actions) -> None:
        theme = self._theme
        self.sample_card = SampleCard(theme, actions, self)
        head = row(theme, grow(self.title), self.back)
        steps = column(theme, *self.steps, spacing=26)
        where = row(theme, self.where, self.elsewhere, STRETCH, spacing=12)
        parts = (head, 6, where, 28, steps, 30, self.sample_card)
        page = box(column(theme, *parts, margins=(0, 0, 0, 40)), self)
        page.setMaximumWidth(theme.px(_WIDTH))
        middle = row(theme, STRETCH, grow(page, 100), STRETCH, spacing=6)
        margins = (24, 24, 24, 0)
        whole = box(column(theme, STRETCH, middle, STRETCH, spacing=6, margins=margins), self)
        self.setWidget(whole)
        for ground in (self.viewport(), whole):
            ground.setBackgroundRole(QPalette.ColorRole.Base)

    def _show_states(self) -> None:
        has_address, has_text = self._address is not None, bool(self.secret.text())
        self._first.number.show_state("done" if has_address else "next")
        self._second.number.show_state("next" if has_address else "waiting")
        is_third_next = has_address and has_text
        figures = self._seen or VerdictTotals()
        is_delivered, is_valid = _delivered(figures), _valid(figures)
        if is_delivered:
            self._second.number.show_state("done")
        is_third_next = is_third_next or is_delivered or (has_address and self._has_secret)
        self._third.number.show_state("done" if is_valid else "next" if is_third_next else "waiting")
        self._first.status.setText("address is set" if has_address else "no address yet")
        self._second.status.setText("first delivery received" if is_delivered else "no delivery yet")
        invalid = (
            f"{figures.invalid:,} invalid, none valid yet" if figures.invalid else "no valid signature yet"
        )
        self._third.status.setText("first valid signature" if is_valid else invalid)
        self.title.setText(
            "Blitzllama is connected"
            if is_valid
            else f"Waiting for the first {'valid signature' if is_delivered else 'delivery'}"
        )
        where = self._problem or _whereabouts(self._url, is_connected=is_valid)
        self.where.setText("" if self._is_starting else where)
        self.sample_card.setVisible(not is_delivered)
        self.set_address.setVisible(not has_address)
        self.set_address.set_primary(not self._problem)  # the port comes first
        self.copy_local.setVisible(not has_address)
        self._first.text.setText(_REACHED if has_address else _UNREACHED)
        self.copy_address.set_primary(has_address and not is_delivered and (self._has_secret or not has_text))
        self.save_secret.set_primary(has_address and has_text and not self._has_secret)

    @Slot(str)
    def _secret_typed(self, text: str) -> None:
        self.save_secret.setEnabled(bool(text))
        self.copy_secret.setEnabled(bool(text))
        self._show_states()

    @Slot()
    def _generate_secret(self) -> None:
        self._generated = generated_secret()
        self.secret.setText(self._generated)
        self.secret.selectAll()
        self.secret.setFocus()

    @Slot()
    def _copy_typed(self) -> None:
        QGuiApplication.clipboard().setText(self.secret.text())
        self.message_posted.emit("Copied the secret.")

    @Slot()
    def _enter_secret(self) -> None:
        if text := self.secret.text():
            self.secret_entered.emit(text, text == self._generated)


def _how_long(keyring_problem: str | None) -> str:
    """Return how long a secret is stored. If it cannot be saved, add why and what to do instead."""
    if keyring_problem is None:
        return "Saved in the system’s keyring."
    return visible(keyring_problem)


def _whereabouts(url: str | None, *, is_connected: bool) -> str:
    if url is None:
        return "Not listening. Start listening in the bar above."
    more = "Three steps connect Blitzllama to it."
    if is_connected:
        more = "Valid deliveries are arriving."
    return f"Listening at {url.removeprefix('http://').rstrip('/')}. {more}"


def _delivered(figures: VerdictTotals) -> bool:
    """Return whether anything except samples has arrived."""
    return figures.total > figures.samples


def _valid(figures: VerdictTotals) -> bool:
    return figures.valid + figures.rewritten > 0
