from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json
import sys
from pathlib import Path
from urllib.parse import quote_plus

import pytest

from inspector.base.errors import InspectorError, NotFound, UsageError
from inspector.cli.verbs.check.verify import VERIFY
from tests.builders import COMPLETION, SECRET_TEXT, signature
from tests.cli.calls import use
from tests.cli.conftest import Keep

RIGHT = signature(COMPLETION).decode()
# A file of the secret that ends in a newline, and Python's json.dumps: the two commonest faults at once.
PYTHON = json.dumps(json.loads(COMPLETION)).encode()
TWICE_WRONG = hmac.new(f"{SECRET_TEXT}\n".encode(), PYTHON, hashlib.sha256).hexdigest()


@pytest.fixture
def body(tmp_path: Path) -> str:
    file = tmp_path / "body.json"
    file.write_bytes(COMPLETION)
    return str(file)


def _http(tmp_path: Path, text: bytes) -> str:
    file = tmp_path / "request.http"
    file.write_bytes(text)
    return str(file)


async def test_a_valid_signature_is_told_with_what_it_does_not_protect_from(body: str) -> None:
    done = await use(VERIFY, body, "--signature", RIGHT)
    assert done.status == 0
    assert done.text.startswith("✓ Valid with env:BLITZ_WEBHOOK_SECRET.\n")
    assert "The signature does not cover a timestamp, so an exact copy always stays valid." in done.text
    assert "^" not in done.text


async def test_two_faults_stand_in_the_first_sentence_and_each_with_proof_and_fix(body: str) -> None:
    done = await use(VERIFY, body, "--signature", TWICE_WRONG)
    assert done.status == 1
    first = done.text.splitlines()[0]
    assert first.startswith(
        "✗ Invalid: the signature was computed with the secret “env:BLITZ_WEBHOOK_SECRET” with a newline"
    )
    assert first.endswith(", and over the body as printed by Python's json.dumps(value).")
    labels = [line.split()[0] for line in done.text.splitlines() if line[:1] in "CPFS" and "  " in line]
    assert labels == ["Cause", "Proof", "Fix"] * 2
    assert SECRET_TEXT not in done.text
    assert "an exact copy" not in done.text


async def test_the_first_place_where_signed_and_received_bodies_differ_is_marked(body: str) -> None:
    lines = (await use(VERIFY, body, "--signature", TWICE_WRONG)).text.splitlines()
    place = next(number for number, line in enumerate(lines) if "First difference at byte 11:" in line)
    signed, came, mark = lines[place + 1 : place + 4]
    column = mark.index("^")
    assert signed[:column].split()[1:] == came[:column].split()[1:]
    assert (signed[column], came[column]) == (" ", '"')


@pytest.mark.parametrize("width", [None, 120, 80, 40])
async def test_each_digit_that_differs_has_a_mark_below_it(body: str, width: int | None) -> None:
    wrong = RIGHT[:-9] + "f" * 9
    assert wrong != RIGHT
    lines = (await use(VERIFY, body, "--signature", wrong, width=width)).text.splitlines()
    marked = [number for number, line in enumerate(lines) if line.strip() and not line.strip("^ ")]
    differing = [
        lines[number - 1][column]
        for number in marked
        for column, sign in enumerate(lines[number])
        if sign == "^"
    ]
    assert differing == [ours for ours, theirs in zip(RIGHT, wrong, strict=True) if ours != theirs]
    assert any(f"{len(differing)} of 64 digits differ" in line for line in lines)


@pytest.mark.parametrize("width", [None, 60])
async def test_digits_behind_a_prefix_are_compared_with_those_expected(body: str, width: int | None) -> None:
    told = (await use(VERIFY, body, "--signature", f"sha256={RIGHT}", width=width)).text
    assert "^" not in told
    assert "all digits match, but their notation differs" in told
    wrong = RIGHT[:-1] + ("0" if RIGHT[-1] != "0" else "1")
    told = (await use(VERIFY, body, "--signature", f"sha256={wrong.upper()}", width=width)).text
    assert told.count("^") == 1
    assert "1 of 64 digits differ" in told
    told = (await use(VERIFY, body, "--signature", RIGHT.upper(), width=width)).text
    assert told.count("^") == sum(one.isalpha() for one in RIGHT)
    assert "only the case differs" in told


@pytest.mark.parametrize("length", [16, 32, 63])
async def test_the_missing_digits_of_a_cut_digest_are_marked(body: str, length: int) -> None:
    told = (await use(VERIFY, body, "--signature", RIGHT[:length])).text
    assert told.count("^") == 64 - length
    assert f"the last {64 - length} of 64 digits are missing" in told


