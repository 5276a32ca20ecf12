"""Receivers that respond in ways from which no cause can be concluded, or that are no receivers at all."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import random
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.receivers.corpus import SECRET, SIGNATURE

Verdict = str


@dataclass(slots=True, kw_only=True)
class BadRequest:
    """One request to a bad receiver."""

    number: int
    """From 1, over all connections."""
    head: bytes
    body: bytes
    writer: asyncio.StreamWriter

    @property
    def signature(self) -> str:
        for line in self.head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.strip().lower() == SIGNATURE.encode():
                return value.strip().decode("latin-1")
        return ""

    @property
    def is_genuine(self) -> bool:
        return self.signature == self.expected()

    def expected(self, key: bytes = SECRET.encode()) -> str:
        return hmac.digest(key, self.body, hashlib.sha256).hex()


Answer = Callable[[BadRequest], bytes | Awaitable[bytes | None] | None]
"""From a request to the response. None if it has written the response itself and the connection ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadReceiver:
    """One bad receiver, and what may be said about it."""

    name: str
    make: Callable[[], Answer]
    verdicts: frozenset[Verdict]
    codes: frozenset[str] = field(default_factory=frozenset)
    """The codes of the only causes that may be given, none of them as proved."""
    says: str = ""
    """A pattern that the sentence must match."""
    most_requests: int = 400
    """About 85 for the tests, and 72 for the time of the comparison, on a busy machine up to 288."""
    has_no_end: bool = False
    """Whether it keeps the check waiting until its patience ends."""
    is_slow: bool = False
    """Whether its check takes long, or says little beyond that of another one."""


