"""The decision about the response to a capture, next to others who change the file."""

from __future__ import annotations

from functools import partial

from inspector.domain import query
from inspector.domain.response.rule import ResponseRule
from inspector.store.store import Store
from inspector.store.write import responses
from tests.builders import a_capture
from tests.store.conftest import put


async def test_a_capture_that_was_removed_meanwhile_gets_the_usual_response(store: Store) -> None:
    [first] = await put(store, a_capture())
    rule = (ResponseRule.parse("503"), query.parse(""))
    decide = partial(responses.decide_response, rules=[rule], usual=200, now_ms=0)
    decision = await store.write(partial(decide, capture_id=first))
    assert decision is not None
    assert decision.respond.status == 503
    assert await store.write(partial(decide, capture_id=first + 1)) is None
