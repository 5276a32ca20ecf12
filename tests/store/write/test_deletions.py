"""What is removed at once leaves figures and groups as if it had never come, and spares what is pinned."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspector.domain.capture.retention import DAY_MS, RetentionLimits
from inspector.domain.signature.evaluation import evaluate
from inspector.store.file.database import connect, prepare
from inspector.store.write import captures, deletions, marks
from inspector.store.write.columns import new_capture
from tests.builders import a_capture, a_secret, an_answer
from tests.store.group.test_grouping import bodies, follow, refold_all, stored

NOW_MS = 1_800_000_000_000

numbers = st.integers(1, 12)
limits = st.builds(
    RetentionLimits,
    count=st.none() | st.integers(0, 5),
    days=st.none() | st.integers(0, 3).map(float),
    size=st.none() | st.integers(0, 2_000),
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("capture"), bodies, st.integers(0, 4)),
        st.tuples(st.just("follow"), st.integers(1, 3)),
        st.tuples(st.just("retain"), limits),
        st.tuples(st.just("remove"), st.sets(numbers, max_size=5)),
        st.tuples(st.just("pin"), numbers),
        st.tuples(st.just("clear"), st.sets(numbers, max_size=4)),
        st.tuples(st.just("undo")),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_after_any_mix_with_retention_figures_equal_refolding_all_and_limits_are_kept(
    tmp_path_factory: Any, steps: list[tuple[Any, ...]]
) -> None:
    path: Path = tmp_path_factory.mktemp("retention") / "captures.db"
    prepare(path, create=True)
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        pinned: set[int] = set()
        for step in steps:
            there = {row[0] for row in connection.execute("SELECT id FROM captures WHERE deletion IS NULL")}
            match step:
                case ("capture", body, age):
                    capture = a_capture(body, received_ms=NOW_MS - age * DAY_MS + 1)
                    judgement = evaluate(capture, [a_secret()], is_secret_on_file=False)
                    captures.insert(connection, [new_capture(capture, judgement)])
                case ("follow", count):
                    follow(connection, count)
                case ("retain", keep):
                    found = deletions.surplus_of_all(connection, keep, NOW_MS)
                    assert not pinned.intersection(found.ids)
                    deletions.remove_unpinned(connection, found.ids)
                    assert list(deletions.surplus_of_all(connection, keep, NOW_MS).ids) == []
                case ("remove", ids):
                    removed = deletions.remove_unpinned(connection, sorted(ids))
                    assert set(removed.ids) == (ids & there) - pinned
                case ("pin", capture_id) if capture_id in there:
                    marks.pin(connection, [capture_id])
                    pinned.add(capture_id)
                case ("clear", ids):
                    deletions.hide(connection, 1, sorted(ids))
                case ("undo",):
                    deletions.restore(connection, 1)
        follow(connection)
        assert stored(connection) == refold_all(connection)
        for table in ("bodies", "findings", "attempts", "marks"):
            strays = f"SELECT count(*) FROM {table} WHERE capture_id NOT IN (SELECT id FROM captures)"
            assert connection.execute(strays).fetchone() == (0,)


def test_what_is_beyond_the_limits_is_found_among_many_in_a_moment(tmp_path: Path) -> None:
    prepare(tmp_path / "captures.db", create=True)
    with closing(connect(tmp_path / "captures.db")) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        capture = a_capture(an_answer(), received_ms=NOW_MS)
        one = new_capture(capture, evaluate(capture, [a_secret()], is_secret_on_file=False))
        connection.execute("BEGIN")
        for _ in range(20):
            captures.insert(connection, [one] * 1_000)
        connection.execute("COMMIT")
        started = time.process_time()
        found = deletions.surplus_of_all(connection, RetentionLimits(count=19_990, days=1), NOW_MS)
        taken = time.process_time() - started
    assert list(found.ids) == list(range(1, 11))
    assert found.beyond_count == 10
    assert taken < 1
