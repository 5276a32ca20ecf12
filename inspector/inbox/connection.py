"""The connection to the servers of a shared inbox. It reconnects automatically."""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import nats.errors
import nats.js.errors
import nkeys
from nats.aio.client import DEFAULT_INBOX_PREFIX, Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import Header
from nats.protocol import parser

from inspector.base.errors import BusyError, InspectorError, UsageError
from inspector.base.next_step import next_step
from inspector.base.signals import Signal
from inspector.base.tasks import Slices, Tasks, in_own_thread, keep_cancellation
from inspector.inbox.address import InboxAddress
from inspector.inbox.errors import DENIED, HopelessError, denied_sentence, worded
from inspector.inbox.login import InboxLogin

CONNECT_S = 3
"""Maximum seconds for each step of a connection: name, TCP, greeting, TLS, login."""
FIRST_DELAY_S = 0.1
MOST_DELAY_S = 5.0
PING_S = 5
"""Interval of the pings that notice a connection without a peer. The third that has no reply ends it."""
_MOST_KNOWN = 16
_LOGINS = 5
"""Attempts to log in if the server ends the connection without a reason. It most often refuses the login, and
its reason is lost because it did not read all that was sent."""
_NOT_NATS = ValueError | TypeError | AttributeError | LookupError
"""What nats-py raises for a greeting that is not that of a NATS server."""

log = logging.getLogger(__name__)


