"""Settings: a default, a file, this run's word; nonsense is refused by name."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.base.errors import InspectorError, UsageError
from inspector.settings.setting import written
from inspector.settings.settings import Settings
from inspector.settings.table import SETTINGS

KNOWN = {setting.name for setting in SETTINGS}


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
        ("prot", "1", "There is no setting 'prot'. Did you mean 'port'?"),
        ("xyzzy", "1", "There is no setting 'xyzzy'. The settings are theme, text_size, "),
        ("port", "65536", "from 0 to 65535"),
        ("port", "-1", "from 0 to 65535"),
        ("port", "http", "a whole number, such as 8787"),
        ("port", "1.5", "a whole number"),
        ("head_seconds", "nan", "from 0.1 to 600"),
        ("head_seconds", "soon", "takes a number"),
        ("host", "", "takes text"),
    ],
)
def test_nonsense_on_the_command_line_is_wrong_usage(
    tmp_path: Path, name: str, value: str, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        Settings([(name, value)], tmp_path / "none.json")


@pytest.mark.parametrize(
    "text", ["[]", "{", "[" * 100_000, '{"port": true}', '{"port": null}', '{"host": 1}']
)
def test_nonsense_in_the_file_names_it(tmp_path: Path, text: str) -> None:
    file = tmp_path / "settings.json"
    file.write_text(text)
    with pytest.raises(UsageError):
        Settings((), file)


def test_every_setting_has_a_help_and_accepts_its_own_default() -> None:
    for setting in SETTINGS:
        assert setting.help.endswith(".")
        assert setting.read(written(setting.default)) == setting.default
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


NEWER = '{"future": {"a": [1, 2.5, "ü", null]}, "port": 9000, "prot": true, "": 0, "\\u202e": "x"}'


def test_a_setting_of_a_newer_version_is_warned_about_and_survives_every_change(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text(NEWER, encoding="utf-8")
    settings = Settings((), file)
    assert settings.whole("port") == 9000
    first, second, third, rest = settings.warnings
    assert first == (f"Unknown setting 'future' in {file}. It is ignored and left in the file.")
    assert second.endswith("It is ignored and left in the file. Did you mean 'port'?")
    assert "Unknown setting '' in" in third
    assert rest == "1 more unknown setting is also ignored."
    settings.save("connections", 7)
    settings.save("port", None)
    kept = json.loads(NEWER)
    del kept["port"]
    assert json.loads(file.read_text(encoding="utf-8")) == {**kept, "connections": 7}
    assert Settings((), file).whole("connections") == 7
    assert Settings((), tmp_path / "none.json").warnings == ()


def test_an_invalid_value_is_neither_replaced_nor_lost_by_a_change(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    settings = Settings((), file)
    file.write_text('{"port": "http", "future": 1}')
    settings.save("connections", 7)
    assert settings.saved("connections") == 7
    assert json.loads(file.read_text()) == {"port": "http", "future": 1, "connections": 7}
    with pytest.raises(UsageError, match="port"):
        Settings((), file)


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=80)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(entries=st.dictionaries(ANY_TEXT.filter(lambda name: name not in KNOWN), JSON_VALUES))
def test_whatever_an_unknown_setting_is_it_stays(
    tmp_path_factory: pytest.TempPathFactory, entries: dict[str, object]
) -> None:
    file = tmp_path_factory.mktemp("any") / "settings.json"
    file.write_text(json.dumps(entries))
    settings = Settings((), file)
    settings.save("port", 9000)
    assert json.loads(file.read_text(encoding="utf-8")) == {**entries, "port": 9000}
    assert not re.search("[\x00-\x1f\x7f\u202a-\u202e\ud800-\udfff]", "".join(settings.warnings))
    assert all(len(warning) < 800 for warning in settings.warnings)


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
        ("saved_filters", "beep after 15m of silence", ("beep after 15m of silence",)),
        ("timeline", "false", False),
    ],
)
def test_lists_and_switches_are_taken_from_a_command_line(
    tmp_path: Path, name: str, given: str, value: object
) -> None:
    assert Settings([(name, given)], tmp_path / "none.json").in_force(name) == value


@pytest.mark.parametrize(
    ("name", "given", "value", "shown"),
    [
        ("keep_days", "30 days", 30.0, "30 days"),
        ("keep_days", "1 week", 7.0, "7 days"),
        ("keep_days", "no limit", 0.0, "no limit"),
        ("body_bytes", "50 MB", 52_428_800, "50 MB"),
        ("body_bytes", "1 KiB", 1024, "1 KB"),
        ("body_bytes", "52,428,801", 52_428_801, "52,428,801 bytes"),
        ("head_seconds", "2 min", 120.0, "120 seconds"),
        ("forward_tries", "1 attempt", 1, "1 attempt"),
        ("port", "any free port", 0, "any free port"),
        ("theme", "Dark", "dark", "Dark"),
        ("text_size", "125 %", 125, "125 %"),
        ("text_size", 90, 90, "90 %"),
    ],
)
def test_a_value_is_read_with_its_unit_and_shown_as_it_can_be_typed(
    tmp_path: Path, name: str, given: object, value: object, shown: str
) -> None:
    setting = Settings((), tmp_path / "none.json").find(name)
    assert setting.read(given) == value
    assert setting.shown(setting.read(given)) == shown
    assert setting.read(shown) == value


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("keep_days", "30 miles", "takes a number, such as 0.0"),
        ("theme", "drak", "takes system, light or dark. Did you mean 'dark'?"),
        ("text_size", "120", "takes 90, 100, 110, 125 or 150."),
        ("forward_tries", "2.5 attempts", "takes a whole number, such as 8"),
    ],
)
def test_other_units_and_choices_are_refused(tmp_path: Path, name: str, given: str, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        Settings([(name, given)], tmp_path / "none.json")
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("masked_fields", "two words"),
        ("masked_fields", '["a", 5]'),
        ("masked_fields", "[oops"),
        ("saved_filters", "verdict:invalid"),
        ("saved_filters", "on verdit:invalid"),
        ("timeline", "yes"),
    ],
)
def test_lists_and_switches_refuse_nonsense_by_name(tmp_path: Path, name: str, given: str) -> None:
    with pytest.raises(UsageError, match=name):
        Settings([(name, given)], tmp_path / "none.json")


def test_rules_of_alerts_become_saved_filters(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text(
        '{"port": 9000, "alert_first_invalid": false,'
        ' "alert_rules": ["on user:ann", "never", "beep after 15m of silence"]}'
    )
    settings = Settings(file=file)
    expected = (
        "Invalid today: muted on verdict:invalid since:today",
        "Detractors: on nps:0..6",
        "user ann: alert on user:ann",
        "Silence over 15 min: alert beep after 15m of silence",
    )
    assert settings.entries("saved_filters") == expected
    assert settings.warnings == ()
    settings.save("port", 9001)
    assert Settings(file=file).entries("saved_filters") == expected
    assert "alert_" not in file.read_text()
