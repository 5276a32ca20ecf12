"""What the users of a NATS server must be allowed to do: an edge only publishes, a member only reads."""

from __future__ import annotations

import nats.errors

from inspector.inbox.connection import InboxConnection, worded

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


async def denied_subjects(connection: InboxConnection, subjects: tuple[str, ...]) -> tuple[str, ...]:
    """Return the subjects to which this user may not publish.

    Nothing is stored, created or removed: JetStream refuses the messages for another reason, or they name a
    consumer that does not exist. Raises InspectorError if the connection fails.
    """
    refused: list[str] = []
    connection.denied.connect(refused.append)
    try:
        for subject in subjects:
            await connection.client.publish(subject, b"", headers={"Nats-Expected-Stream": "-"})
        # Refusals come before the response to a flush. WORKAROUND(nats-py 2.16): the ping of a flush can
        # overtake messages that wait in the client, but not those that waited during an earlier flush.
        await connection.client.flush(_FLUSH_S)
        await connection.client.flush(_FLUSH_S)
    except (nats.errors.Error, OSError) as error:
        raise worded(error, connection.address.text) from error
    finally:
        connection.denied.disconnect(refused.append)
    return tuple(one for one in subjects if any(f"“{one.lower()}”" in said.lower() for said in refused))