class InboxConnection:
    """A connection to one of the servers, which is replaced by another when it is lost."""

    def __init__(
        self, address: InboxAddress, login: InboxLogin, name: str, *, reads_captures: bool = False
    ) -> None:
        """`name` is shown to those who operate the server.

        With `reads_captures`, the server sends everything below `_INBOX_STREAM`. Edges may subscribe to
        `_INBOX.>`, so they could read what others receive there.
        """
        self.changed: Signal[str | None] = Signal("inbox_connection.changed")
        """Emits the problem as a sentence, and None after each (re)connection."""
        self.denied: Signal[str] = Signal("inbox_connection.denied")
        """Emits a sentence if the server refuses to let this user publish or subscribe to a subject."""
        self.problem: str | None = None
        """Why there is no connection, as a sentence."""
        self.address = address
        self._login = login
        self._name = name
        self.prefix = f"_INBOX_{address.stream}" if reads_captures else DEFAULT_INBOX_PREFIX.decode()
        """The start of the subjects at which the server sends."""
        self._client: _Client | None = None
        self._known: list[str] = []
        """Servers of the cluster that the address does not name."""
        self._tasks = Tasks()

    async def open(self, *, waits: bool = False) -> None:
        """Connect, and reconnect from then on. Return once connected.

        Raises InspectorError if the connection fails. With `waits`, `changed` emits such a problem and the
        connection is tried again, except after one that retrying cannot solve.
        """
        delay = FIRST_DELAY_S
        while True:
            try:
                await self._connect()
                break
            except InspectorError as error:
                if not waits or isinstance(error, HopelessError | UsageError):
                    raise
                self._report(str(error))
            delay = await _pause(delay)
        self._report(None)
        self._tasks.spawn(self._reconnect(), "reconnect to the shared inbox")

    @contextmanager
    def refusals(self) -> Iterator[list[str]]:
        """Give a list that gets the sentences of `denied` until the end of the block."""
        said: list[str] = []
        listener = said.append
        self.denied.connect(listener)
        try:
            yield said
        finally:
            self.denied.disconnect(listener)

    async def close(self) -> None:
        """Close the connection. Does nothing if it is not open."""
        await self._tasks.cancel_all()
        client, self._client = self._client, None
        if client is not None:
            await _close(client)

    @property
    def is_connected(self) -> bool:
        """Whether messages can be sent."""
        return self._client is not None and self._client.is_connected

    @property
    def client(self) -> Client:
        """The current client. It changes with each connection. Raises BusyError if there is none."""
        return self._connected

    @property
    def jetstream(self) -> JetStreamContext:
        """The JetStream of the current client. Raises BusyError if there is none."""
        return self._connected.context

    @property
    def server_version(self) -> tuple[int, int, int]:
        """The version of the connected server. Raises BusyError if there is none."""
        version = self._connected.connected_server_version
        return version.major, version.minor, version.patch

    @property
    def max_payload(self) -> int:
        """Maximum bytes of a message, with its headers. Raises BusyError if there is no connection."""
        size = self._connected.info.get("max_payload")
        return size if type(size) is int else self._connected.max_payload

    @property
    def host(self) -> str:
        """The host of the connected server, without its port. Raises BusyError if there is none."""
        url = self._connected.connected_url
        return (url.hostname if url is not None else None) or "127.0.0.1"

    @property
    def is_tls(self) -> bool:
        """Whether the connection is encrypted. Raises BusyError if there is none."""
        return self._connected.is_tls

    @property
    def authority(self) -> Path | None:
        """The file with the authority that the servers’ certificates are checked with, if there is one."""
        return self._login.authority

    @property
    def _connected(self) -> _Client:
        if self._client is None or not self._client.is_connected:
            raise BusyError(self.problem or f"There is no connection to {self.address.text}. Try again.")
        return self._client

    async def _connect(self) -> None:
        """Replace the client by a connected one. Raises InspectorError."""
        options = await in_own_thread(self._login.options)
        for _ in range(_LOGINS):
            client = _Client(self, needs_tls=self.address.is_tls)
            try:
                with keep_cancellation():
                    await self._log_in(client, options)
            except BaseException as error:
                await _close(client)
                if not isinstance(error, OSError | nats.errors.Error | nkeys.NkeysError | _NOT_NATS):
                    raise
                cause = client.cause or error
                if not (client.info.get("auth_required") and _has_no_reason(cause)):
                    raise self._failure(cause) from error
            else:
                self._client = client
                return
        raise self._failure(nats.errors.AuthorizationError())

    async def _log_in(self, client: _Client, options: dict[str, Any]) -> None:
        """Connect a client. Raises the errors of nats-py, nkeys and sockets."""
        await client.connect(
            servers=[*self.address.urls, *self._known],
            name=self._name,
            inbox_prefix=self.prefix,
            error_cb=client.note,
            # Each client connects once, and then another one replaces it. The reconnecting one stops
            # permanently at any error that the server reports, and queues messages meanwhile.
            allow_reconnect=False,
            max_reconnect_attempts=1,
            reconnect_time_wait=0,
            connect_timeout=CONNECT_S,
            ping_interval=PING_S,
            flush_timeout=CONNECT_S,
            **options,
        )
        if not client.is_connected:  # `connect` ignores the end of the connection during the login
            raise ConnectionResetError
        if not client.info.get("jetstream"):
            await self._check_jetstream(client)
        if not client.is_tls:  # a certificate is for the name in the address, not for one that is announced
            self._known = [url.geturl() for url in client.discovered_servers][:_MOST_KNOWN]

    async def _check_jetstream(self, client: Client) -> None:
        """Raise HopelessError if no server of the cluster has JetStream. This one does not."""
        with suppress(nats.errors.TimeoutError):  # without the permission to ask
            try:
                await client.request("$JS.API.INFO", timeout=CONNECT_S)
            except nats.errors.NoRespondersError:
                raise HopelessError(
                    f"The server at {self.address.text} has no JetStream, which stores the captures. Add"
                    " `jetstream {}` to its configuration."
                ) from None

    async def _reconnect(self) -> None:
        """Replace each lost client. Never returns."""
        now, delay = asyncio.get_running_loop().time, FIRST_DELAY_S
        while (lost := self._client) is not None:
            since = now()
            await lost.lost.wait()
            if now() - since > MOST_DELAY_S:  # a server that ends each connection at once must not get many
                delay = FIRST_DELAY_S
            self._report(self._lost_sentence(lost))
            await _close(lost)
            while self._client is lost:
                delay = await _pause(delay)
                try:
                    await self._connect()
                except InspectorError as error:
                    self._report(str(error))
            self._report(None)

    def _lost_sentence(self, client: Client) -> str:
        error = client.last_error
        # Only these are reported by the server.
        if error is not None and type(error) in (nats.errors.Error, nats.errors.AuthorizationError):
            return str(self._failure(error))
        return f"The connection to {self.address.text} was lost. It is restored automatically."

    def _report(self, problem: str | None) -> None:
        if problem is None or problem != self.problem:
            self.problem = problem
            self.changed.emit(problem)

    def _failure(self, error: Exception) -> InspectorError:
        """Return why there is no connection."""
        place = self.address.text
        if _is_refused_login(error):
            if self._login.is_empty:
                step = next_step(
                    terminal="Use --inbox-creds FILE or --inbox-keyring LABEL.",
                    window="Log in with a file or the keyring.",
                )
                return HopelessError(f"{place} requires credentials. {step}")
            expiry = self._login.expiry()
            if expiry is not None and expiry < datetime.now().astimezone():
                return HopelessError(
                    f"The credentials for {place} expired on {expiry:%Y-%m-%d at %H:%M}. Use new ones."
                )
            return HopelessError(
                f"{place} refuses the credentials. Check the file or the keyring, and whether the server"
                " knows this user."
            )
        return worded(error, place)


