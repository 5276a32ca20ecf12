"""Causes that the behaviour of a receiver shows without a search: no response, or another one each time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from inspector.base.next_step import next_step
from inspector.domain.receiver.receiver_causes import AT_RECEIVER
from inspector.domain.receiver.reply import Reply
from inspector.domain.receiver.report import ReceiverCause
from inspector.domain.signature.finding import Finding

RECEIVER_CODE = "receiver-"
"""Start of the codes of causes that do not concern the signature."""
UNSTEADY = f"{RECEIVER_CODE}unsteady"


def no_response(reply: Reply) -> ReceiverCause | None:
    """Return why there is no complete response to a valid event, or None if there is one."""
    if reply.error is None:
        return None
    if not reply.is_timeout:
        return _cause("broken-response", "Your receiver sends no complete HTTP response.", reply.error)
    proof = f"{reply.error} The other tests were not run."
    if reply.status is None:
        return _cause("hangs", "Your receiver does not respond.", proof)
    return _cause("endless", "Your receiver does not end its response.", proof)


def unreachable(error: str, outcome: str) -> str:
    """Return why there is no connection, with the next step. `outcome` is that of the attempt."""
    if outcome == "refused":
        return f"{error} Start the receiver, or check the port."
    if outcome == "tls" and error.startswith("The certificate "):
        step = next_step(
            terminal="Use --ca FILE with its certificate.", window="Add its certificate to a named target."
        )
        return f"{error} {step}"
    return error


def busy(reply: Reply) -> ReceiverCause:
    """Return the cause of a receiver that limits requests."""
    proof = f"A valid event got {reply.status}, and the receiver asks for a longer wait than a check allows."
    return _cause("rate-limit", "Your receiver limits the rate of requests.", proof)


def gone(title: str, reply: Reply) -> ReceiverCause:
    """Return the cause of a receiver that stopped listening during a test."""
    summary = f"Your receiver could not be reached any more during the test “{title}”."
    return _cause("broken-response", summary, f"{reply.error} It responded before.")


def always_fails(replies: Sequence[Reply]) -> ReceiverCause | None:
    """Return the cause of a receiver that fails on every event, or None if it does not."""
    statuses = {reply.status for reply in replies}
    if not statuses or any(status is None or status < 500 for status in statuses):
        return None
    listed = " or ".join(str(status) for status in sorted(statuses, key=str))
    return _cause("fails", f"Your receiver responds with {listed} to every event.", "It was never different.")


def unsteady(title: str, replies: Sequence[Reply]) -> ReceiverCause:
    """Return the cause of a receiver that responds differently to events of one kind."""
    got = [f"{reply.status}" if reply.error is None else "no response" for reply in replies]
    listed = f"{', '.join(got[:-1])} and {got[-1]}"
    summary = f"Your receiver is unsteady: {len(got)} events of the same kind got {listed}."
    return _cause("unsteady", summary, f"The test was “{title}”, in which only the ids of the events differ.")


def suspected(faults: Iterable[Finding], words: str, probe: int) -> tuple[ReceiverCause, ...]:
    """Return the faults that an accepted request suggests, if the search ended before they were proved.

    `words` are those of the request, and `probe` is its index.
    """
    return tuple(
        ReceiverCause(
            code=code,
            is_proved=False,
            summary=f"Your receiver accepted {words}.",
            proof="The search ended before this was proved.",
            fix=AT_RECEIVER[code].fix,
            probe=probe,
        )
        for code in dict.fromkeys(fault.code for fault in faults)
        if code in AT_RECEIVER
    )


def _cause(name: str, summary: str, proof: str) -> ReceiverCause:
    code = f"{RECEIVER_CODE}{name}"
    return ReceiverCause(code=code, is_proved=False, summary=summary, proof=proof, fix=AT_RECEIVER[code].fix)
