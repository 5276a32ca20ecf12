"""From a socket to a row: judged, committed, then answered."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import logging
import shutil
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from functools import partial
from operator import le
from typing import Any

import pytest

from inspector.base.errors import BusyError, InspectorError
from inspector.domain.capture.native import head_line
from inspector.domain.query.scope import EVERYTHING
from inspector.domain.signature.evaluation import PENDING
from inspector.session.records.captures import detail_record
from inspector.session.session import Session
from inspector.session.signature import verification
from inspector.store.file.database import connect
from inspector.store.group import recount
from inspector.store.query.readers import AT_ONCE
from inspector.store.write import captures
from inspector.store.write.columns import new_capture
from tests.builders import ANSWER, COMPLETION, a_capture, a_completion, an_answer, signature
from tests.domain.signature.test_content import PACK
from tests.session.conftest import OtherProgram, Seen, Start, Wallet, post, send
from tests.session.test_replays import put
from tests.store.conftest import followed
from tests.waiting import PATIENCE_S, evaluated, until

SIGNATURE = b"x-webhook-signature"


@pytest.mark.parametrize("depth", [505, 2_000])
async def test_an_answer_that_nests_deep_is_judged_and_grouped_as_any_other(
    start: Start, depth: int, caplog: pytest.LogCaptureFixture
) -> None:
    session = await start()
    seen = Seen(session)
    assert session.ingest.url is not None
    for body in (an_answer("DEEP"), a_completion()):
        body = body.replace(b'"DEEP"', b"[" * depth + b"]" * depth)
        assert await post(session.ingest.url, body, (SIGNATURE, signature(body))) == 200
    await until(lambda: 1 in seen.judged and 2 in seen.captured)
    row = session.captures.rows([1])[1]
    assert (row.verdict.word, row.event, row.user_id is not None) == ("valid", "answer", True)
    assert row.survey_id == session.captures.rows([2])[2].survey_id
    assert "cannot evaluate" not in caplog.text


async def test_a_signed_delivery_arrives_with_its_verdict_and_place(start: Start) -> None:
    session = await start()
    seen = Seen(session)
    assert session.ingest.url is not None
    assert await post(session.ingest.url, COMPLETION, (SIGNATURE, signature(COMPLETION))) == 200
    await until(lambda: seen.captured)
    [row] = session.captures.rows(seen.captured).values()
    assert (row.verdict.word, row.verdict.matched, row.verdict.secret) == (
        "valid",
        ("raw", "stringify"),
        "env:BLITZ_WEBHOOK_SECRET",
    )
    assert (row.event, row.user_id, row.answered) == ("response_group", "user_123", 200)
    await until(lambda: session.groups.surveys().rows)
    [survey] = session.groups.surveys().rows
    assert (survey.name, survey.captures) == ("Continuous NPS survey", 1)


async def test_it_is_in_the_file_before_the_sender_is_answered(start: Start) -> None:
    session = await start()
    assert session.ingest.url is not None
    await post(session.ingest.url, ANSWER)
    with sqlite3.connect(session.database) as other:
        assert other.execute("SELECT body FROM bodies").fetchall() == [(ANSWER,)]
    other.close()


@pytest.mark.parametrize("coding", sorted(PACK))
@pytest.mark.parametrize("is_large", [False, True])
async def test_a_compressed_delivery_is_read_as_its_receiver_reads_it(
    start: Start, coding: str, is_large: bool
) -> None:
    session = await start()
    seen = Seen(session)
    body = a_completion(*[f"{number:08x}" * 125 for number in range(100)]) if is_large else a_completion()
    packed = PACK[coding](body)
    sent = (b"Content-Encoding", coding.encode()), (SIGNATURE, signature(body))
    assert session.ingest.url is not None
    assert await post(session.ingest.url, packed, *sent) == 200
    assert await post(session.ingest.url, packed, sent[0], (SIGNATURE, signature(packed))) == 200
    await until(lambda: {1, 2} <= {*seen.judged} if is_large else len(seen.captured) == 2)
    decoded, transferred = session.captures.rows([1, 2]).values()
    assert (decoded.shown, decoded.event, decoded.encoding) == ("valid", "response_group", coding)
    assert (transferred.shown, transferred.event, transferred.is_trusted) == (
        "bytes-only",
        "response_group",
        True,
    )
    await until(lambda: [one.captures for one in session.groups.surveys().rows] == [2])
    detail = await session.captures.detail(1)
    assert (detail.capture.body, [one.code for one in detail.findings]) == (packed, ["body-compressed"])
    record = detail_record(detail)
    assert (record["encoding"], record["problem"], record["survey_id"]) == (coding, None, decoded.survey_id)
    for query in ('"question 1?"', "$.survey_name:one", "question:q-1", "-nowhere"):
        found = await session.captures.ids(EVERYTHING, query)
        assert sorted(found or ()) == [1, 2], query


async def test_a_bomb_is_checked_as_it_was_transferred(start: Start) -> None:
    session = await start()
    seen = Seen(session)
    bomb = gzip.compress(bytes(60_000_000))
    assert session.ingest.url is not None
    await post(session.ingest.url, bomb, (b"Content-Encoding", b"gzip"), (SIGNATURE, signature(bomb)))
    await until(lambda: seen.judged)
    row = session.captures.rows([1])[1]
    assert (row.shown, row.event) == ("valid", "unknown")
    assert "100 times" in str(row.problem)


@pytest.mark.parametrize("part", [b"[],", pytest.param(b"[", marks=pytest.mark.slow)])
async def test_a_body_of_too_many_values_is_checked_by_its_bytes(start: Start, part: bytes) -> None:
    session = await start()
    seen = Seen(session)
    body = part * (20 * 2**20 // len(part))
    body = b"[" + body[:-1] + b"]"
    assert session.ingest.url is not None
    await post(session.ingest.url, body, (SIGNATURE, signature(body)))
    await post(session.ingest.url, body, (SIGNATURE, b"0" * 64))
    await post(session.ingest.url, body)
    await until(lambda: {1, 2, 3} <= {*seen.judged})
    rows = session.captures.rows([1, 2, 3])
    assert [(row.shown, row.is_trusted) for row in rows.values()] == [
        ("valid", True),
        ("unchecked", False),
        ("unsigned", False),
    ]
    why = "The body was not read: it has more than 500,000 values."
    assert all(str(row.problem).startswith(why) and row.is_json is None for row in rows.values())
    explanation = await session.diagnoses.explain(2)
    assert (explanation.verdict.word, explanation.problem) == ("unchecked", rows[2].problem)


async def test_a_body_on_which_the_worker_fails_is_tried_again_only_if_the_user_asks(
    start: Start, wallet: Wallet, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    body = json.dumps(json.loads(a_completion(*["x" * 1000] * 100))).encode()
    monkeypatch.setattr(verification, "EVALUATION_S", 0.001)
    caplog.set_level(logging.INFO)
    session = await start()
    seen = Seen(session)
    assert session.ingest.url is not None
    signed = signature(json.dumps(json.loads(body), separators=(",", ":")).encode())
    await post(session.ingest.url, body, (SIGNATURE, signed))
    await until(lambda: seen.judged)
    row = session.captures.rows([1])[1]
    assert (row.shown, row.verdict.reason, row.event) == ("unchecked", None, "unknown")
    assert row.problem == (
        "The body was not read: it took longer than 0.001 s. Only a signature over its bytes can be checked."
    )
    assert caplog.text.count("evaluate_stored: it took longer") == 2
    await session.close()
    again = await start()
    monkeypatch.setattr(verification, "EVALUATION_S", 30.0)
    await again.secrets.add("another", "another secret", save=True)
    await until(lambda: again.verification.progress, lambda progress: progress and progress.is_done)
    assert again.captures.rows([1])[1] == row
    await again.verification.start()
    checked = again.captures.rows([1])[1]
    assert (checked.shown, checked.problem, checked.event) == ("rewritten", None, "response_group")


async def test_a_large_body_is_answered_first_and_judged_later(start: Start) -> None:
    session = await start()
    seen = Seen(session)
    body = a_completion(*["x" * 1000] * 100)
    assert session.ingest.url is not None
    assert await post(session.ingest.url, body, (SIGNATURE, signature(body))) == 200
    await until(lambda: seen.judged)
    [row] = session.captures.rows(seen.captured).values()
    assert (row.verdict.word, row.event, row.is_trusted) == ("valid", "response_group", True)


async def test_what_was_left_pending_is_judged_at_the_next_start(start: Start) -> None:
    first = await start()
    body = b"[" * 600 + b"]" * 600
    assert first.ingest.url is not None
    await post(first.ingest.url, body, (SIGNATURE, signature(body)))
    await first.close()
    second = await start()
    await until(lambda: second.captures.rows([1])[1].verdict.reason != "pending")
    assert second.captures.rows([1])[1].verdict.word == "valid"


async def test_what_is_pending_is_judged_once_another_program_lets_go_of_the_file(
    other_program: OtherProgram, start: Start
) -> None:
    session = await start(listening=False)
    seen = Seen(session)
    await session.store.append(new_capture(a_capture(ANSWER), PENDING))
    other_program.lock()
    await session.listen()
    await other_program.met()
    other_program.free()
    await until(lambda: 1 in seen.judged)
    assert session.captures.rows([1])[1].verdict.word == "valid"


async def test_what_was_cleared_before_it_was_judged_is_judged_once_it_is_back(start: Start) -> None:
    session = await start(listening=False)
    await session.store.append(new_capture(a_capture(ANSWER), PENDING))
    cleared = await session.captures.clear()
    await session.listen()
    seen = Seen(session)
    await session.captures.undo(cleared)
    await until(lambda: 1 in seen.judged)
    assert session.captures.rows([1])[1].verdict.word == "valid"


async def test_after_an_import_it_listens_as_well_as_ever(start: Start) -> None:
    session = await start(listening=False)
    await put(session, ANSWER)
    await session.import_export.take(io.BytesIO(f"{head_line()}\n".encode()))
    await session.listen()
    seen = Seen(session)
    body = a_completion(*["x" * 1000] * 100)
    assert session.ingest.url is not None
    assert await post(session.ingest.url, body, (SIGNATURE, signature(body))) == 200
    await until(lambda: 2 in seen.judged)
    assert session.captures.rows([2])[2].verdict.word == "valid"


async def test_after_an_import_another_process_can_listen(start: Start) -> None:
    importer = await start(listening=False)
    await put(importer, ANSWER)
    await importer.import_export.take(io.BytesIO(f"{head_line()}\n".encode()))
    assert importer.captures.figures().valid == 1
    await start()
    await put(importer, ANSWER)


async def test_who_begins_to_listen_during_an_import_goes_on_afterwards(start: Start) -> None:
    session = await start(listening=False)
    arrivals = [new_capture(a_capture(an_answer(str(number))), PENDING) for number in range(2_000)]
    for _ in range(5):  # on a busy machine, its follower may be faster than this thread
        with closing(connect(session.database)) as connection:  # more than it takes up in one go
            captures.insert(connection, arrivals)
        catching_up = asyncio.create_task(session.store.catch_up("an import"))
        await asyncio.sleep(0)
        if session.store.is_listener:
            break
        await catching_up
    assert session.store.is_listener
    await session.listen()
    await catching_up
    with pytest.raises(InspectorError, match="already in use by webhook-inspector"):
        await start()


async def test_a_second_listener_on_one_file_is_refused_and_told_of_the_first(start: Start) -> None:
    await start()
    second = await start(listening=False)
    with pytest.raises(InspectorError, match="already in use by webhook-inspector"):
        await second.listen()


async def test_listening_can_be_stopped_and_started_again(start: Start) -> None:
    session = await start()
    told: list[str | None] = []
    session.ingest.listening.connect(told.append)
    await session.stop_listening()
    await session.listen()
    assert told[0] is None
    assert session.ingest.url == told[1]
    assert session.ingest.url is not None
    assert await post(session.ingest.url, ANSWER) == 200


async def test_listening_can_be_stopped_before_its_start_has_ended(start: Start) -> None:
    session = await start()
    await session.stop_listening()
    told: list[str | None] = []
    session.ingest.listening.connect(told.append)
    go_on = threading.Event()
    reads = [session.store.fetch(lambda _: go_on.wait(PATIENCE_S)) for _ in range(AT_ONCE)]
    busy = asyncio.gather(*reads)  # forwards begin with a read, which must wait for these
    listening = asyncio.create_task(session.listen())
    await until(lambda: told)
    await session.stop_listening()
    go_on.set()
    assert [await listening, None] == told
    await busy


async def test_beyond_their_quota_captures_that_are_not_trusted_are_turned_away_and_it_is_told(
    start: Start,
) -> None:
    session = await start(settings=(("untrusted_bytes", "28000"),))
    told: list[str | None] = []
    session.ingest.storage_limit.problem_changed.connect(told.append)
    assert session.ingest.url is not None
    forged = an_answer("x" * 1100)
    assert await post(session.ingest.url, forged, (SIGNATURE, b"0" * 64)) == 200
    assert await post(session.ingest.url, forged, (SIGNATURE, b"0" * 64)) == 503
    assert told
    assert "untrusted captures is full" in str(told[0])
    assert await post(session.ingest.url, ANSWER, (SIGNATURE, signature(ANSWER))) == 200


async def test_what_the_quota_turns_away_is_counted_and_clearing_frees_it(start: Start) -> None:
    session = await start(settings=(("untrusted_bytes", "28000"),))
    told: asyncio.Queue[str | None] = asyncio.Queue()
    session.ingest.storage_limit.problem_changed.connect(told.put_nowait)
    assert session.ingest.url is not None
    forged = an_answer("x" * 1100)
    statuses = [await post(session.ingest.url, forged, (SIGNATURE, b"0" * 64)) for _ in range(3)]
    assert statuses == [200, 503, 503]
    assert session.ingest.storage_limit.untrusted_not_stored == 2
    assert "untrusted captures is full" in str(await told.get())
    await session.captures.clear(text="verdict:invalid")
    assert await told.get() is None
    assert await post(session.ingest.url, forged, (SIGNATURE, b"0" * 64)) == 200


def of_wide_headers(_: int) -> dict[str, Any]:
    return {"body": b"", "head": (b"x-fill", b"\xff" * 60_000)}


def of_nothing(_: int) -> dict[str, Any]:
    return {"body": b""}


def of_long_targets(_: int) -> dict[str, Any]:
    return {"body": b"", "target": b"/" + b"t" * 8_000}


def of_long_ids(number: int) -> dict[str, Any]:
    long = f"{number}-".ljust(200, "x")
    return {"body": an_answer("", survey=long, group=long, user=long)}


@pytest.mark.parametrize("request_of", [of_wide_headers, of_nothing, of_long_targets, of_long_ids])
async def test_whatever_strangers_send_the_file_grows_by_no_more_than_their_quota(
    start: Start, request_of: Callable[[int], dict[str, Any]]
) -> None:
    quota = 400_000
    session = await start(settings=(("untrusted_bytes", str(quota)),))
    assert session.ingest.url is not None
    empty = size_of(session)
    for number in range(1_000):
        sent = request_of(number)
        head = sent.pop("head", (SIGNATURE, b"0" * 64))
        if await post(session.ingest.url, sent.pop("body"), head, **sent) == 503:
            break
    else:
        pytest.fail("no end of them was stored")
    await followed(session.store)
    # Each finding takes its room, too.
    await until(session.diagnoses.count_left, lambda left: left == 0)
    assert size_of(session) - empty < quota
    assert session.store.read(recount.wrong_figures) is None


def size_of(session: Session) -> int:
    """Bytes of the file, those that are in its log included."""
    pages, size = session.store.read(
        lambda connection: (
            connection.execute("PRAGMA page_count").fetchone()[0],
            connection.execute("PRAGMA page_size").fetchone()[0],
        )
    )
    return int(pages * size)


async def test_what_is_being_stored_counts_in_the_quota_of_strangers(start: Start) -> None:
    """Though the quota is looked up in the file meanwhile, which has none of it yet."""
    quota, fit = 1_500_000, 6  # until it is known how little else they take
    session = await start(settings=(("untrusted_bytes", str(quota)),))
    url = session.ingest.url
    assert url is not None
    empty = size_of(session)
    forged = an_answer("x" * 40_000)
    with closing(connect(session.database)) as other:
        other.execute("BEGIN IMMEDIATE")
        posts = []
        for refused in range(1, 4):
            posts += [asyncio.create_task(send(url, forged, (SIGNATURE, b"0" * 64))) for _ in range(fit)]
            await until(
                lambda: session.ingest.storage_limit.untrusted_not_stored, partial(le, fit * (refused - 1))
            )
            session.ingest.storage_limit.check()
        other.execute("ROLLBACK")
    statuses = await asyncio.gather(*posts)
    assert (statuses.count(200), statuses.count(503)) == (fit, 2 * fit)
    await evaluated(session)
    assert size_of(session) - empty < quota


async def test_a_large_genuine_capture_is_stored_though_the_quota_is_used_up(start: Start) -> None:
    session = await start(settings=(("untrusted_bytes", "150000"),))
    assert session.ingest.url is not None
    large = an_answer("x" * 100_000)
    assert await post(session.ingest.url, large, (SIGNATURE, b"0" * 64)) == 200
    assert await post(session.ingest.url, large, (SIGNATURE, signature(large))) == 200
    assert await post(session.ingest.url, large, (SIGNATURE, b"0" * 64)) == 503
    await until(lambda: session.captures.rows([2])[2].verdict.word == "valid")
    assert session.ingest.storage_limit.untrusted_not_stored == 1


async def test_while_capturing_pauses_senders_are_told_to_come_back(start: Start) -> None:
    session = await start()
    told: list[str | None] = []
    session.ingest.storage_limit.problem_changed.connect(told.append)
    assert session.ingest.url is not None
    session.ingest.storage_limit.pause("Nothing is captured now.")
    assert await post(session.ingest.url, ANSWER) == 503
    session.ingest.storage_limit.pause(None)
    assert await post(session.ingest.url, ANSWER) == 200
    assert told == ["Nothing is captured now.", None]


async def test_below_the_reserve_of_disk_senders_are_told_to_come_back(start: Start) -> None:
    session = await start(settings=(("disk_reserve_bytes", str(1024**4)),))
    assert session.ingest.url is not None
    usage = shutil.disk_usage(session.database.parent)
    expected = 503 if usage.free < min(1024**4, usage.total // 10) else 200
    assert await post(session.ingest.url, ANSWER) == expected


async def test_a_disk_at_its_reserve_is_reported_once(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    session = await start(settings=(("disk_reserve_bytes", "0"),))
    usage = shutil.disk_usage(session.database.parent)
    told: list[str | None] = []
    limit = session.ingest.storage_limit
    limit.problem_changed.connect(told.append)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(total=10**12, free=0))
    assert session.ingest.url is not None
    for _ in range(3):
        assert limit.check()
        assert await post(session.ingest.url, ANSWER) == 503
    assert len(told) == 1
    assert "is full" in str(told[0])
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(total=10**12, free=2**30))
    assert limit.check()
    assert told[1:] == [None]
    assert await post(session.ingest.url, ANSWER) == 200


async def test_a_failure_below_the_reserve_is_not_reported_once_there_is_room(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await start()
    usage = shutil.disk_usage(session.database.parent)
    told: list[str | None] = []
    limit = session.ingest.storage_limit
    limit.problem_changed.connect(told.append)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(total=10**12, free=0))
    await until(lambda: told)
    limit.failed(BusyError("The disk is full."))  # of a request that was being stored
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(total=10**12, free=10**12))
    await until(lambda: told[-1] is None)
    assert len(told) == 2


async def test_without_any_secret_captures_are_unchecked_and_trusted(start: Start) -> None:
    session = await start(secret=None)
    assert session.ingest.url is not None
    await post(session.ingest.url, ANSWER, (SIGNATURE, signature(ANSWER)))
    [row] = session.captures.rows([1]).values()
    assert (row.verdict.word, row.verdict.reason, row.is_trusted) == ("unchecked", "no-secret", True)
