"""Settings as a person changes them: what stands, what is saved, when it counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspector.base.errors import InspectorError, UsageError
from inspector.base.login_item import login_file
from inspector.session.preferences import Preferences
from inspector.settings.settings import Settings


def preferences(tmp_path: Path, *told: tuple[str, str]) -> Preferences:
    return Preferences(Settings(told, tmp_path / "settings.json"))


def test_each_tells_its_help_default_and_range(tmp_path: Path) -> None:
    port = preferences(tmp_path).find("port")
    assert (port.title, port.kind, port.default, port.span) == ("Port", "whole", 8787, "0 to 65535")
    assert all(one.help and one.part for one in preferences(tmp_path).all())


async def test_what_counts_at_the_next_start_says_so(tmp_path: Path) -> None:
    saved = await preferences(tmp_path).save("port", "9000")
    assert (saved.saved, saved.in_force, saved.is_waiting, saved.is_default) == (9000, 8787, True, False)


async def test_what_is_live_is_told_and_waits_for_nothing(tmp_path: Path) -> None:
    kept = preferences(tmp_path)
    told: list[str] = []
    kept.changed.connect(told.append)
    saved = await kept.save("masked_fields", ["user_id"])
    assert not saved.is_waiting
    assert told == ["masked_fields"]
    assert [field.name for field in kept.masked_fields] == ["user_id"]


async def test_what_this_run_was_told_counts_until_it_ends(tmp_path: Path) -> None:
    kept = preferences(tmp_path, ("port", "7000"))
    saved = await kept.save("port", 9000)
    assert (saved.in_force, saved.saved, saved.is_of_this_run, saved.is_waiting) == (7000, 9000, True, False)


async def test_null_gives_the_default_back(tmp_path: Path) -> None:
    kept = preferences(tmp_path)
    await kept.save("port", 9000)
    assert (await kept.save("port", None)).is_default


async def test_nonsense_changes_nothing_and_is_not_told(tmp_path: Path) -> None:
    kept = preferences(tmp_path)
    told: list[str] = []
    kept.changed.connect(told.append)
    with pytest.raises(UsageError, match="from 0 to 65535"):
        await kept.save("port", 70_000)
    assert told == []


async def test_starting_at_login_is_set_up_with_its_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    kept = preferences(tmp_path)
    await kept.save("start_at_login", "true")
    assert login_file().exists()
    await kept.save("start_at_login", None)
    assert not login_file().exists()
    login_file().mkdir()
    with pytest.raises(InspectorError, match="cannot be started at login"):
        await kept.save("start_at_login", True)
    assert kept.find("start_at_login").saved is False, "what was not done is not saved"
