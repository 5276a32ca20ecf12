"""What a masked screen shows of a capture: no credential, and the rest as it is."""

from __future__ import annotations

import gzip
from base64 import b64encode
from dataclasses import replace

import pytest

from inspector.domain.capture.rows import CaptureDetail
from inspector.domain.mask.mask import DOTS, MaskedField
from inspector.domain.mask.masked_capture import (
    masked_attempt,
    masked_capture,
    masked_detail,
    masked_explanation,
    masked_row,
    masked_rule,
    masked_sentence,
)
from inspector.domain.signature.explanation import explain
from tests.builders import SECRET_TEXT, a_capture, a_delivered_attempt, a_secret, an_answer, signature
from tests.domain.query.test_alert import a_row

USER = MaskedField.parse("user_id")


def test_a_credential_in_a_header_is_eight_dots_whatever_its_length() -> None:
    capture = a_capture(
        headers=((b"X-Webhook-Signature", b"ab"), (b"Authorization", b"Bearer abc"), (b"Accept", b"*/*"))
    )
    shown = masked_capture(capture, ())
    assert [value.decode() for _, value in shown.headers[-3:]] == [DOTS, DOTS, "*/*"]


def test_a_key_in_the_target_is_hidden() -> None:
    shown = masked_capture(a_capture(target=b"/in?app_key=k-1&x=2&user_id=ann"), (USER,))
    assert shown.target.decode() == f"/in?app_key={DOTS}&x=2&user_id={DOTS}"


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        (b"/x?app%5Fkey=SECRET", "/x?app%5Fkey={}"),
        (b"/x?a=1&%61pp_ke%79=SECRET&b=2", "/x?a=1&%61pp_ke%79={}&b=2"),
        (b"/x?user%5fid=SECRET&app%5Fkeys=2", "/x?user%5fid={}&app%5Fkeys=2"),
    ],
)
def test_a_percent_encoded_name_in_the_target_is_that_name(target: bytes, shown: str) -> None:
    capture = masked_capture(a_capture(target=target), (USER,))
    assert capture.target.decode() == shown.format(DOTS)


def test_a_compressed_body_is_hidden_whole() -> None:
    body = gzip.compress(an_answer())
    shown = masked_capture(a_capture(body=body, headers=((b"Content-Encoding", b"gzip"),)), ())
    assert shown.body.startswith(DOTS.encode())


def test_a_row_hides_what_was_chosen_and_nothing_else() -> None:
    row = a_row()
    assert masked_row(row, ()) is row
    assert masked_row(row, (USER,)).user_id == DOTS
    assert masked_row(row, (USER,)).summary == row.summary
    assert masked_row(row, (MaskedField.parse("$.responses[*].response"),)).summary == DOTS


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("rule 1: 503 for the first 3 (survey:nps)", "rule 1: 503 for the first 3 (survey:nps)"),
        ("rule 1: 503 for the first 3 (user:ann)", f"rule 1: 503 for the first 3 ({DOTS})"),
        (
            "rule 2: 503 (user:a…). Too many senders waited.",
            f"rule 2: 503 ({DOTS}). Too many senders waited.",
        ),
        (
            "relay: Relay the response of h:1/x?app_key=K",
            f"relay: Relay the response of h:1/x?app_key={DOTS}",
        ),
        ("path: /503", "path: /503"),
    ],
)
def test_what_decided_a_response_hides_the_query_of_a_rule(reason: str, shown: str) -> None:
    row = a_row()._replace(answered_by=reason, user_id=None)
    assert masked_row(row, (USER,)).answered_by == shown
    assert masked_capture(a_capture()._replace(answered_by=reason), (USER,)).answered_by == shown


def test_a_row_of_what_is_no_survey_hides_the_key_in_the_beginning_of_its_body() -> None:
    form = a_row()._replace(summary="app_key=ak_live_SECRETKEY&a=1", user_id=None)
    assert masked_row(form, ()).summary == f"app_key={DOTS}&a=1"
    cut = a_row()._replace(summary='{"ping":1,"app_key":"ak_live_SECR…')
    assert masked_row(cut, ()).summary == f'{{"ping":1,"app_key":"{DOTS}"'


def test_a_sentence_hides_the_keys_of_a_target_in_it() -> None:
    said = "The path /in?app_key=ak_live&token=abc&n=1 becomes /hook, the path of the target URL."
    assert masked_sentence(said, ()) == (
        f"The path /in?app_key={DOTS}&token={DOTS}&n=1 becomes /hook, the path of the target URL."
    )


