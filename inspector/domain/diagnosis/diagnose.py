"""Search for the cause."""

from __future__ import annotations

from inspector.domain.diagnosis.evidence import Evidence
from inspector.domain.finding import Finding
from inspector.domain.json_value import NotJSON
from inspector.domain.signature import check
from inspector.domain.stringify import restringify


def diagnose(evidence: Evidence) -> tuple[Finding, ...]:
    """What is the matter with the signature: the proved cause first, then what was seen."""
    stringified: bytes | None
    try:
        stringified = restringify(evidence.capture.body)
    except NotJSON:
        stringified = None
    return check(evidence.capture, evidence.secrets, stringified)[1]
