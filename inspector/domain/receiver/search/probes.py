"""The requests of the search for a receiver's fault: their events, their headers, and their words."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from inspector.domain.capture.capture import SIGNATURE_HEADER
from inspector.domain.json.value import NotJSON, parse_bounded
from inspector.domain.receiver.events import USER, EventRequest
from inspector.domain.receiver.reply import Reply
from inspector.domain.signature.finding import Finding
from inspector.domain.signature.secret import Secret
from inspector.domain.stringify import stringify

MOST_BODY_BYTES = 32 * 1024
"""A longer event is not signed in other ways, because that means printing it in each. Short ones replace
it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverCase:
    """A receiver that rejects a valid event."""

    secrets: tuple[Secret, ...]
    """The active secrets, the one that signed the event first."""
    other_secrets: tuple[Secret, ...] = ()
    """The saved secrets that are not active."""
    event: bytes
    """The valid event that was rejected."""
    make_event: Callable[[int], bytes] = field(repr=False)
    """Returns a new event for each number, if `event` is not made up; for a capture always the same."""
    run: str = ""
    """Part of the ids in other made-up events, so that a receiver that stores events gets new ones."""
    first: Reply
    """The reply to the valid event."""
    most: int = 120
    """Maximum number of requests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One request of the search."""

    request: EventRequest
    words: str
    """How the event is signed: `signed over {}`."""
    faults: tuple[Finding, ...] = ()
    """The faults that the receiver has if it accepts the event."""
    is_control: bool = False
    """Whether its signature is deliberately wrong, so that a receiver must reject it."""


