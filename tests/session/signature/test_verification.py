"""After the saved secrets changed, what is stored is checked again, and figures and trust follow."""

from __future__ import annotations

import asyncio
import gzip
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from inspector.base.errors import InspectorError
from inspector.session import groups
from inspector.session.session import Session
from inspector.session.signature import verification
from inspector.session.signature.verification import VerificationProgress
from inspector.store.write import evaluations
from tests.builders import COMPLETION, a_completion, an_answer, signature
from tests.session.conftest import OtherProgram, Seen, Start, Wallet, post
from tests.session.test_replays import put
from tests.waiting import evaluated, until


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
    await until(lambda: session.captures.figures().valid == 1)
    await session.secrets.remove("production")
    await verified(session)
    assert session.captures.figures().invalid == 1


async def test_without_any_active_secret_the_verdicts_are_kept(start: Start, wallet: Wallet) -> None:
    session = await start(secret=None)
    await evaluated(session)  # an evaluator that still starts gets the secrets later
    await session.secrets.add("production", "blitz_test_secret", save=True)
    await session.secrets.add("run", "another secret", save=False)
    await receive(session, an_answer("a"))
    await session.secrets.remove("run")
    await session.secrets.set_active("production", False)
    await until(lambda: not session.verification.is_running)
    assert session.captures.rows([1])[1].verdict.word == "valid"
    await session.secrets.set_active("production", True)
    await verified(session)
    assert session.captures.rows([1])[1].verdict.word == "valid"


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
    await evaluated(session)
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


async def test_stored_verdicts_of_other_secrets_are_offered_to_be_checked_again(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await start(secret="another secret")
    noted = lambda: session.store.read(evaluations.verified_with)  # noqa: E731
    await until(noted)
    assert not session.verification.is_outdated
    await session.secrets.add("first", "before any capture", save=False)
    await until(lambda: not session.verification.is_outdated)
    await receive(session, an_answer("a"))
    await session.close()
    later = await start(secret="blitz_test_secret", listening=False)
    assert later.verification.is_outdated
    without = await start(secret=None, listening=False)
    assert not without.verification.is_outdated, "without a secret there is nothing to check with"


async def test_a_repeated_check_needs_a_secret_if_the_file_had_one(start: Start) -> None:
    session = await start(secret="blitz_test_secret")
    await receive(session, an_answer("a"))
    assert (await session.verification.repeat()).total == 1
    await session.close()
    without = await start(secret=None, listening=False)
    with pytest.raises(InspectorError, match="No active secret, so nothing was re-verified"):
        await without.verification.repeat()
    assert without.captures.rows([1])[1].verdict.word == "valid"


async def test_a_sample_with_its_own_secret_is_explained_as_valid(start: Start) -> None:
    session = await start(secret=None)
    await session.samples.send(respondents=1)
    await evaluated(session)
    explanation = await session.diagnoses.explain(1)
    assert (explanation.shown, explanation.is_signed_here) == ("valid", True)


async def test_samples_stay_valid_under_a_secret_that_replaced_theirs(start: Start, wallet: Wallet) -> None:
    session = await start(secret="another secret")
    await session.samples.send(respondents=1)
    await evaluated(session)
    await session.secrets.set_active("env:BLITZ_WEBHOOK_SECRET", False)
    await session.secrets.add("production", "blitz_test_secret", save=True)
    await verified(session)
    await session.verification.start()
    assert {row.shown for row in session.captures.rows(range(1, 10)).values()} == {"valid"}
    explanation = await session.diagnoses.explain(1)
    assert (explanation.shown, explanation.findings) == ("valid", ())


async def test_a_sample_that_no_active_secret_verifies_is_never_invalid(start: Start) -> None:
    session = await start(secret="another secret")
    await session.samples.send(respondents=1)
    await evaluated(session)
    await session.store.write(lambda c: c.execute("UPDATE captures SET verdict = 'invalid', matched = 0"))
    await session.secrets.add("mine", "a third secret", save=False)
    await session.secrets.set_active("env:BLITZ_WEBHOOK_SECRET", False)
    await session.verification.wait()
    rows = session.captures.rows(range(1, 10)).values()
    assert {(row.verdict.word, row.verdict.reason) for row in rows} == {("unchecked", "no-secret")}
    assert session.captures.figures().invalid == 0
    assert not session.diagnoses.left
    await session.secrets.set_active("env:BLITZ_WEBHOOK_SECRET", True)
    await session.verification.wait()
    assert {row.shown for row in session.captures.rows(range(1, 10)).values()} == {"valid"}


async def old_file(start: Start, tmp_path: Path) -> None:
    """A file of format 5 with a compressed delivery, one from a browser, and one of each that is unsigned."""
    session = await start(listening=False)
    body = a_completion()
    sent = ((b"Content-Encoding", b"gzip"), (b"X-Webhook-Signature", signature(body)))
    await put(session, gzip.compress(body), signed=False, headers=sent)
    await put(session, an_answer("a"), headers=((b"origin", b"https://e.example"),))
    await put(session, an_answer("b"))
    await put(session, gzip.compress(an_answer("c")), signed=False, headers=sent[:1])
    await session.close()
    with closing(sqlite3.connect(tmp_path / "captures.db")) as file, file:
        file.execute("UPDATE captures SET is_trusted = 1, encoding = NULL")
        file.execute("UPDATE captures SET verdict = 'invalid', event = 'unknown', matched = 0 WHERE id = 1")
        file.execute("UPDATE captures SET event = 'unknown' WHERE id = 4")
        file.execute("DELETE FROM notes")
        file.execute("INSERT INTO notes VALUES ('had-secret', '1'), ('verified-for-format', '5')")


async def test_a_file_of_an_older_version_is_evaluated_in_the_background(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await old_file(start, tmp_path)
    without = await start(secret=None)
    await until(lambda: without.captures.rows([4])[4].encoding == "gzip")
    assert without.captures.rows([1])[1].verdict.word == "invalid", "it is left to a process with the secret"
    await without.close()
    session = await start()
    checked = await until(
        lambda: session.verification.progress, lambda progress: progress is not None and progress.is_done
    )
    assert session.store.read(evaluations.format_below) is None
    rows = session.captures.rows(range(1, 5))
    assert (rows[1].shown, rows[1].event, rows[1].is_trusted) == ("valid", "response_group", True)
    assert [row.is_trusted for row in rows.values()] == [True, False, True, False]
    assert (rows[4].event, rows[4].shown) == ("answer", "unsigned")
    assert checked is not None
    assert checked.total == 3, "only what an older version evaluated otherwise"


async def test_the_evaluation_for_a_new_version_goes_on_at_the_next_start(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await old_file(start, tmp_path)
    monkeypatch.setattr(verification, "BATCH", 1)
    first = await start(listening=False)
    first.verification.progressed.connect(
        lambda progress: first.verification.stop() if progress.done == 1 else None
    )
    first.verification.settle_format()
    await until(lambda: first.captures.rows([4])[4].encoding == "gzip")
    await first.close()
    second = await start()
    await until(lambda: second.store.read(evaluations.format_below), lambda below: below is None)
    assert second.captures.rows([1])[1].verdict.word == "valid"
