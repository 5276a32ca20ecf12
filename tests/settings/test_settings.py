"""Settings: a default, a file, this run's word; nonsense is refused by name."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from inspector.base.errors import InspectorError, UsageError
from inspector.settings.settings import Settings
from inspector.settings.table import SETTINGS


def test_the_runs_word_counts_more_than_the_file_and_the_file_more_than_the_default(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text('{"port": 9000, "connections": 7}')
    settings = Settings([("port", "9001")], file)
    assert settings.whole("port") == 9001
    assert settings.whole("connections") == 7
    assert settings.text("host") == "127.0.0.1"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("prot", "1", "no setting 'prot'"),
        ("port", "65536", "from 0 to 65535"),
        ("port", "-1", "from 0 to 65535"),
        ("port", "http", "a whole number, such as 8787"),
        ("port", "1.5", "a whole number"),
        ("head_seconds", "nan", "from 0.1 to 600"),
        ("head_seconds", "soon", "takes a number"),
        ("host", "", "takes a text"),
    ],
)
def test_nonsense_on_the_command_line_is_wrong_usage(
    tmp_path: Path, name: str, value: str, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        Settings([(name, value)], tmp_path / "none.json")


@pytest.mark.parametrize(
    "text", ["[]", "{", '{"prot": 1}', '{"port": true}', '{"port": null}', '{"host": 1}']
)
def test_nonsense_in_the_file_names_it(tmp_path: Path, text: str) -> None:
    file = tmp_path / "settings.json"
    file.write_text(text)
    with pytest.raises(UsageError):
        Settings((), file)


def test_every_setting_has_a_help_and_accepts_its_own_default() -> None:
    for setting in SETTINGS:
        assert setting.help.endswith(".")
        assert setting.read(setting.written(setting.default)) == setting.default
        assert setting.read(setting.default) == setting.default


def test_what_is_saved_is_the_owners_alone_and_counts_at_the_next_start(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "settings.json"
    settings = Settings((), file)
    settings.save("port", "9000")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert json.loads(file.read_text()) == {"port": 9000}
    assert (settings.whole("port"), settings.saved("port")) == (8787, 9000)
    assert Settings((), file).whole("port") == 9000
    assert list(file.parent.iterdir()) == [file]


def test_what_is_live_counts_at_once_unless_this_run_was_told_otherwise(tmp_path: Path) -> None:
    settings = Settings([("keep_days", "3")], tmp_path / "settings.json")
    settings.save("masked_fields", ["user_id"])
    settings.save("keep_days", 9)
    assert settings.entries("masked_fields") == ("user_id",)
    assert settings.number("keep_days") == 3
    assert settings.saved("keep_days") == 9


def test_a_default_that_is_given_back_leaves_the_file(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    settings = Settings((), file)
    settings.save("port", 9000)
    settings.save("connections", 7)
    settings.save("port", None)
    settings.save("connections", 256)
    assert json.loads(file.read_text()) == {}


def test_what_another_process_saved_meanwhile_stays(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    one, other = Settings((), file), Settings((), file)
    one.save("port", 9000)
    other.save("connections", 7)
    assert json.loads(file.read_text()) == {"port": 9000, "connections": 7}


def test_nonsense_is_not_saved(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    with pytest.raises(UsageError, match="from 0 to 65535"):
        Settings((), file).save("port", "65536")
    assert not file.exists()


def test_a_file_that_cannot_be_written_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "place").mkdir()
    settings = Settings((), tmp_path / "place" / "settings.json")
    (tmp_path / "place").rmdir()
    (tmp_path / "place").touch()
    with pytest.raises(InspectorError, match=r"Cannot (read|write)"):
        settings.save("port", 1)


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("masked_fields", "user_id", ("user_id",)),
        ("masked_fields", '["user_id", "$.a[*]"]', ("user_id", "$.a[*]")),
        ("masked_fields", "", ()),
        ("alert_rules", "beep after 15m of silence", ("beep after 15m of silence",)),
        ("alert_first_invalid", "false", False),
    ],
)
def test_lists_and_switches_are_taken_from_a_command_line(
    tmp_path: Path, name: str, given: str, value: object
) -> None:
    assert Settings([(name, given)], tmp_path / "none.json").in_force(name) == value


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("masked_fields", "two words"),
        ("masked_fields", '["a", 5]'),
        ("masked_fields", "[oops"),
        ("alert_rules", "verdict:invalid"),
        ("alert_rules", "on verdit:invalid"),
        ("alert_first_invalid", "yes"),
    ],
)
def test_lists_and_switches_refuse_nonsense_by_name(tmp_path: Path, name: str, given: str) -> None:
    with pytest.raises(UsageError, match=name):
        Settings([(name, given)], tmp_path / "none.json")
