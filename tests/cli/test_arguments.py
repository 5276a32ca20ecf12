"""The command line: options and ids in any order, one sentence for a mistake, and a help page that fits."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from inspector.base.errors import UsageError
from inspector.cli.arguments import add_address, add_common, add_selection, add_target
from inspector.cli.early import FLAGS, VALUE_OPTIONS, verb_place
from inspector.cli.main import VERBS
from inspector.cli.parser import PROGRAM, Parser
from inspector.cli.verb import Verb
from inspector.cli.verbs.check import CHECK
from inspector.cli.verbs.maintain import MAINTAIN
from inspector.domain.query import FIELDS
from tests.builders import ANSWER, COMPLETION, signature
from tests.cli.conftest import Keep
from tests.e2e.program import finish, records


def _parser() -> Parser:
    parser = Parser("replay", description="")
    add_selection(parser)
    add_target(parser, to="where to send")
    add_address(parser)
    add_common(parser)
    return parser


def _said(*arguments: str) -> tuple[int, str]:
    """Exit status and standard error of the program, which must print nothing else."""
    done = finish(*arguments)
    assert done.stdout == b""
    return done.returncode, done.stderr.decode()


def test_ids_and_options_come_in_any_order() -> None:
    parsed = _parser().parse(["17", "--to", "http://localhost/", "20..30", "--limit", "3", "4"])
    assert parsed.ids == [(17, 17), (20, 30), (4, 4)]
    assert parsed.to == "http://localhost/"
    assert parsed.limit == 3


@pytest.mark.parametrize(
    "text", ["0", "-1", "x", "5..", "..5", "9..5", "1..2..3", "1.5", "٣", "99999999999999999999", ""]
)
def test_an_invalid_id_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"An ID is a number, or a range such as 17\.\.20, not "):
        _parser().parse(["--to", "http://localhost/", text])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--port", "65536"], "--port takes a port from 0 to 65535, not '65536'"),
        (["--port", "٨"], "--port takes a port"),
        (["--format", "xml"], "--format takes text or json, not 'xml'"),
        (["--limit"], "--limit needs a value: --limit N."),
        (["--limit", "--set", "port=1"], "--limit needs a value: --limit N."),
        (["-x"], "There is no option -x."),
        (["--limit", "0"], "--limit takes a number of at least 1"),
        (["--set", "port"], "--set takes NAME=VALUE"),
        (["--databse", "x"], "There is no option --databse. Did you mean --database?"),
        (["--data", "x"], "There is no option --data. Did you mean --database?"),
        (["--FORMAT", "x"], "There is no option --FORMAT. Did you mean --format?"),
        (["--xyzzy"], "There is no option --xyzzy. See `webhook-inspector replay --help`."),
        (["--filter", 'survey:x "open'], "The filter cannot be read at"),
    ],
)
def test_a_mistake_is_one_sentence_with_exit_status_2(arguments: list[str], says: str) -> None:
    with pytest.raises(UsageError) as raised:
        _parser().parse(["--to", "http://localhost/", *arguments])
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)
    assert raised.value.exit_status == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("lisen",), "There is no verb lisen. Did you mean listen?"),
        (("xyzzy",), "There is no verb xyzzy. See `webhook-inspector --help`."),
        (("\x1b[31m",), "There is no verb \\x1b[31m. See `webhook-inspector --help`."),
        (("listen", "8080"), "Unexpected argument: 8080. Use --port 8080."),
        (("listen", "x"), "Unexpected argument: x. See `webhook-inspector listen --help`."),
        (("list", "--fliter", "x"), "There is no option --fliter. Did you mean --filter?"),
        (
            ("maintain",),
            "Missing argument: check, recount or compact. See `webhook-inspector maintain --help`.",
        ),
        (("maintain", "foo"), "JOB is check, recount or compact, not foo."),
        (("maintain", "chek"), "JOB is check, recount or compact, not chek. Did you mean check?"),
        (("note", "1"), "Missing argument: TEXT. See `webhook-inspector note --help`."),
        (("pin",), "Missing argument: ID. See `webhook-inspector pin --help`."),
        (("sample",), "Missing option: --to URL. See `webhook-inspector sample --help`."),
        (("verify", "--all=3"), "--all takes no value. See `webhook-inspector verify --help`."),
    ],
)
def test_a_wrong_command_line_gets_the_programs_own_words(arguments: tuple[str, ...], says: str) -> None:
    assert _said(*arguments) == (2, f"{says}\n")


@pytest.mark.parametrize("option", ["--secret", "--secret=s3cret"])
def test_a_secret_as_an_argument_is_refused_with_the_reason(option: str) -> None:
    status, said = _said("verify", option, "s3cret")
    assert status == 2
    assert said.startswith("There is no option --secret. A secret is never an argument, because other users")
    assert "--secret-env NAME, --secret-file FILE or --secret-keyring LABEL" in said
    assert "s3cret" not in said


def test_a_setting_may_have_an_equals_sign_in_its_value() -> None:
    parsed = _parser().parse(["--to", "x", "--set", "host=a=b", "--set", "port=1"])
    assert parsed.set == [("host", "a=b"), ("port", "1")]


def test_a_value_may_begin_with_a_dash() -> None:
    for arguments in (["--filter", "-verdict:valid"], ["--filter=-verdict:valid"]):
        parsed = _parser().parse(["3", "--to", "-x", *arguments, "4", "--set", "-a=b"])
        assert (parsed.filter, parsed.to, parsed.set) == ("-verdict:valid", "-x", [("-a", "b")])
        assert parsed.ids == [(3, 3), (4, 4)]


def test_a_word_that_is_not_an_option_may_be_a_value() -> None:
    assert _parser().parse(["--to", "x", "--filter", "--json-ish"]).filter == "--json-ish"


def test_after_two_dashes_nothing_is_an_option() -> None:
    parser = Parser("verify", description="")
    parser.add_argument("file")
    parser.add_argument("--all", action="store_true")
    assert vars(parser.parse(["--all", "--", "--file"])) == {"all": True, "file": "--file"}
    with pytest.raises(UsageError, match="Missing argument: file"):
        parser.parse(["--all"])
    with pytest.raises(UsageError, match="Unexpected argument: y"):
        parser.parse(["x", "y", "z"])


# ---- options before the verb


async def test_common_options_may_come_before_the_verb(keep: Keep) -> None:
    database = await keep((COMPLETION, signature(COMPLETION)), (ANSWER, signature(ANSWER)))
    expected = records("list", "--limit", "1", "--database", database)
    assert [record["id"] for record in expected] == [2]
    for arguments in (
        ("--database", database, "--format", "json", "list", "--limit", "1"),
        (f"--database={database}", "--set", "port=9", "list", "--limit", "1", "--format=json"),
        ("--format", "json", "--secret-env", "HOME", "list", "2", "--database", database),
        ("--set=port=9", "--format", "json", "list", "--filter", "event:answer", "--database", database),
    ):
        done = finish(*arguments)
        assert (done.returncode, done.stderr) == (0, b""), arguments
        assert done.stdout == finish("list", "2", "--format", "json", "--database", database).stdout


def test_a_file_that_is_called_like_a_verb_is_no_verb(tmp_path: Path) -> None:
    status, said = _said("--database", str(tmp_path / "none"), "--set", "list=1", "show", "17")
    assert (status, said.split()[:4]) == (2, ["There", "is", "no", "setting"])
    assert verb_place(["--database", "list", "show"]) == 2
    assert verb_place(["--database=list", "show"]) == 1
    assert verb_place(["--database"]) is None
    assert verb_place(["--limit", "1", "list"]) is None


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--limit", "1", "list"), "--limit belongs after the verb: webhook-inspector list --limit …"),
        (("--to", "x", "check"), "--to belongs after the verb: webhook-inspector check --to …"),
        (("--format", "json"), "--format belongs after the verb: webhook-inspector listen --format …"),
        (("--databse", "t.db", "list"), "There is no option --databse. Did you mean --database?"),
        (("--port", "1", "list"), "There is no option --port. Did you mean --format?"),
    ],
)
def test_an_option_in_the_wrong_place_is_explained(arguments: tuple[str, ...], says: str) -> None:
    assert _said(*arguments) == (2, f"{says}\n")


def test_help_and_version_come_before_or_after_the_verb() -> None:
    after = finish("pin", "--help")
    assert (after.returncode, after.stderr) == (0, b"")
    assert finish("--help", "pin").stdout == finish("-h", "pin").stdout == after.stdout
    assert finish("--version").stdout == finish("--version", "list").stdout
    assert finish("--version").stdout.startswith(b"webhook-inspector ")


def test_every_option_before_the_verb_is_known_to_the_early_part_of_the_program() -> None:
    """It finds the verb before the parsers are imported."""
    window = Parser(description="")
    add_address(window)
    add_target(window, to="")
    add_common(window)
    assert set(window.option_names) - FLAGS - {"--to"} == VALUE_OPTIONS


# ---- the help page


def _page(verb: Verb, monkeypatch: pytest.MonkeyPatch, columns: int = 80) -> list[str]:
    monkeypatch.setenv("COLUMNS", str(columns))
    return verb.parser().format_help().splitlines()


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_the_help_fits_the_width_and_shows_examples(verb: Verb, monkeypatch: pytest.MonkeyPatch) -> None:
    narrow = _page(verb, monkeypatch, 60)
    assert [line for line in narrow[: narrow.index("examples:")] if len(line) > 60] == []
    lines = _page(verb, monkeypatch)
    assert [line for line in lines if len(line) > 80] == []
    assert f"  webhook-inspector {verb.name}" in "\n".join(lines[lines.index("examples:") :])


def test_the_program_prints_its_help_in_the_width_of_the_terminal(tmp_path: Path) -> None:
    for arguments in (("--help",), ("replay", "--help")):
        done = finish(*arguments, COLUMNS="70", XDG_DATA_HOME=str(tmp_path))
        assert (done.returncode, done.stderr) == (0, b"")
        lines = done.stdout.decode().splitlines()
        assert 60 < max(map(len, lines[: lines.index("examples:")])) <= 70
    default = tmp_path / "webhook-inspector" / "captures.db"
    wide = finish("pin", "--help", COLUMNS="200", XDG_DATA_HOME=str(tmp_path)).stdout.decode()
    assert str(default) in wide.replace("\n", "").replace(" ", "")


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_example_is_a_command_line_that_the_program_takes(verb: Verb) -> None:
    assert verb.examples
    for example in verb.examples:
        [command] = [part for part in example.split(" | ") if part.startswith(f"{PROGRAM} ")]
        words = shlex.split(re.sub(r" > \S+$", "", command))
        assert words[:2] == [PROGRAM, verb.name]
        verb.parser().parse(words[2:])


def test_only_verbs_that_check_or_sign_show_the_secret_options() -> None:
    shown = {verb.name for verb in VERBS if "--secret-env" in verb.parser().format_help()}
    assert shown == {"listen", "verify", "show", "replay", "sample", "check", "import", "report"}


def test_the_fields_of_a_filter_are_on_one_help_page() -> None:
    pages = {verb.name: verb.parser().format_help() for verb in VERBS}
    for name in FIELDS:
        assert f"\n  {name}:" in pages["list"]
    others = [page for name, page in pages.items() if name != "list" and "--filter QUERY" in page]
    assert len(others) == 4
    for page in others:
        assert "webhook-inspector list --help" in " ".join(page.split())
        assert "\n  survey:" not in page


def test_the_usage_line_names_what_must_be_given() -> None:
    assert MAINTAIN.parser().format_usage() == "webhook-inspector maintain JOB [options]"
    assert CHECK.parser().format_usage() == "webhook-inspector check --to URL [options]"
    pages = [verb.parser().format_usage() for verb in VERBS]
    assert "webhook-inspector pin ID … [options]" in pages
    assert "webhook-inspector list [ID …] [options]" in pages
    assert "webhook-inspector verify [FILE] [options]" in pages
