"""`secrets` saves a secret in the keyring without ever printing it, and re-verifies what is stored."""

from __future__ import annotations

import termios
from pathlib import Path
from typing import Any

import pytest

from inspector.base.errors import InspectorError, NotFound, UsageError
from inspector.cli.verbs.look.list_ import LIST
from inspector.cli.verbs.manage.secrets import SECRETS
from tests import schemas
from tests.builders import ANSWER, COMPLETION, signature
from tests.cli.calls import use
from tests.cli.conftest import Keep
from tests.cli.wallet import WalletFile
from tests.e2e.program import deliver, finish, listening
from tests.e2e.terminal import on_terminal
from tests.session.conftest import Wallet, wallet  # noqa: F401 - a fixture

_TEXT = "  another secret, with $pace  "


@pytest.fixture
def secret_file(tmp_path: Path) -> str:
    file = tmp_path / "secret.txt"
    file.write_text(f"{_TEXT}\n")
    return str(file)


async def _listed(database: str) -> dict[str, Any]:
    records = (await use(SECRETS, "--database", database, "--format", "json")).records()
    for record in records:
        schemas.valid("secret", record)
    return {record["name"]: record for record in records}


@pytest.mark.usefixtures("wallet")
async def test_a_saved_secret_is_corrected_by_the_cause_of_a_capture(
    keep: Keep,
    tmp_path: Path,
    wallet: Wallet,  # noqa: F811
) -> None:
    database = await keep((ANSWER, signature(ANSWER, "mine")), (COMPLETION, signature(COMPLETION, "unknown")))
    file = tmp_path / "secret.txt"
    file.write_text("mine\n\n")  # only one final newline of a file is removed
    on_file = ("--database", database)
    await use(SECRETS, "add", "staging", "--from-file", str(file), *on_file)
    done = await use(SECRETS, "correct", "1", *on_file)
    assert done.text.splitlines() == [
        "Corrected the secret staging: it is used without the newline.",
        "Captures with this cause: 1 of 1 is valid now.",
        "Re-verified 2 captures, 1 changed.",
        "It is used by the window, and in the terminal unless another secret is given.",
    ]
    assert list(wallet.kept.values()) == ["mine"]
    with pytest.raises(InspectorError, match="Capture 2 has no proved cause that a corrected secret"):
        await use(SECRETS, "correct", "2", *on_file)


