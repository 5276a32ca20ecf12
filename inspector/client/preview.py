"""The differences between a capture and the request sent for it, as sentences.

They are found by comparing the two, not from the rules that caused them, so that no difference is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Set

from inspector.base.visible import shortened, visible_bytes
from inspector.client.edit import MARKER_HEADER, Prepared
from inspector.client.wire import WireRequest
from inspector.domain.capture.capture import SIGNATURE_HEADER, Capture, HeaderPairs
from inspector.domain.capture.headers import Pair
from inspector.domain.capture.line_diff import LinePair
from inspector.domain.json.value import NotJSON, parse_bounded
from inspector.domain.mask.mask import DOTS
from inspector.domain.stringify import stringify

_SIGNATURES = {
    "stale": (
        "The signature is unchanged and no longer matches the body. "
        "Receivers that verify it will reject the request."
    ),
    "broken": "The signature is changed.",
    "resigned": "The signature is new and matches the sent bytes.",
}
_LONGEST = 80


def preview(capture: Capture, prepared: Prepared) -> tuple[str, ...]:
    """Return each difference as a sentence; none if every byte is sent as received."""
    return tuple(_differences(capture, prepared))


def preview_lines(
    capture: Capture, prepared: Prepared, hidden: Set[bytes] = frozenset()
) -> tuple[tuple[LinePair, ...], tuple[str, ...]]:
    """Return each changed header as a line, and the sentences about differences that no line shows.

    The values of headers in `hidden`, in lower case, are masked: they are credentials of a target. The body
    is compared elsewhere.
    """
    lines = tuple(_header_lines(capture, prepared.request, hidden))
    notes = [*_request_line(capture, prepared.request), *_unlisted(capture, prepared.request)]
    if prepared.signature in ("stale", "broken"):
        notes.append(_SIGNATURES[prepared.signature])
    notes += _warning(prepared)
    if len(lines) > _MOST_LINES:
        notes.insert(0, f"{len(lines) - _MOST_LINES:,} more header lines differ.")
    return lines[:_MOST_LINES], tuple(notes)


_FIRST = (b"content-length", SIGNATURE_HEADER, b"host")
_MOST_LINES = 100


def _header_lines(capture: Capture, request: WireRequest, hidden: Set[bytes]) -> Iterator[LinePair]:
    came, sent = _by_name(capture.headers), _by_name(request.headers)
    names = [name for name in dict.fromkeys((*came, *sent)) if came.get(name) != sent.get(name)]
    for name in sorted(names, key=lambda one: _FIRST.index(one) if one in _FIRST else len(_FIRST)):
        before, after = came.get(name, []), sent.get(name, [])
        for number in range(max(len(before), len(after))):
            old = before[number] if number < len(before) else None
            new = after[number] if number < len(after) else None
            if old != new:
                yield LinePair(
                    before=None if old is None else _line(*old),
                    after=None if new is None else _line(*new, is_hidden=name in hidden),
                    is_same=False,
                )


def _line(name: bytes, value: bytes, *, is_hidden: bool = False) -> str:
    shown = DOTS if is_hidden else _shown(value)
    if name.lower() == SIGNATURE_HEADER and len(value) >= 32 and value.isalnum():
        text = value.decode("latin-1")
        shown = " ".join(text[place : place + 8] for place in (0, 8, 16)) + " …"
    return f"{_shown(name)}: {shown}"


def _differences(capture: Capture, prepared: Prepared) -> Iterator[str]:
    request = prepared.request
    yield from _request_line(capture, request)
    yield from _headers(capture, request)
    if request.body != capture.body:
        yield f"The body is edited: {len(capture.body):,} bytes become {len(request.body):,}."
    if prepared.signature in _SIGNATURES:
        yield _SIGNATURES[prepared.signature]
    yield from _warning(prepared)


def _warning(prepared: Prepared) -> Iterator[str]:
    if prepared.signature == "resigned" and not _is_canonical(prepared.request.body):
        yield (
            "The body differs from its JSON.stringify form, so the documented Node check "
            "would reject this signature, too."
        )


def _request_line(capture: Capture, request: WireRequest) -> Iterator[str]:
    method = request.method.decode("ascii")
    if method != capture.method:
        yield f"The method is edited: {capture.method} becomes {method}."
    if request.target != capture.target:
        yield (
            f"The path {_shown(capture.target)} becomes {_shown(request.target)}, the path of the target URL."
        )
    if request.version.decode("ascii") != capture.version:
        yield f"It arrived as HTTP/{capture.version} and is sent as HTTP/{request.version.decode('ascii')}."


def _headers(capture: Capture, request: WireRequest) -> Iterator[str]:
    came, sent = _by_name(capture.headers), _by_name(request.headers)
    unlisted = _unlisted(capture, request)
    left_out: list[bytes] = []
    for name, before in came.items():
        after = sent.get(name, [])
        if name == b"transfer-encoding" and _CHUNKED in unlisted:
            yield _CHUNKED
        elif not after:
            left_out.append(before[0][0])
        elif before != after and name not in (SIGNATURE_HEADER, MARKER_HEADER):
            yield from _changed(before, after)
    if left_out:
        yield f"Removed: {', '.join(_shown(name) for name in left_out)}."
    for name, after in sent.items():
        if name == MARKER_HEADER:
            yield f"{_shown(after[0][0])}: {_shown(after[0][1])} marks it as a replay."
        elif name not in came and name != SIGNATURE_HEADER:
            yield f"{_shown(after[0][0])}{_value(name, after)} is added."
    yield from (one for one in unlisted if one != _CHUNKED)


_CHUNKED = (
    "It arrived in chunks and is sent in one piece with Content-Length. Trailers "
    "after the last chunk are not stored."
)
_ORDER = "The order of the headers is edited."


def _unlisted(capture: Capture, request: WireRequest) -> list[str]:
    """Return sentences about headers that no changed value shows."""
    came, sent = _by_name(capture.headers), _by_name(request.headers)
    coding = came.get(b"transfer-encoding")
    found = []
    if coding and b"transfer-encoding" not in sent and b"chunked" in coding[0][1].lower():
        found.append(_CHUNKED)
    if _order(capture.headers, sent) != _order(request.headers, came):
        found.append(_ORDER)
    return found


def _changed(before: list[Pair], after: list[Pair]) -> Iterator[str]:
    name, lower = _shown(before[0][0]), before[0][0].lower()
    if len(before) != len(after):
        yield f"{name} arrived {_times(len(before))} and is sent {_times(len(after))}."
    if before[0][1] != after[0][1] and lower in _SHOWN:
        yield f"{name}: {_shown(before[0][1])} becomes {_shown(after[0][1])}."
    elif [value for _, value in before[: len(after)]] != [value for _, value in after]:
        yield f"{name} gets another value."
    elif len(before) == len(after):
        yield f"{name} is written {_shown(after[0][0])}."


_SHOWN = (b"host", b"content-length", b"content-type")
"""Other values may be credentials."""


def _value(name: bytes, pairs: list[Pair]) -> str:
    return f": {_shown(pairs[0][1])}" if name in _SHOWN else ""


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _by_name(headers: HeaderPairs) -> dict[bytes, list[Pair]]:
    found: dict[bytes, list[Pair]] = {}
    for pair in headers:
        found.setdefault(pair[0].lower(), []).append(pair)
    return found


def _order(headers: HeaderPairs, other: dict[bytes, list[Pair]]) -> list[bytes]:
    """Return the names on both sides without duplicates. Repeated headers are reported elsewhere."""
    return list(dict.fromkeys(name.lower() for name, _ in headers if name.lower() in other))


def _is_canonical(body: bytes) -> bool:
    try:
        return stringify(parse_bounded(body)) == body
    except NotJSON:
        return True  # not JSON, so only the bytes can be signed


def _shown(data: bytes) -> str:
    return shortened(visible_bytes(data), _LONGEST)
