"""Receivers as functions from a request to a reply, each with its faults. They compute with the standard
library, not with the program's own hypotheses."""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from inspector.domain.receiver.events import APP_KEY, EventRequest, Maker
from inspector.domain.receiver.reply import Reply
from inspector.domain.receiver.report import CauseReport
from inspector.domain.receiver.search.cause_search import search_cause
from inspector.domain.receiver.search.probes import Probe, ReceiverCase
from inspector.domain.signature.secret import Secret

TEXT = "whsec-no_prefix-9f3a"
SECRET = Secret(name="production", text=TEXT)
STAGING = Secret(name="staging", text="the one of staging")


def hmac_hex(key: bytes, message: bytes) -> str:
    return hmac.new(key, message, hashlib.sha256).hexdigest()


def a_reply(status: int, body: bytes = b"") -> Reply:
    return Reply(status=status, elapsed_ms=1.0, body=body)


@dataclass(frozen=True, kw_only=True)
class SimulatedReceiver:
    """A receiver that verifies in its own way; by default correctly."""

    key: bytes = TEXT.encode()
    message: Callable[[bytes], bytes] = bytes
    digest: Callable[[bytes, bytes], str] = hmac_hex
    header: str = "x-webhook-signature"
    rejects: Reply = field(default_factory=lambda: a_reply(401, b'{"error":"invalid signature"}'))
    handles: Callable[[bytes], Reply] = lambda _: a_reply(200, b"ok")

    def __call__(self, request: EventRequest) -> Reply:
        headers = {name.decode().lower(): value.decode() for name, value in request.headers}
        if request.signature is not None:
            headers["x-webhook-signature"] = request.signature.decode()
        try:
            expected = self.digest(self.key, self.message(request.body))
        except Exception:
            return a_reply(500, b"Internal Server Error")
        if headers.get(self.header) != expected:
            return self.rejects
        return self.handles(request.body)


Receiver = Callable[[EventRequest], Reply]


@dataclass(frozen=True, kw_only=True)
class Search:
    """A finished search."""

    report: CauseReport
    probes: tuple[Probe, ...]
    replies: tuple[Reply, ...]

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(cause.code for cause in self.report.causes if cause.is_proved)


def searched(
    receiver: Receiver,
    *,
    most: int = 120,
    other: tuple[Secret, ...] = (STAGING,),
    captured: bytes | None = None,
) -> Search:
    """Search for the cause at a receiver that rejects a valid event, made up or `captured`."""
    maker = Maker(key=SECRET.key, run="r1")
    event = captured or _event(maker, "one")
    case = ReceiverCase(
        secrets=(SECRET,),
        other_secrets=other,
        event=event,
        make_event=lambda number: captured or _event(maker, f"cause-{number}"),
        first=receiver(maker.signed(event)),
        most=most,
    )
    probes, replies = [], []
    search = search_cause(case)
    try:
        probe = next(search)
        while True:
            probes.append(probe)
            replies.append(receiver(probe.request))
            probe = search.send(replies[-1])
    except StopIteration as stop:
        return Search(report=stop.value, probes=tuple(probes), replies=tuple(replies))


def _event(maker: Maker, user: str) -> bytes:
    """Return an event that few faulty receivers verify correctly."""
    return maker.completion(" größer than 1/2 <b> & 'so' ", ["", "a > b", "🚀"], None, "7", user=user)


# ---- what real code computes


def python(**options: Any) -> Callable[[bytes], bytes]:
    return lambda body: json.dumps(json.loads(body), **options).encode()


def on_value(
    change: Callable[[Any], Any], write: Callable[[Any], bytes] | None = None
) -> Callable[[bytes], bytes]:
    return lambda body: (write or javascript)(change(json.loads(body)))


