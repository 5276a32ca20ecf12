"""What leaves, byte for byte, and what is told of every way in which a target can fail."""

import asyncio
import gc
import gzip
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspector.replay.connect import HostNotAllowed, is_loopback
from inspector.replay.outcome import Limits
from inspector.replay.send import Sender, send
from inspector.replay.target import Target
from tests.replay.receivers import (
    OK,
    Receiver,
    a_request,
    answers,
    answers_and_closes,
    read_raw,
    receiving,
)

HASTY = Limits(connect_s=0.3, whole_s=0.3)

GZIP = gzip.compress(b'{"hello":"world"}', mtime=0)


@pytest.fixture(autouse=True)
def _nothing_is_left_open() -> Iterator[None]:
    """Sockets and transports that were forgotten warn when they are collected, and warnings fail."""
    yield
    gc.collect()


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
    assert outcome.answer_headers == ((b"X-b", b"1"), (b"x-B", b"caf\xe9"), (b"Content-Length", b"3"))
    assert (outcome.answer_body, outcome.is_answer_cut) == (b"yes", False)
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
    assert (outcome.outcome, outcome.status, outcome.answer_body) == ("ok", status, body)


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.0 200 OK\r\n\r\n"])
async def test_an_answer_without_a_length_ends_with_its_connection(head: bytes) -> None:
    async with receiving(answers_and_closes(head + b"to the end")) as receiver:
        outcome = await send(a_request(receiver.target), receiver.target)
    assert (outcome.outcome, outcome.answer_body) == ("ok", b"to the end")


