"""The list grows while a filter still looks, and what arrives meanwhile joins it."""

from __future__ import annotations

import asyncio
import subprocess
import time
from pathlib import Path

import pytest

from inspector.domain.capture.native import ExportedCapture, dump_line, head_line
from inspector.domain.query.scope import EVERYTHING
from inspector.gui.captures import listing
from inspector.gui.shell.main_window import MainWindow
from inspector.session.session import Session
from inspector.store.query import search
from tests.builders import a_capture, a_completion, an_answer, signature
from tests.e2e.program import PROGRAM
from tests.gui.conftest import at_rest, deliver
from tests.session.conftest import send, stopped_evaluator
from tests.waiting import evaluated, until


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "FIRST", 4)
    monkeypatch.setattr(search, "MOST", 4)
    monkeypatch.setattr(listing, "_PART_S", 0)


def listed(window: MainWindow) -> list[int]:
    return [window.model.id_at(row) for row in range(window.model.rowCount())]


async def test_a_list_shows_what_was_found_so_far_and_counts_on(window: MainWindow, session: Session) -> None:
    await deliver(session, *(an_answer(user=f"u-{number % 2}") for number in range(40)))
    await until(lambda: len(listed(window)) == 40)
    seen: list[tuple[int, str]] = []

    def note() -> None:
        seen.append((window.model.rowCount(), window.filter_row.count.text()))

    window.listing.loaded.connect(note)
    window.filter_row.field.setText("user:u-1")
    wanted = list(range(40, 0, -2))
    await until(lambda: listed(window) == wanted)
    await until(lambda: window.filter_row.count.text() == "20 of 40")
    assert len(seen) > 3
    assert seen[0] == (2, "2+ of 40")
    assert [count for count, _ in seen] == sorted(count for count, _ in seen)


async def test_what_arrives_while_it_looks_is_on_top_once(window: MainWindow, session: Session) -> None:
    await deliver(session, *(an_answer(user=f"u-{number % 2}") for number in range(20)))
    await until(lambda: len(listed(window)) == 20)
    window.listing.type("user:u-1")
    window.listing.current_query()  # the search begins now
    await deliver(session, an_answer(user="u-1"), an_answer(user="u-2"), an_answer(user="u-1"))
    await until(lambda: len(listed(window)) == 12)
    assert listed(window) == [23, 21, *range(20, 0, -2)]


async def test_a_newer_filter_ends_the_one_that_runs(window: MainWindow, session: Session) -> None:
    await deliver(session, *(an_answer(user=f"u-{number % 2}") for number in range(20)))
    await until(lambda: len(listed(window)) == 20)
    window.listing.type("user:u-1")
    window.listing.current_query()
    first = window.listing.search
    assert first is not None
    window.listing.type("id:3..5")
    window.listing.current_query()
    await until(lambda: listed(window) == [5, 4, 3])
    assert not first.is_whole
    window.listing.reload()
    await until(lambda: window.listing.has_found)
    assert listed(window) == [5, 4, 3]


async def test_what_is_found_out_later_joins_the_list_then(window: MainWindow, session: Session) -> None:
    window.listing.type("is:duplicate OR survey:named OR $.big:end")
    window.listing.current_query()
    await until(lambda: window.listing.has_found)
    big = b'{"big":"' + b"x" * 70_000 + b' end"}'  # judged after its sender was answered
    await deliver(session, an_answer("a"), an_answer("a"), big, a_completion(survey="s-2", name="Named"))
    await until(lambda: listed(window) == [4, 3, 2])
    assert window.listing.waiting in ((), (1,))


async def test_what_another_process_imports_among_deliveries_is_listed_in_its_place(
    window: MainWindow, session: Session, tmp_path: Path
) -> None:
    session.follow()
    file = tmp_path / "e.ndjson"
    exported = [ExportedCapture(capture=a_capture(an_answer(str(number)))) for number in range(30)]
    file.write_text("\n".join([head_line(), *(dump_line(0, one) for one in exported)]))
    await deliver(session, *(an_answer(user=f"u-{number}") for number in range(60)))
    await until(lambda: len(listed(window)) == 60)
    assert window.list.select_capture(20)
    in_sight = window.list.rowAt(0)
    top = window.model.id_at(in_sight)
    command = [str(PROGRAM), "import", str(file), "--database", str(tmp_path / "captures.db")]
    importing = asyncio.create_task(asyncio.to_thread(subprocess.run, command, check=True))
    delivered = 60
    while not importing.done():
        await deliver(session, an_answer(user="u-live"))
        delivered += 1
    await deliver(session, an_answer(user="u-last"))
    everything = list(range(delivered + 1 + 30, 0, -1))
    await until(lambda: listed(window), lambda ids: ids == everything)
    assert window.model.id_at(window.list.rowAt(0)) == top, "what was in sight stays there"


async def test_large_captures_are_compared_with_the_filter_beside_the_loop(
    window: MainWindow, session: Session
) -> None:
    window.filter_row.field.setText("needle")
    await until(lambda: window.listing.text == "needle" and window.listing.has_found)
    found, other = (b'{"text":"%b%b"}' % (b"x" * 8_000_000, word) for word in (b"needle", b"straw"))
    await deliver(session, found, *[other] * 6, an_answer("needle"))
    await until(lambda: listed(window) == [8, 1])
    assert window.listing.waiting == tuple(range(2, 8))
    await until(
        lambda: all(row.verdict.reason != "pending" for row in session.captures.rows(range(1, 9)).values())
    )
    await at_rest("match large captures")
    turns = [0.0]

    async def watch() -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(0.001)
            turns.append(time.thread_time() - before)

    watching = asyncio.create_task(watch())
    await until(lambda: len(turns) > 1)
    session.captures.judged.emit(tuple(range(2, 8)))  # as after new secrets
    await until(lambda: len(turns) > 100)
    watching.cancel()

    before = time.thread_time()
    session.captures.matching([2, 3, 4, 5, 6, 7], EVERYTHING, "needle")
    on_the_loop = time.thread_time() - before
    assert max(turns) < on_the_loop / 2
    assert listed(window) == [8, 1]


async def test_what_waited_for_its_evaluation_during_an_import_joins_a_filtered_list(
    window: MainWindow, session: Session
) -> None:
    assert session.ingest.url is not None
    window.listing.type("verdict:valid")
    window.listing.current_query()
    await until(lambda: window.listing.has_found)
    await evaluated(session)
    with stopped_evaluator():
        for body in (an_answer("a"), an_answer("b")):
            signed = (b"x-webhook-signature", signature(body))
            assert await send(session.ingest.url, body, signed) == 200
        importing = asyncio.create_task(session.import_export.take_captures([a_capture(an_answer("c"))]))
        await until(lambda: listed(window) == [3])
        window.list.select_capture(3)
        window.listing.reload()
        await until(lambda: window.listing.has_found and not window.listing.is_searching)
        assert listed(window) == [3]
    await until(lambda: listed(window) == [3, 2, 1])
    assert window.list.selected_ids() == (3,)
    await importing
