"""Publishing captures to a shared inbox: each is acknowledged by the stream, or fails with a reason."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from itertools import count

import nats.errors
import nats.js.errors
from nats.js.api import Header

from inspector.base.errors import BusyError, InspectorError
from inspector.base.signals import Signal
from inspector.domain.capture.capture import Capture
from inspector.domain.capture.inbox_message import MOST_PARTS, dump_message, dump_part
from inspector.inbox.connection import InboxConnection
from inspector.inbox.errors import worded

IN_FLIGHT = 256
"""Maximum messages that wait for their acknowledgement. More are not faster."""
_SMALL_BYTES = 64 * 1024
_LARGE_IN_FLIGHT = 8
"""Maximum captures with larger bodies in flight. The library and its socket copy each message three times."""
PUBLISH_S = 5.0
"""How long a message waits for a place and its acknowledgement, before and after the one repetition."""
MARGIN_BYTES = 4096
"""The part of `max_payload` that stays free. The server ends the connection after a larger message."""

# Codes of nats-server's errors.json
_WRONG_STREAM = 10_060
_TOO_LARGE = 10_054
_FIRST_LINE = len(b"NATS/1.0\r\n")


class MessageTooLarge(InspectorError):
    """Raised if a capture does not fit into a message of the stream."""


class Publisher:
    """Publishes captures in the name of one edge, at most `IN_FLIGHT` at a time."""

    def __init__(self, connection: InboxConnection, edge: str, *, chunks: bool) -> None:
        """With `chunks`, a body that does not fit into a message is published in parts before its head."""
        self.changed: Signal[str | None] = Signal("publisher.changed")
        """Emits why the stream accepts no captures, as a sentence, and None once it accepts them again."""
        self.problem: str | None = None
        self._connection = connection
        self._edge = edge
        self._has_chunks = chunks
        self._expected = {Header.EXPECTED_STREAM.value: connection.address.stream}
        self._subject = connection.address.subject
        self._prefix = f"{edge}.{secrets.token_hex(6)}"
        """The start of each id. An edge that starts again must not repeat the ids of its last run."""
        self._numbers = count(1)
        self._places = asyncio.Semaphore(IN_FLIGHT)
        self._large_places = asyncio.Semaphore(_LARGE_IN_FLIGHT)
        self._waits: set[asyncio.Timeout] = set()
        """The time limits of the messages in flight."""
        self._connected = asyncio.Event()
        self._denied: str | None = None
        """Why the server does not let this user publish."""
        if connection.is_connected:
            self._connected.set()
        connection.changed.connect(self._connection_changed)
        connection.denied.connect(self._was_denied)

    async def check(self) -> None:
        """Raise InspectorError if this user cannot publish to the stream now. Nothing is stored."""
        try:
            # The server refuses it before it stores anything, because the stream has another name.
            await self._publish({Header.EXPECTED_STREAM.value: "-"}, b"")
        except nats.js.errors.APIError as error:
            if error.err_code != _WRONG_STREAM:
                raise worded(error, self._connection.address.text) from error
        except (OSError, TimeoutError, nats.errors.Error) as error:
            raise self._failure(error) from error

    async def publish(self, capture: Capture) -> int:
        """Publish a capture, and return its sequence once the stream has acknowledged it.

        Raises BusyError if it may work later, and MessageTooLarge. Only messages that were in flight wait for
        a lost connection.
        """
        if len(capture.body) <= _SMALL_BYTES:
            return await self._publish_capture(capture)
        try:
            async with asyncio.timeout(PUBLISH_S):
                await self._large_places.acquire()
        except TimeoutError as error:
            raise BusyError("Too many large captures are being published. Send it again later.") from error
        try:
            return await self._publish_capture(capture)
        finally:
            self._large_places.release()

    async def _publish_capture(self, capture: Capture) -> int:
        message_id = f"{self._prefix}.{next(self._numbers)}"
        if len(capture.body) <= self._connection.max_payload:
            headers, payload = dump_message(capture, self._edge, message_id)
            headers |= self._expected
            if not self._has_chunks or self._fits(headers, len(payload)):
                return await self._send(headers, payload)
            del payload
        elif not self._has_chunks:
            raise self._too_large(len(capture.body))
        parts = await self._publish_parts(capture.body, message_id)
        headers, payload = dump_message(capture, self._edge, message_id, parts)
        return await self._send(headers | self._expected, payload)

    async def _publish_parts(self, body: bytes, message_id: str) -> list[int]:
        """Publish a body in parts, and return their sequences."""
        largest = dump_part(message_id, MOST_PARTS) | self._expected
        room = self._connection.max_payload - MARGIN_BYTES - _head_size(largest)
        if room <= 0 or len(body) > room * MOST_PARTS:
            raise self._too_large(len(body))
        whole = memoryview(body)
        return [
            await self._send(
                dump_part(message_id, number) | self._expected, bytes(whole[start : start + room])
            )
            for number, start in enumerate(range(0, len(body), room), start=1)
        ]

    async def _send(self, headers: dict[str, str], payload: bytes) -> int:
        """Publish a message, a second time with the same id if there was no acknowledgement."""
        try:
            try:
                sequence = await self._publish(headers, payload)
            except (OSError, TimeoutError, nats.errors.Error) as error:
                if not self._may_repeat(error):
                    raise
                await self._reconnected()
                sequence = await self._publish(headers, payload)
        except (OSError, TimeoutError, nats.errors.Error) as error:
            if _is_too_large(error):
                raise self._too_large(len(payload)) from error
            failure = self._failure(error)
            if self._connection.is_connected:  # otherwise the connection reports why
                self._report(str(failure))
            raise BusyError(str(failure)) from error
        self._denied = None
        self._report(None)
        return sequence

    async def _publish(self, headers: dict[str, str], payload: bytes) -> int:
        """Publish a message once. Raises the errors of nats-py, MessageTooLarge and BusyError."""
        try:
            async with asyncio.timeout(PUBLISH_S) as wait:
                self._waits.add(wait)
                async with self._places:
                    if not self._fits(headers, len(payload)):  # the limit is that of the current server
                        raise self._too_large(len(payload))
                    # With a time limit of its own, because the library drops a cancellation while it flushes.
                    acknowledgement = await self._connection.jetstream.publish(
                        self._subject, payload, timeout=PUBLISH_S, headers=headers
                    )
        finally:
            self._waits.discard(wait)
        return acknowledgement.seq

    def _may_repeat(self, error: Exception) -> bool:
        """Return whether the message may be stored, although there was no acknowledgement."""
        is_reported = isinstance(error, nats.js.errors.Error | nats.errors.MaxPayloadError)
        return not is_reported and self._denied is None

    async def _reconnected(self) -> None:
        """Wait for the connection. Raises TimeoutError."""
        async with asyncio.timeout(PUBLISH_S):
            await self._connected.wait()

    def _fits(self, headers: Mapping[str, str], size: int) -> bool:
        """Return whether a message may be sent. Raises BusyError without a connection."""
        return _head_size(headers) + size <= self._connection.max_payload - MARGIN_BYTES

    def _too_large(self, size: int) -> MessageTooLarge:
        limit = self._connection.max_payload - MARGIN_BYTES
        advice = "Raise `max_payload` of the server" + (
            "." if self._has_chunks else ", or use --inbox-chunks."
        )
        return MessageTooLarge(
            f"The message of {size:,} bytes exceeds the {limit:,} that the shared inbox accepts. {advice}"
        )

    def _failure(self, error: Exception) -> InspectorError:
        if self._denied is not None:
            return BusyError(self._denied)
        if not self._connection.is_connected and self._connection.problem is not None:
            return BusyError(self._connection.problem)
        return worded(error, self._connection.address.text)

    def _report(self, problem: str | None) -> None:
        if problem != self.problem:
            self.problem = problem
            self.changed.emit(problem)

    def _connection_changed(self, problem: str | None) -> None:
        if problem is None:
            self._denied = None
            self._connected.set()
        elif self._connected.is_set():
            self._connected.clear()
            self._end_waits()

    def _was_denied(self, sentence: str) -> None:
        self._denied = sentence
        self._end_waits()

    def _end_waits(self) -> None:
        """End the wait of each message in flight, because its acknowledgement cannot come any more."""
        now = asyncio.get_running_loop().time()
        waits, self._waits = self._waits, set()
        for wait in waits:
            if not wait.expired():
                wait.reschedule(now)


def _head_size(headers: Mapping[str, str]) -> int:
    """Return the bytes of the headers of a message."""
    return _FIRST_LINE + sum(len(name) + len(value) + 4 for name, value in headers.items()) + 2


def _is_too_large(error: Exception) -> bool:
    if isinstance(error, nats.js.errors.APIError):
        return error.err_code == _TOO_LARGE
    return isinstance(error, nats.errors.MaxPayloadError)
