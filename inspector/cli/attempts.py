"""The attempts of one capture, newest first: what came of each beside the last one, how, and how long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from inspector.base.visible import visible
from inspector.cli.lines import AttemptLines
from inspector.cli.output import Output
from inspector.domain.attempt import SINCE_TEXT, Since, since_each
from inspector.domain.redirect import redirects_text
from inspector.domain.rows import AttemptRow, SignatureState
from inspector.domain.verdict import Verdict

_INDENT = " " * 10
"""Below the outcome, which stands behind the time."""
_SIGNATURES: Mapping[SignatureState, str] = {
    "original": "its own signature",
    "resigned": "signed again",
    "stale": "a stale signature",
    "broken": "a broken signature",
    "none": "unsigned",
}


def attempt_story(out: Output, attempts: Sequence[AttemptRow], verdict: Verdict) -> Iterator[str]:
    """Two lines for each attempt."""
    text = AttemptLines(out)
    for row, since in zip(attempts, since_each(attempts, verdict), strict=True):
        yield text.line(row, has_target=True)
        yield _INDENT + ", ".join(_parts(row, since))


def _parts(row: AttemptRow, since: Since | None) -> Iterator[str]:
    if since is not None:
        yield SINCE_TEXT[since]
    yield "edited" if row.edited else "as it came"
    yield _SIGNATURES[row.signature]
    if row.fault is not None:
        yield f"on purpose {visible(row.fault)}"
    if row.plan_id is not None:
        yield f"replay {row.plan_id}"
    if row.forward_id is not None:
        yield "forwarded"
    if row.redirects:
        yield f"redirected: {visible(redirects_text(row.redirects))}"
    if row.connected_to is not None:
        yield f"at {visible(row.connected_to)}"
    if row.connect_ms is not None:
        yield f"connected in {row.connect_ms:,.1f} ms"
    if row.first_byte_ms is not None:
        yield f"first byte after {row.first_byte_ms:,.1f} ms"
