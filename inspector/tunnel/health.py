"""The test of a public address: a request that must come back from this listener, and its changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from inspector.base.errors import UsageError
from inspector.base.visible import shortened, visible_bytes
from inspector.capture.probes import ExpectedProbe, Probes, ReceivedProbe
from inspector.client.outcome import Outcome, ResponseLimits
from inspector.client.proxy import proxy_for
from inspector.client.send import Sender
from inspector.client.target import Target
from inspector.client.wire import WireRequest
from inspector.domain.capture.capture import HeaderPairs
from inspector.tunnel.public_url import is_this_machine

LIMITS = ResponseLimits(connect_s=10.0, whole_s=15.0, response_head=16 * 1024, response_body=1024)
MAX_NAMES = 16
"""Maximum header names in a phrase. The program that passes a request on can add any number."""
_MAX_NAME = 40
_BODY = b"{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """What a tunnel does to a request."""

    added: tuple[str, ...] = ()
    """Names of added headers, as they arrived."""
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    """Names of headers with another value."""
    has_other_case: bool = False
    """Whether names of headers arrived in upper or lower case."""
    has_other_order: bool = False
    has_other_path: bool = False

    @property
    def text(self) -> str:
        """The changes as one phrase: `adds cf-ray, x-forwarded-for; changes the case of header names`."""
        parts = [
            self.added and f"adds {_listed(self.added)}",
            self.removed and f"removes {_listed(self.removed)}",
            self.changed and f"changes {_listed(self.changed)}",
            self.has_other_case and "changes the case of header names",
            self.has_other_order and "changes the order of headers",
            self.has_other_path and "changes the path",
        ]
        return "; ".join(part for part in parts if part) or "changes nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """The result of one test."""

    round_trip_ms: float | None = None
    """Time from the request to its response, on an open connection. None if it did not come back."""
    problem: str | None = None
    """Why it did not, as a sentence."""
    passage: Passage | None = None
    """Known once a test has reached the listener."""
    is_sent: bool = True
    """False if this machine could not even connect to the host of the address."""

    @property
    def is_proof(self) -> bool:
        """Whether senders reach this listener."""
        return self.problem is None


async def probe(url: str, probes: Probes, limits: ResponseLimits = LIMITS) -> ProbeResult:
    """Send a test request to `url`. Return whether this listener received it, and its response came back.

    The certificate is verified. A redirect is not followed, because senders may not follow it. It leads
    through the proxy of the environment, if there is one, and directly if that does not connect.
    """
    try:
        target = Target.parse(url)
    except UsageError as error:
        return ProbeResult(problem=str(error).replace("target URL", "public address"))
    expected = probes.expect(has_tls=target.scheme == "https")
    request = _request(target, expected)
    try:
        outcome = await _sent(target, request, limits)
        received = expected.received.result() if expected.received.done() else None
    finally:
        probes.forget(expected)
    problem = _problem(target, expected, outcome, is_received=received is not None)
    return ProbeResult(
        round_trip_ms=None if problem else outcome.elapsed_ms - (outcome.connect_ms or 0.0),
        problem=problem,
        passage=None if received is None else passage(request, received),
        is_sent=outcome.connect_ms is not None,
    )


async def _sent(target: Target, request: WireRequest, limits: ResponseLimits) -> Outcome:
    proxy = None if is_this_machine(target.host) else proxy_for(target)
    through = None
    if proxy is not None:
        async with Sender(target, limits=limits, proxy=proxy) as sender:
            through = await sender.send(request)
        if through.connect_ms is not None:
            return through
    async with Sender(target, limits=limits) as sender:
        outcome = await sender.send(request)
    if through is None or outcome.connect_ms is not None:
        return outcome
    return outcome._replace(error=f"{outcome.error} {through.error}")


def _request(target: Target, expected: ExpectedProbe) -> WireRequest:
    """Return a request like a delivery. Its header names have both cases, to show whether these survive."""
    return WireRequest(
        method=b"POST",
        target=target.request_target(b"/"),
        headers=(
            (b"Host", target.netloc.encode("ascii")),
            (b"User-Agent", b"webhook-inspector"),
            (b"Accept", b"*/*"),
            (b"Content-Type", b"application/json"),
            *expected.headers,
            (b"Content-Length", b"%d" % len(_BODY)),
        ),
        body=_BODY,
    )


def _problem(target: Target, expected: ExpectedProbe, outcome: Outcome, *, is_received: bool) -> str | None:
    """Return why the test is not a proof, as a sentence, or None."""
    name, status = target.netloc, outcome.status
    if outcome.error is not None:
        return outcome.error
    if is_received and status == 204 and expected.is_answered_by(outcome.response_headers):
        return None
    if is_received:
        return f"A test request arrived, but {name} returned another response ({status}) than the listener’s."
    if status is not None and 300 <= status < 400:
        return f"{name} redirects to another address (status {status}). Senders may not follow it."
    if status is not None and status >= 500:
        return f"{name} responded with {status}: it does not reach this listener."
    return f"{name} responded with {status}, but it is not this listener. Check where the address leads."


def passage(sent: WireRequest, received: ReceivedProbe) -> Passage:
    """Return what happened to a request between here and the listener."""
    before, after = _by_name(sent.headers), _by_name(received.headers)
    common = [name for name in before if name in after]
    return Passage(
        added=_names(received.headers, (name for name in after if name not in before)),
        removed=_names(sent.headers, (name for name in before if name not in after)),
        changed=_names(sent.headers, (name for name in common if before[name] != after[name])),
        has_other_case=any(
            received_name not in {name for name, _ in sent.headers}
            for received_name, _ in received.headers
            if received_name.lower() in before
        ),
        has_other_order=[name for name in after if name in before] != common,
        has_other_path=received.target != sent.target,
    )


def _by_name(headers: HeaderPairs) -> dict[bytes, list[bytes]]:
    found: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        found.setdefault(name.lower(), []).append(value.strip())
    return found


def _names(headers: HeaderPairs, wanted: Iterable[bytes]) -> tuple[str, ...]:
    """Return the names as they are written in `headers`, each once."""
    written = {name.lower(): name for name, _ in reversed(headers)}
    return tuple(shortened(visible_bytes(written[name]), _MAX_NAME) for name in wanted)


def _listed(names: Sequence[str]) -> str:
    more = len(names) - MAX_NAMES
    return ", ".join(names[:MAX_NAMES]) + (f" and {more} more" if more > 0 else "")
