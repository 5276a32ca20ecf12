"""Named targets: kept with the file, and what their headers say in the keyring or for this run alone."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import pytest

from inspector.base.errors import BusyError, InspectorError, UsageError
from inspector.client.target import Target, Tls
from inspector.domain.mask.mask import DOTS
from inspector.domain.replay.request_options import RequestOptions
from inspector.session.targets import FOR_THIS_RUN, NamedTarget
from tests.builders import ANSWER
from tests.session.conftest import OtherProgram, Start, Wallet
from tests.session.test_replays import put, receiver

TOKEN = (b"Authorization", b"Bearer t0p-s3cr3t")
STAGING = NamedTarget(
    name="staging",
    url="https://localhost:3000/hook",
    headers=(TOKEN, (b"X-Env", b"caf\xe9")),
    authority=Path("/etc/ca.pem"),
    certificate=Path("/etc/client.pem"),
    key=Path("/etc/client.key"),
    connect_s=2.5,
    answer_s=60.0,
    has_marker=True,
)


async def test_a_name_leads_to_all_that_was_said_of_it(start: Start, wallet: Wallet) -> None:
    session = await start(listening=False)
    assert await session.targets.save(STAGING) is None
    found = await session.targets.resolve("staging")
    assert found.target == replace(
        Target.parse("https://localhost:3000/hook"),
        headers=STAGING.headers,
        tls=Tls(authority=STAGING.authority, certificate=STAGING.certificate, key=STAGING.key),
    )
    assert (found.limits.connect_s, found.limits.whole_s, found.has_marker) == (2.5, 60.0, True)


async def test_values_of_headers_are_in_the_keyring_and_never_in_the_file(
    start: Start, wallet: Wallet
) -> None:
    session = await start(listening=False)
    await session.targets.save(STAGING)
    await session.close()
    assert b"t0p-s3cr3t" not in session.database.read_bytes()
    again = await start(listening=False)
    [listed] = again.targets.names()
    assert listed == replace(STAGING, headers=(), missing=("Authorization", "X-Env"))
    assert (await again.targets.resolve("staging")).target.headers == STAGING.headers
    await again.targets.remove("staging")
    assert (again.targets.names(), wallet.kept) == ((), {})


async def test_values_of_headers_are_not_in_the_keyring_if_the_file_cannot_be_written(
    start: Start, wallet: Wallet, other_program: OtherProgram
) -> None:
    session = await start(listening=False)
    other_program.lock()
    with pytest.raises(BusyError):
        await session.targets.save(STAGING)
    assert (session.targets.names(), wallet.kept) == ((), {})


async def test_what_headers_of_a_target_say_is_sent_and_not_kept_with_an_attempt(
    start: Start, wallet: Wallet
) -> None:
    session = await start(listening=False)
    [first] = await put(session, ANSWER)
    async with receiver() as (url, received):
        await session.targets.save(NamedTarget(name="local", url=url, headers=(TOKEN,)))
        await session.requests.send(first, "local", RequestOptions())
        await session.replays.start(await session.replays.plan("local", ids=[first])).wait()
    rows = (await session.captures.detail(first)).attempts
    heads = [(await session.captures.attempt(row.id)).sent_head for row in reversed(rows)]
    dots = "••••••••".encode()
    assert all(TOKEN[1] in request for request in received)
    assert [head + ANSWER for head in heads] == [request.replace(TOKEN[1], dots) for request in received]
    await session.close()
    for file in session.database.parent.iterdir():
        assert TOKEN[1] not in file.read_bytes(), file.name


@pytest.mark.parametrize(
    "echo",
    [
        b'{"got":"Bearer t0p-s3cr3t"}',
        b"token=t0p-s3cr3t",
        b"Bearer%20t0p-s3cr3t",
        gzip.compress(b'{"got":"Bearer t0p-s3cr3t"}', mtime=0),
    ],
)
async def test_a_header_value_that_the_receiver_echoes_is_stored_nowhere(
    start: Start, wallet: Wallet, echo: bytes
) -> None:
    session = await start(listening=False)
    [first] = await put(session, ANSWER)
    coding = b"Content-Encoding: gzip\r\n" if echo.startswith(b"\x1f") else b""
    head = b"HTTP/1.1 200 OK\r\nX-Echo: Bearer t0p-s3cr3t\r\n%bContent-Length: %d\r\n\r\n" % (
        coding,
        len(echo),
    )
    async with receiver(lambda request: head + echo) as (url, _):
        await session.targets.save(NamedTarget(name="local", url=url, headers=(TOKEN,)))
        await session.requests.send(first, "local", RequestOptions())
        await session.replays.start(await session.replays.plan("local", ids=[first])).wait()
    for row in (await session.captures.detail(first)).attempts:
        attempt = await session.captures.attempt(row.id)
        assert attempt.response_headers[0] == (b"X-Echo", DOTS.encode())
        assert DOTS.encode() in attempt.response_body
    await session.close()
    for file in session.database.parent.iterdir():
        content = file.read_bytes()
        assert b"t0p-s3cr3t" not in content, file.name
        assert echo not in content


async def test_without_a_safe_keyring_they_hold_for_this_run_and_that_is_said(start: Start) -> None:
    session = await start(listening=False)
    assert await session.targets.save(STAGING) == FOR_THIS_RUN
    assert (await session.targets.resolve("staging")).target.headers == STAGING.headers
    await session.close()
    again = await start(listening=False)
    with pytest.raises(InspectorError, match=r"Authorization, X-Env.*Enter them again"):
        await again.targets.resolve("staging")


async def test_without_headers_nothing_is_said_and_no_keyring_is_asked(start: Start, wallet: Wallet) -> None:
    session = await start(listening=False)
    assert await session.targets.save(replace(STAGING, headers=())) is None
    assert wallet.kept == {}


async def test_a_new_target_never_takes_the_place_of_another(start: Start, wallet: Wallet) -> None:
    session = await start(listening=False)
    await session.targets.save(STAGING)
    await session.targets.save(NamedTarget(name="other", url="http://127.0.0.1:1/", headers=(TOKEN,)))
    before, kept = session.targets.names(), dict(wallet.kept)
    for replaces in (None, "other"):
        with pytest.raises(UsageError, match="There is already a target staging"):
            await session.targets.save(
                NamedTarget(name="staging", url="http://127.0.0.1:4000", headers=(TOKEN,)), replaces=replaces
            )
    assert (session.targets.names(), wallet.kept) == (before, kept)


async def test_a_rename_keeps_its_place_and_takes_its_header_values_along(
    start: Start, wallet: Wallet
) -> None:
    session = await start(listening=False)
    await session.targets.save(STAGING)
    await session.targets.save(NamedTarget(name="other", url="http://127.0.0.1:1/"))
    await session.targets.save(replace(STAGING, name="production"), replaces="staging")
    assert [target.name for target in session.targets.names()] == ["production", "other"]
    assert [name for _, name in wallet.kept] == ["production"]


async def test_a_change_replaces_the_target_of_that_name(start: Start, wallet: Wallet) -> None:
    session = await start(listening=False)
    changed: list[None] = []
    session.targets.changed.connect(changed.append)
    await session.targets.save(STAGING)
    await session.targets.save(NamedTarget(name=" staging ", url="http://127.0.0.1:4000"), replaces="staging")
    assert session.targets.names() == (NamedTarget(name="staging", url="http://127.0.0.1:4000/"),)
    assert (len(changed), wallet.kept) == (2, {})


async def test_a_url_is_a_target_without_a_name(start: Start) -> None:
    session = await start(listening=False, settings=(("answer_seconds", "7"),))
    found = await session.targets.resolve("http://127.0.0.1:4000/in")
    assert (found.target, found.name, found.limits.whole_s) == (
        Target.parse("http://127.0.0.1:4000/in"),
        None,
        7.0,
    )
    with pytest.raises(UsageError, match="There is no target"):
        await session.targets.resolve("nobody")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": ""}, "name has up to"),
        ({"name": "a\x1bb"}, "name has up to"),
        ({"name": "http://x"}, "name has up to"),
        ({"url": "nowhere"}, "http://"),
        ({"url": "http://localhost"}, "need an https:// target"),
        ({"certificate": None}, "without a client certificate"),
        ({"headers": ((b"Host", b"x"),)}, "is set for each request"),
        ({"connect_s": 0.0}, "0.1 to 600 s"),
    ],
)
async def test_what_makes_no_sense_is_not_kept(start: Start, changes: dict[str, object], says: str) -> None:
    session = await start(listening=False)
    with pytest.raises(UsageError, match=says):
        await session.targets.save(replace(STAGING, **changes))  # type: ignore[arg-type]
    assert session.targets.names() == ()
