"""Header fields: pairs in order, lines to edit, fields that contain an address, and the meanings of known
ones."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from inspector.base.errors import UsageError
from inspector.base.visible import visible_bytes
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
                # Not quoted: the line may be a credential, and the error goes to a terminal or a CI log.
                raise UsageError(f"Line {number} of the headers has no colon. Write NAME: VALUE.")
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


_ONE_HOP = "For one hop only: each proxy replaces it."

KNOWN_HEADERS = {
    # From the sender and from this program.
    SIGNATURE_HEADER.decode(): (
        "The sender’s signature: HMAC-SHA256 over the body with the webhook secret, in lowercase hex."
    ),
    SAMPLE_HEADER.decode(): "Set by this program on samples that it sends to itself.",
    # About the request itself.
    "host": "The host and port that the sender connected to. Behind a tunnel, the public name.",
    "user-agent": "The sender’s name for itself. Not verified.",
    "accept": "The media types that the sender accepts in a response. Rarely matters for webhooks.",
    "accept-encoding": "The compressions that the sender accepts in a response.",
    "accept-language": "The languages that the sender prefers in a response. Usually set by a browser.",
    "accept-charset": "The character sets that the sender prefers. Obsolete.",
    "authorization": "Credentials for the receiver. Anyone who sees them can use them.",
    "cookie": "Data that a site stored in a browser. Webhook senders have none.",
    "referer": "The page that linked here. The request came from a browser.",
    "origin": (
        "The site whose page sent this. The request came from a browser, because "
        "webhook senders do not set it."
    ),
    "content-type": "The media type of the body. Blitzllama sends application/json.",
    "content-length": "The number of bytes in the body. If fewer arrived, the delivery was cut.",
    "content-encoding": "The compression of the body. The signature may cover the body before or after it.",
    "content-language": "The language of the body’s readers.",
    "content-md5": "A checksum of the body, obsolete since 2014 (RFC 7231).",
    "content-digest": "A checksum of the body (RFC 9530). Without a key it does not prove who sent it.",
    "digest": (
        "A checksum of the body, replaced by Content-Digest. Without a key it does not prove who sent it."
    ),
    "date": "The time at which the sender sent this. It is not signed, so it proves nothing.",
    "expect": "The sender waits for a 100 Continue response before it sends the body.",
    "range": "Requests part of a file. Unusual in a webhook.",
    "if-none-match": "Requests a response only if something changed. Unusual in a webhook.",
    "if-modified-since": "Requests a response only if something changed. Unusual in a webhook.",
    "cache-control": "How long copies may be cached in transit. Webhooks are not cached.",
    "pragma": "The old form of Cache-Control. Its only value is no-cache.",
    "from": "The address of the person responsible for the sender.",
    "dnt": "A browser’s request not to be tracked.",
    "upgrade-insecure-requests": "A browser’s preference for https.",
    "priority": "The urgency of the request for its sender (RFC 9218).",
    # For one hop.
    "connection": f"Whether the connection stays open, and which headers apply to this hop only. {_ONE_HOP}",
    "keep-alive": f"How long an idle connection stays open. {_ONE_HOP}",
    "transfer-encoding": f"The body was sent in chunks, so its length was not known in advance. {_ONE_HOP}",
    "te": f"The transfer codings that the sender accepts. {_ONE_HOP}",
    "trailer": f"The headers that follow after the body. {_ONE_HOP}",
    "upgrade": f"Asks to switch to another protocol. {_ONE_HOP}",
    "proxy-authorization": f"Credentials for a proxy in transit. {_ONE_HOP}",
    "proxy-connection": f"A non-standard form of Connection. {_ONE_HOP}",
    # From proxies and tunnels.
    "forwarded": "The client that a proxy forwards for (RFC 7239). Claimed, not proved.",
    "x-forwarded-for": "The client addresses that proxies report, oldest first. Claimed, not proved.",
    "x-forwarded-proto": "Whether the sender used http or https, as reported by the first proxy.",
    "x-forwarded-host": "The host that the sender requested from a proxy. Usually the public address.",
    "x-forwarded-port": "The port that the sender requested from a proxy.",
    "x-forwarded-server": "The name of a proxy in transit.",
    "x-real-ip": "The client’s address, as reported by a proxy.",
    "x-request-id": "A request id set by a proxy, to find the request in its log.",
    "x-correlation-id": "An id that follows one piece of work through several services.",
    "x-amzn-trace-id": "A request id set by Amazon’s load balancer, for tracing.",
    "traceparent": "The position of this request in a trace (W3C Trace Context).",
    "tracestate": "Additional data from a tracing tool for Traceparent.",
    "baggage": "Values passed along by a tracing tool.",
    "via": "The proxies that passed this on, each with its protocol.",
    "max-forwards": "How many more proxies may pass this on.",
    "cf-connecting-ip": "The client’s address, as seen by Cloudflare’s edge.",
    "cf-ipcountry": "The country of the client’s address, as estimated by Cloudflare.",
    "cf-ray": "Cloudflare’s id of this request. Its support asks for it.",
    "cf-visitor": "Whether the sender used http or https to reach Cloudflare.",
    "cf-warp-tag-id": "The Cloudflare tunnel that passed this on.",
    "cdn-loop": "The content networks that passed this on, to prevent loops.",
    "ngrok-trace-id": "ngrok’s id of this request.",
    "x-original-host": "The host before a tunnel rewrote it.",
    "x-original-url": "The target before a proxy rewrote it.",
    # Only from browsers.
    "sec-fetch-site": (
        "The relation between this address and the page that sent the request, set by a browser."
    ),
    "sec-fetch-mode": "The mode of the request, set by a browser.",
    "sec-fetch-dest": "What the response is used for, set by a browser.",
    "sec-fetch-user": "Whether a click by the user sent this, set by a browser.",
    "sec-ch-ua": "The name and version of a browser.",
    "sec-ch-ua-mobile": "Whether the browser runs on a phone.",
    "sec-ch-ua-platform": "The operating system of the browser.",
    "sec-gpc": "A browser’s request not to sell its data.",
    # Conventions of senders of webhooks.
    "idempotency-key": "The same value means the same work, which must be done only once.",
    "webhook-id": "The id of a delivery (Standard Webhooks). Not documented by Blitzllama.",
    "webhook-timestamp": (
        "The time at which a delivery was signed (Standard Webhooks). Not documented by Blitzllama."
    ),
    "webhook-signature": "A signature in the Standard Webhooks form, which Blitzllama does not use.",
    "x-hub-signature": "A SHA-1 signature in the form of GitHub and WebSub, which Blitzllama does not use.",
    "x-hub-signature-256": "A SHA-256 signature in the form of GitHub, which Blitzllama does not use.",
    "x-http-method-override": "Asks to be treated as another method. Receivers should ignore it.",
}
"""Meanings by the field's name in lower case."""


def meaning(name: bytes) -> str:
    """Return a sentence about a header field, or `""` for an unknown one."""
    return KNOWN_HEADERS.get(name.decode("latin-1").lower(), "")
