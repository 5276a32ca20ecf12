"""The rule of a forward under the mask: what it looks for is hidden where that is."""

from __future__ import annotations

import pytest

from inspector.domain.mask.mask import DOTS
from inspector.domain.mask.masked_body import MaskedField
from inspector.domain.mask.masked_capture import masked_rule

USER = MaskedField.parse("user_id")


@pytest.mark.parametrize(
    "rule",
    [
        "user:fwd*",
        "event:answer -user:ann",
        "(survey:nps OR user:ann)",
        "ann",
        "$.user_id:ann",
        "$.app_key:k",
    ],
)
def test_what_looks_for_a_hidden_value_is_hidden(rule: str) -> None:
    assert masked_rule(rule, (USER,)) == DOTS


@pytest.mark.parametrize("rule", ["", "event:answer", "survey:nps is:trusted", "$.platform:web"])
def test_what_looks_for_anything_else_stays(rule: str) -> None:
    assert masked_rule(rule, (USER,)) == rule


def test_without_chosen_fields_credentials_alone_are_hidden() -> None:
    assert masked_rule("user:fwd* hello", ()) == "user:fwd* hello"
    assert masked_rule("header:authorization=abc", ()) == DOTS
    assert masked_rule("path:/in?token=abc", ()) == f"path:/in?token={DOTS}"
