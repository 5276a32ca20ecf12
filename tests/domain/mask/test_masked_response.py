"""What a receiver says back: no value that is hidden in what was sent, in whatever spelling it stands."""

from __future__ import annotations

import gzip
import html
import json
from urllib.parse import quote_plus, urlencode

import pytest

from inspector.domain.capture.capture import Capture
from inspector.domain.capture.rows import AttemptDetail, AttemptRow, CaptureDetail
from inspector.domain.mask.mask import DOTS, LARGEST, MaskedField
from inspector.domain.mask.masked_capture import masked_attempt, masked_detail
from inspector.domain.replay.redirect import Redirect
from tests.builders import a_capture, signature
from tests.domain.query.test_alert import a_row

KEY, USER, SAID = "ak/live_5f3c", "zoë-0412", 'He said "no"\nand <left> again'
FIELDS = (MaskedField.parse("user_id"), MaskedField.parse("response"))
SENT = json.dumps(
    {
        "app_key": KEY,
        "user_id": USER,
        "survey_id": "s-77",
        "responses": [{"question_id": "q-1", "response": SAID}, {"response": "ok"}, {"response": 41725}],
    }
).encode()
DIGEST = signature(SENT).decode()


def an_attempt(answer: bytes, *, is_cut: bool = False, **row: object) -> AttemptDetail:
    given = {"target": "http://localhost/hook?token=hush-9", "error": None, "redirects": ()} | row
    return AttemptDetail(
        row=AttemptRow(  # type: ignore[arg-type]
            id=1,
            capture_id=1,
            started_ms=0,
            status=200,
            elapsed_ms=1.0,
            outcome="ok",
            signature="original",
            edited=False,
            **given,
        ),
        sent_head=f"POST /hook?token=hush-9 HTTP/1.1\r\nX-Webhook-Signature: {DIGEST}\r\n\r\n".encode(),
        response_headers=((b"X-Echo", USER.encode()), (b"Content-Type", b"text/plain")),
        response_body=answer,
        is_response_cut=is_cut,
    )


def shown(answer: str, capture: Capture | None = None, *, is_cut: bool = False) -> str:
    attempt = masked_attempt(an_attempt(answer.encode(), is_cut=is_cut), capture or a_capture(SENT), FIELDS)
    return attempt.response_body.decode()


BODY = SENT.decode()
ECHOES = {
    "a JSON string": json.dumps({"echo": BODY, "sig": DIGEST}),
    "a JSON string of plain characters": json.dumps(
        {"echo": json.dumps(json.loads(BODY), ensure_ascii=False)}
    ),
    "its values alone": f"I have {USER} with {KEY}, who said {SAID}; call 41725. {DIGEST} hush-9",
    "HTML": f"<p>{html.escape(BODY)}</p><p>{html.escape(SAID)}</p>",
    "PHP": json.dumps({"user": KEY}).replace("/", "\\/") + json.dumps(BODY).replace("/", "\\/"),
    "a URL": f"{quote_plus(USER)}&{urlencode({'a': KEY, 'b': SAID})}",
    "upper case": "ZO\\u00CB zo\\u00EB-0412",
}


@pytest.mark.parametrize("answer", ECHOES.values(), ids=ECHOES.keys())
def test_an_echo_shows_nothing_that_was_hidden(answer: str) -> None:
    text = shown(answer)
    assert DOTS in text
    for piece in ("live_5f3c", "0412", "He said", "left", "again", "41725", DIGEST, DIGEST[:20], "hush-9"):
        assert piece not in text


def test_what_was_not_hidden_stays_and_short_texts_do() -> None:
    answer = '{"survey":"s-77","ok":"ok","n":141725,"question":"q-1"}'
    assert shown(answer) == answer


def test_a_digest_of_any_making_is_hidden() -> None:
    assert shown("expected 0123456789abcdef0123456789abcdef") == f"expected {DOTS}"


def test_a_value_that_an_answer_breaks_off_in_is_hidden() -> None:
    assert shown("user: zoë-04", is_cut=True) == f"user: {DOTS}"
    assert shown("user: zoë-04") == "user: zoë-04"


def test_what_came_compressed_or_as_a_form_is_found_too() -> None:
    packed = a_capture(gzip.compress(SENT), headers=((b"Content-Encoding", b"gzip"),))
    assert shown(f"hello {USER}", packed) == f"hello {DOTS}"
    form = a_capture(urlencode({"app_key": KEY, "user_id": USER}).encode())
    assert shown(f"hello {USER} {KEY}", form) == f"hello {DOTS} {DOTS}"


def test_an_answer_is_hidden_whole_where_too_much_is() -> None:
    assert "hello" not in shown("hello", a_capture(b" " * (LARGEST + 1)))
    many = json.dumps([{"user_id": f"user-{number}"} for number in range(3_000)]).encode()
    assert "hello" not in shown("hello", a_capture(many))


def test_headers_of_an_answer_and_what_is_told_of_an_attempt_hide_it_too() -> None:
    given = an_attempt(b"", redirects=(Redirect(status=307, url=f"http://x/{quote_plus(USER)}?token=a"),))
    masked = masked_attempt(given, a_capture(SENT), FIELDS)
    assert [value.decode() for _, value in masked.response_headers] == [DOTS, "text/plain"]
    assert masked.row.target == f"http://localhost/hook?token={DOTS}"
    assert masked.row.redirects[0].url == f"http://x/{DOTS}?token={DOTS}"
    detail = CaptureDetail(row=a_row(), capture=a_capture(SENT), findings=(), attempts=(given.row,))
    assert masked_detail(detail, FIELDS).attempts == (masked.row,)
