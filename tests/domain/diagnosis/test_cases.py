"""Every fault that the real languages and tools make is named.

`tests/data/dialects` holds the deliveries and the programs that made them.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from inspector.domain.diagnosis import Evidence, diagnose
from inspector.domain.diagnosis.registry import HYPOTHESES
from tests.builders import a_capture, a_secret

CASES = Path(__file__).parents[2] / "data" / "dialects" / "cases.jsonl"


def _cases() -> list[dict[str, Any]]:
    return [json.loads(line) for line in CASES.read_text().splitlines()]


@pytest.mark.parametrize("case", _cases(), ids=lambda case: f"{case['made_by']} ({','.join(case['codes'])})")
def test_the_fault_of_a_real_program_is_named(case: dict[str, Any]) -> None:
    header = (b"X-Webhook-Signature", base64.b64decode(case["header"]))
    capture = a_capture(base64.b64decode(case["body"]), signed=False, headers=(header,))
    other = (a_secret(case["other"], "staging"),) if "other" in case else ()
    findings = diagnose(Evidence(capture=capture, secrets=(a_secret(case["secret"]),), other_secrets=other))
    proved = [finding for finding in findings if finding.is_proved]
    assert sorted(finding.code for finding in proved) == sorted(case["codes"])
    dialects = {finding.detail["dialect"] for finding in proved if "dialect" in finding.detail}
    assert dialects == ({case["dialect"]} if "dialect" in case else set())
    for finding in findings:
        assert case["secret"] not in json.dumps(finding.as_json(), ensure_ascii=False)


def test_every_hypothesis_has_a_case() -> None:
    told = {code for case in _cases() for code in case["codes"]}
    assert {hypothesis.code for hypothesis in HYPOTHESES} - told == set()


def test_every_dialect_has_a_case() -> None:
    told = {case["dialect"] for case in _cases() if "dialect" in case}
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
