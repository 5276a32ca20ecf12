"""`settings` lists every setting with its source, and saves one only if it is valid."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from inspector.base.errors import NotFound, UsageError
from inspector.cli.verbs.manage.settings import SETTINGS as VERB
from inspector.cli.verbs.send.forward import FORWARD
from inspector.settings.settings import Settings
from inspector.settings.table import SETTINGS
from tests import schemas
from tests.cli.calls import use


async def _listed(*options: str) -> dict[str, dict[str, Any]]:
    records = (await use(VERB, *options, "--format", "json")).records()
    for record in records:
        schemas.valid("setting", record)
    return {record["name"]: record for record in records}


async def test_each_setting_is_listed_with_its_source(home: Path) -> None:
    listed = await _listed()
    assert list(listed) == [setting.name for setting in SETTINGS]
    assert {record["source"] for record in listed.values()} == {"default"}
    await use(VERB, "set", "port", "9000")
    listed = await _listed("--set", "keep_days=2.5")
    assert (listed["port"]["value"], listed["port"]["source"]) == (9000, "file")
    assert (listed["keep_days"]["value"], listed["keep_days"]["source"]) == (2.5, "--set")
    text = (await use(VERB, width=80)).text
    assert "\n  port = 9000 (file, default 8787)\n    " in text
    assert all(f"  {setting.name} =" in text for setting in SETTINGS)
    assert max(map(len, text.splitlines())) <= 80
    assert "Range: 0 to 65535." in text
    assert "body_bytes = 50 MB (default)" in text
    assert listed["body_bytes"]["unit"] == "bytes"
    assert "Values: system, light, dark." in " ".join(text.split())
    assert listed["theme"]["choices"] == ["system", "light", "dark"]


async def test_a_value_is_taken_with_its_unit() -> None:
    await use(VERB, "set", "body_bytes", "100 MB")
    await use(VERB, "set", "keep_days", "2 weeks")
    assert (await use(VERB, "get", "body_bytes")).text == f"{100 * 1024 * 1024}\n"
    assert Settings().number("keep_days") == 14
    with pytest.raises(UsageError, match="takes a number, such as"):
        await use(VERB, "set", "keep_days", "2 miles")


async def test_a_saved_value_is_used_and_a_reset_one_is_not() -> None:
    assert (await use(VERB, "get", "port")).text == "8787\n"
    said = (await use(VERB, "set", "port", "9000")).text
    assert said == "Saved port = 9000. A running program uses it after a restart.\n"
    assert (await use(VERB, "get", "port")).text == "9000\n"
    assert Settings().whole("port") == 9000
    record = (await use(VERB, "reset", "port", "--format", "json")).record()
    schemas.valid("setting", record)
    assert (record["value"], record["source"]) == (8787, "default")
    assert Settings().whole("port") == 8787


async def test_invalid_values_in_the_file_can_be_repaired_one_by_one() -> None:
    file = Settings().file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text('{"port": "x", "body_bytes": -5, "later": 1}')
    with pytest.raises(UsageError, match="`webhook-inspector settings reset port` removes it"):
        await use(VERB)
    await use(VERB, "reset", "port")
    await use(VERB, "set", "body_bytes", "5000")
    assert json.loads(file.read_text()) == {"later": 1, "body_bytes": 5000}
    assert (await use(VERB, "get", "body_bytes")).text == "5000\n"


async def test_lists_and_switches_are_read_and_printed_alike() -> None:
    rules = '["on verdict:invalid", "after 15m of silence"]'
    await use(VERB, "set", "saved_filters", rules)
    assert (await use(VERB, "get", "saved_filters")).text == f"{rules}\n"
    assert (await _listed())["saved_filters"]["value"] == json.loads(rules)
    await use(VERB, "set", "timeline", "FALSE")
    assert (await use(VERB, "get", "timeline")).text == "false\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("set", "port", "99999"), "from 0 to 65535, not 99999"),
        (("set", "port", ""), "port takes a whole number"),
        (("set", "prot", "1"), "Did you mean '?port"),
        (("get", "prot"), "Did you mean '?port"),
        (("reset", "\x1b[31m"), r"\\x1b"),
        (("set", "saved_filters", "[1]"), "takes a list of texts"),
    ],
)
async def test_an_invalid_value_or_name_is_refused_and_nothing_is_saved(
    home: Path, words: tuple[str, ...], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        await use(VERB, *words)
    assert not (home / "config").exists()


async def test_no_file_of_captures_is_created(home: Path) -> None:
    await use(VERB)
    await use(VERB, "set", "port", "9000")
    assert [file for *_, files in os.walk(home) for file in files] == ["settings.json"]
    assert (home / "config" / "webhook-inspector" / "settings.json").stat().st_mode & 0o777 == 0o600


async def test_allowed_hosts_are_listed_and_revoked(tmp_path: Path) -> None:
    on_file = ("--database", str(tmp_path / "captures.db"))
    await use(FORWARD, "add", "http://192.0.2.1/", "--allow-host", "192.0.2.1", *on_file)
    assert (await use(VERB, "hosts", *on_file)).text == "192.0.2.1\n"
    record = (await use(VERB, "hosts", *on_file, "--format", "json")).record()
    schemas.valid("allowed-host", record)
    with pytest.raises(NotFound, match=r"Did you mean '?192\.0\.2\.1"):
        await use(VERB, "revoke", "192.0.2.11", *on_file)
    done = await use(VERB, "revoke", "192.0.2.1", *on_file, "--format", "json")
    schemas.valid("removed", done.record())
    done = await use(VERB, "hosts", *on_file)
    assert (done.text, done.said) == (
        "",
        "No remote hosts are allowed. Captures are sent only to this machine.\n",
    )
    await use(FORWARD, "pause", "1", *on_file)
    with pytest.raises(UsageError, match=r"--allow-host 192\.0\.2\.1"):
        await use(FORWARD, "resume", "1", *on_file)
