"""What is stored of groups equals counting everything anew, whatever happened and in which order."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspector.domain.signature.evaluation import PENDING, evaluate
from inspector.store.file import database
from inspector.store.file.database import connect, prepare
from inspector.store.group import follower, grouping, respondents, shapes, tree
from inspector.store.group.follower import Follower
from inspector.store.group.tree import TreeOptions
from inspector.store.store import Store
from inspector.store.write import captures, deletions
from inspector.store.write.columns import new_capture
from tests.builders import a_capture, a_completion, a_secret, an_answer
from tests.store.conftest import followed, put
from tests.waiting import until

TABLES = ("respondents", "groups", "surveys", "figures", "findings", "news")
_UNCOMPARED = {
    ("respondents", "id"), ("figures", "refolds"), ("figures", "evaluated"), ("findings", "summary"),
    ("findings", "fix"),
}  # fmt: skip
_OF_THE_LIVING = "capture_id IN (SELECT id FROM captures WHERE deletion IS NULL)"
"""What is hidden keeps its findings, until it is given back."""


def stored(connection: sqlite3.Connection) -> dict[str, list[Any]]:
    """All that the follower keeps, without the row ids."""
    found = {}
    for table in TABLES:
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        names = ", ".join(c for c in columns if (table, c) not in _UNCOMPARED)
        where = f" WHERE is_between AND {_OF_THE_LIVING}" if table == "findings" else ""
        found[table] = sorted(connection.execute(f"SELECT {names} FROM {table}{where}").fetchall(), key=repr)
    return found


def refold_all(connection: sqlite3.Connection) -> dict[str, list[Any]]:
    """The same, made from nothing but the captures, in a transaction that is taken back."""
    watermark = follower.read_watermark(connection)
    kept = connection.execute(
        "SELECT name, name_from, is_sample, survey_id FROM surveys s WHERE NOT EXISTS (SELECT 1 FROM captures"
        " WHERE id = s.name_from AND (deletion IS NULL OR NOT is_trusted))"
    ).fetchall()
    connection.execute("BEGIN")
    for table in ("respondents", "groups", "surveys"):
        connection.execute(f"DELETE FROM {table}")
    connection.execute("DELETE FROM findings WHERE is_between")
    connection.execute("DELETE FROM news")
    connection.execute("DELETE FROM figures")
    connection.execute("INSERT INTO figures (id, watermark) VALUES (1, ?)", (watermark,))
    follower.shift_figures(connection, follower.figures_of(connection, "id <= ?", (watermark,)))
    keys = {
        key
        for row in connection.execute(
            "SELECT id, kind, event, survey_id, group_id, user_id FROM captures"
            " WHERE deletion IS NULL AND id <= ?",
            (watermark,),
        )
        if (key := respondents.key_of(*row)) is not None
    }
    grouping.refold(connection, keys, watermark)
    connection.executemany(  # the last known name, of captures that were deleted
        "UPDATE surveys SET name = ?, name_from = ? WHERE is_sample = ? AND survey_id = ? AND name IS NULL",
        kept,
    )
    shapes.follow(connection, 0, watermark)
    made = stored(connection)
    connection.execute("ROLLBACK")
    return made


def follow(connection: sqlite3.Connection, steps: int = 10_000) -> None:
    one = Follower(lambda marked: None)
    while steps and one.step(connection):
        steps -= 1


bodies = st.one_of(
    st.builds(
        an_answer,
        st.sampled_from(["a", "b", ""]),
        survey=st.sampled_from(["s-1", "s-2", None]),
        group=st.sampled_from(["g-1", "g-2"]),
        user=st.sampled_from(["u-1", "u-2", None]),
        order=st.integers(1, 2),
        at=st.sampled_from(["2026-01-01T10:00:00.000Z", "2026-01-01T10:00:05+00:00", "later"]),
    ),
    st.builds(
        a_completion,
        st.sampled_from(["a", "b", ""]),
        survey=st.sampled_from(["s-1", "s-2"]),
        name=st.sampled_from(["One", "Other"]),
        user=st.sampled_from(["u-1", "u-2", None]),
        at=st.sampled_from(["2026-01-01T10:00:00.000Z", "2026-01-02T10:00:05+00:00"]),
    ),
    st.just(b'{"ping":true}'),
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("capture"), bodies, st.sampled_from(["signed", "unsigned", "sample", "pending"])),
        st.tuples(st.just("follow"), st.integers(1, 3)),
        st.tuples(st.just("delete"), st.sets(st.integers(1, 20), max_size=6)),
        st.tuples(st.just("undo")),
        st.tuples(st.just("evaluate"), st.integers(1, 20)),
        st.tuples(st.just("purge")),
    ),
    max_size=25,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_after_any_mix_of_changes_the_stored_figures_equal_refolding_all(
    tmp_path_factory: Any, steps: list[tuple[Any, ...]]
) -> None:
    path: Path = tmp_path_factory.mktemp("grouping") / "captures.db"
    prepare(path, create=True)
    connection = connect(path)
    connection.execute("PRAGMA synchronous = OFF")
    deletion = 0
    for step in steps:
        match step:
            case ("capture", body, kind):
                capture = a_capture(
                    body, signed=kind != "unsigned", kind="sample" if kind == "sample" else "captured"
                )
                judgement = evaluate(capture, [a_secret()], is_secret_on_file=False)
                captures.insert(
                    connection, [new_capture(capture, PENDING if kind == "pending" else judgement)]
                )
            case ("follow", count):
                follow(connection, count)
            case ("delete", ids):
                deletion += 1
                deletions.hide(connection, deletion, sorted(ids))
            case ("undo",):
                deletions.restore(connection, deletion)
            case ("purge",):
                deletions.purge(connection)
            case ("evaluate", capture_id):
                found = connection.execute(
                    "SELECT 1 FROM captures WHERE id = ? AND deletion IS NULL", (capture_id,)
                )
                if found.fetchone():
                    capture = captures.read(connection, capture_id)
                    judgement = evaluate(capture, [a_secret()], is_secret_on_file=False)
                    follower.reevaluate(connection, [(capture_id, judgement)])
    follow(connection)
    assert stored(connection) == refold_all(connection)
    connection.close()


async def test_figures_are_drawn_from_trusted_captures_and_the_others_are_counted_beside_them(
    store: Store,
) -> None:
    store.become_listener("test")
    await put(
        store,
        a_capture(an_answer("5")),
        a_capture(a_completion("5", "good")),
        a_capture(an_answer("forged", user="u-9"), signed=False),
        a_capture(
            an_answer("x", survey="s-unknown"), headers=((b"x-webhook-signature", b"0" * 64),), signed=False
        ),
        a_capture(an_answer("y"), kind="sample"),
    )
    await followed(store)
    [survey] = store.read(lambda c: tree.surveys(c, TreeOptions())).rows
    assert (survey.survey_id, survey.name, survey.captures, survey.users, survey.others) == (
        "s-1",
        "Survey one",
        2,
        1,
        1,
    )
    [user] = store.read(lambda c: tree.respondents(c, "s-1", "g-1", TreeOptions())).rows
    assert (user.user_id, user.mark, user.answers) == ("u-1", "complete", 2)
    [unknown] = store.read(lambda c: tree.surveys(c, TreeOptions(verified=False))).rows
    assert (unknown.survey_id, unknown.mix.invalid) == ("s-unknown", 1)
    figures = store.read(tree.figures)
    assert (figures.total, figures.valid, figures.unsigned, figures.invalid, figures.samples) == (
        5,
        2,
        1,
        1,
        1,
    )


async def test_a_flood_for_one_respondent_is_counted_and_not_analysed(store: Store) -> None:
    store.become_listener("test")
    await put(store, *[a_capture(an_answer(str(n), order=n)) for n in range(502)])
    await followed(store)
    [user] = store.read(lambda c: tree.respondents(c, "s-1", "g-1", TreeOptions())).rows
    assert (user.captures, user.answers, user.mark) == (502, 0, "partial")


async def test_a_kill_between_steps_loses_nothing(tmp_path: Path) -> None:
    first = Store(tmp_path / "captures.db")
    await put(first, a_capture(an_answer("5")), a_capture(a_completion("5")))
    await first.close(forget_deleted=False)
    second = Store(tmp_path / "captures.db")
    assert second.behind() == 2
    second.become_listener("test")
    await followed(second)
    assert second.read(lambda c: stored(c)) == second.read(lambda c: stored(c))
    await second.close(forget_deleted=False)
    connection = connect(tmp_path / "captures.db")
    assert stored(connection) == refold_all(connection)
    connection.close()


async def test_captures_that_somebody_forged_are_not_gone_through_to_count_a_true_one(store: Store) -> None:
    store.become_listener("test")
    await put(store, *[a_capture(an_answer(str(n)), signed=False) for n in range(50)])
    await put(store, a_capture(an_answer("5")))
    await followed(store)

    def plans(connection: sqlite3.Connection) -> list[str]:
        key = respondents.StoredRespondentKey(False, "s-1", "g-1", "u-1", 0)
        asked = f"EXPLAIN QUERY PLAN {respondents.TRUSTED_QUERY.format(respondents.CAPTURES_OF['user'])}"
        return [step[3] for step in connection.execute(asked, {**key._asdict(), "watermark": 1_000})]

    assert "is_trusted=?" in store.read(plans)[0]
    [user] = store.read(lambda c: tree.respondents(c, "s-1", "g-1", TreeOptions())).rows
    assert (user.captures, user.others, user.answers) == (1, 50, 1)


async def test_who_catches_up_outlasts_a_lock_of_another_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(database, "BUSY_MS", 50)
    caplog.set_level(logging.INFO)
    store = Store(tmp_path / "captures.db")
    await put(store, *[a_capture(an_answer(str(number))) for number in range(5)])
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    catching_up = asyncio.create_task(store.catch_up("an import"))
    await until(lambda: caplog.text.count("background work waits") >= 2)  # so it tries again by itself
    other.close()
    await catching_up
    assert store.behind() == 0
    await store.close(forget_deleted=False)


def put_in(connection: sqlite3.Connection, *sent: bytes) -> None:
    made = [a_capture(body) for body in sent]
    captures.insert(
        connection, [new_capture(one, evaluate(one, [a_secret()], is_secret_on_file=False)) for one in made]
    )


def times_of_one(number: int) -> list[bytes]:
    """A respondent takes the survey again and again: two answers and a completion each time."""
    made = []
    for index in range(number):
        at = f"2026-01-01T{index // 180:02}:{index // 3 % 60:02}:{index % 3:02}.000Z"
        said = str(index)
        made.append(a_completion(said, at=at) if index % 3 == 2 else an_answer(said, order=index % 3, at=at))
    return made


def instructions(connection: sqlite3.Connection, sent: bytes) -> int:
    """What SQLite does to count one more capture."""
    put_in(connection, sent)
    done = 0

    def count() -> None:
        nonlocal done
        done += 1

    connection.set_progress_handler(count, 1)
    follow(connection)
    connection.set_progress_handler(None, 0)
    return done


@pytest.mark.parametrize(
    ("sent", "more"),
    [
        pytest.param(times_of_one(420), [30, 400], id="captures of one respondent"),
        pytest.param(
            [a_completion(str(n), user=None) for n in range(2_100)], [30, 2_000], id="anonymous completions"
        ),
        pytest.param(
            [
                a_completion(str(n), user=None) if n % 50 else an_answer(str(n), user=None)
                for n in range(2_051)
            ],
            [100, 2_000],
            id="an anonymous answer after anonymous completions",
        ),
    ],
)
def test_counting_one_more_costs_the_same_however_many_there_are(
    tmp_path: Path, sent: list[bytes], more: list[int]
) -> None:
    prepare(tmp_path / "captures.db", create=True)
    connection = connect(tmp_path / "captures.db")
    connection.execute("PRAGMA synchronous = OFF")
    costs, at = [], 0
    for number in more:
        put_in(connection, *sent[at:number])
        follow(connection)
        costs.append(instructions(connection, sent[number]))
        at = number + 1
    assert costs[1] < 1.5 * costs[0], costs
    assert stored(connection) == refold_all(connection)
    connection.close()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sent=st.lists(
        st.tuples(st.integers(0, 40), st.sampled_from("ab"), st.integers(1, 3), st.booleans()),
        min_size=15,
        max_size=40,
    ),
    in_order=st.booleans(),
    user=st.sampled_from(["u-1", None]),
    deleted=st.sets(st.integers(1, 40), max_size=3),
    every=st.integers(1, 12),
)
def test_a_respondent_that_is_counted_capture_by_capture_equals_one_that_is_folded_whole(
    tmp_path_factory: Any,
    sent: list[tuple[int, str, int, bool]],
    in_order: bool,
    user: str | None,
    deleted: set[int],
    every: int,
) -> None:
    path: Path = tmp_path_factory.mktemp("grouping") / "captures.db"
    prepare(path, create=True)
    connection = connect(path)
    connection.execute("PRAGMA synchronous = OFF")
    for index, (minute, said, order, is_completion) in enumerate(sorted(sent) if in_order else sent):
        at = f"2026-01-01T10:{minute:02}:00.000Z"
        put_in(
            connection,
            a_completion(said, at=at, user=user)
            if is_completion
            else an_answer(said, order=order, at=at, user=user),
        )
        if index % every == 0:
            follow(connection)
        if index == len(sent) // 2:
            deletions.hide(connection, 1, sorted(deleted))
    follow(connection)
    assert stored(connection) == refold_all(connection)
    connection.close()


@pytest.mark.parametrize("is_bulk", [False, True])
def test_a_deleted_capture_names_no_survey_once_it_is_not_trusted(tmp_path: Path, is_bulk: bool) -> None:
    prepare(tmp_path / "captures.db", create=True)
    connection = connect(tmp_path / "captures.db")
    put_in(connection, an_answer(), naming := a_completion(name="Named"))
    follow(connection)
    deletions.hide(connection, 1, [2])
    names = "SELECT name FROM surveys"
    assert connection.execute(names).fetchall() == [("Named",)]
    other = evaluate(a_capture(naming), [a_secret("another")], is_secret_on_file=True)
    follower.reevaluate(connection, [(2, other)], is_bulk=is_bulk)
    follow(connection)
    assert connection.execute(names).fetchall() == [(None,)]
    assert stored(connection) == refold_all(connection)
    connection.close()
