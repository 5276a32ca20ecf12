"""A shared inbox as a source of captures in one run of `listen`: its options, and what is said about it."""

from __future__ import annotations

import time
from argparse import Namespace
from typing import TYPE_CHECKING

from inspector.base.errors import UsageError
from inspector.cli import arguments
from inspector.cli.inbox_login import SECTION, given_login
from inspector.cli.output.streams import Output
from inspector.cli.parser import Parser

if TYPE_CHECKING:
    from inspector.session.inbox.state import InboxGap, InboxState
    from inspector.session.session import Session

PROGRESS_S = 10.0
_READING = ("catching-up", "live")


def add_from_inbox(parser: Parser) -> None:
    """Add `--from-inbox` and the options that go with it."""
    group = parser.section(SECTION)
    group.add_argument(
        "--from-inbox",
        metavar="ADDRESS",
        help="also store the captures of a shared inbox: nats://HOST:PORT/STREAM, or tls:// to require TLS",
    )
    group.add_argument(
        "--member",
        metavar="NAME",
        help="name of this machine in the inbox (default: the setting inbox_member, or user@host)",
    )
    group.add_argument(
        "--since",
        metavar="TIME",
        type=_since,
        help="with --from-inbox and a new file: skip captures that were published before this time: now, 2h,"
        " 7d, 2026-11-01, 11:49 (default: none)",
    )


def _since(text: str) -> int:
    return arguments.moment("0s" if text == "now" else text)


def check_from_inbox(chosen: Namespace) -> None:
    """Raise UsageError for an option without the one that it belongs to, and for an invalid address."""
    if chosen.from_inbox is None:
        if chosen.member is not None:
            raise UsageError("--member names a reader of a shared inbox. Add --from-inbox ADDRESS.")
        if chosen.since is not None:
            raise UsageError("--since is for a shared inbox. Add --from-inbox ADDRESS.")
        return
    from inspector.session.inbox.desk import check_address

    check_address(chosen.from_inbox)


class InboxReport:
    """Reads the inbox of the options, and reports its state on standard error."""

    def __init__(self, out: Output, session: Session) -> None:
        self._out = out
        self._session = session
        self._has_begun = False
        self._has_started = False
        """Whether `begin` has returned. Its error ends the run, and is printed then."""
        self._is_reading = False
        self._problem: str | None = None
        self._is_behind = False
        self._said_at = 0.0

    async def begin(self, chosen: Namespace) -> None:
        """Connect. Raises InspectorError if that cannot succeed; a server that is away is retried."""
        if chosen.from_inbox is None:
            return
        self._has_begun = True
        desk = self._session.desk
        desk.changed.connect(self._changed)
        desk.gaps_found.connect(self._found_gaps)
        desk.message_posted.connect(self._out.say_wrapped)
        await desk.start(
            chosen.from_inbox,
            chosen.member,
            given_login(chosen),
            since_ms=chosen.since,
            is_temporary=chosen.until is not None,
        )
        self._has_started = True

    async def end(self) -> None:
        """Read no longer, and acknowledge what is stored."""
        if self._has_begun:
            skipped = self._session.desk.state.skipped
            await self._session.desk.stop()
            if skipped:
                self._out.say_wrapped(f"Messages of the inbox that were skipped, in all: {skipped:,}.")

    def _changed(self, state: InboxState) -> None:
        is_reading = state.word in _READING
        if is_reading and not self._is_reading:
            self._say_connected(state)
        self._is_reading = is_reading
        is_raised = state.word == "stopped" and not self._has_started
        if state.problem is not None and state.problem != self._problem and not is_raised:
            self._out.error_wrapped(state.problem)
        self._problem = state.problem
        if not is_reading:
            return
        if not state.left:
            if self._is_behind:
                self._out.say_wrapped("Caught up.")
            self._is_behind = False
        elif time.monotonic() - self._said_at >= PROGRESS_S:
            self._said_at = time.monotonic()
            self._out.say_wrapped(
                f"Received {state.away - state.left:,} of {state.away:,} messages of the inbox."
            )

    def _say_connected(self, state: InboxState) -> None:
        assert state.address is not None
        servers, _, stream = state.address.partition("://")[2].rpartition("/")
        away = f" {state.away_text}" if state.away else ""
        self._out.say_wrapped(f"Inbox {stream} on {servers}: connected as {state.member}.{away}")
        self._is_behind = state.left > 0
        self._said_at = time.monotonic()

    def _found_gaps(self, gaps: tuple[InboxGap, ...]) -> None:
        for gap in gaps:
            self._out.error_wrapped(gap.why)
