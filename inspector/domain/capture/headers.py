"""Header fields: pairs in order, lines to edit, fields that contain an address, and the meanings of known
ones."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from inspector.base.errors import UsageError
from inspector.base.visible import shortened, visible, visible_bytes
from inspector.domain.capture.capture import SAMPLE_HEADER, SIGNATURE_HEADER, HeaderPairs

Pair = tuple[bytes, bytes]
"""Name and value, as bytes."""


def with_headers(headers: Sequence[Pair], own: Sequence[Pair]) -> list[Pair]:
    """Return `headers` with `own` in place of the first header of each name, or at the end for a new name.

    Further headers of such a name are dropped. Several of `own` with one name stay together, in their order.
    """
    waiting: dict[bytes, list[Pair]] = {}
    for pair in own:
        waiting.setdefault(pair[0].lower(), []).append(pair)
    placed: list[Pair] = []
    names = frozenset(waiting)
    for pair in headers:
        name = pair[0].lower()
        if name in names:
            placed += waiting.pop(name, ())
        else:
            placed.append(pair)
    return placed + [pair for pairs in waiting.values() for pair in pairs]


def without_headers(headers: Sequence[Pair], names: Collection[bytes]) -> list[Pair]:
    """Return `headers` without those of these names, in any case."""
    dropped = {name.lower() for name in names}
    return [pair for pair in headers if pair[0].lower() not in dropped]


def as_texts(headers: Sequence[Pair]) -> list[list[str]]:
    """Return headers for JSON, with each byte as the character of its number. `from_texts` reads them."""
    return [[name.decode("latin-1"), value.decode("latin-1")] for name, value in headers]


def from_texts(texts: Sequence[Sequence[str]]) -> tuple[Pair, ...]:
    """Read the result of `as_texts`."""
    return tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in texts)


def header_lines(headers: HeaderPairs) -> str:
    """Return one `Name: value` per line; bytes that are not text are made visible."""
    return "\n".join(_line(name, value) for name, value in headers)


def read_header_lines(text: str, original: HeaderPairs = ()) -> HeaderPairs:
    """Return the headers in the lines, without empty lines.

    A line of `header_lines(original)` keeps the exact bytes of its pair, even if they are not UTF-8. Raises
    UsageError for a line without a colon.
    """
    kept: dict[str, list[tuple[bytes, bytes]]] = {}
    for pair in original:
        kept.setdefault(_line(*pair), []).append(pair)
    headers: list[tuple[bytes, bytes]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if pairs := kept.get(line):
            headers.append(pairs.pop(0) if len(pairs) > 1 else pairs[0])
        elif line.strip():
            name, colon, value = line.partition(":")
            if not colon:
                said = shortened(visible(line), 40)
                raise UsageError(f"Line {number} of the headers has no colon: “{said}”.")
            headers.append((_encoded(name.strip()), _encoded(value.strip())))
    return tuple(headers)


def _line(name: bytes, value: bytes) -> str:
    return f"{visible_bytes(name)}: {visible_bytes(value)}"


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


# Forwarded, X-Forwarded-* and CF-Connecting-IP, and the names that other proxies use: X-Real-IP,
# True-Client-IP, X-Cluster-Client-IP, CloudFront-Viewer-Address, X-Original-Forwarded-For and so on.
_NAME = re.compile(
    rb"(x-)?forwarded(-.*)?|.*-forwarded-for|"
    rb"(.*-)?(client|connecting|real|remote|user|viewer|visitor|peer|source|external|originating|pseudo|socket)"
    rb"[-_]?(connection[-_]?)?(ip(v[46])?|addr(ess)?)(-.*)?",
    re.IGNORECASE,
)


def carries_client_address(name: bytes) -> bool:
    """Return whether a header field of this name contains the address of a client."""
    return _NAME.fullmatch(name) is not None


_ONE_HOP = "For one hop only: a proxy takes it out and puts its own in."

KNOWN_HEADERS = {
    # From the sender and from this program.
    SIGNATURE_HEADER.decode(): (
        "The sender’s signature: HMAC-SHA256 over the body under the webhook secret, in lower-case hex."
    ),
    SAMPLE_HEADER.decode(): "This program’s own: it marks a sample that it sent to itself.",
    # About the request itself.
    "host": "The host and port that the sender believes it talks to; behind a tunnel the public name.",
    "user-agent": "What the sender says it is. Anybody can write anything here.",
    "accept": "Which kinds of answer the sender can read. Deliveries seldom care.",
    "accept-encoding": "Which compressions the sender can undo in an answer.",
    "accept-language": "Which languages the sender would like the answer in; usually a browser’s.",
    "accept-charset": "Which character sets the sender would like; long out of use.",
    "authorization": "Credentials for the receiver. Whoever sees them can use them.",
    "cookie": "What a site left in a browser. Webhook senders have none.",
    "referer": "The page that led here: this came from a browser.",
    "origin": "The site whose page sent this: it came from a browser, as no webhook sender sets it.",
    "content-type": "How the body is to be read. Blitzllama sends application/json.",
    "content-length": "How many bytes of body follow. Where fewer came, the delivery was cut short.",
    "content-encoding": "The body was compressed; the signature may be over it before or after that.",
    "content-language": "The language that the body is meant for.",
    "content-md5": "A checksum of the body, out of use since 2014 (RFC 7231).",
    "content-digest": "A checksum of the body (RFC 9530). Without a key it proves nothing about the sender.",
    "digest": "A checksum of the body, replaced by Content-Digest. Without a key it proves nothing.",
    "date": "When the sender says that it sent this. It is not signed, so it proves nothing.",
    "expect": "The sender waits for a go-ahead (100 Continue) before it sends the body.",
    "range": "Asks for a part of a file; out of place in a delivery.",
    "if-none-match": "Asks for an answer only if something changed; out of place in a delivery.",
    "if-modified-since": "Asks for an answer only if something changed; out of place in a delivery.",
    "cache-control": "How long copies may be kept on the way. Deliveries are not cached.",
    "pragma": "The old form of Cache-Control; no-cache is all it ever meant.",
    "from": "The address of a person behind the sender.",
    "dnt": "A browser’s wish not to be tracked.",
    "upgrade-insecure-requests": "A browser would rather have https.",
    "priority": "How urgent the request is to its sender (RFC 9218).",
    # For one hop.
    "connection": f"Whether the connection stays open, and which fields end here. {_ONE_HOP}",
    "keep-alive": f"How long an idle connection stays open. {_ONE_HOP}",
    "transfer-encoding": f"The body came in chunks, so its length was not known beforehand. {_ONE_HOP}",
    "te": f"Which transfer codings the sender can take. {_ONE_HOP}",
    "trailer": f"Fields follow after the body. {_ONE_HOP}",
    "upgrade": f"Asks to go on in another protocol. {_ONE_HOP}",
    "proxy-authorization": f"Credentials for a proxy on the way. {_ONE_HOP}",
    "proxy-connection": f"As Connection, by clients that know no better. {_ONE_HOP}",
    # From proxies and tunnels.
    "forwarded": "A proxy tells whom it forwards for (RFC 7239). Claimed, not proved.",
    "x-forwarded-for": "The client addresses that proxies claim, the first one first. Claimed, not proved.",
    "x-forwarded-proto": "Whether the sender used http or https up to the first proxy, as that claims.",
    "x-forwarded-host": "The host that the sender asked a proxy for: usually the public address.",
    "x-forwarded-port": "The port that the sender asked a proxy for.",
    "x-forwarded-server": "The name of a proxy on the way.",
    "x-real-ip": "The client’s address, as one proxy claims.",
    "x-request-id": "A number that a proxy gave this request, to be found again in its log.",
    "x-correlation-id": "A number that follows one piece of work through several services.",
    "x-amzn-trace-id": "Amazon’s load balancer numbers the request, for its tracing.",
    "traceparent": "The place of this request in a trace (W3C Trace Context).",
    "tracestate": "What a tracing tool adds to Traceparent.",
    "baggage": "Values that a tracing tool carries along.",
    "via": "The proxies this came through, each with its protocol.",
    "max-forwards": "How many more proxies may pass this on.",
    "cf-connecting-ip": "The client’s address, as Cloudflare’s edge saw it.",
    "cf-ipcountry": "The country of the client’s address, as Cloudflare guesses it.",
    "cf-ray": "Cloudflare’s number of this request; its support asks for it.",
    "cf-visitor": "Whether the sender used http or https up to Cloudflare.",
    "cf-warp-tag-id": "Which Cloudflare tunnel brought this.",
    "cdn-loop": "Which content networks this passed through, so that none goes round in circles.",
    "ngrok-trace-id": "ngrok’s number of this request.",
    "x-original-host": "The host before a tunnel rewrote it.",
    "x-original-url": "The target before a proxy rewrote it.",
    # Only from browsers.
    "sec-fetch-site": "A browser says how the page that sent this relates to this address.",
    "sec-fetch-mode": "A browser says in which mode it sent this.",
    "sec-fetch-dest": "A browser says what it wants the answer for.",
    "sec-fetch-user": "A browser says that a person’s click sent this.",
    "sec-ch-ua": "A browser’s name and version.",
    "sec-ch-ua-mobile": "Whether the browser runs on a telephone.",
    "sec-ch-ua-platform": "The system that the browser runs on.",
    "sec-gpc": "A browser’s wish that its data are not sold.",
    # Conventions of senders of webhooks.
    "idempotency-key": "The same value means the same work: do it once.",
    "webhook-id": "The number of a delivery (Standard Webhooks). Blitzllama documents none.",
    "webhook-timestamp": "When a delivery was signed (Standard Webhooks). Blitzllama documents none.",
    "webhook-signature": "A signature in the form of Standard Webhooks, which Blitzllama does not use.",
    "x-hub-signature": "A SHA-1 signature in GitHub’s and WebSub’s form, which Blitzllama does not use.",
    "x-hub-signature-256": "A SHA-256 signature in GitHub’s form, which Blitzllama does not use.",
    "x-http-method-override": "Asks to be taken for another method. Receivers had better not.",
}
"""Meanings by the field's name in lower case."""


def meaning(name: bytes) -> str:
    """Return a sentence about a header field, or `""` for an unknown one."""
    return KNOWN_HEADERS.get(name.decode("latin-1").lower(), "")
