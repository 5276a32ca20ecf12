"""The first start page: three steps until Blitzllama's deliveries arrive and are valid."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QPalette
from PySide6.QtWidgets import QFrame, QLineEdit, QScrollArea, QWidget

from inspector.base.quantity import counted
from inspector.base.visible import visible
from inspector.domain.capture.rows import VerdictTotals
from inspector.gui.first_start.address_step import AddressStep
from inspector.gui.first_start.steps import GuideStep, SampleCard, StepField
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.labels import Label
from inspector.gui.kit.layout import STRETCH, box, column, grow, row
from inspector.gui.kit.links import Link
from inspector.gui.kit.theme import Theme
from inspector.gui.public_address.address_view import AddressView
from inspector.session.signature.secrets import generated_secret
from inspector.session.tunnels import TunnelState

_WIDTH = 844


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
        self._view = AddressView(address=None, state=TunnelState(), now_ms=0)
        self._has_secret = self._is_generated = False
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
        self.public = AddressStep(theme, actions, self)
        self._build_secret_step()
        self._build_dashboard_step(actions)
        self._lay_out(actions)
        actions["connect"].triggered.connect(self.ask)
        actions["mask"].toggled.connect(self.mask_secret)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # only its controls take the focus
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.show_listening(None)
        self.show_secrets(False, None)

    @property
    def steps(self) -> tuple[GuideStep, ...]:
        """The three steps, from top to bottom."""
        return self.public, self._second, self._third

    # ---- content

    def show_listening(self, url: str | None) -> None:
        """Show whether the program listens."""
        self._url, self._is_starting = url, False
        if url is not None:
            self._forget_problem()
        self._show_states()

    def show_starting(self) -> None:
        """Show no sentence until the attempt to listen has ended."""
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

    @Slot(object)
    def show_view(self, view: AddressView) -> None:
        """Show the public address and its tunnel."""
        self._view = view
        self.copy_address.setEnabled(view.address is not None)
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
        self._has_secret, self._is_generated = has_active, has_active and is_generated
        if self._is_generated:
            sentence = (
                "The secret is active. Paste it into the dashboard too. Until then, no delivery is valid."
            )
        elif has_active:
            sentence = "A secret is active. Every delivery is checked with it."
        else:
            how_long = "Saved in the system keyring." if keyring_problem is None else visible(keyring_problem)
            sentence = f"Blitzllama signs with it, and this window verifies with it. {how_long}"
        self._second.show_text(sentence)
        entry = (self.secret, self.generate, self.save_secret)
        had_focus = self.window().focusWidget() in entry
        self.copy_secret.setEnabled(self._is_generated)
        if has_active and had_focus:  # otherwise Qt moves the focus to a distant button when these are hidden
            following = self.copy_address if self.copy_address.isEnabled() else self.copy_secret
            following.setFocus(Qt.FocusReason.OtherFocusReason)
        for widget in entry:
            widget.setVisible(not has_active)
        self.save_secret.show_as("Save" if keyring_problem is None else "Use", None)
        self._show_states()

    @Slot(bool)
    def mask_secret(self, is_masked: bool) -> None:
        """Hide or show the typed secret."""
        mode = QLineEdit.EchoMode.Password if is_masked else QLineEdit.EchoMode.Normal
        self.secret.setEchoMode(mode)

    # ---- construction

    def _build_secret_step(self) -> None:
        theme = self._theme
        self._second = GuideStep(theme, 2, "Secret", self)
        self.secret = StepField(theme, "The dashboard’s secret, or generate one", "Secret", self)
        self.secret.setToolTip("Used exactly as typed, including whitespace")
        self.secret.textChanged.connect(self._secret_typed)
        self.secret.returnPressed.connect(self._enter_secret)
        self.generate = Button(theme, "Generate and copy", icon="key", may_be_primary=True, parent=self)
        self.generate.setToolTip("Generate a random secret, use it here, and copy it for the dashboard")
        self.generate.clicked.connect(self._generate_secret)
        self.save_secret = Button(theme, "Save", may_be_primary=True, parent=self)
        self.save_secret.setEnabled(False)
        self.save_secret.clicked.connect(self._enter_secret)
        self._second.add(row(theme, grow(self.secret), self.generate, self.save_secret, spacing=8))

    def _build_dashboard_step(self, actions: Actions) -> None:
        theme = self._theme
        self._third = GuideStep(theme, 3, "Blitzllama’s dashboard", self)
        self._third.show_text("Open Connections › Webhook, paste the address and the secret, and click save.")
        tip = f"Copy the public address ({actions.key('copy-public')})"
        self.copy_address = self._copy_button("Copy address", tip, actions["copy-public"].trigger)
        self.copy_address.setEnabled(False)
        tip = "Copy the generated secret, until the first valid delivery"
        self.copy_secret = self._copy_button("Copy secret", tip, actions["copy-secret"].trigger)
        self.strays = Link(theme, parent=self)
        self.strays.setToolTip("Requests to other paths than that of the public address")
        self.strays.clicked.connect(actions["strays"].trigger)
        self.strays.hide()
        self._third.add(row(theme, self.copy_address, self.copy_secret, 4, self.strays, STRETCH, spacing=8))

    def _copy_button(self, text: str, tip: str, copy: Callable[[], None]) -> Button:
        """Return a button that copies a text and confirms it."""
        button = Button(self._theme, text, icon="copy", may_be_primary=True, parent=self)
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
        parts = (head, 6, where, 24, steps, 24, self.sample_card)
        page = box(column(theme, *parts, margins=(0, 0, 0, 24)), self)
        page.setMaximumWidth(theme.px(_WIDTH))
        middle = row(theme, STRETCH, grow(page, 100), STRETCH, spacing=6)
        margins = (24, 24, 24, 0)
        whole = box(column(theme, STRETCH, middle, STRETCH, spacing=6, margins=margins), self)
        self.setWidget(whole)
        for ground in (self.viewport(), whole):
            ground.setBackgroundRole(QPalette.ColorRole.Base)

    def _show_states(self) -> None:
        view, has_secret, has_text = self._view, self._has_secret, bool(self.secret.text())
        has_address = view.address is not None
        figures = self._seen or VerdictTotals()
        is_delivered, is_valid = _delivered(figures), _valid(figures)
        # A delivery proves a pasted address, too: its own machine may be unable to reach it.
        is_reached = view.is_proved or (has_address and is_delivered and not view.has_program)
        self.public.number.show_state("done" if is_reached else "next")
        self._second.number.show_state("done" if has_secret else "next" if has_address else "waiting")
        is_last = is_delivered or (has_address and has_secret)
        self._third.number.show_state("done" if is_valid else "next" if is_last else "waiting")
        # One primary button: a taken port comes first, then the banner of a changed address.
        has_primary = not (self._problem or is_valid or view.changed_ms is not None)
        self.public.show_view(view, has_primary=has_primary and view.is_idle)
        is_second = has_primary and not view.is_idle and not has_secret
        self.generate.set_primary(is_second and not has_text)
        self.save_secret.set_primary(is_second and has_text)
        self.copy_address.set_primary(has_primary and has_address and has_secret and not is_delivered)
        self._second.show_status("secret is active" if has_secret else "no secret yet")
        if is_valid:
            self._third.show_status("first valid signature", "valid")
        elif figures.invalid:
            self._third.show_status(f"{figures.invalid:,} invalid, none valid yet", "invalid")
        else:
            self._third.show_status("first delivery received" if is_delivered else "no delivery yet")
        self.strays.show_text(f"Show {counted(view.strays, 'stray request')}")
        self.strays.setVisible(bool(view.strays) and not is_delivered)
        if is_valid:
            self.title.setText(f"Blitzllama {'was' if view.is_cut_off else 'is'} connected")
        else:
            self.title.setText(f"Waiting for the first {'valid signature' if is_delivered else 'delivery'}")
        where = self._problem or _whereabouts(self._url, view, is_connected=is_valid)
        self.where.setText("" if self._is_starting else where)
        self.sample_card.setVisible(not is_delivered)

    @Slot(str)
    def _secret_typed(self, text: str) -> None:
        self.save_secret.setEnabled(bool(text))
        self._show_states()

    @Slot()
    def _generate_secret(self) -> None:
        text = generated_secret()
        QGuiApplication.clipboard().setText(text)
        self.message_posted.emit("Copied the new secret. Paste it into the dashboard.")
        self.secret_entered.emit(text, True)

    @Slot()
    def _enter_secret(self) -> None:
        if text := self.secret.text():
            self.secret_entered.emit(text, False)


def _whereabouts(url: str | None, view: AddressView, *, is_connected: bool) -> str:
    if url is None:
        return "Not listening. Start listening in the bar above."
    if is_connected and view.is_cut_off:
        return "Valid deliveries arrived before. Now the public address does not lead here."
    if is_connected:
        return "Valid deliveries are arriving."
    return "Three steps connect Blitzllama to this machine. Nothing leaves it unless you send it."


def _delivered(figures: VerdictTotals) -> bool:
    """Return whether anything except samples has arrived."""
    return figures.total > figures.samples


def _valid(figures: VerdictTotals) -> bool:
    return figures.valid + figures.rewritten > 0
