"""A message for the sender of deliveries with an invalid signature, without any secret or answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inspector.base.clock import rfc3339
from inspector.base.quantity import counted
from inspector.base.visible import shortened, visible, visible_bytes
from inspector.domain.capture.capture import SIGNATURE_HEADER
from inspector.domain.capture.report import hidden_texts
from inspector.domain.capture.rows import CaptureDetail, CaptureRow
from inspector.domain.mask.mask import masked_header, scrubbed
from inspector.domain.signature.finding import Finding
from inspector.domain.signature.signature import received

MAX_LISTED = 20
"""Maximum deliveries that are listed, the newest ones."""
_HEADER = "X-Webhook-Signature"
_SIGNED = (
    f"Expected: {_HEADER} is the HMAC-SHA256 of the bytes that are sent, with the webhook secret as its"
    " key, as 64 lowercase hex digits.",
    "Fix: check that the dashboard has the same webhook secret as our receiver, and that the body is not"
    " changed after it is signed.",
)


def sender_message(
    detail: CaptureDetail,
    findings: Sequence[Finding],
    rows: Sequence[CaptureRow],
    count: int,
    *,
    is_ours: bool,
) -> str:
    """Return the message about a capture and its proved causes, or how to sign, ending in a newline.

    `rows` are the newest of `count` deliveries with the same cause, oldest first. `is_ours`: the fault is on
    the side of the receiver, so the sender only has to send them again.
    """
    hidden = hidden_texts(detail)
    many = f"{count:,} {'delivery' if count == 1 else 'deliveries'}"
    proved = [finding for finding in findings if finding.is_proved]
    lines = [f"The signature of {many} does not match.", ""]
    if not proved:
        if received(detail.capture) is None:
            lines[0] = f"{many} {'has' if count == 1 else 'have'} no {_HEADER} header."
        lines += [*_SIGNED, "", "Send these deliveries again after the fix:", *_listed(rows, count, hidden)]
        return "\n".join(lines) + "\n"
    if is_ours:
        lines[0] = f"Our receiver rejects {many}, although you sign them correctly."
    for finding in proved:
        lines.append(f"Cause: {scrubbed(visible(finding.summary), hidden)}")
    received_text = masked_header(SIGNATURE_HEADER, visible_bytes(received(detail.capture) or b""))
    lines.append(f"Proof: computed this way, the digest equals the received signature, {received_text}.")
    if is_ours:
        lines.append("Fix: we correct the secret on our side. You do not have to change anything.")
    else:
        lines += (f"Fix: {scrubbed(visible(finding.fix), hidden)}" for finding in proved)
    when = "once we confirm the fix" if is_ours else "after the fix"
    lines += ["", f"Send these deliveries again {when}:", *_listed(rows, count, hidden)]
    return "\n".join(lines) + "\n"


def _listed(rows: Sequence[CaptureRow], count: int, hidden: Sequence[str]) -> Iterator[str]:
    if count > len(rows):
        yield f"- {count - len(rows):,} earlier deliveries, and"
    for row in rows:
        survey = f", survey {shortened(visible(row.survey_id), 60)}" if row.survey_id else ""
        yield scrubbed(f"- {rfc3339(row.received_ms)}, {counted(row.size, 'byte')}{survey}", hidden)
