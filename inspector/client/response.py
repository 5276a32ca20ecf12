"""The response of a target as it arrives, and a reader for consecutive responses on a connection."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import h11

from inspector.base.visible import shortened, visible
from inspector.client.outcome import FailureReason, ResponseLimits
from inspector.domain.capture.capture import HeaderPairs
from inspector.domain.capture.rows import AttemptOutcome

# Stricter than RFC 9112: only visible ASCII, at least one field, and a status that may have a body.
_HEAD = re.compile(
    rb"HTTP/1\.1 (?!1|204|304)([1-9][0-9]{2})(?: [\x20-\x7e]*)?\r\n"
    rb"((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\x20-\x7e]*\r\n)+)\r\n"
)
_MOST_DIGITS = 12
MAX_CHUNKS = 4_096
"""Maximum chunks of a body that are read. A response with more is cut, like one that is too long."""
MAX_INTERIM = 32
"""Maximum responses of status 1xx before the final one."""
_REPR = re.compile(r"bytearray\(b(['\"])(.*)\1\)", re.DOTALL)
"""How h11 writes a line that it cannot read."""
_SLICE_S = 0.001
"""h11 takes about 20 µs per chunk, and one read can contain 40,000. After this time, the loop gets its
turn."""


@dataclass(slots=True, kw_only=True)
class TargetResponse:
    """The part of a response received so far."""

    status: int | None = None
    headers: HeaderPairs = ()
    body: bytearray = field(default_factory=bytearray)
    is_cut: bool = False
    first_byte: float | None = None
    """By `time.perf_counter`."""
    ended: float | None = None
    """When the last stored byte arrived, by `time.perf_counter`."""
    trouble: FailureReason | None = None
    """Why the response is not complete; None while it can still become complete."""

    def end(self) -> None:
        """Note that the response has ended."""
        self.ended = time.perf_counter()

    def fail(self, word: AttemptOutcome, sentence: str) -> None:
        """End the response with this reason, unless it has already ended."""
        if self.ended is None:
            self.trouble = FailureReason(word=word, sentence=sentence)
            self.is_cut = self.status is not None
            self.end()


class ResponseReader:
    """A reader that fills a response with the bytes that a target sends."""

    def __init__(self, *, name: str, limits: ResponseLimits) -> None:
        self._name = name
        self._limits = limits
        self._h11 = h11.Connection(h11.CLIENT, max_incomplete_event_size=limits.response_head)
        # h11 needs a request to read a response, but only its method matters.
        self._post, self._head = (
            h11.Request(method=method, target="/", headers=[("Host", "-")]) for method in ("POST", "HEAD")
        )
        self._answer = TargetResponse()
        self._is_to_head = False
        self._was_simple = False
        """The response was read without h11."""
        self._is_h11_used = False
        self._chunks = self._interim = 0
        self.has_more = False
        """Call `read_on` before feeding more bytes."""

    def begin(self, answer: TargetResponse, *, is_to_head: bool) -> None:
        """Fill `answer` with the next bytes."""
        self._answer = answer
        self._is_to_head = is_to_head
        self._was_simple = self._is_h11_used = self.has_more = False
        self._chunks = self._interim = 0

    def is_done(self) -> bool:
        """Return whether the whole response has arrived with nothing after it, and another request can
        follow."""
        return self._was_simple or (
            self._is_h11_used
            and self._h11.our_state is h11.DONE
            and self._h11.their_state is h11.DONE
            and not self._h11.trailing_data[0]
        )

    def feed(self, data: bytes) -> None:
        """Read received bytes: all of them unless `has_more` is set. At the end of the response, it has
        `ended`."""
        answer = self._answer
        if answer.first_byte is None:
            answer.first_byte = time.perf_counter()
            plain = None if self._is_to_head else simple_response(data, self._limits)
            if plain is not None:
                answer.status, answer.headers = plain.status, plain.headers
                answer.body += plain.body
                answer.end()
                self._was_simple = True
                return
            if data[:5] != b"HTTP/"[: len(data)]:  # otherwise h11 would wait for the end of a head
                answer.fail("bad-answer", f"The response of {self._name} is not HTTP.")
                return
            self._begin_h11()
        self._h11.receive_data(data)
        self.read_on()

    def read_on(self, seconds: float | None = _SLICE_S) -> None:
        """Read more of the fed bytes, for at most `seconds`."""
        self._read_events(until=None if seconds is None else time.perf_counter() + seconds)

    def feed_end(self) -> None:
        """Note that the target has closed its side."""
        if self._answer.status is None:
            self.end_early()
        else:
            self._h11.receive_data(b"")
            self._read_events(is_eof=True)

    def end_early(self) -> None:
        """Note that the connection is closed, even if the response has not ended."""
        if self._answer.first_byte is not None:
            self._answer.fail("cut", f"{self._name} closed the connection in the middle of its response.")
        else:
            self._answer.fail(
                "reset",
                f"{self._name} closed the connection without a response. It may have received the request.",
            )

    def _begin_h11(self) -> None:
        if self._h11.our_state is h11.DONE:
            self._h11.start_next_cycle()
        self._h11.send(self._head if self._is_to_head else self._post)
        self._h11.send(h11.EndOfMessage())
        self._is_h11_used = True

    def _read_events(self, *, is_eof: bool = False, until: float | None = None) -> None:
        self.has_more = False
        try:
            while self._answer.ended is None:
                if until is not None and time.perf_counter() > until:
                    self.has_more = True
                    break
                event = self._h11.next_event()
                if isinstance(event, h11.Response):
                    self._take_head(event)
                elif isinstance(event, h11.Data):
                    self._take_data(event.data)
                elif isinstance(event, h11.EndOfMessage):
                    self._answer.end()
                elif isinstance(event, h11.InformationalResponse):
                    self._count_interim()
                else:
                    break
        except h11.RemoteProtocolError as error:
            if is_eof:
                self.end_early()
            elif error.error_status_hint == 431:
                self._refuse_head()
            else:
                said = shortened(_REPR.sub(r"“\2”", visible(str(error))), 120)
                if "_SWITCH_UPGRADE" in said or "_SWITCH_CONNECT" in said:  # h11's wording for a 101
                    said = "it switches to another protocol without being asked"
                self._answer.fail("bad-answer", f"The response of {self._name} is not valid HTTP: {said}.")

    def _take_head(self, event: h11.Response) -> None:
        headers = tuple(event.headers.raw_items())
        if sum(len(name) + len(value) + 4 for name, value in headers) > self._limits.response_head:
            self._refuse_head()
            return
        self._answer.status = event.status_code
        self._answer.headers = headers

    def _take_data(self, data: bytes) -> None:
        body = self._answer.body
        body += data
        self._chunks += 1
        if len(body) > self._limits.response_body or self._chunks > MAX_CHUNKS:
            del body[self._limits.response_body :]
            self._answer.is_cut = True
            self._answer.end()

    def _count_interim(self) -> None:
        self._interim += 1
        if self._interim > MAX_INTERIM:
            self._answer.fail(
                "bad-answer", f"{self._name} sent more than {MAX_INTERIM} responses of status 1xx."
            )

    def _refuse_head(self) -> None:
        size = self._limits.response_head // 1024
        self._answer.fail(
            "bad-answer", f"The head of the response of {self._name} is longer than {size} KiB."
        )


class SimpleResponse(NamedTuple):
    """A complete response, after which the connection is free for the next request."""

    status: int
    headers: HeaderPairs
    body: bytes


def simple_response(data: bytes, limits: ResponseLimits) -> SimpleResponse | None:
    """Return the response in `data`, the first received bytes, or None if h11 has to read it.

    Most responses are read here at once, because h11 takes 45 µs for each. Such a response has one
    Content-Length within the limits and leaves the connection open. Do not call this for the response to a
    HEAD.
    """
    end = data.find(b"\r\n\r\n") + 4
    head = _simple_head(data[:end]) if 4 < end <= limits.response_head else None
    if head is None:
        return None
    status, headers, length = head
    if length > limits.response_body or end + length != len(data):
        return None
    return SimpleResponse(status, headers, data[end:])


@lru_cache(maxsize=32)  # a target often sends the same one until the next second of its Date
def _simple_head(head: bytes) -> tuple[int, HeaderPairs, int] | None:
    """Return status, headers and Content-Length, or None if h11 has to read this head."""
    match = _HEAD.fullmatch(head)
    if match is None:
        return None
    length: int | None = None
    headers: list[tuple[bytes, bytes]] = []
    for line in match[2].split(b"\r\n")[:-1]:
        name, _, value = line.partition(b":")
        value = value.strip(b" ")
        headers.append((name, value))
        lower = name.lower()
        if lower == b"content-length":
            if length is not None or not value.isdigit() or len(value) > _MOST_DIGITS:
                return None
            length = int(value)
        elif lower == b"transfer-encoding" or (lower == b"connection" and value.lower() != b"keep-alive"):
            return None
    return None if length is None else (int(match[1]), tuple(headers), length)
