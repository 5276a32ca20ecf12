"""What a diagnosis says, how much it does, and what it leaves alone."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import json
import pickle
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.domain.signature.diagnosis import Evidence, diagnose
from inspector.domain.signature.finding import Finding
from inspector.domain.signature.secret import Secret
from tests.builders import ANSWER, COMPLETION, SECRET_TEXT, a_capture, a_secret, signature

PYTHON = json.dumps(json.loads(COMPLETION)).encode()


def _diagnosed(
    body: bytes,
    *headers: bytes,
    secrets: Sequence[Secret] = (a_secret(),),
    others: Sequence[Secret] = (),
) -> tuple[Finding, ...]:
    pairs = tuple((b"X-Webhook-Signature", value) for value in headers)
    capture = a_capture(body, signed=False, headers=pairs)
    return diagnose(Evidence(capture=capture, secrets=tuple(secrets), other_secrets=tuple(others)))


def _codes(findings: Sequence[Finding]) -> list[str]:
    return [finding.code for finding in findings]


def test_a_valid_signature_needs_no_cause() -> None:
    assert _diagnosed(ANSWER, signature(ANSWER)) == ()
    assert _codes(_diagnosed(PYTHON, signature(COMPLETION))) == ["body-rewritten"]


def test_a_secret_with_a_newline_is_named_without_being_shown() -> None:
    (finding,) = _diagnosed(ANSWER, signature(ANSWER), secrets=[a_secret(SECRET_TEXT + "\n")])
    assert (finding.code, finding.is_proved, finding.detail["secret"]) == (
        "secret-whitespace",
        True,
        "production",
    )
    assert "••••••••\\n" in finding.summary
    assert SECRET_TEXT not in finding.summary + finding.fix


def test_a_body_printed_again_says_where_it_differs() -> None:
    (finding,) = _diagnosed(COMPLETION, signature(PYTHON))
    assert finding.detail["dialect"] == "python"
    assert finding.detail["offset"] == COMPLETION.index(b":") + 1
    assert finding.detail["signed"].startswith('{"user_id": ')
    assert finding.detail["came"].startswith('{"user_id":"')


def test_three_faults_at_once_are_all_named() -> None:
    digest = bytes.fromhex(signature(PYTHON, SECRET_TEXT + "\n").decode())
    findings = _diagnosed(COMPLETION, base64.b64encode(digest))
    assert _codes([finding for finding in findings if finding.is_proved]) == [
        "secret-whitespace",
        "body-reserialised",
        "digest-base64",
    ]


def test_observations_stand_after_the_cause_and_prove_nothing() -> None:
    findings = _diagnosed(COMPLETION, b"sha256=" + signature(COMPLETION))
    assert [(finding.code, finding.is_proved) for finding in findings] == [
        ("digest-prefix", True),
        ("header-not-hex", False),
        ("header-wrong-length", False),
    ]


def test_a_copy_of_a_repeated_header_may_have_a_fault_of_its_own() -> None:
    findings = _diagnosed(COMPLETION, b"0" * 64, signature(COMPLETION).upper())
    assert _codes(findings) == ["header-repeated", "digest-case"]
    assert findings[0].detail == {"count": 2, "copy": 2, "secret": "production"}


def test_copies_that_a_proxy_joined_are_told_apart() -> None:
    findings = _diagnosed(COMPLETION, b"0" * 64 + b"," + signature(COMPLETION))
    assert findings[0].code == "header-repeated"
    assert findings[0].detail["copy"] == 2


def test_the_fault_is_found_with_any_of_several_secrets() -> None:
    secrets = [a_secret(f"secret {number}", f"name {number}") for number in range(6)]
    (finding,) = _diagnosed(ANSWER, signature(ANSWER, "secret 5\n"), secrets=secrets)
    assert (finding.code, finding.detail["secret"]) == ("secret-whitespace", "name 5")


@pytest.mark.parametrize("fault", [base64.b64encode, bytes.upper, b"sha256=%b".__mod__])
def test_every_cause_names_the_secret_that_it_is_proved_with(fault: Callable[[bytes], bytes]) -> None:
    secrets = [a_secret("one", "dashboard"), a_secret("two", "production")]
    right = signature(PYTHON, "two")
    wrong = fault(bytes.fromhex(right.decode()) if fault is base64.b64encode else right)
    proved = [one for one in _diagnosed(COMPLETION, wrong, secrets=secrets) if one.is_proved]
    assert len(proved) == 2
    assert {finding.detail["secret"] for finding in proved} == {"production"}
    (repeated,) = _diagnosed(COMPLETION, b"0", signature(COMPLETION, "two"), secrets=secrets)
    assert repeated.detail == {"count": 2, "copy": 2, "copies": [2], "secret": "production"}


def test_a_secret_that_is_on_file_and_not_active_is_named() -> None:
    (finding,) = _diagnosed(ANSWER, signature(ANSWER, "old"), others=[a_secret("old", "last year's")])
    assert (finding.code, finding.detail["secret"]) == ("secret-other", "last year's")


def test_a_body_that_came_packed_is_unpacked() -> None:
    findings = _diagnosed(gzip.compress(ANSWER), signature(ANSWER, SECRET_TEXT + "\n"))
    assert _codes(findings) == ["secret-whitespace", "body-compressed", "body-not-json"]


def test_a_body_that_breaks_off_is_observed_and_the_search_goes_on() -> None:
    findings = _diagnosed(ANSWER[:200], signature(ANSWER))
    assert _codes(findings) == ["body-truncated", "body-not-json", "unexplained"]
    findings = _diagnosed(ANSWER[:200], signature(ANSWER[:200]).upper())
    assert _codes(findings) == ["digest-case", "body-truncated", "body-not-json"]


@pytest.mark.parametrize("length", [1, 11, 50, 150, 300, len(ANSWER) - 1])
def test_wherever_it_breaks_off_a_body_is_seen_to_be_cut(length: int) -> None:
    assert "body-truncated" in _codes(_diagnosed(ANSWER[:length], b"0" * 64))


@pytest.mark.parametrize("body", [b"plain text", b"{'a': 1}", b'{"a":1}}', b"a=1&b=2"])
def test_what_never_was_json_is_not_called_cut(body: bytes) -> None:
    assert _codes(_diagnosed(body, b"0" * 64)) == ["body-not-json", "unexplained"]


BOM = b"\xef\xbb\xbf"
PRETTY = json.dumps(json.loads(COMPLETION), indent=2).encode()


@pytest.mark.parametrize(
    ("signed", "came", "code"),
    [
        (COMPLETION, BOM + COMPLETION, "body-bom"),
        (BOM + COMPLETION, COMPLETION, "body-bom"),
        (COMPLETION, BOM + PYTHON, "body-bom"),
        (PRETTY, PRETTY.replace(b"\n", b"\r\n"), "body-crlf"),
        (PRETTY.replace(b"\n", b"\r\n"), PRETTY, "body-crlf"),
        (PYTHON, PYTHON + b"\n", "body-newline"),
        (PYTHON + b"\n", PYTHON, "body-newline"),
        (PYTHON, COMPLETION, "body-reserialised"),
    ],
)
@pytest.mark.parametrize("secret", [SECRET_TEXT, SECRET_TEXT + "\n", f'"{SECRET_TEXT}"'])
def test_a_few_bytes_on_the_way_are_named_before_whatever_would_explain_them_too(
    signed: bytes, came: bytes, code: str, secret: str
) -> None:
    of_secret = {SECRET_TEXT: [], SECRET_TEXT + "\n": ["secret-whitespace"]}.get(secret, ["secret-quoted"])
    capture = a_capture(came, signed=False, headers=((b"x-webhook-signature", signature(signed, secret)),))
    for lately in (frozenset[str](), frozenset({"body-reserialised", "body-charset"})):
        evidence = Evidence(capture=capture, secrets=(a_secret(),), recently_proved=lately)
        proved = [finding.code for finding in diagnose(evidence) if finding.is_proved]
        assert proved == [*of_secret, code]


@pytest.mark.parametrize(
    "came",
    [BOM + ANSWER, gzip.compress(ANSWER, mtime=0), json.dumps(ANSWER.decode()).encode()],
    ids=["mark", "packed", "wrapped"],
)
def test_the_app_key_is_found_in_a_body_that_came_in_another_form(came: bytes) -> None:
    findings = _diagnosed(came, signature(ANSWER, "blitzllama_api_key"))
    assert _codes(findings)[0] == "secret-is-app-key"


def test_a_body_that_was_rewritten_too_is_told_beside_the_other_fault() -> None:
    assert _codes(_diagnosed(PYTHON, signature(COMPLETION).upper())) == ["body-rewritten", "digest-case"]
    repeated = _diagnosed(PYTHON, b"0" * 64, signature(COMPLETION))
    assert _codes(repeated) == ["header-repeated", "body-rewritten"]
    repeated = _diagnosed(PYTHON, b"0" * 64, signature(PYTHON))
    assert _codes(repeated) == ["header-repeated"]


def test_an_empty_header_is_all_there_is_to_say() -> None:
    assert _codes(_diagnosed(ANSWER, b"")) == ["header-empty"]


def test_what_is_unexplained_says_what_was_ruled_out_and_what_to_check() -> None:
    (finding,) = _diagnosed(ANSWER, b"0" * 64)
    assert (finding.code, finding.is_proved) == ("unexplained", False)
    assert {"body-reserialised", "secret-whitespace", "digest-unkeyed"} <= set(finding.detail["ruled_out"])
    assert finding.detail["check_first"][0] == finding.fix
    assert finding.detail["complete"] is True


def test_an_app_key_that_was_entered_as_secret_is_the_first_thing_to_check() -> None:
    (finding,) = _diagnosed(ANSWER, b"0" * 64, secrets=[a_secret("blitzllama_api_key")])
    assert "app_key" in finding.fix


def test_what_does_not_have_the_form_of_a_digest_is_not_searched_for() -> None:
    finding = _diagnosed(ANSWER, b"see the body")[-1]
    assert "does not have the form of a digest" in finding.summary
    assert (finding.code, finding.detail["tried"]) == ("unexplained", 0)


def test_fewer_faults_win_over_more_frequent_ones() -> None:
    """A digest of the body alone is one fault; the same bytes never need two to be explained."""
    findings = _diagnosed(ANSWER, signature(ANSWER + b"\n"))
    assert _codes(findings) == ["body-newline"]


def test_evidence_and_findings_go_to_another_process_and_back() -> None:
    evidence = Evidence(capture=a_capture(ANSWER), secrets=(a_secret("other"),))
    findings = diagnose(pickle.loads(pickle.dumps(evidence)))
    assert pickle.loads(pickle.dumps(findings)) == findings


def test_the_same_case_always_ends_the_same() -> None:
    assert _diagnosed(ANSWER, b"0" * 64) == _diagnosed(ANSWER, b"0" * 64)


def test_the_work_is_bounded_whatever_the_size() -> None:
    """How long that takes is measured by the benchmarks."""
    value = json.loads(COMPLETION)
    value["score"], value["survey_name"] = 4.5, "Größe & </b>"
    secrets = [a_secret(f'"secret {number}" &/', f"name {number}") for number in range(20)]
    for times in (1, 100, 2_000):
        body = json.dumps({**value, "responses": value["responses"] * times}, ensure_ascii=False).encode()
        finding = _diagnosed(body, b"0" * 64, secrets=secrets)[-1]
        assert finding.detail["tried"] * (len(body) + 3_000) < 8_000_000_000  # many share what they hash
        assert 0 < finding.detail["tried"] < 25_000


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_fault_in_a_large_body_is_found_as_in_a_small_one(end: bytes) -> None:
    """Where the hash of what stands before is kept and gone on from."""
    one = json.loads(COMPLETION)
    one["responses"] *= 200
    body = json.dumps(one, separators=(",", ":")).encode()
    python = json.dumps(one).encode()
    assert len(body) > 40_000
    findings = _diagnosed(body, signature(body + end, SECRET_TEXT + " "))
    assert _codes(findings) == ["secret-whitespace", "body-newline"]
    findings = _diagnosed(body, signature(python + b"\n", f"'{SECRET_TEXT}'"))
    assert _codes(findings) == ["secret-quoted", "body-reserialised", "body-newline"]
    for made in (
        hashlib.sha256(SECRET_TEXT.encode() + body + end),
        hashlib.sha256(body + end + SECRET_TEXT.encode()),
        hashlib.sha1(body + end),
        hmac.new(SECRET_TEXT.encode(), body + end, "sha512"),
    ):
        proved = [one for one in _diagnosed(body, made.hexdigest().encode()) if one.is_proved]
        assert _codes(proved)[0] == "body-newline"
        assert _codes(proved)[1] in ("digest-unkeyed", "digest-algorithm")


def test_a_digest_is_called_one_however_large_the_body_is() -> None:
    """Above 30 MB every try was too much work, and the digest was blamed for it."""
    body = b"x" * 40_000_000
    assert _codes(_diagnosed(body, signature(body).upper()))[0] == "digest-case"
    finding = _diagnosed(body, b"0" * 64)[-1]
    assert finding.code == "unexplained"
    assert finding.detail["tried"] > 10
    assert finding.detail["complete"] is False
    assert "form of a digest" not in finding.summary
    assert "64 lowercase hex digits" not in finding.fix


@pytest.mark.parametrize("levels", [20, 80, 160])
def test_a_deep_body_that_was_signed_with_less_indentation_is_named(levels: int) -> None:
    """Which dialects are tried depends on how large the indentation can get, not on what was signed."""
    value: object = 1
    for _ in range(levels):
        value = {"k": [value, 1], "z": 1}
    came = json.dumps(value, indent=12).encode()
    (finding,) = _diagnosed(came, signature(json.dumps(value, indent=2).encode()))
    assert "pretty-2" in finding.detail["dialects"]


def test_a_hundred_thousand_levels_are_diagnosed() -> None:
    body = b"[" * 100_000 + b"]" * 100_000
    findings = _diagnosed(body, signature(body, SECRET_TEXT + "\n"))
    assert _codes(findings) == ["secret-whitespace", "unverifiable-depth"]


@pytest.mark.parametrize(("levels", "is_tried"), [(9_000, True), (11_000, False)])
def test_what_no_serialiser_reads_is_not_printed_as_one_would(levels: int, is_tried: bool) -> None:
    """Go reads 10,000 levels, the others fewer; printing 100,000 in thirty styles took seconds."""
    body = b'{"a":' * levels + b"1" + b"}" * levels
    ruled_out = _diagnosed(body, b"0" * 64)[-1].detail["ruled_out"]
    assert ("body-reserialised" in ruled_out) is is_tried
    assert {"body-newline", "secret-whitespace", "digest-unkeyed"} <= set(ruled_out)


_DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(max_size=6), values, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, max_examples=40)
@given(
    body=st.binary(max_size=60) | _DOCUMENTS.map(lambda value: json.dumps(value).encode()),
    headers=st.lists(st.binary(max_size=70) | st.from_regex(rb"[0-9a-f]{64}", fullmatch=True), max_size=3),
    text=st.text(max_size=20),
    other=st.text(max_size=20),
)
def test_any_body_header_and_secret_get_an_answer(
    body: bytes, headers: list[bytes], text: str, other: str
) -> None:
    findings = _diagnosed(body, *headers, secrets=[a_secret(text)], others=[a_secret(other, "other")])
    json.dumps([finding.as_json() for finding in findings])
    if text and headers and any(headers):
        assert findings or signature(body, text) in headers
