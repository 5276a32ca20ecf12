"""The login of a shared inbox: from the options, or else from the settings and the keyring."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspector.inbox.login import InboxLogin, write_key
from inspector.session.inbox.login import GivenLogin, load_login, save_login
from inspector.settings.settings import Settings
from tests.session.conftest import Wallet


async def test_the_login_in_the_keyring_is_used_unless_a_file_is_set(wallet: Wallet, tmp_path: Path) -> None:
    await save_login("HOOKS", "member:member-word")
    seed = tmp_path / "member.nk"
    seed.write_text("SU" + "A" * 56)
    named = ("inbox_keyring", "HOOKS")
    login = await load_login(GivenLogin(), Settings((named,)))
    assert login.secret == "member:member-word"
    login = await load_login(GivenLogin(), Settings((named, ("inbox_creds", str(seed)))))
    assert login.secret is None
    assert login.file == seed
    login = await load_login(GivenLogin(file=seed), Settings((named,)))
    assert login.secret is None


def test_a_file_that_other_users_can_read_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "edge.nk"
    write_key(file)
    assert InboxLogin(file=file).warnings() == ()
    file.chmod(0o440)
    assert "chmod 600" in InboxLogin(file=file).warnings()[0]
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))  # of a systemd service with LoadCredential
    assert InboxLogin(file=file).warnings() == ()


async def test_a_login_is_shown_nowhere(wallet: Wallet) -> None:
    await save_login("HOOKS", "member:member-word")
    login = await load_login(GivenLogin(label="HOOKS"), Settings(()))
    assert login.options() == {"user": "member", "password": "member-word"}
    assert "member-word" not in repr(login)
