"""`strays` and `address`, next to a listener behind a tunnel."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from inspector.base.errors import NotFound, UsageError
from inspector.cli.verbs.look.list_ import LIST
from inspector.cli.verbs.look.strays import STRAYS
from inspector.cli.verbs.manage.address import ADDRESS
from inspector.cli.verbs.manage.prune import PRUNE
from inspector.session.options import Options
from inspector.session.session import Session
from tests import schemas
from tests.cli.calls import use
from tests.session.address.test_public_address import behind_tunnel
from tests.session.conftest import post
from tests.waiting import until


@pytest.fixture
async def session(tmp_path: Path) -> Session:  # type: ignore[misc]
    session = Session(
        Options(database=tmp_path / "captures.db", port=0, settings=(("test_address", "false"),))
    )
    await session.open()
    await session.listen()
    yield session
    await session.close()


async def test_strays_are_listed_shown_and_cleared_and_nowhere_else(session: Session) -> None:
    on_file = ("--database", str(session.database))
    await behind_tunnel(session)
    url = session.ingest.url or ""
    body = b'{"a": 1}' + b" " * 5_000
    assert await post(url, body, (b"x-odd", b"\x85[2J\xff"), target=b"/wp-login.php?x=%1b") == 404
    assert await post(url, b"", (b"X-Forwarded-For", b"192.0.2.7"), target=b"/second") == 404
    done = await use(STRAYS, *on_file)
    first, second = done.text.splitlines()
    assert re.fullmatch(r"1  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d  127\.0\.0\.1:\d+ +POST  /wp-login.php\S+", first)
    assert second.split()[3:] == ["192.0.2.7", "POST", "/second"]
    assert (await use(STRAYS, "--limit", "1", *on_file)).text.split() == second.split()
    shown = (await use(STRAYS, "show", "1", *on_file, width=80)).text
    assert "x-odd: \\x85[2J\\xff" in shown
    assert "Only the first 4,096 bytes are stored." in shown
    assert "\x85" not in shown
    for record in (await use(STRAYS, *on_file, "--format", "json")).records():
        schemas.valid("stray", record)
    record = (await use(STRAYS, "show", "1", *on_file, "--format", "json")).record()
    schemas.valid("stray", record)
    assert base64.b64decode(record["body"]) == body[:4_096]
    assert (record["bytes"], record["target"]) == (len(body), "/wp-login.php?x=%1b")
    assert (await use(LIST, *on_file)).text == ""
    for wrong, error in (("9", NotFound), ("x", UsageError), ("²", UsageError)):
        with pytest.raises(error):
            await use(STRAYS, "show", wrong, *on_file)
    cleared = (await use(STRAYS, "clear", "--yes", *on_file, "--format", "json")).record()
    schemas.valid("strays-cleared", cleared)
    assert cleared == {"removed": 2}
    await until(lambda: session.strays.count == 0)
    assert (await use(STRAYS, *on_file)).said.startswith("No stray requests.")


async def test_prune_all_removes_strays_too_and_nothing_else_does(session: Session) -> None:
    on_file = ("--database", str(session.database))
    await behind_tunnel(session)
    for target in (b"/wp-login.php", b"/second"):
        assert await post(session.ingest.url or "", b"", target=target) == 404
    assert (await use(PRUNE, "--keep-count", "1", *on_file)).text == "No captures to remove.\n"
    shown = await use(PRUNE, "--all", "--dry-run", *on_file)
    assert shown.text == "Would remove 2 stray requests.\n"
    done = await use(PRUNE, "--all", "--yes", *on_file, "--format", "json")
    schemas.valid("removal", done.record())
    assert (done.record()["removed"], done.record()["strays"]) == (0, 2)
    assert (await use(STRAYS, *on_file)).text == ""
    await until(lambda: session.strays.count, lambda count: count == 0)


async def test_the_address_is_shown_confirmed_and_gets_a_new_path(session: Session) -> None:
    on_file = ("--database", str(session.database))
    assert (await use(ADDRESS, *on_file)).said.startswith("No public address. Use `listen --tunnel`")
    path = await behind_tunnel(session)
    await until(lambda: session.address.text is not None)
    before = session.address.text or ""
    assert (await use(ADDRESS, *on_file)).text == f"{before}\n"
    done = await use(ADDRESS, "new-path", *on_file)
    assert done.text.startswith("https://quiet-river.example.com/in/")
    assert done.text != f"{before}\n"
    assert f"It replaced {before} at " in done.said
    await until(lambda: session.address.path != path)
    assert await post(session.ingest.url or "", b"x", target=path.encode()) == 404
    record = (await use(ADDRESS, *on_file, "--format", "json")).record()
    schemas.valid("stored-address", record)
    assert (record["address"], record["old"]) == (session.address.text, before)
    assert (await use(ADDRESS, "confirm", *on_file)).said == ""
    await until(lambda: session.address.old is None)
    await use(ADDRESS, "set", "hooks.example.com/blitz", *on_file)
    await until(lambda: session.address.text == "https://hooks.example.com/blitz")
    with pytest.raises(UsageError, match="not a public address"):
        await use(ADDRESS, "set", "mailto:a", *on_file)
    record = (await use(ADDRESS, "forget", *on_file, "--format", "json")).record()
    schemas.valid("stored-address", record)
    assert record == {"address": None, "old": None, "changed_at": None}