@pytest.mark.parametrize(
    "wrong", [TWICE_WRONG, TWICE_WRONG[:32], "ab" * 32, "sha256=" + TWICE_WRONG, "ab" * 40]
)
async def test_an_unrelated_digest_is_not_compared_digit_by_digit(body: str, wrong: str) -> None:
    lines = (await use(VERIFY, body, "--signature", wrong)).text.splitlines()
    shown = lines[: next(number for number, line in enumerate(lines) if line.startswith("Cause"))]
    assert not any("^" in line or "differ" in line for line in shown)


SECRETS = {"DASHBOARD": "of the dashboard", "PRODUCTION": SECRET_TEXT}


@pytest.mark.parametrize(
    ("wrong", "label"),
    [
        (base64.b64encode(bytes.fromhex(RIGHT)).decode(), "decoded"),
        (base64.b64encode(RIGHT.encode()).decode(), "decoded"),
        (f"sha256={base64.urlsafe_b64encode(bytes.fromhex(RIGHT)).decode().rstrip('=')}", "decoded"),
        (f"sha256={RIGHT}", "its digits"),
    ],
)
async def test_the_digests_are_those_of_the_secret_that_proved_the_cause(
    body: str, monkeypatch: pytest.MonkeyPatch, wrong: str, label: str
) -> None:
    for name, text in SECRETS.items():
        monkeypatch.setenv(name, text)
    options = ("--secret-env", "DASHBOARD", "--secret-env", "PRODUCTION", "--signature", wrong)
    lines = (await use(VERIFY, body, *options)).text.splitlines()
    rows = {line[:13].strip(): line[13:].replace(" ", "") for line in lines if line[:1] in "rdei"}
    assert (rows["received"], rows[label], rows["expected"]) == (f"“{wrong}”", RIGHT, RIGHT)
    assert any("with env:PRODUCTION" in line for line in lines)
    assert any("all digits match, but their notation differs" in line for line in lines)
    record = (await use(VERIFY, body, *options, "--format", "json", "--all")).record()
    assert record["expected"] == record["tried"][0]["expected"]
    assert record["tried"][0]["secret"] == "env:DASHBOARD"
    assert {one["secret"] for one in record["findings"] if one["proved"]} == {"env:PRODUCTION"}


async def test_no_line_is_wider_than_the_terminal(body: str) -> None:
    for width in (120, 84, 80, 50):
        for wrong in ("ab" * 32, TWICE_WRONG):
            done = await use(VERIFY, body, "--signature", wrong, width=width)
            assert max(len(line) for line in done.text.splitlines()) <= width


async def test_where_no_cause_was_found_it_says_what_to_check_and_what_was_ruled_out(body: str) -> None:
    lines = (await use(VERIFY, body, "--signature", "ab" * 32)).text.splitlines()
    assert any(line.startswith("Check  1. ") for line in lines)
    (ruled_out,) = [line for line in lines if "Ruled out" in line]
    assert "secret-whitespace" in ruled_out
    assert "body-reserialised" in ruled_out


async def test_json_is_the_object_that_scripts_rely_on(body: str) -> None:
    record = (await use(VERIFY, body, "--signature", TWICE_WRONG, "--format", "json", "--all")).record()
    expected = {"raw": RIGHT, "stringify": RIGHT}
    findings = record.pop("findings")
    assert record == {
        "verdict": "invalid",
        "reason": None,
        "matched": [],
        "secret": None,
        "problem": None,
        "received": TWICE_WRONG,
        "expected": expected,
        "tried": [{"secret": "env:BLITZ_WEBHOOK_SECRET", "matched": [], "expected": expected}],
    }
    assert [(one["code"], one["proved"]) for one in findings] == [
        ("secret-whitespace", True),
        ("body-reserialised", True),
    ]
    assert all(one["summary"] and one["fix"] for one in findings)


@pytest.mark.parametrize(
    ("came", "signed", "status", "says"),
    [
        (COMPLETION, COMPLETION, 0, ""),
        (PYTHON, COMPLETION, 1, "Only JSON.stringify of the body matches"),
        (PYTHON, PYTHON, 1, "Only the raw bytes match"),
        (b"plain text", b"plain text", 1, "Only the raw bytes match"),
        (COMPLETION, PYTHON, 1, ""),
    ],
)
async def test_with_strict_a_signature_must_match_in_both_readings(
    tmp_path: Path, came: bytes, signed: bytes, status: int, says: str
) -> None:
    file = tmp_path / "body"
    file.write_bytes(came)
    arguments = (str(file), "--signature", signature(signed).decode())
    lenient, strict = await use(VERIFY, *arguments), await use(VERIFY, *arguments, "--strict")
    assert lenient.status == (1 if lenient.text.startswith("✗") else 0)
    assert (strict.status, strict.text) == (status, lenient.text)
    assert strict.said.startswith(says) if says else strict.said == ""


