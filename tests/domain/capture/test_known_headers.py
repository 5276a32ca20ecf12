"""A sentence on each header that is known, whatever its case."""

from __future__ import annotations

from inspector.domain.capture.headers import KNOWN_HEADERS, meaning


def test_the_case_of_a_name_does_not_matter() -> None:
    assert "HMAC-SHA256" in meaning(b"X-Webhook-Signature") == meaning(b"x-webhook-signature")


def test_of_an_unknown_one_nothing_is_said() -> None:
    assert meaning(b"x-nobody-knows") == ""
    assert meaning(b"\xff\xfe") == ""


def test_each_is_a_short_sentence_under_a_name_in_lower_case() -> None:
    for name, sentence in KNOWN_HEADERS.items():
        assert name == name.lower().strip()
        assert sentence[:1].isupper() or sentence.startswith("ngrok"), name
        assert sentence.endswith("."), name
        assert len(sentence) <= 130, name


def test_what_a_delivery_through_a_tunnel_bears_is_known() -> None:
    for name in ("host", "content-type", "content-length", "user-agent", "x-forwarded-for", "cf-ray"):
        assert name in KNOWN_HEADERS
