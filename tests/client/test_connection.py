"""What leaves, byte for byte, and what is told of every kind of answer, whole or not."""

import asyncio
import gzip
import re
import socket

import pytest

from inspector.client.outcome import ResponseLimits
from inspector.client.response import MAX_CHUNKS
from inspector.client.send import Sender
from inspector.client.target import Target
from tests.client.receivers import (
    HASTY,
    OK,
    a_request,
    answers,
    answers_and_closes,
    read_raw,
    receiving,
    send,
)

GZIP = gzip.compress(b'{"hello":"world"}', mtime=0)


async def test_what_leaves_is_what_arrived_byte_for_byte() -> None:
    raw = (
        b"POST /a%2Fb//c/../d?x=1&y=%20z;caf\xe9 HTTP/1.1\r\n"
        b"x-B: 1\r\n"
        b"hOsT: HOST\r\n"
        b"X-b: 2\r\n"
        b"x-B: caf\xe9 \x0b\x01 \xff\r\n"
        b"X-Webhook-Signature: AbC\r\n"
        b"empty: \r\n"
        b"Content-ENCODING: gzip\r\n"
        b"content-length: 37\r\n"
        b"z: last\r\n\r\n"
    )
    arrived: list[bytes] = []
    async with receiving(answers(OK, arrived)) as receiver:
        expected = raw.replace(b"HOST", receiver.target.netloc.encode()) + GZIP
        lines = expected.split(b"\r\n\r\n")[0].split(b"\r\n")
        headers = tuple((n, v) for n, _, v in (line.partition(b": ") for line in lines[1:]))
        captured = tuple((n, b"hooks.example" if n == b"hOsT" else v) for n, v in headers)
        request = a_request(receiver.target, target=lines[0].split(b" ")[1], headers=captured, body=GZIP)
        outcome = await send(request, receiver.target)
    assert arrived == [expected]
    assert outcome.outcome == "ok"


async def test_an_answer_is_kept_with_its_times_and_where_it_came_from() -> None:
    answer = b"HTTP/1.1 201 Created\r\nX-b: 1\r\nx-B: caf\xe9\r\nContent-Length: 3\r\n\r\nyes"
    async with receiving(answers(answer)) as receiver:
        outcome = await send(a_request(receiver.target), receiver.target)
    assert (outcome.outcome, outcome.status, outcome.error, outcome.is_success) == ("ok", 201, None, True)
    assert outcome.response_headers == ((b"X-b", b"1"), (b"x-B", b"caf\xe9"), (b"Content-Length", b"3"))
    assert (outcome.response_body, outcome.is_response_cut) == (b"yes", False)
    assert (outcome.connected_to, outcome.is_local) == (receiver.target.netloc, True)
    assert outcome.connect_ms is not None
    assert outcome.first_byte_ms is not None
    assert 0 < outcome.connect_ms <= outcome.first_byte_ms <= outcome.elapsed_ms


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", 204, b""),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nA: 1\r\n\r\n" + OK, 200, b"ok"),
        (b"HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", 200, b"abc"),
        (b"HTTP/1.1 299 Odd\r\nContent-Length: 0\r\n\r\n", 299, b""),
    ],
)
async def test_answers_are_read_as_http_frames_them(answer: bytes, status: int, body: bytes) -> None:
    async with receiving(answers(answer)) as receiver:
        outcome = await send(a_request(receiver.target), receiver.target)
    assert (outcome.outcome, outcome.status, outcome.response_body) == ("ok", status, body)


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.0 200 OK\r\n\r\n"])
async def test_an_answer_without_a_length_ends_with_its_connection(head: bytes) -> None:
    async with receiving(answers_and_closes(head + b"to the end")) as receiver:
        outcome = await send(a_request(receiver.target), receiver.target)
    assert (outcome.outcome, outcome.response_body) == ("ok", b"to the end")


