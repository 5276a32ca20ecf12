from __future__ import annotations

from pathlib import Path

from inspector.cli.replay import REPLAY
from inspector.session.options import Options
from inspector.session.session import Session
from tests.builders import ANSWER, signature
from tests.cli.calls import use
from tests.cli.conftest import Keep
from tests.replay.receivers import OK, answers, receiving
from tests.session.test_replays import put


async def test_a_line_for_each_attempt_and_one_for_all(keep: Keep) -> None:
    database = await keep((ANSWER, signature(ANSWER)), (b"{}", None))
    async with receiving(answers(OK)) as receiver:
        done = await use(REPLAY, "--to", f"http://{receiver.target.netloc}/", "--database", database)
    *attempts, total = done.text.splitlines()
    assert [line.rstrip().endswith(f"capture {n}") for n, line in enumerate(attempts, 1)] == [True, True]
    assert total == "2 sent: 2 succeeded, 0 failed."
    assert done.status == 0


async def test_json_has_every_attempt_and_the_summary_last(keep: Keep) -> None:
    database = await keep(*[(ANSWER, signature(ANSWER))] * 20)
    async with receiving(answers(OK)) as receiver:
        url = f"http://{receiver.target.netloc}/"
        done = await use(REPLAY, "--to", url, "--database", database, "--at-once", "4", "--format", "json")
    *attempts, total = done.records()
    assert sorted(attempt["capture"] for attempt in attempts) == list(range(1, 21))
    assert [attempt["attempt"] for attempt in attempts] == list(range(1, 21))
    assert total == {"sent": 20, "succeeded": 20, "failed": 0, "skipped": 0}


async def test_where_every_capture_was_skipped_nothing_is_said_to_be_sent(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    session = Session(Options(database=database, port=0))
    await session.open()
    await put(session, b"half", b"of it", kind="cut")
    await session.close()
    async with receiving(answers(OK)) as receiver:
        url = f"http://{receiver.target.netloc}/"
        done = await use(REPLAY, "--to", url, "--database", str(database))
        assert receiver.connections == 0
    first, why = done.text.splitlines()
    assert first == "Nothing was sent: 2 skipped."
    assert why.startswith("2 skipped: It was cut short")
    assert done.status == 0
