"""Three ways to send a capture, and what an attempt with each is kept as."""

from __future__ import annotations

import pytest

from inspector.client.edit import (
    NOT_SIGNED_AGAIN,
    forwarded,
    prepare,
    reason_not_signed_again,
    with_signature,
)
from inspector.client.target import Target
from inspector.client.wire import NotReplayable, compose
from inspector.domain.replay.request_options import Edit, RequestOptions
from inspector.domain.signature.verdict import VerdictWord
from tests.builders import a_capture, signature

TARGET = Target.parse("http://127.0.0.1:3000")
SIGNED = b"x-webhook-signature"
KEY = b"blitz_test_secret"


def test_exactly_is_what_compose_makes_and_is_kept_as_the_captures_own() -> None:
    capture = a_capture()
    prepared = prepare(capture, TARGET, RequestOptions(), capture_id=7)
    assert prepared.request == compose(capture, TARGET)
    assert (prepared.signature, prepared.is_edited, prepared.sent_body) == ("original", False, None)


def test_an_edited_body_makes_the_signature_stale_and_is_kept_beside_the_capture() -> None:
    prepared = prepare(a_capture(), TARGET, RequestOptions(edit=Edit(body=b'{"a":1}')), capture_id=7)
    assert (prepared.signature, prepared.is_edited, prepared.sent_body) == ("stale", True, b'{"a":1}')
    assert (b"Content-Length", b"7") in prepared.request.headers
    assert (SIGNED, signature(a_capture().body)) in prepared.request.headers


def test_another_method_leaves_the_signature_as_good_as_it_was() -> None:
    prepared = prepare(a_capture(), TARGET, RequestOptions(edit=Edit(method="PUT")), capture_id=7)
    assert (prepared.request.method, prepared.signature, prepared.is_edited) == (b"PUT", "original", True)


def test_headers_are_edited_as_a_whole_in_order_and_case() -> None:
    headers = ((b"X-B", b"caf\xe9"), (b"x-b", b"2"), (b"HOST", b"old"))
    prepared = prepare(a_capture(b"{}"), TARGET, RequestOptions(edit=Edit(headers=headers)), capture_id=7)
    assert prepared.request.headers == (*headers[:2], (b"HOST", b"127.0.0.1:3000"), (b"Content-Length", b"2"))
    assert prepared.signature == "none"


def test_an_edit_that_changes_nothing_is_none() -> None:
    capture = a_capture()
    prepared = prepare(capture, TARGET, RequestOptions(edit=Edit(body=capture.body)), capture_id=7)
    assert (prepared.signature, prepared.is_edited, prepared.sent_body) == ("original", False, None)


def test_a_signature_typed_by_hand_is_told_as_broken() -> None:
    edit = Edit(headers=((SIGNED, b"0" * 64),))
    assert prepare(a_capture(), TARGET, RequestOptions(edit=edit), capture_id=7).signature == "broken"


def test_a_signature_that_connection_names_is_left_out_and_not_said_to_be_sent() -> None:
    headers = ((b"Connection", SIGNED), (SIGNED, signature(a_capture().body)))
    prepared = prepare(a_capture(signed=False, headers=headers), TARGET, RequestOptions(), capture_id=7)
    assert SIGNED not in dict(prepared.request.headers)
    assert prepared.signature == "none"


def test_signed_again_the_signature_is_that_of_the_bytes_that_are_sent_in_its_old_place() -> None:
    capture = a_capture(
        signed=False,
        headers=((b"X-Webhook-Signature", b"one"), (b"x-webhook-signature", b"two"), (b"X-Last", b"1")),
    )
    manner = RequestOptions(edit=Edit(body=b'{"emoji":"\xf0\x9f\x8e\x89"}'), sign_with="production")
    prepared = prepare(capture, TARGET, manner, capture_id=7, key=KEY)
    names = [name for name, _ in prepared.request.headers]
    assert names[-2:] == [b"X-Webhook-Signature", b"X-Last"]
    assert dict(prepared.request.headers)[b"X-Webhook-Signature"] == signature(prepared.request.body)
    assert (prepared.signature, prepared.is_edited) == ("resigned", True)


def test_what_bore_no_signature_gets_it_last() -> None:
    capture = a_capture(b"{}", signed=False)
    manner = RequestOptions(sign_with="production")
    prepared = prepare(capture, TARGET, manner, capture_id=7, key=KEY)
    assert prepared.request.headers[-1] == (SIGNED, signature(b"{}"))
    assert (prepared.signature, prepared.is_edited) == ("resigned", False)


def test_the_marker_names_the_capture_and_is_there_only_when_asked_for() -> None:
    marker = (b"x-webhook-inspector-replay", b"7")
    marked = prepare(a_capture(), TARGET, RequestOptions(has_marker=True), capture_id=7)
    assert marked.request.headers[-1] == marker
    assert marker not in prepare(a_capture(), TARGET, RequestOptions(), capture_id=7).request.headers
    again = prepare(
        a_capture(headers=((b"X-Webhook-Inspector-Replay", b"3"),)),
        TARGET,
        RequestOptions(has_marker=True),
        capture_id=7,
    )
    assert [value for name, value in again.request.headers if name.lower() == marker[0]] == [b"7"]


def test_an_edit_that_http_forbids_is_not_sent() -> None:
    for edit in (
        Edit(method="NO PE"),
        Edit(headers=((b"X", b"a\r\nX-Smuggled: 1"),)),
        Edit(headers=((b"", b""),)),
    ):
        with pytest.raises(NotReplayable):
            prepare(a_capture(), TARGET, RequestOptions(edit=edit), capture_id=7)


@pytest.mark.parametrize("verdict", ["invalid", "unsigned", "unchecked"])
def test_a_plan_signs_again_only_what_is_valid_unless_told_to(verdict: VerdictWord) -> None:
    assert reason_not_signed_again(verdict, RequestOptions(sign_with="x")) == NOT_SIGNED_AGAIN
    assert (
        reason_not_signed_again(verdict, RequestOptions(sign_with="x", is_resigning_unverified=True)) is None
    )
    assert reason_not_signed_again(verdict, RequestOptions()) is None
    assert reason_not_signed_again("valid", RequestOptions(sign_with="x")) is None


def test_a_signature_is_put_in_the_place_of_the_other_for_a_fault() -> None:
    prepared = prepare(a_capture(), TARGET, RequestOptions(), capture_id=7)
    broken = with_signature(prepared, b"bad", "broken")
    assert (SIGNED, b"bad") in broken.request.headers
    assert len(broken.request.headers) == len(prepared.request.headers)
    assert broken.signature == "broken"


def test_credentials_and_what_proxies_said_are_left_out_whatever_their_case() -> None:
    dropped = ((b"COOKIE", b"a=b"), (b"authorization", b"x"), (b"X-Forwarded-Proto", b"https"))
    kept = ((b"X-Forward", b"1"), (b"Cookies", b"2"), (b"X-Request-Id", b"3"))
    of_client = ((b"Forwarded", b"for=1"), (b"X-Real-IP", b"1"), (b"cf-connecting-ip", b"1"))
    capture = a_capture(headers=(*dropped, *kept, *of_client, (b"Cookie", b"again")))
    before = a_capture(headers=kept)
    assert forwarded(capture).headers == before.headers
    assert forwarded(capture).body == capture.body


def test_a_capture_with_none_of_them_goes_as_it_is() -> None:
    capture = a_capture()
    assert forwarded(capture) is capture
