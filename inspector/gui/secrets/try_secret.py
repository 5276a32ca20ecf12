"""Tries a secret on the captures that are chosen, as it is typed; nothing is kept unless it is to be used."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

from inspector.base.errors import InspectorError
from inspector.domain.event.event import read_event
from inspector.domain.json.value import NotJSON, parse_bounded
from inspector.domain.signature.content import content_of
from inspector.domain.signature.evaluation import is_large
from inspector.domain.signature.secret import remarks
from inspector.domain.signature.verdict import Verdict
from inspector.gui.kit.context.runner import LatestTask
from inspector.gui.kit.dialog import FormDialog
from inspector.gui.kit.labels import Label
from inspector.gui.kit.layout import grow, row
from inspector.gui.kit.theme import Theme
from inspector.gui.secrets.results import TriedList
from inspector.gui.secrets.secret_dialog import SecretField
from inspector.session.diagnoses import MAX_TRIED
from inspector.session.session import Session

_DEBOUNCE_MS = 150
_APP_KEYS_OF = 20
"""So many of the chosen captures are looked into for their app_key."""
NOTHING_CHOSEN = "Choose captures in the list to try it on."


class TrySecretDialog(FormDialog):
    """Stays beside the window, so that other captures can be chosen meanwhile."""

    used = Signal(str)
    """This secret is to be used from now on; how it is called and kept is asked next."""

    def __init__(
        self, session: Session, theme: Theme, ids: Sequence[int], parent: QWidget | None = None
    ) -> None:
        super().__init__(session, theme, "Try a secret", "Use this secret…", parent)
        self._session = session
        self._ids: tuple[int, ...] = ()
        self._app_keys: frozenset[str] = frozenset()
        self._load = LatestTask(session.tasks, "try a secret")
        self._keys_load = LatestTask(session.tasks, "read app keys")
        px = theme.px
        self.setModal(False)
        self.form.addWidget(
            Label(
                theme,
                "The chosen captures are checked with it as you type. It is used exactly as typed, white"
                " space too, and not kept.",
                tone="text2",
                wraps=True,
            )
        )
        self.form.addSpacing(px(6))
        self.secret = SecretField(theme, "Secret to try")
        self.add_field("Secret", self.secret, self.secret.text)
        self.remarks = Label(theme, px=12, weight=500, tone="warning", wraps=True)
        self.remarks.setMinimumHeight(self.remarks.fontMetrics().height())  # one does not move the rest
        self.form.addWidget(self.remarks)
        self.form.addSpacing(px(6))
        self.outcome = Label(theme, weight=600, wraps=True)
        head = row(theme, grow(self.outcome))
        self.form.addLayout(head)
        self.tried = TriedList(theme)
        self.form.addWidget(self.tried)
        self.form.addWidget(self.trouble)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DEBOUNCE_MS)
        self._timer.timeout.connect(self._try)
        self.secret.text.textChanged.connect(self._typed)
        self.verb.clicked.connect(self._use)
        self.finished.connect(self._end)
        self.secret.text.setFocus()
        self.show_selection(ids)

    @Slot(object)
    def show_selection(self, ids: Sequence[int]) -> None:
        """Try it on other captures."""
        self._ids = tuple(ids)[:MAX_TRIED]
        self._count = len(ids)
        self._app_keys = frozenset()
        self._keys_load.start(self._read_app_keys(self._ids[:_APP_KEYS_OF]))
        self._typed()

    @Slot()
    def _typed(self) -> None:
        self.trouble.hide()
        self._load.cancel()
        text = self.secret.text.text()
        self.verb.setEnabled(bool(text))
        self._recommend(False)
        self._say_remarks()
        if not self._ids:
            self._timer.stop()
            self._say(NOTHING_CHOSEN, {})
        elif not text:
            self._timer.stop()
            many = "" if self._count == 1 else "s"
            self._say(f"To be tried on {self._count:,} capture{many}.", {})
        else:
            self._timer.start()

    @Slot()
    def _try(self) -> None:
        self._load.start(self._tried(self.secret.text.text()))

    async def _tried(self, text: str) -> None:
        try:
            verdicts = await self._session.diagnoses.try_secret(self._ids, text)
        except InspectorError as error:
            self.notify(str(error))
            return
        valid = sum(verdict.word == "valid" for verdict in verdicts.values())
        self._recommend(valid > 0)
        first = "" if self._count <= len(self._ids) else f" of the first {len(self._ids)} chosen"
        self._say(f"{valid:,} of {len(verdicts):,} valid{first}.", verdicts)

    def _recommend(self, is_recommended: bool) -> None:
        """Let Return use the secret if it verifies a capture. Otherwise, that takes a click."""
        self.verb.set_primary(is_recommended)
        self.verb.setDefault(is_recommended)

    def _say(self, sentence: str, verdicts: dict[int, Verdict]) -> None:
        self.outcome.setText(sentence)
        self.tried.show_verdicts(self._session.captures.rows(list(verdicts)), verdicts)
        self.fit()

    def _say_remarks(self) -> None:
        text = self.secret.text.text()
        said = [*remarks(text)]
        if text and text in self._app_keys:
            said.insert(0, "This is the app_key of the payloads, which is no secret.")
        self.remarks.setText("\n".join(said))

    async def _read_app_keys(self, ids: Sequence[int]) -> None:
        keys: set[str] = set()
        for capture_id in ids:
            with suppress(InspectorError, NotJSON):
                capture = (await self._session.captures.detail(capture_id)).capture
                if not is_large(capture) and capture.kind != "refused":
                    key = read_event(parse_bounded(content_of(capture).body)).app_key
                    if key:
                        keys.add(key)
            await asyncio.sleep(0)
        self._app_keys = frozenset(keys)
        self._say_remarks()

    @Slot()
    def _use(self) -> None:
        text = self.secret.text.text()
        self.accept()
        self.used.emit(text)

    @Slot()
    def _end(self) -> None:
        self._timer.stop()
        self._load.cancel()
        self._keys_load.cancel()
