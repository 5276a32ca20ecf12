"""What a forward leaves out of a capture."""

from __future__ import annotations

from inspector.client.forward_headers import forwarded
from tests.builders import a_capture


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
