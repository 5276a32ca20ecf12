"""`listen`: capture without a window, one line per capture."""

from __future__ import annotations

import asyncio
import shlex
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from functools import partial
from typing import TYPE_CHECKING

from inspector.base.quantity import counted, duration_text
from inspector.base.tasks import in_own_thread
from inspector.cli import arguments
from inspector.cli.early import INTERRUPTED
from inspector.cli.inbox_login import add_inbox_login, add_inbox_monitor
from inspector.cli.listen.answering import (
    add_answering,
    check_answering,
    prepare_answers,
    said_answers,
)
from inspector.cli.listen.counts import CountReporter
from inspector.cli.listen.edge import add_edge, check_edge, run_edge
from inspector.cli.listen.forwarding import Forwarding, add_forwarding, check_forwarding
from inspector.cli.listen.from_inbox import InboxReport, add_from_inbox, check_from_inbox
from inspector.cli.listen.public import PublicReport, add_public, check_public
from inspector.cli.listen.until import Until, add_until, check_until
from inspector.cli.output.arriving import STALL_S, ArrivingLines
from inspector.cli.output.signature_text import secret_note
from inspector.cli.output.streams import Output
from inspector.cli.parser import PROGRAM, Parser
from inspector.cli.verb import Call, Verb
from inspector.domain.capture.rows import CaptureRow
from inspector.domain.query.scope import EVERYTHING

if TYPE_CHECKING:
    from inspector.cli.listen.screen import LiveScreen
    from inspector.session.ingest import Ingest
    from inspector.session.session import Session


_UNCHECKED = "No secret is set, so signatures are not checked. Set BLITZ_WEBHOOK_SECRET or use --secret-file."
_ADVICE = (
    "Set BLITZ_WEBHOOK_SECRET or use --secret-file FILE. To work without a secret, use a new file with"
    " --database FILE."
)
_NOTHING = "No captures arrived."
DELIVERY_S = 10.0
"""Maximum seconds to forward the captures that `--until` waited for."""


def _add_arguments(parser: Parser) -> None:
    arguments.add_address(parser)
    arguments.add_filter(parser)
    add_public(parser)
    add_answering(parser)
    add_forwarding(parser)
    add_edge(parser)
    add_from_inbox(parser)
    add_inbox_login(parser)
    add_inbox_monitor(parser)
    add_until(parser)


async def _run(call: Call) -> int:
    """Listen until interrupted, until the user quits, or until `--until` is met."""
    chosen = call.arguments
    check_edge(chosen, LISTEN.parser().parse([]))
    if chosen.inbox is not None:
        return await run_edge(call)
    check_until(chosen)
    check_public(chosen)
    check_forwarding(chosen)
    check_answering(chosen)
    check_from_inbox(chosen)
    async with call.session(create=True, listens=True) as session, _live_screen(call.out) as screen:
        out = call.out if screen is None else call.out.through(screen.rows, screen.messages)
        lines = _Lines(out, session, chosen.filter or "")
        forwards = Forwarding(out, session, lines.add_lines)
        public = PublicReport(out, session, lines.add_lines)
        public.prepare(chosen)
        inbox = InboxReport(out, session)
        await forwards.prepare(chosen)
        await prepare_answers(session, chosen.answer)
        await session.load_secrets()
        with call.interruption.stopping_gently() as stop:
            session.captures.captured.connect(lines.add)
            session.captures.judged.connect(lines.add_judged)
            awaited = None if chosen.until is None else Until(session, chosen, stop)
            url = await session.listen()
            counted = CountReporter(out, partial(_counts, session.ingest))
            lines.begin(
                url,
                [*said_answers(session), *forwards.begin()],
                has_keys=screen is not None,
                is_address_awaited=bool(chosen.tunnel or chosen.public_url or session.address.text),
            )
            session.ingest.storage_limit.problem_changed.connect(lines.say_problem)
            session.secrets.changed.connect(lines.say_missing)
            session.maintenance.message_posted.connect(out.say)
            if session.ingest.storage_limit.problem is not None:
                lines.say_problem(session.ingest.storage_limit.problem)
            printing = session.tasks.spawn(lines.print_as_they_arrive(stop), "print captures")
            session.tasks.spawn(counted.report_as_it_happens(), "report counted captures")
            session.tasks.spawn(forwards.report_as_it_happens(), "report forwarding")
            if awaited is not None:
                session.tasks.spawn(awaited.watch_time(), "watch the time")
            await public.begin(chosen)
            await inbox.begin(chosen)
            async with _live_console(call, screen, lines=lines, forwards=forwards, stop=stop):
                await stop.wait()
            is_met = awaited is not None and awaited.is_met
            await session.tunnels.close()
            await inbox.end()
            await session.stop_listening()
            await forwards.end(is_met=is_met, seconds=DELIVERY_S)
            await lines.end(printing)
            unevaluated = await session.ingest.unevaluated()
            with suppress(TimeoutError):  # a blocked terminal must not block the end
                async with asyncio.timeout(STALL_S):
                    total = partial(lines.say_total, unevaluated, is_on_terminal=screen is not None)
                    await in_own_thread(total)
            counted.report_total()
    if awaited is None or is_met:
        return 0
    if awaited.is_late:
        call.out.error(awaited.says)
        return 1
    return INTERRUPTED


