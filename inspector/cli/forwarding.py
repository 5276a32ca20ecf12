"""`listen --forward`: where captures go as they arrive, told on standard error."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from inspector.base.errors import UsageError
from inspector.base.tasks import in_own_thread
from inspector.base.visible import visible
from inspector.cli import arguments
from inspector.cli.allowance import not_allowed
from inspector.cli.output.columns import captures_in_words
from inspector.cli.output.rows import AttemptLines
from inspector.cli.output.streams import Output
from inspector.cli.parser import Parser
from inspector.domain.capture.rows import AttemptRow

if TYPE_CHECKING:
    from inspector.session.forwards import ForwardRow
    from inspector.session.session import Session

UNTOLD = 1_000
"""So many lines wait for a reader that does not read; then the oldest are left out."""
PAUSE_S = 0.1


def add_arguments(parser: Parser) -> None:
    """`--forward` and `--allow-host`."""
    parser.add_argument(
        "--forward",
        metavar="URL",
        action="append",
        default=[],
        help="send each trusted POST to this URL as it arrives, in this run only; repeatable",
    )
    arguments.add_allowed_hosts(parser)


class Forwarding:
    """The forwards of one run of `listen`, those that are kept with the file included."""

    def __init__(self, out: Output, session: Session) -> None:
        self._out = out
        self._session = session
        self._text = AttemptLines(out.messages)
        self._untold: deque[str] = deque(maxlen=UNTOLD)
        self._delivered: dict[str, int] = {}
        session.forwards.attempted.connect(self._attempted)
        session.forwards.told.connect(self._say)

    async def prepare(self, urls: Sequence[str]) -> None:
        """Add these for this run; raises UsageError, also for a host that was not allowed."""
        for url in urls:
            host = await self._session.forwards.host_to_allow(url)
            if host is not None:
                raise not_allowed(host, what="captures")
            self._session.forwards.add_for_run(url)

    def begin(self) -> list[str]:
        """Sentences on where captures go; raises UsageError where a target of this run is this listener."""
        rows = self._session.forwards.rows()
        for row in rows:
            if row.is_for_run and row.state == "paused":
                raise UsageError(f"Captures cannot be forwarded to {visible(row.url)}: {row.trouble}")
        return [
            f"Forwarding to {visible(row.url)} ({visible(row.takes)})."
            if row.state != "paused"
            else f"Forwarding to {visible(row.url)} is paused."
            for row in rows
        ]

    async def tell_as_it_happens(self) -> None:
        """Runs until it is cancelled."""
        while True:
            await self.tell()
            await asyncio.sleep(PAUSE_S)

    async def tell(self) -> None:
        """Write what there is to tell; a terminal that is held up holds up no sender."""
        if self._untold:
            lines = list(self._untold)
            self._untold.clear()
            await in_own_thread(partial(self._out.say_lines, lines))

    async def end(self, *, is_met: bool, seconds: float) -> None:
        """Forward no more; where the run has come to its own end, first what has arrived, for so long."""
        if is_met:
            await self._session.forwards.deliver_all(seconds)
        await self._session.forwards.stop()
        for row in self._session.forwards.rows():
            for sentence in self._ended(row, await self._session.forwards.left_out(row.id)):
                self._say(sentence)
        await self.tell()

    def _ended(self, row: ForwardRow, left_out: Sequence[tuple[str, int]]) -> Iterator[str]:
        """Sentences on a forward: captures delivered, not delivered, and not taken by its rule."""
        delivered = self._delivered.get(row.url, 0)
        if delivered or row.waiting or row.failed:
            failed = f", {row.failed:,} failed" if row.failed else ""
            left = f", {row.waiting:,} not delivered" if row.waiting else ""
            yield f"Forwarded to {row.url}: {delivered:,} delivered{failed}{left}.{_rest(row)}"
        if left_out:
            captures = captures_in_words(sum(number for _, number in left_out))
            reasons = ", ".join(f"{number:,} {reason}" for reason, number in left_out)
            yield f"Not forwarded to {row.url}: {captures} ({reasons})."

    def _attempted(self, row: AttemptRow) -> None:
        if row.status is not None and 200 <= row.status < 300:
            self._delivered[row.target] = self._delivered.get(row.target, 0) + 1
        if not self._out.is_json:
            self._untold.append(self._text.line(row, to=row.sent_to))

    def _say(self, sentence: str) -> None:
        self._untold.append(visible(sentence))


def _rest(row: ForwardRow) -> str:
    """What becomes of the captures that a forward has not delivered."""
    if not row.waiting:
        return ""
    if row.is_for_run:
        return " They will not be retried, because --forward ends with this run."
    return " They will be delivered when something listens on this file again."
