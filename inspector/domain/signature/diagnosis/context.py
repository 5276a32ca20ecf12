"""The facts of one case, each computed once, and the variants that hypotheses derive from them."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any, Generic, Literal, TypeAlias, TypeVar
from urllib.parse import unquote_to_bytes

from inspector.base.visible import visible, visible_bytes
from inspector.domain.capture.capture import SAMPLE_HEADER, SIGNATURE_HEADER, Capture
from inspector.domain.json.value import JsonValue, NotJSON, depth_exceeds, parse_bounded
from inspector.domain.signature.content import content_of, decoded
from inspector.domain.signature.diagnosis.dialects import DEEPEST_READ
from inspector.domain.signature.diagnosis.printing import Printer, Traits, traits
from inspector.domain.signature.secret import Secret
from inspector.domain.stringify import stringify

MAX_TEXTS = 8
_MAX_FIELDS = 100
_MAX_VALUES = 10_000
"""Maximum fields of a form, or values of a JSON document, that are searched."""
_MAX_NESTED = 3
"""Maximum depth of wrappers: SNS in SQS has two."""
_MAX_NAME = 40
_BASE64 = re.compile(r"[A-Za-z0-9+/\r\n]{16,}={0,2}\s*|[A-Za-z0-9_-]{16,}={0,2}")
_PART_NAME = re.compile(rb'name="([^"\r\n]*)"', re.IGNORECASE)
BOM = b"\xef\xbb\xbf"
MAX_UNPACKED = 8 * 1024 * 1024
"""Maximum unpacked bytes of a packed body, because a few bytes can contain gigabytes."""
Lazy: TypeAlias = Callable[[], bytes | None]
"""Creates a message on demand; returns None if the guess makes no sense for this body."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A capture with an invalid signature, and every secret that may be involved."""

    capture: Capture
    secrets: tuple[Secret, ...]
    """The active secrets, in the order of the check."""
    other_secrets: tuple[Secret, ...] = ()
    """The secrets on file that are not active."""
    recently_proved: frozenset[str] = frozenset()
    """Codes of recently proved causes, tried before others with the same number of faults."""


