"""`doctor` finds what is wrong on a machine, says what to do, and changes nothing."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from inspector.base.log import log_file
from inspector.cli.verbs.manage.doctor import DOCTOR
from inspector.cli.verbs.manage.secrets import SECRETS
from inspector.session.options import Options
from inspector.session.session import Session
from inspector.store.file import migrations
from tests import schemas
from tests.builders import ANSWER, SECRET_TEXT, signature
from tests.cli.calls import use
from tests.cli.conftest import Keep
from tests.e2e.program import PATIENCE_S, finish, listening
from tests.ports import free_port
from tests.session.conftest import Wallet, wallet  # noqa: F401 - a fixture

_NAMES = (
    *("program", "settings", "folder", "database", "disk", "port", "tunnels", "keyring", "secrets"),
    *("window", "log"),
)


async def checks(*arguments: str) -> dict[str, dict[str, Any]]:
    """Each check by its name. The exit status is 1 if one needs attention."""
    if "--port" not in arguments:
        arguments = (*arguments, "--port", "0")
    done = await use(DOCTOR, *arguments, "--format", "json")
    records = done.records()
    for record in records:
        schemas.valid("machine-check", record)
    assert tuple(record["check"] for record in records) == _NAMES
    assert done.status == (0 if all(record["ok"] for record in records) else 1)
    return {record["check"]: record for record in records}


def _files(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Mode and content of everything in a folder, apart from the index that SQLite rebuilds after a kill."""
    return {
        str(path): (path.stat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in sorted(folder.rglob("*"))
        if not path.name.endswith("-shm")
    }


def test_a_new_machine_is_checked_without_a_trace(home: Path, tmp_path: Path) -> None:
    done = finish("doctor", "--port", "0", DISPLAY="", WAYLAND_DISPLAY="", QT_QPA_PLATFORM="")
    text = done.stdout.decode()
    assert (done.returncode, done.stderr) == (0, b""), text
    assert text.endswith("Everything is OK.\n")
    assert "OK  database  " in text
    assert "OK  window    No display, so the program works in the terminal." in text
    assert SECRET_TEXT not in text
    assert not list(home.rglob("*"))


async def test_a_file_is_not_changed_whatever_its_state(keep: Keep, tmp_path: Path) -> None:
    database = await keep((ANSWER, signature(ANSWER)))
    os.chmod(database, 0o644)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(f"PRAGMA user_version = {migrations.LATEST - 1}")
    before = _files(tmp_path)
    found = await checks("--database", database)
    assert not found["database"]["ok"]
    assert found["database"]["fix"] == f"Run `chmod 600 {database}`."
    os.chmod(database, 0o600)
    found = await checks("--database", database)
    assert found["database"]["ok"]
    assert f"converts it to format {migrations.LATEST}" in found["database"]["says"]
    os.chmod(database, 0o644)
    assert _files(tmp_path) == before


async def test_a_newer_file_another_database_and_a_mark_of_damage_are_found(
    keep: Keep, tmp_path: Path
) -> None:
    database = await keep((ANSWER, signature(ANSWER)))
    mark = f"{database}.damaged"
    os.mknod(mark)
    assert "is damaged" in (await checks("--database", database))["database"]["says"]
    os.unlink(mark)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA user_version = 999")
    assert "newer version" in (await checks("--database", database))["database"]["says"]
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE t (a)")
    assert "another program" in (await checks("--database", str(other)))["database"]["says"]
    missing = tmp_path / "none" / "captures.db"
    assert "There is no folder" in (await checks("--database", str(missing)))["folder"]["says"]
    assert not missing.parent.exists()


async def test_problems_of_the_journal_are_found(keep: Keep, tmp_path: Path) -> None:
    database = await keep((ANSWER, signature(ANSWER)))
    journal = Path(f"{database}.journal")
    for content, says in (
        (b"no journal", f"{journal} is not a journal of Webhook Inspector. Move it away"),
        (None, f"{journal} is damaged."),
    ):
        if content is None:
            journal.unlink()  # noqa: ASYNC240 - nothing else is to be done meanwhile
            os.mknod(f"{journal}.damaged")
        else:
            journal.write_bytes(content)  # noqa: ASYNC240
        found = (await checks("--database", database))["database"]
        assert not found["ok"]
        assert says in found["says"]


async def test_the_holder_of_the_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = (await checks("--port", str(port)))["port"]
        assert not found["ok"]
        assert f"(process {os.getpid()})" in found["says"]
        assert "use --port " in found["fix"]
    database = tmp_path / "captures.db"
    port = free_port()
    # Only the script itself has its name in /proc.
    with listening(database, "--port", str(port), through=["env"]) as (program, _):
        found = (await checks("--port", str(port), "--database", str(database)))["port"]
        assert found["ok"]
        assert f"(process {program.process.pid}), which captures into this file" in found["says"]
        found = (await checks("--port", str(port)))["port"]
        assert not found["ok"], "it captures into another file"
        assert "is in use by webhook-inspector (process" in found["says"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (" padded-secret-padded", "starts with whitespace"),
        ('"quoted-secret-quoted"', "quotes"),
        ("short", "fewer than 16 characters"),
        ("", "No active secret"),
    ],
)
async def test_suspicious_secrets_are_found_and_never_printed(
    monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    monkeypatch.setenv("BLITZ_WEBHOOK_SECRET", text)
    found = await checks()
    assert not found["secrets"]["ok"]
    assert said in found["secrets"]["says"]
    assert not text or text not in str(found)


async def test_without_a_keyring_no_secret_to_save_is_suggested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BLITZ_WEBHOOK_SECRET", raising=False)
    fix = (await checks())["secrets"]["fix"]
    assert fix == "Set BLITZ_WEBHOOK_SECRET, or use --secret-file FILE."


async def test_a_secret_that_is_not_set_is_a_result(tmp_path: Path) -> None:
    assert "NOT_SET is not set" in (await checks("--secret-env", "NOT_SET"))["secrets"]["says"]


async def test_saved_secrets_are_read_from_the_keyring(
    keep: Keep,
    monkeypatch: pytest.MonkeyPatch,
    wallet: Wallet,  # noqa: F811
) -> None:
    database = Path(await keep())
    session = Session(Options(database=database, use_saved_secrets=True))
    await session.open()
    await session.load_secrets()
    await session.secrets.add("production", "short", save=True)
    await session.close()
    found = await checks("--database", str(database))
    assert found["keyring"]["says"] == "Test wallet works."
    assert "production: It has fewer than" in found["secrets"]["says"]
    await use(SECRETS, "deactivate", "production", "--database", str(database))
    monkeypatch.delenv("BLITZ_WEBHOOK_SECRET")
    fix = (await checks("--database", str(database)))["secrets"]["fix"]
    assert fix == "Set BLITZ_WEBHOOK_SECRET, or run `secrets activate production`."
    await use(SECRETS, "activate", "production", "--database", str(database))
    wallet.kept.clear()
    found = await checks("--database", str(database))
    assert "does not have the secrets production" in found["keyring"]["says"]


async def test_invalid_settings_are_a_result(home: Path) -> None:
    file = home / "config" / "webhook-inspector" / "settings.json"
    file.parent.mkdir(parents=True)
    file.write_text("{")
    assert "is not valid JSON" in (await checks())["settings"]["says"]
    file.write_text('{"prot": 1}')
    assert "prot" in (await checks())["settings"]["says"]
    file.write_text('{"port": 9000}')
    assert (await checks())["settings"]["ok"]


async def test_new_errors_of_the_log_are_shown_without_secrets() -> None:
    log = log_file()
    log.parent.mkdir(parents=True)
    digest = "0123456789abcdef" * 4
    log.write_text(
        "2020-01-01 00:00:00,000 1 ERROR inspector.old: an old error\n"
        "2020-01-01 00:00:01,000 1 WARNING inspector.old: a warning\n"
    )
    found = (await checks())["log"]
    assert found["ok"]
    assert "2020-01-01 00:00 an old error" in found["says"]
    with log.open("a") as file:
        file.write(
            f"2999-01-01 00:00:00,000 1 ERROR inspector.x: a bug \x1b[31m {SECRET_TEXT} {digest}\n"
            "Traceback (most recent call last):\n"
            '  File "x.py", line 1, in <module>\n'
            "ValueError: text of a payload\n"
        )
    found = (await checks())["log"]
    assert not found["ok"]
    assert r"a bug \x1b[31m" in found["says"]
    assert found["says"].endswith("ValueError.")
    for hidden in (SECRET_TEXT, digest, "payload"):
        assert hidden not in found["says"]


@pytest.mark.parametrize("width", [20, 80, None])
async def test_the_lines_fit(width: int | None) -> None:
    done = await use(DOCTOR, "--port", "0", width=width)
    assert done.text.count("OK  ") + done.text.count("FIX ") == len(_NAMES)
    if width == 80:
        assert max(map(len, done.text.splitlines())) <= 80


_DYING = f"""#!{sys.executable}
import re, socket, sys
if found := re.search(r"multiprocessing.forkserver .* main.(\\d+),", sys.argv[-1]):
    socket.socket(fileno=int(found[1])).accept()[0].recv(1)
"""
"""A fork server that dies at its first request."""


@pytest.mark.parametrize("is_dying", [False, True], ids=["no program", "dying"])
def test_a_machine_on_which_no_process_can_be_started_gets_its_results(
    tmp_path: Path, is_dying: bool
) -> None:
    program = tmp_path / "python"
    if is_dying:
        program.write_text(_DYING)
        program.chmod(0o755)
    code = (
        "import multiprocessing.spawn, sys; from inspector.__main__ import main;"
        f" multiprocessing.spawn._python_exe = {os.fsencode(program)!r}; sys.exit(main())"
    )
    words = ("doctor", "--port", "0", "--format", "json")
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, timeout=PATIENCE_S)
    checked = {one["check"]: one for one in map(json.loads, done.stdout.splitlines())}
    assert (done.returncode, tuple(checked)) == (1, _NAMES)
    assert "The check of the window failed" in checked["window"]["says"]
