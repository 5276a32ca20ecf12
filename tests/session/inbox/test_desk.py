"""A shared inbox read into a file: in order and once, with what is missing or cannot be read."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest

from inspector.base.clock import now_ms
from inspector.base.errors import InspectorError, NotFound, UsageError
from inspector.domain.query.scope import EVERYTHING
from inspector.inbox import connection, consumer
from inspector.session.inbox import reader
from inspector.session.inbox.state import InboxState
from inspector.session.inbox.streams import InboxStreams
from inspector.session.options import Options
from inspector.session.session import Session
from tests.builders import a_capture
from tests.inbox.publishing import Gate, Stream, bodies, stream_on
from tests.inbox.servers import STREAM, USERS, NatsServer, nats_cluster, nats_server
from tests.session.conftest import Start, post
from tests.waiting import PATIENCE_S, evaluated, until


async def stored(session: Session, count: int) -> list[bytes]:
    """The bodies of all captures, oldest first, once there are `count`."""
    await until(lambda: len(session.captures.newest(EVERYTHING, limit=50_000)), lambda n: n >= count)
    await evaluated(session)
    ids = sorted(session.captures.newest(EVERYTHING, limit=50_000))
    found = session.captures.bodies(ids)
    return [found[one] for one in ids]


async def live(session: Session) -> InboxState:
    """The state once all messages have arrived."""
    return await until(lambda: session.desk.state, lambda state: state.word == "live")


class Sentences(list[str]):
    """What the desk says about gaps and skipped messages."""

    def __init__(self, session: Session) -> None:
        session.desk.message_posted.connect(self.append)
        session.desk.gaps_found.connect(lambda gaps: self.extend(gap.why for gap in gaps))


async def test_messages_of_the_past_come_first_and_then_new_ones(
    start: Start, server: NatsServer, stream: Stream
) -> None:
    sent = bodies(1_206)
    await stream.put_many(sent[:3])
    session = await start()
    await session.desk.start(server.address(), "me@laptop")
    assert session.desk.state.away_text == "3 messages are in the inbox."
    await live(session)
    await session.desk.stop()
    await stream.put_many(sent[3:])
    seen: list[InboxState] = []
    session.desk.changed.connect(seen.append)
    await session.desk.start(server.address(), "me@laptop")
    assert session.desk.state.away_text == "1,203 messages arrived while you were away."
    assert (await live(session)).left == 0
    await stream.put(b'{"new": 1}')
    assert await stored(session, 1_207) == [*sent, b'{"new": 1}']
    assert {one.word for one in seen} >= {"connecting", "catching-up", "live"}
    [name] = await stream.consumers()
    assert name.startswith("me@laptop-")
    await until(stream.consumers, lambda found: found == {name: 1_207})


async def test_a_capture_is_verified_and_grouped_as_if_it_had_arrived_here(
    start: Start, server: NatsServer, stream: Stream
) -> None:
    [body] = bodies(1)
    sent = a_capture(body, received_ms=1_764_000_000_123, target=b"/in/x?y=1", remote="198.51.100.7:4000")
    await stream.put_capture(sent)
    await stream.put_capture(sent._replace(body=body[:30], kind="cut", trouble="The sender disconnected."))
    await stream.put_capture(a_capture(body, signed=False))
    session = await start()
    await session.desk.start(server.address())
    await stored(session, 3)
    rows = session.captures.rows([1, 2, 3])
    assert [rows[one].verdict.word for one in (1, 2, 3)] == ["valid", "unchecked", "unsigned"]
    assert (rows[1].kind, rows[1].received_ms, rows[1].answered) == ("captured", 1_764_000_000_123, 200)
    assert rows[2].kind == "cut"
    assert (await session.captures.detail(1)).capture == sent
    await until(lambda: session.groups.surveys().rows)


async def test_local_senders_and_an_inbox_work_together(
    start: Start, server: NatsServer, stream: Stream
) -> None:
    session = await start()
    await session.desk.start(server.address())
    assert session.ingest.url is not None
    await stream.put(b"inbox")
    await stored(session, 1)
    assert await post(session.ingest.url, b"local") == 200
    assert await stored(session, 2) == [b"inbox", b"local"]


async def test_a_session_starts_to_listen_for_an_inbox(
    start: Start, server: NatsServer, stream: Stream
) -> None:
    await stream.put(b"x")
    session = await start(listening=False)
    await session.desk.start(server.address())
    assert await stored(session, 1) == [b"x"]
    assert session.ingest.url is not None


async def test_a_stopped_inbox_continues_after_the_last_message(
    start: Start, server: NatsServer, stream: Stream
) -> None:
    session = await start()
    await session.desk.start(server.address())
    await stream.put(b"1")
    await stored(session, 1)
    await session.desk.stop()
    assert session.desk.state.word == "off"
    await stream.put(b"2", b"3")
    await session.close()
    session = await start()
    await session.desk.start(server.address())
    assert (await live(session)).away == 2
    assert await stored(session, 3) == [b"1", b"2", b"3"]


async def test_restarts_of_the_server_lose_and_double_nothing(
    start: Start, server: NatsServer, stream: Stream
) -> None:
    session = await start()
    await session.desk.start(server.address())
    sent: list[bytes] = []
    for number in range(3):
        part = bodies(300, f"round-{number}")
        async with stream_on(server) as again:
            await again.put_many(part)
        sent += part
        server.kill()
        await until(lambda: session.desk.state.word == "waiting")
        assert session.desk.state.problem
        server.start()
    assert await stored(session, len(sent)) == sent
    await live(session)
    assert session.desk.state.problem is None


async def test_connections_that_are_cut_lose_and_double_nothing(
    start: Start, server: NatsServer, stream: Stream
) -> None:
    sent = bodies(2_000)
    await stream.put_many(sent)
    session = await start()
    async with Gate(server) as gate:
        await session.desk.start(gate.address)
        for _ in range(8):
            before = gate.passed
            await until(
                lambda before=before: gate.passed > before + 30_000 or session.desk.state.word == "live"
            )
            gate.cut()
        assert await stored(session, len(sent)) == sent


async def test_a_server_that_hangs_is_noticed(
    start: Start, server: NatsServer, stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "SILENCE_S", 3.0)
    monkeypatch.setattr(consumer, "HEARTBEAT_S", 1)
    session = await start()
    await session.desk.start(server.address())
    await stream.put(b"1")
    await stored(session, 1)
    server.freeze()
    state = await until(lambda: session.desk.state, lambda state: state.word == "waiting")
    assert state.problem is not None
    server.thaw()
    await live(session)
    await stream.put(b"2")
    assert await stored(session, 2) == [b"1", b"2"]


async def test_stopping_in_the_middle_leaves_nothing_unevaluated(
    start: Start, server: NatsServer, stream: Stream
) -> None:
    await stream.put_many(bodies(3_000))
    session = await start()
    await session.desk.start(server.address())
    await until(lambda: session.desk.state.received)
    await session.desk.stop()
    [stopped_at] = (await stream.consumers()).values()
    await until(lambda: len(session.captures.newest(EVERYTHING, limit=50_000)) >= stopped_at)
    await until(lambda: session.ingest.evaluator.up_to == session.store.recorder.last_id)
    assert not await session.ingest.unevaluated()


async def test_members_and_files_are_independent(start: Start, server: NatsServer, stream: Stream) -> None:
    sent = bodies(20)
    await stream.put_many(sent)
    first, second = await start(), await start(database="other.db")
    await first.desk.start(server.address(), "me")
    await second.desk.start(server.address(), "me")
    assert await stored(first, 20) == await stored(second, 20) == sent
    assert len(await stream.consumers()) == 2


async def test_the_server_forgets_a_temporary_member_whose_file_continues_nevertheless(
    start: Start, server: NatsServer, stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "TEMPORARY_S", 1)
    session, lasting = await start(), await start(database="lasting.db")
    await session.desk.start(server.address(), "ci", is_temporary=True)
    await lasting.desk.start(server.address(), "me")
    await stream.put(b"1")
    await stored(session, 1)
    await until(stream.consumers, lambda found: len(found) == 2)
    await session.desk.stop()
    await lasting.desk.stop()
    [left] = await until(stream.consumers, lambda found: len(found) == 1)
    assert left.startswith("me-")
    await stream.put(b"2")
    await session.desk.start(server.address(), "ci", is_temporary=True)
    assert await stored(session, 2) == [b"1", b"2"]


async def test_others_see_the_name_of_a_member(
    start: Start, server: NatsServer, stream: Stream, tmp_path: Path
) -> None:
    session = await start()
    await session.desk.start(server.address(), " Zoë > * ")
    status = await InboxStreams(Options(database=tmp_path / "none.db"), server.address()).status()
    assert [one.name for one in status.members or ()] == ["Zoë > *"]
    [consumer] = await stream.consumers()
    assert consumer.startswith("Zo-")


async def test_a_file_and_its_copy_read_next_to_each_other(
    start: Start, server: NatsServer, stream: Stream, tmp_path: Path
) -> None:
    session = await start()
    await session.desk.start(server.address(), "me")
    await stream.put(b"1")
    await stored(session, 1)
    await session.close()
    shutil.copy(tmp_path / "captures.db", tmp_path / "copy.db")
    both = [await start(), await start(database="copy.db")]
    for one in both:
        await one.desk.start(server.address(), "me")
    for body in (b"2", b"3"):
        await stream.put(body)
        for one in both:
            assert (await stored(one, int(body)))[-1] == body
    assert len(await until(stream.consumers, lambda found: set(found.values()) == {3})) == 2


async def test_a_server_that_is_away_at_the_start_is_awaited(
    start: Start, server: NatsServer, stream: Stream
) -> None:
    await stream.put(b"x")
    server.stop()
    session = await start()
    await session.desk.start(server.address())
    state = session.desk.state
    assert (state.word, state.problem) == (
        "waiting",
        f"No server responds at {server.address()}. Start it, or check the address.",
    )
    server.start()
    assert await stored(session, 1) == [b"x"]


async def test_it_can_be_stopped_while_it_connects(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "CONNECT_S", 10 * PATIENCE_S)
    session = await start()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while await reader.read(1_000):
                pass
        writer.close()

    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    async with silent:
        address = f"nats://127.0.0.1:{silent.sockets[0].getsockname()[1]}/{STREAM}"
        starting = asyncio.create_task(session.desk.start(address))
        await until(lambda: session.desk.is_on)
        async with asyncio.timeout(PATIENCE_S):
            await session.desk.stop()
            await starting
    assert session.desk.state.word == "off"


async def test_a_new_file_can_skip_what_was_published_before_a_time(
    start: Start, server: NatsServer, stream: Stream
) -> None:
    await stream.put(b"1", b"2")
    since = now_ms() + 1
    await until(lambda: now_ms() > since)
    await stream.put(b"3", b"4")
    files = {
        "some.db": (since, [b"3", b"4"]),
        "none.db": (since + 3_600_000, []),
        "all.db": (0, [b"1", b"2", b"3", b"4"]),
    }
    for database, (since_ms, expected) in files.items():
        session = await start(database=database)
        said = Sentences(session)
        await session.desk.start(server.address(), since_ms=since_ms)
        assert session.desk.state.away == len(expected)
        assert await stored(session, len(expected)) == expected
        assert not said
        await session.close()
    await stream.put(b"away")
    for database, (_, expected) in files.items():
        session = await start(database=database)
        said = Sentences(session)
        await session.desk.start(server.address(), since_ms=now_ms() + 3_600_000)
        assert await stored(session, len(expected) + 1) == [*expected, b"away"]
        assert said == [
            "This file has read HOOKS before, so it continues after its last message. A start time counts for"
            " a new file only."
        ]
        await session.close()


# ---- gaps


async def test_messages_that_limits_removed_are_a_gap(start: Start, server: NatsServer) -> None:
    async with stream_on(server) as stream:
        await stream.create(max_msgs=5, discard="old")
        session = await start()
        said = Sentences(session)
        await session.desk.start(server.address())
        await stream.put(b"1")
        await stored(session, 1)
        await session.desk.stop()
        sent = bodies(9)
        await stream.put_many(sent)
        await session.desk.start(server.address())
        assert await stored(session, 6) == [b"1", *sent[4:]]
    [gap] = session.desk.state.gaps
    assert (gap.first, gap.last, gap.number) == (2, 5, 4)
    assert said == [
        "Messages 2 to 5 of HOOKS were removed before this machine received them. Up to 4 captures may be"
        " missing."
    ]


async def test_purged_and_deleted_messages_are_gaps(start: Start, server: NatsServer, stream: Stream) -> None:
    await stream.put(b"1", b"2", b"3", b"4", b"5")
    await stream.jetstream.delete_msg(STREAM, 3)
    session = await start()
    await session.desk.start(server.address())
    assert await stored(session, 4) == [b"1", b"2", b"4", b"5"]
    assert [(one.first, one.last) for one in session.desk.state.gaps] == [(3, 3)]
    await session.desk.stop()
    await stream.put(b"6", b"7")
    await stream.jetstream.purge_stream(STREAM)
    await session.desk.start(server.address())
    await until(lambda: session.desk.state.gaps)
    await stream.put(b"8")
    assert await stored(session, 5) == [b"1", b"2", b"4", b"5", b"8"]
    assert [(one.first, one.last) for one in session.desk.state.gaps] == [(6, 7)]


async def test_a_new_file_misses_nothing_that_was_removed_before(
    start: Start, server: NatsServer, stream: Stream
) -> None:
    await stream.put(b"1", b"2", b"3")
    await stream.jetstream.purge_stream(STREAM)
    early, late = await start(database="early.db"), await start(database="late.db")
    await early.desk.start(server.address())
    await stream.put(b"4")
    await late.desk.start(server.address())
    for session in (early, late):
        assert await stored(session, 1) == [b"4"]
        assert (await live(session)).gaps == ()


async def test_a_stream_that_was_created_again_is_read_from_its_start(
    start: Start, server: NatsServer, stream: Stream
) -> None:
    await stream.put(b"1", b"2", b"3")
    session = await start()
    said = Sentences(session)
    await session.desk.start(server.address())
    await stored(session, 3)
    await stream.jetstream.delete_stream(STREAM)
    await until(lambda: session.desk.state.word == "waiting")
    await stream.create()
    await stream.put(b"new 1", b"new 2")
    assert await stored(session, 5) == [b"1", b"2", b"3", b"new 1", b"new 2"]
    assert said == [
        "The stream HOOKS was created again. Captures of the earlier stream that this machine had not"
        " received are missing."
    ]


async def test_a_stream_that_lost_its_end_continues_with_the_same_numbers(
    start: Start, tmp_path: Path, server: NatsServer, stream: Stream
) -> None:
    """As after a crash of a server that does not sync, or from a copy of its files."""
    await stream.put(b"1", b"2")
    server.stop()
    data, copy = tmp_path / "nats" / "jetstream", tmp_path / "copy"
    shutil.copytree(data, copy)
    server.start()
    async with stream_on(server) as again:
        await again.put(b"3", b"4")
    session = await start()
    said = Sentences(session)
    await session.desk.start(server.address())
    await stored(session, 4)
    server.stop()
    shutil.rmtree(data)
    shutil.copytree(copy, data)
    server.start()
    await until(lambda: said)
    async with stream_on(server) as again:
        await again.put(b"5", b"6", b"7")
    assert await stored(session, 7) == [b"1", b"2", b"3", b"4", b"5", b"6", b"7"]
    assert said == [
        "The stream HOOKS lost messages that this machine had received, and uses their numbers again."
        " Captures that were published at that time can be missing."
    ]


async def test_a_stream_with_other_messages_under_the_same_numbers_is_read_again(
    start: Start, tmp_path: Path, server: NatsServer, stream: Stream
) -> None:
    """As after such a crash, if more was published than had been lost before this machine noticed."""
    await stream.put(b"1")
    server.stop()
    data, copy = tmp_path / "nats" / "jetstream", tmp_path / "copy"
    shutil.copytree(data, copy)
    server.start()
    async with stream_on(server) as again:
        await again.put(b"2", b"3")
    session = await start()
    said = Sentences(session)
    await session.desk.start(server.address())
    await stored(session, 3)
    await session.close()
    server.stop()
    shutil.rmtree(data)
    shutil.copytree(copy, data)
    server.start()
    async with stream_on(server) as again:
        await again.put(b"other 2", b"other 3", b"other 4")
    session = await start()
    said = Sentences(session)
    await session.desk.start(server.address())
    assert await stored(session, 7) == [b"1", b"2", b"3", b"1", b"other 2", b"other 3", b"other 4"]
    assert said[0].endswith(" It is read again from its start, so others can be here twice.")
    await session.desk.stop()
    await session.desk.start(server.address())
    assert (await live(session)).away == 0


async def test_a_leader_that_lags_behind_its_replicas_has_lost_nothing(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new leader responds before it has what another server sent to this machine.

    Here the machine claims that it has more than was published, because that moment cannot be provoked.
    """
    with nats_cluster(tmp_path, sync=None) as cluster:
        async with stream_on(cluster.servers[0]) as stream:
            await stream.create(num_replicas=3)
            await stream.put(b"1", b"2")
            session = await start()
            await session.desk.start(cluster.address())
            await stored(session, 2)
            await session.close()
            claim_position(session, 4)
            session = await start()
            said = Sentences(session)
            monkeypatch.setattr(reader, "LAG_S", PATIENCE_S)
            await session.desk.start(cluster.address())
            assert session.desk.state.problem == (
                "The leader of HOOKS does not have all of its messages yet. It is asked again."
            )
            await stream.put(b"3", b"4", b"5")
            assert await stored(session, 3) == [b"1", b"2", b"5"]
            assert not said
            await session.close()
            claim_position(session, 7)
            monkeypatch.setattr(reader, "LAG_S", 0.1)
            session = await start()
            said = Sentences(session)
            await session.desk.start(cluster.address())
            await until(lambda: said)
            await stream.put(b"6")
            assert await stored(session, 4) == [b"1", b"2", b"5", b"6"]
            assert [one.startswith("The stream HOOKS lost messages") for one in said] == [True]


