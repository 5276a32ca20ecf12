"""`targets` saves a URL under a name; the values of its headers are in the keyring and never printed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from inspector.base.errors import InspectorError, NotFound, UsageError
from inspector.cli.verbs.manage.targets import TARGETS
from inspector.cli.verbs.send.replay import REPLAY
from tests import schemas
from tests.builders import ANSWER, signature
from tests.cli.calls import use
from tests.cli.conftest import Keep
from tests.cli.wallet import WalletFile
from tests.client.receivers import OK, answers, receiving
from tests.e2e.terminal import on_terminal
from tests.session.conftest import Wallet, wallet  # noqa: F401 - a fixture

_VALUE = "Bearer not-to-be-printed"


@pytest.fixture
def database(tmp_path: Path) -> str:
    return str(tmp_path / "captures.db")


async def _listed(database: str) -> dict[str, dict[str, Any]]:
    records = (await use(TARGETS, "--database", database, "--format", "json")).records()
    for record in records:
        schemas.valid("target", record)
    return {record["name"]: record for record in records}


async def test_a_target_is_added_changed_used_and_removed(keep: Keep) -> None:
    database = await keep((ANSWER, signature(ANSWER)))
    on_file = ("--database", database)
    async with receiving(answers(OK)) as sink:
        url = f"http://{sink.target.netloc}/hook"
        done = await use(TARGETS, "add", "local", url, *on_file)
        assert done.text == f"Saved the target local: {url}.\n"
        assert (await use(REPLAY, "1", "--to", "local", *on_file)).status == 0
    await use(TARGETS, "change", "local", "--rename", "near", "--answer-seconds", "2.5", "--mark", *on_file)
    [(name, record)] = (await _listed(database)).items()
    assert (name, record["url"], record["answer_seconds"], record["mark"]) == ("near", url, 2.5, True)
    await use(TARGETS, "change", "near", "--without", "seconds", "--without", "mark", *on_file)
    record = (await _listed(database))["near"]
    assert (record["answer_seconds"], record["mark"]) == (None, False)
    assert (await use(TARGETS, *on_file)).text == f"near  {url}\n"
    done = await use(TARGETS, "remove", "near", *on_file, "--format", "json")
    schemas.valid("removed", done.record())
    assert await _listed(database) == {}


async def test_header_values_come_from_a_file_or_the_environment_and_stay_in_the_keyring(
    database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    wallet: Wallet,  # noqa: F811
) -> None:
    file = tmp_path / "headers.txt"
    file.write_text(f"Authorization: {_VALUE}\nx-other: 1\n")
    on_file = ("--database", database)
    said = []
    done = await use(TARGETS, "add", "staging", "https://x.test/", "--header-file", str(file), *on_file)
    said.append(done)
    monkeypatch.setenv("TOKEN", f"{_VALUE} 2")
    done = await use(TARGETS, "change", "staging", "--header-env", "authorization=TOKEN", *on_file)
    said.append(done)
    [kept] = wallet.kept.values()
    assert f"{_VALUE} 2" in kept
    assert "x-other" in kept
    said.append(await use(TARGETS, *on_file, width=80))
    assert "headers x-other, authorization" in said[-1].text
    assert _VALUE not in "".join(one.text + one.said for one in said)
    assert (await _listed(database))["staging"]["headers"] == ["x-other", "authorization"]
    wallet.kept.clear()
    assert (await _listed(database))["staging"]["missing"] == ["x-other", "authorization"]
    with pytest.raises(InspectorError, match="not available"):
        await use(TARGETS, "change", "staging", "--url", "https://y.test/", *on_file)
    await use(TARGETS, "change", "staging", "--url", "https://y.test/", "--without", "headers", *on_file)
    assert (await _listed(database))["staging"]["headers"] == []


def test_a_header_value_is_asked_for_and_not_shown(database: str, tmp_path: Path) -> None:
    wallet = WalletFile(tmp_path / "wallet")  # noqa: F811
    words = ("targets", "add", "staging", "https://x.test/", "--header", "Authorization")
    with on_terminal(*words, "--database", database, **wallet.environment) as terminal:
        terminal.until(lambda text: "Value of Authorization (not shown): " in text)
        terminal.press(f"{_VALUE}\n")
        assert terminal.ended() == 0
        assert "Saved the target staging" in terminal.text
        assert _VALUE not in terminal.text
    assert _VALUE in wallet.kept["staging"]


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        (("add", "x", "ftp://x"), UsageError, "http"),
        (("add", "near", "http://localhost"), UsageError, "already"),
        (("add", "x", "http://localhost", "--header", f"Authorization: {_VALUE}"), UsageError, "only a name"),
        (("add", "x", "http://localhost", "--header", f"Authorization={_VALUE}"), UsageError, "only a name"),
        (("add", "x", "http://localhost", "--header-env", f"A: {_VALUE}"), UsageError, "Use NAME=VARIABLE"),
        (("add", "x", "http://localhost", "--header-env", f"A=Bearer {_VALUE}"), UsageError, "NAME=VARIABLE"),
        (("add", "x", "http://localhost", "--header-env", "A=B"), InspectorError, "No secure keyring"),
        (("add", "x", "http://localhost", "--header", "A"), InspectorError, "No secure keyring"),
        (("add", "x", "http://localhost", "--ca", "/none"), InspectorError, "Cannot read"),
        (("add", "x", "http://localhost", "--url", "y"), UsageError, "--url cannot be used"),
        (("change", "neat", "--mark"), NotFound, "Did you mean '?near"),
        (("change", "near"), UsageError, "Nothing to change"),
        (("change", "near", "--without", "header"), UsageError, "headers"),
        (("remove", "x\x1b"), NotFound, r"x\\x1b"),
    ],
)
async def test_mistakes_are_refused_without_a_change(
    database: str, words: tuple[str, ...], error: type[Exception], said: str
) -> None:
    on_file = ("--database", database)
    await use(TARGETS, "add", "near", "http://localhost:3000", *on_file)
    before = await _listed(database)
    with pytest.raises(error, match=said) as raised:
        await use(TARGETS, *words, *on_file)
    assert _VALUE not in str(raised.value)
    assert await _listed(database) == before
