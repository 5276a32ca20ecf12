"""Values with boring defaults, so that a test names only what it is about."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from inspector.domain.capture.capture import Capture, HeaderPairs
from inspector.domain.capture.rows import AttemptDetail, AttemptRow
from inspector.domain.signature.secret import Secret

SECRET_TEXT = "blitz_test_secret"

# The two samples of the sender's documents, compact as JSON.stringify prints them.
COMPLETION = (
    b'{"user_id":"user_123","app_key":"blitzllama_api_key","survey_id":"s-xxxxxx-id","survey_nam'
    b'e":"Continuous NPS survey","group_id":"g-xxxxxx-id","platform":"link","trigger":"","event_'
    b'type":"response_group","responses":[{"question_id":"q-xxxxxx-id","question_order":1,"respo'
    b'nse":"image upload glitches","question_text":"What do you think of our app?","question_typ'
    b'e":"input_feedback","created_at":"2022-06-07T22:01:07.000Z"},{"question_id":"q-xxxxxx-id",'
    b'"question_order":2,"response":["image upload","crash issues"],"question_text":"Select the '
    b'issues you are facing","question_type":"multi_select_feedback","created_at":"2022-06-07T22'
    b':01:09.000Z"}]}'
)
ANSWER = (
    b'{"user_id":"user_123","app_key":"blitzllama_api_key","survey_id":"s-xxxxxx-id","group_id":'
    b'"g-xxxxxx-id","question_id":"q-xxxxxx-id","platform":"android","trigger":"home-page-trigge'
    b'r","question_order":1,"response":"image upload glitches","question_text":"What do you thin'
    b'k of our app?","question_type":"input_feedback","created_at":"2022-05-13T13:40:33+00:00"}'
)
assert (len(COMPLETION), len(ANSWER)) == (645, 359)


def a_secret(text: str = SECRET_TEXT, name: str = "production") -> Secret:
    """A secret that was given for this run."""
    return Secret(name=name, text=text)


def signature(body: bytes, secret: str = SECRET_TEXT) -> bytes:
    """The header's value for a body, by the standard library alone."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode()


def a_capture(
    body: bytes = ANSWER,
    *,
    signed: bool = True,
    headers: HeaderPairs = (),
    **changes: Any,
) -> Capture:
    """A delivery as the sender posts it; with `signed`, under the secret of `a_secret`."""
    pairs: HeaderPairs = (
        (b"Host", b"127.0.0.1:8787"),
        (b"Content-Type", b"application/json"),
        (b"Content-Length", str(len(body)).encode()),
    )
    if signed:
        pairs += ((b"x-webhook-signature", signature(body)),)
    values: dict[str, Any] = {
        "kind": "captured",
        "received_ms": 1_700_000_000_000,
        "method": "POST",
        "target": b"/",
        "headers": (*pairs, *headers),
        "body": body,
        "declared": len(body),
        "remote": "127.0.0.1:50000",
        "answered": 200,
    }
    return Capture(**{**values, **changes})


def an_answer(
    response: Any = "fine",
    *,
    survey: str | None = "s-1",
    group: str | None = "g-1",
    user: str | None = "u-1",
    question: str = "q-1",
    order: int = 1,
    at: str = "2026-01-01T10:00:00.000Z",
) -> bytes:
    """The body of an answer event."""
    return _compact(
        {
            "user_id": user,
            "app_key": "key",
            "survey_id": survey,
            "group_id": group,
            "question_id": question,
            "platform": "android",
            "trigger": "home",
            "question_order": order,
            "response": response,
            "question_text": "How are you?",
            "question_type": "input_feedback",
            "created_at": at,
        }
    )


def a_completion(
    *responses: Any,
    survey: str | None = "s-1",
    name: str = "Survey one",
    group: str | None = "g-1",
    user: str | None = "u-1",
    at: str = "2026-01-01T10:00:00.000Z",
) -> bytes:
    """The body of a completion event, with one question for each response."""
    return _compact(
        {
            "user_id": user,
            "app_key": "key",
            "survey_id": survey,
            "survey_name": name,
            "group_id": group,
            "platform": "link",
            "trigger": "",
            "event_type": "response_group",
            "responses": [
                {
                    "question_id": f"q-{order}",
                    "question_order": order,
                    "response": response,
                    "question_text": f"Question {order}?",
                    "question_type": "input_feedback",
                    "created_at": at,
                }
                for order, response in enumerate(responses or ("fine",), start=1)
            ],
        }
    )


def _compact(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def a_delivered_attempt(capture_id: int, body: bytes = b"ok") -> AttemptDetail:
    """An attempt that got 200 with this body, not stored yet."""
    row = AttemptRow(
        id=0,
        capture_id=capture_id,
        target="http://127.0.0.1:1/",
        started_ms=0,
        status=200,
        elapsed_ms=1.0,
        outcome="ok",
        error=None,
        signature="original",
        edited=False,
    )
    return AttemptDetail(row=row, response_headers=(), response_body=body, is_response_cut=False)
