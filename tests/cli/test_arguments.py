from __future__ import annotations

import pytest

from inspector.base.errors import UsageError
from inspector.cli.arguments import Parser, add_address, add_database, add_selection, add_target


def _parser() -> Parser:
    parser = Parser("replay", description="")
    add_selection(parser)
    add_target(parser)
    add_database(parser)
    add_address(parser)
    return parser


def test_ids_and_options_stand_in_any_order() -> None:
    parsed = _parser().parse(["17", "--to", "http://localhost/", "20..30", "--limit", "3", "4"])
    assert parsed.ids == [(17, 17), (20, 30), (4, 4)]
    assert parsed.to == "http://localhost/"
    assert parsed.limit == 3


@pytest.mark.parametrize(
    "text", ["0", "-1", "x", "5..", "..5", "9..5", "1..2..3", "1.5", "٣", "99999999999999999999", ""]
)
def test_what_is_no_id_is_refused_in_words(text: str) -> None:
    with pytest.raises(UsageError, match=r"capture's number|[Uu]nrecognized|[Ee]xpected"):
        _parser().parse(["--to", "http://localhost/", text])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--port", "65536"], "--port takes a port from 0 to 65535, not '65536'"),
        (["--port", "٨"], "--port takes a port"),
        (["--limit", "0"], "--limit takes a number of at least 1"),
        (["--set", "port"], "--set takes NAME=VALUE"),
        (["--databse", "x"], "There is no option --databse"),
        (["--data", "x"], "There is no option --data"),
        (["--filter", 'survey:x "open'], "The filter cannot be read at"),
    ],
)
def test_wrong_usage_is_one_sentence_with_exit_status_2(arguments: list[str], says: str) -> None:
    with pytest.raises(UsageError) as raised:
        _parser().parse(["--to", "http://localhost/", *arguments])
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)
    assert raised.value.exit_status == 2


def test_a_setting_may_have_an_equals_sign_in_its_value() -> None:
    parsed = _parser().parse(["--to", "x", "--set", "host=a=b", "--set", "port=1"])
    assert parsed.set == [("host", "a=b"), ("port", "1")]
