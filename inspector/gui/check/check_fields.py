"""What to check: the receiver, the secret that signs, the tests, and the button that starts."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QMenu

from inspector.base.quantity import counted
from inspector.base.visible import visible
from inspector.domain.receiver.report import GROUPS, TestGroup
from inspector.domain.replay.address_text import typed_url
from inspector.gui.kit.buttons import Button, IconButton
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.context.runner import LatestTask, Runner
from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.gui.kit.controls.value_boxes import ComboBox, ElidedComboBox
from inspector.gui.kit.layout import STRETCH, Panel, at, box, caption, column, grow, row
from inspector.gui.kit.menus import make_exclusive
from inspector.gui.kit.theme import Theme
from inspector.gui.replay.questions import HostQuestion, Question
from inspector.gui.replay.target import TargetField
from inspector.session.receiver.check import ALL_GROUPS, planned
from inspector.session.session import Session

_EVENTS = (
    "The check sends it test events signed with your secret. If you allow it, captures may be sent there too."
)
_CAPTURE = "The check sends it a capture, with people’s answers and your app key, and variants of it."
_SIGN = "Sign it anyway"
_PACES = (None, 10, 5, 2, 1)
"""Maximum requests per second that can be selected; None is as fast as the receiver responds."""
_BOTTOM = Qt.AlignmentFlag.AlignBottom


class CheckFields(Panel):
    """The fields at the top of the window, locked while a check runs."""

    changed = Signal()
    """Another target, secret, or choice of tests."""
    started = Signal()
    """The user wants to check."""
    allowed = Signal()
    """The user allows the host, and wants to check."""

    def __init__(self, session: Session, theme: Theme, runner: Runner, mask: Mask | None) -> None:
        super().__init__(theme, fill="window", radius=0)
        self._session = session
        self._is_checking = False
        self._is_secret_selected = False
        self.is_resigning = False
        """Whether the user asked to sign this capture although it is not valid."""
        self._likely = LatestTask(session.tasks, "find the secret that verifies captures", self)
        to = session.replays.last_target or ""
        self.target = TargetField(session, theme, runner, to, mask=mask, has_menu=False)
        self.other = TargetField(session, theme, runner, "", mask=mask, has_menu=False)
        self.other.line.setAccessibleName("Second receiver, to compare with")
        self.leave = IconButton(theme, "close", "Stop comparing")
        self.leave.clicked.connect(self._leave_comparison)
        self.secret = ElidedComboBox(theme, "Secret to sign with")
        self.tests = ComboBox(theme, "Tests")
        self.tests.setSizeAdjustPolicy(ComboBox.SizeAdjustPolicy.AdjustToContents)
        self.more = IconButton(theme, "more", "More actions for this check")
        self.verb = Button(theme, "Check", icon="play", is_primary=True)
        self.question = HostQuestion(theme, _EVENTS)
        self.unverified = Question(theme, _SIGN)
        self._fill_menus()
        self._lay_out(theme)
        self.target.changed.connect(self._edited)
        self.target.entered.connect(self._start)
        self.other.changed.connect(self._edited)
        self.other.entered.connect(self._start)
        self.question.allow.clicked.connect(self.allowed)
        self.unverified.allow.clicked.connect(self._resign)
        self.secret.activated.connect(self._secret_selected)
        self.tests.activated.connect(self._tests_selected)
        self.verb.clicked.connect(self.started)
        self.more.clicked.connect(self._open_menu)
        SignalBatcher(session.secrets.changed, self).passed.connect(self.show_secrets)

    def _fill_menus(self) -> None:
        self.tests.addItem(f"All {len(planned())}", None)
        for name, title in GROUPS.items():
            self.tests.addItem(title, name)
        menu = self.target.menu
        menu.addSeparator()
        self.compare_action = menu.addAction("Compare with…")
        self.compare_action.triggered.connect(self._compare)
        self.paces = QMenu("Pace", menu)
        for pace in _PACES:
            label = "As fast as it responds" if pace is None else f"{counted(pace, 'request')} per second"
            self.paces.addAction(label).setData(pace)
        make_exclusive(self.paces.actions())
        self.paces.actions()[0].setChecked(True)
        menu.addMenu(self.paces)

    def _lay_out(self, theme: Theme) -> None:
        for field in (self.target, self.other):
            field.setMaximumWidth(theme.px(300))
        self.secret.setMaximumWidth(theme.px(160))
        self.tests.setMinimumWidth(theme.px(110))
        fields = [
            column(theme, caption(theme, text, field), field, spacing=4)
            for text, field in (("To", self.target), ("Signed with", self.secret), ("Tests", self.tests))
        ]
        to, signed_with, tests = fields
        name = caption(theme, "Compared with", self.other)
        self._comparison = box(
            column(theme, name, row(theme, grow(self.other), self.leave, spacing=4), spacing=4)
        )
        self._comparison.hide()
        line = row(
            theme,
            *(grow(to, 300), grow(self._comparison, 300), grow(signed_with, 160), tests, STRETCH),
            *(at(_BOTTOM, self.more), at(_BOTTOM, self.verb)),
            spacing=12,
        )
        column(theme, line, self.question, self.unverified, spacing=8, margins=(20, 12, 20, 12), on=self)

    # ---- what is selected

    @property
    def to(self) -> str:
        """The name of a target, or an address completed to a URL."""
        return self._completed(self.target.text)

    @property
    def versus(self) -> str | None:
        """The second receiver to compare with, or None."""
        return self._completed(self.other.text) if self._comparison.isVisibleTo(self) else None

    def _completed(self, text: str) -> str:
        return text if self._session.targets.find(text) is not None else typed_url(text)

    @property
    def groups(self) -> frozenset[TestGroup]:
        """The groups of the tests to run."""
        data = self.tests.currentData()
        return frozenset(name for name in GROUPS if name == data) or ALL_GROUPS

    @property
    def capture_id(self) -> int | None:
        """The capture to explain, if no tests are selected."""
        data = self.tests.currentData()
        return data if isinstance(data, int) else None

    @property
    def pace(self) -> int | None:
        """Maximum requests per second."""
        return next((action.data() for action in self.paces.actions() if action.isChecked()), None)

    def select_capture(self, capture_id: int) -> None:
        """Suggest to explain why this capture was rejected, and select that."""
        last = self.tests.count() - 1
        if isinstance(self.tests.itemData(last), int):  # another capture
            self.tests.removeItem(last)
        self.tests.addItem(f"Why was #{capture_id:,} rejected?", capture_id)
        self.tests.setCurrentIndex(self.tests.count() - 1)
        self._edited()

    @Slot()
    def show_secrets(self) -> None:
        """Show the active secrets. Until the user selects one, select the one that verifies captures."""
        before = self.secret.currentData()
        self.secret.clear()
        for secret in self._session.secrets.active:
            self.secret.addItem(visible(secret.name), secret.name)
        self.secret.setCurrentIndex(max(self.secret.findData(before), 0) if self.secret.count() else -1)
        self._edited()
        if not self._is_secret_selected and self.secret.count() > 1:
            self._likely.start(self._select_likely())

    async def _select_likely(self) -> None:
        place = self.secret.findData(await self._session.receiver_check.likely_secret())
        if place >= 0 and not self._is_secret_selected and not self._is_checking:
            self.secret.setCurrentIndex(place)

    def ask_host(self, host: str) -> None:
        """Ask whether the tests, or the capture, may be sent to a host."""
        self.question.ask(visible(host), "" if self.capture_id is None else _CAPTURE)

    def ask_to_sign(self) -> None:
        """Ask whether the capture is signed again although anyone may have sent it."""
        self.unverified.put(
            f"#{self.capture_id:,} is not valid, so anyone may have sent it. Signed with your secret, it"
            " looks genuine to the receiver.",
            _SIGN,
        )

    def hide_questions(self) -> None:
        """Hide what was asked."""
        self.question.hide()
        self.unverified.hide()

    def cancel(self) -> None:
        """Cancel what is being looked up."""
        self._likely.cancel()

    # ---- user input

    def lock(self, is_checking: bool) -> None:
        """Lock the fields while a check runs, and unlock them."""
        self._is_checking = is_checking
        is_idle, has_secret = not is_checking, self.secret.count() > 0
        has_targets = bool(self.target.text) and self.versus != ""
        self.verb.setEnabled(is_idle and has_secret and has_targets)
        for field in (self.target, self.other):
            field.set_fixed(not is_idle)
        self.leave.setEnabled(is_idle)
        self.secret.setEnabled(is_idle and has_secret)
        self.tests.setEnabled(is_idle)
        self.more.setEnabled(is_idle)

    @Slot()
    def _start(self) -> None:
        if self.verb.isEnabled():
            self.started.emit()

    @Slot()
    def _resign(self) -> None:
        self.is_resigning = True
        self._start()

    @Slot()
    def _edited(self) -> None:
        self.is_resigning = False
        self.hide_questions()
        self.lock(self._is_checking)
        self.changed.emit()

    @Slot()
    def _compare(self) -> None:
        self._comparison.show()
        self.other.setFocus()
        self._edited()

    @Slot()
    def _leave_comparison(self) -> None:
        self._comparison.hide()
        self.target.setFocus()
        self._edited()

    @Slot(int)
    def _secret_selected(self, _place: int) -> None:
        self._is_secret_selected = True

    @Slot(int)
    def _tests_selected(self, _place: int) -> None:
        self._edited()

    @Slot()
    def _open_menu(self) -> None:
        self.target.open_menu(self.more)