_SURROGATE = re.compile(rb"(?<!\\)\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
"""Half a character, which some parsers refuse, so that an event with it says little about the others."""
HUB_256, HUB_1 = "x-hub-signature-256", "x-hub-signature"
HEADERS = (
    "x-blitz-signature",
    HUB_256,
    "x-signature",
    "x-blitzllama-signature",
    "x-webhook-signature-256",
    HUB_1,
    "signature",
    "webhook-signature",
    "x-signature-256",
    "x-hook-signature",
    "x-hmac-signature",
    "x-hmac-sha256",
    "x-signature-sha256",
    "x-signature-hmac-sha256",
    "x-webhook-hmac-sha256",
    "x-webhook-hmac",
    "x-request-signature",
    "x-payload-signature",
    "x-webhook-secret-signature",
    "x-shopify-hmac-sha256",
    "x-blitz-webhook-signature",
    "x-blitzllama-webhook-signature",
    "blitz-signature",
    "blitzllama-signature",
    "x-webhook-sign",
    "x-sign",
    "x-event-signature",
    "stripe-signature",
    "svix-signature",
)
"""Other names under which receivers look for a signature, the most frequent first."""
DOCUMENTED = SIGNATURE_HEADER.decode()
_HEX_DIGITS = 64


def headers_with(value: str, key: bytes, body: bytes) -> dict[str, str]:
    """Return the headers for a signature: the documented one, and every other name.

    The two of GitHub have a prefix. They are without one if the value itself has it, so that both forms
    are tried."""
    values = {DOCUMENTED: value, **dict.fromkeys(HEADERS, value)}
    if len(value) == _HEX_DIGITS:
        values[HUB_256] = f"sha256={value}"
        values[HUB_1] = f"sha1={hmac.digest(key, body, 'sha1').hex()}"
    elif value.startswith("sha256=") and len(value) == _HEX_DIGITS + len("sha256="):
        values[HUB_256] = values[HUB_1] = value.removeprefix("sha256=")
    return values


def request_of(body: bytes, values: dict[str, str]) -> EventRequest:
    """Return a delivery with these headers. Without the documented one, it has no such header."""
    signature = values.get(DOCUMENTED)
    return EventRequest(
        body=body,
        signature=None if signature is None else signature.encode(),
        headers=tuple((n.encode(), v.encode()) for n, v in values.items() if n != DOCUMENTED),
    )


def with_other_end(value: str) -> str:
    """Return a signature of the same form that is wrong."""
    bare = value.rstrip("=")
    # The first character of the digest, because the last one of base64 has unused bits.
    place = len(bare) - 4
    other = "1" if bare[place] == "0" else "0"
    return value[:place] + other + value[place + 1 :]


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyKind:
    """A kind of event to sign. Faults that print it alike are tried with one request."""

    name: str
    words: str
    make: Callable[[int], bytes]
    frequency: float = 1.0
    """Less than 1 if it has rare contents, which few serialisers are known to print in their own way."""
    is_event: bool = True
    """Whether it is a complete event, so that a receiver that accepts it proves something."""


def is_completion(case: ReceiverCase) -> bool:
    """Return whether the rejected event is a completion."""
    event = _readable(case.event)
    return event is not None and isinstance(event.get("responses"), list)


def kinds_of(case: ReceiverCase, *, as_completions: bool = False) -> Iterator[BodyKind]:
    """Yield the kinds of events, those that most faults print alike first. They are answers by default."""
    event = _readable(case.event)
    key = None if event is None else event.get("app_key")
    template = {**_PLAIN, "app_key": key} if isinstance(key, str) and key.isascii() else _PLAIN
    user = f"{USER}-cause-{case.run}" if case.run else f"{USER}-cause"

    def ordered(event: dict[str, Any], *, is_reversed: bool = False) -> dict[str, Any]:
        event = dict(sorted(event.items(), reverse=is_reversed))
        if as_completions:
            event = dict(sorted(_as_completion(event).items(), reverse=is_reversed))
        return event

    def made(**values: Any) -> Callable[[int], bytes]:
        return lambda number: stringify(ordered({**template, "user_id": f"{user}-{number}", **values}))

    yield BodyKind(name="plain", words="a plain event", make=made())
    yield BodyKind(name="object", words="the event {}", make=lambda _: b"{}", is_event=False)
    yield BodyKind(name="list", words="the event [1]", make=lambda _: b"[1]", is_event=False)
    if event is not None and len(case.event) <= MOST_BODY_BYTES:
        yield BodyKind(name="event", words="the event", make=_events_like(case, event))
    for name, words, values in _TRAITS:
        frequency = 0.1 if name in _RARE else 1.0
        yield BodyKind(name=name, words=f"an event {words}", make=made(**values), frequency=frequency)
    yield BodyKind(
        name="unsorted",
        words="an event with keys in another order",
        make=lambda n: stringify(ordered({**template, "user_id": f"{user}-{n}"}, is_reversed=True)),
    )
    yield BodyKind(
        name="rich",
        words="a rich event",
        make=_rich(template, user, _as_completion if as_completions else dict),
    )


_PLAIN: dict[str, Any] = {
    "app_key": "check",
    "created_at": "2026-01-01T10:00:01.000Z",
    "group_id": f"{USER}-group",
    "platform": "android",
    "question_id": "q-1",
    "question_order": 1,
    "question_text": "Question 1?",
    "question_type": "input_feedback",
    "response": "good",
    "survey_id": f"{USER}-survey",
    "trigger": "check",
}
_OF_QUESTION = frozenset(
    ("created_at", "question_id", "question_order", "question_text", "question_type", "response")
)
_TRAITS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("text", "with text that is not ASCII", {"response": "größer, 日本語"}),
    ("slash", "with a slash", {"response": "yes/no"}),
    ("html", "with < and &", {"response": "<b>you & me</b>".replace("/", "")}),
    ("quotes", "with quotes", {"response": "it's"}),
    ("blank", "with blanks around an answer", {"response": " good "}),
    ("empty", "with an empty trigger", {"trigger": ""}),
    ("null", "with a null", {"trigger": None}),
    ("several", "with several answers", {"response": ["a", "b"]}),
    ("containers", "with empty containers", {"response": [], "options": {}}),
    ("numeric", "with digits as text", {"response": "5"}),
    ("line-end", "with U+2028", {"response": "a\u2028b"}),
    ("delete", "with U+007F", {"response": "a\x7fb"}),
    ("numbers", "with unusual numbers", {"response": [0.5, 1e21, 1e-7, 1.5e300]}),
)
_RARE = ("line-end", "delete", "numbers")


def _as_completion(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the completion with this one answer."""
    rest = {name: value for name, value in answer.items() if name not in _OF_QUESTION}
    question = {name: value for name, value in answer.items() if name in _OF_QUESTION}
    return {**rest, "event_type": "response_group", "responses": [question], "survey_name": "Check"}


def _rich(
    template: dict[str, Any], user: str, shaped: Callable[[dict[str, Any]], dict[str, Any]]
) -> Callable[[int], bytes]:
    """Return a maker of events in which the forms differ that plain events have in common."""

    def made(number: int) -> bytes:
        return stringify(
            shaped(
                {
                    "user_id": f"{user}-{number}",
                    **{key: value for key, value in template.items() if key != "user_id"},
                    "trigger": "",
                    "question_text": "größer <b> & it's 1/2?",
                    "response": [" a ", "größer/日本語", "b & c"],
                }
            )
        )

    return made


def _events_like(case: ReceiverCase, event: dict[str, Any]) -> Callable[[int], bytes]:
    """Return a maker of new events with the contents of the rejected one, if that is made up."""
    user = event.get("user_id")
    if not isinstance(user, str) or not user.startswith(USER) or not user.isascii():
        return case.make_event
    known = user.encode()
    body = _SURROGATE.sub(b"", case.event)
    return lambda number: body.replace(known, known + b"-%d" % number, 1)


def _readable(event: bytes) -> dict[str, Any] | None:
    with suppress(NotJSON):
        value = parse_bounded(event)
        if isinstance(value, dict):
            return value
    return None