def _live_screen(out: Output) -> AbstractAsyncContextManager[LiveScreen | None]:
    """Return the screen of a terminal that can show live lines, or None."""
    if not out.can_stay:
        return nullcontext()
    from inspector.cli.listen.screen import live_screen

    return live_screen()


def _live_console(
    call: Call, screen: LiveScreen | None, *, lines: _Lines, forwards: Forwarding, stop: asyncio.Event
) -> AbstractAsyncContextManager[None]:
    if screen is None:
        return nullcontext()
    from inspector.cli.listen.console import live_console

    return live_console(call, screen, lines=lines, forwards=forwards, stop=stop)


class _Lines(ArrivingLines):
    """The lines of captures, and the messages next to them."""

    def __init__(self, out: Output, session: Session, query: str) -> None:
        super().__init__(out, session, query, at_problem="Captures are still stored; `list` prints them.")
        self._missing: str | None = None
        self._was_storing = False
        """Whether the last problem concerned the evaluation of captures only."""
        self._problems: set[str] = set()
        """The sentences about problems that were printed since there was none."""
        self._needs_heading = False
        self._began = time.monotonic()

    def add(self, ids: tuple[int, ...]) -> None:
        """Queue captures that were just evaluated, except those of an earlier run."""
        if last := self.session.ingest.earlier.last_id:
            ids = tuple(id_ for id_ in ids if id_ > last)
        super().add(ids)

    def begin(self, url: str, forwards: Sequence[str], *, has_keys: bool, is_address_awaited: bool) -> None:
        """Print the listening address: in JSON as the first line, otherwise next to the lines of captures.

        If `is_address_awaited`, the report of the public address comes before the names of the columns.
        """
        secrets = self.session.secrets
        self._missing = self._why_missing()
        ingest = self.session.ingest
        warnings = [one for one in (ingest.network_warning, ingest.tls.trust_note, self._missing) if one]
        earlier = _earlier(ingest.earlier.number)
        if self.out.is_json:
            self.out.record({"listening": url})
            self.say_output_problem()
            self.out.say_block((*warnings, *earlier, *forwards))
            return
        rows = secrets.names()
        names = ", ".join(row.name for row in rows if row.is_active)
        if names:
            checked = [f"Signatures are checked with {names}."]
        else:
            checked = [] if self._missing else [_UNCHECKED]  # a warning names the missing secret
        notes = [secret_note(row.name, row.note) for row in rows if row.note]
        self.out.say_block(
            (
                *self.out.fitting(
                    (
                        f"Listening on {url}. Press {'? for keys, q' if has_keys else 'Ctrl+C'} to stop.",
                        *warnings,
                        f"Captures are stored in {arguments.as_typed(self.session.database)}.",
                        *earlier,
                        *checked,
                        *notes,
                        *forwards,
                    )
                ),
                *self._first_step(url),
                "",
            )
        )
        self._needs_heading = True
        if not is_address_awaited:
            self._say_heading()

    def _printed(self, rows: Sequence[CaptureRow]) -> list[str]:
        if rows:
            self._say_heading()
        return super()._printed(rows)

    def _say_heading(self) -> None:
        """Print the names of the columns once, as late as before the first row."""
        if self._needs_heading:
            self._needs_heading = False
            self.out.say_lines((self.out.messages.paint(self.text.heading(), "faint"),))

    def _first_step(self, url: str) -> Iterator[str]:
        """Yield how a new user gets a first capture."""
        has_some = self.session.ingest.earlier.number or self.session.captures.newest(EVERYTHING, limit=1)
        if self.out.is_live and not has_some:
            yield from self.out.fitting(("No captures yet. Send signed samples from another terminal:",))
            yield f"  {PROGRAM} sample --to {url}{self._database_option}"

    @property
    def _database_option(self) -> str:
        database = self.session.options.database
        return "" if database is None else f" --database {shlex.quote(str(database))}"

    def say_problem(self, sentence: str | None) -> None:
        """Report why captures cannot be stored or evaluated now, or that they can be again."""
        if sentence is None:
            self.out.say(f"Captures are {'evaluated' if self._was_storing else 'stored'} again.")
            self._problems.clear()
            return
        was_storing, self._was_storing = self._was_storing, self.session.ingest.storage_limit.is_storing
        if sentence not in self._problems:
            self._problems.add(sentence)
            self.out.error(sentence)
        elif self._was_storing and not was_storing:  # only the evaluation still has an earlier problem
            self.out.say("Captures are stored again.")

    def say_missing(self, _: None) -> None:
        """Report why new captures are not trusted, once, when the secrets have changed."""
        before, self._missing = self._missing, self._why_missing()
        if self._missing is not None and before is None:
            self.out.say(self._missing)

    def _why_missing(self) -> str | None:
        """Return why new captures are not trusted, and what to do about it here, or None."""
        from inspector.session.signature.secrets import NONE_ACTIVE

        return self.session.secrets.missing and f"{NONE_ACTIVE} {_ADVICE}"

    def say_total(self, unevaluated: int, *, is_on_terminal: bool) -> None:
        """Report how many captures arrived and how to see them again, and how many are not evaluated yet."""
        others = _unevaluated(unevaluated) or _evaluated(self.session.ingest.earlier.number)
        if self.out.is_json or not self.out.has_reader:
            self.out.say_block(others)
            return
        total, counts = self.arrivals.total, self.arrivals.in_words()
        arrived = f"{counted(total, 'capture')} arrived{counts and f': {counts}'}."
        if not total:
            arrived = "" if unevaluated else _NOTHING
        again = f"{PROGRAM} list --limit {total}{self._database_option}"
        if not is_on_terminal:
            arrived = f"{arrived} See them with `{again}`." if total else arrived
            self.out.say_block(one for one in (arrived, *others) if one)
            return
        listened = f"Listened for {duration_text((time.monotonic() - self._began) * 1000)}."
        self.out.say_block(
            (
                *self.out.fitting((f"{listened} {arrived}".rstrip(), *others)),
                *(("See them again with:", f"  {again}") if total else ()),
            )
        )

    def reader_gone(self) -> None:
        """Report why listening ends."""
        self.out.say("Standard output was closed by its reader, so listening ends.")


