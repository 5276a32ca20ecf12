"""The secrets change while captures are evaluated: no verdict of older secrets is stored afterwards."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest

from inspector.session.file import watcher
from tests.builders import SECRET_TEXT, a_capture, a_completion, an_answer, signature
from tests.session import failing_evaluators as evaluators
from tests.session.conftest import Start, Wallet, send
from tests.session.signature.test_verification import receive, verified
from tests.session.test_evaluator_process import arrive, use, words
from tests.waiting import evaluated, until

LARGE = a_completion(*["x" * 1_000] * 100)
"""It is evaluated by the worker."""


@pytest.fixture(autouse=True)
def never_polled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that captures must notice a change before it stores something, and not after a while."""
    monkeypatch.setattr(watcher, "POLL_INTERVAL_S", 3600)


def wait_while_exists(flag: Path) -> None:
    """Keep the worker busy."""
    while flag.exists():
        time.sleep(0.01)


async def test_a_capture_that_another_process_added_a_secret_for_is_never_stored_as_invalid(
    start: Start, wallet: Wallet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(evaluators.waits_at_poison, monkeypatch)
    listener = await start(secret="another secret")
    terminal = await start(secret=None, listening=False)
    await arrive(listener, an_answer("poison"), an_answer("b"))
    await until((tmp_path / "wait").exists)
    seen: list[str] = []
    listener.captures.captured.connect(
        lambda ids: seen.extend(row.verdict.word for row in listener.captures.rows(ids).values())
    )
    for name in ("first", "production"):  # twice, while the evaluator is busy
        await terminal.secrets.add(name, SECRET_TEXT if name == "production" else "x", save=True)
        await verified(terminal)
    (tmp_path / "wait").unlink()
    assert await words(listener, 2) == ["valid"] * 2
    await until(lambda: len(seen), (2).__eq__)
    assert seen == ["valid"] * 2


async def test_a_corrected_text_counts_at_once_although_the_names_are_the_same(
    start: Start, wallet: Wallet
) -> None:
    listener = await start(secret=None)
    terminal = await start(secret=None, listening=False)
    await listener.secrets.add("production", "with a typo", save=True)
    await receive(listener, an_answer("a"))
    await terminal.secrets.refresh()
    await terminal.secrets.correct("production", SECRET_TEXT)
    await verified(terminal)
    await receive(listener, an_answer("b"))
    assert await words(listener, 2) == ["valid"] * 2


async def test_a_change_of_this_process_hides_no_earlier_one_of_another_process(
    start: Start, wallet: Wallet
) -> None:
    listener = await start(secret="another secret")
    terminal = await start(secret=None, listening=False)
    await terminal.secrets.add("production", SECRET_TEXT, save=True)
    await verified(terminal)
    await listener.secrets.set_active("env:BLITZ_WEBHOOK_SECRET", False)
    await receive(listener, an_answer("a"))
    assert await words(listener, 1) == ["valid"]
    await terminal.secrets.add("old", "x", save=True)
    await listener.secrets.add("new", "y", save=True)
    await receive(listener, an_answer("b"))
    assert {one.name for one in listener.secrets.active} == {"production", "old", "new"}


@pytest.mark.parametrize("work", ["capture", "verification", "import"])
async def test_a_large_capture_gets_no_verdict_of_older_secrets_from_a_slower_process(
    work: str, start: Start, wallet: Wallet, tmp_path: Path
) -> None:
    listener = await start(secret="another secret")
    flag = tmp_path / "busy"
    flag.touch()
    running = [asyncio.ensure_future(listener.worker.run(wait_while_exists, flag))]
    if work == "import":
        taken = listener.import_export.take_captures([a_capture(LARGE)])
        running.append(asyncio.ensure_future(taken))
    else:
        await arrive(listener, LARGE)
        await evaluated(listener)
    if work == "verification":
        running.append(asyncio.ensure_future(listener.verification.start()))
    for _ in range(20):  # they wait for the worker, with the secret of now
        await listener.store.sync()
    terminal = await start(secret=None, listening=False)
    await terminal.secrets.add("production", SECRET_TEXT, save=True)
    await verified(terminal)
    flag.unlink()
    await asyncio.gather(*running)
    await until(lambda: listener.captures.rows([1]), lambda rows: rows[1].verdict.reason != "pending")
    await listener.worker.run(os.getpid)  # nothing waits for it any more
    await listener.store.sync()
    assert listener.captures.rows([1])[1].verdict.word == "valid"


async def test_a_cause_is_searched_again_if_the_secrets_change_meanwhile(
    start: Start, wallet: Wallet, tmp_path: Path
) -> None:
    listener = await start(secret="another secret")
    flag = tmp_path / "busy"
    flag.touch()
    busy = asyncio.ensure_future(listener.worker.run(wait_while_exists, flag))
    await arrive(listener, an_answer("a"))
    await evaluated(listener)
    for _ in range(20):  # the search waits for the worker
        await listener.store.sync()
    terminal = await start(secret=None, listening=False)
    await terminal.secrets.add("production", f"{SECRET_TEXT}\n", save=True)
    await verified(terminal)
    flag.unlink()
    await busy
    await until(lambda: listener.captures.rows([1])[1].is_examined)
    found = (await listener.captures.detail(1)).findings
    assert [finding.code for finding in found] == ["secret-whitespace"]


async def test_stored_captures_are_verified_however_many_senders_wait(
    start: Start, wallet: Wallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of them is a message to the evaluator, which may never have taken all of them."""
    session = await start(secret="another secret")
    await session.responses.add("418 for verdict:invalid")
    await receive(session, an_answer("before"))
    is_done = False

    async def senders(number: int) -> None:
        while not is_done:
            body = an_answer(f"{number}")
            assert session.ingest.url is not None
            await send(session.ingest.url, body, (b"x-webhook-signature", signature(body)))

    running = [asyncio.ensure_future(senders(number)) for number in range(20)]
    await session.secrets.add("production", SECRET_TEXT, save=True)
    await verified(session)
    is_done = True
    await asyncio.gather(*running)
    assert await words(session, 1) == ["valid"]


async def test_what_a_listener_verified_with_its_own_secret_stays_valid_after_a_change_elsewhere(
    start: Start, wallet: Wallet
) -> None:
    listener = await start(secret="of the environment")
    assert listener.ingest.url is not None
    own, other = an_answer("own"), an_answer("other")
    for body, secret in ((own, "of the environment"), (other, "production")):
        await send(listener.ingest.url, body, (b"x-webhook-signature", signature(body, secret)))
    await evaluated(listener)
    terminal = await start(secret=None, listening=False)
    await terminal.secrets.add("saved", "production", save=True)
    await verified(terminal)
    assert await words(listener, 2) == ["valid"] * 2
    await listener.secrets.remove("env:BLITZ_WEBHOOK_SECRET")
    await verified(listener)
    assert await words(listener, 2) == ["invalid", "valid"]