class DiagnosisContext:
    """A capture and its secrets, with facts derived from them."""

    def __init__(self, evidence: Evidence) -> None:
        self.content = content_of(evidence.capture)
        self.body = self.content.body
        """The body as the receiver's program gets it, decoded."""
        self.transferred = evidence.capture.body
        self.secrets = tuple(secret for secret in evidence.secrets if secret.text)
        self.other_secrets = tuple(
            secret for secret in evidence.other_secrets if secret.text and secret not in self.secrets
        )
        self.header_values = evidence.capture.values(SIGNATURE_HEADER)
        self.is_sample_of_another_file = bool(evidence.capture.values(SAMPLE_HEADER))
        """Whether it has this program's sample header, but was not signed with a secret of this file."""
        self.declared = evidence.capture.declared
        self.recently_proved = evidence.recently_proved

    @cached_property
    def parsed(self) -> tuple[JsonValue] | None:
        """The body's value, in a tuple because null is a value, too; None if it is not JSON, or too large to
        read."""
        try:
            return (parse_bounded(self.body),)
        except NotJSON:
            return None

    @cached_property
    def stringified(self) -> bytes | None:
        """The other reading of the body; None if it is not JSON."""
        return None if self.parsed is None else stringify(self.parsed[0])

    @cached_property
    def traits(self) -> Traits:
        """The differences between serialisers that can occur in this body. It must be JSON."""
        assert self.parsed is not None
        return traits(self.parsed[0], self.stringified or b"")

    @cached_property
    def printer(self) -> Printer:
        """The printer of the body's value, shared by all hypotheses. It must be JSON."""
        assert self.parsed is not None
        return Printer(self.parsed[0], is_plain=self.traits.is_plain)

    @cached_property
    def is_printable(self) -> bool:
        """Whether the body is JSON that other languages could have read and printed again."""
        return self.parsed is not None and not depth_exceeds(self.body, DEEPEST_READ)

    @property
    def messages(self) -> tuple[bytes, ...]:
        """The messages of the documented check: the raw bytes, and the other reading if it differs."""
        other = self.stringified
        return (self.body,) if other is None or other == self.body else (self.body, other)

    def member(self, name: str) -> JsonValue:
        """Return a top-level member of the payload, or None."""
        return self._payload.get(name)

    @cached_property
    def wrapped(self) -> tuple[Wrapped, ...]:
        """Texts in the body that may be the event."""
        return wrapped(self.body, self.parsed)

    @cached_property
    def _payload(self) -> dict[str, JsonValue]:
        """The object in the body, even if it is packed, wrapped, or begins with a byte order mark."""
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
        """The content of a body of gzip or zlib data without Content-Encoding, or None."""
        if self.body[:2] == b"\x1f\x8b":
            coding = "gzip"
        elif self.body[:1] == b"\x78" and int.from_bytes(self.body[:2], "big") % 31 == 0:
            coding = "deflate"
        else:
            return None
        found = decoded(self.body, coding, MAX_UNPACKED)
        return found.body if found.is_decoded else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant(Generic[T]):
    """A value that may have been used instead of the right one."""

    value: T
    words: str
    r"""The end of its family's sentence: `with a newline at its end (••••••••\n)`."""
    detail: dict[str, Any] = field(default_factory=dict)
    """For scripts; never a secret's text."""
    also: tuple[str, ...] = ()
    """Codes of further faults that this variant assumes."""
    named: Callable[[bytes], tuple[str, dict[str, Any]]] | None = None
    """Returns words and detail for a proved message, if they take time to compute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapped:
    """A text that may be the event, and its place."""

    text: bytes
    wrapper: Literal["form", "multipart", "json"]
    field: str
    """The name of the form field, or the path of the member: `Records[0].body`."""
    is_base64: bool = False

    @property
    def words(self) -> str:
        """`that arrived inside the form field “payload”`."""
        how = "as a string in the member" if self.wrapper == "json" else "inside the form field"
        return f"that arrived {how} “{self.field}”" + (", in base64" if self.is_base64 else "")


def wrapped(body: bytes, parsed: tuple[JsonValue] | None) -> tuple[Wrapped, ...]:
    """Return the texts in a body that may be JSON, at most `MAX_TEXTS`; `parsed` is its value if it is
    JSON."""
    if parsed is not None:
        found = _in_json(parsed[0], "", 0)
    elif body.startswith(b"--"):
        found = _in_parts(body)
    else:
        found = _in_form(body)
    return tuple(islice(found, MAX_TEXTS))


def _in_form(body: bytes) -> Iterator[Wrapped]:
    """Yield the values in `payload=%7B…`, even if they were not encoded."""
    for place, part in enumerate(body.split(b"&", _MAX_FIELDS)[:_MAX_FIELDS]):
        name, has_value, value = part.partition(b"=")
        if not has_value:
            continue
        shown = visible_bytes(unquote_to_bytes(name[:_MAX_NAME].replace(b"+", b" ")))
        text = unquote_to_bytes(value.replace(b"+", b" "))
        if _may_be_json(text):
            yield Wrapped(text=text, wrapper="form", field=shown)
        plain = body.partition(b"=")[2]
        if place == 0 and plain != text and _may_be_json(plain):
            yield Wrapped(text=plain, wrapper="form", field=shown)


def _in_parts(body: bytes) -> Iterator[Wrapped]:
    """Yield the parts of `multipart/form-data`. The boundary is the first line."""
    boundary = body.partition(b"\n")[0].rstrip(b"\r")
    for part in body.split(boundary, _MAX_FIELDS)[1:_MAX_FIELDS]:
        head, _, text = part.replace(b"\r\n\r\n", b"\n\n", 1).partition(b"\n\n")
        text = text.removesuffix(b"\n").removesuffix(b"\r")
        if _may_be_json(text):
            name = _PART_NAME.search(head)
            shown = visible_bytes(name[1][:_MAX_NAME]) if name else ""
            yield Wrapped(text=text, wrapper="multipart", field=shown)


def _in_json(value: JsonValue, path: str, nested: int) -> Iterator[Wrapped]:
    """Yield each string that looks like JSON, in document order, followed by the strings within those."""
    pending: list[tuple[str, JsonValue]] = [(path, value)]
    found: list[Wrapped] = []
    for place, item in pending:  # grows during the loop
        if len(pending) > _MAX_VALUES:
            break
        if isinstance(item, dict):
            pending += [(f"{place}.{key[:_MAX_NAME]}".lstrip("."), one) for key, one in item.items()]
        elif isinstance(item, list):
            pending += [(f"{place}[{number}]", one) for number, one in enumerate(item[:_MAX_FIELDS])]
        elif isinstance(item, str) and place:
            found += _in_string(item, visible(place[: 3 * _MAX_NAME]))
    yield from found
    if nested < _MAX_NESTED:
        for one in found:
            with suppress(NotJSON):
                yield from _in_json(parse_bounded(one.text), one.field, nested + 1)


def _in_string(string: str, path: str) -> Iterator[Wrapped]:
    """Yield the string itself, or its base64 content."""
    text = string.encode("utf-8", "replace")
    if _may_be_json(text):
        yield Wrapped(text=text, wrapper="json", field=path)
    elif _BASE64.fullmatch(string):
        with suppress(binascii.Error):
            data = base64.b64decode(string.translate(str.maketrans("-_", "+/")) + "==")
            if _may_be_json(data):
                yield Wrapped(text=data, wrapper="json", field=path, is_base64=True)


def _may_be_json(text: bytes) -> bool:
    return text.lstrip()[:1] in (b"{", b"[")
