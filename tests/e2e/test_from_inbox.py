"""`listen --from-inbox` with a real server: what is printed, stored, forwarded and awaited, and kills."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.builders import a_capture, an_answer
from tests.e2e.program import PATIENCE_S, deliver, finish, listening, receiving, records, running
from tests.e2e.test_kill import exported, wait_until_settled
from tests.inbox.credentials import Operator, an_nkey, tls_config
from tests.inbox.publishing import bodies, stream_on
from tests.inbox.servers import STREAM, NatsServer, nats_server
from tests.waiting import wait_until


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NatsServer]:
    with nats_server(tmp_path, sync=None) as server:

        async def create() -> None:
            async with stream_on(server) as stream:
                await stream.create()

        asyncio.run(create())
        yield server


def publish(server: NatsServer, sent: Sequence[bytes]) -> None:
    async def put() -> None:
        async with stream_on(server) as stream:
            await stream.put_many(sent)

    asyncio.run(put())


def acknowledged(server: NatsServer) -> list[int]:
    """What each consumer has acknowledged."""

    async def ask() -> list[int]:
        async with stream_on(server) as stream:
            return list((await stream.consumers()).values())

    return asyncio.run(ask())


def forgotten_after_s(server: NatsServer) -> list[float | None]:
    """When the server forgets each consumer that is not connected."""

    async def ask() -> list[float | None]:
        async with stream_on(server) as stream:
            found = await stream.jetstream.consumers_info(STREAM)
            return [one.config.inactive_threshold for one in found]

    return asyncio.run(ask())


def test_it_reports_what_arrived_meanwhile_and_ends_with_everything_acknowledged(
    tmp_path: Path, server: NatsServer
) -> None:
    sent = bodies(1_203)
    publish(server, sent)
    database = tmp_path / "captures.db"
    inbox = ("--from-inbox", server.address(), "--member", "me@laptop")
    with listening(database, *inbox) as (program, _):
        assert program.told("Inbox") == (
            f"Inbox HOOKS on 127.0.0.1:{server.port}: connected as me@laptop."
            " 1,203 messages are in the inbox.\n"
        )
        program.told("Caught up.")
        lines = [program.record() for _ in sent]
        assert [line["id"] for line in lines] == list(range(1, 1_204))
        assert {line["verdict"] for line in lines} == {"valid"}
        assert program.end()[0] == 0
    assert acknowledged(server) == [1_203]
    assert exported(database) == sent
    with listening(database, *inbox) as (program, _):
        assert program.told("Inbox").endswith("connected as me@laptop.\n")


def test_ci_gets_the_events_of_its_run(tmp_path: Path, server: NatsServer) -> None:
    others = bodies(50)
    wanted = an_answer("fine", user="ci-42")
    database = tmp_path / "captures.db"
    options = ("--from-inbox", server.address(), "--until", "user:ci-42", "--timeout", f"{PATIENCE_S}s")
    with listening(database, *options) as (program, _):
        program.told("Inbox")
        publish(server, [*others, wanted])
        assert program.ended()[0] == 0
    assert len(records("list", "--filter", "user:ci-42", "--database", str(database))) == 1
    assert forgotten_after_s(server) == [600]


def test_ci_gets_a_genuine_event_behind_others_for_which_there_is_no_room(
    tmp_path: Path, server: NatsServer
) -> None:
    async def put() -> None:
        async with stream_on(server) as stream:
            await stream.put_capture(a_capture(b"{}", signed=False))
            await stream.put(an_answer("fine"))

    asyncio.run(put())
    database = str(tmp_path / "captures.db")
    options = ("--from-inbox", server.address(), "--until", "verdict:valid", "--timeout", f"{PATIENCE_S}s")
    done = finish("listen", "--port", "0", "--database", database, "--set", "untrusted_bytes=0", *options)
    said = " ".join(done.stderr.decode().split())
    assert done.returncode == 0, said
    assert "Message 1 is skipped because it is untrusted and the quota for such captures is full." in said
    assert "Messages of the inbox that were skipped, in all: 1." in said
    assert len(records("list", "--database", database)) == 1


def test_a_new_file_forwards_new_captures_only_if_it_begins_now(tmp_path: Path, server: NatsServer) -> None:
    publish(server, bodies(20, "old"))
    sent = bodies(3)
    options = ("--from-inbox", server.address(), "--since", "now")
    with (
        receiving() as (receiver, target),
        listening(tmp_path / "captures.db", *options, "--forward", target) as (program, _),
    ):
        assert "in the inbox" not in program.told("Inbox")
        publish(server, sent)
        wait_until(lambda: len(receiver.took) >= len(sent))
        assert sorted(body for _, _, body, _ in receiver.took) == sorted(sent)


def test_captures_of_an_inbox_are_forwarded(tmp_path: Path, server: NatsServer) -> None:
    sent = bodies(20)
    with (
        receiving() as (receiver, target),
        listening(tmp_path / "captures.db", "--from-inbox", server.address(), "--forward", target) as (
            program,
            _,
        ),
    ):
        program.told("Inbox")
        publish(server, sent)
        wait_until(lambda: len(receiver.took) == len(sent))
        assert sorted(body for _, _, body, _ in receiver.took) == sorted(sent)
        assert all(is_genuine for *_, is_genuine in receiver.took)


@pytest.mark.parametrize(
    ("options", "status", "sentence"),
    [
        (("--member", "me"), 2, "--member names a reader of a shared inbox. Add --from-inbox ADDRESS."),
        (("--since", "now"), 2, "--since is for a shared inbox. Add --from-inbox ADDRESS."),
        (
            ("--from-inbox", "nats://x/HOOKS", "--since", "soon"),
            2,
            "a time such as 2h, 7d, 2026-11-01 or 11:49",
        ),
        (("--from-inbox", "http://x"), 2, "“http://x” is not an inbox address."),
    ],
)
def test_wrong_options_are_refused_before_anything_starts(
    tmp_path: Path, options: Sequence[str], status: int, sentence: str
) -> None:
    database = tmp_path / "captures.db"
    done = finish("listen", "--port", "0", "--database", str(database), *options)
    assert done.returncode == status
    assert sentence in done.stderr.decode()
    assert not database.exists()


def test_a_wrong_stream_ends_it_with_a_sentence(tmp_path: Path, server: NatsServer) -> None:
    address = server.address("OTHER")
    database = str(tmp_path / "captures.db")
    done = finish("listen", "--port", "0", "--database", database, "--from-inbox", address)
    assert done.returncode == 1
    assert done.stderr.decode().count(f"There is no stream at {address}.") == 1


def test_a_server_that_comes_later_is_awaited(tmp_path: Path, server: NatsServer) -> None:
    publish(server, [b"x"])
    server.stop()
    with listening(tmp_path / "captures.db", "--from-inbox", server.address()) as (program, _):
        program.told(f"No server responds at {server.address()}.")
        server.start()
        program.told("connected as")
        assert program.record()["id"] == 1


def failing(database: Path, address: str, *login: str) -> str:
    """The one sentence of a member that cannot start."""
    inbox = ("--from-inbox", address, *login)
    done = finish("listen", "--port", "0", "--quiet", "--database", str(database), *inbox)
    said = done.stderr.decode()
    assert (done.returncode, done.stdout, said.count("\n")) == (3, b"", 1), said
    return said


def test_refused_logins_and_certificates_are_one_sentence_at_the_start(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    public, _ = an_nkey(tmp_path, "right")
    _, wrong = an_nkey(tmp_path, "wrong")
    config = f"authorization {{ users: [{{nkey: {public}}}] }}\n{tls_config(tmp_path)}"
    with nats_server(tmp_path, name="tls", config=config) as server:
        login, authority = ("--inbox-creds", str(wrong)), ("--inbox-ca", str(tmp_path / "ca"))
        assert "is not trusted" in failing(database, server.address(), *login)
        assert "refuses the credentials" in failing(database, server.address(), *login, *authority)
        assert "requires credentials" in failing(database, server.address(), *authority)
    with nats_server(tmp_path, name="plain") as server:
        assert "does not offer TLS" in failing(database, server.address().replace("nats://", "tls://"))
    operator = Operator()
    with nats_server(tmp_path, name="operator", config=operator.config) as server:
        file = operator.creds(tmp_path, "member", expires_s=-60)
        said = failing(database, server.address(), "--inbox-creds", str(file))
    assert f"The credentials for {server.address()} expired on 20" in said


def test_local_senders_are_served_while_a_login_is_refused_and_reading_continues(tmp_path: Path) -> None:
    public, file = an_nkey(tmp_path, "member")
    other, _ = an_nkey(tmp_path, "other")
    with nats_server(tmp_path, config=f"authorization {{ users: [{{nkey: {public}}}] }}") as server:
        login = ("--inbox-creds", str(file))
        assert finish("inbox", "init", server.address(), *login).returncode == 0
        options = ("--from-inbox", server.address(), *login)
        with listening(tmp_path / "captures.db", *options) as (program, url):
            program.told("connected as")
            accepted, server.config = server.config, server.config.replace(public, other)
            server.restart()
            program.told("refuses the credentials")
            deliver(url, an_answer("local"))
            assert program.record()["verdict"] == "valid"
            server.config = accepted
            server.restart()
            program.told("connected as")
            code, errors = program.end()
    assert code == 0
    assert file.read_text().strip() not in errors


class Publisher(threading.Thread):
    """Publishes all the time, and remembers what the server acknowledged."""

    def __init__(self, server: NatsServer) -> None:
        super().__init__(daemon=True)
        self._server = server
        self.is_ending = False
        self.sent: list[bytes] = []

    def run(self) -> None:
        asyncio.run(self._run())

    async def _run(self) -> None:
        async with stream_on(self._server) as stream:
            while not self.is_ending:
                body = an_answer(f"n-{len(self.sent)}" + "x" * random.choice((0, 10, 9_000)))
                await stream.put(body)
                self.sent.append(body)
                await asyncio.sleep(random.expovariate(1 / 0.003))


def kill_and_read(folder: Path, server: NatsServer, kills: int) -> None:
    """Kill the program at random moments while messages arrive, and compare its file with the stream."""
    database = folder / "captures.db"
    options = ("listen", "--port", "0", "--database", str(database), "--from-inbox", server.address())
    publisher = Publisher(server)
    publisher.start()
    for _ in range(kills):
        with running(*options) as program:
            program.told("connected as")
            time.sleep(random.expovariate(1 / 0.2))  # the moment is what is random here
            program.process.kill()
    publisher.is_ending = True
    publisher.join(PATIENCE_S)
    with listening(database, "--from-inbox", server.address()) as (program, _):
        wait_until(lambda: acknowledged(server), lambda found: found == [len(publisher.sent)])
        wait_until_settled(database)
        assert program.end()[0] == 0
    assert exported(database) == publisher.sent
    assert len(publisher.sent) > 10 * kills


def test_kills_at_random_moments_lose_and_double_nothing(tmp_path: Path, server: NatsServer) -> None:
    kill_and_read(tmp_path, server, 4)


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_many_kills_at_random_moments_lose_and_double_nothing(tmp_path: Path, server: NatsServer) -> None:
    kill_and_read(tmp_path, server, 60)


def test_a_program_that_ends_in_the_middle_continues_there(tmp_path: Path, server: NatsServer) -> None:
    sent = bodies(3_000)
    publish(server, sent)
    database = tmp_path / "captures.db"
    for _ in range(2):
        with listening(database, "--from-inbox", server.address()) as (program, _):
            program.record()
            assert program.end()[0] == 0
    [before] = acknowledged(server)
    assert 0 < before <= len(sent)
    with listening(database, "--from-inbox", server.address()) as (program, _):
        wait_until(lambda: acknowledged(server), lambda found: found == [len(sent)])
        assert program.end()[0] == 0
    assert exported(database) == sent