def claim_position(session: Session, position: int) -> None:
    """Let the file of a closed session say that messages up to this one are stored."""
    with closing(sqlite3.connect(session.database)) as file, file:
        file.execute("UPDATE inboxes SET position = ?", (position,))


async def test_a_stream_is_recognised_by_its_messages(
    start: Start, server: NatsServer, stream: Stream
) -> None:
    """Servers of a cluster differ in when a stream was created if it was created twice."""
    await stream.put(b"1", b"2")
    session = await start()
    await session.desk.start(server.address())
    await stored(session, 2)
    await session.close()
    with closing(sqlite3.connect(session.database)) as file, file:
        file.execute("UPDATE inboxes SET created = '2026-01-01T00:00:00Z'")
    await stream.put(b"3")
    session = await start()
    said = Sentences(session)
    await session.desk.start(server.address())
    assert await stored(session, 3) == [b"1", b"2", b"3"]
    assert not said
    assert len(await stream.consumers()) == 1


# ---- what is not a capture


async def test_what_is_not_a_capture_is_skipped_with_a_sentence(
    start: Start, server: NatsServer, stream: Stream
) -> None:
    session = await start()
    said = Sentences(session)
    await session.desk.start(server.address())
    await stream.put(b"1")
    await stream.put_raw(b"hello")
    await stream.put_raw(b"{}\n", {"Webhook-Inspector-Version": "99"})
    await stream.put_raw(b"[" * 100_000 + b"\nx", {"Webhook-Inspector-Version": "1"})
    await stream.put_capture(a_capture(b"5", kind="sample"))
    await stream.put_capture(a_capture(b"6", headers=((b"a\nb", b"c"),)))
    await stream.put(b"7")
    assert await stored(session, 2) == [b"1", b"7"]
    assert said == [
        "Message 2 was not published by Webhook Inspector and is skipped.",
        "Message 3 is from a newer version of Webhook Inspector and is skipped. Update the program. A new"
        " file then gets it.",
        "Message 4 is skipped because it is nested too deeply.",
        "Message 5 is skipped because its kind is not one that edges publish.",
        "Message 6 is skipped because a header has a line feed.",
        "Further messages like these are only counted.",
    ]
    assert (await live(session)).skipped == 5
    await session.desk.stop()
    await session.desk.start(server.address())
    assert (await live(session)).away == 0


