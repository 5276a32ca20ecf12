"""The verdict, in its order and both its readings."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.domain.capture.capture import Capture
from inspector.domain.signature.content import content_of
from inspector.domain.signature.finding import Finding
from inspector.domain.signature.secret import Secret
from inspector.domain.signature.signature import check, digest, expected, received
from inspector.domain.signature.verdict import Verdict
from inspector.domain.stringify import NotJSON, restringify
from tests.builders import ANSWER, COMPLETION, SECRET_TEXT, a_capture, a_secret, signature
from tests.domain.signature.test_content import PACK

GOLDEN_COMPLETION = "473d9a028ce7cf5a67dbf0620c392780cc9ad1ddccdd8304c134e7725e21701f"
GOLDEN = GOLDEN_COMPLETION.encode()
GOLDEN_ANSWER = "65bd3c4146e7b136c3361edaa667bc8db5161758f0a544181704701c7e44c5f1"


def _checked(
    capture: Capture, secrets: Sequence[Secret] = (a_secret(),)
) -> tuple[Verdict, tuple[Finding, ...]]:
    content = content_of(capture)
    try:
        stringified = restringify(content.body)
    except NotJSON:
        stringified = None
    return check(capture, secrets, content, stringified)


def _signed(body: bytes, *values: bytes) -> Capture:
    headers = tuple((b"X-Webhook-Signature", value) for value in values)
    return a_capture(body, signed=False, headers=headers)


def _codes(findings: Sequence[Finding]) -> list[str]:
    return [finding.code for finding in findings]


def test_the_golden_digests_of_the_two_documented_samples() -> None:
    assert digest(SECRET_TEXT.encode(), COMPLETION) == GOLDEN_COMPLETION
    assert digest(SECRET_TEXT.encode(), ANSWER) == GOLDEN_ANSWER


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_another_program_makes_the_same_digest() -> None:
    command = ["openssl", "dgst", "-sha256", "-hmac", SECRET_TEXT, "-r"]
    done = subprocess.run(command, input=COMPLETION, capture_output=True, check=True)
    assert done.stdout.decode().split()[0] == digest(SECRET_TEXT.encode(), COMPLETION)


@pytest.mark.parametrize("body", [COMPLETION, ANSWER])
def test_what_the_sender_posts_is_valid_in_both_readings(body: bytes) -> None:
    verdict, findings = _checked(a_capture(body))
    assert verdict == Verdict(word="valid", matched=("raw", "stringify"), secret="production")
    assert findings == ()


def test_a_rewritten_body_is_valid_by_the_stringified_reading_alone() -> None:
    body = json.dumps(json.loads(COMPLETION)).encode()
    verdict, (finding,) = _checked(_signed(body, GOLDEN_COMPLETION.encode()))
    assert (verdict.word, verdict.matched) == ("valid", ("stringify",))
    assert (finding.code, finding.is_proved) == ("body-rewritten", True)
    assert finding.detail["offset"] == COMPLETION.index(b":") + 1
    assert "after a colon" in finding.detail["change"]


def test_a_signature_over_other_bytes_than_stringify_prints_is_valid_by_its_bytes() -> None:
    body = json.dumps(json.loads(COMPLETION)).encode()
    verdict, (finding,) = _checked(a_capture(body))
    assert (verdict.word, verdict.matched) == ("valid", ("raw",))
    assert (finding.code, finding.is_proved) == ("not-canonical", True)


def test_a_body_that_is_no_json_is_plainly_valid_by_its_bytes() -> None:
    verdict, findings = _checked(a_capture(b"no json"))
    assert (verdict.word, verdict.matched, findings) == ("valid", ("raw",), ())


@pytest.mark.parametrize("coding", [b"gzip", b"deflate", b"br", b"zstd"])
def test_a_signature_over_a_compressed_body_is_checked_in_both_of_its_forms(coding: bytes) -> None:
    packed = PACK[coding.decode()](COMPLETION)
    encoded = ((b"Content-Encoding", coding),)
    over_json = a_capture(packed, signed=False, headers=(*encoded, (b"X-Webhook-Signature", GOLDEN)))
    verdict, (finding,) = _checked(over_json)
    assert verdict == Verdict(word="valid", matched=("raw", "stringify"), secret="production")
    assert (finding.code, finding.is_proved, finding.detail["signed"]) == (
        "body-compressed",
        False,
        "decoded",
    )
    verdict, (finding,) = _checked(a_capture(packed, headers=encoded))
    assert verdict == Verdict(word="valid", matched=("raw",), secret="production")
    assert (finding.code, finding.detail["signed"]) == ("body-compressed", "transferred")
    broken = a_capture(packed[:-3], signed=False, headers=over_json.headers)
    assert _checked(broken)[0].word == "invalid"
    assert _checked(a_capture(packed[:-3], headers=encoded))[0].word == "valid"


def test_a_changed_byte_is_invalid() -> None:
    body = ANSWER.replace(b"glitches", b"glitchez")
    verdict, findings = _checked(_signed(body, GOLDEN_ANSWER.encode()))
    assert verdict == Verdict(word="invalid")
    assert findings == ()


def test_the_order_of_the_verdict() -> None:
    secrets = [a_secret()]
    for kind in ("refused", "cut"):
        verdict, _ = _checked(a_capture(ANSWER, kind=kind), secrets)
        assert verdict == Verdict(word="unchecked", reason=kind)
        verdict, _ = _checked(a_capture(ANSWER, kind=kind, signed=False), [])
        assert verdict == Verdict(word="unchecked", reason=kind)
    assert _checked(a_capture(signed=False), [])[0] == Verdict(word="unsigned")
    assert _checked(a_capture(), [])[0] == Verdict(word="unchecked", reason="no-secret")


def test_an_empty_secret_is_never_active() -> None:
    by_nothing = _signed(ANSWER, signature(ANSWER, ""))
    assert _checked(by_nothing, [a_secret("")])[0] == Verdict(word="unchecked", reason="no-secret")
    assert _checked(by_nothing, [a_secret(""), a_secret()])[0] == Verdict(word="invalid")


def test_of_several_secrets_the_one_that_matched_is_named() -> None:
    secrets = [a_secret("next year's", name="next"), a_secret(name="this year")]
    assert _checked(a_capture(), secrets)[0].secret == "this year"


def test_the_comparison_is_exact() -> None:
    for value in (GOLDEN_ANSWER.upper(), f"sha256={GOLDEN_ANSWER}", GOLDEN_ANSWER[:-1], f"{GOLDEN_ANSWER} "):
        assert _checked(_signed(ANSWER, value.encode()))[0].word == "invalid"


def test_the_name_of_the_header_has_no_case() -> None:
    capture = a_capture(ANSWER, signed=False, headers=((b"X-WEBHOOK-SIGNATURE", GOLDEN_ANSWER.encode()),))
    assert _checked(capture)[0].word == "valid"


def test_a_secret_that_came_as_bytes_signs_as_those_bytes() -> None:
    text = b"caf\xe9".decode("utf-8", "surrogateescape")
    assert expected(a_secret(text), ANSWER, None).raw == digest(b"caf\xe9", ANSWER)


def test_an_empty_header_is_invalid_and_named() -> None:
    verdict, findings = _checked(_signed(ANSWER, b""))
    assert (verdict.word, _codes(findings)) == ("invalid", ["header-empty"])
    assert not findings[0].is_proved


def test_the_form_of_a_header_is_described_as_seen() -> None:
    assert _codes(_checked(_signed(ANSWER, b"g" * 64))[1]) == ["header-not-hex"]
    assert _codes(_checked(_signed(ANSWER, b"ab" * 20))[1]) == ["header-wrong-length"]
    assert _codes(_checked(_signed(ANSWER, b"caf\xe9"))[1]) == ["header-not-hex", "header-wrong-length"]


def test_repeated_headers_are_joined_and_the_matching_copy_is_named() -> None:
    capture = _signed(ANSWER, b"00", GOLDEN_ANSWER.encode())
    assert received(capture) == b"00, " + GOLDEN_ANSWER.encode()
    verdict, (finding,) = _checked(capture)
    assert verdict.word == "invalid"
    assert (finding.code, finding.is_proved, finding.detail["copy"]) == ("header-repeated", True, 2)
    _, (finding,) = _checked(_signed(ANSWER, b"00", b"11"))
    assert (finding.code, finding.is_proved, finding.detail["copy"]) == ("header-repeated", False, None)


def test_beyond_javascript_s_depth_the_verdict_stands_and_is_told_apart() -> None:
    body = b"[" * 3001 + b"]" * 3001
    verdict, findings = _checked(a_capture(body))
    assert (verdict.matched, _codes(findings)) == (("raw", "stringify"), ["unverifiable-depth"])
    assert _checked(a_capture(body[1:-1]))[1] == ()
    verdict, findings = _checked(_signed(body, b"0" * 64))
    assert (verdict.word, _codes(findings)) == ("invalid", ["unverifiable-depth"])


def test_an_invalid_signature_of_no_json_says_so() -> None:
    _, findings = _checked(_signed(b'{"a":1,}', b"0" * 64))
    assert _codes(findings) == ["body-not-json"]
    assert "character" in findings[0].summary


@given(body=st.binary(max_size=60), value=st.binary(max_size=70), text=st.text(max_size=20))
def test_any_body_header_and_secret_get_a_verdict(body: bytes, value: bytes, text: str) -> None:
    verdict, _ = _checked(_signed(body, value), [a_secret(text)])
    assert verdict.word == ("invalid" if text else "unchecked")


@given(body=st.binary(max_size=60), text=st.text(min_size=1, max_size=20))
def test_any_body_signed_by_any_secret_is_valid(body: bytes, text: str) -> None:
    verdict, _ = _checked(_signed(body, signature(body, text)), [a_secret(text)])
    assert "raw" in verdict.matched
