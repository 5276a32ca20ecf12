"""The good and bad events that *Check my receiver* sends, one function per test."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from inspector.domain.capture.capture import SIGNATURE_HEADER
from inspector.domain.event.question import QUESTION_TYPES
from inspector.domain.signature.signature import digest
from inspector.domain.stringify import restringify

USER = "webhook-inspector-check"
"""Start of every event's user id, so that the events can be found in the receiver's data."""
APP_KEY = "webhook-inspector-check-app"
"""The `app_key` of every event, which is public."""


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
    has_answers: bool = True
    """False for a receiver that accepts only completions: an answer is then sent as one of these."""

    def answer(
        self, response: Any = "fine", *, order: int = 1, user: str = "one", kind: str = "input_feedback"
    ) -> bytes:
        """Return the body of an answer event, as JSON.stringify prints it."""
        if not self.has_answers:
            return self.completion(response, user=user, kinds=(kind,))
        return _body(
            {
                **self._ids(user),
                "question_id": f"q-{order}",
                "platform": "android",
                "trigger": "check",
                **_question(response, order, kind),
            }
        )

    def completion(self, *responses: Any, user: str = "one", kinds: Sequence[str] = ()) -> bytes:
        """Return the body of a completion, with one question for each response, by default of free text."""
        kinds = kinds or ("input_feedback",) * len(responses)
        return _body(
            {
                **self._ids(user, name="Webhook Inspector check"),
                "platform": "link",
                "trigger": "",
                "event_type": "response_group",
                "responses": [
                    {"question_id": f"q-{order}", **_question(response, order, kind)}
                    for order, (response, kind) in enumerate(zip(responses, kinds, strict=True), start=1)
                ],
            }
        )

    def signed(self, body: bytes) -> EventRequest:
        """Return a delivery as the sender would send it."""
        return EventRequest(body=body, signature=digest(self.key, body).encode())

    def _ids(self, user: str, name: str | None = None) -> dict[str, str]:
        ids = {"user_id": f"{USER}-{user}-{self.run}", "app_key": APP_KEY, "survey_id": f"{USER}-survey"}
        if name is not None:
            ids["survey_name"] = name
        return {**ids, "group_id": f"{USER}-{self.run}"}


def _question(response: Any, order: int, kind: str) -> dict[str, Any]:
    return {
        "question_order": order,
        "response": response,
        "question_text": f"Question {order}?",
        "question_type": kind,
        "created_at": f"2026-01-01T10:00:{order:02d}.000Z",
    }


def _body(event: dict[str, Any]) -> bytes:
    text = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    return restringify(text.encode("utf-8", "backslashreplace"))


def valid(make: Maker) -> list[EventRequest]:
    return [make.signed(make.completion("good", ["image upload", "crash"]))]


def valid_answer(make: Maker) -> list[EventRequest]:
    return [make.signed(make.answer("good", user="two"))]


def unsigned(make: Maker) -> list[EventRequest]:
    return [EventRequest(body=make.answer("unsigned", user="stranger"), signature=None)]


def tampered(make: Maker) -> list[EventRequest]:
    signed = make.signed(make.answer("as it was signed", user="stranger"))
    bodies = [make.answer(text, user="stranger") for text in ("as it was changed", "as it was forged")]
    assert len(bodies[1]) == len(signed.body)
    return [EventRequest(body=body, signature=signed.signature) for body in bodies]


def wrong_secret(make: Maker) -> list[EventRequest]:
    body = make.answer("wrong secret", user="stranger")
    return [EventRequest(body=body, signature=digest(make.key + b"x", body).encode())]


def last_digit(make: Maker) -> list[EventRequest]:
    body = make.answer("last digit", user="stranger")
    signature = digest(make.key, body).encode()
    return [EventRequest(body=body, signature=signature[:-1] + other_digits(signature[-1:]))]


def truncated(make: Maker) -> list[EventRequest]:
    body = make.answer("only the beginning", user="stranger")
    right = digest(make.key, body).encode()
    signatures = (right[:16] + other_digits(right[16:]), right[:32], right[:1])
    return [EventRequest(body=body, signature=signature) for signature in signatures]


def other_digits(digits: bytes) -> bytes:
    """Return hex digits of which each differs from that in `digits`."""
    return digits.translate(bytes.maketrans(b"0123456789abcdef", b"123456789abcdef0"))


def empty_signature(make: Maker) -> list[EventRequest]:
    return [EventRequest(body=make.answer("empty signature", user="stranger"), signature=b"")]


def repeated_header(make: Maker) -> list[EventRequest]:
    """Return an event with two signatures: right and wrong, wrong and right, and two wrong ones."""
    body = make.answer("two signatures", user="stranger")
    right, wrong = digest(make.key, body).encode(), digest(make.key + b"x", body).encode()
    pairs = ((right, wrong), (wrong, right), (wrong, wrong))
    return [
        EventRequest(body=body, signature=first, headers=((SIGNATURE_HEADER, second),))
        for first, second in pairs
    ]


def other_event(make: Maker) -> list[EventRequest]:
    (delivered,) = valid(make)
    body = make.answer("signature of another event", user="stranger")
    return [EventRequest(body=body, signature=delivered.signature)]


def without_secret(make: Maker) -> list[EventRequest]:
    """Return events that anyone can sign: with an empty secret, with the app_key, and with a plain hash."""
    body = make.answer("signed by anyone", user="stranger")
    signatures = (digest(b"", body), digest(APP_KEY.encode(), body), hashlib.sha256(body).hexdigest())
    return [EventRequest(body=body, signature=signature.encode()) for signature in signatures]


def empty_digest(make: Maker) -> list[EventRequest]:
    """Return events that are signed as if their bodies were empty, and as if they were null."""
    body = make.answer("signed as something else", user="stranger")
    return [EventRequest(body=body, signature=digest(make.key, over).encode()) for over in (b"", b"null")]


def empty(make: Maker) -> list[EventRequest]:
    return [EventRequest(body=b"", signature=None)]


def upper_case(make: Maker) -> list[EventRequest]:
    signed = make.signed(make.answer("upper case", user="upper"))
    return [EventRequest(body=signed.body, signature=(signed.signature or b"").upper())]


def reserialised(make: Maker) -> list[EventRequest]:
    signed = make.signed(make.answer("printed again", user="printed"))
    spaced = json.dumps(json.loads(signed.body), ensure_ascii=False).encode()
    return [EventRequest(body=spaced, signature=signed.signature)]


SCRIPTS: Mapping[str, str] = {
    "an emoji": "naïve café, 日本語, 🚀, \u2028 </script>",
    "half an emoji, \\ud83d": "\ud83d",
}
"""The texts of the events of `unicode`. A text that was cut can end in half an emoji, and a few parsers fail
on it."""


def unicode(make: Maker) -> list[EventRequest]:
    whole, half = SCRIPTS.values()
    return [
        make.signed(make.answer(whole, user="unicode")),
        make.signed(make.answer(half, user="half-emoji")),
    ]


def numbers(make: Maker) -> list[EventRequest]:
    return [
        make.signed(make.answer([0.1, 1e21, 1e-7, 100000000000000000000, 1.5, -0.000001], user="numbers"))
    ]


DUPLICATE_KEY = "a duplicate key"
NOT_CANONICAL: Mapping[str, str] = {
    "9.0": "9.0 becomes 9",
    "\\/": "\\/ becomes /",
    DUPLICATE_KEY: "one of two equal keys is lost",
    "9007199254740993": "9007199254740993 becomes 9007199254740992",
    "\\u00e9": "\\u00e9 becomes é",
}
"""The contents of the events of `not_canonical`, and their change by JSON.stringify(JSON.parse(…)): all are
valid JSON."""


def not_canonical(make: Maker) -> list[EventRequest]:
    number = make.answer(9, user="number").replace(b'"response":9,', b'"response":9.0,')
    slash = make.answer("yes/no", user="slash").replace(b"yes/no", b"yes\\/no")
    twice = make.answer("twice", user="twice").replace(b"{", b'{"platform":"ios",', 1)
    big = make.answer(9, user="big").replace(b'"response":9,', b'"response":9007199254740993,')
    escape = make.answer("cafe", user="escape").replace(b"cafe", b"caf\\u00e9")
    return [make.signed(body) for body in (number, slash, twice, big, escape)]


LARGE_BYTES = 1_000_000


def large(make: Maker) -> list[EventRequest]:
    # The text is inserted afterwards, because printing it takes 25 ms.
    short, place = make.answer("TEXT", user="large"), b"TEXT"
    room = LARGE_BYTES - len(short) + len(place)
    return [make.signed(short.replace(place, b"long " * (room // 5) + b"." * (room % 5), 1))]


EMPTY_RESPONSES = ("an empty text", "an empty list", "an empty text in a completion", "no responses")
"""The contents of the events of `empty_responses`."""


def empty_responses(make: Maker) -> list[EventRequest]:
    answers = (make.answer(response, user=user) for response, user in (("", "silent"), ([], "chooses-none")))
    completions = (make.completion("", user="silent"), make.completion(user="asked-nothing"))
    return [make.signed(body) for body in (*answers, *completions)]


_RESPONSES: Mapping[str, Any] = {
    "text": "fine", "one": "Team", "several": ["slow start", "other"], "number": 4, "click": "",
}  # fmt: skip


def question_types(make: Maker) -> list[EventRequest]:
    """Return an answer of each type in `QUESTION_TYPES`, and a completion with all of them, numbers as
    text."""
    responses = [_RESPONSES[kind.response_form] for kind in QUESTION_TYPES.values()]
    answers = [
        make.answer(response, order=order, user="types", kind=kind)
        for order, (kind, response) in enumerate(zip(QUESTION_TYPES, responses, strict=True), start=1)
    ]
    texts = [str(response) if isinstance(response, int) else response for response in responses]
    completion = make.completion(*texts, user="types", kinds=tuple(QUESTION_TYPES))
    return [make.signed(body) for body in (*answers, completion)]


LANGUAGES: Mapping[str, str] = {
    "English": "It “just works” – mostly…",
    "German": "Größe ändern wäre schön",
    "Spanish": "¿Por qué no? ¡Mañana!",
    "Greek": "Πολύ καλό",
    "Ukrainian": "Дуже зручно, її люблять",
    "Arabic": "تجربة جيدة جدًا",
    "Hindi": "बहुत अच्छा अनुभव",
    "Chinese": "非常好用",
    "Japanese": "とても使いやすいです",
    "Korean": "아주 좋아요",
    "Vietnamese": "Tie\u0302\u0301ng Vie\u0323\u0302t",
}
"""A text in each language; the accents of the last one are characters of their own, as macOS types them."""


def languages(make: Maker) -> list[EventRequest]:
    return [
        make.signed(make.answer(text, order=order, user="languages"))
        for order, text in enumerate(LANGUAGES.values(), start=1)
    ]


def repeated(make: Maker) -> list[EventRequest]:
    return [make.signed(make.answer("sent twice", user="repeated"))] * 2


def out_of_order(make: Maker) -> list[EventRequest]:
    bodies = (
        make.completion("a", "b", user="late"),
        *(make.answer(r, order=n, user="late") for n, r in ((2, "b"), (1, "a"))),
    )
    return [make.signed(body) for body in bodies]


AT_ONCE = 10


def at_once(make: Maker) -> list[EventRequest]:
    orders = range(1, AT_ONCE + 1)
    return [make.signed(make.answer(f"answer {order}", order=order, user="at-once")) for order in orders]


def not_json(make: Maker) -> list[EventRequest]:
    return [make.signed(b'{"user_id":"broken')]


HTTP_1_0 = "over HTTP/1.0"
HTTP_FORMS = ("on a connection that stays open", "on the same connection", HTTP_1_0)
"""How the events of `http_forms` are sent."""


def http_forms(make: Maker) -> list[EventRequest]:
    first, second, old = (make.signed(make.answer(f"over HTTP {n}", order=n, user="http")) for n in (1, 2, 3))
    kept = ((b"Connection", b"keep-alive"),)
    return [replace(first, headers=kept), replace(second, headers=kept), replace(old, version="1.0")]


METHODS = ("GET", "PUT")


def methods(make: Maker) -> list[EventRequest]:
    """Return an event for each of `METHODS` twice: with its signature, and with a wrong one."""
    requests = []
    for method in METHODS:
        signed = replace(
            make.signed(make.answer(f"sent with {method}", user="method")), method=method.encode()
        )
        assert signed.signature is not None
        requests += [signed, replace(signed, signature=other_digits(signed.signature))]
    return requests