async def test_the_answer_to_head_has_no_body_whatever_it_declares() -> None:
    async with receiving(answers(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")) as receiver:
        async with Sender(receiver.target) as sender:
            for _ in range(2):
                outcome = await sender.send(a_request(receiver.target, method="HEAD", body=b""))
                assert (outcome.outcome, outcome.answer_body) == ("ok", b"")
        assert receiver.connections == 1


@pytest.mark.parametrize("status", [301, 304, 400, 404, 500, 503])
async def test_any_other_status_is_an_http_error_and_no_redirect_is_followed(status: int) -> None:
    arrived: list[bytes] = []
    answer = b"HTTP/1.1 %d X\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n" % status
    async with receiving(answers(answer, arrived)) as receiver:
        outcome = await send(a_request(receiver.target), receiver.target)
    assert (outcome.outcome, outcome.status, outcome.error) == ("http-error", status, None)
    assert len(arrived) == 1


# Every way to fail


async def test_a_port_where_nothing_listens_is_refused() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        target = Target.parse(f"http://127.0.0.1:{unused.getsockname()[1]}")
        outcome = await send(a_request(target), target)
    assert outcome.outcome == "refused"
    assert outcome.error == f"Nothing listens at {target.netloc}."
    assert (outcome.connected_to, outcome.is_local, outcome.connect_ms) == (None, None, None)


async def test_a_name_that_does_not_exist_is_unreachable() -> None:
    target = Target.parse("http://no-such-host.invalid/")
    outcome = await send(a_request(target), target)
    assert outcome.outcome == "unreachable"
    assert "no-such-host.invalid" in (outcome.error or "")


async def test_an_address_that_cannot_be_routed_is_unreachable() -> None:
    target = Target.parse("http://255.255.255.255:9/")
    outcome = await send(a_request(target), target)
    assert outcome.outcome == "unreachable"
    assert "cannot be reached" in (outcome.error or "")


async def test_a_connection_that_is_never_made_times_out() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        target = Target.parse(f"http://127.0.0.1:{full.getsockname()[1]}")
        waiting = []
        try:
            for _ in range(4):  # fill the backlog, so that the system answers no more
                caller = socket.socket()
                caller.setblocking(False)
                caller.connect_ex(full.getsockname())
                waiting.append(caller)
            outcome = await send(a_request(target), target, HASTY)
        finally:
            for caller in waiting:
                caller.close()
    assert outcome.outcome == "timeout"
    assert "No connection" in (outcome.error or "")


async def test_a_target_that_never_answers_times_out() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with receiving(talk) as receiver:
        outcome = await send(a_request(receiver.target), receiver.target, HASTY)
    assert (outcome.outcome, outcome.status) == ("timeout", None)
    assert outcome.error == f"No answer from {receiver.target.netloc} within 0.3 s."


async def test_an_answer_that_drips_times_out_with_what_came_of_it() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome")
        await reader.read()

    async with receiving(talk) as receiver:
        outcome = await send(a_request(receiver.target), receiver.target, HASTY)
    assert (outcome.outcome, outcome.status, outcome.answer_body) == ("timeout", 200, b"some")
    assert outcome.is_answer_cut
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
    assert "without an answer" in (outcome.error or "")


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
    assert (outcome.outcome, outcome.status, outcome.answer_body) == ("cut", status, body)
    assert outcome.is_answer_cut is (status is not None)
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
        outcome = await send(a_request(receiver.target), receiver.target, Limits(whole_s=5))
    assert outcome.outcome == "bad-answer"
    assert (outcome.error or "").isprintable()


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
    assert (outcome.outcome, outcome.status, outcome.is_answer_cut) == ("ok", 200, True)
    assert outcome.answer_body == b"x" * 2**20
    assert sent < 2**26


async def test_an_answer_of_just_the_limit_is_whole() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfour"
    async with receiving(answers(answer)) as receiver:
        outcome = await send(a_request(receiver.target), receiver.target, Limits(answer_body=4))
    assert (outcome.answer_body, outcome.is_answer_cut) == (b"four", False)


# Large bodies


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
            assert (outcome.outcome, outcome.status, outcome.answer_body) == ("http-error", 413, b"no!")


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


# A connection that is kept


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
                connection = sender._opened.connection if sender._opened else None
                assert connection is not None
                await connection.wait_closed()
        assert receiver.connections == 50


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


# Where it goes


async def test_an_ipv6_target_is_local_too() -> None:
    arrived: list[bytes] = []
    try:
        async with receiving(answers(OK, arrived), host="::1") as receiver:
            outcome = await send(a_request(receiver.target), receiver.target, require_local=True)
    except OSError as error:
        pytest.skip(f"no IPv6 here: {error}")
    assert (outcome.outcome, outcome.is_local) == ("ok", True)
    assert b"Host: [::1]:" in arrived[0]


async def test_a_name_is_local_if_its_address_is() -> None:
    async with receiving(answers(OK)) as receiver:
        target = Target.parse(f"http://localhost:{receiver.target.port}")
        outcome = await send(a_request(target), target, require_local=True)
    assert (outcome.outcome, outcome.is_local) == ("ok", True)


def _own_address() -> str | None:
    """An address of this machine that is not loopback; no packet is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address: str = probe.getsockname()[0]
        return None if is_loopback(address) else address


async def test_nothing_is_sent_to_a_host_that_is_neither_local_nor_allowed() -> None:
    own = _own_address()
    if own is None:
        pytest.skip("this machine has no address but loopback")
    arrived: asyncio.Queue[bytes] = asyncio.Queue()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.put_nowait(await reader.read())

    async with receiving(talk, host=own) as receiver:
        with pytest.raises(HostNotAllowed, match=own) as caught:
            await send(a_request(receiver.target), receiver.target, require_local=True)
        assert await arrived.get() == b""
    assert caught.value.host == own
    assert caught.value.exit_status == 2


async def test_a_host_that_is_allowed_is_sent_to_and_told_as_not_local() -> None:
    own = _own_address()
    if own is None:
        pytest.skip("this machine has no address but loopback")
    async with receiving(answers(OK), host=own) as receiver:
        outcome = await send(a_request(receiver.target), receiver.target)
    assert (outcome.outcome, outcome.is_local) == ("ok", False)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("10.0.0.1", False),
        ("0.0.0.0", False),
        ("fe80::1%eth0", False),
        ("::ffff:10.0.0.1", False),
    ],
)
def test_loopback_is_told_by_the_address(address: str, expected: bool) -> None:
    assert is_loopback(address) is expected


async def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with receiving(answers(OK)) as receiver:
        assert (await send(a_request(receiver.target), receiver.target)).outcome == "ok"


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a self-signed certificate for 127.0.0.1 in one file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl, which makes the certificate of this test, is not installed")
    path = tmp_path_factory.mktemp("tls") / "self-signed.pem"
    command = [
        openssl,
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=127.0.0.1",
    ]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(path), "-out", str(path) + ".crt"]
    subprocess.run(command, check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + Path(str(path) + ".crt").read_bytes())
    return path


def _server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


async def test_a_certificate_that_is_not_trusted_is_told_and_nothing_is_sent(certificate: Path) -> None:
    arrived: list[bytes] = []
    async with receiving(answers(OK, arrived), tls=_server_tls(certificate)) as receiver:
        outcome = await send(a_request(receiver.target), receiver.target)
    assert outcome.outcome == "tls"
    assert "self-signed certificate" in (outcome.error or "")
    assert arrived == []


async def test_a_certificate_that_is_trusted_is_sent_to_over_one_connection(certificate: Path) -> None:
    trust = ssl.create_default_context(cafile=str(certificate))
    body = b"x" * 3_000_000
    arrived: list[bytes] = []
    async with receiving(answers(OK, arrived), tls=_server_tls(certificate)) as receiver:
        async with Sender(receiver.target, tls=trust) as sender:
            for _ in range(4):
                outcome = await sender.send(a_request(receiver.target, body=body))
                assert (outcome.outcome, outcome.is_local) == ("ok", True)
        assert receiver.connections <= 2  # a late session ticket may cost one
    assert len(arrived) == 4
    assert all(raw.endswith(b"\r\n\r\n" + body) for raw in arrived)


async def test_an_https_target_that_speaks_plain_http_is_told() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await reader.read()

    async with receiving(talk) as receiver:
        target = Target.parse(receiver.target.url.replace("http:", "https:"))
        outcome = await send(a_request(target), target)
    assert outcome.outcome == "tls"
    assert "does not speak TLS" in (outcome.error or "")


async def test_a_connection_closed_in_the_handshake_is_told() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)

    async with receiving(talk) as receiver:
        target = Target.parse(receiver.target.url.replace("http:", "https:"))
        outcome = await send(a_request(target), target)
    assert outcome.outcome == "tls"


async def test_a_handshake_that_never_ends_times_out() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with receiving(talk) as receiver:
        target = Target.parse(receiver.target.url.replace("http:", "https:"))
        outcome = await send(a_request(target), target, HASTY)
    assert outcome.outcome == "timeout"


# Being cancelled


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
        assert "may have taken it" in (sender.abandoned.error or "")
    assert {t for t in asyncio.all_tasks() if "Receiver" not in repr(t)} <= tasks_before
    await receiver.stop()


async def test_a_send_cancelled_while_it_connects_was_never_sent(certificate: Path) -> None:
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
