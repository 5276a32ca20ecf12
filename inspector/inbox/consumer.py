"""Reads the messages of a shared inbox in the order of its stream, each once, from a position.

The position of the reader counts, not that of the server: after a lost connection, the server would send
messages again in another order. So a consumer is created again after each connection.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Literal, NamedTuple

import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js.api import RawStreamMsg
from nats.js.errors import APIError

from inspector.base.clock import rfc3339
from inspector.base.errors import BusyError, InspectorError
from inspector.base.tasks import Slices, keep_cancellation
from inspector.base.visible import shortened, visible
from inspector.domain.capture.capture import Capture
from inspector.domain.capture.inbox_message import (
    ID_HEADER,
    PART_HEADER,
    InboxCapture,
    NewerMessage,
    NotOurs,
    load_message,
)
from inspector.domain.capture.native import BadLine, ImportLimits
from inspector.inbox.connection import InboxConnection
from inspector.inbox.errors import worded
from inspector.inbox.permissions import await_refusals
from inspector.inbox.stream import ask

BATCH = 500
"""Maximum messages per request, and of a batch. At most twice as many are received ahead."""
BATCH_BYTES = 16 * 2**20
"""Maximum bytes of a request, and roughly of a batch. At most twice as many are received ahead."""
EXPIRES_S = 30
HEARTBEAT_S = 5
SILENCE_S = 12.0
"""Time without a heartbeat after which the consumer is created again."""
PAUSE_S = 0.004
"""Time for other work after each slice of messages, because the window paints for up to 14 ms between two."""
PART_S = 2.0
"""How long a missing part of a body is tried again: a replica may get it a moment later."""
FORGOTTEN_S = 90 * 86_400
"""Time without a connection after which the server forgets a consumer. A new one continues in its place."""
TEMPORARY_S = 600
"""The same for a consumer of one run, such as in CI. Otherwise a stream would collect hundreds of them."""
_ACK_WAIT_S = 3_600
"""Longer than captures wait for space on the disk. What is sent again before is dropped here."""
_MOST_UNACKNOWLEDGED = 5_000
_NANO = 10**9
_TOO_LARGE = "message size exceeds maxbytes"
_DELETED = "consumer deleted"
_REQUEST_ENDED = ("batch completed", _TOO_LARGE)

SkippedKind = Literal["foreign", "newer", "bad", "untrusted"]


class ReceivedCapture(NamedTuple):
    """A capture of the inbox."""

    sequence: int
    capture: Capture
    edge: str


class SkippedMessage(NamedTuple):
    """A message that is not a capture, that cannot be read, or for which there is no room."""

    sequence: int
    kind: SkippedKind
    why: str
    """A sentence."""


class MissingMessages(NamedTuple):
    """Sequences that the stream no longer has."""

    first: int
    last: int


class InboxBatch(NamedTuple):
    """The next messages, in order."""

    captures: tuple[ReceivedCapture, ...]
    skipped: tuple[SkippedMessage, ...]
    missing: tuple[MissingMessages, ...]
    position: int
    """The sequence of its last message. Later ones are in the next batch."""
    left: int
    """The number of messages after it that the stream had when the last one was sent."""


async def read_message(connection: InboxConnection, sequence: int) -> RawStreamMsg | None:
    """Return a message of the stream, or None if the stream does not have it. Raises InspectorError."""
    failure: Exception | None = None
    with connection.refusals() as refused:
        try:
            for is_direct in (True, False):  # not every stream lets each of its replicas respond
                try:
                    jetstream = connection.jetstream
                    with keep_cancellation():
                        return await jetstream.get_msg(connection.address.stream, sequence, direct=is_direct)
                except nats.js.errors.NotFoundError:
                    return None
                except (ValueError, LookupError, TypeError, AttributeError):  # headers of another program
                    return RawStreamMsg()
                except nats.errors.NoRespondersError as error:
                    failure = error
        except (nats.errors.Error, OSError) as error:
            failure = error
    assert failure is not None
    raise InspectorError(refused[0]) if refused else worded(failure, connection.address.text) from failure


class InboxConsumer:
    """The messages after a position. After an error, call `start` again to continue."""

    def __init__(
        self,
        connection: InboxConnection,
        name: str,
        member: str,
        limits: ImportLimits,
        *,
        is_temporary: bool = False,
    ) -> None:
        """`name` is that of the durable consumer, which no other reader uses. `member` is for people.

        The server forgets the consumer soon after its last connection if it `is_temporary`.
        """
        self._connection = connection
        self._stream = connection.address.stream
        self._name = name
        self._member = member
        self._forgotten_s = TEMPORARY_S if is_temporary else FORGOTTEN_S
        self._requests = f"$JS.API.CONSUMER.MSG.NEXT.{self._stream}.{name}"
        """The subject of requests for messages."""
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._client: Client | None = None
        self._subscription: Subscription | None = None
        self._inbox = ""
        """The subject before the number of a request, to which the server sends its messages."""
        self._arrived: deque[Msg] = deque()
        self._arrived_bytes = 0
        self._came = asyncio.Event()
        """Set when the server sent anything, or the connection changed."""
        self._heard = 0.0
        """When the server last sent anything."""
        self._watch: asyncio.TimerHandle | None = None
        self._problem: InspectorError | None = None
        """Why the consumer must be created again."""
        self.was_deleted = False
        """Whether another program deleted it, such as a reader with a consumer of the same name."""
        self._request = 0
        """The number of the current request."""
        self._due = 0
        """How many messages the current request can still get. 0 means that there is no request."""
        self._is_bounded = True
        """Whether the next request limits its bytes. A single message can be larger."""
        self._position = 0
        self._reply = ""
        """Where the end of the last batch is acknowledged."""

    @property
    def position(self) -> int:
        """The sequence of the message before the next one."""
        return self._position

    async def start(self, position: int, since_ms: int | None = None) -> int:
        """Create the consumer for the messages after `position`. Return how many there are.

        `since_ms` skips messages that were stored before this time by the server's clock. Raises BusyError if
        that may succeed later, otherwise another InspectorError.
        """
        await self.stop()
        self._position, self._problem, self._is_bounded = position, None, True
        self.was_deleted = False
        self._connection.changed.connect(self._changed)
        self._connection.denied.connect(self._refused)
        place = self._connection.address.text
        try:
            client = self._client = self._connection.client
            self._inbox = client.new_inbox()
            self._subscription = await client.subscribe(f"{self._inbox}.*", cb=self._arrive)
            with suppress(APIError):  # there is none yet; any other reason prevents its creation, too
                await ask(self._connection, f"$JS.API.CONSUMER.DELETE.{self._stream}.{self._name}")
            found = await ask(
                self._connection,
                f"$JS.API.CONSUMER.CREATE.{self._stream}.{self._name}",
                {"stream_name": self._stream, "config": self._config(since_ms)},
            )
            if since_ms is not None:
                skipped = (found.get("delivered") or {}).get("stream_seq")
                self._position = max(position, skipped if type(skipped) is int else 0)
            await self._ask_for_more()
            await await_refusals(client)
        except (nats.errors.Error, OSError) as error:
            raise worded(error, place) from error
        self._check()
        self._heard = self._loop.time()
        self._look()
        pending = found.get("num_pending")
        return pending if type(pending) is int else 0

    def _config(self, since_ms: int | None) -> dict[str, Any]:
        if since_ms is None:
            begin = {"deliver_policy": "by_start_sequence", "opt_start_seq": self._position + 1}
        else:
            begin = {"deliver_policy": "by_start_time", "opt_start_time": rfc3339(since_ms)}
        return {
            **begin,
            "name": self._name,
            "durable_name": self._name,
            "metadata": {"member": self._member},  # the name of a consumer has few characters
            "ack_policy": "all",
            "ack_wait": _ACK_WAIT_S * _NANO,
            "max_ack_pending": _MOST_UNACKNOWLEDGED,
            "inactive_threshold": self._forgotten_s * _NANO,
            "num_replicas": 1,  # it can be lost, and each replica would write every acknowledgement
        }

    async def next(self) -> InboxBatch:
        """Wait for messages, and return at most `BATCH`.

        Raises BusyError if `start` must be called again, otherwise another InspectorError.
        """
        while True:
            self._check()
            await self._ask_for_more()
            if not self._arrived:
                self._came.clear()
                await self._came.wait()
            elif (batch := await self._take()) is not None:
                return batch

    async def acknowledge(self) -> None:
        """Let the server note that the last batch is stored, which shows others how far this member is.

        Nothing depends on it: a lost acknowledgement does no harm.
        """
        reply, self._reply = self._reply, ""
        if reply and self._client is not None:
            with suppress(nats.errors.Error, OSError):
                await self._client.publish(reply)

    async def stop(self) -> None:
        """Receive no more messages, and send the acknowledgements. The server keeps the consumer."""
        self._connection.changed.disconnect(self._changed)
        self._connection.denied.disconnect(self._refused)
        if self._watch is not None:
            self._watch.cancel()
        client, self._client = self._client, None
        subscription, self._subscription = self._subscription, None
        if client is not None and subscription is not None:
            with suppress(nats.errors.Error, OSError, TimeoutError):
                await subscription.unsubscribe()
                await client.flush(1)
        self._arrived.clear()
        self._arrived_bytes = self._due = 0
        self._reply = ""

    # ---- what the server sends

    async def _ask_for_more(self) -> None:
        """Request the next messages, unless enough are here or requested."""
        if self._due or len(self._arrived) > BATCH or self._arrived_bytes > BATCH_BYTES:
            return
        assert self._client is not None
        self._request += 1
        self._due = BATCH if self._is_bounded else 1
        request = {"batch": self._due, "expires": EXPIRES_S * _NANO, "idle_heartbeat": HEARTBEAT_S * _NANO}
        if self._is_bounded:
            request["max_bytes"] = BATCH_BYTES
        self._is_bounded = True
        try:
            await self._client.publish(
                self._requests,
                json.dumps(request).encode(),
                reply=f"{self._inbox}.{self._request}",
            )
        except (nats.errors.Error, OSError) as error:
            raise worded(error, self._connection.address.text) from error

    async def _arrive(self, message: Msg) -> None:
        self._heard = self._loop.time()
        if message.subject.startswith(self._inbox):
            if message.subject == f"{self._inbox}.{self._request}":
                self._take_status(message.headers or {})
        else:
            self._arrived.append(message)
            self._arrived_bytes += len(message.data)
            self._due = max(self._due - 1, 0)
        self._came.set()

    def _take_status(self, headers: Mapping[str, str]) -> None:
        """Handle what the server sends about a request instead of a message."""
        status, text = headers.get("Status", ""), headers.get("Description", "").lower()
        if status == "100":  # a heartbeat
            return
        if status not in ("404", "408") and text not in _REQUEST_ENDED:
            self._problem = BusyError(
                f"The stream at {self._connection.address.text} stopped sending"
                f" ({visible(shortened(text or status, 100))}). It is asked again."
            )
            self.was_deleted = text == _DELETED
        elif text == _TOO_LARGE and self._due == BATCH:  # not even one message
            self._is_bounded = False
        self._due = 0

    def _look(self) -> None:
        """Notice that the server is silent. One timer is enough: Qt keeps cancelled ones until their time."""
        if self._loop.time() - self._heard > SILENCE_S and self._due:
            self._problem = BusyError(
                f"The stream at {self._connection.address.text} does not respond. It is asked again."
            )
            self._came.set()
            return
        self._watch = self._loop.call_later(HEARTBEAT_S, self._look)

    def _changed(self, problem: str | None) -> None:
        self._problem = BusyError(problem or "The connection to the shared inbox is new.")
        self._came.set()

    def _refused(self, sentence: str) -> None:
        subject = self._requests  # nats-py passes it on in lower case
        self._problem = InspectorError(sentence.replace(subject.lower(), subject))
        self._came.set()

    def _check(self) -> None:
        if self._problem is not None:
            raise self._problem
        if self._client is None or not self._client.is_connected:
            raise BusyError(self._connection.problem or "The connection to the shared inbox was lost.")

    # ---- messages

    async def _take(self) -> InboxBatch | None:
        """Return the messages that have arrived, or None if none of them is the next one."""
        captures: list[ReceivedCapture] = []
        skipped: list[SkippedMessage] = []
        missing: list[MissingMessages] = []
        before, size, left = self._position, 0, 0
        slices = Slices(PAUSE_S)
        while self._arrived and size < BATCH_BYTES and self._position - before < BATCH:
            message = self._arrived[0]
            place = message.metadata
            sequence = place.sequence.stream
            if sequence > self._position + 1:
                # Only the first message of a new consumer proves that the stream does not have those before.
                if place.sequence.consumer != 1:
                    if self._position == before:
                        await self.start(self._position)
                    break
                missing.append(MissingMessages(self._position + 1, sequence - 1))
                before += sequence - self._position - 1
            self._arrived.popleft()
            self._arrived_bytes -= len(message.data)
            if sequence <= self._position:  # it was sent again
                continue
            found = await self._read(sequence, message)
            if isinstance(found, ReceivedCapture):
                captures.append(found)
                size += len(found.capture.body)
            elif found is not None:
                skipped.append(found)
            self._position, left, self._reply = sequence, place.num_pending, message.reply
            await slices.pause()
        if self._position == before and not missing:
            return None
        return InboxBatch(tuple(captures), tuple(skipped), tuple(missing), self._position, left)

    async def _read(self, sequence: int, message: Msg) -> ReceivedCapture | SkippedMessage | None:
        """Return the capture of a message, or why it is skipped, or None for a part of a body."""
        try:
            found = load_message(message.headers, message.data, self._limits)
            if found is None:
                return None
            capture = found.capture
            if found.parts:
                capture = capture._replace(body=await self._body(sequence, found, message.headers or {}))
            return ReceivedCapture(sequence, capture, found.edge)
        except NotOurs:
            why = f"Message {sequence:,} was not published by Webhook Inspector and is skipped."
            return SkippedMessage(sequence, "foreign", why)
        except NewerMessage:
            why = (
                f"Message {sequence:,} is from a newer version of Webhook Inspector and is skipped."
                " Update the program. A new file then gets it."
            )
            return SkippedMessage(sequence, "newer", why)
        except BadLine as error:
            why = f"Message {sequence:,} is skipped because {visible(shortened(str(error), 200))}."
            return SkippedMessage(sequence, "bad", why)

    async def _body(self, sequence: int, found: InboxCapture, headers: Mapping[str, str]) -> bytes:
        """Return a body that was published in parts. Raises BadLine, or BusyError for a later try."""
        body = bytearray()
        for number in found.parts:
            if number >= sequence:
                raise BadLine("its parts come after it")
            part = await self._part(number)
            if (part.headers or {}).get(PART_HEADER) != headers.get(ID_HEADER):
                raise BadLine("its parts are those of another message")
            body += part.data or b""
            if len(body) > found.size:
                break
        if len(body) != found.size:
            raise BadLine("its parts do not have its size")
        return bytes(body)

    async def _part(self, sequence: int) -> RawStreamMsg:
        until = self._loop.time() + PART_S
        while True:
            self._check()
            if (found := await read_message(self._connection, sequence)) is not None:
                return found
            if self._loop.time() > until:
                raise BadLine(f"a part of its body, message {sequence:,}, was removed")
            await asyncio.sleep(PART_S / 10)