@pytest.mark.usefixtures("wallet")
async def test_a_secret_is_added_switched_and_removed_and_what_is_stored_is_verified_again(
    keep: Keep,
    secret_file: str,
    wallet: Wallet,  # noqa: F811
) -> None:
    database = await keep((ANSWER, signature(ANSWER, _TEXT)), (COMPLETION, signature(COMPLETION)))
    on_file = ("--database", database)

    async def verdicts() -> list[str]:
        return [one["verdict"] for one in (await use(LIST, *on_file, "--format", "json")).records()]

    assert await verdicts() == ["invalid", "valid"]
    done = await use(SECRETS, "add", "staging", "--from-file", secret_file, *on_file)
    assert done.text.splitlines() == [
        "Saved the secret staging in Test wallet.",
        "Re-verified 2 captures, 1 changed.",
        "It is used by the window, and in the terminal unless another secret is given.",
    ]
    assert "starts and ends with whitespace" in done.said
    assert _TEXT.strip() not in done.text + done.said
    assert list(wallet.kept.values()) == [_TEXT]
    assert await verdicts() == ["valid", "valid"]
    done = await use(SECRETS, "deactivate", "staging", *on_file, "--format", "json")
    schemas.valid("secret-change", done.record())
    assert done.record()["changed"] == 1
    assert await verdicts() == ["invalid", "valid"]
    assert not (await _listed(database))["staging"]["active"]
    await use(SECRETS, "activate", "staging", *on_file)
    assert (await _listed(database))["staging"]["active"]
    text = (await use(SECRETS, *on_file)).text
    assert [line.split()[:2] for line in text.splitlines()] == [
        ["env:BLITZ_WEBHOOK_SECRET", "active"],
        ["staging", "active"],
    ]
    done = await use(SECRETS, "remove", "staging", *on_file, "--format", "json")
    schemas.valid("secret-change", done.record())
    assert done.record()["removed"]
    assert not wallet.kept
    assert list(await _listed(database)) == ["env:BLITZ_WEBHOOK_SECRET"]


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        (("add", "x"), UsageError, "--from-file FILE or --from-env NAME"),
        (("add", "x", "pasted"), UsageError, "^A secret is never an argument((?!pasted).)*$"),
        (("add", "x", "--from-env", "NOT_SET"), InspectorError, "NOT_SET is not set"),
        (("add", "x", "--from-env", "HOME", "--from-file", "f"), UsageError, "cannot be used with"),
        (("add", "env:x", "--from-env", "HOME"), UsageError, "visible characters"),
        (("add", "", "--from-env", "HOME"), UsageError, "visible characters"),
        (("add", "production", "--from-env", "HOME"), UsageError, "already"),
        (("add", "x", "--from-env", "EMPTY"), UsageError, "empty"),
        (("add", "x", "--variable", "A", "--from-env", "HOME"), UsageError, "--from-dotenv FILE"),
        (("add", "x", "--from-dotenv", "/none"), InspectorError, "Cannot read|/none"),
        (("activate", "prodction"), NotFound, "Did you mean '?production"),
        (("remove", "x\x1b[31m"), NotFound, r"x\\x1b\[31m"),
        (("list", "--yes"), UsageError, "--yes cannot be used"),
    ],
)
@pytest.mark.usefixtures("wallet")
async def test_mistakes_are_refused(
    keep: Keep, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], error: type[Exception], said: str
) -> None:
    monkeypatch.setenv("EMPTY", "")
    database = await keep()
    await use(SECRETS, "add", "production", "--from-env", "HOME", "--database", database)
    before = await _listed(database)
    with pytest.raises(error, match=said):
        await use(SECRETS, *words, "--database", database)
    assert await _listed(database) == before


async def test_without_a_safe_keyring_nothing_is_asked_or_saved(tmp_path: Path) -> None:
    database = str(tmp_path / "captures.db")
    with pytest.raises(
        InspectorError, match=r"No secure keyring was found.* set BLITZ_WEBHOOK_SECRET instead"
    ):
        await use(SECRETS, "add", "x", "--from-env", "HOME", "--database", database)
    assert "x" not in await _listed(database)


def test_the_value_is_read_from_a_prompt_that_does_not_show_it(tmp_path: Path) -> None:
    wallet = WalletFile(tmp_path / "wallet")  # noqa: F811
    database = str(tmp_path / "captures.db")
    with on_terminal(
        "secrets", "add", "production", "--database", database, **wallet.environment
    ) as terminal:
        terminal.until(lambda text: "Secret (not shown): " in text)
        terminal.press(f"{_TEXT}\n")
        assert terminal.ended() == 0
        assert "Saved the secret production in KWallet." in terminal.text
        assert "$pace" not in terminal.text
    assert wallet.kept == {"production": _TEXT}
    with on_terminal(
        "secrets", "remove", "production", "--database", database, **wallet.environment
    ) as terminal:
        terminal.until(lambda text: "[y/N] " in text)
        terminal.press("n\n")
        assert terminal.ended() == 1
    assert wallet.kept
    with on_terminal(
        "secrets", "remove", "production", "--database", database, **wallet.environment
    ) as terminal:
        terminal.until(lambda text: "[y/N] " in text)
        terminal.press("y\n")
        assert terminal.ended() == 0
    assert not wallet.kept


def test_ctrl_c_in_the_prompt_gives_the_terminal_its_echo_back(tmp_path: Path) -> None:
    wallet = WalletFile(tmp_path / "wallet")  # noqa: F811
    with on_terminal(
        "secrets", "add", "x", "--database", str(tmp_path / "captures.db"), **wallet.environment
    ) as terminal:
        terminal.until(lambda text: "Secret (not shown): " in text)
        assert not termios.tcgetattr(terminal._keyboard)[3] & termios.ECHO
        terminal.press("\x03")
        assert terminal.ended() == 130
        assert termios.tcgetattr(terminal._keyboard)[3] & termios.ECHO
    assert not wallet.kept


