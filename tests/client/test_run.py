import asyncio
from collections.abc import AsyncIterator

import pytest

from inspector.client.outcome import Outcome
from inspector.client.run import deliver
from inspector.client.target import Target
from inspector.client.wire import WireRequest
from tests.client.receivers import OK, a_request, answers, read_raw, receiving


class Log:
    """What was recorded, in order."""

    def __init__(self) -> None:
        self.outcomes: list[tuple[int, Outcome]] = []

    async def record(self, key: int, outcome: Outcome) -> None:
        self.outcomes.append((key, outcome))

    def words(self) -> dict[int, str]:
        return {key: outcome.outcome for key, outcome in self.outcomes}


def numbered(target: Target, count: int) -> list[tuple[int, WireRequest]]:
    return [(n, a_request(target, target=b"/%d" % n)) for n in range(count)]


def targets(arrived: list[bytes]) -> list[int]:
    return [int(raw.split(b" ")[1][1:]) for raw in arrived]


async def test_one_at_a_time_arrives_in_order_over_one_connection() -> None:
    arrived: list[bytes] = []
    log = Log()
    async with receiving(answers(OK, arrived)) as receiver:
        items = numbered(receiver.target, 20)
        await deliver(items, receiver.target, at_once=1, record=log.record, stop=asyncio.Event())
        assert receiver.connections == 1
    assert targets(arrived) == list(range(20))
    assert [key for key, _ in log.outcomes] == list(range(20))


async def test_several_at_once_deliver_each_exactly_once() -> None:
    arrived: list[bytes] = []
    log = Log()
    async with receiving(answers(OK, arrived)) as receiver:
        items = numbered(receiver.target, 100)
        await deliver(items, receiver.target, at_once=8, record=log.record, stop=asyncio.Event())
        assert 1 < receiver.connections <= 8
    assert sorted(targets(arrived)) == list(range(100))
    assert log.words() == dict.fromkeys(range(100), "ok")


async def test_so_many_are_on_their_way_at_once_and_no_more() -> None:
    all_here = asyncio.Barrier(3)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await read_raw(reader)
            await all_here.wait()  # answered only once three wait for their answers
            assert all_here.n_waiting < 3
            writer.write(OK)

    log = Log()
    async with receiving(talk) as receiver:
        items = numbered(receiver.target, 12)
        await deliver(items, receiver.target, at_once=3, record=log.record, stop=asyncio.Event())
        assert receiver.connections == 3
    assert len(log.outcomes) == 12


async def test_the_next_request_is_asked_for_only_when_a_lane_is_free() -> None:
    asked: list[int] = []
    recorded: list[int] = []

    async with receiving(answers(OK)) as receiver:

        async def items() -> AsyncIterator[tuple[int, WireRequest]]:
            for key, request in numbered(receiver.target, 10):
                assert recorded == asked
                asked.append(key)
                yield key, request

        async def record(key: int, outcome: Outcome) -> None:
            recorded.append(key)

        await deliver(items(), receiver.target, at_once=1, record=record, stop=asyncio.Event())
    assert recorded == list(range(10))


async def test_trouble_of_one_does_not_keep_the_others_from_being_sent() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while b"/3 " not in await read_raw(reader):
            writer.write(OK)

    log = Log()
    async with receiving(talk) as receiver:
        items = numbered(receiver.target, 8)
        await deliver(items, receiver.target, at_once=2, record=log.record, stop=asyncio.Event())
    assert log.words() == {n: "reset" if n == 3 else "ok" for n in range(8)}


async def test_a_stop_gives_up_what_is_on_its_way_and_starts_nothing_more() -> None:
    stop = asyncio.Event()
    log = Log()
    arrived: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            arrived.append(await read_raw(reader))
            if len(arrived) >= 6:
                stop.set()
                await reader.read()
            writer.write(OK)

    async with receiving(talk) as receiver:
        items = numbered(receiver.target, 1000)
        await deliver(items, receiver.target, at_once=2, record=log.record, stop=stop)
    words = log.words()
    assert set(targets(arrived)) <= set(words)
    assert len(words) == len(log.outcomes) <= 8
    assert list(words.values()).count("unknown") in (1, 2)


async def test_an_outcome_that_is_being_recorded_when_the_stop_comes_is_recorded_to_the_end() -> None:
    stop = asyncio.Event()
    recorded: list[str] = []

    async def record(key: int, outcome: Outcome) -> None:
        stop.set()
        await asyncio.sleep(0.05)
        recorded.append(outcome.outcome)

    async with receiving(answers(OK)) as receiver:
        items = numbered(receiver.target, 5)
        await deliver(items, receiver.target, at_once=1, record=record, stop=stop)
    assert recorded == ["ok"]


async def test_a_stop_interrupts_an_iterable_that_waits_for_its_time() -> None:
    stop = asyncio.Event()
    is_closed = False

    async with receiving(answers(OK)) as receiver:

        async def items() -> AsyncIterator[tuple[int, WireRequest]]:
            nonlocal is_closed
            try:
                stop.set()
                await asyncio.Event().wait()
                yield 1, a_request(receiver.target)
            finally:
                is_closed = True

        await deliver(items(), receiver.target, at_once=4, record=Log().record, stop=stop)
    assert is_closed


async def test_a_run_that_is_cancelled_records_what_may_have_been_taken() -> None:
    asked = asyncio.Event()
    log = Log()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_raw(reader)
        asked.set()
        await reader.read()

    async with receiving(talk) as receiver:
        items = numbered(receiver.target, 3)
        run = asyncio.create_task(
            deliver(items, receiver.target, at_once=1, record=log.record, stop=asyncio.Event())
        )
        await asked.wait()
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
    assert log.words() == {0: "unknown"}


async def test_a_failure_of_the_recording_ends_the_run_and_is_raised() -> None:
    async def record(key: int, outcome: Outcome) -> None:
        raise LookupError("no such capture")

    async with receiving(answers(OK)) as receiver:
        items = numbered(receiver.target, 50)
        with pytest.raises(LookupError):
            await deliver(items, receiver.target, at_once=4, record=record, stop=asyncio.Event())


async def test_nothing_to_deliver_opens_no_connection() -> None:
    async with receiving(answers(OK)) as receiver:
        await deliver([], receiver.target, at_once=4, record=Log().record, stop=asyncio.Event())
        assert receiver.connections == 0
