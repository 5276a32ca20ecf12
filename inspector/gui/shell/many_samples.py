"""Many samples: the dialog with their number, pace and faults, and the run in the status bar."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

from inspector.base.errors import UsageError
from inspector.base.quantity import counted
from inspector.base.visible import shortened, visible
from inspector.domain.event.question import QUESTION_TYPES
from inspector.domain.event.sample_traffic import LANGUAGES, MOST_DELIVERIES, MOST_SEED, TrafficOptions
from inspector.domain.json.json_edit import ValuePath
from inspector.domain.json.json_path import path_steps
from inspector.domain.replay.address_text import typed_url
from inspector.domain.replay.plan_options import MAX_AT_ONCE, MAX_RATE
from inspector.gui.kit.context.window import Window
from inspector.gui.kit.controls.value_boxes import (
    ComboBox,
    DecimalBox,
    ElidedComboBox,
    LineField,
    SeveralBox,
    SpinBox,
)
from inspector.gui.kit.dialog import FormDialog
from inspector.gui.kit.layout import form, grow, row
from inspector.gui.kit.theme import Theme
from inspector.gui.shell.work_status import WorkStatus
from inspector.session.samples import SampleRun
from inspector.session.session import Session

_PROGRESS_MS = 200
_NEW_SEED = -1
_SHARES = {
    "drop_out": ("Respondents that drop out", "Share of respondents that leave before the completion"),
    "duplicates": ("Sent twice", "Share of deliveries that are sent twice"),
    "out_of_order": ("Out of order", "Share of deliveries that swap places with the next"),
    "unsigned": ("Unsigned", "Share of deliveries without a signature"),
    "wrong_secret": ("Wrong secret", "Share of deliveries that are signed with another secret"),
}
_OF_SURVEY = ("drop_out", "duplicates", "out_of_order")
"""Shares that make no sense for one saved body."""


class ManySamplesDialog(FormDialog):
    """The target, the number and pace of the deliveries, and the shares of faults."""

    prepared = Signal(object)
    """The run to start, a SampleRun."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(session, theme, "Send many samples", "Send", parent)
        self._session = session
        self._asked: str | None = None
        own = session.ingest.url
        self.to = LineField(theme, "Target", example="URL, or the name of a target", text=own or "")
        self.count = SpinBox("Deliveries", 1, MOST_DELIVERIES)
        self.count.setValue(1_000)
        self.count.setGroupSeparatorShown(True)
        self.respondents = SpinBox("Respondents", 0, MOST_DELIVERIES)
        self.respondents.setSpecialValueText("As many as needed")
        self.pace = ComboBox(theme, "Pace", {False: "As fast as responses arrive", True: "At a fixed rate"})
        self.rate = DecimalBox(theme, "Deliveries per second", 0.01, MAX_RATE, unit=" per second", value=10)
        self.at_once = SpinBox("Concurrent deliveries", 1, MAX_AT_ONCE)
        names = {name: shortened(visible(name), 60) for name in session.samples.names()}
        self.sample = ElidedComboBox(
            theme, "Sample", {None: "Made-up respondents of the built-in survey", **names}
        )
        self.languages = SeveralBox(theme, "Languages", LANGUAGES)
        types = {name: kind.label.partition(",")[0] for name, kind in QUESTION_TYPES.items()}
        self.types = SeveralBox(theme, "Question types", types)
        self.value = LineField(theme, "Change a value: path and new value", example="$.platform=ios")
        self.seed = SpinBox("Seed", _NEW_SEED, MOST_SEED)
        self.seed.setSpecialValueText("New each time")
        self.seed.setValue(_NEW_SEED)
        self.shares = {name: SpinBox(spoken, 0, 100) for name, (_, spoken) in _SHARES.items()}
        for share in self.shares.values():
            share.setSuffix(" %")
        for spin in (self.count, self.respondents, self.at_once, self.seed, *self.shares.values()):
            spin.setMinimumHeight(theme.px(28))
        self.add_field("Target", self.to)
        self.add_field("Sample", self.sample)
        left = form(
            theme,
            ("Deliveries", self.count),
            ("Respondents", self.respondents),
            ("Pace", self.pace),
            ("Rate", self.rate),
            ("Concurrent", self.at_once),
            ("Languages", self.languages),
            ("Seed", self.seed),
        )
        right = form(
            theme,
            *((caption, self.shares[name]) for name, (caption, _) in _SHARES.items()),
            ("Question types", self.types),
            ("Change a value", self.value),
        )
        self.add(row(theme, grow(left), grow(right), spacing=20))
        self.add(8)
        self.explain("Responses are counted, but not stored. Samples are not counted in statistics.")
        self.add(self.error)
        self.pace.currentIndexChanged.connect(self._look)
        self.sample.currentIndexChanged.connect(self._look)
        self.to.textChanged.connect(self._forget_host)
        self.verb.clicked.connect(self._send)
        self._look()
        self.count.setFocus()
        self.count.selectAll()

    @Slot()
    def _look(self) -> None:
        self.rate.setEnabled(bool(self.pace.currentData()))
        of_survey = (self.respondents, self.languages, self.types, *(self.shares[one] for one in _OF_SURVEY))
        for field in of_survey:
            field.setEnabled(self.sample.currentData() is None)

    @Slot()
    def _forget_host(self) -> None:
        if self._asked is not None:
            self._asked = None
            self.verb.show_as("Send", None)

    def options(self) -> TrafficOptions:
        """Return the fields. Raises UsageError for an impossible combination."""
        shares: dict[str, Any] = {
            name: share.value() / 100 if share.isEnabled() else 0.0 for name, share in self.shares.items()
        }
        if shares["out_of_order"] and self.at_once.value() > 1:
            raise UsageError("Deliveries can be out of order only one at a time. Set Concurrent to 1.")
        return TrafficOptions(
            deliveries=self.count.value(),
            respondents=self.respondents.value() or None,
            languages=self.languages.values,
            types=self.types.values,
            **shares,
        )

    def edits(self) -> tuple[tuple[ValuePath, str], ...]:
        """Return the value to change, if there is one. Raises UsageError if its path is not valid."""
        text = self.value.text().strip()
        if not text:
            return ()
        path, is_given, value = text.partition("=")
        if not is_given:
            raise UsageError("Enter a path and its new value, such as $.platform=ios.")
        return ((path_steps(path), value),)

    @Slot()
    def _send(self) -> None:
        self.working(is_kept=False)
        self.runner.run(self._prepare(), "prepare samples", self.notify)

    async def _prepare(self) -> None:
        options, edits, to = self.options(), self.edits(), self.to.text().strip()
        if not to:
            raise UsageError("Enter the URL of your receiver, or the name of a target.")
        if self._session.targets.find(to) is None:
            to = typed_url(to)
        host = await self._session.requests.asks_host(to)
        if host is not None and host != self._asked:
            self._asked = host
            self.notify(
                f"{visible(host)} is not localhost. If you allow it, captures may be sent there too."
                " You are asked once per host and file."
            )
            self.verb.show_as(f"Allow {shortened(visible(host), 24)} and send", None)
            return
        if host is not None:
            await self._session.hosts.allow(host)
        run = await self._session.samples.prepare_traffic(
            to,
            name=self.sample.currentData(),
            options=options,
            edits=edits,
            seed=None if self.seed.value() == _NEW_SEED else self.seed.value(),
            rate=self.rate.value() if self.pace.currentData() else None,
            at_once=self.at_once.value(),
        )
        self.prepared.emit(run)
        self.accept()


