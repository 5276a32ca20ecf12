"""The good and bad events that *Check my receiver* sends, one function per test."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

from inspector.domain.signature.signature import digest
from inspector.domain.stringify import restringify

USER = "webhook-inspector-check"
"""Start of every event's user id, so that the events can be found in the receiver's data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRequest:
    """One request of a test, by default a POST of JSON."""

    body: bytes
    signature: bytes | None
    """Value of the header; None omits the header."""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    """Further headers, sent after the signature and in addition to it."""
    method: bytes = b"POST"
    version: Literal["1.1", "1.0"] = "1.1"
    """The HTTP version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """Creates and signs the events of one run of the check."""

    key: bytes
    run: str
    """End of the ids, so that each run sends different events."""

    def answer(self, response: Any = "fine", *, order: int = 1, user: str = "one") -> bytes:
        """Return the body of an answer event, as JSON.stringify prints it."""
        return _body(
            {
                **self._ids(user),
                "question_id": f"q-{order}",
                "platform": "android",
                "trigger": "check",
                **_question(response, order),
            }
        )

    def completion(self, *responses: Any, user: str = "one") -> bytes:
        """Return the body of a completion, with one question for each response."""
        return _body(
            {
                **self._ids(user, name="Webhook Inspector check"),
                "platform": "link",
                "trigger": "",
                "event_type": "response_group",
                "responses": [
                    {"question_id": f"q-{order}", **_question(response, order)}
                    for order, response in enumerate(responses, start=1)
                ],
            }
        )

    def signed(self, body: bytes) -> EventRequest:
        """Return a delivery as the sender would send it."""
        return EventRequest(body=body, signature=digest(self.key, body).encode())

    def _ids(self, user: str, name: str | None = None) -> dict[str, str]:
        ids = {"user_id": f"{USER}-{user}-{self.run}", "app_key": "check", "survey_id": f"{USER}-survey"}
        if name is not None:
            ids["survey_name"] = name
        return {**ids, "group_id": f"{USER}-{self.run}"}


def _question(response: Any, order: int) -> dict[str, Any]:
    return {
        "question_order": order,
        "response": response,
        "question_text": f"Question {order}?",
        "question_type": "input_feedback",
        "created_at": f"2026-01-01T10:00:{order:02d}.000Z",
    }


def _body(event: dict[str, Any]) -> bytes:
    text = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    return restringify(text.encode("utf-8", "backslashreplace"))


def nothing(_: Maker) -> list[EventRequest]:
    return []


def valid(make: Maker) -> list[EventRequest]:
    return [make.signed(make.completion("good", ["image upload", "crash"]))]


def valid_answer(make: Maker) -> list[EventRequest]:
    return [make.signed(make.answer("good"))]


def unsigned(make: Maker) -> list[EventRequest]:
    return [EventRequest(body=make.answer("unsigned", user="stranger"), signature=None)]


def tampered(make: Maker) -> list[EventRequest]:
    signed = make.signed(make.answer("as it was signed", user="stranger"))
    return [EventRequest(body=make.answer("as it was changed", user="stranger"), signature=signed.signature)]


def wrong_secret(make: Maker) -> list[EventRequest]:
    body = make.answer("wrong secret", user="stranger")
    return [EventRequest(body=body, signature=digest(make.key + b"x", body).encode())]


def last_digit(make: Maker) -> list[EventRequest]:
    signed = make.signed(make.answer("last digit", user="stranger"))
    assert signed.signature is not None
    other = b"1" if signed.signature.endswith(b"0") else b"0"
    return [EventRequest(body=signed.body, signature=signed.signature[:-1] + other)]


def upper_case(make: Maker) -> list[EventRequest]:
    signed = make.signed(make.answer("upper case", user="upper"))
    return [EventRequest(body=signed.body, signature=(signed.signature or b"").upper())]


def reserialised(make: Maker) -> list[EventRequest]:
    signed = make.signed(make.answer("printed again", user="printed"))
    spaced = json.dumps(json.loads(signed.body), ensure_ascii=False).encode()
    return [EventRequest(body=spaced, signature=signed.signature)]


def unicode(make: Maker) -> list[EventRequest]:
    return [make.signed(make.answer("naïve café, 日本語, 🚀, \u2028 </script> \ud83d", user="unicode"))]


def numbers(make: Maker) -> list[EventRequest]:
    return [
        make.signed(make.answer([0.1, 1e21, 1e-7, 100000000000000000000, 1.5, -0.000001], user="numbers"))
    ]


DUPLICATE_KEY = "a duplicate key"
NOT_CANONICAL = ("9.0", "\\/", DUPLICATE_KEY)
"""The contents of the events of `not_canonical`: valid JSON that JSON.stringify(JSON.parse(…)) changes."""


def not_canonical(make: Maker) -> list[EventRequest]:
    number = make.answer(9, user="number").replace(b'"response":9,', b'"response":9.0,')
    slash = make.answer("yes/no", user="slash").replace(b"yes/no", b"yes\\/no")
    twice = make.answer("twice", user="twice").replace(b"{", b'{"platform":"ios",', 1)
    return [make.signed(body) for body in (number, slash, twice)]


def repeated(make: Maker) -> list[EventRequest]:
    return [make.signed(make.answer("sent twice", user="repeated"))] * 2


def out_of_order(make: Maker) -> list[EventRequest]:
    bodies = (
        make.completion("a", "b", user="late"),
        *(make.answer(r, order=n, user="late") for n, r in ((2, "b"), (1, "a"))),
    )
    return [make.signed(body) for body in bodies]


def not_json(make: Maker) -> list[EventRequest]:
    return [make.signed(b'{"user_id":"broken')]


def empty(make: Maker) -> list[EventRequest]:
    return [EventRequest(body=b"", signature=None)]
