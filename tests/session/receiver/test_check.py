"""A receiver is checked by its URL or by the name of a target, signed with a secret that is in use."""

from __future__ import annotations

import hashlib
import hmac
from contextlib import aclosing
from typing import Any

import pytest

from inspector.base.errors import UsageError
from inspector.domain.receiver.table import TESTS
from inspector.session.receiver.check import TITLES, CheckReport, CheckResult, planned
from inspector.session.session import Session
from inspector.session.targets import NamedTarget
from tests.builders import SECRET_TEXT
from tests.session.conftest import Start
from tests.session.test_replays import OK, receiver

NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
FAILED = b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"
NO = b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"


def verifying(request: bytes, secret: str = SECRET_TEXT) -> bytes:
    """The answer of a receiver that verifies the bytes as they came."""
    head, _, body = request.partition(b"\r\n\r\n")
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return OK if f"x-webhook-signature: {expected}".encode() in head else NO


async def every(session: Session, to: str, **options: Any) -> list[CheckResult]:
    async with aclosing(session.receiver_check.run(to, **options)) as results:
        return [result async for result in results if isinstance(result, CheckResult)]


async def test_each_test_has_a_title_of_its_own(start: Start) -> None:
    session = await start(listening=False)
    async with receiver(verifying) as (url, received):
        results = await every(session, url)
    assert tuple(result.title for result in results) == TITLES
    assert len(set(TITLES)) == len(TESTS)
    assert [result.test for result in results if result.ok is not True] == []
    assert len(received) > len(TESTS), "some are sent twice"


async def test_only_the_tests_of_one_group_are_run_after_a_valid_event(start: Start) -> None:
    session = await start(listening=False)
    async with receiver(verifying) as (url, received):
        results = await every(session, url, groups=("rejects",))
    assert [result.title for result in results] == [title for title, _ in planned(("rejects",))]
    assert [result.test for result in results if result.result != "passed"] == ["repeated-header"]
    sent = sum(len(result.exchanges) for result in results)
    assert len(received) == sent + 3, "three valid events show that it is steady"


async def test_a_named_target_gets_its_own_headers_and_nothing_of_the_signature_is_lost(start: Start) -> None:
    session = await start(listening=False)
    async with receiver(verifying) as (url, received):
        token = (b"Authorization", b"Bearer t0p-s3cr3t")
        await session.targets.save(NamedTarget(name="local", url=f"{url}hook", headers=(token,)))
        results = await every(session, "local")
    assert all(result.ok for result in results)
    assert all(b"\r\nAuthorization: Bearer t0p-s3cr3t\r\n" in request for request in received)
    first = {request.partition(b"\r\n")[0] for request in received}
    assert first == {
        *(b"POST /hook HTTP/1.1", b"POST /hook HTTP/1.0", b"GET /hook HTTP/1.1", b"PUT /hook HTTP/1.1"),
    }


async def test_what_is_no_name_and_no_url_is_told(start: Start) -> None:
    session = await start(listening=False)
    with pytest.raises(UsageError, match="There is no target"):
        await every(session, "nowhere")


async def test_one_of_several_secrets_signs(start: Start) -> None:
    session = await start(listening=False)
    await session.secrets.add("staging", "of staging", save=False)
    async with receiver(lambda request: verifying(request, "of staging")) as (url, _):
        assert not (await every(session, url))[0].ok
        assert all(result.ok for result in await every(session, url, sign_with="staging"))
        await session.secrets.set_active("staging", False)
        with pytest.raises(UsageError, match="staging is no longer active"):
            await every(session, url, sign_with="staging")


async def test_a_wrong_path_is_the_cause_if_every_event_gets_404(start: Start) -> None:
    session = await start(listening=False)
    async with receiver(lambda _: NOT_FOUND) as (url, _), aclosing(session.receiver_check.run(url)) as steps:
        report = [step async for step in steps][-1]
    assert isinstance(report, CheckReport)
    assert report.sentence == ("Your receiver rejects valid deliveries: it responds with 404 to every event.")


async def test_one_that_fails_on_an_empty_body_does_not_accept_forged_events(start: Start) -> None:
    def careless(request: bytes) -> bytes:
        return verifying(request) if request.partition(b"\r\n\r\n")[2] else FAILED

    session = await start(listening=False)
    async with receiver(careless) as (url, _), aclosing(session.receiver_check.run(url)) as steps:
        report = [step async for step in steps][-1]
    assert isinstance(report, CheckReport)
    assert report.verdict == "correct"
    assert report.sentence == (
        "Your receiver verifies signatures correctly, but 1 other test fails: empty body, no signature."
    )


async def test_a_receiver_that_fails_on_some_events_is_not_said_to_fail_on_every_one(start: Start) -> None:
    def careless(request: bytes) -> bytes:
        """Verifies nothing, and cannot read an emoji."""
        is_read = "🚀".encode() not in request and b"\xf0" not in request
        return OK if is_read else FAILED

    session = await start(listening=False)
    async with receiver(careless) as (url, _), aclosing(session.receiver_check.run(url)) as steps:
        [report] = [step async for step in steps if isinstance(step, CheckReport)]
    assert any(result.status == 500 and result.result == "failed" for result in report.results)
    assert report.causes == ()
    assert "to every event" not in report.sentence