class ManySamples(QObject):
    """The command for many samples, and the progress of its run, with Stop."""

    def __init__(self, window: Window) -> None:
        super().__init__(window.widget)
        self._window = window
        self._run: SampleRun | None = None
        self.status = WorkStatus(window.theme, window.widget)
        self.status.name_stop("Stop sending samples")
        self.status.link_clicked.connect(self._stop)
        self._timer = QTimer(self)
        self._timer.setInterval(_PROGRESS_MS)
        self._timer.timeout.connect(self._show)
        self._action = window.action("sample-many")
        self._action.triggered.connect(self._open)

    @Slot()
    def _open(self) -> None:
        dialog = self._window.open_dialog(
            lambda parent: ManySamplesDialog(self._window.session, self._window.theme, parent)
        )
        if dialog is not None:
            dialog.prepared.connect(self._start)

    @Slot(object)
    def _start(self, run: SampleRun) -> None:
        self._run = run
        self._action.setEnabled(False)
        self._show()
        self._timer.start()
        self._window.runner.run(self._send(run), "send many samples")

    @Slot()
    def _stop(self) -> None:
        if self._run is not None:
            self._run.stop()

    @Slot()
    def _show(self) -> None:
        if self._run is None:
            return
        result = self._run.result
        of = f" of {result.total:,}" if result.total else ""
        failed = f", {result.failed:,} failed" if result.failed else ""
        part = result.deliveries / result.total if result.total else None
        self.status.show_part(f"Sending samples: {result.deliveries:,}{of}{failed}", part)

    async def _send(self, run: SampleRun) -> None:
        try:
            result = await run.work()
        finally:
            self._run = None
            self._timer.stop()
            self.status.hide()
            self._action.setEnabled(True)
        parts = [f"{count:,} × {status}" for status, count in result.statuses]
        if result.times is not None:
            parts.append(f"median {result.times.median_ms:,.0f} ms")
        if result.accepted:
            parts.append(f"{result.accepted:,} accepted without a valid signature")
        how = "Stopped" if run.is_stopped else "The receiver is gone" if result.is_gone else "Sent"
        what = counted(result.deliveries, "sample")
        told = f": {', '.join(parts)}" if parts else ""
        first = f"{how} {what}" if how == "Sent" else f"{how} after {what}"
        self._window.notify(f"{first}{told}.")