async def test_a_body_in_parts_is_put_together(start: Start, server: NatsServer, stream: Stream) -> None:
    body = b"".join(b"%07d " % number for number in range(300_000))
    sent = a_capture(body)
    await stream.put_parts(sent, 900_000)
    await stream.put(b"next")
    session = await start()
    await session.desk.start(server.address())
    assert await stored(session, 2) == [body, b"next"]
    assert (await session.captures.detail(1)).capture == sent


async def test_a_body_without_one_of_its_parts_is_skipped(
    start: Start, server: NatsServer, stream: Stream
) -> None:
    sequence, parts = await stream.put_parts(a_capture(b"x" * 3_000), 1_000)
    await stream.jetstream.delete_msg(STREAM, parts[1])
    others, _ = await stream.put_parts(a_capture(b"y" * 3_000), 1_000)
    stolen = await stream.put_capture(a_capture(b"z" * 3_000), parts=parts)
    await stream.put(b"next")
    session = await start()
    said = Sentences(session)
    await session.desk.start(server.address())
    assert await stored(session, 2) == [b"y" * 3_000, b"next"]
    assert said[1:] == [
        f"Message {sequence} is skipped because a part of its body, message {parts[1]}, was removed.",
        f"Message {stolen} is skipped because its parts are those of another message.",
    ]
    assert others


