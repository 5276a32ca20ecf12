"""`plans` shows what each replay did, resumes a stopped one and cancels what is left of it."""

from __future__ import annotations

import signal
import socket
from pathlib import Path
from typing import Any

import pytest

from inspector.base.errors import InspectorError, NotFound, UsageError
from inspector.cli.verbs.send.plans import PLANS
from inspector.cli.verbs.send.replay import REPLAY
from tests import schemas
from tests.cli.calls import use
from tests.cli.verbs.send.test_replay import numbered
from tests.e2e.program import PATIENCE_S, finish, running
from tests.session.test_replays import OK as OK_ANSWER
from tests.session.test_replays import receiver

_NO = b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"


async def _listed(database: str, *options: str) -> list[dict[str, Any]]:
    records = (await use(PLANS, *options, "--database", database, "--format", "json")).records()
    for record in records:
        schemas.valid("plan", record)
    return records


async def _shown(database: str, plan: str = "last") -> tuple[dict[str, Any], list[dict[str, Any]]]:
    done = await use(PLANS, "show", plan, "--database", database, "--format", "json")
    head, *deliveries = done.records()
    schemas.valid("plan-details", head)
    for one in deliveries:
        schemas.valid("plan-delivery", one)
    return head, deliveries


async def test_a_stopped_plan_is_listed_shown_and_resumed(tmp_path: Path) -> None:
    database = await numbered(tmp_path, 5)
    on_file = ("--database", database)
    async with receiver(lambda request: _NO if b"<2>" in request else OK_ANSWER) as (url, received):
        await use(REPLAY, "--to", url, *on_file, "--stop-on-failure", "--fault", "twice:5")
        [plan] = await _listed(database)
        assert (plan["plan"], plan["state"], plan["sent"], plan["left"]) == (
            1,
            "stopped",
            2,
            plan["total"] - 2,
        )
        head, deliveries = await _shown(database)
        assert (head["succeeded"], head["unexpected"], head["unknown"]) == (1, 1, [])
        assert [(one["capture"], one["state"], one["status"]) for one in deliveries[:3]] == [
            (1, "done", 200),
            (2, "done", 500),
            (3, "waiting", None),
        ]
        shown = await use(PLANS, "show", "1", *on_file)
        assert "✗ http-error  500" in shown.text
        assert "    3  capture 3  waiting" in shown.text
        assert "`replay --resume 1` sends them." in shown.said
        resumed = await use(PLANS, "resume", "1", *on_file, "--format", "json")
        *attempts, summary = resumed.records()
        assert attempts[0]["capture"] == 3
        schemas.valid("replay-summary", summary)
        assert resumed.status == 0
        await use(REPLAY, "1", "--to", url, *on_file)
    plans = await _listed(database)
    assert [(plan["plan"], plan["state"], plan["left"]) for plan in plans] == [(1, "done", 0), (2, "done", 0)]
    assert [plan["plan"] for plan in await _listed(database, "--limit", "1")] == [2]
    assert len(received) == plans[0]["total"] + 1
    with pytest.raises(InspectorError, match=r"Plan 1 is complete. There is nothing to cancel"):
        await use(PLANS, "cancel", "1", *on_file)


async def test_a_cancelled_plan_sends_nothing_more(tmp_path: Path) -> None:
    database = await numbered(tmp_path, 4)
    on_file = ("--database", database)
    async with receiver(lambda request: _NO) as (url, received):
        await use(REPLAY, "--to", url, *on_file, "--stop-on-failure")
        done = await use(PLANS, "cancel", "last", *on_file)
        assert done.text == "Cancelled plan 1: 3 deliveries will not be sent.\n"
        [plan] = await _listed(database)
        assert (plan["state"], plan["sent"], plan["skipped"], plan["left"]) == ("done", 1, 3, 0)
        again = await use(PLANS, "resume", "1", *on_file)
        assert again.text == "Plan 1 is complete. There is nothing left to send.\n"
    assert len(received) == 1


async def test_a_running_plan_is_neither_cancelled_nor_resumed_and_a_killed_one_is(tmp_path: Path) -> None:
    database = await numbered(tmp_path, 3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(PATIENCE_S)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with running("replay", "--to", url, "--database", database) as program:
            connection, _ = silent.accept()
            with connection:
                assert (await _listed(database))[0]["state"] == "running"
                for action in ("cancel", "resume"):
                    done = finish("plans", action, "1", "--database", database)
                    assert (done.returncode, done.stderr.count(b"\n")) == (2, 1)
                    assert b"Plan 1 is" in done.stderr
                program.process.send_signal(signal.SIGKILL)
                program.process.wait()
    [plan] = await _listed(database)
    assert (plan["state"], plan["unfinished"] > 0) == ("stopped", True)
    await use(PLANS, "cancel", "1", "--database", database)
    head, deliveries = await _shown(database)
    assert (head["state"], head["left"], head["unfinished"]) == ("done", 0, 0)
    assert {one["outcome"] for one in deliveries if one["state"] == "done"} == {"unknown"}


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        (("show", "7"), NotFound, "There is no plan 7"),
        (("show", "last"), NotFound, "no replay plans"),
        (("show", "x"), UsageError, "Use the number of a plan, or last"),
        (("cancel",), UsageError, "Missing argument: ID"),
        (("cancel", "1", "--dry-run"), UsageError, "--dry-run cannot be used with `plans cancel`"),
    ],
)
async def test_mistakes_are_refused(
    tmp_path: Path, words: tuple[str, ...], error: type[Exception], said: str
) -> None:
    database = await numbered(tmp_path, 1)
    with pytest.raises(error, match=said):
        await use(PLANS, *words, "--database", database)
    done = await use(PLANS, "--database", database)
    assert (done.text, done.said) == ("", "No replay plans yet. `replay` creates one.\n")
