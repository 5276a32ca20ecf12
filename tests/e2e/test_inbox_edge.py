"""`listen --inbox` on a real server: a sender gets its response for what is in the stream, and no other."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from inspector.domain.capture.capture import Capture
from inspector.domain.capture.inbox_message import InboxCapture, load_message
from inspector.domain.capture.native import ImportLimits
from tests import schemas
from tests.builders import ANSWER, SECRET_TEXT, signature
from tests.e2e.program import Program, a_post, finish, running, send_raw
from tests.inbox.credentials import Operator, an_nkey, tls_config
from tests.inbox.publishing import Stream, stream_on
from tests.inbox.servers import STREAM, NatsServer, nats_server
from tests.waiting import until

LIMITS = ImportLimits(body_bytes=50 * 2**20, head_bytes=64 * 1024, head_fields=100)
SENT = a_post(ANSWER, b"x-webhook-signature: " + signature(ANSWER))


@contextmanager
def an_edge(server: NatsServer, *options: str, name: str = "eu-1") -> Iterator[tuple[Program, str]]:
    """`listen --inbox --format json`, and where it listens."""
    place = ("--inbox", server.address(), "--inbox-monitor", server.monitor, "--edge", name)
    with running("listen", "--port", "0", "--format", "json", *place, *options) as program:
        first = program.record()
        schemas.valid("listening", first)
        assert (first["inbox"], first["edge"]) == (server.address(), name)
        yield program, first["listening"]


async def post(url: str, request: bytes = SENT) -> bytes:
    return await asyncio.to_thread(send_raw, url, request)


async def status(url: str, request: bytes = SENT) -> int:
    return int((await post(url, request)).split(b" ", 2)[1])


async def published(stream: Stream, sequence: int) -> InboxCapture | None:
    message = await stream.jetstream.get_msg(STREAM, sequence)
    assert SECRET_TEXT.encode() not in (message.data or b"")
    return load_message(message.headers or {}, message.data or b"", LIMITS)


async def capture_of(stream: Stream, sequence: int) -> Capture:
    found = await published(stream, sequence)
    assert found is not None
    return found.capture


def shown(program: Program) -> dict[str, Any]:
    record = program.record()
    schemas.valid("published", record)
    return record


def no_files(home: Path) -> bool:
    return not [one for one in home.rglob("*") if one.is_file() and one.suffix != ".log"]


async def test_a_response_means_that_the_request_is_in_the_stream(tmp_path: Path, home: Path) -> None:
    with nats_server(tmp_path) as server:
        async with stream_on(server) as stream:
            await stream.create(discard="new")
            with an_edge(server) as (program, url):
                for sequence in range(1, 21):
                    assert await status(url) == 200
                    assert await stream.last() == sequence
                capture = await capture_of(stream, 20)
                assert capture.as_sent() == SENT
                assert capture.kind == "captured"
                assert capture.answered is None, "the edge responds later, and it may be 503"
                record = shown(program)
                assert (record["method"], record["bytes"], record["status"]) == ("POST", len(ANSWER), 200)
                assert record["sequence"] == 1
                code, errors = program.end(signal.SIGTERM)
    assert code == 0
    assert SECRET_TEXT not in errors
    assert no_files(home)


async def test_senders_get_503_while_the_server_is_away_and_then_200_again(tmp_path: Path) -> None:
    with nats_server(tmp_path) as server:
        async with stream_on(server) as stream:
            await stream.create(discard="new")
        with an_edge(server) as (program, url):
            assert await status(url) == 200
            await asyncio.to_thread(server.kill)
            response = await post(url)
            assert response.startswith(b"HTTP/1.1 503 ")
            assert b"\r\nRetry-After: 5\r\n" in response
            assert "No server responds at" in await asyncio.to_thread(program.told, "No server")
            await asyncio.to_thread(server.start)
            await until(lambda: status(url), lambda found: found == 200)
            await asyncio.to_thread(program.told, "Captures are published again.")
        async with stream_on(server) as stream:
            assert await stream.last() == 2


async def test_an_edge_waits_for_a_server_that_starts_later(tmp_path: Path) -> None:
    with nats_server(tmp_path) as server:
        async with stream_on(server) as stream:
            await stream.create(discard="new")
        await asyncio.to_thread(server.stop)
        place = ("--inbox", server.address(), "--inbox-monitor", server.monitor)
        with running("listen", "--port", "0", "--format", "json", *place) as program:
            await asyncio.to_thread(program.told, "No server responds at")
            await asyncio.to_thread(server.start)
            first = await asyncio.to_thread(program.record)
            assert await status(first["listening"]) == 200


async def test_a_full_stream_is_503_with_a_sentence_until_there_is_space(tmp_path: Path) -> None:
    with nats_server(tmp_path) as server:
        async with stream_on(server) as stream:
            await stream.create(discard="new", max_bytes=10_000)
            with an_edge(server) as (program, url):
                await until(lambda: status(url), lambda found: found == 503)
                stored = await stream.last()
                await asyncio.to_thread(program.told, f"The stream at {server.address()} is full")
                assert await stream.last() == stored
                await stream.jetstream.purge_stream(STREAM)
                assert await status(url) == 200
                await asyncio.to_thread(program.told, "Captures are published again.")


async def test_a_capture_that_does_not_fit_into_a_message_is_413_with_a_sentence(tmp_path: Path) -> None:
    with nats_server(tmp_path) as server:
        async with stream_on(server) as stream:
            await stream.create(discard="new")
            with an_edge(server) as (program, url):
                response = await post(url, a_post(b"x" * 2**20))
                assert response.startswith(b"HTTP/1.1 413 ")
                assert b"or use --inbox-chunks." in response
                assert await status(url) == 200
                assert (await stream.last(), shown(program)["sequence"]) == (1, None)
                _, errors = program.end()
    assert "was lost" not in errors  # the server ends the connection after a larger message


async def test_with_chunks_a_large_body_arrives_in_parts(tmp_path: Path) -> None:
    body = bytes(range(256)) * 4 * 1024 * 3
    with nats_server(tmp_path) as server:
        async with stream_on(server) as stream:
            await stream.create(discard="new")
            with an_edge(server, "--inbox-chunks") as (_, url):
                assert await status(url, a_post(body)) == 200
            found = await published(stream, await stream.last())
            assert found is not None
            assert (found.size, len(found.parts)) == (len(body), 4)
            parts = [(await stream.jetstream.get_msg(STREAM, one)).data or b"" for one in found.parts]
            assert b"".join(parts) == body


async def test_bad_requests_are_published_as_refused_and_strays_are_not(tmp_path: Path) -> None:
    path = "/in/0123456789abc"
    with nats_server(tmp_path) as server:
        async with stream_on(server) as stream:
            await stream.create(discard="new")
            with an_edge(server, "--guarded-path", path) as (program, url):
                inside = SENT.replace(b"POST / ", f"POST {path}/x ".encode())
                assert await status(url, inside) == 200
                assert await status(url) == 404
                assert await status(url, f"POST {path} HTTP/1.1\r\n\r\n".encode()) == 400
                assert await status(url, b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n") == 404
                assert await status(url, b"\x16\x03\x01\x00hello\r\n\r\n") == 400
                assert await status(url, inside) == 200
                assert [(await capture_of(stream, number)).kind for number in range(1, 5)] == [
                    "captured",
                    "refused",
                    "refused",
                    "captured",
                ]
                assert await stream.last() == 4
                code, errors = program.end()
                lines = "".join(program.rest())
    assert code == 0
    assert "Stray requests, which are not published, in all: 2." in errors
    assert path not in errors + lines


async def test_a_member_does_not_claim_a_response_that_only_the_edge_knows(tmp_path: Path) -> None:
    database = str(tmp_path / "member.db")
    with nats_server(tmp_path) as server:
        async with stream_on(server) as stream:
            await stream.create(discard="new")
        with an_edge(server) as (_, url):
            assert await status(url) == 200
        options = ("--database", database, "--from-inbox", server.address(), "--until", "method:POST")
        done = await asyncio.to_thread(finish, "listen", "--port", "0", *options)
        assert done.returncode == 0
    done = await asyncio.to_thread(finish, "show", "last", "--database", database)
    assert "response unknown" in done.stdout.decode()


async def test_a_cut_request_is_published_as_cut(tmp_path: Path) -> None:
    with nats_server(tmp_path) as server:
        async with stream_on(server) as stream:
            await stream.create(discard="new")
            with an_edge(server) as (_, url):
                await post(url, SENT[:-5])
                await until(stream.last, lambda last: last == 1)
            capture = await capture_of(stream, 1)
    assert (capture.kind, capture.body) == ("cut", ANSWER[:-5])


async def test_more_senders_than_places_are_all_served(tmp_path: Path) -> None:
    with nats_server(tmp_path) as server:
        async with stream_on(server) as stream:
            await stream.create(discard="new")
            with an_edge(server, "--set", "connections=600") as (_, url):
                host, _, port = url.removeprefix("http://").rstrip("/").rpartition(":")
                server.freeze()
                senders = [await asyncio.open_connection(host, int(port)) for _ in range(500)]
                for number, (_, writer) in enumerate(senders):
                    writer.write(a_post(b"%d" % number))
                server.thaw()
                for reader, writer in senders:
                    assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
                    writer.close()
            found = {(await capture_of(stream, number)).body for number in range(1, 501)}
    assert found == {b"%d" % number for number in range(500)}


async def test_a_stream_that_loses_captures_is_refused_unless_that_is_accepted(tmp_path: Path) -> None:
    with nats_server(tmp_path, sync=None) as server:
        async with stream_on(server) as stream:
            await stream.create(storage="memory", discard="old")
        place = ("--inbox", server.address(), "--inbox-monitor", server.monitor)
        done = await asyncio.to_thread(finish, "listen", "--port", "0", *place)
        lines = done.stderr.decode().splitlines()
        assert (done.returncode, len(lines)) == (3, 4)
        assert "is in memory" in lines[0]
        assert "discard: old" in lines[1]
        assert "sync_interval: always" in lines[2]
        assert "--accept-loss" in lines[3]
        for quiet in ((), ("--quiet",)):
            with an_edge(server, "--accept-loss", *quiet) as (program, url):
                for part in ("is in memory", "discard: old", "before they are on the disk"):
                    assert "Captures can be lost" in await asyncio.to_thread(program.told, part)
                assert await status(url) == 200


async def failing(server: NatsServer, *options: str, address: str = "") -> str:
    """The one sentence of an edge that cannot start."""
    place = ("--inbox", address or server.address(), "--inbox-monitor", server.monitor)
    done = await asyncio.to_thread(finish, "listen", "--port", "0", *place, *options)
    said = done.stderr.decode()
    assert (done.returncode, done.stdout, said.count("\n")) == (3, b"", 1), said
    return said


async def test_a_stream_that_can_lose_captures_since_it_was_changed_is_reported(tmp_path: Path) -> None:
    with nats_server(tmp_path) as server:
        async with stream_on(server) as stream:
            await stream.create(discard="new")
            with an_edge(server) as (program, url):
                await stream.jetstream.update_stream(
                    name=STREAM, subjects=[f"{STREAM}.>"], discard="old", allow_direct=True
                )
                server.sync = None
                await asyncio.to_thread(server.restart)  # an edge checks each minute, and after this
                await asyncio.to_thread(program.told, "it removes its oldest captures (discard: old)")
                await asyncio.to_thread(program.told, "before they are on the disk")
                await until(lambda: status(url), lambda found: found == 200)


async def test_refused_logins_and_certificates_are_one_sentence_at_the_start(tmp_path: Path) -> None:
    public, right = an_nkey(tmp_path, "right")
    denied, without = an_nkey(tmp_path, "without")
    _, wrong = an_nkey(tmp_path, "wrong")
    users = (
        f"{{nkey: {public}}}, {{nkey: {denied}, permissions: {{"
        f' publish: ["$JS.API.STREAM.INFO.{STREAM}"], subscribe: ["_INBOX.>"] }}}}'
    )
    config = f"authorization {{ users: [{users}] }}\n{tls_config(tmp_path)}"
    with nats_server(tmp_path, config=config) as server:
        authority = ("--inbox-ca", str(tmp_path / "ca"))
        login = ("--inbox-creds", str(right), *authority)
        assert "is not trusted" in await failing(server, "--inbox-creds", str(right))
        assert "refuses the credentials" in await failing(server, "--inbox-creds", str(wrong), *authority)
        assert "requires credentials" in await failing(server, *authority)
        await initialise(server, *login)
        assert f"may not publish to “{STREAM}.captures”" in await failing(
            server, "--inbox-creds", str(without), *authority
        )
        with an_edge(server, *login) as (_, url):
            assert await status(url) == 200
    with nats_server(tmp_path, name="plain") as server:
        address = server.address().replace("nats://", "tls://")
        assert "does not offer TLS" in await failing(server, address=address)


async def initialise(server: NatsServer, *login: str) -> None:
    """Create the stream as a user does."""
    done = await asyncio.to_thread(
        finish, "inbox", "init", server.address(), "--inbox-monitor", server.monitor, *login
    )
    assert done.returncode == 0, done.stderr


async def test_a_login_that_is_refused_while_it_runs_is_503_until_it_is_accepted(tmp_path: Path) -> None:
    public, file = an_nkey(tmp_path, "edge")
    other, _ = an_nkey(tmp_path, "other")
    with nats_server(tmp_path, config=f"authorization {{ users: [{{nkey: {public}}}] }}") as server:
        login = ("--inbox-creds", str(file))
        await initialise(server, *login)
        with an_edge(server, *login) as (program, url):
            accepted, server.config = server.config, server.config.replace(public, other)
            await asyncio.to_thread(server.restart)
            await asyncio.to_thread(program.told, "refuses the credentials")
            assert await status(url) == 503
            server.config = accepted
            await asyncio.to_thread(server.restart)
            await until(lambda: status(url), lambda found: found == 200)
            _, errors = program.end()
    assert file.read_text().strip() not in errors + "".join(program.rest())


async def test_a_creds_file_that_has_expired_is_one_sentence(tmp_path: Path) -> None:
    operator = Operator()
    with nats_server(tmp_path, config=operator.config) as server:
        file = operator.creds(tmp_path, "edge", expires_s=-60)
        error = await failing(server, "--inbox-creds", str(file))
    assert f"The credentials for {server.address()} expired on 20" in error


async def test_https_is_accepted_as_by_any_listener(tmp_path: Path, home: Path) -> None:
    tls_config(tmp_path)
    with nats_server(tmp_path) as server:
        async with stream_on(server) as stream:
            await stream.create(discard="new")
            tls = ("--tls-cert", str(tmp_path / "cert"), "--tls-key", str(tmp_path / "key"))
            with an_edge(server, *tls) as (_, url):
                assert url.startswith("https://127.0.0.1:")
                done = await asyncio.create_subprocess_exec(
                    "curl", "-sS", "--cacert", str(tmp_path / "ca"), "-d", "{}", url
                )
                assert await done.wait() == 0
                assert await stream.last() == 1


def test_a_taken_port_ends_before_a_connection_is_made(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = finish("listen", "--port", port, "--inbox", "nats://127.0.0.1:1/HOOKS")
    assert done.returncode == 3
    assert done.stderr.decode().startswith(f"Port {port} is in use.")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--forward", "3000"), "--forward cannot be used with --inbox"),
        (("--answer", "503"), "--answer cannot be used with --inbox"),
        (("--until", "verdict:valid"), "--until cannot be used with --inbox"),
        (("--database", "x.db"), "--database cannot be used with --inbox"),
        (("--tunnel",), "--tunnel cannot be used with --inbox"),
        (("--secret-env", "X"), "--secret-env cannot be used with --inbox"),
        (("--from-inbox", "nats://127.0.0.1/HOOKS"), "Run two programs."),
        (("--edge", "a b"), "cannot name an edge"),
        (("--guarded-path", "hooks"), "is not a path that can be guarded"),
    ],
)
def test_options_that_an_edge_cannot_have_are_wrong_usage(options: tuple[str, ...], sentence: str) -> None:
    done = finish("listen", "--inbox", "nats://127.0.0.1:1/HOOKS", *options)
    assert (done.returncode, done.stdout) == (2, b"")
    assert sentence in done.stderr.decode()


@pytest.mark.parametrize("option", ["--accept-loss", "--inbox-chunks", "--inbox-ca=x"])
def test_options_of_an_inbox_need_one(option: str) -> None:
    done = finish("listen", option)
    assert done.returncode == 2
    assert f"{option.removesuffix('=x')} needs a shared inbox. Add " in done.stderr.decode()


def test_an_address_with_a_password_is_refused_without_repeating_it() -> None:
    done = finish("listen", "--inbox", "nats://me:hush@127.0.0.1/HOOKS")
    assert done.returncode == 2
    assert "hush" not in done.stderr.decode()


async def test_text_lines_show_what_was_published(tmp_path: Path) -> None:
    with nats_server(tmp_path) as server:
        async with stream_on(server) as stream:
            await stream.create(discard="new")
        place = ("--inbox", server.address(), "--inbox-monitor", server.monitor)
        with running("listen", "--port", "0", *place) as program:
            first = await asyncio.to_thread(program.told, "Listening on ")
            url = first.split()[2].rstrip(".")
            hostile = SENT.replace(b"POST / ", b"POST /%1b[31m?\xe2\x80\xae ")
            assert await status(url, SENT.replace(b"POST / ", b"POST /hook?a=1 ")) == 200
            assert (await asyncio.to_thread(program.line)).split()[1:] == [
                "POST",
                "359",
                "200",
                "1",
                "/hook?a=1",
            ]
            await post(url, hostile)
            assert "\u202e" not in await asyncio.to_thread(program.line)
            code, errors = program.end()
    assert code == 0
    assert "Published 1 capture." in errors or "Published 2 captures." in errors
