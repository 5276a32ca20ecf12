"""The command line: options and ids in any order, one sentence for a mistake, and a help page that fits."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspector.base.errors import UsageError
from inspector.base.visible import visible
from inspector.cli.arguments import add_address, add_common, add_selection, add_target
from inspector.cli.early import FLAGS, VALUE_OPTIONS, verb_place
from inspector.cli.main import VERBS
from inspector.cli.parser import PROGRAM, Parser
from inspector.cli.verb import GROUPS, Verb, program_parser
from inspector.cli.verbs.check.check import CHECK
from inspector.cli.verbs.check.verify import VERIFY
from inspector.cli.verbs.look.list_ import LIST
from inspector.cli.verbs.look.report import REPORT
from inspector.cli.verbs.manage.maintain import MAINTAIN
from inspector.cli.verbs.manage.note import NOTE
from inspector.cli.verbs.manage.pin import PIN
from inspector.cli.verbs.send.replay import REPLAY
from inspector.domain.query import FIELDS
from tests.builders import ANSWER, COMPLETION, signature
from tests.cli.calls import use
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
    assert parsed.ids == [((17, 17),), ((20, 30),), ((4, 4),)]
    assert parsed.to == "http://localhost/"
    assert parsed.limit == 3


@pytest.mark.parametrize(
    "text", ["0", "-1", "x", "5,", "..5", "9..5", "1..2..3", "1.5", "٣", "99999999999999999999", ""]
)
def test_an_invalid_id_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"Invalid ID '.*'\. Use a number, a range such as 17"):
        _parser().parse(["--to", "http://localhost/", text])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--port", "65536"], "Invalid value '65536' for --port. Use a port from 0 to 65535."),
        (["--port", "٨"], "Invalid value '٨' for --port. Use a port"),
        (["--format", "xml"], "Invalid value 'xml' for --format. Use text or json."),
        (["--limit"], "Missing value: --limit N."),
        (["--limit", "--set", "port=1"], "Missing value: --limit N. See `webhook-inspector replay --help`."),
        (["-x"], "Unknown option '-x'. See"),
        (["--limit", "0"], "Invalid value '0' for --limit. Use a number of at least 1."),
        (["--set", "port"], "Invalid value 'port' for --set. Use NAME=VALUE, such as port=9000."),
        (["--databse", "x"], "Unknown option '--databse'. Did you mean '--database'?"),
        (["--data", "x"], "Unknown option '--data'. Did you mean '--database'?"),
        (["--FORMAT", "x"], "Unknown option '--FORMAT'. Did you mean '--format'?"),
        (["--xyzzy"], "Unknown option '--xyzzy'. See `webhook-inspector replay --help`."),
        (["--filter", 'survey:x "open'], "Invalid filter at '"),
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
        (("lisen",), "Unknown command 'lisen'. Did you mean 'listen'?"),
        (("xyzzy",), "Unknown command 'xyzzy'. See `webhook-inspector --help`."),
        (("\x1b[31m",), "Unknown command '\\x1b[31m'. See `webhook-inspector --help`."),
        (("listen", "8080"), "Unexpected argument '8080'. Use --port 8080."),
        (("listen", "x"), "Unexpected argument 'x'. See `webhook-inspector listen --help`."),
        (("list", "--fliter", "x"), "Unknown option '--fliter'. Did you mean '--filter'?"),
        (
            ("maintain",),
            "Missing argument: check, recount or compact. See `webhook-inspector maintain --help`.",
        ),
        (("pin", "1", "--resign", "x"), "--resign is not an option of pin. This command takes it: replay."),
        (("maintain", "foo"), "Invalid JOB 'foo'. Use check, recount or compact."),
        (("maintain", "chek"), "Invalid JOB 'chek'. Did you mean 'check'?"),
        (("note", "1"), "Missing argument: TEXT. See `webhook-inspector note --help`."),
        (("pin",), "Missing argument: ID. See `webhook-inspector pin --help`."),
        (("sample",), "Missing option: --to URL. See `webhook-inspector sample --help`."),
        (("verify", "--all=3"), "--all does not take a value. Use --all without `=`."),
    ],
)
def test_a_wrong_command_line_gets_the_programs_own_words(arguments: tuple[str, ...], says: str) -> None:
    assert _said(*arguments) == (2, f"{says}\n")


_HOSTILE = "\x1b[31m\u202e" + "x" * 5_000 + "\n"
_NEXT_STEP = re.compile(r"\. (Use |Did you mean '|See `)")
_ARGPARSE = re.compile(
    r"argument -|\binvalid|expected (one|at)|choose from|required:|unrecognized|ambiguous|ignored"
)


def _mistakes(verb: Verb) -> Iterator[tuple[list[str], str]]:
    """Command lines with one mistake each, and the word that its error must name."""
    parser = verb.parser()
    options = [action for action in parser._actions if action.option_strings]
    others = [action for action in parser._actions if not action.option_strings]
    needed = [f"{max(action.option_strings, key=len)}=1" for action in options if action.required]
    required = needed.copy()
    needed += [_first(action) for action in others if action.nargs in (None, "+")]
    for action in options:
        name = max(action.option_strings, key=len)
        yield [*needed, name[:-1]], f"'{name[:-1]}'"
        if action.nargs == 0:
            yield [*needed, f"{name}=1"], name
        else:
            if action.nargs != "?":
                yield [*needed, name], name
            yield [*needed, f"{name}={_HOSTILE}"], name
    for action in others:
        yield [*required, *(_first(before) for before in others[: others.index(action)]), _HOSTILE], ""
    if needed:
        yield [], ""
    if not any(action.nargs in ("*", "+") for action in others):
        yield [*required, *map(_first, others), "surplus"], "'surplus'"
    yield [*needed, "-x"], "'-x'"
    yield [*needed, f"--{_HOSTILE}"], "'--\\x1b[31m\\u202ex"


def _first(action: argparse.Action) -> str:
    return "1" if action.choices is None else str(next(iter(action.choices)))


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_each_mistake_names_the_option_and_the_next_step(verb: Verb) -> None:
    refused = 0
    for arguments, name in _mistakes(verb):
        try:
            verb.parser().parse(arguments)
        except UsageError as error:
            said = str(error)
            assert name in said or "Invalid filter at" in said, said
            assert _NEXT_STEP.search(said) or "Invalid filter at" in said, said
            assert not _ARGPARSE.search(said), said
            assert said == visible(said), said
            assert len(said) < 500, said
            refused += 1
        else:
            assert any(_HOSTILE in word for word in arguments), "only a text or a file may be anything"
    assert refused > 15


def test_choices_and_exclusive_options_have_the_programs_own_words() -> None:
    def said(*arguments: str) -> str:
        parser = Parser("list", description="")
        parser.add_argument("--sort", choices=("newest", "oldest"))
        either = parser.add_mutually_exclusive_group(required=True)
        either.add_argument("--all", action="store_true")
        either.add_argument("--none", action="store_true")
        parser.add_argument("--size", type=int, metavar="N")
        with pytest.raises(UsageError) as raised:
            parser.parse(arguments)
        return str(raised.value)

    see = "See `webhook-inspector list --help`."
    assert said("--all", "--sort", "newst") == "Invalid value 'newst' for --sort. Did you mean 'newest'?"
    assert said("--all", "--sort=x") == "Invalid value 'x' for --sort. Use newest or oldest."
    assert said("--all", "--none") == "--all cannot be used with --none. Use one of them."
    assert said() == f"Missing option: --all or --none. {see}"
    assert said("--all", "--size", "big") == f"Invalid value 'big' for --size. {see}"


@pytest.mark.parametrize("option", ["--secret", "--secret=s3cret"])
def test_a_secret_as_an_argument_is_refused_with_the_reason(option: str) -> None:
    status, said = _said("verify", option, "s3cret")
    assert status == 2
    assert said.startswith("Unknown option '--secret'. A secret is never an argument, because other users")
    assert "--secret-env NAME, --secret-file FILE or --secret-keyring LABEL" in said
    assert "s3cret" not in said


def test_a_setting_may_have_an_equals_sign_in_its_value() -> None:
    parsed = _parser().parse(["--to", "x", "--set", "host=a=b", "--set", "port=1"])
    assert parsed.set == [("host", "a=b"), ("port", "1")]


def test_a_value_may_begin_with_a_dash() -> None:
    for arguments in (["--filter", "-verdict:valid"], ["--filter=-verdict:valid"]):
        parsed = _parser().parse(["3", "--to", "-x", *arguments, "4", "--set", "-a=b"])
        assert (parsed.filter, parsed.to, parsed.set) == ("-verdict:valid", "-x", [("-a", "b")])
        assert parsed.ids == [((3, 3),), ((4, 4),)]


def test_a_word_that_is_not_an_option_may_be_a_value() -> None:
    assert _parser().parse(["--to", "x", "--filter", "--json-ish"]).filter == "--json-ish"


def test_after_two_dashes_nothing_is_an_option() -> None:
    parser = Parser("verify", description="")
    parser.add_argument("file")
    parser.add_argument("--all", action="store_true")
    assert vars(parser.parse(["--all", "--", "--file"])) == {"all": True, "file": "--file"}
    with pytest.raises(UsageError, match="Missing argument: file"):
        parser.parse(["--all"])
    with pytest.raises(UsageError, match="Unexpected argument 'y'"):
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
        (
            ("--limit", "1", "list"),
            "--limit is an option of a command. Put it after the command: webhook-inspector list --limit …",
        ),
        (
            ("--to", "x", "check"),
            "--to is an option of a command. Put it after the command: webhook-inspector check --to …",
        ),
        (
            ("--format", "json"),
            "--format is an option of a command."
            " Put it after the command: webhook-inspector listen --format …",
        ),
        (("--databse", "t.db", "list"), "Unknown option '--databse'. Did you mean '--database'?"),
        (("--port", "1", "list"), "--port is not an option of list. These commands take it: listen, doctor."),
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
    parsers = {one.name: one.parser() for one in VERBS}
    assert len(verb.examples) >= 3
    for example in verb.examples:
        assert len(example) <= 76, example
        [command] = [part for part in example.split(" | ") if part.startswith(f"{PROGRAM} ")]
        words = shlex.split(re.sub(r" >>? \S+$", "", command))
        parsers[words[1]].parse(words[2:])
    assert sum(f"{PROGRAM} {verb.name}" in example for example in verb.examples) >= 2


@pytest.mark.parametrize("verb", [None, *VERBS], ids=lambda verb: verb.name if verb else "overview")
def test_help_is_lowercase_without_a_full_stop_and_states_defaults_in_parentheses(verb: Verb | None) -> None:
    parser = verb.parser() if verb else program_parser(VERBS)
    texts = [action.help for action in parser._actions if action.help and action.help != argparse.SUPPRESS]
    if verb:
        texts.append(verb.help)
        assert verb.description.endswith(".")
    texts += [group.title for group in parser._action_groups if group.title]
    texts += [text for title, rows in parser.tables for text in (title, *(text for _, text in rows))]
    for text in texts:
        word = text.split()[0]
        assert not text.endswith("."), text
        assert word == word.lower() or word[1:] != word[1:].lower() or word == "URL", text
        assert "default" not in text or re.search(
            r"\(default( path)?: [^)]+\)|\(default, |the default", text
        ), text


def test_options_and_commands_are_in_groups() -> None:
    page = program_parser(VERBS).format_help()
    titles = re.findall(r"^(\S.*):$", page, re.MULTILINE)
    assert titles[:5] == [GROUPS[group] for group in ("receive", "look", "check", "send", "manage")]
    assert titles[-3:] == ["common options", "secrets", "examples"]
    for verb in VERBS:
        assert page.count(f"\n  {verb.name} ") == 1
    titles = re.findall(r"^(\S.*):$", REPLAY.parser().format_help(), re.MULTILINE)
    assert titles[:3] == ["arguments", "selection of captures", "sending"]


def test_only_verbs_that_check_or_sign_show_the_secret_options() -> None:
    shown = {verb.name for verb in VERBS if "--secret-env" in verb.parser().format_help()}
    assert {"listen", "verify", "show", "replay", "sample", "check", "import", "report"} <= shown
    assert shown.isdisjoint({"list", "export", "pin", "note", "prune", "maintain"})


def test_the_fields_of_a_filter_are_on_one_help_page() -> None:
    pages = {verb.name: verb.parser().format_help() for verb in VERBS}
    for name in FIELDS:
        assert f"\n  {name}:" in pages["list"]
    others = [page for name, page in pages.items() if name != "list" and "--filter QUERY" in page]
    assert len(others) >= 4
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


async def test_last_is_the_newest_capture_wherever_an_id_is_taken(keep: Keep) -> None:
    database = await keep((ANSWER, signature(ANSWER)), (COMPLETION, signature(COMPLETION)))
    file = ("--database", database)
    assert (await use(NOTE, "last", "x", *file)).text == "Added a note to capture 2.\n"
    assert (await use(PIN, "last", *file, "--format", "json")).record()["ids"] == [2]
    assert (await use(REPORT, "last", *file, "--format", "json")).record()["id"] == 2
    assert (await use(VERIFY, "--capture", "last", *file)).status == 0
    listed = (await use(LIST, "last", *file, "--format", "json")).record()
    assert (listed["id"], listed["note"]) == (2, "x")
