"""Forwarding in one run of `listen`: its options, and the report of what is delivered."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from inspector.base.errors import UsageError
from inspector.base.quantity import counted
from inspector.base.tasks import in_own_thread
from inspector.base.visible import visible
from inspector.cli import arguments
from inspector.cli.arguments import not_allowed
from inspector.cli.output.alignment import wrapped
from inspector.cli.output.attempt_lines import AttemptLines
from inspector.cli.output.json_text import json_line
from inspector.cli.output.streams import Output
from inspector.cli.parser import Parser
from inspector.domain.capture.rows import AttemptRow
from inspector.domain.replay import forward_rule

if TYPE_CHECKING:
    from inspector.session.forwards import ForwardRow
    from inspector.session.session import Session

UNTOLD = 1_000
"""Maximum lines that wait for a slow reader. Further ones replace the oldest."""
PAUSE_S = 0.1


def add_forwarding(parser: Parser) -> None:
    """Add `--forward` and the options that go with it."""
    group = parser.add_argument_group("forwarding")
    group.add_argument(
        "--forward",
        metavar="TARGET",
        action="append",
        default=[],
        help="send each trusted POST to this target as it arrives, in this run only: 3000,"
        " localhost:3000/hook, a URL or a target's name; repeatable",
    )
    group.add_argument(
        "--forward-filter",
        metavar="QUERY",
        type=arguments.query,
        help="forward only captures that match QUERY (syntax as in --filter)",
    )
    group.add_argument("--forward-all", action="store_true", help="also forward untrusted captures")
    group.add_argument(
        "--relay",
        action="store_true",
        help="respond to valid captures with the target's response",
    )
    group.add_argument(
        "--no-catch-up",
        action="store_true",
        help="do not send captures that the last run did not deliver",
    )
    arguments.add_allowed_hosts(group)


def check_forwarding(chosen: Namespace) -> None:
    """Raise UsageError for an option without `--forward`, and for two targets that would both respond."""
    if not chosen.forward:
        for name in ("forward_filter", "forward_all", "relay", "no_catch_up"):
            if getattr(chosen, name):
                option = name.replace("_", "-")
                raise UsageError(f"--{option} needs a target. Add --forward TARGET.")
    if chosen.forward_filter is not None and not chosen.forward_filter.strip():
        raise UsageError("--forward-filter is empty. To forward every trusted POST, leave it out.")
    if chosen.relay and len(chosen.forward) > 1:
        raise UsageError("--relay takes one target, because a sender gets one response. Use one --forward.")


class Forwarding:
    """The forwards during one run of `listen`, including those stored with the file."""

    def __init__(self, out: Output, session: Session, print_lines: Callable[[Sequence[str]], None]) -> None:
        """`print_lines` prints JSON lines between those of captures."""
        self._out = out
        self._session = session
        self._text = AttemptLines(out.messages)
        self._print_lines = print_lines
        self._untold: deque[str] = deque(maxlen=UNTOLD)
        self.is_paused = False
        """Whether attempts are held back."""
        self._dropped = 0
        """Attempts of which no line is printed."""
        self._delivered: dict[int | None, int] = {}
        self._attempts: list[AttemptRow] = []
        """The attempts of one commit, which are announced together."""
        session.forwards.attempted.connect(self._attempted)
        session.forwards.message_posted.connect(self._say)

    async def prepare(self, chosen: Namespace) -> None:
        """Add forwards for this run. Raises UsageError, also for a host that is not allowed."""
        rule = chosen.forward_filter or ""
        if chosen.forward_all:
            rule = forward_rule.with_untrusted(rule)
        for text in chosen.forward:
            url = self._session.targets.address(text)
            host = await self._session.forwards.permission.host_to_allow(url)
            if host is not None:
                raise not_allowed(host, what="captures")
            if (problem := await self._session.forwards.permission.lookup_problem(url)) is not None:
                self._say(problem)
            self._session.forwards.add_for_run(
                url, rule=rule, relays=chosen.relay, catches_up=not chosen.no_catch_up
            )

    @property
    def delivered(self) -> int:
        """The number of deliveries in this run."""
        return sum(self._delivered.values())

    async def left_out(self) -> list[tuple[str, int]]:
        """Return why captures of this run are not forwarded, with the number per reason."""
        reasons: Counter[str] = Counter()
        for row in self._session.forwards.rows():
            reasons.update(dict(await self._session.forwards.left_out(row.id)))
        return reasons.most_common()

    def begin(self) -> list[str]:
        """Return sentences about the forwards. Raises UsageError if this listener is the target of one."""
        rows = self._session.forwards.rows()
        for row in rows:
            if row.is_for_run and row.state == "paused":
                raise UsageError(f"Captures cannot be forwarded to {visible(row.url)}: {row.trouble}")
        return [sentence for row in rows for sentence in _begun(row)]

    async def report_as_it_happens(self) -> None:
        """Report attempts and problems until cancelled."""
        while True:
            if not self.is_paused:
                await self.tell()
            await asyncio.sleep(PAUSE_S)

    async def tell(self) -> None:
        """Write the waiting lines. A blocked terminal does not block any sender."""
        if self._untold:
            lines = list(self._untold)
            if self._dropped:
                lines.insert(0, f"Deliveries that are not shown here: {self._dropped:,}.")
            self._untold.clear()
            self._dropped = 0
            await in_own_thread(partial(self._out.say_lines, lines))

    async def end(self, *, is_met: bool, seconds: float) -> None:
        """Stop forwarding.

        If the run was not interrupted, wait up to `seconds` for the captures that have arrived.
        """
        if is_met:
            await self._session.forwards.deliver_all(seconds)
        await self._session.forwards.stop()
        for row in self._session.forwards.rows():
            for sentence in self._ended(row, await self._session.forwards.left_out(row.id)):
                self._say(sentence)
        await self.tell()

    def _ended(self, row: ForwardRow, left_out: Sequence[tuple[str, int]]) -> Iterator[str]:
        """Yield sentences about a forward: captures delivered, not delivered, and excluded by its rule."""
        delivered = self._delivered.get(row.id, 0)
        if delivered or row.waiting or row.failed:
            failed = f", {row.failed:,} failed" if row.failed else ""
            left = f", {row.waiting:,} not delivered" if row.waiting else ""
            yield f"Forwarded to {row.url}: {delivered:,} delivered{failed}{left}.{_rest(row)}"
        if left_out:
            captures = counted(sum(number for _, number in left_out), "capture")
            reasons = ", ".join(f"{number:,} {reason}" for reason, number in left_out)
            yield f"Not forwarded to {row.url}: {captures} ({reasons})."

    def _attempted(self, row: AttemptRow) -> None:
        if row.status is not None and 200 <= row.status < 300:
            self._delivered[row.forward_id] = self._delivered.get(row.forward_id, 0) + 1
        if not self._out.is_json:
            self._dropped += len(self._untold) == UNTOLD
            self._untold.append(self._text.line(row, to=row.sent_to))
            return
        if not self._attempts:
            asyncio.get_running_loop().call_soon(self._print_attempts)
        self._attempts.append(row)

    def _print_attempts(self) -> None:
        from inspector.session.records.captures import attempt_records

        rows, self._attempts = self._attempts, []
        made = zip(attempt_records(self._session.requests, rows), rows, strict=True)
        self._print_lines([json_line({**record, "forward": row.forward_id}) for record, row in made])

    def _say(self, sentence: str) -> None:
        self._untold.extend(wrapped(visible(sentence), self._out.messages.width, indent=0))


def _begun(row: ForwardRow) -> Iterator[str]:
    if row.state == "paused":
        yield f"Forwarding to {visible(row.url)} is paused."
        return
    relays = ", relaying its responses" if row.relays else ""
    yield f"Forwarding to {visible(row.url)} ({visible(row.takes)}{relays})."
    if row.resumed:
        yield (
            f"Catching up: {counted(row.resumed, 'capture')} of an earlier run."
            " Use --no-catch-up to skip them."
        )


def _rest(row: ForwardRow) -> str:
    """Return what happens to the captures that a forward has not delivered."""
    if row.is_for_run and (row.waiting or row.failed):
        return " The next run with the same --forward delivers the rest."
    return " The next listener on this file delivers the rest." if row.waiting else ""