# WORKAROUND(nats-py 2.16): for it, a vertical tab or a form feed ends a subject. The server stores a message
# with such a subject.
parser.MSG_RE = re.compile(rb"\AMSG ([^ \r\n]+) ([^ \r\n]+) (([^ \r\n]+) )?(\d+)\r\n")
parser.HMSG_RE = re.compile(rb"\AHMSG ([^ \r\n]+) ([^ \r\n]+) (([^ \r\n]+) )?(\d+) (\d+)\r\n")


class _Client(Client):
    """nats-py's client for one connection."""

    def __init__(self, owner: InboxConnection, *, needs_tls: bool) -> None:
        super().__init__()
        self.lost = asyncio.Event()
        """Set when the connection ends, for any reason."""
        self.info: dict[str, Any] = {}
        """The newest information of the server about itself."""
        self.cause: Exception | None = None
        """Why the last attempt to connect failed. The exception of `connect` is only that all did."""
        self.context = self.jetstream()
        self._slices = Slices()
        self._owner = owner
        self._needs_tls = needs_tls

    @property
    def is_tls(self) -> bool:
        """Whether the connection is encrypted."""
        return bool(self.info.get("tls_required"))

    async def note(self, error: Exception) -> None:
        """Note an error that the library reports next to the calls."""
        if self.is_connected and (match := DENIED.search(str(error))) is not None:
            self._owner.denied.emit(denied_sentence(match, self._owner.address.subject, self._owner.prefix))
            return
        self.cause = error
        log.info("the client of the shared inbox reports: %s", error)

    # WORKAROUND(nats-py 2.16): with tls://, it talks to a server without TLS, and sends it the password. It
    # also ignores a new `max_payload` of a running server.
    async def _process_info(self, info: dict[str, Any], initial_connection: bool = False) -> None:
        if initial_connection and self._needs_tls and not info.get("tls_required"):
            raise nats.errors.SecureConnWantedError
        self.info = {**self.info, **info}
        await super()._process_info(info, initial_connection)

    # WORKAROUND(nats-py 2.16): its reader does not know about TLS, so asyncio logs a warning when the server
    # ends the connection. This is called after each handshake.
    def _connect_command(self) -> bytes:
        if self.is_tls:
            self._transport._io_writer._protocol._over_ssl = True  # type: ignore[union-attr]
        return super()._connect_command()

    # WORKAROUND(nats-py 2.16): its reader ends without an error at a message whose headers or subject are not
    # as it expects. It also takes headers of a stored message for the status of a request.
    async def _process_headers(self, headers: bytes) -> dict[str, str] | None:
        try:
            found = await super()._process_headers(headers)
        except (ValueError, IndexError):
            return None
        if found and "Nats-Sequence" in found:  # a stored message that the server was asked for
            found.pop(Header.STATUS, None)
            found.pop(Header.DESCRIPTION, None)
        return found

    async def _process_msg(self, *arguments: Any) -> None:
        """Process a message, and let the loop run other work: all that was received is processed in turn."""
        await super()._process_msg(*arguments)
        await self._slices.pause()

    def _build_message(self, sid: int, subject: bytes, *others: Any) -> Msg:
        text = subject.decode("utf-8", "backslashreplace")
        message: Msg = super()._build_message(sid, text.encode(), *others)
        return message

    # WORKAROUND(nats-py 2.16): with unsent data for a peer that is gone, it raises before its callbacks.
    async def _close(self, status: int, do_cbs: bool = True) -> None:
        self.lost.set()
        with suppress(OSError):
            await super()._close(status, do_cbs)


def _has_no_reason(error: BaseException) -> bool:
    """Return whether the server ended a connection, without an error of its own."""
    ended = isinstance(error, ConnectionError | ssl.SSLEOFError | nats.errors.UnexpectedEOF)
    return ended and not isinstance(error, ConnectionRefusedError)


def _is_refused_login(error: Exception) -> bool:
    if isinstance(error, nats.errors.AuthorizationError):
        return True
    text = str(error).lower()
    return type(error) is nats.errors.Error and "permissions" not in text and "auth" in text


async def _pause(delay: float) -> float:
    """Wait, and return the next delay."""
    await asyncio.sleep(delay)
    return min(delay * 2, MOST_DELAY_S)


async def _close(client: Client) -> None:
    """Close a client, also one that never connected. A peer that is gone may not hold up the caller."""
    with suppress(OSError, nats.errors.Error, TimeoutError):
        async with asyncio.timeout(CONNECT_S):
            await client.close()
