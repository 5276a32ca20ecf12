"""The measurements of a shared inbox, on few messages: what they measure has to be right, too."""

from __future__ import annotations

import math
import sys

import pytest

from tests.benchmarks import inboxes
from tests.benchmarks.figure import Figure

_FEW = 300


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads the time of processes from /proc")
def test_an_edge_and_a_machine_that_was_away_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inboxes, "COUNT", _FEW)
    monkeypatch.setattr(inboxes, "DOWN_S", 1.0)
    monkeypatch.setattr(inboxes, "SECONDS", 0.5)
    figures = list(inboxes.measure())
    if all(math.isnan(figure.measured) for figure in figures):
        pytest.skip(figures[0].details)
    of_bare = [figure for figure in figures if figure.unit == "of bare publishing"]
    assert [figure.measured > 0 for figure in of_bare] == [True, True]
    assert all("µs of" in figure.details for figure in figures if figure.unit == "× bare publishing")
    assert 600 < _one(figures, "in the stream").measured < 1_500  # a body, its head in JSON and the message
    assert all(figure.measured > 0 for figure in figures if figure.unit == "captures/s")
    assert all(figure.measured >= 0 for figure in figures if figure.unit == "ms")


def _one(figures: list[Figure], part: str) -> Figure:
    (figure,) = (figure for figure in figures if part in figure.work)
    return figure
