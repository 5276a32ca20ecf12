"""Causes that the behaviour of a receiver shows without a search: no response, or another one each time."""

from __future__ import annotations

from collections.abc import Sequence

from inspector.domain.receiver.reply import Reply
from inspector.domain.receiver.report import ReceiverCause

RECEIVER_CODE = "receiver-"
"""Start of the codes of causes that do not concern the signature."""
UNSTEADY = f"{RECEIVER_CODE}unsteady"


def no_response(reply: Reply) -> ReceiverCause | None:
    """Return why there is no complete response to a valid event, or None if there is one."""
    if reply.error is None:
        return None
    if reply.is_timeout and reply.status is None:
        return ReceiverCause(
            code=f"{RECEIVER_CODE}hangs",
            is_proved=False,
            summary=f"The receiver does not respond to a valid event. {reply.error}",
            clause="it does not respond",
            proof=f"{reply.error} The other tests were not run.",
            fix="Respond on every path of the handler, also after an error. Respond with 200 first, and"
            " process the event afterwards.",
        )
    if reply.is_timeout:
        return ReceiverCause(
            code=f"{RECEIVER_CODE}endless",
            is_proved=False,
            summary=f"The receiver does not end its response. {reply.error}",
            clause="it does not end its response",
            proof=f"{reply.error} The other tests were not run.",
            fix="End each response, for example with res.end(), and send its Content-Length.",
        )
    return ReceiverCause(
        code=f"{RECEIVER_CODE}broken-response",
        is_proved=False,
        summary=reply.error,
        proof="A valid event got no complete HTTP response.",
        fix="Look into the log of the receiver: it may crash. Also check the port, and whether it expects"
        " https://.",
    )


def busy(says: str) -> ReceiverCause:
    """Return the cause of a receiver that limits requests. `says` is a sentence about its response."""
    return ReceiverCause(
        code=f"{RECEIVER_CODE}busy",
        is_proved=False,
        summary=says,
        clause="it limits the number of requests",
        proof="The check waited as long as it may.",
        fix="Exempt the route from the rate limit, or check again later and with a lower pace.",
    )


def unsteady(title: str, replies: Sequence[Reply]) -> ReceiverCause:
    """Return the cause of a receiver that responds differently to events of one kind."""
    got = [f"{reply.status}" if reply.error is None else "no response" for reply in replies]
    listed = f"{', '.join(got[:-1])} and {got[-1]}"
    return ReceiverCause(
        code=UNSTEADY,
        is_proved=False,
        summary=f"Your receiver is unsteady: {len(got)} events of the same kind got {listed}.",
        clause=f"responds differently to the same kind of event: {listed}",
        proof=f"Test: {title}. Only the ids of the events differ.",
        fix="Check whether several instances respond, with other secrets or versions, and what depends on"
        " time or chance. Then check again.",
    )
