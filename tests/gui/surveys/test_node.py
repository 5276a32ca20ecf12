"""What a row of the tree says."""

from __future__ import annotations

from inspector.domain.capture.rows import TreeRow, VerdictTotals
from inspector.gui.surveys.node import Node


def a_node(**values: object) -> Node:
    row = TreeRow(survey_id="s-1", name="Delivery", **values)  # type: ignore[arg-type]
    return Node(kind="survey", key="survey:s-1", row=row)


def test_its_tip_tells_the_verdicts_and_how_many_came_to_the_end() -> None:
    node = a_node(runs=40, completed_runs=30, mix=VerdictTotals(valid=90, invalid=2))
    assert node.tip == "Delivery: 90 valid, 2 invalid; 30 of 40 complete (75%)"


def test_its_tip_is_its_name_where_there_is_nothing_to_tell() -> None:
    assert a_node().tip == "Delivery"
