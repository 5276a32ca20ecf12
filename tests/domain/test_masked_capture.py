"""What a masked screen shows of a capture: no credential, and the rest as it is."""

from __future__ import annotations

import gzip
from dataclasses import replace

from inspector.domain.explanation import explain
from inspector.domain.mask import DOTS
from inspector.domain.masked_body import MaskedField
from inspector.domain.masked_capture import masked_capture, masked_explanation, masked_row, masked_sentence
from tests.builders import a_capture, a_secret, an_answer, signature
from tests.domain.test_alert import a_row

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


def test_a_row_of_what_is_no_survey_hides_the_key_in_the_beginning_of_its_body() -> None:
    form = replace(a_row(), summary="app_key=ak_live_SECRETKEY&a=1", user_id=None)
    assert masked_row(form, ()).summary == f"app_key={DOTS}&a=1"
    cut = replace(a_row(), summary='{"ping":1,"app_key":"ak_live_SECR…')
    assert masked_row(cut, ()).summary == f'{{"ping":1,"app_key":"{DOTS}"'


def test_a_sentence_hides_the_keys_of_a_target_in_it() -> None:
    said = "The path /in?app_key=ak_live&token=abc&n=1 becomes /hook, as the target URL says."
    assert masked_sentence(said, ()) == (
        f"The path /in?app_key={DOTS}&token={DOTS}&n=1 becomes /hook, as the target URL says."
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
