"""A connection that is kept from request to request, and what a cancellation leaves: nothing."""

import asyncio

import pytest

from inspector.client.send import Sender
from inspector.client.target import Target
from tests.client.receivers import (
    OK,
    Receiver,
    a_request,
    answers,
    answers_and_closes,
    read_raw,
    receiving,
    send,
)


async def test_a_connection_is_kept_and_only_the_first_request_waits_for_it() -> None:
    async with receiving(answers(OK)) as receiver:
        async with Sender(receiver.target) as sender:
            outcomes = [await sender.send(a_request(receiver.target)) for _ in range(3)]
        assert receiver.connections == 1
    assert [outcome.connect_ms is None for outcome in outcomes] == [False, True, True]
    assert all(outcome.connected_to == receiver.target.netloc for outcome in outcomes)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        OK + b"and another thing",
    ],
)
async def test_a_connection_that_ends_or_is_out_of_step_is_not_used_again(answer: bytes) -> None:
    async with receiving(answers(answer)) as receiver:
        async with Sender(receiver.target) as sender:
            for _ in range(3):
                assert (await sender.send(a_request(receiver.target))).outcome == "ok"
        assert receiver.connections == 3


async def test_http_1_0_is_sent_over_a_connection_of_its_own() -> None:
    async with receiving(answers(OK)) as receiver:
        async with Sender(receiver.target) as sender:
            for _ in range(2):
                await sender.send(a_request(receiver.target, version="1.0"))
        assert receiver.connections == 2


async def test_a_server_that_closes_after_each_answer_unannounced_loses_no_request() -> None:
    async with receiving(answers_and_closes(OK)) as receiver:
        async with Sender(receiver.target) as sender:
            for _ in range(50):
                first = await sender.send(a_request(receiver.target))
                assert first.outcome == "ok", first.error
                connection = sender.connection
                assert connection is not None
                await connection.wait_closed()
        assert receiver.connections == 50


async def test_after_a_loss_on_a_kept_connection_each_request_has_its_own() -> None:
    """The server closes a moment after each answer, which no look at the connection foresees."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_raw(reader)
        writer.write(OK)
        await writer.drain()
        await read_raw(reader)  # what is sent at that very moment is read, and answered by nobody

    async with receiving(talk) as receiver, Sender(receiver.target) as sender:
        outcomes = [(await sender.send(a_request(receiver.target))).outcome for _ in range(6)]
    assert outcomes == ["ok", "reset", "ok", "ok", "ok", "ok"]


async def test_a_connection_on_which_the_server_speaks_unasked_is_not_used_again() -> None:
    has_spoken = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await read_raw(reader)
            writer.write(OK)
            await writer.drain()
            await asyncio.sleep(0.02)
            writer.write(b"HTTP/1.1 500 Never asked for\r\n\r\n")
            has_spoken.set()

    async with receiving(talk) as receiver:
        async with Sender(receiver.target) as sender:
            for _ in range(2):
                assert (await sender.send(a_request(receiver.target))).outcome == "ok"
                await has_spoken.wait()
                has_spoken.clear()
                await asyncio.sleep(0.02)  # the loop reads what has arrived before a timer is due
        assert receiver.connections == 2


async def test_a_request_that_may_have_been_taken_is_never_sent_again() -> None:
    arrived: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.append(await read_raw(reader))
        writer.write(OK)
        arrived.append(await read_raw(reader))

    async with receiving(talk) as receiver:
        async with Sender(receiver.target) as sender:
            words = [(await sender.send(a_request(receiver.target))).outcome for _ in range(2)]
        assert receiver.connections == 1
    assert words == ["ok", "reset"]
    assert len(arrived) == 2


async def test_after_a_failure_the_same_sender_goes_on() -> None:
    answer_next = False

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal answer_next
        await read_raw(reader)
        writer.write(OK if answer_next else b"garbage")
        answer_next = not answer_next
        await reader.read()

    async with receiving(talk) as receiver, Sender(receiver.target) as sender:
        words = [(await sender.send(a_request(receiver.target))).outcome for _ in range(2)]
    assert words == ["bad-answer", "ok"]


async def _silent() -> tuple[Receiver, asyncio.Event]:
    asked = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        asked.set()
        await reader.read()

    receiver = Receiver(talk)
    await receiver.start()
    return receiver, asked


@pytest.mark.parametrize("size", [10, 20_000_000])
async def test_a_cancelled_send_leaves_nothing_and_says_that_it_may_have_been_taken(size: int) -> None:
    receiver, asked = await _silent()
    tasks_before = asyncio.all_tasks()
    async with Sender(receiver.target) as sender:
        task = asyncio.create_task(sender.send(a_request(receiver.target, body=b"x" * size)))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert sender.abandoned is not None
        assert sender.abandoned.outcome == "unknown"
        assert "may have received the request" in (sender.abandoned.error or "")
    assert {t for t in asyncio.all_tasks() if "Receiver" not in repr(t)} <= tasks_before
    await receiver.stop()


async def test_a_send_cancelled_while_it_connects_was_never_sent() -> None:
    receiver, asked = await _silent()
    target = Target.parse(receiver.target.url.replace("http:", "https:"))
    async with Sender(target) as sender:
        task = asyncio.create_task(sender.send(a_request(target)))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert sender.abandoned is None
    await receiver.stop()


async def test_being_cancelled_by_others_is_not_taken_for_a_timeout() -> None:
    receiver, _ = await _silent()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await send(a_request(receiver.target), receiver.target)
    await receiver.stop()