async def test_the_answer_to_head_has_no_body_whatever_it_declares() -> None:
    async with receiving(answers(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")) as receiver:
        async with Sender(receiver.target) as sender:
            for _ in range(2):
                outcome = await sender.send(a_request(receiver.target, method="HEAD", body=b""))
                assert (outcome.outcome, outcome.response_body) == ("ok", b"")
        assert receiver.connections == 1


@pytest.mark.parametrize("status", [301, 304, 400, 404, 500, 503])
async def test_any_other_status_is_an_http_error_and_no_redirect_is_followed(status: int) -> None:
    arrived: list[bytes] = []
    answer = b"HTTP/1.1 %d X\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n" % status
    async with receiving(answers(answer, arrived)) as receiver:
        outcome = await send(a_request(receiver.target), receiver.target)
    assert (outcome.outcome, outcome.status, outcome.error) == ("http-error", status, None)
    assert len(arrived) == 1


async def test_a_target_that_never_answers_times_out() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with receiving(talk) as receiver:
        outcome = await send(a_request(receiver.target), receiver.target, HASTY)
    assert (outcome.outcome, outcome.status) == ("timeout", None)
    assert outcome.error == f"No response from {receiver.target.netloc} within 0.3 s."


async def test_an_answer_that_drips_times_out_with_what_came_of_it() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome")
        await reader.read()

    async with receiving(talk) as receiver:
        outcome = await send(a_request(receiver.target), receiver.target, HASTY)
    assert (outcome.outcome, outcome.status, outcome.response_body) == ("timeout", 200, b"some")
    assert outcome.is_response_cut
    assert "not complete" in (outcome.error or "")


@pytest.mark.parametrize("hard", [True, False])
async def test_a_connection_closed_without_an_answer_is_a_reset(hard: bool) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_raw(reader)
        if hard:  # linger 0: the system sends RST
            sock = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")

    async with receiving(talk) as receiver:
        outcome = await send(a_request(receiver.target), receiver.target)
    assert (outcome.outcome, outcome.status) == ("reset", None)
    assert "without a response" in (outcome.error or "")


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Le", None, b""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", 200, b"half"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal", 200, b"hal"),
    ],
)
async def test_an_answer_that_breaks_off_is_cut(answer: bytes, status: int | None, body: bytes) -> None:
    async with receiving(answers_and_closes(answer)) as receiver:
        outcome = await send(a_request(receiver.target), receiver.target)
    assert (outcome.outcome, outcome.status, outcome.response_body) == ("cut", status, body)
    assert outcome.is_response_cut is (status is not None)
    assert "in the middle" in (outcome.error or "")


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x15\x03\x01\x00\x02\x02\x50",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_a_bad_answer(answer: bytes) -> None:
    async with receiving(answers(answer)) as receiver:
        outcome = await send(a_request(receiver.target), receiver.target, ResponseLimits(whole_s=5))
    assert outcome.outcome == "bad-answer"
    assert (outcome.error or "").isprintable()
    assert not re.search("_|bytearray", outcome.error or ""), "no name of a library or of Python"


@pytest.mark.parametrize("is_whole", [True, False])
async def test_a_head_longer_than_the_limit_is_a_bad_answer(is_whole: bool) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_raw(reader)
        writer.write(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 20_000 + (b"\r\n" if is_whole else b""))
        await reader.read()

    async with receiving(talk) as receiver:
        outcome = await send(a_request(receiver.target), receiver.target)
    assert outcome.outcome == "bad-answer"
    assert "longer than 64 KiB" in (outcome.error or "")


