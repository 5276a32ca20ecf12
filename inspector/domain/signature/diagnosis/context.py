"""The facts of one case, each worked out once: what the hypotheses look at."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, TypeAlias, TypeVar

from inspector.domain.capture.capture import SAMPLE_HEADER, SIGNATURE_HEADER, Capture
from inspector.domain.json.value import JsonValue, NotJSON, depth_exceeds, parse_bounded
from inspector.domain.json.writer import stringify
from inspector.domain.signature.content import content_of, decoded
from inspector.domain.signature.diagnosis.dialects import DEEPEST_READ
from inspector.domain.signature.diagnosis.printing import Traits, traits
from inspector.domain.signature.diagnosis.wrappings import Wrapped, wrapped
from inspector.domain.signature.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A capture whose signature is not valid, and every secret that may have to do with it."""

    capture: Capture
    secrets: tuple[Secret, ...]
    """The active ones, in the order of the check."""
    other_secrets: tuple[Secret, ...] = ()
    """Those on file that are not active."""
    lately_proved: frozenset[str] = frozenset()
    """Codes of causes proved on captures of late: tried before others with as many faults."""


BOM = b"\xef\xbb\xbf"
MAX_UNPACKED = 8 * 1024 * 1024
"""A packed body is unpacked up to here: a few bytes may hold gigabytes."""


class DiagnosisContext:
    """A capture and its secrets, with what follows from them."""

    def __init__(self, evidence: Evidence) -> None:
        self.content = content_of(evidence.capture)
        self.body = self.content.body
        """As the receiver's program gets it, decoded."""
        self.transferred = evidence.capture.body
        self.secrets = tuple(secret for secret in evidence.secrets if secret.text)
        self.other_secrets = tuple(
            secret for secret in evidence.other_secrets if secret.text and secret not in self.secrets
        )
        self.header_values = evidence.capture.values(SIGNATURE_HEADER)
        self.is_sample_of_another_file = bool(evidence.capture.values(SAMPLE_HEADER))
        """It carries this program's sample header, and no secret of this file signed it."""
        self.declared = evidence.capture.declared
        self.lately_proved = evidence.lately_proved

    @cached_property
    def parsed(self) -> tuple[JsonValue] | None:
        """The body's value, in a tuple as null is one too; None if it is not JSON, or too large to read."""
        try:
            return (parse_bounded(self.body),)
        except NotJSON:
            return None

    @cached_property
    def stringified(self) -> bytes | None:
        """The other reading of the body; None where it is no JSON."""
        return None if self.parsed is None else stringify(self.parsed[0])

    @cached_property
    def traits(self) -> Traits:
        """Which differences between serialisers can show in this body; only where it is JSON."""
        assert self.parsed is not None
        return traits(self.parsed[0], self.stringified or b"")

    @cached_property
    def is_printable(self) -> bool:
        """The body is JSON that other languages could have read, and printed again."""
        return self.parsed is not None and not depth_exceeds(self.body, DEEPEST_READ)

    @property
    def messages(self) -> tuple[bytes, ...]:
        """What the documented check takes for signed: the raw bytes, and the other reading if it differs."""
        other = self.stringified
        return (self.body,) if other is None or other == self.body else (self.body, other)

    def member(self, name: str) -> JsonValue:
        """A top-level member of the payload, None where there is none."""
        return self._payload.get(name)

    @cached_property
    def wrapped(self) -> tuple[Wrapped, ...]:
        """Texts in the body that may be the event."""
        return wrapped(self.body, self.parsed)

    @cached_property
    def _payload(self) -> dict[str, JsonValue]:
        """The object in the body: also if it is packed, or wrapped, or begins with a byte order mark."""
        value = self.parsed[0] if self.parsed is not None else None
        if isinstance(value, dict) and not self.wrapped:
            return value
        inner = [one.text for one in self.wrapped]
        if isinstance(value, str):
            inner.append(value.encode("utf-8", "replace"))
        if self.parsed is None:
            inner.append(self.unpacked or self.body.removeprefix(BOM))
        for text in inner:
            with suppress(NotJSON):
                found = parse_bounded(text)
                if isinstance(found, dict):
                    return {**found, **value} if isinstance(value, dict) else found
        return value if isinstance(value, dict) else {}

    @cached_property
    def unpacked(self) -> bytes | None:
        """What the body holds if it is gzip or zlib data that no Content-Encoding announces; else None."""
        if self.body[:2] == b"\x1f\x8b":
            coding = "gzip"
        elif self.body[:1] == b"\x78" and int.from_bytes(self.body[:2], "big") % 31 == 0:
            coding = "deflate"
        else:
            return None
        found = decoded(self.body, coding, MAX_UNPACKED)
        return found.body if found.is_decoded else None


Lazy: TypeAlias = Callable[[], bytes | None]
"""Makes a message when it is wanted; None where the guess makes no sense for this body."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant(Generic[T]):
    """One thing that may have been used in place of the right one."""

    value: T
    words: str
    """Ends the sentence of its family: `with a newline at its end (••••••••\\n)`."""
    detail: dict[str, Any] = field(default_factory=dict)
    """For scripts; never a secret's text."""
    also: tuple[str, ...] = ()
    """Codes of further faults that this variant takes for granted."""
    named: Callable[[bytes], tuple[str, dict[str, Any]]] | None = None
    """The words and detail for a message that is proved, if they take time to make."""
