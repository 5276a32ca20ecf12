"""Whatever is sent: captured byte for byte, shown, told what it is, and nothing ends for it."""

from __future__ import annotations

import base64
import gzip
import unicodedata
from pathlib import Path

from tests.builders import ANSWER, signature
from tests.e2e.program import finish, listening, records, send_raw

BODIES = {
    "not JSON": b"user_id=user_123",
    "invalid UTF-8": b'{"user_id":"\xff\xfe\xc3(","survey_id":"s"}',
    "deeply nested": b"[" * 100_000 + b"]" * 100_000,
    "deeply nested objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "never closed": b"[" * 100_000,
    "huge numbers": b'{"question_id":1e999999,"response":' + b"9" * 100_000 + b"}",
    "duplicate keys": b'{"user_id":"a","user_id":"b","question_id":"q"}',
    "NUL bytes": b'{"user_id":"\x00","question_id":"q\x00"}\x00',
    "empty": b"",
    "escapes": '{"user_id":"\x1b[2J\u202etxt.exe","question_id":"\u2066"}'.encode(),
    "lone surrogates": b'{"user_id":"\\ud800","survey_name":"\\udfff","question_id":"q"}',
    "gzip": gzip.compress(ANSWER),
    "ids of a megabyte": b'{"user_id":"%b","survey_id":"%b","group_id":"g","question_id":"q"}'
    % (b"u" * 2**20, b"s" * 2**20),
    "a list at the top": b"[1,2,3]",
    "a byte order mark": b"\xef\xbb\xbf" + ANSWER,
    "wrong types": b'{"user_id":{},"survey_id":[1],"group_id":true,"responses":[1,null,[],{"response":{}}]}',
}
HEADERS = {
    "repeated signatures": [b"x-webhook-signature: aa", b"X-Webhook-Signature: bb"],
    "a non-ASCII signature": [b"x-webhook-signature: caf\xe9 \xe2\x80\xae"],
    "an empty signature": [b"x-webhook-signature:"],
    "an unknown encoding": [b"Content-Encoding: gzip", b"X-\xc3\xa9: no name"],
}


def _request(body: bytes, *headers: bytes) -> bytes:
    lines = [b"POST /%F0%9F/..//a?b=%C3%A9 HTTP/1.1", b"Host: x", b"Connection: close", *headers]
    return b"\r\n".join([*lines, b"Content-Length: %d" % len(body)]) + b"\r\n\r\n" + body


def _is_plain(text: str) -> bool:
    """Nothing in it that a terminal would obey."""
    obeyed = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    return not any(unicodedata.category(char) in obeyed for char in text if char != "\n")


def test_each_body_is_kept_byte_for_byte_and_shown(tmp_path: Path) -> None:
    database = str(tmp_path / "captures.db")
    with listening(tmp_path / "captures.db") as (program, url):
        for name, body in BODIES.items():
            answer = send_raw(url, _request(body, b"x-webhook-signature: " + signature(body)))
            assert answer.startswith(b"HTTP/1.1 200"), name
        printed = {record["id"]: record for record in (program.record() for _ in BODIES)}
        assert program.end() == (0, "")
    for (name, body), shown in zip(
        BODIES.items(), records("show", "1..", "--database", database), strict=True
    ):
        assert base64.b64decode(shown["body"]) == body, name
        assert shown["verdict"] == printed[shown["id"]]["verdict"] == "valid", name
        assert "raw" in shown["matched"], name
    for words in (("show", "1.."), ("list",)):
        text = finish(*words, "--database", database)
        assert (text.returncode, text.stderr) == (0, b"")
        assert _is_plain(text.stdout.decode())


def test_each_header_is_kept_and_told(tmp_path: Path) -> None:
    database = str(tmp_path / "captures.db")
    arrived = {}
    with listening(tmp_path / "captures.db") as (program, url):
        for name, headers in HEADERS.items():
            assert send_raw(url, _request(ANSWER, *headers)), name
            arrived[name] = program.record()
        assert program.end() == (0, "")
    for (name, headers), shown in zip(
        HEADERS.items(), records("show", "1..", "--database", database), strict=True
    ):
        record = arrived[name]
        if record["kind"] == "captured":
            assert base64.b64decode(shown["body"]) == ANSWER, name
            sent = [line.split(b":", 1)[0].decode(errors="backslashreplace") for line in headers]
            kept = [field[0] for field in shown["headers"]]
            assert [field for field in kept if field in sent] == sent, name
        else:
            assert (record["kind"], record["verdict"], record["reason"]) == (
                "refused", "unchecked", "refused",
            ), name  # fmt: skip
            assert _request(ANSWER, *headers).startswith(base64.b64decode(shown["body"])), name
    text = finish("show", "1..", "--database", database)
    assert (text.returncode, text.stderr) == (0, b"")
    assert _is_plain(text.stdout.decode())


def test_a_body_of_fifty_mebibytes_is_answered_first_and_judged_then(tmp_path: Path) -> None:
    body = b'{"question_id":"q","response":"' + b"x" * (50 * 2**20 - 33) + b'"}'
    assert len(body) == 50 * 2**20
    with listening(tmp_path / "captures.db") as (program, url):
        assert send_raw(url, _request(body, b"x-webhook-signature: " + signature(body)))[9:12] == b"200"
        record = program.record()
        assert (record["bytes"], record["verdict"], record["event"]) == (len(body), "valid", "answer")
        too_large = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (len(body) + 1)
        assert send_raw(url, too_large)[9:12] == b"413"
        record = program.record()
        assert (record["kind"], record["answered"], record["declared"]) == ("refused", 413, len(body) + 1)
        assert program.end() == (0, "")


NO_REQUESTS = (
    b"\x16\x03\x01\x02\x00\x01\x00",  # a TLS hello
    b"GET\r\n\r\n",
    b"GET /caf\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x00" * 100 + b"\r\n\r\n",
)


def test_what_is_no_request_is_refused_and_listed(tmp_path: Path) -> None:
    database = str(tmp_path / "captures.db")
    refused = ("refused", "unchecked", "refused")
    with listening(tmp_path / "captures.db") as (program, url):
        for one in NO_REQUESTS:
            send_raw(url, one)
            record = program.record()
            assert (record["kind"], record["verdict"], record["reason"]) == refused, one
        assert program.end() == (0, "")
    text = finish("show", "1..", "--database", database)
    assert (text.returncode, text.stderr) == (0, b"")
    assert text.stdout.count(b"Refused") >= len(NO_REQUESTS)
    assert _is_plain(text.stdout.decode())
