"""Why a signature is not valid: sought in the background, kept, and told when a capture is opened."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from inspector.domain.query.scope import EVERYTHING
from inspector.session.session import Session
from tests.builders import ANSWER, COMPLETION, an_answer, signature
from tests.session.conftest import OtherProgram, Seen, Start, Wallet, post
from tests.session.test_replays import put
from tests.waiting import until, wait_until

SIGNATURE = b"x-webhook-signature"


async def deliver(session: Session, body: bytes, signed: bytes) -> None:
    assert session.ingest.url is not None
    assert await post(session.ingest.url, body, (SIGNATURE, signed)) == 200


async def examined(session: Session) -> None:
    """Until no invalid capture waits for its diagnosis."""
    await until(lambda: not session.diagnoses.left)


async def codes(session: Session, capture_id: int) -> list[str]:
    return [finding.code for finding in (await session.captures.detail(capture_id)).findings]


async def test_what_arrives_invalid_is_examined_in_the_background_and_the_cause_is_kept(start: Start) -> None:
    session = await start()
    seen = Seen(session)
    await deliver(session, ANSWER, signature(ANSWER, "blitz_test_secret\n"))
    await examined(session)
    assert await codes(session, 1) == ["secret-whitespace"]
    await until(lambda: 1 in seen.judged)
    findings = (await session.captures.detail(1)).findings
    assert list(await session.cures.affected(findings)) == [1]


async def test_several_faults_at_once_are_each_named(start: Start) -> None:
    session = await start()
    spaced = json.dumps(json.loads(COMPLETION)).encode()
    await deliver(session, COMPLETION, signature(spaced, '"blitz_test_secret"').upper())
    explanation = await session.diagnoses.explain(1)
    assert {finding.code for finding in explanation.findings if finding.is_proved} == {
        "body-reserialised",
        "secret-quoted",
        "digest-case",
    }


async def test_a_signature_that_belongs_to_another_capture_is_told_with_its_id(start: Start) -> None:
    session = await start()
    await deliver(session, ANSWER, signature(ANSWER))
    await deliver(session, COMPLETION, signature(ANSWER))
    await deliver(session, an_answer("unsigned one"), b"0" * 64)
    await deliver(session, an_answer("fourth"), signature(an_answer("unsigned one")))
    await examined(session)
    for wrong, right in ((2, 1), (4, 3)):
        [finding] = (await session.diagnoses.explain(wrong)).findings
        assert finding.code == "header-of-another-capture"
        assert finding.is_proved
        assert str(right) in finding.summary


async def test_what_is_seen_stays_beside_a_signature_that_belongs_to_another_capture(start: Start) -> None:
    session = await start()
    await deliver(session, ANSWER, signature(ANSWER))
    await deliver(session, ANSWER[:-20], signature(ANSWER))
    await examined(session)
    assert await codes(session, 2) == ["header-of-another-capture", "body-truncated", "body-not-json"]
    assert list(await session.captures.ids(EVERYTHING, "finding:body-truncated") or ()) == [2]


async def test_what_nothing_explains_is_said_to_be_and_examined_once(start: Start) -> None:
    session = await start()
    await deliver(session, ANSWER, b"0" * 64)
    await examined(session)
    assert await codes(session, 1) == ["unexplained"]
    assert session.diagnoses.left == 0


async def test_other_secrets_have_every_invalid_capture_examined_anew(start: Start, wallet: Wallet) -> None:
    session = await start(secret="another secret")
    await deliver(session, ANSWER, signature(ANSWER, "third secret").upper())
    await examined(session)
    assert "digest-case" not in await codes(session, 1)
    await session.secrets.add("production", "third secret", save=True)
    await until(lambda: codes(session, 1), lambda now: "digest-case" in now)


async def test_what_an_earlier_run_left_is_examined_on_request(start: Start) -> None:
    first = await start()
    await deliver(first, ANSWER, signature(ANSWER).upper())
    await examined(first)
    await first.store.write(lambda c: c.execute("UPDATE captures SET is_examined = 0").rowcount)
    await first.close()
    second = await start()
    assert second.diagnoses.left == 1
    second.diagnoses.all()
    await examined(second)
    assert await codes(second, 1) == ["digest-case"]


async def test_a_finding_can_be_filtered_for(start: Start) -> None:
    session = await start()
    await deliver(session, ANSWER, signature(ANSWER))
    await deliver(session, COMPLETION, signature(COMPLETION).upper())
    await examined(session)
    assert list(await session.captures.ids(EVERYTHING, "finding:digest-case") or ()) == [2]


async def test_a_secret_can_be_tried_on_a_selection_without_being_kept(start: Start) -> None:
    session = await start(secret="wrong")
    await deliver(session, ANSWER, signature(ANSWER))
    await deliver(session, COMPLETION, signature(COMPLETION, "third"))
    tried = await session.diagnoses.try_secret([1, 2, 99], "blitz_test_secret")
    assert {one: verdict.word for one, verdict in tried.items()} == {1: "valid", 2: "invalid"}
    assert [row.name for row in session.secrets.names()] == ["env:BLITZ_WEBHOOK_SECRET"]
    assert session.captures.rows([1])[1].verdict.word == "invalid"


async def test_one_whose_asker_has_gone_on_is_examined_in_its_turn(start: Start, tmp_path: Path) -> None:
    session = await start()
    flag = tmp_path / "busy"
    flag.touch()
    busy = asyncio.create_task(session.worker.run(_wait_while_it_exists, flag))
    for response in ("one", "two", "three"):
        body = an_answer(response)
        await deliver(session, body, signature(body, "blitz_test_secret\n"))
    queued = session.diagnoses._waiting
    await until(lambda: len(queued) == 2)  # the third waits for the worker
    asked_for = next(iter(queued))
    asked = asyncio.create_task(session.diagnoses.explain(asked_for))
    await until(lambda: asked_for not in queued)
    asked.cancel()
    await until(lambda: asked_for in queued)
    assert not session.captures.rows([asked_for])[asked_for].is_examined
    flag.unlink()
    await busy
    await examined(session)
    assert session.captures.rows([asked_for])[asked_for].is_examined


def _wait_while_it_exists(flag: Path) -> None:
    """Keep the worker busy."""
    wait_until(lambda: not flag.exists())


async def test_it_goes_on_once_another_program_lets_go_of_the_file(
    other_program: OtherProgram, start: Start
) -> None:
    session = await start(listening=False)
    forged = (SIGNATURE, b"0" * 64)
    await put(session, ANSWER, COMPLETION, signed=False, headers=(forged,))
    other_program.lock()
    session.diagnoses.start()
    session.diagnoses.all()
    await other_program.met()
    assert session.diagnoses.left == 2
    other_program.free()
    await examined(session)
    await put(session, an_answer("later"), signed=False, headers=(forged,))
    session.captures.captured.emit((3,))
    await examined(session)
    assert await codes(session, 3) == ["unexplained"]