async def test_an_answer_without_an_end_is_kept_up_to_the_limit_and_read_no_further() -> None:
    sent = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await read_raw(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
        while sent < 2**30:
            writer.write(b"x" * 65536)
            sent += 65536
            await writer.drain()

    async with receiving(talk) as receiver:
        outcome = await send(a_request(receiver.target), receiver.target)
    assert (outcome.outcome, outcome.status, outcome.is_response_cut) == ("ok", 200, True)
    assert outcome.response_body == b"x" * 2**20
    assert sent < 2**26


@pytest.mark.parametrize(
    ("start", "piece", "outcome"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", "ok"),
        (b"", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", "bad-answer"),
    ],
)
async def test_endless_small_pieces_end_early_and_leave_the_loop_its_turns(
    start: bytes, piece: bytes, outcome: str
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_raw(reader)
        writer.write(start)
        while True:
            writer.write(piece * 40_000)
            await writer.drain()

    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async with receiving(talk) as receiver:
        counting = asyncio.create_task(count_turns())
        ended = await send(a_request(receiver.target), receiver.target)
        counting.cancel()
    assert ended.outcome == outcome
    if outcome == "ok":
        assert (ended.is_response_cut, len(ended.response_body)) == (True, MAX_CHUNKS + 1)
        assert turns >= 10, "one piece takes some 10 µs, and the loop has a turn after each millisecond"


async def test_an_answer_in_many_pieces_is_whole() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with receiving(answers(head + b"2\r\nab\r\n" * 3_000 + b"0\r\n\r\n")) as receiver:
        ended = await send(a_request(receiver.target), receiver.target)
    assert (ended.outcome, ended.is_response_cut, ended.response_body) == ("ok", False, b"ab" * 3_000)


async def test_an_answer_of_just_the_limit_is_whole() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfour"
    async with receiving(answers(answer)) as receiver:
        outcome = await send(a_request(receiver.target), receiver.target, ResponseLimits(response_body=4))
    assert (outcome.response_body, outcome.is_response_cut) == (b"four", False)


async def test_a_large_body_arrives_whole() -> None:
    arrived: list[bytes] = []
    body = bytes(range(256)) * 4096 * 9
    async with receiving(answers(OK, arrived)) as receiver:
        async with Sender(receiver.target) as sender:
            for _ in range(2):
                assert (await sender.send(a_request(receiver.target, body=body))).outcome == "ok"
        assert receiver.connections == 1
    assert all(raw.endswith(b"\r\n\r\n" + body) for raw in arrived)
    assert len(arrived) == 2


@pytest.mark.parametrize("size", [100_000, 20_000_000])
async def test_an_early_refusal_is_heard_while_the_body_is_still_being_sent(size: int) -> None:
    answer = b"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nno!"

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()  # and then closed with the body unread, which the system answers with RST

    async with receiving(talk) as receiver, Sender(receiver.target) as sender:
        for _ in range(3):
            outcome = await sender.send(a_request(receiver.target, body=b"x" * size))
            assert (outcome.outcome, outcome.status, outcome.response_body) == ("http-error", 413, b"no!")


async def test_of_a_server_in_another_thread_an_early_refusal_is_never_lost() -> None:
    """It answers and closes at any moment, with respect to this loop: between a look and a write, too."""
    served = 40

    def serve(listener: socket.socket) -> None:
        for _ in range(served):
            connection, _ = listener.accept()
            with connection:
                connection.recv(2_000)
                connection.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nno!")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(asyncio.to_thread(serve, listener))
        target = Target.parse(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        request = a_request(target, body=b"x" * 20_000_000)
        statuses = [(await send(request, target)).status for _ in range(served)]
        await serving
    assert statuses == [413] * served


async def test_a_server_that_answers_early_but_goes_on_reading_gets_the_whole_body() -> None:
    body = b"x" * 20_000_000
    arrived: list[int] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(OK)
            arrived.append(len(await reader.readexactly(len(body))))

    async with receiving(talk) as receiver:
        async with Sender(receiver.target) as sender:
            for _ in range(2):
                assert (await sender.send(a_request(receiver.target, body=body))).outcome == "ok"
        assert receiver.connections == 1
    assert arrived[0] == len(body)
