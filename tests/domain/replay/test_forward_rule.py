"""The rule of a forward: what goes without saying, and how a rule says otherwise."""

from __future__ import annotations

import pytest

from inspector.domain.query import And, QueryError, parse
from inspector.domain.replay.forward_rule import in_words, rule

USUAL = ("is:trusted", "method:POST", "-is:sample")


@pytest.mark.parametrize(
    ("text", "implied"),
    [
        ("", USUAL),
        ("survey:nps OR event:answer", USUAL),
        ("is:trusted survey:nps", USUAL[1:]),
        ("verdict:invalid", USUAL[1:]),
        ("-(verdict:invalid OR group:x)", USUAL[1:]),
        ("-is:trusted", USUAL[1:]),
        ("method:PUT", (USUAL[0], USUAL[2])),
        ("is:sample", USUAL[:2]),
        ("-kind:sample", USUAL[:2]),
        ("is:duplicate", USUAL),
        ("-verdict:invalid method:* kind:captured", ()),
    ],
)
def test_a_rule_is_completed_but_for_what_it_names(text: str, implied: tuple[str, ...]) -> None:
    wanted = And(parts=(*map(parse, implied), parse(text)))
    assert _flat(rule(text)) == _flat(wanted)


def test_a_mistake_is_told_at_its_place() -> None:
    with pytest.raises(QueryError) as raised:
        rule("survey:nps is:nothing")
    assert raised.value.position == 14


def test_it_is_said_in_words() -> None:
    assert in_words("") == "trusted POSTs"
    assert in_words(" survey:nps ") == "trusted POSTs: survey:nps"
    assert in_words("verdict:invalid method:*") == "requests: verdict:invalid method:*"


def _flat(node: object) -> list[object]:
    if isinstance(node, And):
        return [one for part in node.parts for one in _flat(part)]
    return [node]