def test_no_digest_of_an_explanation_stays() -> None:
    body = an_answer()
    capture = a_capture(body, signed=False, headers=((b"x-webhook-signature", signature(body, "wrong")),))
    explanation = explain(capture, [a_secret()])
    assert explanation.expected is not None
    text = repr(masked_explanation(explanation))
    assert explanation.expected.raw not in text
    assert signature(body, "wrong").decode() not in text
    assert masked_explanation(explanation).verdict == explanation.verdict


@pytest.mark.parametrize(
    "form", ["sha256={hex}", "t=1700000000,v1={hex}", "{base64}", "{cut} {rest}", "{hex}=Z"]
)
@pytest.mark.parametrize("secret", [SECRET_TEXT, "wrong"])
def test_no_finding_quotes_the_header(form: str, secret: str) -> None:
    body = an_answer()
    digest = signature(body, secret).decode()
    base64 = b64encode(bytes.fromhex(digest)).decode()
    value = form.format(hex=digest, base64=base64, cut=digest[:20], rest=digest[20:])
    capture = a_capture(body, signed=False, headers=((b"x-webhook-signature", value.encode()),))
    shown = masked_explanation(explain(capture, [a_secret()])).findings
    assert "header-not-hex" in {one.code for one in shown} or len(shown) == 1
    text = " ".join(f"{one.summary} {one.fix} {one.detail}" for one in shown)
    for piece in (digest[:8], digest[:20], digest[-8:], base64[:8], "1700000000", value):
        assert piece not in text
    row = a_row()._replace(verdict=explain(capture, [a_secret()]).verdict)
    detail = CaptureDetail(row=row, capture=capture, findings=explain(capture, [a_secret()]).findings)
    assert masked_detail(detail, ()).findings == shown


def test_the_name_of_an_algorithm_before_a_digest_stays() -> None:
    body = an_answer()
    value = b"sha256=" + signature(body)
    capture = a_capture(body, signed=False, headers=((b"x-webhook-signature", value),))
    [found] = [one for one in masked_explanation(explain(capture, [a_secret()])).findings if one.is_proved]
    assert found.summary == "The digest is preceded by “sha256=”."


@pytest.mark.parametrize(
    "rule",
    [
        "user:fwd*",
        "event:answer -user:ann",
        "(survey:nps OR user:ann)",
        "ann",
        "$.user_id:ann",
        "$.app_key:k",
    ],
)
def test_what_looks_for_a_hidden_value_is_hidden(rule: str) -> None:
    assert masked_rule(rule, (USER,)) == DOTS


@pytest.mark.parametrize("rule", ["", "event:answer", "survey:nps is:trusted", "$.platform:web"])
def test_what_looks_for_anything_else_stays(rule: str) -> None:
    assert masked_rule(rule, (USER,)) == rule


def test_without_chosen_fields_credentials_alone_are_hidden() -> None:
    assert masked_rule("user:fwd* hello", ()) == "user:fwd* hello"
    assert masked_rule("header:authorization=abc", ()) == DOTS
    assert masked_rule("path:/in?token=abc", ()) == f"path:/in?token={DOTS}"


PATH = "/in/8f3c0d1qv5k7m"
HIDDEN_PATH = f"/in/{DOTS}"


def test_a_guarded_path_is_hidden_wherever_a_target_is() -> None:
    target = f"{PATH}/503?a=1&app_key=k".encode()
    capture = a_capture(target=target, headers=((b"X-Original-URL", b"https://a.example" + PATH.encode()),))
    shown = masked_capture(capture, ())
    assert shown.target.decode() == f"{HIDDEN_PATH}/503?a=1&app_key={DOTS}"
    assert shown.values(b"x-original-url")[0].decode() == f"https://a.example{HIDDEN_PATH}"
    assert masked_row(a_row()._replace(target=target), ()).target == shown.target
    assert masked_sentence(f"to https://a.example{PATH}.", ()) == f"to https://a.example{HIDDEN_PATH}."


@pytest.mark.parametrize("other", [f"{PATH}x", PATH[:-1], "/in/8f3c0d1qv5k7i", "/in/hook", f"/IN{PATH[3:]}"])
def test_other_paths_are_shown(other: str) -> None:
    assert masked_sentence(other, ()) == other


def test_a_response_that_echoes_a_guarded_path_hides_it() -> None:
    capture = a_capture(target=PATH.encode())
    attempt = replace(
        a_delivered_attempt(1, f"Cannot POST {PATH}".encode()),
        sent_head=f"POST {PATH} HTTP/1.1\r\nHost: a\r\n\r\n".encode(),
    )
    shown = masked_attempt(attempt, capture, ())
    assert PATH.encode() not in shown.sent_head + shown.response_body
