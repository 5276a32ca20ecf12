"""Every cause that a diagnosis can prove: one row each."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import json
from dataclasses import dataclass

import pytest

from inspector.domain.query.fields import FIELDS
from inspector.domain.signature.causes import CAUSES, FIXES, SEARCHED
from inspector.domain.signature.diagnosis import Evidence, diagnose
from inspector.session.handbook import Handbook
from tests.builders import a_capture, a_secret, signature

SECRET = "whsec-test ä"
BODY = '{"app_key":"k-123","user_id":"u-1","responses":[{"response":"größer / 1.50"}]}'.encode()
VALUE = json.loads(BODY)


def hashed(name: str, message: bytes = BODY) -> bytes:
    return hmac.new(SECRET.encode(), message, name).hexdigest().encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What arrived, and which secrets are on file."""

    header: bytes
    body: bytes = BODY
    secret: str = SECRET
    other: str = ""


RIGHT = signature(BODY, SECRET)
SPACED = json.dumps(VALUE, ensure_ascii=False).encode()
ROWS: dict[str, Row] = {
    "body-reserialised": Row(header=signature(SPACED, SECRET)),
    "secret-whitespace": Row(header=signature(BODY, f"{SECRET}\n")),
    "secret-other": Row(header=signature(BODY, "another one"), other="another one"),
    "secret-is-app-key": Row(header=signature(BODY, "k-123")),
    "digest-base64": Row(header=base64.b64encode(bytes.fromhex(RIGHT.decode()))),
    "digest-prefix": Row(header=b"sha256=" + RIGHT),
    "secret-quoted": Row(header=signature(BODY, f'"{SECRET}"')),
    "secret-prefix": Row(header=signature(BODY, f"whsec_{SECRET}")),
    "digest-case": Row(header=RIGHT.upper()),
    "body-newline": Row(header=signature(BODY + b"\n", SECRET)),
    "secret-encoded": Row(header=signature(BODY, SECRET.encode().hex())),
    "secret-escaped": Row(header=signature(BODY, "a&amp;b"), secret="a&b"),
    "digest-algorithm": Row(header=hashed("sha512")),
    "digest-swapped": Row(header=hmac.new(BODY, SECRET.encode(), "sha256").hexdigest().encode()),
    "digest-unkeyed": Row(header=hashlib.sha256(BODY).hexdigest().encode()),
    "digest-truncated": Row(header=RIGHT[:40]),
    "digest-whitespace": Row(header=RIGHT[:32] + b" " + RIGHT[32:]),
    "body-double-encoded": Row(
        header=signature(json.dumps(BODY.decode(), ensure_ascii=False).encode(), SECRET)
    ),
    "body-wrapped": Row(header=RIGHT, body=json.dumps({"Message": BODY.decode()}).encode()),
    "body-not-serialised": Row(header=signature(b"[object Object]", SECRET)),
    "body-charset": Row(header=signature(BODY.decode().encode("latin-1"), SECRET)),
    "body-bom": Row(header=signature(b"\xef\xbb\xbf" + BODY, SECRET)),
    "body-crlf": Row(header=signature(b'{\r\n"a":1}', SECRET), body=b'{\n"a":1}'),
    "body-empty": Row(header=signature(b"{}", SECRET)),
    "body-part": Row(
        header=signature(
            json.dumps(VALUE["responses"], ensure_ascii=False, separators=(",", ":")).encode(), SECRET
        )
    ),
    "body-compressed": Row(header=RIGHT, body=gzip.compress(BODY)),
    "secret-empty": Row(header=signature(BODY, "")),
    "secret-unset": Row(header=signature(BODY, "undefined")),
}


@pytest.mark.parametrize("code", [cause.code for cause in SEARCHED])
def test_a_cause_is_proved_and_described_wherever_causes_are_named(code: str) -> None:
    row = ROWS[code]
    capture = a_capture(row.body, signed=False, headers=((b"x-webhook-signature", row.header),))
    other = (a_secret(row.other, "staging"),) if row.other else ()
    findings = diagnose(Evidence(capture=capture, secrets=(a_secret(row.secret),), other_secrets=other))
    (proved,) = (finding for finding in findings if finding.is_proved)
    assert (proved.code, proved.fix) == (code, FIXES[code])
    assert code in FIELDS["finding"].words
    assert Handbook().finding(code) is not None
    assert next(cause for cause in CAUSES if cause.code == code).words


def test_codes_are_unique() -> None:
    assert len({cause.code for cause in CAUSES}) == len(CAUSES)
