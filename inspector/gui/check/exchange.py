"""The deliveries of one test of a receiver, and the responses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QStackedWidget, QWidget

from inspector.base.visible import visible
from inspector.domain.capture.capture import Capture
from inspector.domain.capture.rows import AttemptDetail
from inspector.domain.replay.attempt import status_text
from inspector.gui.detail.attempt_text import answer_pieces, milliseconds, result_text, sent_pieces
from inspector.gui.detail.long_text import Piece
from inspector.gui.detail.response_view import ResponseView
from inspector.gui.detail.text_view import TextView
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.context.runner import LatestTask
from inspector.gui.kit.labels import ElidedLabel, Hairline
from inspector.gui.kit.layout import column, grow, row
from inspector.gui.kit.tab_strip import TabStrip
from inspector.gui.kit.theme import Theme
from inspector.session.receiver.check import CheckResult
from inspector.session.session import Session

_VIEWS = ("Response", "Request")
_MOST = 1 << 20
_NOTHING = "Select a test to see its request and response."
_NOT_SENT = "This test sends nothing. It evaluates the timing of the other tests."


class CheckExchange(QWidget):
    """The deliveries of the selected test in order, as sent and received."""

    def __init__(
        self, session: Session, theme: Theme, parent: QWidget | None = None, *, mask: Mask | None = None
    ) -> None:
        super().__init__(parent)
        self._mask = mask = mask or Mask(session, self)
        self._load = LatestTask(session.tasks, "show what a test sent")
        self._result: CheckResult | None = None
        px = theme.px
        self.title = ElidedLabel(theme, px=12, tone="text2")
        self.strip = TabStrip(theme, _VIEWS)
        for number in range(len(_VIEWS)):
            self.strip.setTabToolTip(number, "")  # the tabs have no shortcut
        self.response = ResponseView(session, theme, mask, has_status=True, margin=0)
        self.several = TextView(theme, "Responses of the selected test")
        self._responses = QStackedWidget()
        for response in (self.response, self.several):
            self._responses.addWidget(response)
        self.request = TextView(theme, "Request of the selected test")
        self._views = QStackedWidget()
        for view in (self._responses, self.request):
            self._views.addWidget(view)
        self._views.setMinimumHeight(px(96))
        self.strip.currentChanged.connect(self._views.setCurrentIndex)
        column(
            theme,
            row(theme, self.strip, grow(self.title), spacing=16),
            Hairline(theme),
            grow(self._views),
            on=self,
        )
        mask.changed.connect(self._show_again)
        self.show_result(None)

    def show_result(self, result: CheckResult | None) -> None:
        """Show the deliveries of another test; None shows nothing."""
        if result is not None and result is self._result:
            return
        self._result = result
        if result is None or not result.exchanges:
            self._load.cancel()
            self.title.setText(_NOTHING if result is None else _NOT_SENT)
            for view in (self.response, self.several, self.request):
                view.forget()
            return
        deliveries = len(result.exchanges)
        self.title.setText(result.title if deliveries == 1 else f"{result.title}: {deliveries} deliveries")
        self._load.start(self._fill(result.exchanges))

    def cancel(self) -> None:
        """Cancel preparing the exchange."""
        self._load.cancel()

    async def _fill(self, exchanges: Sequence[AttemptDetail]) -> None:
        shown = [await self._masked(one) for one in exchanges]
        self._responses.setCurrentWidget(self.response if len(shown) == 1 else self.several)
        if len(shown) == 1:
            self.several.forget()
            self.response.show_detail(shown[0], result_text(shown[0].row))
        else:
            self.response.forget()
            self.several.fill(_one_after_another(shown, _response), _MOST)
        self.request.fill(_one_after_another(shown, _request), _MOST)

    async def _masked(self, exchange: AttemptDetail) -> AttemptDetail:
        sent = Capture(
            kind="captured",
            received_ms=exchange.row.started_ms,
            method="POST",
            target=b"/",
            headers=(),
            body=exchange.sent_body or b"",
        )
        return await self._mask.attempt(exchange, sent)

    @Slot()
    def _show_again(self) -> None:
        result, self._result = self._result, None
        self.show_result(result)


def _one_after_another(
    exchanges: Sequence[AttemptDetail], pieces: Callable[[AttemptDetail], Iterator[Piece]]
) -> Iterator[Piece]:
    for number, exchange in enumerate(exchanges, start=1):
        if len(exchanges) > 1:
            gap = "\n\n" if number > 1 else ""
            yield Piece(text=f"{gap}— Delivery {number} of {len(exchanges)} —\n", taken=0)
        yield from pieces(exchange)


def _response(exchange: AttemptDetail) -> Iterator[Piece]:
    row = exchange.row
    took = "" if row.elapsed_ms is None else f" in {milliseconds(row.elapsed_ms)}"
    first = f"{status_text(row.status)}{took}\n" if row.status is not None else ""
    error = f"{visible(row.error)}\n" if row.error is not None else ""
    yield Piece(text=first + error, taken=0)
    yield from answer_pieces(exchange)
    if exchange.is_response_cut:
        yield Piece(text="\n… The rest of the response was not read.", taken=0)


def _request(exchange: AttemptDetail) -> Iterator[Piece]:
    yield from sent_pieces(exchange, b"")
