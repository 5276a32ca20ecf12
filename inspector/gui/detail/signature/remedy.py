"""What this program can do itself about a cause: only where it is sure to help."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from inspector.base.visible import shortened, visible
from inspector.domain.capture.capture import Capture
from inspector.domain.signature.evaluation import is_judged_later
from inspector.domain.signature.explanation import explain
from inspector.domain.signature.finding import Finding
from inspector.domain.signature.secret import Secret
from inspector.session.secrets import SecretRow

_BLANK = " \t\r\n\v\f\u00a0\u200b\ufeff"
_KEPT_HERE = ("saved", "run")
"""Others come from the environment, a file or an option, where alone they can be corrected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """Put `name` in use, or correct its text."""

    label: str
    name: str
    text: str | None = field(default=None, repr=False)
    """The corrected text; null where it is only to be used."""


def remedy(
    finding: Finding, capture: Capture, secrets: Sequence[Secret], rows: Sequence[SecretRow], count: int
) -> Remedy | None:
    """What would make this capture valid, `count` with the same cause; null where nothing here would."""
    name = finding.detail.get("secret")
    row = next((row for row in rows if row.name == name), None)
    if row is None or not finding.is_proved:
        return None
    if finding.code == "secret-other":
        return Remedy(label=f"Use “{shortened(visible(row.name), 30)}”", name=row.name)
    secret = next((one for one in secrets if one.name == row.name), None)
    if secret is None or row.origin not in _KEPT_HERE or is_judged_later(capture):
        return None
    for text in _corrected(finding.code, secret.text):
        tried = (Secret(name=row.name, text=text),)
        if text and explain(capture, tried, is_cause_sought=False).verdict.word == "valid":
            what = "them" if finding.code == "secret-quoted" else "it"
            return Remedy(label=f"Remove {what} and check {max(count, 1):,} again", name=row.name, text=text)
    return None


def _corrected(code: str, text: str) -> Iterator[str]:
    if code == "secret-whitespace":
        yield from dict.fromkeys((text.strip(_BLANK), text.rstrip(_BLANK), text.lstrip(_BLANK)))
    elif code == "secret-quoted":
        yield text[1:-1]
