"""Secrets: used exactly as given, saved only in a keyring that is allowed, never printed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from inspector.base.errors import BusyError, InspectorError
from inspector.domain.signature.evaluation import PENDING
from inspector.session.file import watcher
from inspector.session.options import Options
from inspector.session.session import Session
from inspector.session.signature.secrets import Secrets
from inspector.store.store import Store
from inspector.store.write import small_tables
from inspector.store.write.columns import new_capture
from tests.builders import ANSWER, COMPLETION, SECRET_TEXT, a_capture, signature
from tests.session.conftest import OtherProgram, Seen, Start, Wallet, post
from tests.session.signature.test_verification import verified
from tests.waiting import evaluated, until


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "captures.db"


async def opened(database: Path, **options: Any) -> Session:
    session = Session(Options(database=database, **options))
    await session.open()
    await session.load_secrets()
    return session


async def test_the_variable_of_the_documents_is_used_when_nothing_else_is_named(
    database: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BLITZ_WEBHOOK_SECRET", " spaced ")
    monkeypatch.setenv("OTHER", "other")
    (tmp_path / "secret.txt").write_bytes(b"of a file\n\n")
    session = await opened(database)
    assert [(one.name, one.text) for one in session.secrets.active] == [
        ("env:BLITZ_WEBHOOK_SECRET", " spaced ")
    ]
    await session.close()
    session = await opened(database, secret_env=("OTHER",), secret_files=(tmp_path / "secret.txt",))
    assert [(one.name, one.text) for one in session.secrets.active] == [
        ("env:OTHER", "other"),
        ("file:secret.txt", "of a file\n"),
    ]
    await session.close()


async def test_an_empty_secret_is_never_active(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMPTY", "")
    session = await opened(database, secret_env=("EMPTY",))
    assert session.secrets.active == ()
    [row] = session.secrets.names()
    assert (row.is_active, row.note) == (False, "It is empty, so it is not used.")
    await session.close()


async def test_a_secret_that_is_not_there_is_told(database: Path, tmp_path: Path) -> None:
    for options, said in (
        ({"secret_env": ("NOT_SET_ANYWHERE",)}, "NOT_SET_ANYWHERE is not set"),
        ({"secret_files": (tmp_path / "none",)}, "Cannot read the secret in"),
    ):
        session = Session(Options(database=database, **options))  # type: ignore[arg-type]
        with pytest.raises(InspectorError, match=said):
            await session.open()
        await session.close()


async def test_a_saved_secret_is_in_the_keyring_and_only_its_name_in_the_file(
    database: Path, wallet: Wallet
) -> None:
    session = await opened(database, use_saved_secrets=True)
    await session.secrets.add("production", "s3cret-text", save=True)
    await session.close()
    assert list(wallet.kept.values()) == ["s3cret-text"]
    for file in database.parent.iterdir():
        assert b"s3cret-text" not in file.read_bytes()
    session = await opened(database, use_saved_secrets=True)
    assert [(one.name, one.text) for one in session.secrets.active] == [("production", "s3cret-text")]
    await session.secrets.set_active("production", False)
    assert session.secrets.active == ()
    assert session.secrets.had_one
    await session.secrets.remove("production")
    assert not wallet.kept
    await session.close()


async def test_a_keyring_label_can_be_named_for_one_run(database: Path, wallet: Wallet) -> None:
    session = await opened(database, use_saved_secrets=True)
    await session.secrets.add("staging", "text", save=True)
    await session.close()
    session = await opened(database, secret_keyring=("staging",))
    assert [one.name for one in session.secrets.active] == ["staging"]
    await session.close()
    session = Session(Options(database=database, secret_keyring=("none",)))
    await session.open()
    with pytest.raises(InspectorError, match="no secret none"):
        await session.load_secrets()
    await session.close()


async def test_without_an_allowed_keyring_nothing_is_saved_and_it_is_said(database: Path) -> None:
    session = await opened(database, use_saved_secrets=True)
    assert session.secrets.keyring is None
    assert "BLITZ_WEBHOOK_SECRET" in str(session.secrets.keyring_problem)
    with pytest.raises(InspectorError, match="no secure keyring"):
        await session.secrets.add("production", "text", save=True)
    await session.secrets.add("production", "text", save=False)
    [row] = session.secrets.names()
    assert (row.origin, row.note) == ("run", "It is forgotten when the program ends.")
    await session.close()


async def test_the_text_of_a_secret_is_in_no_repr(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLITZ_WEBHOOK_SECRET", "s3cret-text")
    store = Store(database)
    secrets = Secrets(store)
    secrets.load_given(Options())
    assert "s3cret-text" not in repr(secrets.active) + repr(secrets.names())
    await store.close(forget_deleted=False)


async def test_an_env_file_tells_its_likely_secrets_first_and_exactly(database: Path, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(
        "PORT=3000\nexport BLITZ_WEBHOOK_SECRET='pa$$ word '\nAPI_SECRET=\"x\\ny\" # note\nEMPTY=\n"
    )
    session = await opened(database)
    assert await session.secrets.read_dotenv(file) == (
        ("BLITZ_WEBHOOK_SECRET", "pa$$ word "),
        ("API_SECRET", "x\ny"),
        ("PORT", "3000"),
    )
    assert session.secrets.active == ()
    with pytest.raises(InspectorError, match="Cannot read"):
        await session.secrets.read_dotenv(tmp_path / "none")
    await session.close()


@pytest.fixture
async def listener(database: Path) -> AsyncIterator[Session]:
    """What `listen` is: it has no secret, and reads none of a keyring."""
    session = await opened(database, port=0)
    yield session
    await session.close()


async def test_what_arrives_after_another_process_saved_a_secret_is_not_trusted(
    listener: Session, wallet: Wallet, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher, "POLL_INTERVAL_S", 3600)  # the file knows it before the listener does
    url = await listener.listen()
    window = await start(secret=None, listening=False)
    await post(url, COMPLETION)
    await evaluated(listener)
    await window.secrets.add("production", SECRET_TEXT, save=True)
    await verified(window)
    assert not listener.secrets.had_one
    await post(url, COMPLETION, (b"x-webhook-signature", b"0" * 64))
    await evaluated(listener)
    assert not window.captures.rows([2])[2].is_trusted
    await window.secrets.set_active("production", False)
    await post(url, COMPLETION)
    await evaluated(listener)
    assert not window.captures.rows([3])[3].is_trusted


async def test_what_is_judged_later_is_not_trusted_once_another_process_saved_a_secret(
    listener: Session, wallet: Wallet, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher, "POLL_INTERVAL_S", 3600)
    window = await start(secret=None, listening=False)
    await window.secrets.add("production", SECRET_TEXT, save=True)
    await verified(window)
    await listener.store.append(new_capture(a_capture(ANSWER), PENDING))
    seen = Seen(listener)
    await listener.listen()
    await until(lambda: 1 in seen.judged)
    row = listener.captures.rows([1])[1]
    assert (row.verdict.reason, row.is_trusted) == ("no-secret", False)


async def test_a_listener_soon_knows_what_another_process_did_to_the_secrets_of_the_file(
    listener: Session, wallet: Wallet, start: Start
) -> None:
    url = await listener.listen()
    window = await start(secret=None, listening=False)
    await post(url, ANSWER)
    await evaluated(listener)
    assert listener.captures.rows([1])[1].is_trusted
    await window.secrets.add("production", SECRET_TEXT, save=True)
    await verified(window)
    await until(lambda: listener.secrets.missing)
    assert not listener.captures.rows([1])[1].is_trusted
    [row] = listener.secrets.names()
    assert (row.name, row.is_active) == ("production", False)
    await window.secrets.remove("production")
    await until(lambda: not listener.secrets.names())
    assert listener.secrets.missing is not None


async def test_a_secret_that_another_process_saved_is_used_by_who_uses_saved_ones(
    wallet: Wallet, start: Start
) -> None:
    listener = await start(secret=None)
    other = await start(secret=None, listening=False)
    await other.secrets.add("production", SECRET_TEXT, save=True)
    await until(lambda: bool(listener.secrets.active))
    assert listener.ingest.url is not None
    await post(listener.ingest.url, ANSWER, (b"x-webhook-signature", signature(ANSWER)))
    assert listener.captures.rows([1])[1].verdict.secret == "production"
    await other.secrets.remove("production")
    await until(lambda: not listener.secrets.active)
    assert listener.secrets.inactive == ()


async def test_a_generated_secret_can_be_copied_until_a_delivery_is_signed_with_it(
    start: Start, wallet: Wallet
) -> None:
    session = await start(secret=None)
    await session.secrets.add("dashboard", "made here", save=True, is_generated=True)
    await session.secrets.add("own", "typed", save=True)
    assert [(one.name, one.text) for one in session.secrets.generated] == [("dashboard", "made here")]
    again = await start(secret=None, listening=False)
    assert [one.text for one in again.secrets.generated] == ["made here"]
    assert session.ingest.url is not None
    await post(session.ingest.url, ANSWER, (b"x-webhook-signature", b"0" * 64))
    assert len(session.secrets.generated) == 1
    told: list[int] = []
    session.secrets.changed.connect(lambda _: told.append(len(session.secrets.generated)))
    await post(session.ingest.url, ANSWER, (b"x-webhook-signature", signature(ANSWER, "made here")))
    await until(lambda: told, lambda told: told == [0])
    later = await start(secret=None, listening=False)
    await until(lambda: later.store.read(small_tables.generated_secrets), lambda names: not names)


async def test_samples_do_not_prove_that_the_sender_has_a_generated_secret(start: Start) -> None:
    session = await start(secret=None)
    await evaluated(session)  # an evaluator that still starts gets the secret later
    await session.secrets.add("dashboard", "made here", save=False, is_generated=True)
    await session.samples.send()
    await evaluated(session)
    assert session.captures.rows([1])[1].verdict.secret == "dashboard"
    assert [one.text for one in session.secrets.generated] == ["made here"]
    await session.secrets.remove("dashboard")
    assert session.secrets.generated == ()


async def test_no_text_stays_in_the_keyring_that_no_name_leads_to(
    start: Start, wallet: Wallet, other_program: OtherProgram
) -> None:
    session = await start(secret=None)
    await session.secrets.add("production", "first", save=True)
    other_program.lock()
    with pytest.raises(BusyError):
        await session.secrets.add("staging", "second", save=True)
    assert list(wallet.kept.values()) == ["first"]
    assert [row.name for row in session.secrets.names()] == ["production"]
    with pytest.raises(BusyError):
        await session.secrets.remove("production")
    assert list(wallet.kept.values()) == ["first"]
    assert [one.text for one in session.secrets.active] == ["first"]
