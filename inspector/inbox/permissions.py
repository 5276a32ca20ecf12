"""What the users of a NATS server must be allowed to do: an edge only publishes, a member only reads."""

from __future__ import annotations

import nats.errors
from nats.aio.client import Client

from inspector.base.tasks import keep_cancellation
from inspector.inbox.connection import InboxConnection
from inspector.inbox.errors import worded

_FLUSH_S = 5
_NOBODY = "webhook-inspector-check"
"""The name of a consumer that does not exist."""


def edge_subjects(stream: str) -> tuple[str, ...]:
    """Return the subjects to which an edge publishes."""
    return (f"{stream}.captures", f"$JS.API.STREAM.INFO.{stream}")


def member_subjects(stream: str) -> tuple[str, ...]:
    """Return the subjects to which a member publishes requests and acknowledgements."""
    return (
        f"$JS.API.STREAM.INFO.{stream}",
        f"$JS.API.CONSUMER.CREATE.{stream}.{_NOBODY}",
        f"$JS.API.CONSUMER.DELETE.{stream}.{_NOBODY}",
        f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{_NOBODY}",
        f"$JS.API.DIRECT.GET.{stream}",
        f"$JS.ACK.{stream}.{_NOBODY}.1.1.1.1.0",
    )


def member_inbox(stream: str) -> str:
    """Return a subject at which a member receives captures, and to which edges must not subscribe."""
    return f"_INBOX_{stream}.{_NOBODY}"


async def denied_subjects(
    connection: InboxConnection, subjects: tuple[str, ...], inbox: str
) -> tuple[str, ...]:
    """Return the subjects to which this user may not publish, and `inbox` if it may not subscribe to it.

    Nothing is stored, created or removed: JetStream refuses the messages for another reason, or they name a
    consumer that does not exist. Raises InspectorError if the connection fails.
    """
    with connection.refusals() as refused:
        try:
            for subject in subjects:
                await connection.client.publish(subject, b"", headers={"Nats-Expected-Stream": "-"})
            subscription = await connection.client.subscribe(inbox)
            await await_refusals(connection.client)
            await subscription.unsubscribe()
        except (nats.errors.Error, OSError) as error:
            raise worded(error, connection.address.text) from error
    known = (*subjects, inbox)
    return tuple(one for one in known if any(f"“{one.lower()}”" in said.lower() for said in refused))


async def await_refusals(client: Client) -> None:
    """Wait until the server has refused what it refuses of everything that was sent. Raises nats' errors."""
    # WORKAROUND(nats-py 2.16): the ping of a flush can overtake messages that wait in the client, but not
    # those that waited during an earlier flush.
    for _ in range(2):
        with keep_cancellation():
            await client.flush(_FLUSH_S)
