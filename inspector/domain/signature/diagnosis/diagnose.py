"""The answer to "why is it not valid?"."""

from __future__ import annotations

from dataclasses import replace

from inspector.domain.signature.diagnosis.context import DiagnosisContext, Evidence
from inspector.domain.signature.diagnosis.search import search
from inspector.domain.signature.diagnosis.unexplained import unexplained
from inspector.domain.signature.finding import Finding
from inspector.domain.signature.first_difference import difference
from inspector.domain.signature.signature import check


def diagnose(evidence: Evidence) -> tuple[Finding, ...]:
    """What is the matter with a signature: the proved causes first, then what was seen, or `unexplained`.

    Pure, and bounded in its work: about 0.1 s for a body of 1 KB, 2 s for one of 1 MB or more.
    """
    scene = DiagnosisContext(evidence)
    verdict, observed = check(evidence.capture, scene.secrets, scene.content, scene.stringified)
    if verdict.word != "invalid" or not any(scene.header_values):
        return observed
    if any(finding.is_proved for finding in observed):
        return observed
    outcome = search(scene)
    if outcome.faults is None:
        return (*observed, unexplained(scene, outcome))
    named = {fault.code for fault in outcome.faults}
    faults = tuple(
        _with_secret(_with_place(fault, outcome.signed, scene.body), outcome.secret)
        for fault in outcome.faults
    )
    return (*faults, *(finding for finding in observed if finding.code not in named))


def _with_secret(fault: Finding, secret: str | None) -> Finding:
    """A fault with the name of the secret that it is proved with, whatever kind of fault it is."""
    if secret is None or "secret" in fault.detail:
        return fault
    return replace(fault, detail={**fault.detail, "secret": secret})


def _with_place(fault: Finding, signed: bytes | None, came: bytes) -> Finding:
    """A fault of the body, with the first place where what was signed and what came part."""
    if signed is None or not fault.code.startswith("body-"):
        return fault
    found = difference(signed=signed, came=came)
    place = {"offset": found.offset, "signed": found.signed, "came": found.came}
    return replace(fault, detail={**fault.detail, **place})
