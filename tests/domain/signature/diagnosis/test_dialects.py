"""Every fault that the real languages and tools make is named, and every dialect that fits.

`tests/data/dialects` has the deliveries, the printings, and the programs that made them.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from inspector.domain.signature.diagnosis import Evidence, diagnose
from inspector.domain.signature.diagnosis.dialects import DIALECTS
from inspector.domain.signature.explanation import explain
from inspector.domain.stringify import restringify
from tests.builders import a_capture, a_secret, signature

DATA = Path(__file__).parents[3] / "data" / "dialects"


PHP_LISTS = (b'{"a":["x/y"]}', rb'{"a":["x\/y"]}')
"""Made of `{"a":{"0":"x/y"}}`, which an array of PHP cannot tell from a list: not tried."""


def _lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_bytes().splitlines()]


def _cases() -> list[dict[str, Any]]:
    return _lines("cases.jsonl")


def _printings() -> dict[str, dict[bytes, set[str]]]:
    """Of each body each text that a real program prints, with the calls that print it."""
    found: dict[str, dict[bytes, set[str]]] = {}
    for line in _lines("printings.jsonl"):
        printed = line["printed"].encode()
        found.setdefault(line["body"], {}).setdefault(printed, set()).add(line["call"])
    return found


@pytest.mark.parametrize("case", _cases(), ids=lambda case: f"{case['made_by']} ({','.join(case['codes'])})")
def test_the_fault_of_a_real_program_is_named(case: dict[str, Any]) -> None:
    header = (b"X-Webhook-Signature", base64.b64decode(case["header"]))
    capture = a_capture(base64.b64decode(case["body"]), signed=False, headers=(header,))
    other = (a_secret(case["other"], "staging"),) if "other" in case else ()
    findings = diagnose(Evidence(capture=capture, secrets=(a_secret(case["secret"]),), other_secrets=other))
    proved = [finding for finding in findings if finding.is_proved]
    assert sorted(finding.code for finding in proved) == sorted(case["codes"])
    named = [finding.detail for finding in proved if "dialect" in finding.detail]
    assert bool(named) == ("dialect" in case)
    assert all(case["dialect"] in detail["dialects"] for detail in named)
    assert all(detail["dialect"] == detail["dialects"][0] for detail in named)
    for finding in findings:
        assert case["secret"] not in json.dumps(finding.as_json(), ensure_ascii=False)


@pytest.mark.parametrize("body", _printings())
def test_every_dialect_that_prints_a_body_so_is_named_and_no_other(body: str) -> None:
    by_text = _printings()[body]
    known = {call for calls in by_text.values() for call in calls}
    valid = {body.encode(), restringify(body.encode())}
    for printed in by_text.keys() - valid:
        if printed.replace(b" ", b"").replace(b"\n", b"") in PHP_LISTS:
            continue
        header = (b"x-webhook-signature", signature(printed))
        capture = a_capture(body.encode(), signed=False, headers=(header,))
        findings = diagnose(Evidence(capture=capture, secrets=(a_secret(),)))
        (calls,) = [finding.detail["calls"] for finding in findings if "calls" in finding.detail]
        assert known & set(calls) == by_text[printed], printed


@pytest.mark.parametrize("body", _printings())
def test_what_arrived_is_named_by_every_program_that_prints_it_so_and_no_other(body: str) -> None:
    """On a valid signature too: whatever rewrote the body on the way is one of these programs."""
    by_text = _printings()[body]
    known = {call for calls in by_text.values() for call in calls}
    for printed, calls in by_text.items():
        as_javascript = restringify(printed)
        if printed == as_javascript or json.loads(printed) != json.loads(body):
            continue
        if b"-0," in printed:  # PHP reads its own -0 as 0
            continue
        for signed, code in ((as_javascript, "body-rewritten"), (printed, "not-canonical")):
            header = (b"x-webhook-signature", signature(signed))
            capture = a_capture(printed, signed=False, headers=(header,))
            (finding,) = explain(capture, [a_secret()]).findings
            assert finding.code == code
            # Numbers are read from what arrived, so more programs may print them like this.
            assert calls <= set(finding.detail["calls"]) & known, printed


@pytest.mark.parametrize(
    ("came", "says"),
    [
        ({"ensure_ascii": False}, "It arrived as printed by Python's json.dumps(value, ensure_ascii=False)."),
        ({"indent": 2}, "It arrived as printed by Python's json.dumps(value, indent=2)."),
        ({"sort_keys": True}, "It arrived as printed by Python's json.dumps(value)."),
    ],
)
def test_a_body_that_was_rewritten_says_by_which_program_and_guesses_none(
    came: dict[str, Any], says: str
) -> None:
    value = {"a": "Möbel /", "b": 2}
    signed = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    header = (b"x-webhook-signature", signature(signed))
    capture = a_capture(json.dumps(value, **came).encode(), signed=False, headers=(header,))
    (finding,) = explain(capture, [a_secret()]).findings
    assert finding.summary.endswith(says)
    assert "PHP" not in finding.summary
    escaped = json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode()
    (finding,) = explain(a_capture(escaped, signed=False, headers=(header,)), [a_secret()]).findings
    assert finding.summary.endswith("It arrived as printed by PHP's json_encode($value).")


def test_every_call_of_a_dialect_has_printings() -> None:
    printed = {line["call"] for line in _lines("printings.jsonl")}
    assert {dialect.words for dialect in DIALECTS} - printed == {"Go's json.Marshal of a struct"}


def test_every_dialect_has_a_case() -> None:
    told = {case["dialect"] for case in _cases() if "dialect" in case}
    assert told == {dialect.name for dialect in DIALECTS}
    assert told == {
        "python",
        "python-compact",
        "python-ascii",
        "python-sorted",
        "php",
        "go",
        "ruby",
        "pretty-2",
        "pretty-4",
        "pretty-tab",
        "sorted",
    }
