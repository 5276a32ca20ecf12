"""What is said of a secret as it is typed."""

from __future__ import annotations

import pytest

from inspector.domain.signature.secret import remarks


def test_a_plain_secret_and_none_at_all_need_no_remark() -> None:
    assert remarks("blitz_test_secret") == ()
    assert remarks("") == ()
    assert remarks("JBSWY3DPEHPK3PXP=") == (), "it is base32, and a remark about its start would print it"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("secret ", "ends with whitespace"),
        ("\tsecret", "starts with whitespace"),
        (" secret\u00a0", "starts and ends with whitespace"),
        (" ", "whitespace"),
        ('"secret"', "quotes"),
        ("“secret”", "quotes"),
        ("whsec_abc", "whsec_"),
        ("BLITZ_WEBHOOK_SECRET=abc", "BLITZ_WEBHOOK_SECRET="),
        ("a&amp;b", "&amp;"),
        ("a%2Fb", "%2F"),
        ("größe", "non-ASCII"),
    ],
)
def test_what_usually_goes_wrong_is_said(text: str, words: str) -> None:
    assert any(words in said for said in remarks(text))
