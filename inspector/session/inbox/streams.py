"""The stream of a shared inbox for those who manage it: create it, show what is in it, check it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from inspector.base.errors import InspectorError, NotFound, UsageError
from inspector.base.quantity import counted, duration_text, size_text
from inspector.base.visible import shortened, visible
from inspector.inbox.address import EXAMPLE, InboxAddress
from inspector.inbox.connection import InboxConnection
from inspector.inbox.login import InboxLogin
from inspector.inbox.permissions import denied_subjects, edge_subjects, member_inbox, member_subjects
from inspector.inbox.stream import (
    StreamPlan,
    StreamProblem,
    create,
    differences,
    find_problems,
    members,
    read_facts,
)
from inspector.inbox.stream_facts import StreamFacts, StreamMember
from inspector.session.doctor import MachineCheck
from inspector.session.inbox.login import GivenLogin, load_login
from inspector.session.options import Options
from inspector.settings.settings import Settings

__all__ = [
    "CreatedStream",
    "InboxStatus",
    "InboxStreams",
    "StreamFacts",
    "StreamMember",
    "StreamPlan",
    "StreamProblem",
]

MOST_CLOCK_MS = 5_000
"""A larger difference between the clocks makes the times of captures misleading."""
SHORTEST_WINDOW_S = 30.0
"""An edge publishes again within this time if it got no acknowledgement."""
FULL = 0.9
"""The part of the maximum bytes from which on a stream needs attention."""
_EXPIRES_SOON = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedStream:
    """The result of creating a stream."""

    is_new: bool
    """False if there was one with this name, which is unchanged."""
    facts: StreamFacts
    differences: tuple[tuple[str, str], ...]
    """How an existing stream differs from the plan: a phrase each, and how to change it."""
    problems: tuple[StreamProblem, ...]
    """Why an edge refuses the stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxStatus:
    """What is in the stream, and who reads it."""

    facts: StreamFacts
    members: tuple[StreamMember, ...] | None
    """None if they cannot be listed."""
    why_no_members: str | None = None
    """The reason as a sentence."""


class InboxStreams:
    """The stream of one address. Each operation has its own connection."""

    def __init__(
        self, options: Options, address: str, login: GivenLogin | None = None, monitor: str | None = None
    ) -> None:
        """An empty `address` is that of the settings. `monitor` is the URL of the monitoring port.

        Raises UsageError for an invalid address, and InspectorError for invalid settings.
        """
        settings = Settings(options.settings)
        text = address or settings.text("inbox")
        if not text:
            raise UsageError(f"There is no inbox address. Add one, such as {EXAMPLE}.")
        self.address = InboxAddress.parse(text)
        self._settings = settings
        self._given = login or GivenLogin()
        self._monitor = monitor or settings.text("inbox_monitor") or None

    async def create(self, plan: StreamPlan) -> CreatedStream:
        """Create the stream, unless there is one with this name. Raises InspectorError."""
        async with self._connected() as connection:
            is_new = await create(connection, plan)
            facts = await read_facts(connection, self._monitor)
        return CreatedStream(
            is_new=is_new,
            facts=facts,
            differences=() if is_new else differences(facts, plan),
            problems=find_problems(facts),
        )

    async def status(self) -> InboxStatus:
        """Return what is in the stream, and who reads it. Raises NotFound or InspectorError."""
        async with self._connected() as connection:
            facts = await read_facts(connection, self._monitor)
            try:
                return InboxStatus(facts=facts, members=await members(connection))
            except InspectorError as error:  # an edge may not list them
                return InboxStatus(facts=facts, members=None, why_no_members=str(error))

    async def checks(self) -> AsyncIterator[MachineCheck]:
        """Yield the result of each check. The later ones need a connection."""
        try:
            login = await load_login(self._given, self._settings)
        except InspectorError as error:
            yield _bad("login", str(error))
            return
        yield _login_check(login)
        connection = InboxConnection(self.address, login, "webhook-inspector doctor")
        try:
            await connection.open()
        except InspectorError as error:
            await connection.close()
            yield _bad("server", str(error))
            return
        try:
            async for check in self._connected_checks(connection):
                yield check
        finally:
            await connection.close()

    async def _connected_checks(self, connection: InboxConnection) -> AsyncIterator[MachineCheck]:
        version = ".".join(map(str, connection.server_version))
        place = visible(shortened(connection.host, 100))
        tls = "with TLS" if connection.is_tls else "without TLS"
        yield _good("server", f"Connected to nats-server {version} at {place}, {tls}.")
        yield await _permissions(connection)
        try:
            facts = await read_facts(connection, self._monitor)
        except NotFound as error:
            yield _bad("stream", str(error))
            return
        except InspectorError as error:
            yield _bad("stream", str(error), "The remaining checks need the stream.")
            return
        problems = find_problems(facts)
        yield _problems("stream", [one for one in problems if not one.loses], _stream_text(facts))
        lasting = (
            f"Captures are on the disk of {_servers(facts)} before they are acknowledged, and stay there."
        )
        yield _problems("durable", [one for one in problems if one.loses], lasting)
        yield _limits(facts, connection.max_payload)
        yield _space(facts)
        yield _replicas(facts)
        yield _clock(facts)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[InboxConnection]:
        login = await load_login(self._given, self._settings)
        connection = InboxConnection(self.address, login, "webhook-inspector inbox")
        try:
            await connection.open()
            yield connection
        finally:
            await connection.close()


