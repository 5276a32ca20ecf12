"""An edge of a shared inbox: it receives requests and publishes them, with no capture file and no secret."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from inspector.base.errors import BusyError, InspectorError, UsageError
from inspector.base.signals import Signal
from inspector.base.visible import shortened, visible
from inspector.capture.address import network_warning, usable_url
from inspector.capture.bound_port import BoundPort
from inspector.capture.guard import Guard, new_path
from inspector.capture.listener import Listener
from inspector.capture.response import Response, problem
from inspector.domain.capture.capture import Capture, HeaderPairs
from inspector.domain.capture.inbox_message import EDGE_NAME
from inspector.domain.capture.stray import Stray
from inspector.inbox.address import InboxAddress
from inspector.inbox.connection import InboxConnection
from inspector.inbox.publisher import MessageTooLarge, Publisher
from inspector.inbox.stream import SYNC_UNKNOWN, StreamProblem, find_problems, read_facts
from inspector.session.address.listener_tls import ListenerTls
from inspector.session.inbox.login import GivenLogin, load_login
from inspector.session.ingest import limits
from inspector.settings.settings import Settings

if TYPE_CHECKING:
    from inspector.session.options import Options

CHECK_S = 60.0
"""Interval of the checks whether the stream can lose captures."""
_PATH = re.compile(r"(?:/[A-Za-z0-9._~!$&'()*+,;=:@%-]{1,200}){1,10}")


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeOptions:
    """What an edge does in this run."""

    address: InboxAddress
    name: str
    """The name of the edge, which is part of each message."""
    login: GivenLogin
    monitor: str | None = None
    """The URL of the server's monitoring port. By default it is found by the host."""
    has_chunks: bool = False
    """Whether a large body is published in parts."""
    accepts_loss: bool = False
    """Whether to publish to a stream that can lose acknowledged captures."""
    guarded_path: str | None = None
    """The path whose requests are captured, with all below it. By default, every path is captured."""

    @classmethod
    def parse(
        cls,
        address: str,
        *,
        login: GivenLogin,
        name: str | None = None,
        monitor: str | None = None,
        has_chunks: bool = False,
        accepts_loss: bool = False,
        guarded_path: str | None = None,
    ) -> EdgeOptions:
        """Return options from texts. Without `name`, it is that of this machine. Raises UsageError."""
        if name is not None and not EDGE_NAME.fullmatch(name):
            raise UsageError(
                f"“{visible(shortened(name, 60))}” cannot name an edge. Use up to 64 letters, digits, and"
                " the characters . - and _."
            )
        if guarded_path is not None and not _PATH.fullmatch(guarded_path.removesuffix("/")):
            raise UsageError(
                f"“{visible(shortened(guarded_path, 60))}” is not a path that can be guarded. Use one such as"
                f" {new_path()}."
            )
        return cls(
            address=InboxAddress.parse(address),
            name=name or _host_name(),
            login=login,
            monitor=monitor,
            has_chunks=has_chunks,
            accepts_loss=accepts_loss,
            guarded_path=None if guarded_path is None else guarded_path.removesuffix("/"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedCapture:
    """A request that was published, or that the stream did not take."""

    received_ms: int
    method: str
    target: bytes
    """The raw request target, which may have been chosen by an attacker."""
    size: int
    """Bytes of the body."""
    status: int | None
    """The status of the response; None if the sender is gone."""
    sequence: int | None
    """Its sequence in the stream, or None if it was not published."""


class Edge:
    """A listener whose captures go to a shared inbox. Call `connect`, `start`, then `stop`."""

    def __init__(self, options: Options, edge: EdgeOptions) -> None:
        """Raises UsageError for an invalid setting."""
        self.published: Signal[PublishedCapture] = Signal("edge.published")
        """Emits each capture before its sender gets the response."""
        self.options = edge
        self.settings = Settings(options.settings)
        bounds = limits(self.settings)
        self._port = BoundPort(
            options.host or self.settings.text("host"),
            self.settings.whole("port") if options.port is None else options.port,
        )
        self._tls = ListenerTls(self.settings, self._port.host)
        self.guard = Guard(
            limits=bounds,
            path=lambda: edge.guarded_path,
            take=self._count_stray,
            is_ours=self._is_ours,
        )
        self.listener = Listener(
            port=self._port,
            limits=bounds,
            take=self._take,
            take_refused=self._take_refused,
            guard=self.guard,
        )
        self._connection: InboxConnection | None = None
        self._publisher: Publisher | None = None
        self.connection_changed: Signal[str | None] = Signal("edge.connection_changed")
        """Emits why there is no connection before `connect` returns, as a sentence."""
        self.accepted_losses: tuple[str, ...] = ()
        """Sentences about what can lose captures, although the user accepts that."""
        self.losses_found: Signal[tuple[str, ...]] = Signal("edge.losses_found")
        """Emits sentences about what can lose captures since the stream or its server was changed."""
        self.warnings: list[str] = []
        """Sentences that the user should read at the start."""
        self._reconnected = asyncio.Event()
        self._known: frozenset[str] = frozenset()
        """The codes of the problems of the stream, as they were found last."""

    async def connect(self) -> tuple[str, ...]:
        """Connect, waiting for a server that is away. Return why nothing may be published, or nothing.

        The port is bound before, but does not accept connections yet. Raises InspectorError if waiting does
        not help.
        """
        await self._port.bind()
        login = await load_login(self.options.login, self.settings)
        self.warnings += login.warnings()
        name = f"webhook-inspector edge {self.options.name}"
        connection = self._connection = InboxConnection(self.options.address, login, name)
        connection.changed.connect(self._connection_changed)
        await connection.open(waits=True)
        self._publisher = Publisher(connection, self.options.name, chunks=self.options.has_chunks)
        problems = await self._problems(connection)
        reasons = _sentences(problems)
        if reasons and not (self.options.accepts_loss and all(one.loses for one in problems)):
            return reasons
        self.accepted_losses = tuple(f"Captures can be lost (--accept-loss). {reason}" for reason in reasons)
        await self._publisher.check()
        self._reconnected.clear()
        return ()

    async def start(self) -> str:
        """Accept requests, and return the URL for a sender on this machine. Raises InspectorError."""
        bound = await self.listener.start(tls=await self._tls.server_context())
        if (warning := network_warning(bound)) is not None:
            self.warnings.append(warning)
        if (note := self._tls.trust_note) is not None:
            self.warnings.append(note)
        if self.options.guarded_path is None:
            self.warnings.append(
                "Every path is captured. To capture only what is sent to a secret path, start each edge with"
                f" the same one, such as --guarded-path {new_path()}."
            )
        return usable_url(bound)

    async def watch(self) -> None:
        """Check the stream each minute, and after each new connection, as at the start. Never returns."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(CHECK_S):
                    await self._reconnected.wait()
            self._reconnected.clear()
            assert self._connection is not None
            before = self._known
            with suppress(InspectorError):  # senders get 503, and `problem` is the reason
                problems = await self._problems(self._connection)
                # A monitoring port that is away for a moment does not change the server.
                new = [one for one in problems if one.loses and one.code not in (*before, SYNC_UNKNOWN)]
                if new:
                    self.losses_found.emit(_sentences(new))

    async def _problems(self, connection: InboxConnection) -> tuple[StreamProblem, ...]:
        monitor = self.options.monitor or self.settings.text("inbox_monitor") or None
        problems = find_problems(await read_facts(connection, monitor))
        self._known = frozenset(one.code for one in problems)
        return problems

    async def stop(self) -> None:
        """Respond to the requests in flight, and end the connection."""
        await self.listener.stop()
        self._port.close()
        if self._connection is not None:
            await self._connection.close()

    @property
    def problem(self) -> str | None:
        """Why senders get 503 now, as a sentence, or None."""
        if self._connection is None or self._publisher is None:
            return None
        return self._connection.problem or self._publisher.problem

    def counts(self) -> dict[str, int]:
        """Return the number of requests that were not published, by what happened."""
        return {
            "Refused requests that were not published": self.listener.handler.refused_not_stored,
            "Connections closed because too many were open": self.listener.connections.turned_away,
            "Senders that disconnected before their response": self.listener.handler.senders_gone,
            "Stray requests, which are not published": self.guard.count,
        }

    async def _take(self, capture: Capture) -> Awaitable[Response | None] | None:
        """Publish a capture. Raises BusyError if that may work later."""
        try:
            await self._publish(capture)
        except MessageTooLarge as error:
            self._note(capture, 413, None)
            return _immediate(problem(413, hint=str(error)))
        except BusyError:
            self._note(capture, 503, None)
            raise
        return None

    async def _take_refused(self, capture: Capture) -> None:
        try:
            await self._publish(capture)
        except MessageTooLarge as error:
            raise BusyError(str(error)) from error

    async def _publish(self, capture: Capture) -> None:
        assert self._publisher is not None
        published = capture
        if capture.kind != "refused":
            # Its response depends on the acknowledgement: 503 without one, but the stream may have it.
            published = capture._replace(answered=None)
        sequence = await self._publisher.publish(published)
        self._note(capture, capture.answered, sequence)

    def _note(self, capture: Capture, status: int | None, sequence: int | None) -> None:
        self.published.emit(
            PublishedCapture(
                received_ms=capture.received_ms,
                method=capture.method,
                target=capture.target,
                size=len(capture.body),
                status=status if capture.answered is not None else None,
                sequence=sequence,
            )
        )

    def _connection_changed(self, problem: str | None) -> None:
        if problem is None:
            self._reconnected.set()
        self.connection_changed.emit(problem)

    async def _count_stray(self, stray: Stray) -> None:
        """Store nothing: the guard counts strays."""

    def _is_ours(self, headers: HeaderPairs, remote: str) -> bool:
        """Return False: an edge knows no requests of this program."""
        return False


def _sentences(problems: Sequence[StreamProblem]) -> tuple[str, ...]:
    return tuple(f"{one.sentence} {one.fix}" for one in problems)


async def _immediate(response: Response) -> Response:
    return response


def _host_name() -> str:
    """Return the name of this machine with only the characters that an edge's name may have."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", socket.gethostname())[:64].strip("-.") or "edge"
