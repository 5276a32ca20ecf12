"""A receiver from which no cause can be concluded gets a correct sentence, and no cause that it lacks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspector.session.receiver.check import CheckReport
from tests.receivers.bad import BAD, BadReceiver, bad_receiver
from tests.receivers.checked import a_session, report_of


@pytest.mark.parametrize("is_slow", [False, pytest.param(True, marks=pytest.mark.slow)])
async def test_no_false_cause_is_given(is_slow: bool, tmp_path: Path) -> None:
    found: dict[str, list[str]] = {}
    async with a_session(tmp_path) as session:
        for bad in BAD:
            if bad.is_slow == is_slow:
                async with bad_receiver(bad.make()) as (url, requests):
                    report = await report_of(session, url, answer_s=0.5 if bad.has_no_end else None)
                found[bad.name] = list(_problems(bad, report, len(requests)))
    assert {name: problems for name, problems in found.items() if problems} == {}


def _problems(bad: BadReceiver, report: CheckReport, requests: int) -> Iterator[str]:
    """What the report says that it must not say, or the reverse."""
    yield from (f"proved: {cause.code}" for cause in report.causes if cause.is_proved)
    yield from (f"cause: {cause.code}" for cause in report.causes if cause.code not in bad.codes)
    if report.verdict not in bad.verdicts:
        yield f"verdict: {report.verdict}"
    sentence = report.sentence
    if not (re.search(bad.says, sentence) and sentence.endswith(".") and sentence.isprintable()):
        yield f"sentence: {sentence}"
    if not 1 <= requests <= bad.most_requests:
        yield f"{requests} requests"