def kept_text(facts: StreamFacts) -> str:
    """Return the limits of a stream as a phrase: `for 7 days, at most 10 GB`."""
    age = f"for {duration_text(facts.max_age_s * 1000)}" if facts.max_age_s else "without a limit of age"
    size = "without a limit of bytes" if facts.max_bytes < 0 else f"at most {size_text(facts.max_bytes)}"
    return f"{age}, {size}"


def _servers(facts: StreamFacts) -> str:
    return counted(facts.replicas, "server")


def _stream_text(facts: StreamFacts) -> str:
    return f"{visible(facts.name)} has {counted(facts.messages, 'message')} ({size_text(facts.bytes)})."


def _login_check(login: InboxLogin) -> MachineCheck:
    if login.is_empty:
        return _good("login", "No credentials are used.")
    if login.warnings():
        return _bad("login", " ".join(login.warnings()))
    expiry = login.expiry()
    if expiry is None:
        return _good("login", "The credentials are readable and do not expire.")
    if expiry < datetime.now().astimezone() + _EXPIRES_SOON:
        return _bad("login", f"The credentials expire on {expiry:%Y-%m-%d at %H:%M}.", "Replace them.")
    return _good("login", f"The credentials are readable and expire on {expiry:%Y-%m-%d}.")


async def _permissions(connection: InboxConnection) -> MachineCheck:
    stream = connection.address.stream
    publishing, reading = edge_subjects(stream), member_subjects(stream)
    inbox = member_inbox(stream)
    try:
        requests = tuple(dict.fromkeys((*publishing, *reading)))
        denied = await denied_subjects(connection, requests, inbox)
    except InspectorError as error:
        return _bad("access", str(error))
    unpublished = [one for one in publishing if one in denied]
    unread = [one for one in (*reading, inbox) if one in denied]
    if not unpublished and not unread:
        return _good("access", "This user may publish and read: right for an edge and for a member.")
    if not unpublished:
        return _good("access", "This user may publish, but not read: right for an edge.")
    if not unread:
        return _good("access", "This user may read, but not publish: right for a member.")
    return _bad(
        "access",
        "This user can be neither an edge nor a member. The server refuses"
        f" {', '.join(map(visible, denied))}.",
        "Allow the subjects for one of them on the server. `webhook-inspector help shared-inbox` lists them.",
    )


def _problems(name: str, problems: Sequence[StreamProblem], if_none: str) -> MachineCheck:
    if not problems:
        return _good(name, if_none)
    return _bad(name, " ".join(f"{one.sentence} {one.fix}" for one in problems))


def _limits(facts: StreamFacts, max_payload: int) -> MachineCheck:
    edit = f"nats stream edit {visible(facts.name)}"
    largest = size_text(_largest(facts, max_payload))
    said = f"Messages stay {kept_text(facts)}. One message has at most {largest}."
    if facts.max_bytes < 0:
        return _bad("limits", f"{said} The stream can fill the disk.", f"Run `{edit} --max-bytes 10GB`.")
    if facts.duplicate_window_s < SHORTEST_WINDOW_S:
        window = duration_text(facts.duplicate_window_s * 1000)
        return _bad(
            "limits",
            f"{said} A message that an edge publishes again after {window} is stored twice.",
            f"Run `{edit} --dupe-window 2m`.",
        )
    if not facts.allows_direct:
        return _bad(
            "limits",
            f"{said} Members cannot fetch the parts of large bodies.",
            f"Run `{edit} --allow-direct`.",
        )
    return _good("limits", said)


def _largest(facts: StreamFacts, max_payload: int) -> int:
    return max_payload if facts.max_message_bytes < 0 else min(max_payload, facts.max_message_bytes)


def _space(facts: StreamFacts) -> MachineCheck:
    remaining = facts.max_bytes - facts.bytes
    if facts.free_bytes is not None and (facts.max_bytes < 0 or facts.free_bytes < remaining):
        said = f"The server has {size_text(facts.free_bytes)} left for streams."
        if facts.max_bytes < 0:
            return _good("space", said)
        return _bad(
            "space",
            f"{said} The stream can still need {size_text(remaining)}.",
            "Free space on its disk, or lower `--max-bytes` of the stream.",
        )
    if facts.max_bytes < 0:
        return _good("space", f"{size_text(facts.bytes)} are used, and the free space is unknown.")
    said = f"{size_text(facts.bytes)} of {size_text(facts.max_bytes)} are used."
    if facts.bytes > FULL * facts.max_bytes:
        return _bad(
            "space",
            f"{said} When the stream is full, senders get 503.",
            f"Raise its limit with `nats stream edit {visible(facts.name)} --max-bytes BYTES`.",
        )
    return _good("space", said)


def _replicas(facts: StreamFacts) -> MachineCheck:
    has = "has" if facts.current_replicas == 1 else "have"
    said = f"{facts.current_replicas} of {counted(facts.replicas, 'server')} {has} every message."
    if facts.current_replicas < facts.replicas:
        return _bad("replicas", said, "Start the missing servers, or wait until they have caught up.")
    return _good("replicas", said)


def _clock(facts: StreamFacts) -> MachineCheck:
    if abs(facts.ahead_ms) > MOST_CLOCK_MS:
        way = "ahead of" if facts.ahead_ms > 0 else "behind"
        return _bad(
            "clock",
            f"The server’s clock is {duration_text(abs(facts.ahead_ms))} {way} this machine’s.",
            "Synchronise both clocks, for example with systemd-timesyncd.",
        )
    return _good("clock", "The clocks of the server and of this machine agree.")


def _good(name: str, says: str) -> MachineCheck:
    return MachineCheck(name=name, is_ok=True, says=says)


def _bad(name: str, says: str, fix: str | None = None) -> MachineCheck:
    return MachineCheck(name=name, is_ok=False, says=says, fix=fix)
