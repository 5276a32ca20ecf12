"""Whatever the sender does for the first time is a finding on the first trusted capture with it."""

from __future__ import annotations

import json
import sqlite3
from functools import partial
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.domain.query import parse
from inspector.domain.query.scope import EVERYTHING
from inspector.domain.signature.evaluation import evaluate
from inspector.store.file.database import connect, prepare
from inspector.store.group import follower, shapes
from inspector.store.group.follower import Follower
from inspector.store.query import selection
from inspector.store.store import Store
from inspector.store.write import captures, deletions
from inspector.store.write.columns import new_capture
from tests.builders import a_capture, a_secret, an_answer
from tests.store.conftest import followed, put


def with_fields(**fields: Any) -> bytes:
    return json.dumps(json.loads(an_answer()) | fields, separators=(",", ":")).encode()


def codes(store: Store, capture_id: int) -> dict[str, Any]:
    found = store.read(lambda connection: captures.findings(connection, capture_id))
    return {f.code: f.detail for f in found if f.code in ("departs-from-docs", "new-shape")}


async def test_what_is_new_and_what_departs_is_found_once(store: Store) -> None:
    store.become_listener("a test")
    plain, first, second = await put(
        store,
        a_capture(an_answer()),
        a_capture(with_fields(score=5, user_id=7)),
        a_capture(with_fields(score=6, user_id=8)),
    )
    await followed(store)
    assert codes(store, plain) == {}
    departs = {"departures": ["user_id is a number"]}
    assert codes(store, first) == {"departs-from-docs": departs, "new-shape": {"news": ["field score"]}}
    assert codes(store, second) == {}


async def test_a_capture_that_departs_in_another_way_says_only_that(store: Store) -> None:
    store.become_listener("a test")
    rating = {"question_type": "nps_feedback"}
    ids = await put(
        store,
        a_capture(with_fields(response=9, **rating)),
        a_capture(with_fields(response=11, user_id=7, **rating)),
        a_capture(with_fields(response=12, user_id=8, trigger=None, **rating)),
        a_capture(with_fields(response=-1, user_id=None, **rating)),
    )
    await followed(store)
    out_of_range = "response (nps_feedback) is not a whole number from 0 to 10"
    assert [codes(store, capture_id).get("departs-from-docs") for capture_id in ids] == [
        None,
        {"departures": [out_of_range, "user_id is a number"]},
        {"departures": ["trigger is null"]},
        {"departures": ["user_id is null"]},
    ]


async def test_a_stranger_brings_no_news(store: Store) -> None:
    store.become_listener("a test")
    stranger, genuine = await put(
        store,
        a_capture(with_fields(score=5, user_id=5), signed=False),
        a_capture(with_fields(score=5, user_id=5)),
    )
    await followed(store)
    assert codes(store, stranger) == {}
    assert codes(store, genuine) == {
        "departs-from-docs": {"departures": ["user_id is a number"]},
        "new-shape": {"news": ["field score"]},
    }


async def test_the_next_one_is_the_first_while_the_first_is_deleted(store: Store) -> None:
    store.become_listener("a test")
    first, second = await put(store, *[a_capture(with_fields(score=n)) for n in (1, 2)])
    await followed(store)
    deletion = await store.write(lambda connection: deletions.begin(connection, 1))
    hidden = await store.write(partial(deletions.hide, deletion=deletion, ids=[first]))
    assert hidden.marked >= {first, second}
    assert codes(store, second) == {"new-shape": {"news": ["field score"]}}
    await store.write(partial(deletions.restore, deletion=deletion))
    assert codes(store, second) == {}
    assert codes(store, first) == {"new-shape": {"news": ["field score"]}}


PLATFORMS = ["a", "ab", 'a"', "\ud800", "is null", "is a number", None, 5]
"""Two of them read as a departure does, which is something else."""


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(PLATFORMS), st.booleans()), min_size=1, max_size=8),
    st.lists(st.integers(0, 7), max_size=4),
    st.integers(0, 8),
)
def test_after_any_mix_it_equals_looking_at_all(
    tmp_path_factory: Any, received: list[tuple[Any, bool]], deleted: list[int], followed_first: int
) -> None:
    path: Path = tmp_path_factory.mktemp("file") / "captures.db"
    prepare(path, create=True)
    connection = connect(path)
    ids = []
    for number, (platform, signed) in enumerate(received):
        capture = a_capture(with_fields(platform=platform), signed=signed)
        judged = evaluate(capture, [a_secret()], is_secret_on_file=False)
        ids += captures.insert(connection, [new_capture(capture, judged)])
        if number == followed_first:
            while Follower(lambda marked: None).step(connection):
                pass
    gone = [ids[index] for index in deleted if index < len(ids)]
    deletions.hide(connection, deletions.begin(connection, 1), gone)
    while Follower(lambda marked: None).step(connection):
        pass
    expected: dict[str, int] = {}
    for capture_id, (platform, signed) in zip(ids, received, strict=True):
        if signed and capture_id not in gone:
            departs = [f"platform is {'null' if platform is None else 'a number'}"]
            is_text = isinstance(platform, str)
            expected.setdefault(json.dumps(f"platform {platform}" if is_text else departs), capture_id)
    assert dict(connection.execute("SELECT what, capture_id FROM news")) == expected
    assert shapes.refollow(connection, set(expected), follower.read_watermark(connection)) == frozenset()
    connection.close()


async def test_both_are_found_by_a_filter(store: Store) -> None:
    store.become_listener("a test")
    _, first, _ = await put(
        store, a_capture(an_answer()), *[a_capture(with_fields(score=n, user_id=n)) for n in (1, 2)]
    )
    await followed(store)

    def found(text: str) -> list[int]:
        return list(
            store.read(
                lambda connection: selection.ids(connection, EVERYTHING, parse(text), newest_first=False)
            )
        )

    assert found("finding:departs-from-docs") == [first]
    assert found("finding:new-shape") == [first]


async def test_who_was_first_is_found_without_going_through_all_that_have_it(store: Store) -> None:
    def steps(connection: sqlite3.Connection) -> list[str]:
        query = f"EXPLAIN QUERY PLAN {shapes.FIRST_QUERY.format(column='s.news')}"
        return [row[3] for row in connection.execute(query, (1, "x"))]

    plan = store.read(steps)
    assert any(
        "captures_by_shape (shape=? AND is_trusted=? AND deletion=? AND rowid<?)" in step for step in plan
    ), plan
    assert not any("ORDER BY" in step for step in plan)
