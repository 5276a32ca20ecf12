"""`follow`: print captures of another process as they arrive into the same file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from inspector.base.clock import rfc3339
from inspector.base.visible import visible
from inspector.cli import arguments
from inspector.cli.output.arriving import BATCH, ArrivingLines
from inspector.cli.output.capture_columns import add_columns
from inspector.cli.parser import PROGRAM, Parser
from inspector.cli.verb import Call, Verb
from inspector.domain.query.scope import EVERYTHING

if TYPE_CHECKING:
    from inspector.session.session import Session

_FIRST = 10


def _add_arguments(parser: Parser) -> None:
    arguments.add_filter(parser)
    parser.add_argument(
        "--limit",
        metavar="N",
        type=arguments.whole("a number", 0, arguments.MAX_ID),
        help=f"first print only the newest N stored captures (default: {_FIRST}, with --since all)",
    )
    parser.add_argument(
        "--since",
        metavar="TIME",
        type=arguments.moment,
        help="first print captures since this time: 2h, 7d, 2026-11-01, 11:49",
    )
    add_columns(parser)


async def _run(call: Call) -> int:
    async with call.session(create=False) as session:
        lines = _Lines(call, session)
        with call.interruption.stopping_gently() as stop:
            session.captures.captured.connect(lines.add)
            session.captures.judged.connect(lines.add_judged)
            before = next(iter(session.captures.newest(EVERYTHING, 1)), 0)
            session.follow()
            lines.begin(await _stored(call, session), before)
            printing = session.tasks.spawn(lines.print_as_they_arrive(stop), "print captures")
            await stop.wait()
            await lines.end(printing)
    return 0


async def _stored(call: Call, session: Session) -> Sequence[int]:
    """Return the stored captures to begin with, oldest first."""
    chosen = call.arguments
    limit = chosen.limit
    if limit is None and chosen.since is None:
        limit = _FIRST
    if limit == 0:
        return ()
    since = "" if chosen.since is None else f"since:{rfc3339(chosen.since)}"
    text = f"({chosen.filter}) {since}" if (chosen.filter or "").strip() else since
    return await session.captures.ids(EVERYTHING, text, newest_first=False, limit=limit)


class _Lines(ArrivingLines):
    """The lines of stored captures, and then those of arriving ones."""

    def __init__(self, call: Call, session: Session) -> None:
        chosen = call.arguments
        super().__init__(
            call.out,
            session,
            chosen.filter or "",
            at_problem="Following continues.",
            has_date=True,
            columns=chosen.columns,
        )
        self._has_header = not chosen.no_header
        self._early: list[int] | None = []
        """Captures that arrived before the stored ones were read."""
        self._stored: set[int] = set()
        """Stored captures that may also be announced as arriving."""

    def begin(self, stored: Sequence[int], before: int) -> None:
        """Queue the stored captures. Those after the capture `before` may also be announced."""
        if not self.out.is_json:
            self.fit(tuple(self.session.captures.rows(stored[:BATCH]).values()))
            place = visible(str(self.session.database))
            state = "" if self.session.has_listener else " No process captures into it now."
            header = ("", self.text.heading()) if self._has_header else ()
            self.out.say_block((f"Following {place}.{state} Press Ctrl+C to stop.", *header))
        self._stored = {id_ for id_ in stored if id_ > before}
        self.add_stored(stored)
        early, self._early = self._early or [], None
        self.add(tuple(early))

    def add(self, ids: tuple[int, ...]) -> None:
        """Queue captures that another process has committed."""
        if self._early is not None:
            self._early += ids
            return
        super().add(tuple(id_ for id_ in ids if id_ not in self._stored))

    def reader_gone(self) -> None:
        """Report why following ends."""
        self.out.say("Standard output was closed by its reader, so following ends.")


FOLLOW = Verb(
    name="follow",
    group="look",
    help="print captures of another process as they arrive",
    description="Print the newest stored captures, then those that another process, such as the window,"
    " captures into the same file, until Ctrl+C. An invalid capture is printed a moment later, with its"
    " cause.",
    examples=(
        f"{PROGRAM} follow",
        f"{PROGRAM} follow --filter 'verdict:invalid' --columns id,time,answer",
        f"{PROGRAM} follow --since 1h --format json",
    ),
    add_arguments=_add_arguments,
    run=_run,
    uses_secrets=False,
    is_endless=True,
)
