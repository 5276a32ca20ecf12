"""The connections of a forward, and the permission that each of them was opened under."""

from __future__ import annotations

import asyncio

import pytest

from inspector.client.connect import HostNotAllowed
from inspector.client.outcome import Outcome, ResponseLimits
from inspector.client.target import Target
from inspector.domain.capture.rows import AttemptDetail
from inspector.domain.replay.attempt import Standing
from inspector.outbox.forward_sender import ForwardSender
from tests.builders import a_capture
from tests.session.test_forwards import OK, a_target, an_outer_address


async def test_what_was_under_way_when_its_host_was_withdrawn_leaves_no_way_there() -> None:
    host = an_outer_address()
    allowed = {host}
    gate = asyncio.Event()

    async def slow(body: bytes) -> bytes:
        await gate.wait()
        return OK

    async def abandoned(attempt: AttemptDetail | None) -> None:
        assert attempt is None, "nothing of it has left"

    async with a_target(host) as target:
        target.answer = slow
        courier = ForwardSender(
            Target.parse(target.url), 1, limits=ResponseLimits(), is_allowed=allowed.__contains__
        )
        capture = a_capture()

        async def send(number: int) -> Outcome:
            prepared = courier.prepared(capture)
            outcome, _ = await courier.send(number, prepared, Standing("valid", True), abandoned)
            return outcome

        under_way = [asyncio.create_task(send(number)) for number in (1, 2)]
        await target.got(2)
        allowed.clear()
        with pytest.raises(HostNotAllowed):
            await send(3)
        gate.set()
        assert [outcome.status for outcome in await asyncio.gather(*under_way)] == [200, 200]
        for number in (4, 5):
            with pytest.raises(HostNotAllowed):
                await send(number)
        assert len(target.bodies) == 2
        allowed.add(host)
        assert (await send(6)).status == 200
        await courier.close()