def test_a_secret_from_a_pipe_is_used_exactly(tmp_path: Path) -> None:
    wallet = WalletFile(tmp_path / "wallet")  # noqa: F811
    done = finish(
        *("secrets", "add", "x", "--from-file", "-", "--database", str(tmp_path / "captures.db")),
        body=b"of a pipe\r\n",
        **wallet.environment,
    )
    assert done.returncode == 0, done.stderr
    assert wallet.kept == {"x": "of a pipe\r"}
    assert b"of a pipe" not in done.stdout + done.stderr


def test_an_active_saved_secret_is_used_if_no_other_is_given(tmp_path: Path) -> None:
    wallet = WalletFile(tmp_path / "wallet")  # noqa: F811
    database = tmp_path / "captures.db"
    file = tmp_path / "secret.txt"
    file.write_text(_TEXT)
    on_file = ("--database", str(database))
    finish("secrets", "add", "staging", "--from-file", str(file), *on_file, **wallet.environment)
    wallet.environment["BLITZ_WEBHOOK_SECRET"] = ""
    with listening(database, **wallet.environment) as (program, url):
        deliver(url, ANSWER, secret=_TEXT)
        record = program.record()
        assert (record["verdict"], record["secret"], record["trusted"]) == ("valid", "staging", True)
        finish("secrets", "deactivate", "staging", *on_file, **wallet.environment)
        program.told("This file had a secret, but none is active now.")
    done = finish("verify", "--capture", "1", *on_file, **wallet.environment)
    assert done.returncode == 3, "it is not active"
    finish("secrets", "activate", "staging", *on_file, **wallet.environment)
    assert finish("verify", "--capture", "1", *on_file, **wallet.environment).returncode == 0
    other = wallet.environment | {"BLITZ_WEBHOOK_SECRET": "another secret"}
    assert finish("verify", "--capture", "1", *on_file, **other).returncode == 1, "a given one replaces it"


async def test_a_secret_is_read_from_an_env_file(
    keep: Keep,
    tmp_path: Path,
    wallet: Wallet,  # noqa: F811
) -> None:
    database = await keep()
    file = tmp_path / ".env"
    file.write_text('PORT=3000\nexport BLITZ_WEBHOOK_SECRET="$ecret # of a file"\nOTHER_SECRET=other-text\n')
    words = ("--from-dotenv", str(file), "--database", database)
    await use(SECRETS, "add", "x", *words)
    await use(SECRETS, "add", "y", *words, "--variable", "OTHER_SECRET")
    assert sorted(wallet.kept.values()) == ["$ecret # of a file", "other-text"]
    with pytest.raises(InspectorError, match=r"no value for OTHER_SECRT.*Did you mean") as raised:
        await use(SECRETS, "add", "z", *words, "--variable", "OTHER_SECRT")
    assert "other-text" not in str(raised.value)


@pytest.mark.usefixtures("wallet")
async def test_a_generated_secret_is_saved_active_and_printed_once(
    tmp_path: Path,
    wallet: Wallet,  # noqa: F811
) -> None:
    on_file = ("--database", str(tmp_path / "captures.db"))
    text = (await use(SECRETS, "add", "production", "--generate", *on_file)).text
    [line] = [line for line in text.splitlines() if line.startswith("Enter it in Blitzllama's dashboard: ")]
    assert list(wallet.kept.values()) == [line.split()[-1]]
    assert len(line.split()[-1]) == 32
    done = await use(SECRETS, "add", "other", "--generate", *on_file, "--format", "json")
    schemas.valid("secret-change", done.record())
    assert done.record()["secret"] == list(wallet.kept.values())[1]
    assert "secret" not in (await _listed(on_file[1]))["other"]
    with pytest.raises(UsageError, match="Use --from-dotenv FILE"):
        await use(SECRETS, "add", "x", "--generate", "--variable", "Y", *on_file)