# ---- what the user must change


async def test_a_wrong_stream_name_is_an_error_at_the_start(
    start: Start, server: NatsServer, stream: Stream
) -> None:
    session = await start()
    with pytest.raises(NotFound) as raised:
        await session.desk.start(server.address("OTHER"))
    assert session.desk.state.word == "stopped"
    assert session.desk.state.problem == str(raised.value)
    await session.desk.start(server.address())
    await live(session)


@pytest.mark.parametrize(
    ("user", "sentence"),
    [
        ("nothing", "may not publish to “$JS.API.STREAM.INFO.HOOKS”"),
        ("edge", "may not subscribe to “_INBOX_HOOKS.>”"),
        ("viewer", "may not publish to “$JS.API.CONSUMER.MSG.NEXT.HOOKS."),
    ],
)
async def test_missing_permissions_are_an_error_at_the_start(
    start: Start, tmp_path: Path, wallet: object, user: str, sentence: str
) -> None:
    from inspector.session.inbox.login import GivenLogin, save_login

    viewer = (
        "{user: viewer, password: viewer-word, permissions: {"
        'publish: {allow: "$JS.API.>", deny: "$JS.API.CONSUMER.MSG.NEXT.>"}, subscribe: ["_INBOX_HOOKS.>"]}}'
    )
    with nats_server(tmp_path, config=USERS.replace("users: [", f"users: [\n{viewer}", 1)) as server:
        async with stream_on(server, user="admin", password="admin-word") as stream:
            await stream.create()
            await stream.put(b"x")
        session = await start()
        await save_login(user, f"{user}:{user}-word")
        with pytest.raises(InspectorError) as raised:
            await session.desk.start(server.address(), login=GivenLogin(label=user))
        assert sentence in str(raised.value)
        await save_login("member", "member:member-word")
        await session.desk.start(server.address(), login=GivenLogin(label="member"))
        assert await stored(session, 1) == [b"x"]


