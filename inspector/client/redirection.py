"""Where an answer leads on to, and what is sent there: RFC 9110, section 15.4, as browsers and clients do it.

Pure; whether it may be sent there is the affair of `inspector.client.redirecting_sender`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from urllib.parse import quote, urldefrag, urljoin, urlsplit

from inspector.base.errors import InspectorError, UsageError
from inspector.client.outcome import Outcome
from inspector.client.target import Target
from inspector.client.wire import WireRequest
from inspector.domain.capture.capture import SIGNATURE_HEADER
from inspector.domain.capture.headers import Pair

_FOLLOWED = frozenset((301, 302, 303, 307, 308))
"""300 offers a choice and 304 speaks of a cache; neither sends anybody anywhere."""
_CREDENTIALS = frozenset((SIGNATURE_HEADER, b"authorization", b"cookie"))
_AS_WRITTEN = "".join(map(chr, range(0x21, 0x7F)))
"""What may stand in a URL, rightly or not, and is passed on; anything else is percent-encoded."""


class NotFollowed(InspectorError):
    """A redirect that is not followed; the sentence says why."""


def location_of(outcome: Outcome) -> bytes | None:
    """Where a whole answer redirects to, as it is written there; null where it names no place, or several."""
    if outcome.status not in _FOLLOWED or outcome.outcome != "http-error":
        return None
    places = {value for name, value in outcome.answer_headers if name.lower() == b"location"}
    return places.pop() if len(places) == 1 else None


def leads_to(target: Target, request: WireRequest, location: bytes) -> Target:
    """The place that `location` names in the answer to `request`, without anything of the target's own.

    Its path is always the whole request target. Raises NotFollowed for what is no http or https URL.
    """
    # A # in a captured target is no fragment: it went out as it came.
    path = quote(request.target, safe=_AS_WRITTEN.replace("#", ""))
    try:
        url = urljoin(f"{target.scheme}://{target.netloc}{path}", quote(location, safe=_AS_WRITTEN))
        parts = urlsplit(urldefrag(url).url)
        place = Target.parse(f"{parts.scheme}://{parts.netloc}")
    except UsageError as error:
        raise NotFollowed(f"The redirect cannot be followed. {error}") from None
    except ValueError:
        raise NotFollowed("The redirect cannot be followed: its Location is no URL.") from None
    return replace(place, path=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def is_same_place(one: Target, other: Target) -> bool:
    """The same scheme, host and port."""
    return (one.scheme, one.host, one.port) == (other.scheme, other.host, other.port)


def sent_on(
    request: WireRequest, status: int, to: Target, *, is_elsewhere: bool, own: Collection[bytes] = ()
) -> WireRequest:
    """What is sent to `to` after `request` was answered by a redirect of this status.

    307 and 308 keep method and body. So do 301 and 302, but of a POST they make a GET, as clients always
    did; 303 makes a GET of everything but a HEAD. A GET made so has neither body nor fields that speak of
    one. Elsewhere (see `is_same_place`) goes no credential, nor what the target has of its `own`: names of
    header fields in lower case.
    """
    becomes_get = status == 303 or (status in (301, 302) and request.method == b"POST")
    headers: list[Pair] = []
    for name, value in request.headers:
        lower = name.lower()
        if lower == b"host":
            headers.append((name, to.netloc.encode("ascii")))
        elif not (
            (is_elsewhere and (lower in _CREDENTIALS or lower in own))
            or (becomes_get and _speaks_of_a_body(lower))
        ):
            headers.append((name, value))
    onward = replace(request, target=to.request_target(b""), headers=tuple(headers))
    if not becomes_get:
        return onward
    method = b"HEAD" if request.method == b"HEAD" else b"GET"
    return replace(onward, method=method, body=b"", is_cut_short=False)


def _speaks_of_a_body(name: bytes) -> bool:
    return name.startswith(b"content-") or name in (b"digest", b"repr-digest", b"last-modified")
