from __future__ import annotations

import pytest

from inspector.base.errors import UsageError
from inspector.cli.arguments import (
    Parser,
    add_address,
    add_database,
    add_format,
    add_selection,
    add_target,
)


def _parser() -> Parser:
    parser = Parser("replay", description="")
    add_selection(parser)
    add_target(parser, to="where to send")
    add_database(parser)
    add_address(parser)
    add_format(parser)
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
        (["--format", "xml"], "--format takes text or json, not 'xml'"),
        (["--limit"], "--limit needs a value: --limit N"),
        (["--limit", "--set", "port=1"], "--limit needs a value: --limit N"),
        (["-x"], "There is no option -x"),
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


def test_a_value_may_begin_with_a_dash() -> None:
    for arguments in (["--filter", "-verdict:valid"], ["--filter=-verdict:valid"]):
        parsed = _parser().parse(["3", "--to", "-x", *arguments, "4", "--set", "-a=b"])
        assert (parsed.filter, parsed.to, parsed.set) == ("-verdict:valid", "-x", [("-a", "b")])
        assert parsed.ids == [(3, 3), (4, 4)]


def test_what_no_option_is_called_may_be_a_value() -> None:
    assert _parser().parse(["--to", "x", "--filter", "--json-ish"]).filter == "--json-ish"


def test_after_two_dashes_nothing_is_an_option() -> None:
    parser = Parser("verify", description="")
    parser.add_argument("file")
    parser.add_argument("--all", action="store_true")
    assert vars(parser.parse(["--all", "--", "--file"])) == {"all": True, "file": "--file"}
    with pytest.raises(UsageError, match="--all takes no value"):
        parser.parse(["x", "--all=3"])
    with pytest.raises(UsageError, match="What is missing: file"):
        parser.parse(["--all"])
    with pytest.raises(UsageError, match="Too much was given: y z"):
        parser.parse(["x", "y", "z"])
