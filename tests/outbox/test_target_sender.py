"""The connections to a destination, and the permission that each of them was opened under."""

from __future__ import annotations

import asyncio

import pytest

from inspector.client.connect import HostNotAllowed
from inspector.client.outcome import ResponseLimits
from inspector.client.target import Destination, Target
from inspector.outbox.target_sender import TargetSender
from tests.client.receivers import a_request
from tests.session.test_forwards import OK, a_target, an_outer_address


async def test_a_connection_of_a_host_that_was_revoked_is_not_used_again() -> None:
    host = an_outer_address()
    allowed = {host}
    gate = asyncio.Event()

    async def slow(body: bytes) -> bytes:
        await gate.wait()
        return OK

    async with a_target(host) as target:
        target.answer = slow
        destination = Destination(target=Target.parse(target.url), limits=ResponseLimits())
        request = a_request(destination.target)
        async with TargetSender(destination, allowed) as one, TargetSender(destination, allowed) as other:
            in_flight = asyncio.create_task(one.send(request))
            await target.got(1)
            allowed.clear()
            with pytest.raises(HostNotAllowed):
                await other.send(request)
            assert other.abandoned is None, "nothing of it has left"
            gate.set()
            assert (await in_flight).status == 200
            with pytest.raises(HostNotAllowed):
                await one.send(request)
            assert len(target.bodies) == 1
            allowed.add(host)
            assert (await one.send(request)).status == 200
