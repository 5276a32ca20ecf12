"""Settings: a default, a file, this run's word; nonsense is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspector.base.errors import UsageError
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
        assert setting.read(str(setting.default)) == setting.default
        assert setting.read(setting.default) == setting.default