async def test_strict_leaves_what_cannot_be_checked_at_3(body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BLITZ_WEBHOOK_SECRET")
    assert (await use(VERIFY, body, "--signature", RIGHT, "--strict")).status == 3


async def test_a_pasted_request_is_checked_by_its_own_header(tmp_path: Path) -> None:
    file = _http(
        tmp_path, b"POST /hook HTTP/2\nX-Webhook-Signature: " + RIGHT.encode() + b"\n\n" + COMPLETION
    )
    assert (await use(VERIFY, "--http", file)).status == 0
    overridden = await use(VERIFY, "--http", file, "--signature", "ab", "--format", "json")
    assert (overridden.status, overridden.record()["received"]) == (1, "ab")


async def test_a_line_end_after_the_body_is_ignored_if_its_length_is_known_and_else_named(
    tmp_path: Path,
) -> None:
    head = b"x-webhook-signature: " + RIGHT.encode() + b"\ncontent-length: 645\n"
    done = await use(VERIFY, "--http", _http(tmp_path, head + b"\n" + COMPLETION + b"\n"), "--strict")
    assert (done.status, done.said) == (0, "")
    head = head.removesuffix(b"content-length: 645\n")
    file = _http(tmp_path, head + b"\n" + COMPLETION + b"\n")
    done = await use(VERIFY, "--http", file)
    assert done.text.startswith("≈ Rewritten: valid with env:BLITZ_WEBHOOK_SECRET without the whitespace")
    assert "The body ends with a newline, which was not signed." in done.text
    assert "Most editors" in done.text
    assert "proxy" not in done.text
    record = (await use(VERIFY, "--http", file, "--format", "json")).record()
    assert record["matched"] == ["stringify"]
    (finding,) = record["findings"]
    assert (finding["code"], finding["proved"]) == ("body-newline", True)
    assert (finding["white_space"]["after"], finding["offset"]) == ("\n", 645)


async def test_a_response_after_the_request_is_not_taken_for_its_body(tmp_path: Path) -> None:
    head = b"x-webhook-signature: " + RIGHT.encode() + b"\ncontent-length: 645\n\n"
    file = _http(tmp_path, head + COMPLETION + b"\n\nHTTP/1.1 200 OK\r\n\r\nok")
    done = await use(VERIFY, "--http", file)
    assert done.text.startswith("✓ Valid")
    assert "Only the 645 bytes of Content-Length are checked" in done.said


async def test_the_log_of_curl_without_the_body_has_nothing_to_check(tmp_path: Path) -> None:
    log = b"* Connected\n> POST / HTTP/1.1\r\n> x-webhook-signature: " + RIGHT.encode()
    log += b"\r\n> Content-Length: 645\r\n> \r\n"
    tail = b"} [645 bytes data]\n* upload completely sent off: 645 bytes\n< HTTP/1.1 200 OK\r\n< \r\n"
    with pytest.raises(InspectorError, match="Cannot check the request: curl -v") as told:
        await use(VERIFY, "--http", _http(tmp_path, log + tail))
    assert told.value.exit_status == 3
    done = await use(VERIFY, "--http", _http(tmp_path, log + COMPLETION + b"\n" + tail), "--strict")
    assert (done.status, done.said) == (0, "")


async def test_a_request_is_read_from_standard_input_too(monkeypatch: pytest.MonkeyPatch) -> None:
    text = b"x-webhook-signature: " + RIGHT.encode() + b"\n\n" + COMPLETION
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert (await use(VERIFY, "--http", "-")).status == 0


async def test_the_documents_own_sample_with_its_dots_is_known_by_them(tmp_path: Path) -> None:
    file = tmp_path / "docs.json"
    file.write_bytes(COMPLETION.removesuffix(b"]}") + b", ...\n  ]\n}")
    done = await use(VERIFY, str(file), "--signature", RIGHT)
    assert "as in the sample in the sender's documentation" in done.text
    assert "Remove the dots and the comma before them" in done.text


async def test_a_stored_capture_is_checked_with_the_secrets_of_the_command(keep: Keep) -> None:
    database = await keep((COMPLETION, TWICE_WRONG.encode()), (COMPLETION, None))
    done = await use(VERIFY, "--capture", "1", "--database", database, "--format", "json")
    codes = [one["code"] for one in done.record()["findings"]]
    assert (done.status, codes) == (1, ["secret-whitespace", "body-reserialised"])
    unsigned = await use(VERIFY, "--capture", "2", "--database", database)
    assert unsigned.status == 1
    assert unsigned.text.startswith("- Unsigned")
    with pytest.raises(NotFound, match="There is no capture 3"):
        await use(VERIFY, "--capture", "3", "--database", database)


async def test_a_signature_of_another_stored_capture_is_named(keep: Keep) -> None:
    other = COMPLETION.replace(b"user_123", b"user_456")
    database = await keep((other, signature(other)), (COMPLETION, signature(other)))
    done = await use(VERIFY, "--capture", "2", "--database", database)
    assert "the signature belongs to the body of capture 1." in done.text.splitlines()[0]


@pytest.mark.parametrize(
    ("wrapped", "says"),
    [
        (f"payload={quote_plus(COMPLETION)}".encode(), "inside the form field “payload”"),
        (json.dumps({"body": COMPLETION.decode()}).encode(), "as a string in the member “body”"),
    ],
)
async def test_an_event_in_a_wrapper_is_the_cause_and_not_another_capture(
    keep: Keep, wrapped: bytes, says: str
) -> None:
    right = RIGHT.encode()
    database = await keep((COMPLETION, right), (wrapped, right))
    done = await use(VERIFY, "--capture", "2", "--database", database)
    assert done.text.startswith(f"✗ Invalid: the signature was computed over the body that arrived {says}.\n")
    assert "[body-wrapped]" in done.text
    assert "another-capture" not in done.text


async def test_without_a_secret_nothing_is_checked(body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BLITZ_WEBHOOK_SECRET")
    done = await use(VERIFY, body, "--signature", RIGHT)
    assert done.status == 3
    assert done.text.startswith("? Unchecked")
    assert "no secret to check with" in done.said


@pytest.mark.parametrize(
    "arguments",
    [
        ("body.json", "--capture", "1"),
        ("--http", "x", "--capture", "1"),
        ("-", "--http", "-"),
        ("--capture", "1", "--signature", "ab"),
    ],
)
async def test_one_thing_is_checked_at_a_time(arguments: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        await use(VERIFY, *arguments)


async def test_what_cannot_be_read_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InspectorError, match=r"Cannot read .*nothing: No such file"):
        await use(VERIFY, "--http", str(tmp_path / "nothing"))
    with pytest.raises(InspectorError, match="starts with a body"):
        await use(VERIFY, "--http", _http(tmp_path, COMPLETION))


async def test_a_whole_request_given_as_a_body_is_noticed(tmp_path: Path) -> None:
    done = await use(VERIFY, _http(tmp_path, b"x-webhook-signature: ab\n\n{}"))
    assert "Use --http FILE" in done.said


async def test_a_large_body_is_checked_elsewhere_and_as_well(tmp_path: Path) -> None:
    large = json.dumps({"a": "x" * 100_000}).encode()
    file = tmp_path / "large.json"
    file.write_bytes(large)
    done = await use(VERIFY, str(file), "--signature", signature(large).decode().upper())
    assert "in uppercase hex" in done.text.splitlines()[0]


async def test_of_a_body_too_deep_for_javascript_the_verdict_is_as_computed_and_its_limit_told(
    tmp_path: Path,
) -> None:
    file, deep = tmp_path / "body.json", b"[" * 3001 + b"]" * 3001
    file.write_bytes(deep)
    done = await use(VERIFY, str(file), "--signature", signature(deep).decode())
    assert "JSON.stringify would print the same, but JavaScript cannot print a body this deep" in done.text
    assert "[unverifiable-depth]" in done.text
    record = (
        await use(VERIFY, str(file), "--signature", signature(deep).decode(), "--format", "json")
    ).record()
    assert (record["verdict"], record["matched"]) == ("valid", ["raw", "stringify"])
    assert record["expected"]["stringify"] == record["expected"]["raw"]


async def test_nothing_of_a_header_reaches_the_terminal_unescaped(body: str) -> None:
    done = await use(VERIFY, body, "--signature", "\x1b[2J\u202e" * 50)
    assert "\x1b" not in done.text
    assert "\u202e" not in done.text
    assert "\\x1b[2J" in done.text


async def test_a_body_without_a_signature_gets_the_option_for_it(body: str) -> None:
    done = await use(VERIFY, body)
    assert (done.status, done.said) == (1, "Give the signature with --signature.\n")