def response(status: int, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Status", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def html(status: int, text: str, *headers: str) -> bytes:
    page = f"<!DOCTYPE html><html><head><title>{text}</title></head><body><h1>{text}</h1></body></html>"
    return response(status, page.encode(), "Content-Type: text/html; charset=utf-8", *headers)


OK = response(200, b"ok")
UNAUTHORIZED = response(401, b"Invalid signature")


def always(answer: bytes) -> Callable[[], Answer]:
    return lambda: lambda _: answer


def verified(request: BadRequest) -> bytes:
    return OK if request.is_genuine else UNAUTHORIZED


# ---- at random


def at_random(seed: int, **shares: float) -> Callable[[], Answer]:
    """Statuses with these shares, such as `_200=0.1, _401=0.9`."""

    def make() -> Answer:
        chance = random.Random(seed)
        statuses = [int(name.removeprefix("_")) for name in shares]

        def answer(_: BadRequest) -> bytes:
            (status,) = chance.choices(statuses, list(shares.values()))
            return OK if status == 200 else response(status)

        return answer

    return make


def _two_instances() -> Answer:
    """Behind one address, the old deployment with another secret and the new one take turns."""

    def answer(request: BadRequest) -> bytes:
        key = SECRET.encode() if request.number % 2 else b"the old secret"
        return OK if request.signature == request.expected(key) else UNAUTHORIZED

    return answer


def _fails_at_times() -> Answer:
    """A correct receiver that sometimes fails: every seventh request gets 500."""
    return lambda request: response(500) if request.number % 7 == 0 else verified(request)


def _opens_later() -> Answer:
    """Someone turns the check off while it is being checked."""
    return lambda request: OK if request.number > 40 else UNAUTHORIZED


def _every_eleventh() -> Answer:
    return lambda request: OK if request.number % 11 == 0 else UNAUTHORIZED


# ---- no end, or no beginning


async def _endless(request: BadRequest) -> None:
    request.writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        request.writer.write(b"4000\r\n" + b"x" * 0x4000 + b"\r\n")
        await request.writer.drain()


async def _endless_head(request: BadRequest) -> None:
    request.writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        request.writer.write(b"X-Filler: " + b"x" * 4000 + b"\r\n")
        await request.writer.drain()


async def _drips(request: BadRequest) -> None:
    request.writer.write(b"HTTP/1.1 401 No\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        request.writer.write(b"x")
        await request.writer.drain()
        await asyncio.sleep(0.05)


async def _hangs(request: BadRequest) -> None:
    await asyncio.Event().wait()


async def _hangs_if_genuine(request: BadRequest) -> bytes | None:
    """Verifies, and then waits for a database that is down."""
    if request.is_genuine:
        await asyncio.Event().wait()
    return UNAUTHORIZED


async def _resets(request: BadRequest) -> None:
    raw: socket.socket = request.writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.writer.transport.abort()


async def _closes(request: BadRequest) -> None:
    request.writer.close()


async def _cut(request: BadRequest) -> None:
    request.writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegins")
    await request.writer.drain()


async def _continues(request: BadRequest) -> bytes:
    request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 50)
    return UNAUTHORIZED


# ---- told to wait


def _limited_at_times() -> Answer:
    """A correct receiver that asks to wait, twice."""
    limited = {4, 17}
    return lambda r: response(429, b"", "Retry-After: 0") if r.number in limited else verified(r)


def _echo(request: BadRequest) -> bytes:
    """Rejects everything, and repeats what it got, as a debugging aid does."""
    return response(401, b"got " + request.head + request.body, "Content-Type: text/plain")


def _wrong_leak(request: BadRequest) -> bytes:
    """Rejects everything, and gives a digest that nobody can compute."""
    digest = hashlib.sha256(random.randbytes(8)).hexdigest()
    return response(401, f'{{"error":"signature mismatch","expected":"{digest}"}}'.encode())


REJECTS = frozenset(("rejects-valid",))
FORGED = frozenset(("accepts-forged",))
ANY = frozenset(("correct", "rejects-valid", "accepts-forged", "both", "unreachable"))
NONE = frozenset(("rejects-valid", "unreachable"))
BROKEN = frozenset(("receiver-broken-response",))
UNSTEADY = frozenset(("receiver-unsteady",))


def _is(
    name: str,
    make: Callable[[], Answer],
    verdicts: frozenset[str],
    *codes: str,
    says: str = "",
    is_slow: bool = False,
    has_no_end: bool = False,
) -> BadReceiver:
    return BadReceiver(
        name=name,
        make=make,
        verdicts=verdicts,
        codes=frozenset(codes),
        says=says,
        is_slow=is_slow,
        has_no_end=has_no_end,
    )


CLOUDFLARE = (
    '<!DOCTYPE html><html><head><title>Just a moment...</title></head><body><script src="/cdn-cgi/'
    'challenge-platform/h/b/orchestrate/chl_page/v1"></script></body></html>'
)

BAD: tuple[BadReceiver, ...] = (
    _is("200 to everything", always(OK), FORGED, says="does not verify the signature"),
    _is("204 to everything", always(response(204)), FORGED, is_slow=True),
    _is("500 to everything", always(html(500, "Internal Server Error")), REJECTS, "receiver-fails"),
    _is(
        "502 of a proxy",
        always(html(502, "502 Bad Gateway", "Server: nginx")),
        REJECTS,
        "receiver-fails",
        is_slow=True,
    ),
    _is("401 to everything", always(UNAUTHORIZED), REJECTS, "unexplained"),
    _is(
        "403 with a page",
        always(html(403, "Forbidden")),
        REJECTS,
        "unexplained",
        "receiver-needs-login",
        is_slow=True,
    ),
    _is("404 to everything", always(html(404, "Not Found")), REJECTS, "receiver-not-found", says="404"),
    _is(
        "301 to another host",
        always(response(301, b"", "Location: https://other.example/hook")),
        REJECTS,
        "receiver-redirects",
        says="redirects",
    ),
    _is(
        "302 to a login",
        always(response(302, b"", "Location: /login?next=%2Fhook")),
        REJECTS,
        "receiver-redirects",
        says="redirects",
    ),
    _is(
        "307 to itself",
        always(response(307, b"", "Location: /")),
        REJECTS,
        "receiver-redirects",
        is_slow=True,
    ),
    _is(
        "a captcha",
        always(response(403, CLOUDFLARE.encode(), "Server: cloudflare", "Content-Type: text/html")),
        REJECTS,
        "receiver-needs-login",
        says="captcha",
    ),
    _is(
        "a captcha with 503",
        always(response(503, CLOUDFLARE.encode(), "Server: cloudflare")),
        REJECTS,
        "receiver-needs-login",
        is_slow=True,
    ),
    _is("a captcha with 200", always(html(200, "Are you human?")), FORGED, is_slow=True),
    _is("a login page", always(html(200, "Sign in")), FORGED, is_slow=True),
    _is(
        "429 with a long Retry-After",
        always(response(429, b"", "Retry-After: 3600")),
        NONE,
        "receiver-rate-limit",
    ),
    _is(
        "429 with a Retry-After of never",
        always(response(429, b"", "Retry-After: never")),
        NONE,
        "receiver-rate-limit",
        is_slow=True,
    ),
    _is("429 at times", _limited_at_times, frozenset(("correct",))),
    _is(
        "an endless body",
        lambda: _endless,
        ANY,
        "receiver-endless",
        "receiver-broken-response",
        has_no_end=True,
    ),
    _is(
        "an endless head",
        lambda: _endless_head,
        NONE,
        "receiver-endless",
        "receiver-broken-response",
        has_no_end=True,
    ),
    _is("a body that drips", lambda: _drips, NONE, "receiver-endless", "receiver-hangs", has_no_end=True),
    _is("hangs", lambda: _hangs, NONE, "receiver-hangs", says="respond", has_no_end=True),
    _is("hangs if the event is genuine", lambda: _hangs_if_genuine, NONE, "receiver-hangs", has_no_end=True),
    _is("resets", lambda: _resets, NONE, "receiver-broken-response"),
    _is("closes without a word", lambda: _closes, NONE, "receiver-broken-response"),
    _is("cuts its response", lambda: _cut, NONE, "receiver-broken-response"),
    _is(
        "100 Continue many times",
        lambda: _continues,
        NONE,
        "unexplained",
        "receiver-broken-response",
        is_slow=True,
    ),
    _is("garbage", always(b"\x00\xff\x16\x03\x01\x1b[31m\r\n\r\n" * 20), NONE, "receiver-broken-response"),
    _is("another protocol", always(b"SSH-2.0-OpenSSH_9.9\r\n"), NONE, "receiver-broken-response"),
    _is(
        "control characters",
        always(response(401, b"\x1b]0;x\x07\x1b[31m\x00", "X-Note: \x1b[31m")),
        REJECTS,
        "unexplained",
        is_slow=True,
    ),
    _is("an echo", lambda: _echo, REJECTS, "unexplained"),
    _is("a wrong leak", lambda: _wrong_leak, REJECTS, "unexplained"),
    _is("two instances", _two_instances, ANY, "receiver-unsteady", says="unsteady"),
    _is("fails at times", _fails_at_times, ANY, "receiver-unsteady", "receiver-fails"),
    _is("stops verifying", _opens_later, ANY, "receiver-unsteady", "unexplained"),
    _is("accepts every eleventh", _every_eleventh, ANY, "receiver-unsteady", "unexplained"),
    *(
        _is(
            f"random {seed}: {shares}",
            at_random(seed, **shares),
            ANY,
            "receiver-unsteady",
            "unexplained",
            "receiver-fails",
            "receiver-rejects-differently",
            is_slow=seed > 0,
        )
        for seed in range(4)
        for shares in (
            {"_200": 0.5, "_401": 0.5},
            {"_200": 0.1, "_401": 0.9},
            {"_200": 0.03, "_401": 0.97},
            {"_200": 0.9, "_401": 0.1},
            {"_200": 0.2, "_400": 0.2, "_401": 0.4, "_500": 0.2},
        )
    ),
)


@asynccontextmanager
async def bad_receiver(answer: Answer) -> AsyncIterator[tuple[str, list[BadRequest]]]:
    """Serve one bad receiver: its URL, and the requests that arrived."""
    requests: list[BadRequest] = []
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    (
                        int(line[15:])
                        for line in head.lower().split(b"\r\n")
                        if line.startswith(b"content-length:")
                    ),
                    0,
                )
                body = await reader.readexactly(length)
                requests.append(BadRequest(number=len(requests) + 1, head=head, body=body, writer=writer))
                said = answer(requests[-1])
                said = await said if isinstance(said, Awaitable) else said
                if said is None:
                    return
                writer.write(said)
                await writer.drain()
                if b"HTTP/1." not in said[:8] or b" HTTP/1.0\r\n" in head:
                    return
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=1 << 20)
    host, port = server.sockets[0].getsockname()
    try:
        yield f"http://{host}:{port}/hook", requests
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
