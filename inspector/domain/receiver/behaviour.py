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
    if reply.is_timeout:
        is_silent = reply.status is None
        return ReceiverCause(
            code=f"{RECEIVER_CODE}hangs" if is_silent else f"{RECEIVER_CODE}endless",
            is_proved=False,
            summary=f"Your receiver does not {'respond' if is_silent else 'end its response'}.",
            proof=f"{reply.error} The other tests were not run.",
            fix="Respond on every path of the handler, also after an error, and before you process the event."
            if is_silent
            else "End each response, for example with res.end(), and send its Content-Length.",
        )
    return ReceiverCause(
        code=f"{RECEIVER_CODE}broken-response",
        is_proved=False,
        summary="Your receiver sends no complete HTTP response.",
        proof=reply.error,
        fix="Look into the log of the receiver: it may crash. Also check the port, and whether it expects"
        " https://.",
    )


def busy(reply: Reply) -> ReceiverCause:
    """Return the cause of a receiver that limits requests."""
    return ReceiverCause(
        code=f"{RECEIVER_CODE}busy",
        is_proved=False,
        summary="Your receiver limits the number of requests.",
        proof=f"A valid event got {reply.status}, also after the longest wait of a check.",
        fix="Exempt the route from the rate limit, or check again later and at a lower pace.",
    )


def unsteady(title: str, replies: Sequence[Reply]) -> ReceiverCause:
    """Return the cause of a receiver that responds differently to events of one kind."""
    got = [f"{reply.status}" if reply.error is None else "no response" for reply in replies]
    listed = f"{', '.join(got[:-1])} and {got[-1]}"
    return ReceiverCause(
        code=UNSTEADY,
        is_proved=False,
        summary=f"Your receiver is unsteady: {len(got)} events of the same kind got {listed}.",
        proof=f"Test: {title}. Only the ids of the events differ.",
        fix="Check whether several instances respond, with other secrets or versions, and what depends on"
        " time or chance. Then check again.",
    )
