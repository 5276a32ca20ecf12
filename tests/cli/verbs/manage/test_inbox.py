"""`inbox` creates the stream of a shared inbox, shows what is in it, and finds what to fix."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import nats
import pytest
from nats.js.api import ConsumerConfig, StreamConfig

from inspector.base import availability
from inspector.base.errors import InspectorError, NotFound, UsageError
from inspector.cli.verbs.manage.inbox import INBOX
from inspector.session.inbox.streams import StreamPlan
from tests import schemas
from tests.cli.calls import Done, use
from tests.e2e.program import finish
from tests.inbox.servers import STREAM, USERS, NatsServer, nats_cluster, nats_server
from tests.session.conftest import Wallet, wallet  # noqa: F401 - a fixture
from tests.waiting import until

GOOD = StreamConfig(
    name=STREAM,
    subjects=[f"{STREAM}.>"],
    discard="new",  # type: ignore[arg-type]
    max_bytes=10_000,
    duplicate_window=120,
    allow_direct=True,
)


async def on(server: NatsServer, action: str, *options: str) -> Done:
    return await use(INBOX, action, server.address(), "--inbox-monitor", server.monitor, *options)


async def checks(server: NatsServer, *options: str) -> dict[str, dict[str, Any]]:
    """Each check of `inbox doctor` by its name."""
    done = await on(server, "doctor", "--format", "json", *options)
    for record in done.records():
        schemas.valid("machine-check", record)
    found = {record["check"]: record for record in done.records()}
    assert done.status == (0 if all(record["ok"] for record in found.values()) else 1)
    return found


async def test_a_stream_is_created_once_and_says_how_to_use_it(tmp_path: Path) -> None:
    with nats_server(tmp_path) as server:
        first = await on(server, "init")
        assert first.status == 0
        assert first.text.startswith(f"Created the stream {STREAM}: messages stay for 7 days, at most 10 GB")
        assert f"listen --inbox {server.address()}\n" in first.text
        assert f"listen --from-inbox {server.address()}\n" in first.text
        again = await on(server, "init")
        assert (again.status, again.text.split(":")[0]) == (0, f"There is already a stream {STREAM}")
        record = (await on(server, "init", "--format", "json")).record()
    schemas.valid("created-stream", record)
    assert (record["created"], record["differences"], record["problems"]) == (False, [], [])


def test_the_help_page_names_the_defaults_of_a_new_stream() -> None:
    page = " ".join(INBOX.parser().format_help().split())
    plan = StreamPlan()
    days, minutes = plan.max_age_s / 86_400, plan.duplicate_window_s / 60
    for default in (plan.replicas, plan.max_bytes, f"{days:g}d", f"{minutes:g}m"):
        assert f"(default: {default})" in page


async def test_a_stream_with_other_settings_is_not_changed(tmp_path: Path) -> None:
    with nats_server(tmp_path) as server:
        await on(server, "init", "--max-age", "12h", "--max-bytes", "1000000", "--duplicate-window", "1m")
        before = (await on(server, "status", "--format", "json")).record()["stream"]
        assert (before["max_age_seconds"], before["max_bytes"]) == (43_200, 1_000_000)
        done = await on(server, "init", "--max-age", "2d", "--max-bytes", "2000000", "--replicas", "3")
        assert done.status == 1
        assert done.text.splitlines() == [
            f"The stream {STREAM} exists with other settings. Nothing was changed.",
            f"  replicas: 1, not 3. Run `nats stream edit {STREAM} --replicas 3`.",
            f"  maximum age: 12 h, not 2 days. Run `nats stream edit {STREAM} --max-age 172800s`.",
            f"  maximum bytes: 977 KB, not 1.9 MB. Run `nats stream edit {STREAM} --max-bytes 2000000`.",
            f"  duplicate window: 1 min, not 2 min. Run `nats stream edit {STREAM} --dupe-window 120s`.",
        ]
        assert (await on(server, "status", "--format", "json")).record()["stream"] == before


async def test_init_shows_why_an_edge_would_refuse_the_stream(tmp_path: Path) -> None:
    with nats_server(tmp_path, sync=None) as server:
        done = await on(server, "init")
        assert (done.status, "FIX " in done.text, "`sync_interval: always`" in done.text) == (0, True, True)
        record = (await on(server, "init", "--format", "json")).record()
    schemas.valid("created-stream", record)
    assert [(one["code"], one["loses"]) for one in record["problems"]] == [("not-synced", True)]


async def test_status_shows_messages_and_members(tmp_path: Path) -> None:
    with nats_server(tmp_path) as server:
        with pytest.raises(NotFound, match="inbox init"):
            await on(server, "status")
        client = await nats.connect(server.url)
        jetstream = client.jetstream()
        await jetstream.add_stream(GOOD)
        assert "No members yet." in (await on(server, "status")).text
        for _ in range(3):
            await jetstream.publish(f"{STREAM}.captures", b"x" * 50)
        name = "ann@laptop-0123abcd"
        await jetstream.add_consumer(STREAM, ConsumerConfig(name=name, durable_name=name))
        await client.close()
        done = await on(server, "status")
        record = (await on(server, "status", "--format", "json")).record()
    schemas.valid("shared-inbox", record)
    [member] = record["members"]
    assert (member["member"], member["behind"], member["connected"]) == ("ann@laptop", 3, False)
    assert (record["stream"]["messages"], record["stream"]["last"]) == (3, 3)
    lines = done.text.splitlines()
    assert lines[1].startswith("Messages  3, ")
    assert lines[3].startswith("Last      3 at 20")
    assert lines[-2] == "1 member"
    assert lines[-1].startswith("ann@laptop  3 behind  active 20")


async def test_doctor_finds_what_is_wrong_and_when_it_is_fixed(tmp_path: Path) -> None:
    names = ["login", "server", "access", "stream", "durable", "limits", "space", "replicas", "clock"]
    with nats_server(tmp_path, sync=None) as server:
        found = await checks(server)
        assert not found["stream"]["ok"]
        assert "inbox init" in found["stream"]["says"]
        client = await nats.connect(server.url)
        jetstream = client.jetstream()
        wrong = GOOD.evolve(discard="old", allow_direct=False, duplicate_window=1)
        await jetstream.add_stream(wrong)
        found = await checks(server)
        assert [name for name, one in found.items() if not one["ok"]] == ["durable", "limits"]
        assert "--discard new" in found["durable"]["says"]
        assert "sync_interval: always" in found["durable"]["says"]
        assert "--dupe-window" in found["limits"]["fix"]
        await jetstream.update_stream(GOOD.evolve(allow_direct=False))
        assert "--allow-direct" in (await checks(server))["limits"]["fix"]
        await jetstream.update_stream(GOOD)
        await jetstream.publish(f"{STREAM}.captures", b"x" * 9_500)
        await client.close()
        server.sync = "always"
        server.restart()
        found = await checks(server)
        assert [name for name, one in found.items() if not one["ok"]] == ["space"]
        client = await nats.connect(server.url)
        await client.jetstream().update_stream(GOOD.evolve(max_bytes=1_000_000))
        await client.close()
        found = await checks(server)
        assert (list(found), all(one["ok"] for one in found.values())) == (names, True)
        assert (await on(server, "doctor")).text.endswith("Everything is OK.\n")
        assert (await client_stream_messages(server)) == 1  # the checks left nothing behind
        server.kill()
        found = await checks(server)
        assert (list(found), found["server"]["ok"]) == (["login", "server"], False)
        no_login = tmp_path / "no.creds"
        no_login.write_text("hidden-word")
        [found_login] = (await checks(server, "--inbox-creds", str(no_login))).values()
        assert "There are no NATS credentials in" in found_login["says"]
        assert "hidden-word" not in found_login["says"]


async def client_stream_messages(server: NatsServer) -> int:
    record = (await on(server, "status", "--format", "json")).record()
    assert record["members"] == []
    messages: int = record["stream"]["messages"]
    return messages


async def test_doctor_shows_what_a_user_may_do(tmp_path: Path, wallet: Wallet) -> None:  # noqa: F811
    with nats_server(tmp_path, config=USERS) as server:
        for user in ("admin", "edge", "member", "nothing"):
            wallet.set_password("webhook-inspector:inbox", user, f"{user}:{user}-word")
        assert (await on(server, "init", "--inbox-keyring", "admin")).status == 0
        for user, is_ok, said in (
            ("admin", True, "may publish and read"),
            ("edge", True, "may publish, but not read"),
            ("member", True, "may read, but not publish"),
            ("nothing", False, "neither an edge nor a member"),
        ):
            found = await checks(server, "--inbox-keyring", user)
            assert (found["access"]["ok"], said in found["access"]["says"]) == (is_ok, True), found["access"]
            assert found["stream"]["ok"] == is_ok
            assert f"{user}-word" not in str(found)
        server.stop()
        server.config = USERS.replace(f', "_INBOX_{STREAM}.>"', "")
        server.start()
        found = await checks(server, "--inbox-keyring", "member")
        assert f"_INBOX_{STREAM}." in found["access"]["says"]
        status = await on(server, "status", "--inbox-keyring", "edge")
        assert "The members are unknown." in status.text
        record = (await on(server, "status", "--inbox-keyring", "edge", "--format", "json")).record()
        schemas.valid("shared-inbox", record)
        assert record["members"] is None
        found = await checks(server)
        assert "credentials" in found["server"]["says"]


async def test_a_cluster_is_checked_as_one(tmp_path: Path) -> None:
    with nats_cluster(tmp_path, sync=None) as cluster:
        address = cluster.address()
        assert (await use(INBOX, "init", address, "--replicas", "3")).status == 0
        done = await until(lambda: use(INBOX, "doctor", address), lambda done: "Everything" in done.text)
        assert (done.status, "3 of 3 servers have every message." in done.text) == (0, True), done.text
        cluster.servers[2].kill()
        done = await until(lambda: use(INBOX, "doctor", address), lambda done: "FIX replicas" in done.text)
        assert done.status == 1


async def test_a_login_is_saved_in_the_keyring_only(
    wallet: Wallet,  # noqa: F811
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"ann:s3cret-word\n")))
    done = await use(INBOX, "login", "team")
    assert "s3cret" not in done.text + done.said
    assert list(wallet.kept.values()) == ["ann:s3cret-word"]
    assert not _files_with(home, b"s3cret")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"not a login\n")))
    with pytest.raises(UsageError, match="no NATS credentials"):
        await use(INBOX, "login", "team")
    record = (await use(INBOX, "logout", "team", "--format", "json")).record()
    schemas.valid("inbox-login", record)
    assert (record, wallet.kept) == ({"name": "team", "removed": True}, {})
    with pytest.raises(NotFound, match="inbox login team"):
        await use(INBOX, "logout", "team")


async def test_a_new_key_logs_in_and_replaces_no_file(tmp_path: Path) -> None:
    file = tmp_path / "ann.nk"
    record = (await use(INBOX, "key", str(file), "--format", "json")).record()
    schemas.valid("inbox-key", record)
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(InspectorError, match="already exists"):
        await use(INBOX, "key", str(file))
    other = tmp_path / "other.nk"
    done = await use(INBOX, "key", str(other))
    assert other.read_text().strip() not in done.text + done.said
    users = f"authorization {{ users: [{{ nkey: {record['public_key']} }}] }}\n"
    with nats_server(tmp_path, config=users) as server:
        assert (await on(server, "init", "--inbox-creds", str(file))).status == 0
        with pytest.raises(InspectorError, match="refuses the credentials"):
            await on(server, "init", "--inbox-creds", str(other))


def _files_with(folder: Path, text: bytes) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file() and text in file.read_bytes()]


async def test_wrong_arguments_are_refused_before_connecting() -> None:
    with pytest.raises(UsageError, match="no inbox address"):
        await use(INBOX)
    with pytest.raises(UsageError, match="not an inbox address"):
        await use(INBOX, "status", "http://127.0.0.1/HOOKS")
    with pytest.raises(UsageError, match="--max-age"):
        await use(INBOX, "init", "nats://127.0.0.1/S", "--max-age", "1m", "--duplicate-window", "2m")
    with pytest.raises(UsageError, match="--replicas cannot be used with `inbox status`"):
        await use(INBOX, "status", "nats://127.0.0.1/S", "--replicas", "3")


async def test_the_settings_name_the_inbox(tmp_path: Path) -> None:
    with nats_server(tmp_path) as server:
        given = ("--set", f"inbox={server.address()}", "--set", f"inbox_monitor={server.monitor}")
        assert (await use(INBOX, "init", *given)).status == 0
        assert server.address() in (await use(INBOX, *given)).text


def test_the_program_ends_with_the_status_of_each_error(tmp_path: Path) -> None:
    with nats_server(tmp_path) as server:
        of_server = (server.address(), "--inbox-monitor", server.monitor)
        assert finish("inbox", "status", *of_server).returncode == 1
        assert finish("inbox", "init", *of_server).returncode == 0
        assert finish("inbox", "doctor", *of_server).returncode == 0
        assert finish("inbox", "init", *of_server, "--max-age", "3d").returncode == 1
    done = finish("inbox", "status", *of_server)
    assert (done.returncode, done.stdout) == (3, b"")
    assert done.stderr.startswith(f"No server responds at {server.address()}.".encode())
    assert finish("inbox", "status", "HOOKS").returncode == 2


async def test_without_the_extra_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(availability.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InspectorError, match=r"pip install 'webhook-inspector\[inbox\]'"):
        await use(INBOX, "status", "nats://127.0.0.1/S")
