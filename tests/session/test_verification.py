"""After the saved secrets changed, what is stored is checked again, and figures and trust follow."""

from __future__ import annotations

import asyncio

import pytest

from inspector.session import groups, verification
from inspector.session.session import Session
from inspector.session.verification import VerificationProgress
from tests.builders import COMPLETION, a_completion, an_answer, signature
from tests.session.conftest import OtherProgram, Seen, Start, Wallet, post
from tests.session.test_replays import put
from tests.waiting import until


async def receive(session: Session, *bodies: bytes) -> None:
    """Captures signed with the secret of the documents' samples, counted in groups and figures."""
    assert session.ingest.url is not None
    for body in bodies:
        await post(session.ingest.url, body, (b"x-webhook-signature", signature(body)))
    await until(lambda: not session.groups.behind)


async def verified(session: Session) -> None:
    done = asyncio.Event()
    session.verification.progressed.connect(lambda progress: done.set() if progress.is_done else None)
    if session.verification.progress is None or not session.verification.progress.is_done:
        await done.wait()


async def test_a_saved_secret_makes_valid_what_it_signed(start: Start, wallet: Wallet) -> None:
    session = await start(secret="another secret")
    await receive(session, an_answer("a"), a_completion("b"))
    assert session.captures.figures().invalid == 2
    assert session.groups.surveys().rows == ()
    seen = Seen(session)
    await session.secrets.add("production", "blitz_test_secret", save=True)
    await verified(session)
    assert set(seen.judged) == {1, 2}
    assert session.captures.figures().valid == 2
    assert {row.verdict.secret for row in session.captures.rows([1, 2]).values()} == {"production"}
    [survey] = session.groups.surveys().rows
    assert (survey.captures, survey.others) == (2, 0)


async def test_taking_it_away_again_takes_the_verdicts_back(start: Start, wallet: Wallet) -> None:
    session = await start(secret="another secret")
    await session.secrets.add("production", "blitz_test_secret", save=True)
    await receive(session, an_answer("a"))
    assert session.captures.figures().valid == 1
    await session.secrets.remove("production")
    await verified(session)
    assert session.captures.figures().invalid == 1


async def test_large_bodies_are_checked_as_well(start: Start, wallet: Wallet) -> None:
    session = await start(secret="another secret")
    seen = Seen(session)
    await receive(session, a_completion(*["x" * 1000] * 100))
    await until(lambda: 1 in seen.judged)
    await session.secrets.add("production", "blitz_test_secret", save=True)
    await verified(session)
    assert session.captures.rows([1])[1].verdict.word == "valid"


async def test_of_very_many_all_are_checked_and_groups_follow(
    start: Start, wallet: Wallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "FEW", 5)
    monkeypatch.setattr(verification, "BATCH", 4)
    session = await start(secret="another secret")
    await receive(session, *[an_answer(str(n), user=f"u-{n % 3}") for n in range(10)])
    await session.secrets.add("production", "blitz_test_secret", save=True)
    await verified(session)
    await until(lambda: not session.groups.behind)
    assert session.captures.figures().valid == 10
    [survey] = session.groups.surveys().rows
    assert (survey.captures, survey.users) == (10, 3)


async def test_samples_of_an_earlier_run_keep_their_verdict(start: Start, wallet: Wallet) -> None:
    session = await start(secret=None)
    await session.samples.send(respondents=1)
    await session.secrets.add("production", "blitz_test_secret", save=True)
    await verified(session)
    assert session.captures.rows([1])[1].verdict.word == "valid"


async def test_the_tree_is_told_of_another_verdict_without_a_further_capture(
    start: Start, wallet: Wallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groups, "CHANGES_S", 0)
    session = await start(secret="another secret")
    told: list[int] = []
    session.groups.changed.connect(lambda _: told.append(len(session.groups.surveys().rows)))
    await receive(session, an_answer("a"), a_completion("b"))
    await until(lambda: told and session.groups.behind == 0 and session.groups.surveys(verified=False).rows)
    told.clear()
    await session.secrets.add("production", "blitz_test_secret", save=True)
    await until(lambda: told and told[-1], lambda rows: rows == 1)


async def test_a_run_that_was_ended_goes_on_at_the_next_start(start: Start, wallet: Wallet) -> None:
    session = await start(secret="another secret")
    await receive(session, *[an_answer(str(n)) for n in range(5)])
    session.verification.progressed.connect(lambda progress: session.verification.stop())
    await session.secrets.add("production", "blitz_test_secret", save=True)
    await session.close()
    second = await start(secret="another secret")
    await verified(second)
    assert {row.verdict.word for row in second.captures.rows(range(1, 6)).values()} == {"valid"}


async def test_it_goes_on_once_another_program_lets_go_of_the_file(
    other_program: OtherProgram, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "BATCH", 2)
    session = await start(secret="another secret", listening=False)
    await put(session, *[an_answer(str(n)) for n in range(5)])
    told: list[VerificationProgress] = []

    def follow(progress: VerificationProgress) -> None:
        told.append(progress)
        if progress.done == 2:
            other_program.lock()

    session.verification.progressed.connect(follow)
    running = asyncio.create_task(session.verification.start())
    await other_program.met()
    assert {row.verdict.word for row in session.captures.rows([1, 2, 3]).values()} == {"valid"}
    other_program.free()
    await running
    assert {row.verdict.word for row in session.captures.rows(range(1, 6)).values()} == {"invalid"}
    assert [progress.done for progress in told] == [0, 2, 4, 5, 5]
    assert told[-1].is_done


async def test_what_was_cleared_comes_back_with_the_verdict_of_now(start: Start, wallet: Wallet) -> None:
    session = await start(secret=None)
    assert session.ingest.url is not None
    await post(session.ingest.url, COMPLETION, (b"x-webhook-signature", b"0" * 64))
    assert session.captures.rows([1])[1].is_trusted
    cleared = await session.captures.clear()
    await session.secrets.add("production", "blitz_test_secret", save=True)
    await verified(session)
    await session.captures.undo(cleared)
    row = session.captures.rows([1])[1]
    assert (row.verdict.word, row.is_trusted) == ("invalid", False)
    await until(lambda: not session.groups.behind)
    assert session.captures.figures().invalid == 1
    assert session.groups.surveys().rows == ()
