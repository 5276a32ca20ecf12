"""A receiver from which no cause can be concluded gets a correct sentence, and no cause that it lacks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.receivers.bad import BAD, BadReceiver, bad_receiver
from tests.receivers.checked import a_session, report_of


@pytest.mark.parametrize(
    "bad", [pytest.param(bad, id=bad.name, marks=[pytest.mark.slow] if bad.is_slow else []) for bad in BAD]
)
async def test_no_false_cause_is_given(bad: BadReceiver, tmp_path: Path) -> None:
    async with a_session(tmp_path, answer_s=0.5) as session, bad_receiver(bad.make()) as (url, requests):
        report = await report_of(session, url)
    assert [cause.code for cause in report.causes if cause.is_proved] == []
    assert {cause.code for cause in report.causes} <= bad.codes
    assert report.verdict in bad.verdicts
    assert re.search(bad.says, report.sentence), report.sentence
    assert report.sentence.endswith(".")
    assert report.sentence.isprintable()
    assert 1 <= len(requests) <= bad.most_requests
