"""The left of the Replay window: which captures are sent, where, and how, as sentences and fields."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QCheckBox, QFrame, QScrollArea, QWidget

from inspector.base.visible import visible
from inspector.domain.replay.plan_options import PlanOptions
from inspector.domain.replay.plan_text import Facts
from inspector.domain.replay.request_options import RequestOptions
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.context.runner import Runner
from inspector.gui.kit.controls.value_boxes import ElidedComboBox
from inspector.gui.kit.flow_text import FlowText
from inspector.gui.kit.labels import Hairline, Label, plain_tip
from inspector.gui.kit.layout import STRETCH, column, form, grow, row
from inspector.gui.kit.theme import SCROLL_BAR_GROUND, Theme
from inspector.gui.replay.plan_fields import FaultFields, PaceFields
from inspector.gui.replay.questions import HostQuestion, UnknownQuestion
from inspector.gui.replay.target import TargetField
from inspector.gui.replay.text import FOLLOW, FOLLOW_TIP
from inspector.session.session import Session

_WIDTH = 300


class PlanSentences(QWidget):
    """A plan as sentences, each below its caption; a long URL can break at any character."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._parts: list[QWidget] = []
        self._layout = column(theme, spacing=2, on=self)

    @property
    def text(self) -> str:
        """Captions and sentences, one per line."""
        return "\n".join(
            part.text() if isinstance(part, Label) else part.toPlainText()
            for part in self._parts
            if isinstance(part, (Label, FlowText))
        )

    def show_facts(self, facts: Facts) -> None:
        """Show another plan."""
        for part in self._parts:
            self._layout.removeWidget(part)
            part.deleteLater()
        self._parts = []
        for caption, sentence in facts:
            head = Label(self._theme, caption, px=11, tone="text2")
            head.setContentsMargins(0, self._theme.px(8), 0, 0)
            text = FlowText(self._theme, font=self._theme.font(13))
            text.setAccessibleName(caption)
            text.show_text(sentence)
            for part in (head, text):
                self._layout.addWidget(part)
                self._parts.append(part)


class ReplayPlan(QWidget):
    """The fields of a plan, or sentences while it runs or is resumed."""

    changed = Signal()
    """A field of the plan was edited."""
    allowed = Signal()
    """The user allowed the host of the question."""

    def __init__(
        self,
        session: Session,
        theme: Theme,
        runner: Runner,
        target: str,
        parent: QWidget | None = None,
        *,
        mask: Mask | None = None,
    ) -> None:
        super().__init__(parent)
        px = theme.px
        self.setFixedWidth(px(_WIDTH))
        self.what = Label(theme, wraps=True)
        self.to = TargetField(session, theme, runner, target, mask=mask)
        self.to.changed.connect(self._edited)
        self.target = self.to.line
        self._path = Label(theme, px=11, tone="text2", wraps=True)
        self.signature = ElidedComboBox(theme, "Signature", {None: "As captured"})
        for secret in (*session.secrets.active, *session.secrets.inactive):
            self.signature.addItem(f"Re-sign with {visible(secret.name)}", secret.name)
        self.unverified = QCheckBox("Also re-sign captures that are not valid")
        self.unverified.setToolTip("Their origin is unknown; a new signature makes them look genuine")
        self.marker = QCheckBox("Mark each request as a replay")
        self.marker.setToolTip("Adds the header x-webhook-inspector-replay with the capture id")
        self.redirects = QCheckBox(FOLLOW)
        self.redirects.setToolTip(plain_tip(FOLLOW_TIP))
        self.pace = PaceFields(theme)
        self.at_once = self.pace.at_once
        self.faults = FaultFields(theme)
        self.question = HostQuestion(theme)
        self.question.allow.clicked.connect(self.allowed)
        self.unknown = UnknownQuestion(theme)
        self._fixed = Label(theme, "A running plan cannot be changed.", px=11, tone="text2", wraps=True)
        self._fields = QWidget()
        column(
            theme,
            form(theme, ("Captures", self.what), ("To", self.to)),
            self._path,
            form(theme, ("Requests", self.signature)),
            *(self.unverified, self.marker, self.redirects, self.pace),
            form(theme, ("Deliberate faults", self.faults)),
            spacing=4,
            on=self._fields,
        )
        self.sentences = PlanSentences(theme)
        self.sentences.hide()
        inner = QWidget()
        column(
            theme,
            Label(theme, "Plan", px=13, weight=600),
            *(self.question, self.unknown, self._fields, self.sentences),
            STRETCH,
            spacing=4,
            margins=(20, 16, 16, 12),
            on=inner,
        )
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setProperty(SCROLL_BAR_GROUND, "window")
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        scroll.viewport().setAutoFillBackground(False)
        inner.setAutoFillBackground(False)
        below = column(theme, self._fixed, margins=(20, 0, 16, 10))
        row(theme, column(theme, grow(scroll), below), Hairline(theme, is_upright=True), on=self)
        self.setBackgroundRole(QPalette.ColorRole.Window)
        self.setAutoFillBackground(True)
        self.signature.currentIndexChanged.connect(self._signed)
        self.unverified.toggled.connect(self._edited)
        self.marker.toggled.connect(self._edited)
        self.redirects.toggled.connect(self._edited)
        self.pace.changed.connect(self._edited)
        self.faults.changed.connect(self._edited)
        self.show_running(False)
        self._signed()

    def show_what(self, what: str) -> None:
        """Show which captures are sent."""
        self.what.setText(what)

    def show_fixed(self, facts: Facts | None) -> None:
        """Show sentences instead of the fields of a plan that cannot change; None shows the fields."""
        if facts is not None:
            self.sentences.show_facts(facts)
        self.sentences.setVisible(facts is not None)
        self._fields.setVisible(facts is None)

    def show_running(self, is_running: bool) -> None:
        """Show or hide why the plan cannot be changed."""
        self._fixed.setVisible(is_running)

    def plan_options(self) -> PlanOptions:
        """Return order, pace and faults. Raises UsageError for an impossible combination."""
        return PlanOptions(
            **self.pace.arguments(), faults=self.faults.faults(), seed=self.faults.seed.value()
        )

    def request_options(self) -> RequestOptions:
        """Return how each request is signed and marked, and whether redirects are followed."""
        return RequestOptions(
            sign_with=self.signature.currentData(),
            is_resigning_unverified=self.unverified.isChecked() and not self.unverified.isHidden(),
            has_marker=self.marker.isChecked(),
            is_following_redirects=self.redirects.isChecked(),
        )

    @Slot()
    def _signed(self) -> None:
        self.unverified.setVisible(self.signature.currentData() is not None)
        self._edited()

    @Slot()
    def _edited(self) -> None:
        after = self.to.url().strip().partition("://")[2]
        path = after[after.find("/") :] if "/" in after else ""
        has_path = path not in ("", "/")
        place = "this path, not to the captured one" if has_path else "the captured path"
        self._path.setText(f"Sent to {place}.")
        self.question.hide()
        self.changed.emit()