def _earlier(count: int) -> Sequence[str]:
    """Return the sentence about captures that an earlier run acknowledged and did not evaluate, if any."""
    if not count:
        return ()
    are, them = ("is", "it") if count == 1 else ("are", "them")
    return (f"{counted(count, 'capture')} of an earlier run {are} evaluated first. `list` prints {them}.",)


def _evaluated(count: int) -> Sequence[str]:
    """Return the sentence about captures of an earlier run that this one evaluated, if any."""
    were = "was" if count == 1 else "were"
    return (f"{counted(count, 'capture')} of an earlier run {were} evaluated.",) if count else ()


def _unevaluated(count: int) -> Sequence[str]:
    """Return the sentence about captures that were acknowledged and are not evaluated yet, if any."""
    if not count:
        return ()
    are = "is safe and is" if count == 1 else "are safe and are"
    return (f"{counted(count, 'unevaluated capture')} {are} evaluated when listening starts again.",)


def _counts(ingest: Ingest) -> dict[str, int]:
    listener, limit = ingest.listener, ingest.storage_limit
    return {
        "Refused requests that were only counted, not stored": listener.handler.refused_not_stored,
        "Connections closed because too many were open": listener.connections.turned_away,
        "Senders that disconnected before their response": listener.handler.senders_gone,
        "Untrusted captures that were only counted, not stored": limit.untrusted_not_stored,
        "Stray requests (`strays` lists them)": ingest.guard.count,
    }


LISTEN = Verb(
    name="listen",
    group="receive",
    help="capture without a window, one line per capture",
    description="Capture every request to the address, and print one line for each, until Ctrl+C.\n\n"
    "On a terminal, the last line shows the rate, verdicts and forwards, and keys work: r replays the newest"
    " capture, d shows it, v re-verifies all, f filters, p pauses, a shows the public address, o opens the"
    " window, q quits. A capture with an invalid signature is printed a moment later, once it is diagnosed.",
    examples=(
        "webhook-inspector listen",
        "webhook-inspector listen --forward 3000 --relay",
        "webhook-inspector listen --answer '503 for survey:nps first 3'",
        "webhook-inspector listen --until event:response_group --timeout 30s",
        "webhook-inspector listen --inbox nats://127.0.0.1:4222/HOOKS",
        "webhook-inspector listen --from-inbox nats://127.0.0.1:4222/HOOKS",
    ),
    add_arguments=_add_arguments,
    run=_run,
    is_endless=True,
)