async def test_an_address_with_a_password_is_refused_and_not_shown(start: Start) -> None:
    session = await start()
    with pytest.raises(UsageError):
        await session.desk.start("nats://me:hidden-word@127.0.0.1/HOOKS")
    assert "hidden-word" not in repr(session.desk.state)


async def test_untrusted_captures_over_their_quota_are_skipped_and_genuine_ones_arrive(
    start: Start, server: NatsServer, stream: Stream
) -> None:
    session = await start(settings=(("untrusted_bytes", "400 KB"),))
    said = Sentences(session)
    await session.desk.start(server.address())
    await stream.put_capture(a_capture(b"x" * 300_000, signed=False))
    await stored(session, 1)
    for _ in range(5):
        await stream.put_capture(a_capture(b"y" * 200_000, signed=False))
    await stream.put(b"genuine")
    await stream.put_capture(a_capture(b"y" * 200_000, signed=False))
    assert (await stored(session, 2))[1:] == [b"genuine"]
    assert (await until(lambda: session.desk.state, lambda state: state.skipped == 6)).word == "live"
    assert said == [
        *(
            f"Message {number} is skipped because it is untrusted and the quota for such captures is full."
            " Clear some, or raise the setting untrusted_bytes. A new file then gets it from the stream."
            for number in (2, 3, 4)
        ),
        "Further messages like these are only counted.",
    ]
    assert session.ingest.storage_limit.problem == (
        "The quota for untrusted captures is full. Those of the shared inbox are skipped. Clear some, or"
        " raise the setting untrusted_bytes."
    )
    await session.captures.clear(text="verdict:unsigned")
    await until(lambda: session.ingest.storage_limit.problem is None)
    await stream.put_capture(a_capture(b"z" * 200_000, signed=False))
    assert (await stored(session, 2))[-1] == b"z" * 200_000
    await session.desk.stop()
    await session.desk.start(server.address())
    assert (await live(session)).away == 0


async def test_captures_wait_while_no_secret_shows_which_are_genuine(
    start: Start, server: NatsServer, stream: Stream
) -> None:
    session = await start()
    assert session.secrets.active
    await session.close()
    session = await start(secret=None, settings=(("untrusted_bytes", "400 KB"),))
    await session.desk.start(server.address())
    await stream.put(b"x" * 300_000)
    await stored(session, 1)
    await stream.put(b"y" * 200_000)
    state = await until(lambda: session.desk.state, lambda state: state.word == "waiting")
    assert state.problem == (
        "The quota for untrusted captures is full, and no secret is active. Add the secret, or raise the"
        " setting untrusted_bytes."
    )
    await session.close()
    session = await start(settings=(("untrusted_bytes", "400 KB"),))
    await session.desk.start(server.address())
    assert (await stored(session, 2))[-1] == b"y" * 200_000
    assert (await live(session)).problem is None