def javascript(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def php(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode()


def go(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").encode()


def texts(change: Callable[[str], Any]) -> Callable[[Any], Any]:
    def changed(value: Any) -> Any:
        if isinstance(value, str):
            return change(value)
        if isinstance(value, list):
            return [changed(item) for item in value]
        return {key: changed(item) for key, item in value.items()} if isinstance(value, dict) else value

    return changed


def without_nulls(value: Any) -> Any:
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: without_nulls(item) for key, item in value.items() if item is not None}


def camel(value: Any) -> Any:
    if isinstance(value, list):
        return [camel(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        "".join((w.title() if i else w) for i, w in enumerate(k.split("_"))): camel(v)
        for k, v in value.items()
    }


MESSAGES: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "python": ("body-reserialised", python()),
    "python-unicode": ("body-reserialised", python(ensure_ascii=False)),
    "python-compact": ("body-reserialised", python(separators=(",", ":"))),
    "python-sorted": ("body-reserialised", python(sort_keys=True)),
    "python-sorted-compact": ("body-reserialised", python(sort_keys=True, separators=(",", ":"))),
    "python-indent": ("body-reserialised", python(indent=4)),
    "sorted": ("body-reserialised", python(sort_keys=True, separators=(",", ":"), ensure_ascii=False)),
    "pretty-2": ("body-reserialised", python(indent=2, ensure_ascii=False)),
    "pretty-tab": ("body-reserialised", python(indent="\t", ensure_ascii=False)),
    "php": ("body-reserialised", on_value(lambda v: v, php)),
    "go": ("body-reserialised", on_value(lambda v: v, go)),
    "empty-object": ("body-empty", lambda _: b"{}"),
    "nothing": ("body-empty", lambda _: b""),
    "empty-list": ("body-empty", lambda _: b"[]"),
    "null": ("body-empty", lambda _: b"null"),
    "empty-text": ("body-empty", lambda _: b'""'),
    "undefined": ("body-not-serialised", lambda _: b"undefined"),
    "object-object": ("body-not-serialised", lambda _: b"[object Object]"),
    "str-dict": ("body-not-serialised", lambda body: str(json.loads(body)).encode()),
    "str-bytes": ("body-not-serialised", lambda body: str(body).encode()),
    "php-array": ("body-not-serialised", lambda _: b"Array"),
    "form": ("body-form", lambda body: javascript({body.decode(): ""})),
    "form-python": ("body-form", lambda body: json.dumps({body.decode(): ""}).encode()),
    "form-php": ("body-form", lambda body: php({body.decode(): ""})),
    "twice": ("body-double-encoded", lambda body: javascript(body.decode())),
    "trimmed": ("body-changed", on_value(texts(str.strip))),
    "trimmed-null-php": ("body-changed", on_value(texts(lambda t: t.strip() or None), php)),
    "empty-to-null": ("body-changed", on_value(texts(lambda t: t or None))),
    "html": ("body-changed", on_value(texts(html.escape))),
    "html-lt": ("body-changed", on_value(texts(lambda t: t.replace("<", "&lt;")))),
    "no-nulls": ("body-changed", on_value(without_nulls)),
    "camel": ("body-changed", on_value(camel)),
    "numbers": ("body-changed", on_value(texts(lambda t: int(t) if t.isdigit() else t))),
    "sorted-top": ("body-changed", on_value(lambda v: dict(sorted(v.items())))),
    "responses": ("body-part", on_value(lambda v: v["responses"])),
    "responses-python": ("body-part", lambda body: json.dumps(json.loads(body)["responses"]).encode()),
    "base64": ("body-base64", base64.b64encode),
    "latin-1": ("body-charset", lambda body: body.decode("latin-1").encode()),
    "utf-16": ("body-charset", lambda body: body.decode().encode("utf-16-le")),
    "ascii": ("body-charset", lambda body: body.decode().encode("ascii", "ignore")),
    "newline": ("body-newline", lambda body: body + b"\n"),
    "crlf-end": ("body-newline", lambda body: body + b"\r\n"),
    "bom": ("body-bom", lambda body: b"\xef\xbb\xbf" + body),
}
KEYS: dict[str, tuple[str, bytes]] = {
    "newline": ("secret-whitespace", f"{TEXT}\n".encode()),
    "crlf": ("secret-whitespace", f"{TEXT}\r\n".encode()),
    "space": ("secret-whitespace", f"{TEXT} ".encode()),
    "space-before": ("secret-whitespace", f" {TEXT}".encode()),
    "quotes": ("secret-quoted", f'"{TEXT}"'.encode()),
    "single-quotes": ("secret-quoted", f"'{TEXT}'".encode()),
    "prefix": ("secret-prefix", f"whsec_{TEXT}".encode()),
    "hex": ("secret-encoded", TEXT.encode().hex().encode()),
    "base64": ("secret-encoded", base64.b64encode(TEXT.encode())),
    "decoded": ("secret-encoded", base64.b64decode(TEXT.replace("-", "+").replace("_", "/") + "==")),
    "empty": ("secret-empty", b""),
    "undefined": ("secret-unset", b"undefined"),
    "None": ("secret-unset", b"None"),
    "null": ("secret-unset", b"null"),
    "placeholder": ("secret-unset", b"your-secret"),
    "app-key": ("secret-is-app-key", APP_KEY.encode()),
    "staging": ("secret-other", STAGING.key),
}
Digest = Callable[[bytes, bytes], str]


def _hashed(name: str) -> Digest:
    return lambda key, message: hmac.new(key, message, name).hexdigest()


def _b64(encode: Callable[[bytes], bytes], name: str = "sha256") -> Digest:
    return lambda key, message: encode(hmac.new(key, message, name).digest()).decode()


DIGESTS: dict[str, tuple[str, Digest]] = {
    "base64": ("digest-base64", _b64(base64.b64encode)),
    "base64-url": ("digest-base64", _b64(base64.urlsafe_b64encode)),
    "base64-url-bare": ("digest-base64", _b64(lambda data: base64.urlsafe_b64encode(data).rstrip(b"="))),
    "upper": ("digest-case", lambda key, message: hmac_hex(key, message).upper()),
    "sha256=": ("digest-prefix", lambda key, message: f"sha256={hmac_hex(key, message)}"),
    "v1=": ("digest-prefix", lambda key, message: f"v1={hmac_hex(key, message)}"),
    "sha1": ("digest-algorithm", _hashed("sha1")),
    "sha512": ("digest-algorithm", _hashed("sha512")),
    "sha384": ("digest-algorithm", _hashed("sha384")),
    "md5": ("digest-algorithm", _hashed("md5")),
    "plain": ("digest-unkeyed", lambda _, message: hashlib.sha256(message).hexdigest()),
    "key-first": ("digest-unkeyed", lambda key, message: hashlib.sha256(key + message).hexdigest()),
    "key-last": ("digest-unkeyed", lambda key, message: hashlib.sha256(message + key).hexdigest()),
    "plain-md5": (
        "digest-unkeyed",
        lambda _, message: hashlib.md5(message, usedforsecurity=False).hexdigest(),
    ),
    "swapped": ("digest-swapped", lambda key, message: hmac.digest(message, key, "sha256").hex()),
    "cut": ("digest-truncated", lambda key, message: hmac_hex(key, message)[:32]),
}
HEADER_NAMES = (
    "x-blitz-signature",
    "x-hub-signature-256",
    "x-hub-signature",
    "x-signature",
    "x-webhook-signature-256",
    "signature",
    "webhook-signature",
    "x-hmac-signature",
)
