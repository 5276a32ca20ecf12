"""HTTPS on the port of a session: the settings, what follows from them, and files that cannot be used."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from pathlib import Path

import pytest

from inspector.base.errors import InspectorError, UsageError
from inspector.base.files import data_folder
from inspector.cli.main import VERBS
from inspector.cli.verb import session_options
from inspector.domain.query.scope import EVERYTHING
from inspector.domain.replay.request_options import Edit, RequestOptions
from inspector.session.doctor import Doctor, MachineCheck
from tests.builders import ANSWER
from tests.session.conftest import Seen, Start
from tests.session.test_replays import put
from tests.waiting import until

ON = (("tls", "true"),)


async def certificate_check(*words: str) -> MachineCheck | None:
    """What `doctor` says of the certificate."""
    [verb] = (verb for verb in VERBS if verb.name == "doctor")
    options = session_options(verb.parser().parse(["--port", "0", *words]))
    found = [one async for one in Doctor(options).results() if one.name == "tls"]
    return found[0] if found else None


async def test_samples_and_the_local_url_follow(start: Start) -> None:
    session = await start(settings=ON)
    assert (session.ingest.url or "").startswith("https://127.0.0.1:")
    assert session.ingest.tls.trust_note == f"Clients must trust {session.ingest.tls.authority}."
    seen = Seen(session)
    result = await session.samples.send()
    assert (result.failed, result.error) == (0, None)
    await until(lambda: len(seen.captured) == result.sent)
    other = await start(listening=False)
    again = await other.samples.send((session.ingest.url or "").replace("127.0.0.1", "localhost"))
    assert (again.failed, again.error) == (0, None)


async def test_replays_and_edited_requests_to_ourselves_trust_what_was_generated(start: Start) -> None:
    session = await start(settings=ON)
    url = session.ingest.url or ""
    [first] = await put(session, ANSWER)
    seen = Seen(session)
    progress = await session.replays.start(await session.replays.plan(url, ids=[first])).wait()
    row = await session.requests.send(first, url, RequestOptions(edit=Edit(body=b"{}")))
    assert (progress.succeeded, row.outcome, row.error) == (1, "ok", None)
    await until(lambda: len(seen.captured) == 2)


async def test_tests_of_a_public_address_without_tls_are_not_recorded_as_refused(start: Start) -> None:
    session = await start(settings=(*ON, ("test_address", "true")))
    port = (session.ingest.url or "").rstrip("/").rpartition(":")[2]
    seen = Seen(session)
    await session.address.set(f"http://127.0.0.1:{port}")
    state = await until(lambda: session.tunnels.state, lambda state: state.word == "unreachable")
    assert (state.problem or "").endswith(" This port accepts only HTTPS. Use an https:// address.")
    await session.tunnels.probe()
    assert not session.captures.newest(EVERYTHING, limit=1)
    await session.address.set(None)
    for _ in range(2):  # a test that was cancelled before it connected accounts for one of them
        reader, writer = await asyncio.open_connection("127.0.0.1", int(port))
        writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        with suppress(ConnectionError):
            await reader.read()
        writer.close()
    [id_, *_] = await until(lambda: seen.captured)
    assert session.captures.rows([id_])[id_].kind == "refused"


async def test_http_is_the_default_again_after_a_restart_without_it(start: Start) -> None:
    session = await start(settings=ON)
    await session.close()
    session = await start()
    assert (session.ingest.url or "").startswith("http://")
    assert session.ingest.tls.trust_note is None


async def test_a_certificate_of_ones_own_needs_no_authority_for_samples(start: Start, tmp_path: Path) -> None:
    first = await start(settings=ON)
    made = await first.ingest.tls.certificate()
    await first.close()
    assert made is not None
    own = tmp_path / "own.pem"
    own.write_bytes(made.certificate.read_bytes())
    (data_folder() / "tls" / "authority.pem").unlink()
    session = await start(settings=(*ON, ("tls_cert", str(own))))
    assert session.ingest.tls.trust_note is None
    assert (await session.samples.send()).error is None
    context = ssl.create_default_context()
    port = int((session.ingest.url or "").rstrip("/").rpartition(":")[2])
    with pytest.raises(ssl.SSLCertVerificationError):
        await asyncio.open_connection("127.0.0.1", port, ssl=context)


async def test_a_file_that_cannot_be_used_is_said_before_anything_is_created(
    start: Start, tmp_path: Path
) -> None:
    gone = tmp_path / "gone.pem"
    session = await start(settings=(*ON, ("tls_cert", str(gone))), listening=False)
    with pytest.raises(UsageError, match=r"gone\.pem as the certificate of this port: no such file"):
        await session.listen()
    assert not session.has_listener
    session = await start(settings=(*ON, ("tls_key", str(gone))), listening=False)
    with pytest.raises(InspectorError, match="a key for HTTPS but no certificate"):
        await session.listen()


async def test_doctor_says_what_it_will_use_and_creates_nothing(start: Start, tmp_path: Path) -> None:
    assert await certificate_check() is None
    folder = data_folder() / "tls"
    check = await certificate_check("--tls")
    assert check is not None
    assert (check.is_ok, check.says) == (True, f"A certificate will be generated in {folder}.")
    assert not folder.exists()
    await start(settings=ON)
    check = await certificate_check("--tls")
    assert check is not None
    assert check.is_ok
    assert f"Clients must trust {folder / 'authority.pem'}." in check.says
    check = await certificate_check("--tls-cert", str(tmp_path / "gone.pem"))
    assert check is not None
    assert (check.is_ok, "no such file" in check.says) == (False, True)
